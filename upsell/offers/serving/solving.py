"""From what is to be priced and the offers found for it to the engine's answer."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from upsell.conf import app_settings
from upsell.core.audience import Shopper
from upsell.core.currencies import decimals_of, to_minor
from upsell.core.money import percent_of
from upsell.core.serving.memo import Memo
from upsell.offers import eligibility
from upsell.offers.base import Candidate, Kind, Selection, Terms
from upsell.offers.eligibility import Situation
from upsell.offers.fine_prices import refine
from upsell.offers.fitting import Facts, Shelf, fits
from upsell.offers.models.offers import PriceFloor
from upsell.offers.serving.candidates import Found
from upsell.offers.serving.reading import Piece, Reading, up_to_minor
from upsell.offers.serving.selections import facts_of, facts_under
from upsell.offers.solver.solve import solve, warm_up
from upsell.offers.solver.values import NOTHING, Line, Plan, Rule
from upsell.offers.terms import rule_for

logger = logging.getLogger("upsell")

TRIES = 10  # solutions that may be tried until all budgets are kept
UNKNOWN = Shopper()
MANY = 20  # rules from which on a basket may need the numerical solver


_floors_known: Memo[Sequence[Any]] = Memo(2_000)


@dataclass(frozen=True, slots=True)
class Problem:
    """What the engine is asked: lines, rules by the id of their offer, and exact prices in minor units."""

    lines: tuple[Line, ...]
    rules: Mapping[str, Rule]
    prices: Mapping[str, Decimal]


def problem_of(reading: Reading, found: Found, revision: Any = None) -> Problem:
    """Put what was read into the engine's words.

    Queries only what the offers ask about: categories and classes if an offer or a floor speaks of them, floors if the
    shop has any. With a ``revision`` (``families``), they are remembered under it.
    """
    floors = _floors(reading, revision) if found.has_floors else []
    facts = facts_for(reading, found.candidates.values(), floors, revision)
    lines = tuple(_line(piece, reading.currency, floors, facts[piece.product]) for piece in reading.pieces)
    shelf = Shelf.of(list(facts.values()))
    situation = situation_of(reading, facts)
    rules = {
        str(candidate.id): rule
        for candidate in found.candidates.values()
        if candidate.limit != 0
        and _is_called_for(candidate, reading, facts, situation)
        and (rule := _rule(candidate, shelf, reading.currency)) is not None
    }
    scale = decimals_of(reading.currency)
    prices = {piece.id: piece.price.scaleb(scale) for piece in reading.pieces}
    fine = {key: price for key, price in prices.items() if price != price.to_integral_value()}
    return Problem(lines, rules, fine)


def apart_from_extras(terms: Terms, reading: Reading, facts: Mapping[int, Facts]) -> Reading:
    """Leave out what a bump adds, unless that calls for it, too: it says nothing about whether the basket does.

    Else an extra could lift a basket over the amount that it is offered from, and keep its own price there.
    """
    if terms.kind != Kind.BUMP:
        return reading
    slots = {slot.name: slot.selection for slot in terms.slots}
    added, calling = slots.get("add", Selection()), slots.get("trigger", Selection())

    def is_extra(piece: Piece) -> bool:
        known = facts[piece.product]
        return fits(added, known) and not fits(calling, known)

    kept = tuple(piece for piece in reading.pieces if not is_extra(piece))
    return reading if len(kept) == len(reading.pieces) else replace(reading, pieces=kept)


def _is_called_for(candidate: Candidate, reading: Reading, facts: Mapping[int, Facts], situation: Situation) -> bool:
    """Whether the conditions of an offer are met, as far as they speak of the basket and the moment."""
    terms = candidate.terms
    if not terms.when:
        return True
    beside = apart_from_extras(terms, reading, facts)
    seen = situation if beside is reading else situation_of(beside, facts)
    return eligibility.holds(terms.when, seen) is not False


def situation_of(reading: Reading, facts: Mapping[int, Facts], shopper: Shopper = UNKNOWN) -> Situation:
    """Put what was read in the words of conditions: now, on the shop's clock, of a shopper who is known or not.

    What an offer asks of the shopper was looked at when it was accepted, and stays so.
    """
    units = Counter[int]()
    for piece in reading.pieces:
        units[piece.product] += piece.whole
    value = sum((piece.price * piece.whole for piece in reading.pieces), Decimal(0))
    return Situation(units, facts, value, reading.currency, timezone.localtime(), shopper)


def answer(problem: Problem, found: Found) -> Plan:
    """Solve it, within the time that the shop grants, and so that no budget is exceeded."""
    rules = dict(problem.rules)
    for _ in range(TRIES):
        plan = _solved(problem, rules)
        over = [
            entry for entry in plan.applied if entry.discount > found.budgets.get(int(entry.rule_id), entry.discount)
        ]
        if not over:
            return plan
        for entry in over:
            left = found.budgets[int(entry.rule_id)]
            fewer = min(entry.applications - 1, -(-entry.applications * left // entry.discount))
            rules[entry.rule_id] = replace(rules[entry.rule_id], limit=fewer)
            if not fewer:
                del rules[entry.rule_id]
    for key in found.budgets:
        rules.pop(str(key), None)
    return _solved(problem, rules)


def _solved(problem: Problem, rules: Mapping[str, Rule]) -> Plan:
    if not rules or not problem.lines:
        return NOTHING
    if len(rules) >= MANY:
        warm_up()  # loading takes a second, once in a process: the time granted is for solving
    plan = solve(problem.lines, rules.values(), budget=app_settings.PRICING_SECONDS)
    if not problem.prices:
        return plan
    return refine(plan, lines={line.id: line for line in problem.lines}, rules=rules, prices=problem.prices)


# --- rules ------------------------------------------------------------------------------------------------------------


def _rule(candidate: Candidate, shelf: Shelf, currency: str) -> Rule | None:
    """Make the rule; an offer that makes none is left out, and all others go on."""
    if not candidate.terms.slots:
        return None
    try:
        return rule_for(candidate, shelf, currency=currency)
    except (ArithmeticError, LookupError, StopIteration, TypeError, ValueError):
        logger.exception("Offer %s makes no rule.", candidate.id, extra={"reason": "offers.rule"})
        return None


# --- facts ------------------------------------------------------------------------------------------------------------


def facts_for(
    reading: Reading, candidates: Iterable[Candidate], floors: Iterable[Any] = (), revision: Any = None
) -> dict[int, Facts]:
    """Find what decides which of the products fit, as far as these offers and floors ask."""
    asked = any(map(speaks_of_more, candidates))
    known = {piece.product: Facts(piece.product, piece.parent) for piece in reading.pieces}
    if asked or any(floor.category_id is not None for floor in floors):
        known.update(facts_of(known) if revision is None else facts_under(revision, known))
    return known


def speaks_of_more(candidate: Candidate) -> bool:
    """Whether an offer speaks of categories or classes, and not of products alone."""
    return any(selection.categories or selection.classes for selection in _selections(candidate))


def _selections(candidate: Candidate) -> Iterator[Selection]:
    yield from (slot.selection for slot in candidate.terms.slots)
    yield from eligibility.selections(candidate.terms.when)


# --- lines ------------------------------------------------------------------------------------------------------------


def _line(piece: Piece, currency: str, floors: Iterable[Any], facts: Facts) -> Line:
    price = to_minor(piece.price, currency)
    least = [0 if piece.least is None else up_to_minor(piece.least, currency)]
    least += [_least(floor, price, currency) for floor in floors if _speaks_of(floor, facts)]
    return Line(
        id=piece.id,
        product=str(piece.product),
        quantity=piece.units,
        price=price,
        floor=max(least) + up_to_minor(piece.taken, currency),
        whole=piece.whole,
    )


def _floors(reading: Reading, revision: Any) -> Sequence[Any]:
    key = (revision, reading.currency, reading.products)
    kept = _floors_known.get([key]) if revision is not None else {}
    if key not in kept:
        kept[key] = tuple(
            PriceFloor.objects.filter(
                Q(product__in=reading.products) | Q(product__isnull=True),
                Q(amount__isnull=True) | Q(currency=reading.currency),
            )
        )
        if revision is not None:
            _floors_known.put(kept)
    return kept[key]


def _speaks_of(floor: Any, facts: Facts) -> bool:
    if floor.product_id is not None:
        return floor.product_id in (facts.product, facts.parent)
    return floor.category_id is None or floor.category_id in facts.categories


def _least(floor: Any, price: int, currency: str) -> int:
    if floor.amount is not None:
        return up_to_minor(floor.amount, currency)
    return percent_of(price, int(floor.percent * 100))
