"""Reading what was stored with an order: what its lines cost, what came back, and its offers as rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from functools import partial
from typing import Any

from oscar.core.loading import get_model

from upsell.conf import app_settings
from upsell.core.currencies import decimals_of, to_minor
from upsell.offers import terms
from upsell.offers.base import Candidate, Family, Slot
from upsell.offers.fitting import Facts
from upsell.offers.models.bookings import OrderOffer, OrderOfferUnit
from upsell.offers.models.credits import SpentCredit
from upsell.offers.models.refunds import Refund
from upsell.offers.refunding import Booked, Bought, Method, Money, Returned, Standing, settle, standings
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import Line, Plan, Rule

ITEM = "c:"  # what the engine puts before the name of a set's item


class UnreadableTermsError(ValueError):
    """The terms stored with an order are not what an offer's terms look like: somebody else wrote them."""

    def __init__(self, offer: OrderOffer) -> None:
        super().__init__(f"The terms of booking {offer.pk} cannot be read.")
        self.offer = offer


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """An order as refunds see it: rows, and values in minor units by the ids of the rows."""

    order: Any
    lines: dict[int, Any]
    offers: dict[int, OrderOffer]
    bought: tuple[Bought, ...]
    booked: tuple[Booked, ...]
    incl_tax: bool
    currency: str
    credits: tuple[SpentCredit, ...] = ()

    @property
    def standings(self) -> dict[int, Standing]:
        """Where each line stands."""
        return standings(self.bought, self.booked)


def read_paid(order: Any) -> PaidOrder:
    """Read the order's lines, what our offers gave it, and what was paid back: few queries, whatever its size."""
    currency = order.currency
    rows = {line.pk: line for line in order.lines.order_by("pk") if line.quantity}
    offers = {one.pk: one for one in OrderOffer.objects.filter(order=order).prefetch_related("units")}
    parts: dict[int, dict[int, int]] = {}
    taken: dict[int, int] = {}
    for unit in (unit for one in offers.values() for unit in one.units.all() if unit.line_id in rows):
        part = unit.quantity * to_minor(unit.part, currency)
        of_line = parts.setdefault(unit.line_id, {})
        of_line[unit.order_offer_id] = of_line.get(unit.order_offer_id, 0) + part
        taken[unit.line_id] = taken.get(unit.line_id, 0) + unit.quantity
    bought = [_bought(line, parts.get(key, {}), taken.get(key, 0), currency) for key, line in rows.items()]
    return PaidOrder(
        order=order,
        lines=rows,
        offers=offers,
        bought=tuple(settle(bought, _charged(order, currency))),
        booked=tuple(_booked(refund, currency) for refund in _refunds(order)),
        incl_tax=next((one.incl_tax for one in offers.values()), True),
        currency=currency,
        credits=tuple(SpentCredit.objects.live().from_order(order).select_related("order_offer__order")),
    )


def product_of(line: Any) -> int:
    """Name the product of a line to the engine; a number of its own where the product was deleted."""
    return int(line.product_id or -line.pk)


def _bought(line: Any, parts: dict[int, int], taken: int, currency: str) -> Bought:
    minor = partial(to_minor, currency=currency)
    return Bought(
        id=line.pk,
        product=str(product_of(line)),
        units=line.quantity,
        full=Money(
            minor(line.line_price_before_discounts_incl_tax),
            minor(line.line_price_before_discounts_excl_tax),
        ),
        paid=Money(minor(max(Decimal(0), line.line_price_incl_tax)), minor(max(Decimal(0), line.line_price_excl_tax))),
        parts={offer: part for offer, part in parts.items() if part},
        taken=taken,
    )


def _charged(order: Any, currency: str) -> Money:
    """Return what was charged for the goods: the order's total without shipping and surcharges."""
    surcharges = list(order.surcharges.all())

    def whole(total: Decimal, shipping: Decimal, name: str) -> int:
        amount = total - shipping - sum((getattr(charge, name) for charge in surcharges), Decimal(0))
        return int(amount.scaleb(decimals_of(currency)).quantize(Decimal(1), ROUND_FLOOR))

    return Money(
        whole(order.total_incl_tax, order.shipping_incl_tax, "incl_tax"),
        whole(order.total_excl_tax, order.shipping_excl_tax, "excl_tax"),
    )


def _refunds(order: Any) -> Any:
    return Refund.objects.filter(order=order).order_by("pk").prefetch_related("lines__parts")


