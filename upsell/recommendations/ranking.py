"""Scores and ranks the candidates that an engine hands over: the one place where that is done.

Whatever counted them, the same whole numbers go in and the same rows come out, in the same order, to the last bit of
every score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upsell.recommendations.affinity import Method, Rows, basket_divisor
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.engines.base import NOBODY, Block, Candidates, Keys
from upsell.recommendations.evidence import reliable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from upsell.recommendations.affinity import Real, Whole
    from upsell.recommendations.incidence import Incidence


class Ranker:
    """Turns blocks of candidates into the rows of the learned tables."""

    def __init__(self, incidence: Incidence, method: Method, tables: Collection[Table]) -> None:
        self._incidence = incidence
        self._method = method
        prior = int(method.popularity_prior)
        quotient, remainder = np.divmod(prior * incidence.product_weight, max(incidence.orders, 1))
        self.keys = Keys(quotient, remainder, self._divisors(method.popularity_discount))
        self._own_divisor = self._divisors(1 - method.popularity_discount)
        self._popular = np.lexsort((-remainder, -quotient))[: 2 * method.neighbours if prior else 0].astype(np.int32)
        shape = (len(incidence.products), method.neighbours)
        self._tables = {table: _Places(shape) for table in tables}

    def add(self, block: Block) -> None:
        """Rank the candidates of a block's products, in each of its tables."""
        for table, candidates in block.tables.items():
            own = np.arange(block.start, block.stop)[:, np.newaxis]
            if table is Table.PRODUCT:
                chosen, score = self._beside_product(own, candidates)
            else:
                chosen, score = self._in_basket(own, candidates)
            self._tables[table].put(block.start, chosen, score)

    def rows(self, table: Table) -> Rows:
        """Give the finished table, by product id and rank; empty if it was not asked for."""
        places = self._tables.get(table) or _Places((0, 1))
        return places.rows(self._incidence)

    def _divisors(self, exponent: float) -> Real:
        total, orders = self._incidence.order_weight, self._incidence.orders
        # Python's own power, as in the scalar function: numpy's may differ in the last bit.
        weights = self._incidence.product_weight.tolist()
        return np.array([basket_divisor(weight, total, orders, self._method, exponent) for weight in weights])

    def _beside_product(self, own: Whole, candidates: Candidates) -> tuple[Candidates, Real]:
        found = self._with_popular(own, candidates)
        whole = found.weight + self.keys.quotient[found.neighbour]
        whole[found.neighbour == NOBODY] = -1
        chosen = self._best(found, (whole, self.keys.remainder[found.neighbour]))
        orders, prior = self._incidence.orders, int(self._method.popularity_prior)
        above = chosen.weight + self.keys.quotient[chosen.neighbour] + self.keys.remainder[chosen.neighbour] / orders
        return chosen, above / (self._incidence.product_weight[own] + prior * self._incidence.order_weight / orders)

    def _in_basket(self, own: Whole, candidates: Candidates) -> tuple[Candidates, Real]:
        score = candidates.weight / (self._own_divisor[own] * self.keys.divisor[candidates.neighbour])
        score[candidates.neighbour == NOBODY] = -1.0
        chosen = self._best(candidates, (score,))
        return chosen, chosen.weight / (self._own_divisor[own] * self.keys.divisor[chosen.neighbour])

    def _with_popular(self, own: Whole, candidates: Candidates) -> Candidates:
        """Add the most popular products, with no order together, where they are not candidates already.

        One that shares orders with the product, but too few to be handed over, may come in too. It cannot be ranked
        among those that are kept: as many candidates as were handed over are stronger, or equal with orders together.
        """
        rows, many = len(own), len(self._popular)
        if not many:
            return candidates
        place = np.full(len(self.keys.quotient) + 1, many)  # the last stands for NOBODY
        place[self._popular] = np.arange(many)
        met = np.zeros((rows, many + 1), dtype=bool)
        np.put_along_axis(met, place[candidates.neighbour], True, axis=1)
        met[:, :many] |= self._popular == own
        popular = np.where(met[:, :many], NOBODY, self._popular)
        nothing = np.zeros((rows, many), dtype=np.int64)
        return Candidates(
            np.hstack((candidates.neighbour, popular)),
            np.hstack((candidates.weight, nothing)),
            np.hstack((candidates.together, nothing)),
        )

    def _best(self, found: Candidates, strength: Sequence[NDArray[np.int64] | Real]) -> Candidates:
        """Keep the strongest; ties go to more orders together, then to the smaller product number."""
        kept = self._method.neighbours
        order = np.argsort(-strength[0], axis=1)
        leading = np.take_along_axis(strength[0], order[:, : kept + 1], axis=1)
        tied = np.flatnonzero((leading[:, 1:] == leading[:, :-1]).any(axis=1))
        minor = (found.neighbour, -found.together, *(-part for part in reversed(strength)))
        order[tied] = np.lexsort([part[tied] for part in minor])
        best = order[:, :kept]
        return Candidates(
            np.take_along_axis(found.neighbour, best, axis=1),
            np.take_along_axis(found.weight, best, axis=1),
            np.take_along_axis(found.together, best, axis=1),
        )


class _Places:
    """The rows of one table while it is being filled: a line per product number, a place per rank."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.neighbour = np.full(shape, NOBODY, dtype=np.int32)
        self.score = np.zeros(shape)
        self.weight = np.zeros(shape, dtype=np.int64)
        self.together = np.zeros(shape, dtype=np.int32)

    def put(self, start: int, chosen: Candidates, score: Real) -> None:
        rows, places = chosen.neighbour.shape
        here = (slice(start, start + rows), slice(places))
        self.neighbour[here] = chosen.neighbour
        self.score[here] = score
        self.weight[here] = chosen.weight
        self.together[here] = chosen.together

    def rows(self, incidence: Incidence) -> Rows:
        by_id = incidence.products.argsort()[: len(self.neighbour)]
        neighbour = self.neighbour[by_id]
        taken = neighbour != NOBODY
        line, rank = np.nonzero(taken)
        product, neighbour = by_id[line], neighbour[taken]
        together = self.together[by_id][taken]
        orders_of = incidence.product_orders
        return Rows(
            product=incidence.products[product],
            neighbour=incidence.products[neighbour],
            rank=(rank + 1).astype(np.int16),
            score=self.score[by_id][taken],
            weight=self.weight[by_id][taken],
            orders_together=together,
            origin=np.where(together > 0, Origin.TOGETHER, Origin.POPULAR).astype(np.int8),
            reliable=reliable(together, orders_of[product], orders_of[neighbour], incidence.orders),
        )
