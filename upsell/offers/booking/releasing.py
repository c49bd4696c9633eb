"""Giving the uses of offers back, once: when an order is cancelled, or all that an offer discounted has come back."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from upsell.offers.booking import credited
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import OfferUsage
from upsell.offers.registry import personal_types


def release_order(order: Any) -> int:
    """Give back all that the order used; return how many offers it was."""
    return release(OrderOffer.objects.filter(order=order))


@transaction.atomic
def release(booked: Iterable[OrderOffer]) -> int:
    """Give back what these bookings used, each at most once however often this is called; return how many it was.

    The rows of the booking stay: what the order was given does not change.
    """
    # In the sequence in which orders take the counters, so that nobody waits in a circle.
    bookings = sorted(booked, key=lambda one: one.offer_id or 0)
    came_from_credits = bool(bookings) and credited.hold(bookings)
    released = sum(_release(one) for one in bookings)
    if came_from_credits:
        credited.end(bookings)
    return released


def _release(one: OrderOffer) -> bool:
    standing = OrderOffer.objects.filter(pk=one.pk, state=OrderOffer.State.GRANTED)
    if not standing.update(state=OrderOffer.State.RELEASED, released_at=timezone.now()):
        return False
    if one.offer_id is not None:
        for customer in ("", one.customer) if one.customer else ("",):
            OfferUsage.objects.release(offer=one.offer_id, customer=customer, uses=one.applications, amount=one.amount)
        kind = personal_types().get(one.offer.type) if one.offer else None
        if kind is not None:
            kind.give_back(one)
    return True
