"""What a shop sells most, and what sells faster of late.

"Of late" is counted back from the newest order, not from today: in a shop that was closed for a month, or in a history
that ended years ago, the last weeks of trade are still the last weeks of trade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upsell.recommendations.affinity import DAY, History, Learned
from upsell.recommendations.trend import trend

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upsell.recommendations.affinity import Real, Whole

RECENT_DAYS = 28
"""The days that are "of late"; whole weeks, because shops have a weekly rhythm."""

BEFORE_DAYS = 84
"""The days just before them that they are compared with; more would compare seasons."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """How well products sell, as parallel arrays by product id.

    orders, weight, units: as learned. recent_orders: orders of late that hold the product. rank: 1 is the best seller,
    by weight, so that recent orders count more. trend: see ``trend``.
    """

    product: Whole
    orders: Whole
    weight: Whole
    units: Whole
    recent_orders: Whole
    rank: Whole
    trend: Real

    def __len__(self) -> int:
        return len(self.product)


def popularity(learned: Learned, history: History) -> Popularity:
    """Rank what was learned from ``history`` by popularity, and find what is trending."""
    import numpy as np

    best_first = np.lexsort((learned.products, -learned.product_orders, -learned.product_weight))
    rank = np.empty(len(best_first), dtype=np.int64)
    rank[best_first] = np.arange(1, len(best_first) + 1)

    newest = learned.epoch
    recent = _orders_between(learned, history, newest - RECENT_DAYS * DAY, np.inf)
    before = _orders_between(learned, history, newest - (RECENT_DAYS + BEFORE_DAYS) * DAY, newest - RECENT_DAYS * DAY)
    days_before = 0.0
    if len(history.at):
        days_before = min(BEFORE_DAYS, (newest - float(history.at.min())) / DAY - RECENT_DAYS)
    trends = np.zeros(len(recent))
    if days_before >= RECENT_DAYS:  # a shop younger than that has no "before" to speak of
        pairs = zip(recent.tolist(), before.tolist(), strict=True)
        trends[:] = [trend(now, then, RECENT_DAYS, days_before) for now, then in pairs]
    return Popularity(
        product=learned.products,
        orders=learned.product_orders,
        weight=learned.product_weight,
        units=learned.product_units,
        recent_orders=recent,
        rank=rank,
        trend=trends,
    )


def _orders_between(learned: Learned, history: History, start: float, end: float) -> NDArray[np.int64]:
    """Count, for each learned product, the orders after ``start`` and up to ``end`` that hold it."""
    import numpy as np

    chosen = ((history.at > start) & (history.at <= end))[history.order]
    order, product = history.order[chosen], history.product[chosen]
    place = np.searchsorted(learned.products, product)
    place[place == len(learned.products)] = 0
    learned_only = learned.products[place] == product if len(place) else np.empty(0, dtype=bool)
    # Lines of one product in one order are one: two variants of it, say.
    once = np.unique(order[learned_only].astype(np.int64) * len(learned.products) + place[learned_only])
    return np.bincount(once % max(len(learned.products), 1), minlength=len(learned.products))
