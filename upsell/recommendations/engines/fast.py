"""The optional engine: the same counting in loops compiled by numba. Install ``upsell[fast]``.

It hands over the same whole numbers as the embedded engine. Worth having from some ten million order lines up; the
first build of a process waits a few seconds for the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from upsell.recommendations.base import Table
from upsell.recommendations.engines.base import NOBODY, Block, Candidates, Engine, Keys
from upsell.recommendations.engines.embedded import COUNT_BITS, EmbeddedEngine, fits_packed, transposed
from upsell.recommendations.engines.threads import in_order, usual_threads

if TYPE_CHECKING:
    from upsell.recommendations.affinity import Whole
    from upsell.recommendations.incidence import Incidence

ROWS = 512  # products of a block


class FastEngine(Engine):
    """Counts with numba, on so many threads; see ``usual_threads`` for how many if nobody says."""

    def __init__(self, threads: int | None = None) -> None:
        try:
            from upsell.recommendations.engines.kernels import fill
        except ImportError as error:
            raise ImportError("The fast engine needs numba. Install it with: pip install upsell[fast]") from error
        self._fill = fill
        self._threads = threads or usual_threads()

    def blocks(self, incidence: Incidence, keys: Keys, tables: Sequence[Table], places: int) -> Iterator[Block]:
        """See ``Engine.blocks``."""
        if not fits_packed(incidence):  # millions of orders of one pair: rare enough to leave to two plain products
            yield from EmbeddedEngine().blocks(incidence, keys, tables, places)
            return
        left_starts, left_orders = transposed(incidence)
        # Unsigned places spare the compiled loops the question whether one counts from the end.
        orders, starts, columns = (_unsigned(part) for part in (left_orders, incidence.starts, incidence.columns))
        entries = (incidence.weight << COUNT_BITS) + 1

        def block(start: int) -> Block:
            stop = min(start + ROWS, len(incidence.products))
            found = {
                table: np.full((3, (stop - start) * (table in tables), places), NOBODY, dtype=np.int64)
                for table in (Table.PRODUCT, Table.BASKET)
            }
            self._fill(
                start,
                stop,
                left_starts,
                orders,
                starts,
                columns,
                entries,
                COUNT_BITS,
                keys.quotient,
                keys.remainder,
                keys.divisor,
                found[Table.PRODUCT],
                found[Table.BASKET],
            )
            return Block(start, stop, {table: _candidates(found[table]) for table in tables})

        yield from in_order(block, range(0, len(incidence.products), ROWS), self._threads)


def _unsigned(numbers: Whole) -> np.ndarray:
    return numbers.view(f"u{numbers.dtype.itemsize}")


def _candidates(found: np.ndarray) -> Candidates:
    neighbour, weight, together = found
    empty = neighbour == NOBODY
    weight[empty] = together[empty] = 0
    return Candidates(neighbour.astype(np.int32), weight, together)
