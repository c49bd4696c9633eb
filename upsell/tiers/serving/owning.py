"""Which lower steps a customer owns, for offers that let owners pay the difference."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from upsell.core.currencies import to_minor
from upsell.core.guard import attempt
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.owning import owned_units
from upsell.offers.serving.reading import Reading
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.owners import Credits, OwnersOffer

KNOWN = "_upsell_credits"  # on the request


def credits_for(offers: Collection[int], *, request: Any) -> Mapping[int, Credits]:
    """Say what of the shopper's earlier purchases these offers would credit, by offer; only those that would.

    For showing: ``credits.best({family: minor price}, currency)`` is the unit, with its ``worth``. What a basket costs
    is the engine's to say, which counts the credit by itself. Two queries for all offers asked about at once (one for
    customers who own nothing), once in a request; none for anybody without an account.
    """
    user = asker_of_request(request).user
    if user is None:
        return {}
    known: dict[int, Credits | None] | None = getattr(request, KNOWN, None)
    if known is None:
        known = {}
        setattr(request, KNOWN, known)
    asked = set(offers) - known.keys()
    if asked:
        at = timezone.now()
        known |= dict.fromkeys(asked)
        found: dict[int, Credits] | None = attempt(
            "tiers.credits", lambda: read_credits(asked, user=user, at=at), reads_only=True
        )
        known |= found or {}
    return {offer: credits_ for offer in offers if (credits_ := known.get(offer)) is not None}


def read_credits(offers: Collection[int], *, user: int, at: datetime) -> dict[int, Credits]:
    """Read what a customer owns that these offers count; offers of another kind, and those that find nothing, not."""
    asked = _offers(offers)
    lower = frozenset().union(*(offer.lower for offer in asked))
    if not lower:
        return {}
    starts = [offer.since(at) for offer in asked]
    since = None if None in starts else min(start for start in starts if start is not None)
    units = owned_units(user, lower, since=since, incl_tax=bool(getattr(settings, "OSCAR_OFFERS_INCL_TAX", False)))
    found = {
        offer.id: Credits(offer, at, tuple(unit for unit in units if unit.family in offer.lower)) for offer in asked
    }
    return {key: one for key, one in found.items() if one.units}


def prices_of(reading: Reading) -> dict[int, int]:
    """Tell what a unit of each family costs in a basket, at most; of those that an offer may still take."""
    prices: dict[int, int] = {}
    for piece in reading.pieces:
        if piece.units:
            family = piece.parent or piece.product
            prices[family] = max(prices.get(family, 0), to_minor(piece.price, reading.currency))
    return prices


def _offers(offers: Collection[int]) -> list[OwnersOffer]:
    """Read the offers for owners among these, with the steps of their ladders, in one statement."""
    rows = (
        UpgradeOffer.objects.filter(pk__in=offers, kind=UpgradeOffer.Kind.OWNED)
        .order_by("pk", "ladder__tiers__position", "ladder__tiers__pk")
        .values_list(
            "pk", "within_days", F("from_tier__family"), F("to_tier__family"), F("ladder__tiers__family"), named=True
        )
    )
    found: dict[int, OwnersOffer] = {}
    for pk, within_days, from_family, to_family, family in rows:
        before = found.get(pk) or OwnersOffer(pk, (), from_family, to_family, within_days)
        if family is not None:
            found[pk] = OwnersOffer(pk, (*before.steps, family), from_family, to_family, within_days)
    return list(found.values())
