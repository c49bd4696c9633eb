"""The shop's goods as ladders are guessed from them: what can be bought today, at which price, and of what kind."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from oscar.core.loading import get_class, get_model

from upsell.core import oscar
from upsell.core.currencies import is_storable, to_minor
from upsell.core.oscar import CatalogueEntry
from upsell.recommendations.serving.catalogue import Catalogue, payable
from upsell.tiers.substitutes import Good, Shelf, Value, Vocabulary

SLICE = 500  # products loaded together
SHORTEST_WORD = 3  # letters of a Latin word that tells anything: not "of", "mm", "x"


@dataclass(frozen=True, slots=True)
class Goods:
    """What can be bought today, by product, and the words of the whole shop, also of what is sold out."""

    sold: dict[int, Good]
    vocabulary: Vocabulary


def read_goods(report: Callable[[float], None]) -> Goods:
    """Read the catalogue, and the prices that the shop's strategy quotes somebody unknown."""
    entries = list(oscar.read_catalogue(lambda share: report(share / 2)))
    names = dict(get_model("catalogue", "Category")._default_manager.values_list("pk", "name"))
    known = {entry.product: _good(entry) for entry in entries}
    shelves = {shelf for good in known.values() for shelf in good.shelves}
    vocabulary = Vocabulary(known.values(), {shelf: words_of(names.get(shelf[1], "")) for shelf in shelves})
    strategy = get_class("partner.strategy", "Selector")().strategy()
    sold: dict[int, Good] = {}
    wanted = sorted(known)
    for start in range(0, len(wanted), SLICE):
        part = wanted[start : start + SLICE]
        sold.update(_priced([known[product] for product in part], strategy))
        report(0.5 + (start + len(part)) / len(wanted) / 2)
    return Goods(sold, vocabulary)


def words_of(title: str) -> frozenset[str]:
    """Split a title into the words that may tell of what kind a product is."""
    from upsell.recommendations.similarity import terms

    return frozenset(word for word in terms(title) if len(word) >= SHORTEST_WORD or not word.isascii())


def value_of(text: str) -> Value:
    """Read the value of an attribute: a yes or no, a number, or a text."""
    if text in {"True", "False"}:
        return text == "True"
    try:
        number = float(text)
    except ValueError:
        return text
    return number if number == number and abs(number) != float("inf") else text


def _good(entry: CatalogueEntry) -> Good:
    shelves: Iterable[Shelf] = ((entry.product_class, category) for category in entry.own_categories or (0,))
    return Good(
        product=entry.product,
        words=words_of(entry.title),
        shelves=frozenset(shelves),
        price=0,
        currency="",
        attributes={code: value_of(text) for code, text in entry.attributes.items()},
    )


def _priced(goods: Sequence[Good], strategy: Any) -> dict[int, Good]:
    """Keep what can be bought now, with its price; of a product with variants, that of the cheapest."""
    catalogue = Catalogue(strategy)  # a new one each time, so that memory stays bounded
    catalogue.load([good.product for good in goods])
    priced = {}
    for good in goods:
        if not catalogue.knows(good.product):
            continue
        offered = catalogue.offered(good.product)
        currency = str(offered.price.currency or "")
        if not offered.price.exists or not offered.availability.is_available_to_buy or not is_storable(currency):
            continue
        price = to_minor(payable(offered.price), currency)
        if price > 0:
            priced[good.product] = Good(good.product, good.words, good.shelves, price, currency, good.attributes)
    return priced
