"""The step up from a product in view: in place of the one in the basket, if it is there, else beside it."""

from typing import Any

from upsell.core.oscar import sellable_id
from upsell.tiers.boxes import Upgrade
from upsell.tiers.offering import step_offered
from upsell.tiers.serving.building import Steps
from upsell.tiers.serving.declining import refused
from upsell.tiers.serving.stepping import Ways
from upsell.tiers.serving.wording import level_of


def upgrade_beside(product: Any, *, request: Any) -> Upgrade | None:
    """Find the step to offer to whoever looks at a product; ``None`` if there is none, or nothing to say for it.

    Never one that is in the basket already.
    """
    steps = Steps.beside(product, request)
    if steps is None:
        return None
    basket = getattr(request, "basket", None)
    lines = [] if basket is None or basket.pk is None else list(basket.all_lines())
    line = next((line for line in lines if product.pk in (line.product_id, line.product.parent_id)), None)
    if line is not None:
        return Ways(basket, request=request, spot="product", only=line.pk).upgrades.get(line.pk)
    better = steps.better(held={sellable_id(line.product) for line in lines})
    chosen = step_offered(
        [one.tier.product for one in better],
        order=[tier.product for tier in steps.ladder.tiers],
        popular=steps.popular(),
        refused=refused(steps.ladder.ladder, request),
    )
    if chosen is None:
        return None
    one = next(one for one in better if one.tier.product == chosen)
    card = steps.cards([one.tier])[one.tier.product]
    return Upgrade(
        card=card,
        level=level_of(one.tier, card.title),
        gap=steps.gap(one.tier),
        gain=one.gain,
        product=one.sold[0],
        title=str(product.get_title()),
        needs_options=card.needs_options,
    )
