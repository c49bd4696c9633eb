"""What a customer owns of sets, and what a basket holds to complete them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from upsell.bundles.completing import Goods
from upsell.core.currencies import to_minor
from upsell.offers.base import Terms
from upsell.offers.crediting import OwnedUnit
from upsell.offers.fitting import Facts
from upsell.offers.serving.owning import owned_units
from upsell.offers.serving.reading import Reading


@dataclass(frozen=True, slots=True)
class Owned:
    """The units that a customer owns and can have counted, as of a moment."""

    units: tuple[OwnedUnit, ...]
    at: datetime


def owned_of(terms: Iterable[Terms], *, user: int | None, at: datetime) -> Owned:
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
    if user is None or not products:
        return Owned((), at)
    since = at - timedelta(days=max(one.within_days or 0 for one in asked))
    incl_tax = bool(getattr(settings, "OSCAR_OFFERS_INCL_TAX", False))
    return Owned(tuple(owned_units(user, products, since=since, incl_tax=incl_tax, beside_sets=True)), at)


def goods_of(reading: Reading) -> list[Goods]:
    """List what a basket holds that an offer may still take."""
    return [
        Goods(Facts(piece.product, piece.parent), to_minor(piece.price, reading.currency), piece.units)
        for piece in reading.pieces
        if piece.units
    ]
