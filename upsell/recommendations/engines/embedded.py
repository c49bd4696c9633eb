"""The default engine: sparse products of whole numbers by chunks of products, in this process, with scipy.

One sparse product counts weights and orders at once: every entry is the weight of its order, shifted up, plus one.
Where the counts of a pair could reach the bits of its weight, two products are made instead. How fast it is and how
much memory it takes: ``docs/explanation/affinities.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from upsell.recommendations.base import Table
from upsell.recommendations.engines.base import NOBODY, Block, Candidates, Engine, Keys
from upsell.recommendations.engines.threads import in_order, usual_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upsell.recommendations.incidence import Incidence

COUNT_BITS = 22
ENTRIES = 2**17  # of a chunk, at most: bounds what counting holds beside the orders


class EmbeddedEngine(Engine):
    """Counts with scipy, on so many threads (see ``usual_threads``); needs no server and no compiler."""

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or usual_threads()

    def blocks(self, incidence: Incidence, keys: Keys, tables: Sequence[Table], places: int) -> Iterator[Block]:
        """See ``Engine.blocks``."""
        chunks = _chunks(incidence)
        counter = _Counter(incidence)

        def block(chunk: tuple[int, int]) -> Block:
            pairs = counter.pairs(*chunk)
            return Block(*chunk, {table: _best(pairs, keys, table, places) for table in tables})

        yield from in_order(block, chunks, self._threads)


class _Pairs:
    """The neighbours of consecutive products: row r has the entries starts[r] to starts[r + 1] of the other arrays."""

    def __init__(
        self,
        first: int,
        starts: NDArray[np.int64],
        neighbour: NDArray[np.int32],
        weight: NDArray[np.int64],
        together: NDArray[np.int64],
        *,
        alike: bool,
    ) -> None:
        self.starts = starts
        self.neighbour = neighbour
        self.weight = weight
        self.together = together
        self.alike = alike  # every order weighs the same, so weight says no more than together
        own = np.repeat(np.arange(first, first + len(starts) - 1, dtype=neighbour.dtype), np.diff(starts))
        self.itself = np.flatnonzero(neighbour == own)


class _Counter:
    """Products x orders and orders x products, ready to be multiplied by chunks of rows of the former."""

    def __init__(self, incidence: Incidence) -> None:
        from scipy.sparse import csr_array

        shape = (len(incidence.weight), len(incidence.products))
        starts, orders = transposed(incidence)
        self._left = csr_array((np.ones(len(orders), dtype=np.int8), orders, starts), shape=shape[::-1])
        self._alike = int(incidence.weight[0]) if len(incidence.weight) and not np.ptp(incidence.weight) else 0
        self._packed = fits_packed(incidence)
        size = np.diff(incidence.starts)
        if self._alike:
            entries = np.ones(len(incidence.columns), dtype=np.int32)
        else:
            entries = np.repeat((incidence.weight << COUNT_BITS) + 1 if self._packed else incidence.weight, size)
        self._right = csr_array((entries, incidence.columns, incidence.starts), shape=shape)

    def pairs(self, start: int, stop: int) -> _Pairs:
        """Count the pairs of the products numbered ``start`` to ``stop - 1``."""
        rows = self._left[start:stop]
        product = rows @ self._right
        if self._alike:
            together = product.data.astype(np.int64)
            weight = together * self._alike
        elif self._packed:
            weight, together = product.data >> COUNT_BITS, product.data & (2**COUNT_BITS - 1)
        else:
            weight = product.data
            counted = self._right.copy()
            counted.data = np.ones_like(counted.data)
            together = (rows @ counted).data  # the same pattern, so the same places
        return _Pairs(start, product.indptr, product.indices, weight, together, alike=bool(self._alike))


def transposed(incidence: Incidence) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Lay out which orders hold each product: starts of products, and the orders of all."""
    from scipy.sparse import csr_array

    here = np.ones(len(incidence.columns), dtype=np.int8)
    shape = (len(incidence.weight), len(incidence.products))
    matrix = csr_array((here, incidence.columns, incidence.starts), shape=shape).T.tocsr()
    return matrix.indptr, matrix.indices


