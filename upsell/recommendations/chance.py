"""How many orders would hold a set of products by chance: popularity and sizes of orders as they are, and no bond.

The model and its source stand in ``docs/explanation/bundle-suggestions.md``. Orders of one size are alike to it, and so
are products of one popularity, so it is as small for a million orders as for a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upsell.recommendations.affinity import Real, Whole

MOST_ROUNDS = 500
CLOSE_ENOUGH = 1e-6  # relative difference from the shop's own popularities at which fitting ends
CELLS = 2**22  # probabilities looked at together


@dataclass(frozen=True, slots=True)
class Chance:
    """The probability that an order holds a product, by the order's size and the product's popularity.

    probability[sizes, popularities]. orders[sizes]: how many orders are of the size. popularity[products]: the column
    of each product.
    """

    probability: Real
    orders: Real
    popularity: NDArray[np.intp]

    def expected(self, sets: Whole) -> Real:
        """Count the orders that would hold all products of each row of ``sets``."""
        found = np.empty(len(sets))
        step = max(1, CELLS // max(len(self.orders), 1))
        for start in range(0, len(sets), step):
            part = sets[start : start + step]
            together = np.ones((len(self.orders), len(part)))
            for column in part.T:
                together *= self.probability[:, self.popularity[column]]
            found[start : start + step] = self.orders @ together
        return found


def chance(sizes: Whole, product_orders: Whole) -> Chance:
    """Fit the model to orders of these sizes and products in so many of them.

    sizes[orders]: distinct products in each order, of one at least. product_orders[p]: orders that hold product p.
    """
    size, orders = np.unique(sizes, return_counts=True)
    popular, popularity, alike = np.unique(product_orders, return_inverse=True, return_counts=True)
    lines = max(float(popular @ alike), 1.0)
    x, y = size / np.sqrt(lines), popular / np.sqrt(lines)
    for _round in range(MOST_ROUNDS):
        x = size / np.maximum((y / (1 + np.outer(x, y))) @ alike, 1e-300)
        held = orders @ (x[:, None] / (1 + np.outer(x, y)))
        if np.all(np.abs(y * held - popular) <= CLOSE_ENOUGH * popular):
            break
        y = popular / np.maximum(held, 1e-300)
    odds = np.outer(x, y)
    return Chance(odds / (1 + odds), orders.astype(float), popularity.reshape(-1))
