"""Bundles beside a product: which to show, what each costs this shopper today, and whether all of it can be had."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product as combinations
from math import prod
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from upsell.bundles.boxes import Amounts, BundleBox, Choice, Part, Step
from upsell.bundles.serving.goods import Goods
from upsell.bundles.serving.owning import begun_by_owner
from upsell.bundles.serving.pricing import Prices, Wanted
from upsell.bundles.serving.reading import Place, Running, bundles_beside, members, variant_texts
from upsell.bundles.serving.wording import rule
from upsell.core.currencies import to_amount, to_minor
from upsell.offers.base import Kind, Selection

MOST_BOXES = 3
MOST_MEMBERS = 6  # products of a mix that are shown; its page has the rest
MOST_CHOICES = 24  # products among which a part of a set may let choose
MOST_COMBINATIONS = 12  # of choices that are priced beforehand


def bundles_beside_product(product: Any, *, request: Any, basket: Any) -> list[BundleBox]:
    """Find what a product is sold with for less: only what can be had now, and only where something is saved."""
    goods = Goods(request, basket)
    view = _family(product, goods)
    running = bundles_beside(view)
    begun = begun_by_owner(running, request=request, view=view)
    return Builder(goods, Prices(goods, basket), [*begun, *running], view).boxes() if running else []


def set_of(running: Running, *, request: Any, basket: Any) -> BundleBox:
    """Describe one bundle by itself, or its completion; ``available`` and ``reason`` tell whether it can be had."""
    goods = Goods(request, basket)
    return Builder(goods, Prices(goods, basket), [running], ()).box(running)


def named_products(selection: Selection) -> list[int] | None:
    """List the products that a slot names, if it names a few and nothing else."""
    if selection.everything or selection.categories or selection.classes:
        return None
    named = sorted(selection.products - selection.without)
    return named if len(named) <= MOST_CHOICES else None


def _family(product: Any, goods: Goods) -> list[int]:
    """List the product, its parent and its variants: what offers may name to mean what is in view."""
    if product.is_parent:
        goods.load([product.pk])
        return [product.pk, *goods.sellable(product.pk)]
    return [product.pk, *([product.parent_id] if product.parent_id else [])]


class Builder:
    """Makes boxes of running bundles, with everything they speak of read at once."""

    def __init__(self, goods: Goods, prices: Prices, running: Sequence[Running], view: Iterable[int]) -> None:
        self.goods = goods
        self.prices = prices
        self.running = running
        self.view = list(view)
        self._members = members(
            [place for one in running for place in one.places if _is_listed(one, place)], MOST_MEMBERS + 2
        )
        wanted = {product for found in self._members.values() for product in found} | set(self.view[:1])
        for one in running:
            wanted |= set(one.owned)
            for place in one.places:
                wanted |= set(self._named(place)) if one.terms.kind == Kind.FIXED else set()
        goods.load(wanted)
        shown = {product for one in wanted for product in (one, *goods.sellable(one))}
        variants = [product for product in shown if goods.catalogue.is_variant(product)]
        self._texts = variant_texts(variants)
        self._items = goods.items(shown)
        self._sets = {one.key: self._parts(one) for one in self.running if _is_set(one)}
        self._product = self._one_price()
        for parts, reason in self._sets.values():
            prices.want([] if reason else _combinations(parts))
        for one in self.running:
            if self._product is not None and one.terms.kind == Kind.BREAKS:
                prices.want((((self._product, units),) for units, _percent in one.terms.breaks), alone=True)

    def boxes(self) -> list[BundleBox]:
        """Make the boxes that a page shows."""
        found: dict[int, BundleBox] = {}
        for one in self.running:
            if len(found) == MOST_BOXES:
                break
            if one.id in found:
                continue
            box = self.box(one)
            if box.available:
                found[one.id] = box
        return list(found.values())

    def box(self, one: Running) -> BundleBox:
        """Make one bundle's box."""
        if one.key in self._sets:
            return self._set(one)
        if one.terms.kind == Kind.BREAKS:
            return self._breaks(one)
        return self._listing(one)

    # --- sets that one press adds -------------------------------------------------------------------------------------

    def _set(self, one: Running) -> BundleBox:
        parts, reason = self._sets[one.key]
        if reason:
            return self._box(one, parts=parts, available=False, reason=reason)
        sets = _combinations(parts)
        if not sets:
            return self._box(one, parts=parts, available=not one.owned)
        priced = {items: self.prices.amounts(items) for items in sets}
        is_due = not one.owned or any(self.prices.serves(items, one.completion) for items in sets)
        if not is_due or not any(amounts.saving > 0 for amounts in priced.values()):
            return self._box(one, parts=parts, available=False, reason=_("Nothing is saved with it now."))
        open_ = [place for place, part in enumerate(parts) if part.choices]
        by_choice = {tuple(items[place][0] for place in open_): amounts for items, amounts in priced.items()}
        known = set(priced.values())
        return self._box(
            one,
            parts=parts,
            amounts=known.pop() if len(known) == 1 else None,
            amounts_by_choice=by_choice if open_ else {},
        )

    def _parts(self, one: Running) -> tuple[tuple[Part, ...], str]:
        """Resolve the slots to products or choices; the reason is empty if all of them can be had together."""
        parts: list[Part] = []
        reason, needed = "", dict[int, int]()
        for place in one.places:
            slot = one.terms.slots[place.slot]
            named = self._named(place)
            shown = [product for product in named if self.goods.knows(product)]
            if not shown:
                return tuple(parts), _("A product of the set is not available.")
            options = [
                product
                for head in shown
                for product in self.goods.sellable(head)
                if product not in place.selection.without
            ]
            had = {product: self.goods.obstacle(product, slot.units + needed.get(product, 0)) for product in options}
            reason = reason or (_("A product of the set is not available.") if not had else "")
            if had and all(had.values()):
                reason = reason or next(iter(had.values()))
            single = options[0] if len(options) == 1 else None
            if single is not None:
                needed[single] = needed.get(single, 0) + slot.units
            parts.append(
                Part(
                    slot=str(place.slot),
                    item=self._items[shown[0] if single is None else single],
                    units=slot.units,
                    choices=() if single is not None else self._choices(options, had),
                    in_view=any(product in self.view for product in named),
                )
            )
        return tuple(parts), reason

    def _named(self, place: Place) -> list[int]:
        """List what a slot names: only what is in view, if that is among several."""
        named = named_products(place.selection) or []
        in_view = [product for product in named if product in self.view]
        return in_view[:1] if in_view else named

    def _choices(self, options: Sequence[int], obstacles: Mapping[int, str]) -> tuple[Choice, ...]:
        return tuple(
            Choice(
                product_id=product,
                title=self._texts.get(product) or self._items[product].title,
                price=self.goods.price(product) or Decimal(0),
                available=not obstacles[product],
            )
            for product in options
            if product in self._items
        )

    # --- the others ---------------------------------------------------------------------------------------------------

    def _breaks(self, one: Running) -> BundleBox:
        """Price exactly so many units as each break asks for, of what is in view, by themselves."""
        product, steps = self._product, []
        for units, percent in one.terms.breaks:
            amounts = None
            if product is not None:
                if self.goods.obstacle(product, units):
                    continue
                amounts = self.prices.amounts(((product, units),), alone=True)
                if amounts.saving <= 0:
                    continue
            steps.append(Step(units=units, percent=percent, each=self._each(amounts, units), amounts=amounts))
        if not steps:
            return self._box(one, available=False, reason=_("Nothing is saved with it now."))
        return self._box(one, steps=tuple(steps))

    def _each(self, amounts: Amounts | None, units: int) -> Decimal | None:
        """Say what one of so many costs, if all of them cost the same to the minor unit."""
        if amounts is None:
            return None
        each, rest = divmod(to_minor(amounts.total, self.prices.currency), units)
        return None if rest else to_amount(each, self.prices.currency)

    def _one_price(self) -> int | None:
        """Find a product that stands for what is in view: itself, or any variant if all cost the same."""
        options = self.goods.sellable(self.view[0]) if self.view else []
        can = [product for product in options if not self.goods.obstacle(product)]
        return can[0] if can and len({self.goods.price(product) for product in can}) == 1 else None

    def _listing(self, one: Running) -> BundleBox:
        """Show some products that take part; a set of which any product of a category may be a part is one, too."""
        listed: list[int] = []
        for place in one.places:
            if _is_listed(one, place):
                listed += self._members.get(place, [])
            else:
                listed += self._named(place)
        head = next((product for product in self.view if product in self._items), 0)
        shown = [
            replace(item, in_view=True) if product == head else item
            for product in dict.fromkeys([head, *listed])
            if (item := self._items.get(product)) and item.available
        ]
        if not shown:
            return self._box(one, available=False, reason=_("No product of it is available."))
        if len(shown) == 1 and shown[0].in_view:
            shown = []  # the page shows it already
        return self._box(one, members=tuple(shown[:MOST_MEMBERS]), more=len(shown) > MOST_MEMBERS)

    def _currency(self, offer: Any) -> str:
        """Find the currency that the prices of the box are in; a percentage has none of its own."""
        if self.prices.currency or offer.currency:
            return self.prices.currency or str(offer.currency)
        priced = (product for product, item in self._items.items() if item.price is not None)
        return next(map(self.goods.currency_of, priced), "")

    def _box(self, one: Running, **more: Any) -> BundleBox:
        offer = one.offer
        return BundleBox(
            offer_id=one.id,
            kind=one.terms.kind.value,
            name=offer.localised("name"),
            text=offer.localised("text"),
            rule=_("The rest at the price of the set.") if one.owned else rule(one.terms, offer.currency),
            currency=self._currency(offer),
            url=reverse("upsell:bundle", args=[one.id]),
            ends_at=one.until or offer.ends_at,
            owned=tuple(self._items[product].title for product in one.owned if product in self._items),
            **more,
        )


def _is_set(one: Running) -> bool:
    """Whether one press can add it: all that it takes is named."""
    return one.terms.kind == Kind.FIXED and all(named_products(slot.selection) is not None for slot in one.terms.slots)


def _combinations(parts: Sequence[Part]) -> list[Wanted]:
    """List what can be chosen, with the units of each part; nothing if it is too much to price beforehand."""
    chosen = [
        [choice.product_id for choice in part.choices if choice.available] or [part.item.product_id] for part in parts
    ]
    if prod(map(len, chosen)) > MOST_COMBINATIONS:
        return []
    units = [part.units for part in parts]
    return [tuple(zip(picked, units, strict=True)) for picked in combinations(*chosen)]


def _is_listed(one: Running, place: Place) -> bool:
    """Whether some products that fit the slot are listed, rather than all of them being named."""
    if one.terms.kind == Kind.FIXED:
        return named_products(place.selection) is None
    if one.terms.kind == Kind.BOGO and place.slot and place.selection == one.places[0].selection:
        return False
    return one.terms.kind != Kind.BREAKS