def fits_packed(incidence: Incidence) -> bool:
    """Whether every pair's count fits below its weight, and its weight into the bits above."""
    most_orders = int(incidence.product_orders.max(initial=0))
    most_weight = int(incidence.product_weight.max(initial=0))
    return bool(most_orders < 2**COUNT_BITS and most_weight < 2 ** (63 - COUNT_BITS))


def _chunks(incidence: Incidence) -> list[tuple[int, int]]:
    """Cut the products into runs that have at most ``ENTRIES`` neighbours together, or are one product."""
    size = np.diff(incidence.starts)
    products = len(incidence.products)
    met = np.bincount(incidence.columns, np.repeat(size.astype(np.float64), size), products)
    reached = np.cumsum(np.minimum(met, products)).tolist()
    chunks, start, spent = [], 0, 0.0
    for product in range(1, products + 1):
        if product == products or reached[product] - spent > ENTRIES:
            chunks.append((start, product))
            start, spent = product, reached[product - 1]
    return chunks


def _best(pairs: _Pairs, keys: Keys, table: Table, places: int) -> Candidates:
    """Choose the best ``places`` neighbours of each row by the table's key."""
    strength: NDArray[np.int64] | NDArray[np.float64]
    if table is Table.PRODUCT and pairs.alike and not keys.quotient.any():
        strength = (pairs.together << 32) - pairs.neighbour  # the same order in one number, without ties
    elif table is Table.PRODUCT:
        strength = pairs.weight + keys.quotient[pairs.neighbour]
    else:
        strength = pairs.weight / keys.divisor[pairs.neighbour]
    strength[pairs.itself] = -1
    length = np.diff(pairs.starts)
    least = np.zeros_like(strength, shape=len(length))
    for row in np.flatnonzero(length > places).tolist():
        own = strength[pairs.starts[row] : pairs.starts[row + 1]].copy()
        own.partition(len(own) - places)
        least[row] = own[len(own) - places]
    chosen = strength >= np.repeat(least, length)
    through = np.concatenate(([0], np.cumsum(chosen)))[pairs.starts]
    for row in np.flatnonzero(np.diff(through) > places).tolist():
        here = slice(int(pairs.starts[row]), int(pairs.starts[row + 1]))
        equal = np.flatnonzero(strength[here] == least[row]) + here.start
        free = places - int(through[row + 1] - through[row]) + len(equal)
        chosen[_losers(pairs, equal, free, keys.remainder if table is Table.PRODUCT else None)] = False
    return _laid_out(pairs, np.flatnonzero(chosen), np.minimum(np.diff(through), places), places)


def _losers(pairs: _Pairs, equal: NDArray[np.intp], free: int, remainder: NDArray[np.int64] | None) -> NDArray[np.intp]:
    """Of entries that compete with equal strength for the last ``free`` places of a row, those that get none."""
    neighbour, together = pairs.neighbour[equal], pairs.together[equal]
    if remainder is not None and np.ptp(remainder[neighbour]):
        order = np.lexsort((neighbour, -together, -remainder[neighbour]))
    else:
        order = np.argpartition((-together << 32) + neighbour, free)
    return equal[order[free:]]


def _laid_out(pairs: _Pairs, chosen: NDArray[np.intp], taken: NDArray[np.int64], places: int) -> Candidates:
    """Copy the chosen entries, so many of each row as are taken, into rows of ``places`` places."""
    shape = (len(taken), places)
    here = np.arange(places) < taken[:, np.newaxis]
    neighbour = np.full(shape, NOBODY, dtype=np.int32)
    weight, together = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    neighbour[here] = pairs.neighbour[chosen]
    weight[here] = pairs.weight[chosen]
    together[here] = pairs.together[chosen]
    return Candidates(neighbour, weight, together)
