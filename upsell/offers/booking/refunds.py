"""What to pay back for units of an order that came back, and booking it: once, and never more than was paid."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oscar.core.loading import get_class, get_model
from oscar.templatetags.currency_filters import currency as as_money

from upsell.core.currencies import to_amount
from upsell.offers import refunding
from upsell.offers.booking import credited, refund_reasons
from upsell.offers.booking.paid import PaidOrder, UnreadableTermsError, best_of, read_paid
from upsell.offers.booking.refund_reasons import Reason
from upsell.offers.booking.releasing import release
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.refunds import Refund, RefundLine, RefundPart
from upsell.offers.refunding import Method, Money, NotReturnableError, Repriced, Returned, Standing, share
from upsell.signals import refund_booked

NOTE_LENGTH = 255
REFERENCE_LENGTH = 64


class RefundError(Exception):
    """Nothing was booked, or nothing can be answered; the message is a full sentence."""


@dataclass(frozen=True, slots=True)
class OfferPart:
    """What one of our offers took off some units."""

    offer: int | None
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back for a line; below 0 where what is kept of it costs more. ``discount``: ours, given no more."""

    incl_tax: Decimal
    excl_tax: Decimal
    discount: Decimal


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A line of the order, and the units of it that come back.

    ``full``, ``ours``, ``others`` and ``paid`` speak of these units: their price before discounts, what our offers and
    what other discounts took off, and what was paid for them. They are with tax if the answer's ``incl_tax`` says so.
    """

    line_id: int
    title: str
    bought: int
    left: int
    units: int
    full: Decimal
    ours: tuple[OfferPart, ...]
    others: Decimal
    paid: Decimal
    back: Mapping[str, Back]
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class MethodAnswer:
    """What goes back in all by one method, and why."""

    method: str
    incl_tax: Decimal
    excl_tax: Decimal
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """Both answers for the same units. Shipping and surcharges are in neither.

    ``problem`` says why there is only one, if so.
    """

    order_number: str
    currency: str
    incl_tax: bool
    lines: tuple[AnswerLine, ...]
    methods: Mapping[str, MethodAnswer]
    problem: str = ""


def orders_for(user: Any) -> Any:
    """List the orders that a user may pay back: those that the dashboard shows to staff, and none to anybody else.

    Staff who serve certain partners get the orders that hold nothing of others: a refund speaks of the whole order.
    """
    model = get_model("order", "Order")
    if not (user.is_active and user.is_staff):
        return model._default_manager.none()
    orders = get_class("dashboard.orders.views", "queryset_orders_for_user")(user)
    partners = list(get_model("partner", "Partner")._default_manager.filter(users=user).values_list("pk", flat=True))
    if partners and not user.is_superuser:
        foreign = get_model("order", "Line")._default_manager.exclude(partner__in=partners, partner__isnull=False)
        orders = orders.exclude(pk__in=foreign.values("order"))
    return orders


def returnable(*, order: Any) -> list[tuple[Any, int]]:
    """List the order's lines, each with the units of it that have not come back."""
    paid = read_paid(order)
    return [(paid.lines[key], one.kept) for key, one in paid.standings.items()]


def answer_refund(*, order: Any, units: Mapping[int, int]) -> RefundAnswer:
    """Say what would go back for these units (by line), by both methods, and why. Raises RefundError."""
    paid = read_paid(order)
    state = paid.standings
    units = _checked(paid, state, units)
    shares = credited.withheld(paid, state, _shares(state, units))
    priced, less, problem = None, None, ""
    try:
        priced = _priced(paid, state, units)
        less = credited.withheld(paid, state, priced.rows, priced_again=True)
    except RefundError as error:  # what was paid for the units can be told all the same
        problem = str(error)
    by_share = {row.line: row for row in shares.rows}
    by_price = {row.line: row for row in less.rows} if less else {}
    lines = tuple(
        _answer_line(
            paid,
            one,
            units.get(key, 0),
            by_share=by_share.get(key),
            by_price=by_price.get(key),
            kept_back=shares.credits,
        )
        for key, one in state.items()
        if key in by_share or key in by_price
    )
    why = tuple(reason for line in lines for reason in line.why)
    methods = {Method.PRO_RATA.value: _method_answer(Method.PRO_RATA, shares.rows, why, paid.currency)}
    if priced is not None and less is not None:
        why = (
            *_why_priced(paid, state, units, priced),
            *refund_reasons.of_credit(paid.credits, less.credits, paid.currency),
            *refund_reasons.of_credit_that_stays(priced, less),
        )
        methods[Method.REPRICE.value] = _method_answer(Method.REPRICE, less.rows, why, paid.currency)
    return RefundAnswer(
        order_number=order.number,
        currency=paid.currency,
        incl_tax=paid.incl_tax,
        lines=lines,
        methods=methods,
        problem=problem,
    )


