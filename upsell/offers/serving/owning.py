"""What a customer owns, what it is worth when it is upgraded, and spending that: no unit is ever credited twice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import IntegrityError, OperationalError, models, transaction
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _
from oscar.core.loading import get_class, get_model

from upsell.conf import app_settings
from upsell.core.currencies import is_storable, to_amount, to_minor
from upsell.offers import terms
from upsell.offers.base import Kind, Reward, RewardKind, Source
from upsell.offers.booking.claims import is_busy
from upsell.offers.crediting import Holding, OwnedUnit, Spent, contributed, paid_of, taken
from upsell.offers.models.bookings import FrozenPlan, OrderOffer, OrderOfferUnit
from upsell.offers.models.credits import SpentCredit
from upsell.offers.models.refunds import RefundLine
from upsell.offers.querysets import to_the_penny

MONEY = models.DecimalField(max_digits=12, decimal_places=2)
NOTHING = Decimal(0)


def owned_units(
    user: int,
    products: Collection[int],
    *,
    since: datetime | None = None,
    currency: str | None = None,
    incl_tax: bool,
    beside_sets: bool = False,
) -> list[OwnedUnit]:
    """List the units of these products, or of variants of theirs, that a customer can have credited.

    Those bought ``since`` then, in a ``currency`` or in any. Units that came back or were credited, those of cancelled
    orders and those that nothing was paid for are not there. One query, and another where one of them was paid with a
    credit itself. With ``beside_sets``, units that were bought in a set, or completed one, are not there either.
    """
    lines = _orders_lines().filter(
        Q(product__in=products) | Q(product__parent__in=products), order__user=user, order__isnull=False
    )
    if since is not None:
        lines = lines.filter(order__date_placed__gte=since)
    if currency is not None:
        lines = lines.filter(order__currency=currency)
    return _read(lines, incl_tax=incl_tax, beside_sets=beside_sets)


def spend(booked: Any, sources: Sequence[Source]) -> None:
    """Write down what an order's discount took of these units, in the transaction that places the order.

    Of each at most its amount, the first ones first; what the discount gives beyond that is a gift. Raises
    ``UnableToPlaceOrder``, and writes nothing, if one of the units is not there any more, or worth less by now. What is
    written ends by itself when the order is cancelled, or all that the discount gave has come back. From then on the
    discount is an amount, so that it gives no more when what is kept is priced again: floors are not kept with orders.
    """
    minor = partial(to_minor, currency=booked.currency)
    amounts = taken(minor(booked.amount), [minor(source.amount) for source in sources])
    wanted = [(source, amount) for source, amount in zip(sources, amounts, strict=True) if amount]
    try:
        with transaction.atomic():
            there = _locked_units({source.id for source, _amount in wanted}, booked)
            if any(there.get((source.id, source.number), 0) < amount for source, amount in wanted):
                raise _unable(_("What you paid earlier has been credited already. Please check your new total."))
            SpentCredit.objects.bulk_create(
                SpentCredit(
                    line_id=source.id,
                    number=source.number,
                    amount=to_amount(amount, booked.currency),
                    currency=booked.currency,
                    order_offer=booked,
                )
                for source, amount in wanted
            )
            _fix(booked)
    except IntegrityError as error:
        raise _unable(_("What you paid earlier has been credited already. Please check your new total.")) from error
    except OperationalError as error:
        if not is_busy(error):
            raise
        raise _unable(_("Your earlier order is being worked on right now. Please try again in a moment.")) from error


def _fix(booked: Any) -> None:
    """Let the terms that the order keeps say what each application gave."""
    if booked.terms and booked.applications:
        each = to_minor(booked.amount, booked.currency) // booked.applications
        given = Reward(RewardKind.OFF, to_amount(each, booked.currency))
        booked.terms = terms.to_json(replace(terms.from_json(booked.terms), reward=given))
        booked.save(update_fields=["terms"])


def _locked_units(lines: Collection[int], booked: Any) -> dict[tuple[int, int], int]:
    """Hold the earlier orders, so that nothing of them is paid back meanwhile, and read what their units are worth.

    Nobody waits here: whoever books a refund holds the order first and the counters of offers afterwards.
    """
    orders = get_model("order", "Order")._default_manager.filter(lines__in=lines, user=booked.order.user_id)
    held = orders.order_by().select_for_update(nowait=True, of=("self",)) if _locks() else orders
    keys = {order.pk for order in held} if booked.order.user_id else set()
    rows = _orders_lines(besides=booked.order_id).filter(pk__in=lines, order__in=keys, order__currency=booked.currency)
    return {(unit.line, unit.number): unit.worth for unit in _read(rows, incl_tax=booked.incl_tax)}


def _locks() -> bool:
    features = transaction.get_connection(get_model("order", "Order")._default_manager.db).features
    return bool(features.has_select_for_update_of and features.has_select_for_update_nowait)


# --- reading ----------------------------------------------------------------------------------------------------------


def _orders_lines(*, besides: int | None = None) -> Any:
    """Take the lines of orders that stand.

    While an order of the same customer waits for ``upsell_doctor``, it is not known what it was credited: none then,
    unless it is the order ``besides``.
    """
    excluded = app_settings.EXCLUDED_ORDER_STATUSES
    waiting = FrozenPlan.objects.filter(order__user=OuterRef("order__user")).exclude(order=besides)
    lines = get_model("order", "Line")._default_manager.filter(product__isnull=False, quantity__gt=0)
    return lines.exclude(Q(status__in=excluded) | Q(order__status__in=excluded)).exclude(Exists(waiting))


def _read(lines: Any, *, incl_tax: bool, beside_sets: bool = False) -> list[OwnedUnit]:
    """Read what is left of lines, as units. Those of a line are alike: which of them were in a set does not matter."""
    basis = "incl_tax" if incl_tax else "excl_tax"
    rows = list(_with_ledger(lines, basis).order_by("pk", "spent__number").values(*COLUMNS))
    rows = [row for row in rows if is_storable(row["order__currency"])]
    chained = {row["pk"] for row in rows if row["is_chained"]}
    credited = contributions(chained) if chained else {}
    found: list[OwnedUnit] = []
    for pk, alike in groupby(rows, key=lambda row: row["pk"]):
        ledger = list(alike)
        row = ledger[0]
        holding = _holding(ledger, credited.get(pk, 0))
        found += [
            OwnedUnit(
                line=pk,
                number=number,
                product=row["product_id"],
                family=row["product__parent_id"] or row["product_id"],
                worth=holding.worth,
                currency=row["order__currency"],
                bought_at=row["order__date_placed"],
                order_number=row["order__number"],
            )
            for number in holding.free[: max(0, len(holding.free) - row["in_sets"]) if beside_sets else None]
            if holding.worth
        ]
    return found


COLUMNS = (
    "pk",
    "product_id",
    "product__parent_id",
    "quantity",
    "order__currency",
    "order__date_placed",
    "order__number",
    "paid",
    "lines_paid",
    "charged",
    "came_back",
    "back",
    "kept_back",
    "is_chained",
    "in_sets",
    "spent__pk",
    "spent__number",
    "spent__amount",
    "spent__order_offer_id",
    "spent__returned_by_id",
)


def _with_ledger(lines: Any, basis: str) -> Any:
    """Annotate what was paid for each line and its order, what came back, and the credits taken from it: a row each."""
    every = get_model("order", "Line")._default_manager
    surcharges = get_model("order", "Surcharge")._default_manager.filter(order=OuterRef("order"))
    refunds = RefundLine.objects.filter(line=OuterRef("pk"))
    chained = OrderOfferUnit.objects.filter(
        line=OuterRef("pk"), order_offer__in=SpentCredit.objects.live().values("order_offer")
    )
    in_sets = OrderOfferUnit.objects.filter(
        line=OuterRef("pk"), order_offer__terms__kind=Kind.FIXED.value, order_offer__state=OrderOffer.State.GRANTED
    )
    beside = every.filter(order=OuterRef("order"), quantity__gt=0)
    least = Greatest(F(f"line_price_{basis}"), NOTHING, output_field=MONEY)
    extras = F(f"order__shipping_{basis}") + _sum(surcharges, "order", F(basis))
    return lines.annotate(
        spent=FilteredRelation("upsell_credits", condition=Q(upsell_credits__released_at__isnull=True)),
        paid=F(f"line_price_{basis}"),
        lines_paid=_sum(beside, "order", least),
        charged=F(f"order__total_{basis}") - extras,
        came_back=Coalesce(Subquery(refunds.order_by().values("line").annotate(n=Sum("quantity")).values("n")), 0),
        back=_sum(refunds, "line", F(f"amount_{basis}")),
        kept_back=_sum(refunds, "line", F(f"credited_{basis}")),
        is_chained=Exists(chained),
        in_sets=Coalesce(Subquery(in_sets.order_by().values("line").annotate(n=Sum("quantity")).values("n")), 0),
    )


def _sum(rows: Any, by: str, amount: Any) -> Any:
    total = rows.order_by().values(by).annotate(whole=to_the_penny(Sum(amount, output_field=MONEY))).values("whole")
    return Coalesce(Subquery(total), NOTHING, output_field=MONEY)


def _holding(ledger: Sequence[Mapping[str, Any]], credited: int) -> Holding:
    row = ledger[0]
    minor = partial(to_minor, currency=row["order__currency"])
    return Holding(
        units=row["quantity"],
        paid=paid_of(minor(row["paid"]), minor(row["lines_paid"]), minor(row["charged"])),
        credited=credited,
        came_back=row["came_back"],
        back=minor(row["back"]),
        kept_back=minor(row["kept_back"]),
        spent=[
            Spent(
                id=one["spent__pk"],
                line=one["pk"],
                number=one["spent__number"],
                booking=one["spent__order_offer_id"],
                amount=minor(one["spent__amount"]),
                came_back=one["spent__returned_by_id"] is not None,
            )
            for one in ledger
            if one["spent__pk"] is not None
        ],
    )


def contributions(lines: Iterable[int]) -> dict[int, int]:
    """Line -> what earlier purchases contributed to it."""
    spent = SpentCredit.objects.live().filter(order_offer=OuterRef("order_offer"))
    bookings = OrderOfferUnit.objects.filter(line__in=lines).values("order_offer")
    units = (
        OrderOfferUnit.objects.filter(order_offer__in=bookings)
        .annotate(credited=_sum(spent, "order_offer", F("amount")))
        .order_by("order_offer", "line")
        .values_list("order_offer", "line", "quantity", "part", "credited", "order_offer__currency", named=True)
    )
    found: dict[int, int] = {}
    for _booking, alike in groupby(units, key=attrgetter("order_offer")):
        taken_off: dict[int, int] = {}
        of_booking = list(alike)
        currency = of_booking[0].order_offer__currency
        for unit in of_booking:
            taken_off[unit.line] = taken_off.get(unit.line, 0) + unit.quantity * to_minor(unit.part, currency)
        for line, amount in contributed(to_minor(of_booking[0].credited, currency), taken_off).items():
            found[line] = found.get(line, 0) + amount
    return found


def _unable(reason: str) -> Exception:
    error: Exception = get_class("order.exceptions", "UnableToPlaceOrder")(reason)
    return error
