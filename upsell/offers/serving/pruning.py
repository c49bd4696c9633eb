"""Forgetting what was offered to whom once it is long over, so that the table does not grow with every visitor."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from upsell.offers.base import PersonalOfferType
from upsell.offers.models.grants import Grant
from upsell.offers.models.offers import Offer
from upsell.offers.registry import offer_types

KEPT_DAYS = 180
AT_ONCE = 1_000  # rows that one statement deletes

State = Grant.State


def prune_grants(*, days: int = KEPT_DAYS, at: datetime | None = None) -> int:
    """Remove offers to shoppers that have been over for so many days; return how many went.

    What keeps an offer from being made again stays as long as the offer wants that; an acceptance that still gives its
    price stays, and so does what an order came from.
    """
    at = at or timezone.now()
    patience = _patience(days)
    removed = _remove(Grant.objects.exclude(offer__in=list(patience)).filter(_over_before(at - timedelta(days=days))))
    for wait in sorted(set(patience.values())):
        patient = [offer for offer, own in patience.items() if own == wait]
        removed += _remove(Grant.objects.filter(_over_before(at - timedelta(days=wait)), offer__in=patient))
    return removed


def _patience(days: int) -> dict[int, int]:
    """Find the offers that leave somebody alone for longer than that."""
    found: dict[int, int] = {}
    for kind in offer_types().values():
        if isinstance(kind, PersonalOfferType):
            found.update(kind.left_alone(longer_than=days))
    return found


def _over_before(since: datetime) -> Q:
    """Ask for what had come to its end by then, or led to nothing."""
    is_open = Q(state__in=(State.SHOWN, State.ACCEPTED))
    return (
        Q(state__in=(State.DISMISSED, State.USED, State.OVER), order_offer__isnull=True, closed_at__lt=since)
        | is_open & Q(ends_at__lt=since)
        | Q(state=State.SHOWN, ends_at__isnull=True, shown_at__lt=since)
        | is_open & Q(offer__status=Offer.Status.ENDED, shown_at__lt=since)
    )


def _remove(grants: Any) -> int:
    return sum(Grant.objects.filter(pk__in=some).delete()[0] for some in _slices(grants.order_by("pk")))


def _slices(grants: Any) -> Iterator[list[int]]:
    last = 0
    while some := list(grants.filter(pk__gt=last).values_list("pk", flat=True)[:AT_ONCE]):
        yield some
        last = some[-1]