@transaction.atomic
def book_refund(
    *,
    order: Any,
    units: Mapping[int, int],
    method: str,
    reference: str,
    user: Any = None,
    note: str = "",
    expected: Decimal | None = None,
) -> Refund:
    """Book what goes back for these units (by line), and return it; the same ``reference`` books once.

    ``expected`` is the amount with tax that was agreed to; where the answer is another by now, nothing is booked.
    Raises RefundError.
    """
    if not reference or len(reference) > REFERENCE_LENGTH:
        raise RefundError(_("Nothing was booked: a refund needs a reference of at most 64 characters."))
    # Whoever comes second waits here, and then reads what the first has booked.
    get_model("order", "Order")._default_manager.select_for_update().get(pk=order.pk)
    found = Refund.objects.filter(reference=reference).first()
    if found is not None:
        return _the_same(found, order, units, method)
    paid = read_paid(order)
    state = paid.standings
    units = _checked(paid, state, units)
    priced_again = _method(method) is Method.REPRICE
    gross = _priced(paid, state, units).rows if priced_again else _shares(state, units)
    less = credited.withheld(paid, state, gross, priced_again=priced_again)
    rows = less.rows
    amount = partial(to_amount, currency=paid.currency)
    total = sum((row.amount for row in rows), refunding.NOTHING)
    if expected is not None and expected != amount(total.with_tax):
        raise RefundError(_("Nothing was booked: something of this order came back meanwhile. Look again, please."))
    refund = Refund.objects.create(
        order=order,
        method=method,
        amount_incl_tax=amount(total.with_tax),
        amount_excl_tax=amount(total.without_tax),
        currency=paid.currency,
        note=note[:NOTE_LENGTH],
        reference=reference,
        created_by=user,
    )
    credited.keep_back(less, _write_rows(refund, rows, paid.currency), paid.currency)
    after = refunding.standings(paid.bought, [*paid.booked, refunding.Booked(_method(method), rows)])
    release(_used_up(paid, after))
    _tell_the_order(refund, units, user)
    transaction.on_commit(lambda: refund_booked.send_robust(sender=Refund, refund=refund))
    return refund


# --- answering --------------------------------------------------------------------------------------------------------


def _checked(paid: PaidOrder, state: Mapping[int, Standing], units: Mapping[int, int]) -> dict[int, int]:
    try:
        refunding.check(state, units)
    except NotReturnableError as error:
        if error.line is None:
            raise RefundError(_("Say of at least one line how many units came back.")) from error
        if error.line not in paid.lines:
            raise RefundError(_("One of these lines is not in this order.")) from error
        title = paid.lines[error.line].title
        raise RefundError(
            ngettext(
                "Of “%(title)s”, between 0 and %(left)s unit can come back.",
                "Of “%(title)s”, between 0 and %(left)s units can come back.",
                error.left,
            )
            % {"title": title, "left": error.left}
        ) from error
    return {line: count for line, count in units.items() if count}


def _method(name: str) -> Method:
    try:
        return Method(name)
    except ValueError as error:
        raise RefundError(_("Choose one of the two ways to compute the refund.")) from error


def _shares(state: Mapping[int, Standing], units: Mapping[int, int]) -> tuple[Returned, ...]:
    return refunding.pro_rata(state, units)


def _priced(paid: PaidOrder, state: Mapping[int, Standing], units: Mapping[int, int]) -> Repriced:
    try:
        best = best_of(paid)
    except UnreadableTermsError as error:
        raise RefundError(
            _("What is kept cannot be priced again: the stored terms of “%(offer)s” are unreadable.")
            % {"offer": error.offer.name}
        ) from error
    return refunding.reprice(state, units, incl_tax=paid.incl_tax, best=best)


def _why_priced(
    paid: PaidOrder, state: Mapping[int, Standing], units: Mapping[int, int], priced: Repriced
) -> Iterator[Reason]:
    before: dict[int, int] = {}
    for one in state.values():
        for offer, part in one.given.items():
            before[offer] = before.get(offer, 0) + part
    return refund_reasons.of_price(
        priced,
        before=before,
        names={key: offer.name for key, offer in paid.offers.items()},
        kept=any(one.kept > units.get(key, 0) for key, one in state.items()),
        currency=paid.currency,
    )


