"""What a basket would cost with other products in place of some: by the engine that prices it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from oscar.core.loading import get_model

from upsell.core.currencies import to_amount
from upsell.core.guard import attempt
from upsell.offers.plans import Exchanged
from upsell.offers.serving import families
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.planning import BasketPlan, plan_for, plans_of
from upsell.offers.serving.quoting import changes, row_of
from upsell.offers.serving.reading import Reading, price_of, read_basket, read_items

OTHERS = "_upsell_others_offer"  # on the request


@dataclass(frozen=True, slots=True)
class Exchange:
    """Units that go, by the key of their line, and products that come instead.

    ``accepting`` says how many units of which personal offers the shopper would accept with it.
    """

    removed: Mapping[int, int]
    added: Sequence[tuple[Any, int]]
    accepting: Mapping[int, int] = field(default_factory=dict)


def exchanged(exchanges: Sequence[Exchange], *, request: Any, basket: Any) -> list[Exchanged | None]:
    """Price what a basket would cost after each exchange, each for itself, with as many queries as for one.

    ``None`` where something has no price, or is in another currency.
    """
    row = row_of(request, basket)
    before = None if row is None else read_basket(basket, row)
    lines = {line.pk: line for line in basket.all_lines()}
    first = len(lines)
    added = [read_items(exchange.added, request.strategy, first=first) for exchange in exchanges]
    prices = [
        _difference(exchange, reading, lines) if reading else None
        for exchange, reading in zip(exchanges, added, strict=True)
    ]
    readings = [
        _after(before, exchange, reading)
        for exchange, reading, price in zip(exchanges, added, prices, strict=True)
        if reading and price is not None
    ]
    accepting = [exchange.accepting for exchange, price in zip(exchanges, prices, strict=True) if price is not None]
    plans: list[BasketPlan | None] | None = attempt(
        "offers.exchange",
        lambda: plans_of(readings, row, asker=asker_of_request(request), basket=basket, accepting=accepting),
        reads_only=True,
    )
    after = iter(plans or [None] * len(readings))
    now = plan_for(basket, row) if row is not None else None
    others = bool(exchanges) and others_may_apply(request, basket)
    return [
        None if reading is None or price is None else _told(reading.currency, price, now, next(after), others=others)
        for reading, price in zip(added, prices, strict=True)
    ]


def others_may_apply(request: Any, basket: Any) -> bool:
    """Whether offers or vouchers that are not ours may take something off, too; one query in a request.

    Then a difference by our prices and offers need not be what the total changes by, and has to say so.
    """
    known = getattr(request, OTHERS, None)
    if known is None:
        offers = get_model("offer", "ConditionalOffer")
        ours = families.rows().values("pk")
        active = offers.active.exclude(pk__in=ours).exclude(offer_type=offers.VOUCHER)
        vouchers = get_model("basket", "Basket").vouchers.through._default_manager.filter(basket=basket.pk)
        either = active.order_by().values("pk").union(vouchers.order_by().values("pk"), all=True)
        known = bool(either.order_by()[:1])  # Django 6.1 gives the whole the first leg's usual order
        setattr(request, OTHERS, known)
    return bool(known)


def _difference(exchange: Exchange, added: Reading, lines: Mapping[int, Any]) -> Decimal | None:
    """Sum what single prices differ by; ``None`` if a line has no price in the currency of what is added."""
    total = sum((piece.price * piece.whole for piece in added.pieces), Decimal(0))
    for key, units in exchange.removed.items():
        price = lines[key].purchase_info.price if key in lines else None
        one = None if price is None else price_of(price, incl_tax=added.incl_tax)
        if price is None or one is None or price.currency != added.currency:
            return None
        total -= one * units
    return total


def _after(before: Reading | None, exchange: Exchange, added: Reading) -> Reading:
    if before is None or before.currency != added.currency:
        return added
    pieces = []
    for piece in before.pieces:
        gone = exchange.removed.get(before.lines[piece.id].pk, 0)
        left = piece.whole - gone
        if left > 0:
            pieces.append(replace(piece, units=min(piece.units, left), whole=left) if gone else piece)
    return replace(added, pieces=(*pieces, *added.pieces), lines={**before.lines, **added.lines})


def _told(
    currency: str, price: Decimal, before: BasketPlan | None, after: BasketPlan | None, *, others: bool
) -> Exchanged:
    saved = (after.plan.total if after else 0) - (before.plan.total if before else 0)
    total = price - to_amount(saved, currency)
    return Exchanged(currency, price, total, tuple(changes(before, after)), others=others)
