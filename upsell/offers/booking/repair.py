"""What is not booked as it should be, and the cure: for ``upsell_doctor``, after an error let an order through.

Each list is empty in a healthy shop. Each cure may be applied twice, and two at once do no harm.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import (
    CharField,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce
from oscar.core.loading import get_model

from upsell.conf import app_settings
from upsell.offers.base import Family
from upsell.offers.booking import releasing
from upsell.offers.booking.recording import NotAsAppliedError, Waiting, add_units, amount_of, book, tie
from upsell.offers.granted import Granted, from_json
from upsell.offers.models.bookings import FrozenPlan, OrderOffer, OrderOfferUnit
from upsell.offers.models.offers import OfferUsage
from upsell.offers.querysets import to_the_penny
from upsell.offers.serving import families

MONEY = DecimalField(max_digits=12, decimal_places=2)


@dataclass(frozen=True, slots=True)
class Mended:
    """How many bookings were mended, and of which orders it was not possible, with what is wrong."""

    orders: int
    released: int
    counters: int
    failed: dict[str, str]


def unbooked() -> QuerySet[FrozenPlan]:
    """List what orders still have to be booked from."""
    return FrozenPlan.objects.filter(order__isnull=False).select_related("order")


def unexplained() -> QuerySet[Any]:
    """List Oscar's rows of what our offers took off orders of which nothing was booked and nothing was kept."""
    ours = families.rows().values("pk")
    found: QuerySet[Any] = (
        get_model("order", "OrderDiscount")
        ._default_manager.filter(offer_id__in=ours, order__isnull=False)
        .exclude(Exists(OrderOffer.objects.filter(order=OuterRef("order"))))
        .exclude(Exists(FrozenPlan.objects.filter(order=OuterRef("order"))))
        .select_related("order")
    )
    return found


def unreleased() -> QuerySet[OrderOffer]:
    """List what cancelled orders still hold: their status was changed past Oscar's pipeline."""
    return OrderOffer.objects.filter(
        state=OrderOffer.State.GRANTED, order__status__in=app_settings.EXCLUDED_ORDER_STATUSES
    )


def miscounted() -> QuerySet[Any]:
    """List the counters that differ from the bookings; those say ``booked_uses`` and ``booked_amount``."""
    booked = (
        OrderOffer.objects.filter(offer=OuterRef("offer"), state=OrderOffer.State.GRANTED)
        .alias(counted=ExpressionWrapper(OuterRef("customer"), output_field=CharField()))
        .filter(Q(counted="") | Q(customer=F("counted")))
        .order_by()
        .values("offer")
    )
    return OfferUsage.objects.annotate(
        booked_uses=_sum_of(booked, "applications", IntegerField()), booked_amount=_sum_of(booked, "amount", MONEY)
    ).exclude(used=F("booked_uses"), spent=F("booked_amount"))


def mend() -> Mended:
    """Book, release and count what is not; what cannot be mended is named and left as it is."""
    orders, failed = 0, {}
    for kept in unbooked():
        try:
            orders += book_again(kept.pk)
        except Exception as error:
            failed[kept.order.number if kept.order else "?"] = str(error) or type(error).__name__
    released = releasing.release(unreleased())
    never = OrderOffer.objects.filter(offer__isnull=False).exclude(offer__usages__customer="")
    OfferUsage.objects.bulk_create(
        [OfferUsage(offer_id=offer) for offer in sorted(set(never.values_list("offer", flat=True)))],
        ignore_conflicts=True,
    )
    return Mended(orders, released, sum(recount(usage.pk) for usage in miscounted()), failed)


@transaction.atomic
def book_again(kept_id: int) -> bool:
    """Book an order from what was kept, whole or not at all; return whether there was anything to do.

    Raises whatever keeps it from being booked, such as an amount that is not the one Oscar took off.
    """
    kept = FrozenPlan.objects.select_for_update().filter(pk=kept_id, order__isnull=False).first()
    if kept is None or kept.order is None:
        return False
    order, granted = kept.order, from_json(kept.plan)
    OrderOfferUnit.objects.filter(order_offer__order=order).delete()
    units = _offers_again(order, granted)
    waiting = Waiting(granted, list(granted.lines), units)
    for line in order.lines.order_by("pk"):
        tie(waiting, line)
    if waiting.units:
        raise NotAsAppliedError("The lines of the order are not those of the basket.")
    kept.delete()
    return True


@transaction.atomic
def recount(usage_id: int) -> bool:
    """Count the bookings of one counter anew; return whether that changed it."""
    OfferUsage.objects.select_for_update().filter(pk=usage_id).first()  # orders under way come first
    booked = miscounted().filter(pk=usage_id).values_list("booked_uses", "booked_amount").first()
    if booked is None:
        return False
    uses, amount = booked
    OfferUsage.objects.filter(pk=usage_id).update(used=uses, spent=amount)
    return True


def _offers_again(order: Any, granted: Granted) -> dict[str, list[OrderOfferUnit]]:
    """Write the offers that are missing; return the units of all."""
    units: dict[str, list[OrderOfferUnit]] = {}
    booked = {(one.offer_id, one.version): one for one in OrderOffer.objects.filter(order=order)}
    for family in Family:
        given = granted.of(family)
        taken = _taken(order, family)
        if taken is None:
            continue
        if taken != amount_of(given, granted.currency):
            raise NotAsAppliedError(f"Oscar took {taken} off, and the offers kept give another amount.")
        missing = [(one, applied) for one, applied in given if (one.id, one.version) not in booked]
        for line, found in book(order=order, granted=granted, given=missing, enforce=False).items():
            units.setdefault(line, []).extend(found)
        for one, applied in given:
            if (one.id, one.version) in booked:
                add_units(units, booked[one.id, one.version], applied)
    return units


def _taken(order: Any, family: Family) -> Decimal | None:
    """Find what Oscar took off the order for a family; nothing if it took nothing."""
    if family not in families.CONDITIONS:
        return None
    rows = get_model("order", "OrderDiscount")._default_manager.filter(
        order=order, offer_id__in=families.rows(family).values("pk")
    )
    total: Decimal | None = rows.aggregate(total=Sum("amount"))["total"]
    return total


def _sum_of(booked: QuerySet[Any, Any], field: str, output: Any) -> Any:
    return Coalesce(Subquery(booked.annotate(total=to_the_penny(Sum(field))).values("total")), 0, output_field=output)
