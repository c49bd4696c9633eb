"""How sure we are that two products belong together: raw counts, confidence, lift, and their intervals.

Ranking never uses this module's numbers; people do. A merchant reads them beside every row, and the words a shopper
reads ("Often bought with ...") are chosen by them. Sources and an example: ``docs/explanation/affinities.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upsell.recommendations.affinity import Whole

Z = 1.959963984540054
"""Standard normal quantile of a 95 % interval."""

ENOUGH_TOGETHER = 3
"""Fewer orders together than this are thin evidence, whatever the lift."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The whole numbers behind a row, undecayed, and what follows from them.

    together: orders that hold both products. product_orders, neighbour_orders: orders that hold the one and the other.
    orders: all orders.
    """

    together: int
    product_orders: int
    neighbour_orders: int
    orders: int

    @property
    def confidence(self) -> float:
        """Share of the product's orders that hold the neighbour too; 0 if it has none."""
        return self.together / self.product_orders if self.product_orders else 0.0

    @property
    def confidence_interval(self) -> tuple[float, float]:
        """The confidence's 95 % Wilson interval; 0 to 1 if the product has no orders."""
        return wilson(self.together, self.product_orders)

    @property
    def lift(self) -> float:
        """Confidence against the neighbour's share of all orders: 1 is chance; 0 if nobody bought the neighbour."""
        return self.confidence / self._chance if self._chance else 0.0

    @property
    def lift_interval(self) -> tuple[float, float]:
        """The confidence's interval against the neighbour's share of all orders."""
        if not self._chance:
            return 0.0, math.inf
        low, high = self.confidence_interval
        return low / self._chance, high / self._chance

    @property
    def is_thin(self) -> bool:
        """Whether chance, or a handful of orders, would explain the row."""
        return self.together < ENOUGH_TOGETHER or self.lift_interval[0] <= 1

    @property
    def is_substitute_like(self) -> bool:
        """Whether the two share orders less often than by chance, beyond doubt."""
        return self.lift_interval[1] < 1

    @property
    def _chance(self) -> float:
        return self.neighbour_orders / self.orders if self.orders else 0.0


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """95 % Wilson score interval of a share; 0 to 1 without trials."""
    if not trials:
        return 0.0, 1.0
    share = successes / trials
    spread = Z * math.sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    middle = share + Z * Z / (2 * trials)
    scale = 1 + Z * Z / trials
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return max(min(low, share), 0.0), min(max(high, share), 1.0)  # the last bits must not shut the share itself out


def reliable(together: Whole, product_orders: Whole, neighbour_orders: Whole, orders: int) -> NDArray[np.bool_]:
    """Say of many rows at once whether they are not thin; the same arithmetic as ``Evidence.is_thin``."""
    import numpy as np

    share = together / product_orders
    spread = Z * np.sqrt(share * (1 - share) / product_orders + Z * Z / (4 * product_orders * product_orders))
    low = (share + Z * Z / (2 * product_orders) - spread) / (1 + Z * Z / product_orders)
    beyond_chance: NDArray[np.bool_] = (together >= ENOUGH_TOGETHER) & (low / (neighbour_orders / orders) > 1)
    return beyond_chance