def _booked(refund: Refund, currency: str) -> Booked:
    return Booked(
        method=Method(refund.method),
        rows=tuple(
            Returned(
                line=row.line_id,
                units=row.quantity,
                amount=Money(to_minor(row.amount_incl_tax, currency), to_minor(row.amount_excl_tax, currency)),
                parts={part.order_offer_id: to_minor(part.amount, currency) for part in row.parts.all()},
                credited=Money(to_minor(row.credited_incl_tax, currency), to_minor(row.credited_excl_tax, currency)),
            )
            for row in refund.lines.all()
        ),
    )


# --- the order's offers as rules --------------------------------------------------------------------------------------


def best_of(paid: PaidOrder) -> Callable[[Sequence[Line]], Plan]:
    """Return what finds the best use of the order's offers on units of its lines, within the time for pricing."""
    rules = rules_of(paid)

    def best(lines: Sequence[Line]) -> Plan:
        return solve(lines, rules, budget=app_settings.PRICING_SECONDS)

    return best


def rules_of(paid: PaidOrder) -> list[Rule]:
    """Turn the terms stored with the order into rules named by their bookings, each at most as often as granted.

    Raises UnreadableTermsError.
    """
    facts = _facts(list(paid.lines.values()))
    return [_rule(booked, paid, facts) for booked in paid.offers.values()]


def _rule(booked: OrderOffer, paid: PaidOrder, facts: Sequence[Facts]) -> Rule:
    try:
        candidate = _candidate(booked, paid)
        return terms.rule_for(candidate, facts, currency=paid.currency)
    except (ArithmeticError, AttributeError, KeyError, StopIteration, TypeError, ValueError) as error:
        raise UnreadableTermsError(booked) from error


def _candidate(booked: OrderOffer, paid: PaidOrder) -> Candidate:
    stored = terms.from_json(booked.terms)
    units = list(booked.units.all())
    return Candidate(
        id=booked.pk,
        version=booked.version,
        type="",
        family=Family(booked.family),
        name=booked.name,
        text="",
        terms=replace(stored, slots=tuple(_as_it_fitted(slot, units, paid) for slot in stored.slots)),
        currency=booked.currency,
        limit=booked.applications,
        grants=booked.applications,
    )


def _as_it_fitted(slot: Slot, units: Sequence[OrderOfferUnit], paid: PaidOrder) -> Slot:
    """Let what the offer took for the slot fit it still, wherever the product is filed today, or if it is gone."""
    took = frozenset(
        product_of(paid.lines[unit.line_id])
        for unit in units
        if unit.line_id in paid.lines and _is_for(unit.slot.removeprefix(ITEM), slot)
    )
    chosen = slot.selection
    return replace(slot, selection=replace(chosen, products=chosen.products | took, without=chosen.without - took))


def _is_for(name: str, slot: Slot) -> bool:
    """Tell whether units booked under a name were for the slot; the engine calls a set's item by its only product."""
    return name == slot.name or (name.isdigit() and int(name) in slot.selection.products)


def _facts(lines: Sequence[Any]) -> list[Facts]:
    """Say of the products what decides whether they fit, as the catalogue stands today: three queries."""
    ids = {line.product_id for line in lines if line.product_id}
    catalogue: Any = get_model("catalogue", "Product")
    rows = list(catalogue._default_manager.filter(pk__in=ids).values_list("pk", "parent_id", "product_class_id"))
    parents = {parent for _, parent, _ in rows if parent}
    class_of = dict(catalogue._default_manager.filter(pk__in=parents).values_list("pk", "product_class_id"))
    filed = _categories(ids | parents)
    known = [
        Facts(
            product=pk,
            parent=parent,
            categories=frozenset(filed.get(pk, set()) | filed.get(parent, set())),
            product_class=product_class or class_of.get(parent),
        )
        for pk, parent, product_class in rows
    ]
    return known + [Facts(product=product_of(line)) for line in lines if not line.product_id]


def _categories(products: set[int]) -> dict[int, set[int]]:
    """Product -> the categories it is filed in, with all above them."""
    through = get_model("catalogue", "Product").categories.through
    category = get_model("catalogue", "Category")
    links = list(through._default_manager.filter(product__in=products).values_list("product_id", "category__path"))
    step = category.steplen
    lineages = {path: [path[:end] for end in range(step, len(path) + 1, step)] for _, path in links}
    wanted = {above for lineage in lineages.values() for above in lineage}
    ids = dict(category._default_manager.filter(path__in=wanted).values_list("path", "pk"))
    found: dict[int, set[int]] = {}
    for product, path in links:
        found.setdefault(product, set()).update(ids[above] for above in lineages[path] if above in ids)
    return found
