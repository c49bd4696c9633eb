"""Today's prices of what bundles offer, by the same engine that prices baskets."""

from collections.abc import Iterable
from typing import Any

from upsell.bundles.boxes import Amounts
from upsell.bundles.serving.goods import Goods
from upsell.offers.plans import Quote
from upsell.offers.services import quotes

Wanted = tuple[tuple[int, int], ...]  # products and how many of each


class Prices:
    """Prices products for the shopper of a request: on top of what the basket holds, or by themselves.

    What a page needs is named first (``want``) and then priced all at once, so that queries do not grow with it. The
    products have to be loaded.
    """

    def __init__(self, goods: Goods, basket: Any) -> None:
        self.goods = goods
        self.basket = basket if goods.held else None
        self.currency = goods.currency
        self._wanted: dict[tuple[Wanted, bool], None] = {}
        self._found: dict[tuple[Wanted, bool], Quote] = {}

    def want(self, sets: Iterable[Wanted], *, alone: bool = False) -> None:
        """Name sets of products that will be asked about."""
        for items in sets:
            self._wanted[self._key(items, alone=alone)] = None

    def quote(self, items: Wanted, *, alone: bool = False) -> Quote:
        """Price a set of products."""
        key = self._key(items, alone=alone)
        if key not in self._found:
            self._wanted[key] = None
            self._ask()
        return self._found[key]

    def amounts(self, items: Wanted, *, alone: bool = False) -> Amounts:
        """Price them, and return only what they cost in all."""
        found = self.quote(items, alone=alone)
        return Amounts(full=found.full, total=found.total)

    def serves(self, items: Wanted, offer: int | None) -> bool:
        """Whether they save something by this very offer."""
        return any(saving.offer_id == offer and saving.amount > 0 for saving in self.quote(items).savings)

    def _key(self, items: Wanted, *, alone: bool) -> tuple[Wanted, bool]:
        return items, alone or self.basket is None

    def _ask(self) -> None:
        for alone in (True, False):
            missing = [key for key in self._wanted if key not in self._found and key[1] is alone]
            if not missing:
                continue
            sets = [[(self.goods.product(product), units) for product, units in items] for items, _alone in missing]
            made = quotes(sets, request=self.goods.request, basket=None if alone else self.basket)
            self._found.update(zip(missing, made, strict=True))
            self.currency = next((one.currency for one in made if one.currency), self.currency)
