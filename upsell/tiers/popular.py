"""Which step of a ladder may be called the most popular: only one that leads beyond chance."""

from collections.abc import Mapping

from upsell.recommendations.evidence import wilson

ENOUGH_ORDERS = 10
"""Fewer orders than this say nothing about what is popular."""

LEAD = 0.5
"""Of the orders that hold the first or the second, the first must surely have more than this share."""


def most_popular(orders: Mapping[int, int]) -> int | None:
    """Name the tier that most orders hold, of orders by tier; ``None`` unless it leads reliably.

    The lead over the second is sure if the 95 % interval of its share of both lies above one half.
    """
    if len(orders) < 2:
        return None
    (first, most), (_second, next_most) = sorted(orders.items(), key=lambda entry: (-entry[1], entry[0]))[:2]
    if most < ENOUGH_ORDERS:
        return None
    low, _high = wilson(most, most + next_most)
    return first if low > LEAD else None
