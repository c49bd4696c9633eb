"""Makes the shop's assortment of a ledger: each code's title, shelf, price and stock, and which codes are variants.

An idea: no Django here.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from demo_shop.online_retail import titles
from demo_shop.online_retail.attributes import COLOURS, Attributes, attributes_of
from demo_shop.online_retail.categories import Shelf, shelf_of
from demo_shop.online_retail.ledger import Ledger

RECENT_PRICES = 50  # lines whose median is today's price
STOCK_DAYS = 30  # days of sales that are kept in stock
DISCONTINUED_DAYS = 90  # a product not sold for so long is out of stock
STOCK_STEP = 10


@dataclass(frozen=True, slots=True)
class Product:
    """One code of the wholesaler as a shop sells it."""

    code: str
    title: str
    shelf: Shelf
    attributes: Attributes
    price: int  # pence
    stock: int
    since: datetime  # its first invoice
    family: str | None = None  # the title it shares with its other colours; None when it stands alone


@dataclass(slots=True)
class _History:
    """What invoices tell of one product, gathered in the order of time."""

    since: datetime
    prices: deque[int]
    last_sale: datetime | None = None
    recent_units: int = 0


def assortment(ledger: Ledger) -> list[Product]:
    """Return a product for each code of the ledger, in the ledger's order.

    The price is the median of the latest ``RECENT_PRICES`` sales (a price really paid: the lower one of two middles);
    cancellations count only where nothing was ever sold. The stock is what ``STOCK_DAYS`` sell, in tens.
    """
    if not ledger.invoices:
        return []
    end = ledger.invoices[-1].at
    histories = _histories(ledger, end)
    products = [
        _product(code, votes, history, end)
        for code, votes, history in zip(ledger.codes, ledger.titles, histories, strict=True)
    ]
    return _with_families(products)


def _histories(ledger: Ledger, end: datetime) -> list[_History]:
    histories: dict[int, _History] = {}
    for wants_cancellations in (False, True):
        for invoice in ledger.invoices:
            if invoice.is_cancellation is not wants_cancellations:
                continue
            for line in invoice.lines():
                history = histories.get(line.product)
                if history is None:
                    history = histories[line.product] = _History(invoice.at, deque(maxlen=RECENT_PRICES))
                if wants_cancellations and history.last_sale is not None:
                    continue
                history.prices.append(line.pence)
                if not wants_cancellations:
                    history.last_sale = invoice.at
                    if end - invoice.at <= timedelta(days=STOCK_DAYS):
                        history.recent_units += line.quantity
    return [histories[place] for place in range(len(ledger.codes))]


def _product(code: str, votes: Counter[str], history: _History, end: datetime) -> Product:
    plain = titles.best(votes)
    title = titles.headline(plain) if plain else f"Article {code}"
    return Product(
        code=code,
        title=title,
        shelf=shelf_of(title),
        attributes=attributes_of(title),
        price=sorted(history.prices)[(len(history.prices) - 1) // 2],
        stock=_stock(history, end),
        since=history.since,
    )


def _stock(history: _History, end: datetime) -> int:
    if history.last_sale is None or end - history.last_sale > timedelta(days=DISCONTINUED_DAYS):
        return 0
    return max(-(-history.recent_units // STOCK_STEP), 1) * STOCK_STEP


# --- variants ---------------------------------------------------------------------------------------------------------

_VARIANT = re.compile(r"(\d{5})[A-Z]{1,2}")
_COLOUR_WORD = re.compile(r"\b(?:" + "|".join(re.escape(word) for word in COLOURS) + r")\b", re.IGNORECASE)


def _with_families(products: Sequence[Product]) -> list[Product]:
    """Mark the products that are colours of one thing.

    Codes such as 90200A and 90200B share their digits. They are variants of one product if their titles differ in one
    colour word and nothing else; ``JUMBO BAG RED RETROSPOT`` and ``JUMBO BAG STRAWBERRY`` (85099B, 85099F) are two
    products that people collect, and stay so.
    """
    families: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, product in enumerate(products):
        digits = _VARIANT.fullmatch(product.code)
        if digits and len(_COLOUR_WORD.findall(product.title)) == 1:
            families[digits.group(1), _without_colour(product.title)].append(place)
    result = list(products)
    for (_, title), places in families.items():
        if title and _are_colours(products[place] for place in places):
            for place in places:
                result[place] = replace(products[place], family=title)
    return result


def _without_colour(title: str) -> str:
    plain = " ".join(_COLOUR_WORD.sub("", title).split())
    return plain.replace(" ,", ",").strip(" ,-/")


def _are_colours(members: Iterable[Product]) -> bool:
    members = list(members)
    colours = {member.attributes.colour for member in members}
    return len(members) > 1 and None not in colours and len(colours) == len(members)
