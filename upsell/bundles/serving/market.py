"""What products cost today and may cost at least, for anybody: what a suggestion's price is made of."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from oscar.core.loading import get_class

from upsell.bundles.suggestions import Goods
from upsell.core import oscar
from upsell.core.currencies import is_storable, to_minor
from upsell.offers.models.offers import PriceFloor
from upsell.offers.serving.reading import Piece, read_items, up_to_minor
from upsell.recommendations.serving.catalogue import Catalogue

SLICE = 500  # products loaded together


class Market:
    """The products that can be part of a bundle today, each with one price, in the basis in which discounts are taken.

    Prices are those of the shop's strategy for somebody unknown. ``goods`` and ``currency`` hold a product if nothing
    speaks against it.
    """

    def __init__(self, products: Iterable[int], report: Callable[[float], None]) -> None:
        self.goods: dict[int, Goods] = {}
        self.currency: dict[int, str] = {}
        self._strategy = get_class("partner.strategy", "Selector")().strategy()
        self._floors = _Floors()
        wanted = sorted(products)
        for start in range(0, len(wanted), SLICE):
            part = wanted[start : start + SLICE]
            catalogue = Catalogue(self._strategy)  # a new one each time, so that memory stays bounded
            catalogue.load(part)
            catalogue.learn_facts(part, families=())
            for product in part:
                self._look_at(product, catalogue)
            report((start + len(part)) / len(wanted))

    def sells(self, products: Sequence[int]) -> bool:
        """Whether all of them can be offered together, in one currency."""
        return (
            all(product in self.goods for product in products)
            and len({self.currency[product] for product in products}) == 1
        )

    def _look_at(self, product: int, catalogue: Catalogue) -> None:
        if not catalogue.knows(product) or catalogue.has_options(product):
            return
        found = catalogue.product(product)
        units = found.get_public_children() if found.is_parent else [found]
        units = [one for one in units if catalogue.offered(one.pk).availability.is_available_to_buy]
        pieces = [self._piece(one) for one in units]
        if not pieces or None in pieces or not found.is_discountable:
            return
        priced = {(currency, to_minor(piece.price, currency)) for piece, currency in pieces}  # type: ignore[misc]
        if len(priced) != 1:
            return
        currency, price = priced.pop()
        floors = [self._floors.of(product, piece, currency) for piece, _currency in pieces]  # type: ignore[misc]
        known = [floor for floor in floors if floor is not None]
        if price > 0:
            self.goods[product] = Goods(price, max(known, default=None))
            self.currency[product] = currency

    def _piece(self, product: Any) -> tuple[Piece, str] | None:
        """Read what one unit costs; nothing if it has no price, or none that may be changed."""
        reading = read_items([(product, 1)], self._strategy)
        if reading is None or not is_storable(reading.currency) or not reading.pieces[0].units:
            return None
        return reading.pieces[0], reading.currency


class _Floors:
    """The price floors that merchants set up, by product; a hook of the shop's own comes with the piece."""

    def __init__(self) -> None:
        self._everywhere: list[PriceFloor] = []
        self._of_product: dict[int, list[PriceFloor]] = defaultdict(list)
        for floor in PriceFloor.objects.select_related("category"):
            if floor.product_id is not None:
                self._of_product[floor.product_id].append(floor)
            elif floor.category is not None:
                for product in oscar.products_of_category(floor.category):
                    self._of_product[product].append(floor)
            else:
                self._everywhere.append(floor)

    def of(self, product: int, piece: Piece, currency: str) -> int | None:
        """Find the highest floor that speaks about a unit of the product (or of its variant), in minor units."""
        rows = [*self._everywhere, *self._of_product.get(product, ())]
        if piece.product != product:
            rows += self._of_product.get(piece.product, ())
        found = [piece.price * row.percent / 100 for row in rows if row.percent is not None]
        found += [row.amount for row in rows if row.amount is not None and row.currency == currency]
        if piece.least is not None:
            found.append(Decimal(piece.least))
        return max((up_to_minor(amount, currency) for amount in found), default=None)
