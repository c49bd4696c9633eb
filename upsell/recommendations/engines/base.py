"""The seam of engines: what one is given, and the whole numbers it hands over.

An engine only counts and selects. It hands over, for every product and table, its best candidates by an exact key; one
function in ``ranking`` then scores and ranks them. So two engines cannot differ, not even in rounding.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upsell.recommendations.base import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upsell.recommendations.incidence import Incidence

NOBODY = -1
"""Fills the places of a candidate row that has fewer candidates than places."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What makes one neighbour a better candidate than another, by product number.

    Beside a product: the larger W_ij + quotient[j], then the larger remainder[j]; together they are m n_j divided by N,
    so the order is that of the whole number N W_ij + m n_j, without ever forming it.
    In a basket: the larger W_ij / divisor[j], as one division of doubles.
    In both, ties go to more orders together, then to the smaller product number.
    """

    quotient: NDArray[np.int64]
    remainder: NDArray[np.int64]
    divisor: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The best candidates of consecutive products, a row each, in any order within the row.

    neighbour[rows, places]: product numbers, ``NOBODY`` in empty places. weight: W_ij. together: orders that hold both.
    """

    neighbour: NDArray[np.int32]
    weight: NDArray[np.int64]
    together: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """The candidates of the products numbered ``start`` to ``stop - 1``, for each table asked for."""

    start: int
    stop: int
    tables: Mapping[Table, Candidates]


class Engine(ABC):
    """Counts which products are bought together. Name yours in ``UPSELL_ENGINE``."""

    @abstractmethod
    def blocks(self, incidence: Incidence, keys: Keys, tables: Sequence[Table], places: int) -> Iterator[Block]:
        """Yield the candidates of all products, ascending and without gaps: the best ``places`` of each by ``keys``.

        A product is never its own candidate, and only products that share an order with it are candidates.
        """
