"""Writing down what an order is given: per offer and per unit, in the transaction that places the order.

Oscar asks for it before the order's lines are written, so the units wait on the order object and are tied to the lines
one by one as those come. Nothing that goes wrong here loses an order, except that a limit was reached.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.core.loading import get_class
from oscar.templatetags.currency_filters import currency as as_money

from upsell.core.currencies import to_amount
from upsell.core.guard import attempt
from upsell.offers import terms
from upsell.offers.base import Candidate, Family
from upsell.offers.booking import claims, freezing
from upsell.offers.granted import Granted, GrantedLine, units_of
from upsell.offers.models.bookings import OrderOffer, OrderOfferUnit
from upsell.offers.models.offers import localised
from upsell.offers.registry import personal_types
from upsell.offers.serving.customers import customer_of_order
from upsell.offers.serving.planning import forget_plan
from upsell.offers.solver.values import Applied

logger = logging.getLogger("upsell")

WAITING = "_upsell_waiting"  # on the order object, between its discounts and its lines


class NotAsAppliedError(Exception):
    """What would be booked is not what Oscar took off."""


@dataclass(slots=True)
class Waiting:
    """Units of an order whose lines are still to come: what the basket held, in its order, and units by line."""

    granted: Granted
    lines: list[GrantedLine]
    units: dict[str, list[OrderOfferUnit]] = field(default_factory=dict)


def record(*, basket: Any, order: Any, family: Family, application: Any, offer: Any) -> str:
    """Book what a family of offers gives the order; return it in words, for Oscar's row.

    ``offer`` is the family's row in Oscar, ``application`` what Oscar noted of it. Raises ``UnableToPlaceOrder`` if a
    limit has been reached; any other failure is logged, and the order goes through, to be booked by ``upsell_doctor``.
    """
    granted = None
    try:
        with transaction.atomic():
            granted = freezing.granted_to(basket)
            given = [] if granted is None else granted.of(family)
            if granted is None or amount_of(given, granted.currency) != application["discount"]:
                raise NotAsAppliedError(f"{offer.name}: Oscar took {application['discount']} off.")
            units = book(order=order, granted=granted, given=given)
    except get_class("order.exceptions", "UnableToPlaceOrder"):
        attempt("offers.price_again", lambda: _price_again(basket))
        raise
    except Exception:
        logger.exception("upsell could not book the offers of an order", extra={"reason": "offers.record"})
        attempt("offers.keep", lambda: freezing.keep_for_repair(basket=basket, order=order, granted=granted))
        return str(application["result"].description or "")
    _wait(order, granted, units)
    return message(given, granted.currency)


def book(
    *, order: Any, granted: Granted, given: Iterable[tuple[Candidate, Applied]], enforce: bool = True
) -> dict[str, list[OrderOfferUnit]]:
    """Count and write what the order is given; return the units by basket line, not saved, for lines of the order.

    Without ``enforce``, limits are not asked: for an order that stands already.
    """
    given = list(given)
    amounts = {candidate.id: to_amount(applied.discount, granted.currency) for candidate, applied in given}
    uses = [claims.Use(one.id, name_of(one), applied.applications, amounts[one.id]) for one, applied in given]
    customer = customer_of_order(order)
    counted = claims.claim(uses, customer=customer) if enforce else claims.count(uses, customer=customer)
    units: dict[str, list[OrderOfferUnit]] = {}
    for candidate, applied in given:
        booked = OrderOffer.objects.create(
            order=order,
            offer_id=candidate.id if candidate.id in counted else None,
            family=candidate.family,
            name=candidate.name,
            version=candidate.version,
            terms=terms.to_json(candidate.terms),
            currency=granted.currency,
            incl_tax=granted.incl_tax,
            applications=applied.applications,
            amount=amounts[candidate.id],
            customer=counted.get(candidate.id, ""),
        )
        add_units(units, booked, applied)
        _settle(candidate, booked, enforce=enforce)
    return units


def _settle(candidate: Candidate, booked: OrderOffer, *, enforce: bool) -> None:
    """Let a personal offer take what its price came from."""
    kind = personal_types().get(candidate.type)
    if kind is None:
        return
    try:
        with transaction.atomic():
            kind.settle(candidate, booked)
    except get_class("order.exceptions", "UnableToPlaceOrder"):
        if enforce:
            raise
        logger.warning("Order %s stands, and what offer %s came from was gone.", booked.order_id, candidate.id)


def add_units(units: dict[str, list[OrderOfferUnit]], booked: OrderOffer, applied: Applied) -> None:
    """Add the units that an offer took, not saved, by basket line."""
    for taken in units_of(applied):
        part = to_amount(taken.part, booked.currency)
        units.setdefault(taken.line, []).append(
            OrderOfferUnit(order_offer=booked, slot=taken.slot, quantity=taken.quantity, part=part)
        )


def tie(waiting: Waiting, line: Any) -> None:
    """Write the units of a line of the order that has just come.

    Lines come in the basket's order; should a shop write them otherwise, the first that holds the same is meant.
    """
    held = (line.product_id, line.quantity)
    known = next((known for known in waiting.lines if (known.product, known.quantity) == held), None)
    if known is None:
        return
    waiting.lines.remove(known)
    units = waiting.units.get(known.id, [])
    for unit in units:
        unit.line = line
    OrderOfferUnit.objects.bulk_create(units)
    waiting.units.pop(known.id, None)  # what is left at the end was not written


def amount_of(given: Iterable[tuple[Candidate, Applied]], currency: str) -> Decimal:
    """Sum what these offers give."""
    return to_amount(sum(applied.discount for _, applied in given), currency)


def message(given: Iterable[tuple[Candidate, Applied]], currency: str) -> str:
    """Say what these offers give, each with its amount."""
    return "; ".join(
        _("%(offer)s: %(amount)s")
        % {"offer": name_of(candidate), "amount": as_money(to_amount(applied.discount, currency), currency)}
        for candidate, applied in given
    )


def name_of(candidate: Candidate) -> str:
    """Name the offer in the shopper's language."""
    return localised(candidate.translations, "name", candidate.name)


def _price_again(basket: Any) -> None:
    """Price the basket anew, since Oscar's checkout shows this very object again beside the reason of the refusal."""
    freezing.forget(basket)
    forget_plan(basket)
    basket.reset_offer_applications()
    strategy = basket.strategy
    get_class("offer.applicator", "Applicator")().apply(basket, strategy.user, strategy.request)


def _wait(order: Any, granted: Granted, units: dict[str, list[OrderOfferUnit]]) -> None:
    waiting = getattr(order, WAITING, None)
    if waiting is None:
        waiting = Waiting(granted, list(granted.lines))
        setattr(order, WAITING, waiting)
    for line, found in units.items():
        waiting.units.setdefault(line, []).extend(found)
