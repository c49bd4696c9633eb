"""Credits in refunds and cancellations: what is not paid back since it was credited, and the end of a credit.

A credit ends when what it was spent on has come back or was cancelled. If the unit that it was taken from had come back
before, what was kept of it is paid back then.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model
from oscar.templatetags.currency_filters import currency as as_money

from upsell.core.currencies import to_amount, to_minor
from upsell.offers.booking.paid import PaidOrder
from upsell.offers.crediting import Spent, Withheld, ending, withhold
from upsell.offers.models.bookings import OrderOffer, OrderOfferUnit
from upsell.offers.models.credits import SpentCredit
from upsell.offers.models.refunds import Refund, RefundLine
from upsell.offers.refunding import Returned, Standing
from upsell.offers.serving.owning import contributions
from upsell.signals import refund_booked


def as_spent(row: SpentCredit) -> Spent:
    """Turn a row into a value."""
    return Spent(
        id=row.pk,
        line=row.line_id,
        number=row.number,
        booking=row.order_offer_id,
        amount=to_minor(row.amount, row.currency),
        kept=to_minor(row.kept_incl_tax if row.order_offer.incl_tax else row.kept_excl_tax, row.currency),
        incl_tax=row.order_offer.incl_tax,
        came_back=row.returned_by_id is not None,
    )


def withheld(
    paid: PaidOrder, state: Mapping[int, Standing], rows: Sequence[Returned], *, priced_again: bool = False
) -> Withheld:
    """Take out of a refund what was credited to later orders."""
    if not paid.credits:
        return Withheld(tuple(rows))
    into = contributions({row.line_id for row in paid.credits})
    return withhold(rows, state, map(as_spent, paid.credits), credited=into, priced_again=priced_again)


def keep_back(withheld: Withheld, lines: Iterable[RefundLine], currency: str) -> None:
    """Write down which credited units came back with a refund, and how much of each was not paid back."""
    by_line = {line.line_id: line for line in lines}
    rows = list(SpentCredit.objects.filter(pk__in=withheld.credits))
    for row in rows:
        kept = withheld.credits[row.pk]
        row.returned_by = row.returned_by or by_line[row.line_id]
        row.kept_incl_tax += to_amount(kept.with_tax, currency)
        row.kept_excl_tax += to_amount(kept.without_tax, currency)
    if rows:
        SpentCredit.objects.bulk_update(rows, ["returned_by", "kept_incl_tax", "kept_excl_tax"])


@transaction.atomic
def hold(bookings: Sequence[OrderOffer]) -> bool:
    """Hold the orders that credits were taken from for these bookings; return whether there are any.

    To be asked before any counter of an offer is touched: whoever pays back holds the order first. The latest order is
    held first, as a credit always comes from an earlier one.
    """
    credits_in, _lines = _behind({one.pk for one in bookings})
    if not credits_in:
        return False
    lines = {one.line for one in credits_in}
    orders = get_model("order", "Order")._default_manager.filter(
        pk__in=get_model("order", "Line")._default_manager.filter(pk__in=lines).values("order")
    )
    list(orders.order_by("-pk").select_for_update().values_list("pk", flat=True))
    return True


def end_credits(booked: OrderOffer) -> None:
    """End the credits that one booking came from, if it came from any. Calling it again changes nothing."""
    with transaction.atomic():
        if hold([booked]):
            end([booked])


def end(bookings: Sequence[OrderOffer]) -> None:
    """End the credits that these bookings came from, and those behind them that have waited for it.

    Call it once the bookings are released, with what ``hold`` holds.
    """
    known, lines_of = _behind({one.pk for one in bookings})
    over = {one.pk for one in bookings} | set(
        OrderOffer.objects.filter(pk__in=lines_of, state=OrderOffer.State.RELEASED).values_list("pk", flat=True)
    )
    touched = {line for lines in lines_of.values() for line in lines}
    credited_on = SpentCredit.objects.live().filter(line__in=touched).select_related("order_offer")
    every = {one.id: one for one in (*known, *map(as_spent, credited_on))}
    ended = [one.id for one in ending(every.values(), over, lines_of)]
    SpentCredit.objects.filter(pk__in=ended).update(released_at=timezone.now())
    _pay_what_was_kept(ended)


def _behind(bookings: Collection[int]) -> tuple[list[Spent], dict[int, set[int]]]:
    """Follow credits back from bookings: those that live, and on which lines each booking took something off."""
    found: dict[int, Spent] = {}
    lines_of: dict[int, set[int]] = {}
    asked = set(bookings)
    while asked:
        rows = SpentCredit.objects.live().filter(order_offer__in=asked).select_related("order_offer")
        new = [one for one in map(as_spent, rows) if one.id not in found]
        found |= {one.id: one for one in new}
        asked = set()
        if new:
            lines = {one.line for one in new}
            units = OrderOfferUnit.objects.filter(order_offer__in={one.booking for one in new}, part__gt=0)
            for booking, line in units.values_list("order_offer", "line"):
                lines_of.setdefault(booking, set()).add(line)
            before = OrderOfferUnit.objects.filter(line__in=lines, order_offer__credits__isnull=False)
            asked = set(before.values_list("order_offer", flat=True)) - lines_of.keys()
    return list(found.values()), lines_of


def _pay_what_was_kept(ended: Collection[int]) -> None:
    """Book a refund on every order of which something was not paid back because of these credits."""
    rows = (
        SpentCredit.objects.filter(pk__in=ended, returned_by__isnull=False, kept_incl_tax__gt=0)
        .select_related("line__order", "order_offer__order")
        .order_by("line__order", "line", "pk")
    )
    for _order, alike in groupby(rows, key=lambda row: row.line.order_id):
        of_order = list(alike)
        refund = Refund.objects.create(
            order=of_order[0].line.order,
            amount_incl_tax=sum(row.kept_incl_tax for row in of_order),
            amount_excl_tax=sum(row.kept_excl_tax for row in of_order),
            currency=of_order[0].currency,
            reference=f"credit-ended-{of_order[0].pk}",
        )
        for _line, of_line in groupby(of_order, key=lambda row: row.line_id):
            _write_line(refund, list(of_line))
        _tell(refund, of_order[0].order_offer.order.number)
        transaction.on_commit(partial(refund_booked.send_robust, sender=Refund, refund=refund))


def _write_line(refund: Refund, rows: Sequence[SpentCredit]) -> None:
    incl_tax, excl_tax = sum(row.kept_incl_tax for row in rows), sum(row.kept_excl_tax for row in rows)
    RefundLine.objects.create(
        refund=refund,
        line_id=rows[0].line_id,
        quantity=0,
        amount_incl_tax=incl_tax,
        amount_excl_tax=excl_tax,
        credited_incl_tax=-incl_tax,
        credited_excl_tax=-excl_tax,
    )


def _tell(refund: Refund, number: str) -> None:
    message = _(
        "Refund %(number)s: %(amount)s to pay back. It was not paid back before because it was credited to order "
        "%(order)s, and that credit has ended."
    )
    amount = as_money(refund.amount_incl_tax, refund.currency)
    _note(refund.order, message % {"number": refund.pk, "amount": amount, "order": number})


def tell_of_cancelled(order: Any) -> None:
    """Leave a note where a cancelled order was credited to a later one: so much of it must not be paid back."""
    for row in SpentCredit.objects.live().from_order(order).select_related("order_offer__order"):
        message = _(
            "%(amount)s of this order was credited to order %(order)s. Do not pay it back as long as that stands."
        )
        amount = as_money(row.amount, row.currency)
        _note(order, message % {"amount": amount, "order": row.order_offer.order.number})


def _note(order: Any, message: str) -> None:
    note = get_model("order", "OrderNote")
    note._default_manager.create(order=order, note_type=note.SYSTEM, message=message)
