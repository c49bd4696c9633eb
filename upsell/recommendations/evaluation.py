"""How often a shop's own next orders would have contained what we show: ours against two simpler ways.

The older orders teach; the newer ones are asked. Beside a product: is one of the products shown in the rest of its
order? In a basket: with one product taken away, is it among those shown for the others? The two rivals are what sells
best, and what was most often in the same orders (plain counts). Differences come with a paired bootstrap interval, as
the same orders are asked of all. Protocol and sources: ``docs/explanation/affinities.md``.
"""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upsell.recommendations.affinity import PLAIN_COUNTS, History, Method, Rows, epoch_of, learn
from upsell.recommendations.base import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upsell.recommendations.affinity import Real, Whole
    from upsell.recommendations.engines.base import Engine

QUESTIONS = 10
"""At most so many products of an order are asked about, so that a huge order counts like any other."""

RESAMPLES = 1_000

FEWEST_ORDERS = 100
"""Fewer orders asked than this cannot tell one way from another."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference of hit rates: its mean over orders, and its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spot:
    """Hit rates in one spot, 0 to 1, of our way, of what sells best and of plain counts; and how far ours is ahead."""

    ours: float
    popularity: float
    together: float
    ahead_of_popularity: Interval
    ahead_of_together: Interval


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome.

    learned_orders: orders that taught. asked_orders: later orders of two known products or more that were asked.
    shown: places of a widget. coverage: share of the known products that are shown beside at least one product, by ours
    and by plain counts.
    """

    learned_orders: int
    asked_orders: int
    shown: int
    product_page: Spot
    basket: Spot
    coverage: float
    coverage_together: float

    @property
    def is_conclusive(self) -> bool:
        """Whether enough orders were asked to tell the ways apart."""
        return self.asked_orders >= FEWEST_ORDERS

    @property
    def plain_counts_are_better(self) -> bool:
        """Whether ``PLAIN_COUNTS`` would serve this shop's product pages better, beyond chance."""
        return self.is_conclusive and self.product_page.ahead_of_together.high < 0


