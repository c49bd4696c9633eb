"""What a shopper has accepted, as the engine counts it, and what becomes of it with an order."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.offers.base import Asker, Candidate, Personal, Source
from upsell.offers.models.grants import Grant
from upsell.offers.serving.customers import asker_of_request, customer_of_order
from upsell.offers.standing import Held, accepted_of

MEMORY = "offers.held"  # in the shopper's memory


def accepted_by(asker: Asker, offers: Collection[int], at: datetime) -> dict[int, Personal]:
    """Read what somebody has accepted of these offers."""
    held = _held(asker)
    return {offer: given for offer in offers if (given := _given(held.get(offer, ()), at)).grants}


def held_by(offers: Collection[int], *, request: Any) -> dict[int, Sequence[Held]]:
    """Read what became of offers with this shopper."""
    held = _held(asker_of_request(request)) if offers else {}
    return {offer: held[offer] for offer in offers if offer in held}


def forget_held(request: Any) -> None:
    """Read it anew: something was offered to the shopper, or taken back, within the request."""
    asker_of_request(request).memory.pop(MEMORY, None)


def _held(asker: Asker) -> Mapping[int, Sequence[Held]]:
    """Read what was made of all offers; the one query of a page, and none for somebody who never did anything."""
    if not asker.visitor and asker.user is None:
        return {}
    held: dict[int, list[Held]] | None = asker.memory.get(MEMORY)
    if held is None:
        held = asker.memory[MEMORY] = {}
        for grant in Grant.objects.of(asker).order_by("pk"):
            held.setdefault(grant.offer_id, []).append(grant.held)
    return held


def use_up(candidate: Candidate, booked: Any) -> None:
    """Use up what was accepted, all of it, in the transaction that places the order.

    Raises ``UnableToPlaceOrder`` if it is used already.
    """
    used = {
        "state": Grant.State.USED,
        "closed_at": timezone.now(),
        "order_offer": booked,
        "customer": customer_of_order(booked.order),
    }
    left = booked.applications
    for source in sorted(candidate.sources, key=lambda source: source.id):
        if Grant.objects.filter(pk=source.id, state=Grant.State.ACCEPTED).update(**used):
            left -= source.number
    if left > 0:
        raise get_class("order.exceptions", "UnableToPlaceOrder")(
            _("The special price of “%(offer)s” has been used already.") % {"offer": booked.name}
        )


def give_back(booked: Any) -> None:
    """Let what an order used be accepted again, if its time is not over."""
    used = Grant.objects.filter(order_offer=booked, state=Grant.State.USED, quantity__gt=0)
    for key in used.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=timezone.now())).values_list("pk", flat=True):
        accepted = {"state": Grant.State.ACCEPTED, "closed_at": None, "order_offer": None}
        with suppress(IntegrityError), transaction.atomic():  # the same customer may hold a newer one
            used.filter(pk=key).update(**accepted)


def _given(rows: Sequence[Held], at: datetime) -> Personal:
    """Give what was accepted once; what the same shopper accepted besides, before signing in, goes with it."""
    best = accepted_of(rows, at)
    if best is None:
        return Personal()
    others = [Source(row.id, 0) for row in rows if row.id != best.id]
    return Personal(best.quantity, (Source(best.id, best.quantity), *others), ends_at=best.ends_at)
