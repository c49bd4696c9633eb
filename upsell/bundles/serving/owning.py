"""What a customer owns of sets, and what a basket holds to complete them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from upsell.bundles import completing
from upsell.bundles.completing import Goods
from upsell.bundles.serving.reading import Running
from upsell.core.currencies import to_minor
from upsell.offers.base import Asker, Terms
from upsell.offers.crediting import OwnedUnit
from upsell.offers.fitting import Facts
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.owning import owned_units
from upsell.offers.serving.reading import Reading

MEMORY = "bundles.owned"  # in the shopper's memory: of which products, within how many days, and what


@dataclass(frozen=True, slots=True)
class Owned:
    """The units that a customer owns and can have counted, as of a moment."""

    units: tuple[OwnedUnit, ...]
    at: datetime


def owned_of(terms: Iterable[Terms], *, asker: Asker, at: datetime) -> Owned:
    """Read what a customer owns of these sets, none of it bought in a set itself.

    One query, or two; none for anybody without an account.
    """
    asked = [one for one in terms if one.within_days]
    products = {
        product
        for one in asked
        if one.completes is not None
        for slot in one.completes.slots
        for product in slot.selection.products
    }
    if asker.user is None or not products:
        return Owned((), at)
    days = max(one.within_days or 0 for one in asked)
    known: tuple[set[int], int, Owned] | None = asker.memory.get(MEMORY)
    if known is not None and products <= known[0] and days <= known[1]:
        return known[2]
    since = at - timedelta(days=days)
    incl_tax = bool(getattr(settings, "OSCAR_OFFERS_INCL_TAX", False))
    units = owned_units(asker.user, products, since=since, incl_tax=incl_tax, beside_sets=True)
    found = Owned(tuple(units), at)
    asker.memory[MEMORY] = (products, days, found)
    return found


def begun_by_owner(running: Sequence[Running], *, request: Any, view: Collection[int]) -> list[Running]:
    """Say of which of these sets the shopper owns a part, and is looking at a missing one.

    Without ``view``, wherever the shopper is. One query, or two; none where no set gives owners anything.
    """
    asker = asker_of_request(request)
    sets = [one for one in running if one.completion is not None]
    if asker.user is None or not sets:
        return []
    at = timezone.now()
    terms = {one.id: completing.stated(one.terms, one.offer.complete_within_days) for one in sets}
    owned = owned_of(terms.values(), asker=asker, at=at)
    begun = {
        one.id: completing.started(one.terms.slots, completing.in_time(owned.units, terms[one.id], at=at))
        for one in sets
        if terms[one.id].slots
    }
    return [
        _missing(one, first)
        for one in sets
        for first in begun.get(one.id, [])[:1]  # only one, so that what is added is what was shown
        if not view or any(slot.selection.products.intersection(view) for slot in first.missing)
    ]


def _missing(one: Running, begun: completing.Started) -> Running:
    days = one.offer.complete_within_days
    ends = [one.offer.ends_at, *(unit.bought_at + timedelta(days=days) for unit in begun.owned)]
    return replace(
        one,
        terms=replace(one.terms, slots=begun.missing),
        owned=tuple(dict.fromkeys(unit.product for unit in begun.owned)),
        until=min(moment for moment in ends if moment is not None),
    )


def goods_of(reading: Reading) -> list[Goods]:
    """List what a basket holds that an offer may still take."""
    return [
        Goods(Facts(piece.product, piece.parent), to_minor(piece.price, reading.currency), piece.units)
        for piece in reading.pieces
        if piece.units
    ]
