"""Lines that no rule can tell apart, put together: equal product, price, floor and categories make one *kind*.

A kind is known by its place on the shelf. Kinds are sorted by what they are and their lines by id, so that neither the
order of lines nor a line split in two can change an answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from upsell.offers.solver.values import Line, Selector

Use = dict[str, dict[int, int]]
"""Which units a rule takes: slot -> place of the kind -> units."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Units that are alike. ``lines`` are line ids and free units; ``bought`` counts the units that others took too."""

    product: str
    price: int
    headroom: int
    quantity: int
    bought: int
    lines: tuple[tuple[str, int], ...]


class Shelf:
    """The kinds of a basket, and which of them a selector accepts."""

    def __init__(self, lines: Sequence[Line]) -> None:
        alike: dict[tuple[str, int, int, tuple[str, ...]], list[Line]] = defaultdict(list)
        for line in lines:
            alike[line.product, line.price, line.headroom, tuple(sorted(line.categories))].append(line)
        self.kinds: list[Kind] = []
        self.by_product: dict[str, list[int]] = defaultdict(list)
        self._by_category: dict[str, list[int]] = defaultdict(list)
        for place, (key, own) in enumerate(sorted(alike.items())):
            product, price, headroom, categories = key
            own.sort(key=lambda line: line.id)
            free = tuple((line.id, line.quantity) for line in own)
            quantity, bought = sum(line.quantity for line in own), sum(line.bought for line in own)
            self.kinds.append(Kind(product, price, headroom, quantity, bought, free))
            self.by_product[product].append(place)
            for category in categories:
                self._by_category[category].append(place)
        self.by_product.default_factory = None

    def fitting(self, selector: Selector) -> list[int]:
        """List the places of the kinds that the selector accepts, in order."""
        if selector.everything:
            found = set(range(len(self.kinds)))
        else:
            found = {place for product in selector.products for place in self.by_product.get(product, ())}
            for category in selector.categories:
                found.update(self._by_category.get(category, ()))
        if selector.without:
            found = {place for place in found if self.kinds[place].product not in selector.without}
        return sorted(found)
