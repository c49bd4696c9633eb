"""A ladder for one shopper today: what each step costs, what it adds, and what can be had."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from upsell.conf import app_settings
from upsell.core.oscar import sellable_id
from upsell.offers.serving.shoppers import admits
from upsell.recommendations.serving.cards import Card, Writer
from upsell.recommendations.serving.catalogue import Catalogue, payable
from upsell.recommendations.serving.page import Page
from upsell.recommendations.serving.pictures import pictures
from upsell.tiers.boxes import Column, Comparison
from upsell.tiers.comparison import Gain, Sort, Tier, gains, table
from upsell.tiers.facts import LadderFacts, TierFacts
from upsell.tiers.popular import most_popular
from upsell.tiers.serving.reading import ladder_of
from upsell.tiers.serving.wording import compared, gain_text, gap_text, level_of, name_of

ENOUGH = 2  # steps that can be bought; fewer are no choice
MOST_GAINS = 6  # lines a step shows; the table has the rest
MEMO = "_upsell_steps"


@dataclass(frozen=True, slots=True)
class Better:
    """A step above another: what of it is sold, the cheapest first, and the first thing that is gained."""

    tier: TierFacts
    sold: Sequence[int]
    gain: str


class Steps:
    """The steps of a ladder that this shopper may see: public, with a price, in one currency and kind of tax."""

    def __init__(self, ladder: LadderFacts, catalogue: Catalogue, *, in_view: int | None = None) -> None:
        self.ladder = ladder
        self.catalogue = catalogue
        self.writer = Writer(catalogue)
        self.in_view = next((tier for tier in ladder.tiers if tier.family == in_view), None)
        priced = [tier for tier in ladder.tiers if self._is_priced(tier)]
        first = self.in_view if self.in_view in priced else next(iter(priced), None)
        kind = self._kind(first) if first else None
        self.shown = [tier for tier in priced if self._kind(tier) == kind]
        self._compared: dict[int, Tier] = {}

    @classmethod
    def beside(cls, product: Any, request: Any) -> "Steps | None":
        """Find the steps beside a product in view; ``None`` unless there is a choice and the shopper is meant."""
        known: dict[int, Steps | None] = getattr(request, MEMO, None) or {}
        setattr(request, MEMO, known)
        family = sellable_id(product)
        if family not in known:
            catalogue = Page.of(request).catalogue
            ladder = ladder_of(family, catalogue)
            known[family] = None
            if ladder is not None and admits(ladder.audience, request):
                steps = cls(ladder, catalogue, in_view=family)
                known[family] = steps if steps.are_a_choice else None
        return known[family]

    @property
    def are_a_choice(self) -> bool:
        """Whether enough of them can be bought now."""
        return sum(self.can_be_bought(tier) for tier in self.shown) >= ENOUGH

    def can_be_bought(self, tier: TierFacts) -> bool:
        """Whether the shop sells it to this shopper now."""
        return bool(self.catalogue.offered(tier.product).availability.is_available_to_buy)

    def comparison(self) -> Comparison:
        """Set them side by side."""
        popular, cards = self.popular(), self.cards(self.shown)
        columns = []
        before: TierFacts | None = None
        for tier in self.shown:
            columns.append(self._column(tier, before, cards, is_popular=tier.product == popular))
            before = tier
        rows = table([self._tier(tier) for tier in self.shown])
        return Comparison(
            id=self.ladder.ladder,
            name=name_of(self.ladder),
            columns=columns,
            rows=[row for row in rows if not row.is_same],
            same=[row for row in rows if row.is_same],
        )

    def better(self, *, price: Decimal | None = None, quantity: int = 1, held: Collection[int] = ()) -> list[Better]:
        """List the steps above the one in view that can be bought, cost more and have something to show, lowest first.

        ``price`` is what a unit costs now, if not what the step in view does; ``held`` are families that the shopper
        has in the basket already: only what is above them is better.
        """
        if self.in_view is None or self.in_view not in self.shown:
            return []
        found = []
        best = max(place for place, tier in enumerate(self.shown) if tier is self.in_view or tier.family in held)
        for tier in self.shown[best + 1 :]:
            sold = self._sold(tier, quantity)
            costs_more = self.price(tier) > (self.price(self.in_view) if price is None else price)
            gained = [gain for gain in self._gains(self.in_view, tier) if gain.sort != Sort.OTHER]
            if sold and costs_more and gained:
                found.append(Better(tier, sold, gain_text(gained[0]).rstrip(".。")))
        return found

    def _sold(self, tier: TierFacts, quantity: int) -> list[int]:
        """List what of a step can be bought so many times: itself, or its variants, the cheapest first."""
        product = self.catalogue.product(tier.product)
        sold = [child.pk for child in product.get_public_children()] if product.is_parent else [tier.product]
        offered = {one: self.catalogue.offered(one) for one in sold}
        kept = [
            one
            for one, found in offered.items()
            if found.price.exists and found.availability.is_purchase_permitted(quantity)[0]
        ]
        return sorted(kept, key=lambda one: (payable(offered[one].price), one))

    # --- one step -----------------------------------------------------------------------------------------------------

    def _column(self, tier: TierFacts, before: TierFacts | None, cards: dict[int, Card], *, is_popular: bool) -> Column:
        card = cards[tier.product]
        found = self._gains(before, tier) if before else _own(self._tier(tier))
        is_beside = tier is not self.in_view and self.in_view in self.shown
        return Column(
            card=card,
            level=level_of(tier, card.title),
            in_view=tier is self.in_view,
            is_popular=is_popular,
            gap=self.gap(tier) if is_beside else "",
            difference=self.difference(tier) if is_beside else None,
            available=self.can_be_bought(tier),
            availability=str(card.availability.short_message),
            beyond=level_of(before, cards[before.product].title) if before else "",
            gains=_once(gain_text(gain) for gain in found if gain.sort != Sort.OTHER)[:MOST_GAINS],
            others=[gain_text(gain) for gain in found if gain.sort == Sort.OTHER],
        )

    def _gains(self, lower: TierFacts, higher: TierFacts) -> list[Gain]:
        return gains(self._tier(lower), self._tier(higher), less_is_better=app_settings.LESS_IS_BETTER)

    def _tier(self, tier: TierFacts) -> Tier:
        if tier.product not in self._compared:
            self._compared[tier.product] = compared(tier)
        return self._compared[tier.product]

    def cards(self, tiers: Sequence[TierFacts]) -> dict[int, Card]:
        """Describe the products of steps, by product."""
        names = {tier.product: self.catalogue.image(tier.product) for tier in tiers}
        found = pictures(names.values())
        return {tier.product: self.writer.card(tier.product, picture=found.get(names[tier.product])) for tier in tiers}

    def _is_priced(self, tier: TierFacts) -> bool:
        known = self.catalogue.knows(tier.product) and self.catalogue.knows(tier.family)
        return bool(known and self.catalogue.offered(tier.product).price.exists)

    def _kind(self, tier: TierFacts) -> tuple[str, bool]:
        price = self.catalogue.offered(tier.product).price
        return str(price.currency), bool(price.is_tax_known)

    def price(self, tier: TierFacts) -> Any:
        """Find what a unit of a step costs, the cheapest of its variants."""
        return payable(self.catalogue.offered(tier.product).price)

    def difference(self, tier: TierFacts) -> Decimal | None:
        """Tell how much more a step costs than the one in view."""
        if self.in_view is None:
            return None
        gap: Decimal = self.price(tier) - self.price(self.in_view)
        return gap

    def gap(self, tier: TierFacts) -> str:
        """Write what a step costs more or less than the one in view."""
        gap = self.difference(tier)
        if self.in_view is None or gap is None:
            return ""
        offered, seen = self.catalogue.offered(tier.product), self.catalogue.offered(self.in_view.product)
        amount = self.writer.amount(abs(gap), offered.price.currency)
        return gap_text(gap, amount, varies=offered.varies or seen.varies)

    def popular(self) -> int | None:
        """Name the product of the step that is marked, by the merchant or by sales."""
        if self.ladder.popular == "chosen":
            return next((tier.product for tier in self.ladder.tiers if tier.is_popular), None)
        if self.ladder.popular == "sales":
            return most_popular({tier.product: tier.orders or 0 for tier in self.ladder.tiers})
        return None


def _own(tier: Tier) -> list[Gain]:
    """List what the first step has, by the merchant's words: there is nothing to compare it with."""
    return [
        *(Gain(Sort.HIGHLIGHT, text) for text in tier.highlights),
        *(Gain(Sort.INCLUDES, name) for name in tier.includes),
    ]


def _once(lines: Iterable[str]) -> list[str]:
    """Keep each line once: a highlight may say what an attribute says, too."""
    return list(dict.fromkeys(lines))
