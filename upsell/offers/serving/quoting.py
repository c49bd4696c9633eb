"""What products would cost, by the engine that prices baskets, and what a basket or an order saves, offer by offer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from upsell.core.currencies import to_amount, to_minor
from upsell.core.guard import attempt
from upsell.core.money import split
from upsell.offers.base import Candidate
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import localised
from upsell.offers.plans import Quote, QuotedLine, SavedUnits, Saving
from upsell.offers.serving import families
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.planning import BasketPlan, current_row, plan_for, plans_of
from upsell.offers.serving.reading import Reading, read_basket, read_items
from upsell.offers.solver.values import Applied

Items = Sequence[tuple[Any, int]]  # products and how many of each

ROW = "_upsell_family_row"  # on the request


def quote(items: Items, *, request: Any, basket: Any = None) -> Quote:
    """Price products that nobody has put into a basket, for the shopper of a request, with all offers that apply.

    By themselves; or on top of ``basket``: then the quote is about what is added, and its savings are how those of the
    basket would change. Empty if one of the products has no price.
    """
    return quotes([items], request=request, basket=basket)[0]


def quotes(sets: Sequence[Items], *, request: Any, basket: Any = None) -> list[Quote]:
    """Price several sets of products, each for itself, with as many queries as for one."""
    held = basket if basket is not None and basket.id is not None else None
    row = row_of(request, held)
    before = None if held is None or row is None else read_basket(held, row)
    first = 0 if held is None else len(held.all_lines())
    added = [read_items(items, request.strategy, first=first) for items in sets]
    together = [None if reading is None else _together(before, reading) for reading in added]
    plans: list[BasketPlan | None] | None = attempt(
        "offers.quote",
        lambda: plans_of(
            [reading for reading in together if reading], row, asker=asker_of_request(request), basket=held
        ),
        reads_only=True,
    )
    made = iter(plans or ())
    now = plan_for(held, row) if held is not None and row is not None else None
    return [
        _quote(items, reading, now, (next(made, now) if reading else None))
        for items, reading in zip(sets, added, strict=True)
    ]


def savings_of(basket: Any) -> tuple[Saving, ...]:
    """List what the offers take off a basket; nothing that Oscar has not taken off its lines."""
    found = plan_for(basket)
    if found is None:
        return ()
    taken: dict[str, Decimal] = {}
    for line in basket.all_lines():
        for discount in line.discounts.all():
            family = None if discount.offer is None else families.family_of(discount.offer)
            if family is not None:
                taken[family] = taken.get(family, Decimal(0)) + discount.amount
    return tuple(
        _saving(candidate, entry, found)
        for family, amount in taken.items()
        if amount == to_amount(found.share(family), found.currency)  # type: ignore[arg-type]
        for candidate, entry in found.of(family)  # type: ignore[arg-type]
    )


def savings_of_order(order: Any) -> tuple[Saving, ...]:
    """List what the offers took off an order, as it was stored with the order."""
    return tuple(
        Saving(
            offer_id=booked.offer_id or 0,
            name=booked.name,
            text="",
            family=booked.family,
            applications=booked.applications,
            amount=booked.amount,
            items=tuple(_items_of_order(booked)),
        )
        for booked in OrderOffer.objects.of_orders([order])
    )


def _items_of_order(booked: OrderOffer) -> Iterator[SavedUnits]:
    """List the units of each line as a basket does: those that got something, and those that had to be bought for it.

    What one of them got may differ by a minor unit from what another did; they are told together.
    """
    together: dict[tuple[int, bool], SavedUnits] = {}
    for unit in booked.units.all():
        if unit.line is None:
            continue
        key = unit.line_id, bool(unit.part)
        before = together.get(key)
        together[key] = SavedUnits(
            line_id=unit.line_id,
            product_id=unit.line.product_id or 0,
            title=unit.line.title,
            units=unit.quantity + (before.units if before else 0),
            amount=unit.part * unit.quantity + (before.amount if before else 0),
        )
    yield from sorted(together.values(), key=lambda saved: (saved.line_id, not saved.amount))


# --- quotes -----------------------------------------------------------------------------------------------------------


def row_of(request: Any, basket: Any) -> Any:
    """Find the row of Oscar's that baskets are read through, once in a request; None if no offer can apply."""
    known = getattr(request, ROW, request)
    if known is request:
        known = attempt("offers.row", lambda: current_row(basket), reads_only=True)
        setattr(request, ROW, known)
    return known


