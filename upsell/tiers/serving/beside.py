"""The step up from a product in view: in place of the one in the basket, if it is there, else beside it."""

from dataclasses import replace
from typing import Any

from upsell.core.guard import attempt
from upsell.core.oscar import sellable_id
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.tiers.boxes import Upgrade
from upsell.tiers.serving.building import Better, Steps
from upsell.tiers.serving.declining import refused
from upsell.tiers.serving.granting import note_shown
from upsell.tiers.serving.specials import Special, specials_for
from upsell.tiers.serving.stepping import Ways, choice, of_step, suiting, with_special
from upsell.tiers.serving.wording import level_of, signed


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
    ladder = steps.ladder.ladder
    found = specials_for([ladder], request=request, spot="product") if better and basket is not None else {}
    specials = suiting(found.get(ladder, ()), steps, better)
    one = choice(steps, better, specials=specials, refused=refused(ladder, request))
    if one is None:
        return None
    card = steps.cards([one.tier])[one.tier.product]
    told = Upgrade(
        card=card,
        level=level_of(one.tier, card.title),
        gap=steps.gap(one.tier),
        gain=one.gain,
        product=one.sold[0],
        title=str(product.get_title()),
        needs_options=card.needs_options,
    )
    own = () if card.needs_options else of_step(specials, one)
    return (_cheaper(told, steps, one, own, product, request) if own else None) or told


def _cheaper(
    told: Upgrade, steps: Steps, better: Better, specials: tuple[Special, ...], product: Any, request: Any
) -> Upgrade | None:
    """Price the step with each special price, and without, against the product in view; ``None`` if none is less."""
    pair = [(steps.catalogue.product(better.sold[0]), 1)]
    seen = [(product, 1)] if not product.is_parent else []
    exchanges = [Exchange({}, pair), *(Exchange({}, pair, accepting={one.offer_id: 1}) for one in specials)]
    if not seen:
        return None
    found = exchanged([Exchange({}, seen), *exchanges], request=request, basket=request.basket)
    base, regular, *others = found
    if base is None or regular is None:
        return None
    priced = [(one.total, place) for place, one in enumerate(others) if one is not None]
    total, place = min(priced, default=(regular.total, 0))
    if total >= regular.total:
        return None
    special = specials[place]
    ends = attempt("tiers.shown", lambda: note_shown([special.offer_id], request=request))
    if ends is None:
        return None
    amount = steps.writer.amount
    gap, before = total - base.total, regular.total - base.total
    priced_told = replace(
        told,
        gap=signed(gap, amount(abs(gap), regular.currency)) if gap > 0 else amount(abs(gap), regular.currency),
        total=total,
        currency=regular.currency,
        sign=(gap > 0) - (gap < 0),
        others=regular.others,
    )
    end = ends.get(special.offer_id, special.ends_at)
    return with_special(priced_told, special, end, before=signed(before, amount(abs(before), regular.currency)))
