"""Finding the sets of two to four products that orders hold together beyond chance and beyond what parts explain.

The method stands in ``docs/explanation/bundle-suggestions.md``. Sets are grown from pairs, level by level, and each is
counted exactly, by looking up the orders of its smallest known part in those of the product that joins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from upsell.bundles.suggestions import FEWEST_ORDERS, Together
from upsell.recommendations.chance import Chance, chance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upsell.recommendations.affinity import Real, Whole
    from upsell.recommendations.incidence import Incidence

    Set = tuple[int, ...]  # numbers of products, ascending

LARGEST = 4
DOUBT = 0.05  # the probability that anything at all is found where only chance rules
MOST_PAIRS = 20_000  # pairs that are grown
MOST_CANDIDATES = 200_000  # triples, and quadruples, that are counted
MOST_FOUND = 20_000  # sets handed on, of each size
LOOKED_UP = 2**21  # orders looked up together

Report = Callable[[float], None]


def together(orders: Incidence, pairs: Whole, report: Report | None = None) -> list[Together]:
    """List the sets that are beyond chance, those with the most orders beyond it first.

    ``pairs`` are rows of two ids of products: the only pairs that a set may hold. ``report`` hears the share done.
    """
    told = report or (lambda share: None)
    search = _Search(orders)
    found: list[Together] = []
    level = search.pairs(_numbers(orders, pairs), lambda share: told(0.5 * share))
    while level.sets:
        found += search.told(level)
        size = len(level.sets[0])
        if size == LARGEST:
            break
        level = search.larger(level, lambda share, size=size: told(0.25 * (size + share)))  # type: ignore[misc]
    told(1.0)
    return sorted(found, key=lambda one: (one.expected - one.orders, one.products))


def count(orders: Incidence, sets: Sequence[Sequence[int]]) -> list[int]:
    """Count the orders that hold each of the sets, given as ids of products."""
    number = _numbering(orders)
    holders = _Holders(orders)
    counted = []
    for products in sets:
        known = sorted((number[product] for product in products if product in number), reverse=True)
        if len(known) < len(products):
            counted.append(0)
            continue
        held = holders.of(known[0])
        for product in known[1:]:
            held = held[holders.hold(np.full(len(held), product), held)]
        counted.append(len(held))
    return counted


def _numbering(orders: Incidence) -> dict[int, int]:
    return {product: place for place, product in enumerate(orders.products.tolist())}


def _numbers(orders: Incidence, pairs: Whole) -> Whole:
    """Translate ids as the orders number them, each pair once and sorted; those of what nobody bought are left out."""
    by_id = orders.products.argsort()
    ids = orders.products[by_id]
    if not len(ids) or not len(pairs):
        return np.empty((0, 2), dtype=np.int64)
    place = np.searchsorted(ids, pairs).clip(max=len(ids) - 1)
    known = (ids[place] == pairs).all(axis=1) & (pairs[:, 0] != pairs[:, 1])
    found: Whole = np.unique(np.sort(by_id[place[known]], axis=1), axis=0)
    return found


class _Holders:
    """Which orders hold a product: one sorted array of product and order, to be looked up in."""

    def __init__(self, orders: Incidence) -> None:
        rows = len(orders.starts) - 1
        self.rows = max(rows, 1)
        row = np.repeat(np.arange(rows, dtype=np.int64), np.diff(orders.starts))
        self.keys = np.sort(orders.columns.astype(np.int64) * self.rows + row)
        self.starts = np.searchsorted(self.keys, np.arange(len(orders.products) + 1, dtype=np.int64) * self.rows)

    def of(self, product: int) -> NDArray[np.int64]:
        """List the orders that hold a product, ascending."""
        return self.keys[self.starts[product] : self.starts[product + 1]] - product * self.rows

    def hold(self, products: Whole, rows: Whole) -> NDArray[np.bool_]:
        """Say of each order whether it holds the product at the same place."""
        wanted = products.astype(np.int64) * self.rows + rows
        place = np.searchsorted(self.keys, wanted)
        place[place == len(self.keys)] = 0
        answer: NDArray[np.bool_] = self.keys[place] == wanted if len(self.keys) else np.zeros(len(wanted), bool)
        return answer


@dataclass(slots=True)
class _Level:
    """Sets of one size: their products, how many orders hold them (and which), and how many would by chance.

    ``kept`` says which are beyond chance and beyond their parts; only these are told. All are grown.
    """

    sets: list[Set]
    rows: list[NDArray[np.int32]]
    expected: Real
    kept: NDArray[np.bool_]


class _Search:
    """The orders, what chance would do with them, and how often each set met so far is held."""

    def __init__(self, orders: Incidence) -> None:
        self.orders = orders
        self.holders = _Holders(orders)
        sizes = np.diff(orders.starts)
        alone = max(orders.orders - len(sizes), 0)  # orders of one product: they make no pair, but they are orders
        self.chance: Chance = chance(np.concatenate((sizes, np.ones(alone, sizes.dtype))), orders.product_orders)
        self.common = int((orders.product_orders >= FEWEST_ORDERS).sum())
        self.held: dict[Set, int] = {(place,): int(n) for place, n in enumerate(orders.product_orders)}
        self.lift: dict[Set, float] = {}
        self.beside: dict[int, set[int]] = {}

    def pairs(self, pairs: Whole, report: Report) -> _Level:
        """Count pairs, and keep those beyond chance; only these are grown."""
        expected = self.chance.expected(pairs)
        counted: list[tuple[float, Set, NDArray[np.int32], float]] = []
        limit = self._limit(2)
        # The second product of a pair is the rarer one.
        for place, rows in self._joined(len(pairs), lambda at: self.holders.of(int(pairs[at, 1])), pairs[:, 0], report):
            if len(rows) >= FEWEST_ORDERS and _luck(len(rows), expected[place]) <= limit:
                pair: Set = (int(pairs[place, 0]), int(pairs[place, 1]))
                counted.append((expected[place] - len(rows), pair, rows, expected[place]))
        counted.sort(key=lambda one: one[:2])
        del counted[MOST_PAIRS:]
        for _excess, pair, rows, chance_orders in counted:
            self.held[pair], self.lift[pair] = len(rows), len(rows) / chance_orders
            common, rare = pair
            self.beside.setdefault(common, set()).add(rare)
            self.beside.setdefault(rare, set()).add(common)
        return _Level(
            [one[1] for one in counted],
            [one[2] for one in counted],
            np.array([one[3] for one in counted]),
            np.ones(len(counted), dtype=bool),
        )

    def larger(self, level: _Level, report: Report) -> _Level:
        """Grow sets by one product, of which each pair is beyond chance, and count them."""
        places = {products: place for place, products in enumerate(level.sets)}
        grown = list(self._candidates(level.sets, places))
        if not grown:
            return _Level([], [], np.empty(0), np.empty(0, dtype=bool))
        base, joining = self._bases(grown, places)
        sets = np.array(grown, dtype=np.int64)
        expected = self.chance.expected(sets)
        found, rows_of = [], []
        for place, rows in self._joined(len(grown), lambda at: level.rows[base[at]], joining, report):
            if len(rows) >= FEWEST_ORDERS:
                found.append(place)
                rows_of.append(rows)
                self.held[grown[place]] = len(rows)
                self.lift[grown[place]] = len(rows) / expected[place]
        kept = [self._is_beyond(grown[place], float(expected[place]), len(grown)) for place in found]
        return _Level([grown[place] for place in found], rows_of, expected[found], np.array(kept, dtype=bool))

    def told(self, level: _Level) -> list[Together]:
        """Tell of the sets kept, those with the most orders beyond chance, what is known of them."""
        by_excess = sorted(
            (float(level.expected[place]) - len(level.rows[place]), place) for place in np.flatnonzero(level.kept)
        )
        return [
            self._told(level.sets[place], float(level.expected[place])) for _excess, place in by_excess[:MOST_FOUND]
        ]

    def _told(self, products: Set, expected: float) -> Together:
        held = self.held[products]
        without = {
            int(self.orders.products[product]): self._held_without(products, product) - held for product in products
        }
        return Together(
            products=tuple(sorted(without)),
            orders=held,
            expected=expected,
            rarest=int(self.orders.product_orders[products[-1]]),
            without=tuple(without[product] for product in sorted(without)),
        )

    def _held_without(self, products: Set, product: int) -> int:
        return self.held[tuple(other for other in products if other != product)]

    def _limit(self, size: int) -> float:
        """How improbable by chance a set of a size has to be: every set that might have come up is counted."""
        tried = 1.0
        for place in range(size):
            tried *= max(self.common - place, 1) / (place + 1)
        return DOUBT / (LARGEST - 1) / max(tried, 1.0)

    def _is_beyond(self, products: Set, expected: float, counted: int) -> bool:
        """Whether neither chance nor any two parts of the set explain how often it is held."""
        held = self.held[products]
        if _luck(held, expected) > self._limit(len(products)):
            return False
        explained = max(
            self.lift.get(part, 1.0) * self.lift.get(tuple(other for other in products if other not in part), 1.0)
            for size in range(1, len(products) // 2 + 1)
            for part in combinations(products, size)
        )
        return _luck(held, expected * explained) <= DOUBT / counted

    def _candidates(self, sets: Sequence[Set], places: Mapping[Set, int]) -> Iterator[Set]:
        """Yield the sets larger by one, each once, in the order of the first of their parts."""
        made = 0
        for place, products in enumerate(sets):
            common = set.intersection(*(self.beside[product] for product in products))
            for product in sorted(common):
                whole = tuple(sorted((*products, product)))
                parts = [places.get(part) for part in combinations(whole, len(products))]
                if None in parts or min(parts) != place:  # type: ignore[type-var]
                    continue
                yield whole
                made += 1
                if made == MOST_CANDIDATES:
                    return

    def _bases(self, grown: Sequence[Set], places: Mapping[Set, int]) -> tuple[list[int], Whole]:
        """Choose for each set the part that the fewest orders hold, and the product that joins it."""
        base, joining = [], np.empty(len(grown), dtype=np.int64)
        for place, whole in enumerate(grown):
            part = min(combinations(whole, len(whole) - 1), key=lambda part: self.held[part])
            base.append(places[part])
            joining[place] = next(product for product in whole if product not in part)
        return base, joining

    def _joined(
        self, number: int, rows_at: Callable[[int], Whole], joining: Whole, report: Report
    ) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """Yield for each place the orders of its base that hold the product that joins, many looked up at a time."""
        start = 0
        while start < number:
            bases, total, stop = [], 0, start
            while stop < number and (total < LOOKED_UP or stop == start):
                bases.append(rows_at(stop))
                total += len(bases[-1])
                stop += 1
            sizes = np.array([len(rows) for rows in bases])
            rows = np.concatenate(bases)
            hits = self.holders.hold(np.repeat(joining[start:stop], sizes), rows)
            ends = np.cumsum(sizes)
            for place, (end, size) in enumerate(zip(ends.tolist(), sizes.tolist(), strict=True)):
                here = slice(end - size, end)
                yield start + place, rows[here][hits[here]].astype(np.int32)
            start = stop
            report(start / number)


def _luck(held: int, expected: float) -> float:
    """Find the probability of so many orders or more where so many are expected by chance."""
    from scipy.special import gammainc

    return float(gammainc(held, expected))
