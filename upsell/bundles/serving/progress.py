"""What a basket is close to: bundles it has a part of, the products that complete them, and what each would earn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from upsell.bundles.boxes import Addition, Item, Progress
from upsell.bundles.serving.building import named_products
from upsell.bundles.serving.goods import Goods
from upsell.bundles.serving.pricing import Prices
from upsell.bundles.serving.reading import Place, Running, bundles_begun, members
from upsell.bundles.serving.wording import rule
from upsell.offers.base import Kind, Slot
from upsell.offers.fitting import Facts, fits
from upsell.offers.services import savings_of
from upsell.offers.serving.selections import facts_of

MOST_ROWS = 2
MOST_COMPLETING = 3  # products beside a row
MOST_MISSING = 3  # units; what lacks more is no progress to speak of
MOST_QUOTES = 12  # for a page
MEMO = "_upsell_progress"


@dataclass(frozen=True, slots=True)
class Gap:
    """What a bundle still lacks: ``missing`` units in one of its slots."""

    running: Running
    place: Place
    have: int
    need: int

    @property
    def missing(self) -> int:
        """Units still to add."""
        return self.need - self.have


class Nearly:
    """Looks at a basket once for all that a page says about what one more product would do."""

    def __init__(self, basket: Any, request: Any) -> None:
        self.basket = basket
        self.goods = Goods(request, basket)
        self.prices = Prices(self.goods, basket)
        self.savings = savings_of(basket)
        self.rows: list[Progress] = []
        self.additions: list[Addition] = []
        self.items: dict[int, Item] = {}
        if self.goods.held:
            self._look()

    @classmethod
    def of(cls, basket: Any, request: Any) -> "Nearly":
        """Find what was seen of this basket, or look; what it holds tells whether it is still the same."""
        state = (basket.pk, tuple(sorted((line.pk, line.quantity) for line in basket.all_lines())) if basket.pk else ())
        known = getattr(request, MEMO, None)
        if known is None or known[0] != state:
            known = (state, cls(basket, request))
            setattr(request, MEMO, known)
        found: Nearly = known[1]
        return found

    def best(self) -> Addition | None:
        """Choose the addition after which the least is paid; if none makes the basket cheaper, what earns the most."""
        gaining = [addition for addition in self.additions if addition.gain > 0 and not addition.item.varies]
        cheaper = [addition for addition in gaining if addition.is_cheaper]
        if cheaper:
            return min(cheaper, key=lambda addition: (addition.pays, addition.item.product_id))
        return max(gaining, key=lambda addition: (addition.gain, -addition.item.product_id), default=None)

    # --- looking ------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self.basket.voucher_discounts:
            return  # ours go first: what they take may cost the voucher what it gives, and no gain could be promised
        begun = bundles_begun(self.goods.held.keys() | self.goods.parents)
        if not begun:
            return
        facts = facts_of(self.goods.held)
        gaps = [gap for one in begun if (gap := self._gap(one, facts)) and 0 < gap.missing <= MOST_MISSING]
        gaps.sort(key=lambda gap: (gap.missing, -gap.running.offer.lane))
        if not gaps:
            return
        completing = self._completing(gaps, facts)
        shown = {product for products in completing.values() for product in products}
        parents = {self.goods.product(product).parent_id for product in shown} - {None}
        self.items = self.goods.items(shown | parents)
        tried = [
            (gap, product)
            for place, gap in enumerate(gaps)
            for product in completing[gap.place][: MOST_COMPLETING if place < MOST_ROWS else 1]
            if not self.goods.obstacle(product, gap.missing)
        ][:MOST_QUOTES]
        self.prices.want(((product, gap.missing),) for gap, product in tried)
        for gap in gaps:
            additions = [self._addition(product, gap) for other, product in tried if other is gap]
            additions = [addition for addition in additions if addition.gain > 0]
            additions.sort(key=lambda addition: (-addition.gain, addition.pays, addition.item.product_id))
            self.additions += additions
            if additions and len(self.rows) < MOST_ROWS:
                self.rows.append(self._row(gap, additions))

    def _addition(self, product: int, gap: Gap) -> Addition:
        found = self.prices.quote(((product, gap.missing),))
        return Addition(
            item=self._item(product),
            units=gap.missing,
            price=found.full,
            gain=found.saving,
            currency=found.currency,
            offers=tuple(saving.name for saving in found.savings if saving.amount > 0),
        )

    def _item(self, product: int) -> Item:
        """Describe it; of a variant that the shopper has not chosen before, describe what has to be chosen from."""
        parent = self.goods.product(product).parent_id
        chosen = product in self.goods.held or parent not in self.items or len(self.goods.sellable(parent)) == 1
        return self.items[product if chosen else parent]

    def _row(self, gap: Gap, additions: Sequence[Addition]) -> Progress:
        offer = gap.running.offer
        return Progress(
            offer_id=gap.running.id,
            kind=gap.running.terms.kind.value,
            name=offer.localised("name"),
            text=offer.localised("text"),
            rule=rule(gap.running.terms, offer.currency),
            url=reverse("upsell:bundle", args=[gap.running.id]),
            have=gap.have,
            need=gap.need,
            currency=self.prices.currency,
            completing=tuple(additions),
        )

    def _completing(self, gaps: Sequence[Gap], facts: dict[int, Facts]) -> dict[Place, list[int]]:
        """List the products that fill each gap: what the basket holds already, then others; read them all at once."""
        wide = [gap.place for gap in gaps if named_products(gap.place.selection) is None]
        listed = members(wide, MOST_COMPLETING + 1)
        heads = {
            gap.place: [
                *(pk for pk, fact in facts.items() if fits(gap.place.selection, fact)),
                *(listed.get(gap.place) or named_products(gap.place.selection) or [])[: MOST_COMPLETING + 1],
            ]
            for gap in gaps
        }
        self.goods.load({product for products in heads.values() for product in products})
        found = {}
        for place, products in heads.items():
            sold = (
                one
                for product in dict.fromkeys(products)
                for one in self.goods.sellable(product)
                if one not in place.selection.without
            )
            # One variant of a product will do: of those that are in stock, the one that the basket holds.
            families: dict[int, int] = {}
            for one in dict.fromkeys(sold):
                if not self.goods.obstacle(one):
                    families.setdefault(self.goods.product(one).parent_id or one, one)
            found[place] = list(families.values())[: MOST_COMPLETING + 2]
        return found

    # --- how far ------------------------------------------------------------------------------------------------------

    def _gap(self, one: Running, facts: dict[int, Facts]) -> Gap | None:
        """Find what lacks for one more application; nothing if more than one slot lacks something, or nothing is begun.

        Units that serve an offer already are not counted, but those of quantity breaks count towards the next one.
        """
        free = self._free(except_of=one.id if one.terms.kind == Kind.BREAKS else None)
        places, slots = one.places, one.terms.slots
        if one.terms.kind == Kind.BREAKS:
            units = self._fitting(slots[0], free, facts)
            following = min((minimum for minimum, _percent in one.terms.breaks if minimum > units), default=0)
            return Gap(one, places[0], units, following) if units and following else None
        if one.terms.kind == Kind.BOGO and slots[0].selection == slots[1].selection:
            units = self._fitting(slots[0], free, facts)
            need = slots[0].units + slots[1].units
            return Gap(one, places[1], units, need) if 0 < units < need else None
        have = [min(slot.units, self._fitting(slot, free, facts)) for slot in slots]
        short = [place for place, slot, units in zip(places, slots, have, strict=True) if units < slot.units]
        if len(short) != 1 or not any(have):
            return None
        return Gap(one, short[0], sum(have), sum(slot.units for slot in slots))

    def _free(self, *, except_of: int | None) -> Counter[int]:
        """Count the units of each product that serve no offer (but one)."""
        free = Counter(self.goods.held)
        for saving in self.savings:
            if saving.offer_id != except_of:
                for saved in saving.items:
                    free[saved.product_id] -= saved.units
        return free

    @staticmethod
    def _fitting(slot: Slot, free: Counter[int], facts: dict[int, Facts]) -> int:
        return sum(max(0, free[pk]) for pk, fact in facts.items() if fits(slot.selection, fact))
