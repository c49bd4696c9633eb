"""The step up from a product in view: in place of the one in the basket, if it is there, else beside it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from upsell.core.currencies import to_minor
from upsell.core.guard import attempt
from upsell.core.oscar import sellable_id
from upsell.offers.plans import Exchanged
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.tiers.boxes import Upgrade
from upsell.tiers.facts import TierFacts
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.serving.building import Better, Steps
from upsell.tiers.serving.declining import refused
from upsell.tiers.serving.granting import note_shown
from upsell.tiers.serving.owning import credits_for
from upsell.tiers.serving.specials import Special, specials_for
from upsell.tiers.serving.stepping import Ways, choice, of_step, suiting, with_special
from upsell.tiers.serving.wording import end_of, level_beside, level_of, signed


def upgrade_beside(product: Any, *, request: Any) -> Upgrade | None:
    """Find the step to offer to whoever looks at a product; ``None`` if there is none, or nothing to say for it.

    Never one that is in the basket already. To the owner of a lower step it tells what they pay for the one in view, or
    for the one above it.
    """
    steps = Steps.beside(product, request)
    if steps is None:
        return None
    basket = getattr(request, "basket", None)
    lines = [] if basket is None or basket.pk is None else list(basket.all_lines())
    line = next((line for line in lines if product.pk in (line.product_id, line.product.parent_id)), None)
    if line is not None:
        return Ways(basket, request=request, spot="product", only=line.pk).upgrades.get(line.pk)
    held = {sellable_id(line.product) for line in lines}
    return _Beside(steps, product, request).upgrade(steps.better(held=held))


class _Beside:
    """Looks for what to say beside a product that is not in the basket."""

    def __init__(self, steps: Steps, product: Any, request: Any) -> None:
        self.steps, self.product, self.request = steps, product, request
        ladder = steps.ladder.ladder
        has_basket = getattr(request, "basket", None) is not None
        found = specials_for([ladder], request=request, spot="product", owned=True) if has_basket else {}
        by_kind: dict[bool, list[Special]] = {True: [], False: []}
        for special in found.get(ladder, ()):
            by_kind[special.kind == UpgradeOffer.Kind.OWNED].append(special)
        self.for_owners, self.specials = by_kind[True], by_kind[False]

    def upgrade(self, better: Sequence[Better]) -> Upgrade | None:
        """Tell of the step in view to who owns a lower one; else choose a better one."""
        seen = self.steps.in_view
        if self.for_owners and seen is not None and seen in self.steps.shown:
            owned = self._owned(self._told(seen, product=self.product.pk), seen, is_in_view=True)
            if owned is not None:
                return owned
        specials = suiting(self.specials, self.steps, better)
        no = refused(self.steps.ladder.ladder, self.request)
        one = choice(self.steps, better, specials=specials, refused=no)
        if one is None:
            return None
        told = self._told(one.tier, product=one.sold[0], gain=one.gain, gap=self.steps.gap(one.tier))
        own = () if told.needs_options else of_step(specials, one)
        return (
            (self._owned(told, one.tier) if self.for_owners else None)
            or (self._cheaper(told, own) if own else None)
            or told
        )

    def _told(self, tier: TierFacts, *, product: int, gain: str = "", gap: str = "") -> Upgrade:
        card = self.steps.cards([tier])[tier.product]
        return Upgrade(
            card=card,
            level=level_beside(gain, tier, card.title),
            gap=gap,
            gain=gain,
            product=product,
            title=str(self.product.get_title()),
            difference=self.steps.difference(tier),
            currency=str(card.price.currency),
            needs_options=card.needs_options,
        )

    def _exchanged(self, *exchanges: Exchange) -> list[Exchanged | None]:
        return exchanged(exchanges, request=self.request, basket=self.request.basket)

    def _owned(self, told: Upgrade, tier: TierFacts, *, is_in_view: bool = False) -> Upgrade | None:
        """Say what the owner of a lower step pays for this one; ``None`` if it is no less than anybody."""
        fitting = [one.offer_id for one in self.for_owners if one.to_product in (None, tier.product)]
        catalogue, product = self.steps.catalogue, told.product
        if not fitting or not catalogue.knows(product) or catalogue.product(product).is_parent:
            return None
        [found] = self._exchanged(Exchange({}, [(catalogue.product(product), 1)]))
        if found is None or found.total >= found.price:
            return None
        prices = {tier.family: to_minor(found.price, found.currency)}
        for credit in credits_for(fitting, request=self.request).values():
            unit = credit.best(prices, found.currency)
            if unit is not None:
                lower = next(one for one in self.steps.ladder.tiers if one.family == unit.family)
                title = catalogue.title(lower.product) if catalogue.knows(lower.product) else ""
                until = credit.until(unit)
                return replace(
                    told,
                    gap=self._amount(found.total, found.currency),
                    before=self._amount(found.price, found.currency),
                    total=found.total,
                    difference=found.total,
                    regular=found.price,
                    currency=found.currency,
                    others=found.others,
                    owned=level_of(lower, title),
                    is_in_view=is_in_view,
                    end=end_of(until) if until else None,
                )
        return None

    def _cheaper(self, told: Upgrade, specials: Sequence[Special]) -> Upgrade | None:
        """Price the step with each special price and without, beside the product in view; ``None`` if none is less."""
        if self.product.is_parent:
            return None
        added = [(self.steps.catalogue.product(told.product), 1)]
        base, regular, *others = self._exchanged(
            Exchange({}, [(self.product, 1)]),
            Exchange({}, added),
            *(Exchange({}, added, accepting={one.offer_id: 1}) for one in specials),
        )
        if base is None or regular is None:
            return None
        priced = [(one.total, special) for one, special in zip(others, specials, strict=True) if one is not None]
        total, special = min(priced, key=lambda pair: pair[0], default=(regular.total, None))
        if special is None or total >= regular.total:
            return None
        ends = attempt("tiers.shown", lambda: note_shown([special.offer_id], request=self.request))
        if ends is None:
            return None
        gap = total - base.total
        written = replace(
            told,
            gap=self._signed(gap, regular.currency) if gap > 0 else self._amount(-gap, regular.currency),
            total=total,
            difference=gap,
            regular=regular.total - base.total,
            currency=regular.currency,
            sign=(gap > 0) - (gap < 0),
            others=regular.others,
        )
        before = self._signed(regular.total - base.total, regular.currency)
        return with_special(written, special, ends.get(special.offer_id, special.ends_at), before=before)

    def _signed(self, amount: Decimal, currency: str) -> str:
        return signed(amount, self._amount(abs(amount), currency))

    def _amount(self, amount: Decimal, currency: str) -> str:
        return self.steps.writer.amount(amount, currency)