def evaluate(
    history: History,
    method: Method,
    engine: Engine,
    *,
    now: float,
    shown: int = 6,
    teach: float = 0.8,
    most_asked: int = 5_000,
    report: Callable[[float], None] | None = None,
) -> Evaluation:
    """Learn from the older share ``teach`` of the orders, and ask the ``most_asked`` newest of the others at most.

    Orders dated after ``now`` are left out. ``report`` hears the finished share, 0 to 1.
    """
    past, later = _split(history, now, teach)
    moment = epoch_of(past, now)
    ours = learn(past, method, engine, epoch=moment)
    plain = learn(past, PLAIN_COUNTS, engine, epoch=moment, tables=(Table.PRODUCT,)).product_table
    by_popularity = _Numbers(ours.products[np.lexsort((ours.products, -ours.product_orders))])
    together = by_popularity.places(plain, plain.orders_together)
    ways = (
        _Way(
            by_popularity.places(ours.product_table, ours.product_table.score),
            by_popularity.places(ours.basket_table, ours.basket_table.score**2),
            shown,
        ),
        _Way(by_popularity.no_places(), by_popularity.no_places(), shown),
        _Way(together, together, shown),
    )
    baskets = by_popularity.baskets(later)[-most_asked:]
    pages, carts = np.zeros((len(ways), len(baskets))), np.zeros((len(ways), len(baskets)))
    for number, basket in enumerate(baskets):
        for place, way in enumerate(ways):
            pages[place, number] = way.hits_beside(basket)
            carts[place, number] = way.hits_completing(basket)
        if report is not None:
            report((number + 1) / len(baskets))
    return Evaluation(
        learned_orders=ours.orders,
        asked_orders=len(baskets),
        shown=shown,
        product_page=_spot(pages),
        basket=_spot(carts),
        coverage=ways[0].coverage,
        coverage_together=ways[2].coverage,
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """neighbour[products, places]: numbers, best first, -1 in empty places. vote: the strength of each in a basket."""

    neighbour: NDArray[np.int64]
    vote: Real


class _Numbers:
    """Products numbered by popularity: the smaller number wins a tie, and 0, 1, 2 ... fill what a list leaves empty."""

    def __init__(self, best_sellers: Whole) -> None:
        self._by_id = best_sellers.argsort()
        self._ids = best_sellers[self._by_id]

    def of(self, products: Whole) -> NDArray[np.int64]:
        """Give the products' numbers; -1 for one that was not sold while learning."""
        if not len(self._ids):
            return np.full(len(products), -1)
        place = np.minimum(np.searchsorted(self._ids, products), len(self._ids) - 1)
        return np.where(self._ids[place] == products, self._by_id[place], -1)

    def no_places(self) -> _Places:
        """Nobody has neighbours: what sells best is shown everywhere."""
        return _Places(np.full((len(self._ids), 1), -1), np.zeros((len(self._ids), 1)))

    def places(self, rows: Rows, vote: Real | Whole) -> _Places:
        """Lay rows out as a line per product."""
        shape = (len(self._ids), int(rows.rank.max(initial=1)))
        places = _Places(np.full(shape, -1), np.zeros(shape))
        here = (self.of(rows.product), rows.rank - 1)
        places.neighbour[here] = self.of(rows.neighbour)
        places.vote[here] = vote
        return places

    def baskets(self, history: History) -> list[NDArray[np.int64]]:
        """List the orders of two known products or more, oldest first; within one, those to ask about come first."""
        by_order = np.argsort(history.order, kind="stable")
        ends = np.cumsum(np.bincount(history.order, minlength=len(history.key)))
        products_of = np.split(history.product[by_order], ends)[:-1]  # what follows the last end is nothing
        baskets = []
        for key, products in zip(history.key.tolist(), products_of, strict=True):
            drawn = sorted({(zlib.crc32(f"{key}|{product}".encode()), product) for product in products.tolist()})
            known = self.of(np.array([product for _, product in drawn]))
            known = known[known >= 0]
            if len(known) >= 2:
                baskets.append(known)
        return baskets


class _Way:
    """One way of choosing what to show."""

    def __init__(self, beside: _Places, completing: _Places, shown: int) -> None:
        self._shown = shown
        self._completing = completing
        self._lists = np.full((len(beside.neighbour), shown), -1)
        for product, row in enumerate(beside.neighbour):
            best = row[row >= 0].tolist()
            fillers = (k for k in range(min(2 * shown + 1, len(self._lists))) if k != product and k not in best)
            best = [*best, *itertools.islice(fillers, shown)][:shown]
            self._lists[product, : len(best)] = best

    @property
    def coverage(self) -> float:
        """Share of the products that are shown beside at least one."""
        shown = np.unique(self._lists)
        return float((shown >= 0).sum() / max(len(self._lists), 1))

    def hits_beside(self, basket: NDArray[np.int64]) -> float:
        """Share of the products asked about beside which another one of the basket would have been shown."""
        asked = basket[:QUESTIONS]
        return float(np.isin(self._lists[asked], basket).any(axis=1).mean())

    def hits_completing(self, basket: NDArray[np.int64]) -> float:
        """Share of the products asked about that would have been shown for the others of their basket."""
        asked = basket[:QUESTIONS]
        hits = 0
        for place, hidden in enumerate(asked.tolist()):
            rest = np.delete(basket, place)
            neighbour = self._completing.neighbour[rest]
            strength = np.zeros(len(self._lists))
            np.add.at(strength, neighbour[neighbour >= 0], self._completing.vote[rest][neighbour >= 0])
            strength[rest] = -1.0
            better = int(np.count_nonzero(strength > strength[hidden]))
            equal = int(np.count_nonzero(strength[:hidden] == strength[hidden]))
            hits += better + equal < self._shown
        return hits / len(asked)


def _split(history: History, now: float, teach: float) -> tuple[History, History]:
    """Split into the older and the newer orders, each by time and then id; without those dated after ``now``."""
    filled = np.zeros(len(history.at), dtype=bool)
    filled[history.order] = True
    orders = np.flatnonzero(filled & (history.at <= now))
    orders = orders[np.lexsort((history.key[orders], history.at[orders]))]
    older = int(len(orders) * teach)
    return _part(history, orders[:older]), _part(history, orders[older:])


def _part(history: History, orders: NDArray[np.intp]) -> History:
    number = np.full(len(history.at), -1)
    number[orders] = np.arange(len(orders))
    lines = number[history.order] >= 0
    return History(
        order=number[history.order[lines]],
        product=history.product[lines],
        units=history.units[lines],
        at=history.at[orders],
        key=history.key[orders],
    )


def _spot(hits: Real) -> Spot:
    """Sum up one spot from the hit rates of ours, popularity and plain counts (rows) in every basket (columns)."""
    if not hits.shape[1]:
        nothing = Interval(0.0, 0.0, 0.0)
        return Spot(0.0, 0.0, 0.0, nothing, nothing)
    ours, popularity, together = hits.mean(axis=1).tolist()
    return Spot(ours, popularity, together, _interval(hits[0] - hits[1]), _interval(hits[0] - hits[2]))


def _interval(differences: Real) -> Interval:
    """Mean and 95 % interval by resampling orders; the same differences give the same interval."""
    draw = np.random.default_rng(0)
    size = len(differences)
    means = [differences[draw.integers(0, size, size)].mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(differences.mean()), float(low), float(high))
