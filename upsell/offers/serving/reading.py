"""Reading what a basket holds, or what somebody might buy, into plain values that the engine can price.

Prices are read in the basis in which Oscar takes discounts off (``OSCAR_OFFERS_INCL_TAX``), never as the strategy's
"effective price", which may be in the other one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.module_loading import import_string

from upsell.conf import app_settings
from upsell.core.currencies import decimals_of, is_storable
from upsell.offers.serving.families import family_of

ID_WIDTH = 5  # so that ids sort like numbers


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of one product at one price that an offer of ours may take.

    ``whole`` counts the units that others have taken, too. ``taken`` is what others took off each unit at most.
    ``least`` is what the shop's own hook says that a unit must cost.
    """

    id: str
    product: int
    parent: int | None
    units: int
    whole: int
    price: Decimal
    taken: Decimal = Decimal(0)
    least: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be priced. ``lines`` are the basket lines of the pieces, where there are any."""

    currency: str
    incl_tax: bool
    pieces: tuple[Piece, ...]
    lines: Mapping[str, Any] = field(default_factory=dict)

    @property
    def products(self) -> frozenset[int]:
        """The products and their parents: what offers are looked up by."""
        return frozenset(key for piece in self.pieces for key in (piece.product, piece.parent) if key is not None)


def read_basket(basket: Any, offer: Any) -> Reading | None:
    """Read the units that are free for a row of ours, those that our rows have taken already included.

    So it reads the same before and after offers were applied. None if there is nothing that could be discounted.
    """
    incl_tax, floor = _basis(), _floor_hook()
    lines = sorted(basket.all_lines(), key=lambda line: line.pk or 0)
    if any(line.discounts.consumers for line in lines):
        _load_combinations(lines, offer)
    pieces, by_id = [], {}
    currency = None
    for place, line in enumerate(lines):
        price = price_of(line.purchase_info.price, incl_tax=incl_tax)
        units = line.quantity_available_for_offer(offer) + _with_our_others(line, offer)
        if price is None or not line.product.is_discountable or _in_other_basis(line, incl_tax=incl_tax):
            continue
        currency = currency or line.purchase_info.price.currency
        key = str(place).zfill(ID_WIDTH)
        by_id[key] = line
        pieces.append(
            Piece(
                id=key,
                product=line.product_id,
                parent=line.product.parent_id,
                units=max(0, min(units, line.quantity)),
                whole=line.quantity,
                price=price,
                taken=_taken(line, offer),
                least=floor(line) if floor else None,
            )
        )
    if currency is None or not is_storable(currency):
        return None
    return Reading(currency, incl_tax, tuple(pieces), by_id)


@dataclass(frozen=True, slots=True)
class Item:
    """Units of a product that is not in a basket yet: what ``UPSELL_PRICE_FLOOR`` is asked about in place of a line."""

    product: Any
    quantity: int
    purchase_info: Any

    @property
    def stockrecord(self) -> Any:
        """Where it would come from."""
        return self.purchase_info.stockrecord


def read_items(items: Sequence[tuple[Any, int]], strategy: Any, *, first: int = 0) -> Reading | None:
    """Read products that nobody has put into a basket, as the strategy prices them; None if one has no price.

    ``first`` is where their ids begin: behind the lines of the basket they would come into.
    """
    incl_tax, floor = _basis(), _floor_hook()
    pieces, by_id = [], {}
    currencies = set()
    for place, (product, quantity) in enumerate(items, start=first):
        item = Item(product, quantity, strategy.fetch_for_product(product))
        price = price_of(item.purchase_info.price, incl_tax=incl_tax)
        if price is None or quantity < 1:
            return None
        currencies.add(item.purchase_info.price.currency)
        key = str(place).zfill(ID_WIDTH)
        by_id[key] = item
        pieces.append(
            Piece(
                id=key,
                product=product.pk,
                parent=product.parent_id,
                units=quantity if product.is_discountable else 0,
                whole=quantity,
                price=price,
                least=floor(item) if floor else None,
            )
        )
    if len(currencies) != 1:
        return None
    return Reading(currencies.pop(), incl_tax, tuple(pieces), by_id)


def up_to_minor(amount: Decimal, currency: str) -> int:
    """Round a floor up to the minor unit: what is kept must not be less than it says."""
    return int(amount.scaleb(decimals_of(currency)).to_integral_value(ROUND_CEILING))


def _basis() -> bool:
    return bool(getattr(settings, "OSCAR_OFFERS_INCL_TAX", False))


def _floor_hook() -> Callable[[Any], Decimal | None] | None:
    path = app_settings.PRICE_FLOOR
    return None if path is None else import_string(path)


def price_of(price: Any, *, incl_tax: bool) -> Decimal | None:
    """Read the price in the basis; none where there is none, or where it would need a tax that is not known yet."""
    if not price.exists or (incl_tax and not price.is_tax_known):
        return None
    found: Decimal | None = price.incl_tax if incl_tax else price.excl_tax
    return found


def line_price(line: Any) -> Decimal | None:
    """Read what one unit of a basket line costs by itself, in the basis; none where ``price_of`` finds none."""
    return price_of(line.purchase_info.price, incl_tax=_basis())


def _in_other_basis(line: Any, *, incl_tax: bool) -> bool:
    """Tell whether others have discounted the line in the other basis; Oscar refuses to mix the two on one line."""
    return bool(line.discounts.excl_tax if incl_tax else line.discounts.incl_tax)


def _taken(line: Any, offer: Any) -> Decimal:
    """Tell how much others took off each unit, at most, where offers may meet on a unit."""
    if offer.exclusive:
        return Decimal(0)
    others = sum((one.amount for one in line.discounts.all() if not _is_same(one.offer, offer)), Decimal(0))
    return others / line.quantity if line.quantity else Decimal(0)


def _with_our_others(line: Any, offer: Any) -> int:
    """Count the units that our other families have taken: all share one plan, made before any of them took any."""
    return sum(
        line.quantity_with_offer_discount(taker)
        for taker in line.discounts.consumers
        if taker.pk != offer.pk and family_of(taker) is not None
    )


def _is_same(one: Any, other: Any) -> bool:
    return one is not None and one.pk == other.pk


def _load_combinations(lines: Iterable[Any], offer: Any) -> None:
    """Load in one query which offers may be combined; Oscar would count them on every line."""
    met = {taker.pk: taker for line in lines for taker in line.discounts.consumers}
    if met.keys() - {offer.pk}:
        prefetch_related_objects([offer, *(taker for pk, taker in met.items() if pk != offer.pk)], "combinations")