def _answer_line(
    paid: PaidOrder,
    one: Standing,
    count: int,
    *,
    by_share: Returned | None,
    by_price: Returned | None,
    kept_back: Mapping[int, Money],
) -> AnswerLine:
    amount = partial(to_amount, currency=paid.currency)
    row = paid.lines[one.bought.id]
    ours = _of_units(one, count, one.bought.parts)
    full, was_paid = (_share_now(one, count, money.of(paid.incl_tax)) for money in (one.bought.full, one.bought.paid))
    return AnswerLine(
        line_id=one.bought.id,
        title=row.title,
        bought=one.bought.units,
        left=one.kept,
        units=count,
        full=amount(full),
        ours=tuple(
            OfferPart(paid.offers[offer].offer_id, paid.offers[offer].name, amount(part))
            for offer, part in sorted(ours.items())
            if part
        ),
        others=amount(full - was_paid - sum(ours.values())),
        paid=amount(was_paid),
        back={
            Method.PRO_RATA.value: _back(by_share, paid.currency),
            Method.REPRICE.value: _back(by_price, paid.currency),
        },
        why=() if by_share is None else tuple(_why_share(paid, one, by_share, kept_back)),
    )


def _why_share(paid: PaidOrder, one: Standing, row: Returned, kept_back: Mapping[int, Money]) -> Iterator[Reason]:
    yield from refund_reasons.of_share(one, row, paid.currency)
    of_line = [credit for credit in paid.credits if credit.line_id == row.line]
    yield from refund_reasons.of_credit(of_line, kept_back, paid.currency)


def _of_units(one: Standing, count: int, parts: Mapping[int, int]) -> dict[int, int]:
    return {offer: _share_now(one, count, part) for offer, part in parts.items()}


def _share_now(one: Standing, count: int, whole: int) -> int:
    """Share of the units that come back now in an amount of the whole line, by what came back before."""
    gone = one.bought.units - one.kept
    return share(whole, gone + count, one.bought.units) - share(whole, gone, one.bought.units)


def _back(row: Returned | None, currency: str) -> Back:
    money, discount = (row.amount, sum(row.parts.values())) if row else (Money(), 0)
    return Back(
        to_amount(money.with_tax, currency), to_amount(money.without_tax, currency), to_amount(discount, currency)
    )


def _method_answer(method: Method, rows: tuple[Returned, ...], why: tuple[Reason, ...], currency: str) -> MethodAnswer:
    total = sum((row.amount for row in rows), refunding.NOTHING)
    return MethodAnswer(method.value, to_amount(total.with_tax, currency), to_amount(total.without_tax, currency), why)


# --- booking ----------------------------------------------------------------------------------------------------------


def _the_same(found: Refund, order: Any, units: Mapping[int, int], method: str) -> Refund:
    """Return what the reference has booked, if that is what is asked for now."""
    booked = {line.line_id: line.quantity for line in found.lines.all() if line.quantity}
    asked = {line: count for line, count in units.items() if count}
    if found.order_id != order.pk or found.method != method or booked != asked:
        raise RefundError(_("Nothing was booked: this reference belongs to another refund."))
    return found


def _write_rows(refund: Refund, rows: tuple[Returned, ...], currency: str) -> list[RefundLine]:
    amount = partial(to_amount, currency=currency)
    written = RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            line_id=row.line,
            quantity=row.units,
            amount_incl_tax=amount(row.amount.with_tax),
            amount_excl_tax=amount(row.amount.without_tax),
            discount_returned=amount(sum(row.parts.values())),
            credited_incl_tax=amount(row.credited.with_tax),
            credited_excl_tax=amount(row.credited.without_tax),
        )
        for row in rows
    )
    RefundPart.objects.bulk_create(
        RefundPart(refund_line=line, order_offer_id=offer, amount=amount(part))
        for line, row in zip(written, rows, strict=True)
        for offer, part in sorted(row.parts.items())
    )
    return written


def _used_up(paid: PaidOrder, after: Mapping[int, Standing]) -> list[OrderOffer]:
    """List the order's offers of which nothing is left: no unit that is kept has a discount of theirs.

    An offer whose units are not known is used up when nothing is kept.
    """
    kept = [one for one in after.values() if one.kept]
    still = {offer for one in kept for offer, part in one.parts.items() if part}
    known = {offer for line in paid.bought for offer in line.parts}
    return [booked for key, booked in paid.offers.items() if key not in still and (key in known or not kept)]


def _tell_the_order(refund: Refund, units: Mapping[int, int], user: Any) -> None:
    """Leave a note where staff read about the order: on its page in the dashboard."""
    note = get_model("order", "OrderNote")
    count = sum(units.values())
    message = ngettext(
        "Refund %(number)s: %(amount)s to pay back for %(count)s unit that came back. Shipping is not included.",
        "Refund %(number)s: %(amount)s to pay back for %(count)s units that came back. Shipping is not included.",
        count,
    )
    facts = {"number": refund.pk, "amount": as_money(refund.amount_incl_tax, refund.currency), "count": count}
    note._default_manager.create(order=refund.order, user=user, note_type=note.SYSTEM, message=message % facts)
