"""What a basket would cost with other products in place of some: by the engine that prices it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Value
from oscar.core.loading import get_model

from upsell.conf import app_settings
from upsell.core.currencies import to_amount
from upsell.core.guard import attempt
from upsell.core.serving.memo import Memo
from upsell.offers.plans import Exchanged
from upsell.offers.serving import families
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.planning import BasketPlan, plan_for, plans_of
from upsell.offers.serving.quoting import changes, row_of
from upsell.offers.serving.reading import Reading, price_of, read_basket, read_items

OTHERS = "_upsell_others_offer"  # on the request


@dataclass(frozen=True, slots=True)
class Others:
    """Whether a shop has running offers that are not ours, and whether it has vouchers."""

    has_offers: bool
    has_vouchers: bool


_others: Memo[Others] = Memo(1)


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
    """Whether offers or vouchers that are not ours may take something off, too; at most one query in a request.

    Then a difference by our prices and offers need not be what the total changes by, and has to say so. Whether the
    shop has any of either is remembered for a short while; what another process changes is noticed after that.
    """
    known = getattr(request, OTHERS, None)
    if known is None:
        shop = _others_of_shop()
        known = shop.has_offers or (shop.has_vouchers and basket.vouchers.exists())
        setattr(request, OTHERS, known)
    return bool(known)


def forget_others() -> None:
    """Look again whether the shop has offers of others, or vouchers."""
    _others.forget()


def _others_of_shop() -> Others:
    kept = _others.get([OTHERS])
    if OTHERS not in kept:
        offers, vouchers = get_model("offer", "ConditionalOffer"), get_model("voucher", "Voucher")
        active = offers.active.exclude(pk__in=families.rows().values("pk")).exclude(offer_type=offers.VOUCHER)
        found = set(_marked(active, "offer").union(_marked(vouchers._default_manager.all(), "voucher")).order_by())
        kept[OTHERS] = Others(("offer",) in found, ("voucher",) in found)
        _others.put(kept, seconds=app_settings.PRICING_CACHE_SECONDS)
    return kept[OTHERS]


def _marked(rows: Any, mark: str) -> Any:
    return rows.order_by().annotate(mark=Value(mark, output_field=CharField())).values_list("mark")


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