def _together(before: Reading | None, added: Reading) -> Reading:
    if before is None or before.currency != added.currency:
        return added
    return replace(added, pieces=before.pieces + added.pieces, lines={**before.lines, **added.lines})


def _quote(items: Items, reading: Reading | None, before: BasketPlan | None, after: BasketPlan | None) -> Quote:
    if reading is None:
        return Quote(currency="", lines=(), savings=())
    savings = tuple(changes(before, after))
    gain = sum(saving.amount for saving in savings)
    lines = _lines(items, reading, max(Decimal(0), Decimal(gain)))
    plan = None if after is None else after.plan
    missing = to_amount(plan.bound - plan.total, reading.currency) if plan else Decimal(0)
    return Quote(reading.currency, lines, savings, proven=plan is None or plan.optimal, missing=missing)


def _lines(items: Items, reading: Reading, gain: Decimal) -> tuple[QuotedLine, ...]:
    """Share the gain over what is added, in proportion to price, so that the lines sum to what the quote says."""
    prices = [piece.price * quantity for piece, (_, quantity) in zip(reading.pieces, items, strict=True)]
    weights = [to_minor(price, reading.currency) for price in prices]
    minor = to_minor(gain, reading.currency)
    parts = split(minor, weights, weights) if minor <= sum(weights) else weights
    return tuple(
        QuotedLine(product.pk, quantity, piece.price, price, to_amount(part, reading.currency))
        for (product, quantity), piece, price, part in zip(items, reading.pieces, prices, parts, strict=True)
    )


def changes(before: BasketPlan | None, after: BasketPlan | None) -> Iterator[Saving]:
    """List what each offer gives more than before, or less: the best for more products may use other offers."""
    was = {} if before is None else {key: (candidate, entry) for key, candidate, entry in _applied(before)}
    if after is not None:
        for key, candidate, entry in _applied(after):
            saving = _saving(candidate, entry, after)
            known = was.pop(key, None)
            if known is None or before is None:
                yield saving
                continue
            old = _saving(*known, before)
            if saving.amount != old.amount:
                yield replace(
                    saving,
                    amount=saving.amount - old.amount,
                    applications=saving.applications - old.applications,
                    items=(),
                )
    if before is not None:
        for known in was.values():
            old = _saving(*known, before)
            yield replace(old, amount=-old.amount, applications=-old.applications, items=())


def _applied(found: BasketPlan) -> Iterator[tuple[int, Candidate, Applied]]:
    for entry in found.plan.applied:
        yield int(entry.rule_id), found.candidates[int(entry.rule_id)], entry


# --- savings ----------------------------------------------------------------------------------------------------------


def _saving(candidate: Candidate, entry: Applied, found: BasketPlan) -> Saving:
    return Saving(
        offer_id=candidate.id,
        name=localised(candidate.translations, "name", candidate.name),
        text=localised(candidate.translations, "text", candidate.text),
        family=candidate.family.value,
        applications=entry.applications,
        amount=to_amount(entry.discount, found.currency),
        items=tuple(_items(entry.units, found)),
        ends_at=candidate.ends_at,
    )


def _items(units: Mapping[str, Sequence[int]], found: BasketPlan) -> Iterator[SavedUnits]:
    """List the units of each line: those that got something, and those that had to be bought for it."""
    for key in sorted(units):
        line = found.lines.get(key)
        if line is None:
            continue
        given = [part for part in units[key] if part]
        for count, amount in ((len(given), sum(given)), (len(units[key]) - len(given), 0)):
            if count:
                yield SavedUnits(
                    line_id=getattr(line, "pk", None) or 0,
                    product_id=line.product.pk,
                    title=line.product.get_title(),
                    units=count,
                    amount=to_amount(amount, found.currency),
                )
