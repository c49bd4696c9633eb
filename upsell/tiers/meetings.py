"""How often orders hold two products together, against chance: what sets alternatives apart from complements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from upsell.recommendations.chance import chance
from upsell.tiers.substitutes import Met

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upsell.recommendations.incidence import Incidence
    from upsell.tiers.suggestions import Pair

LOOKED_UP = 2**21  # entries of orders multiplied at once


def meetings(
    orders: Incidence,
    pairs: Sequence[Pair],
    companions: Mapping[int, Collection[int]],
    report: Callable[[float], None] | None = None,
) -> dict[Pair, Met]:
    """Say of each pair of products what orders say of it; nothing where nobody bought one of the two.

    ``companions`` are the things that a product is surely bought with. ``report`` hears the share done, 0 to 1.
    """
    number = {product: place for place, product in enumerate(orders.products.tolist())}
    known = [pair for pair in pairs if pair[0] in number and pair[1] in number]
    if not known:
        return {}
    places = np.array([[number[one], number[other]] for one, other in known], dtype=np.int64)
    sizes = np.diff(orders.starts)
    alone = max(orders.orders - len(sizes), 0)  # orders of one product
    by_chance = chance(np.concatenate((sizes, np.ones(alone, sizes.dtype))), orders.product_orders).expected(places)
    together = _together(orders, places, report or (lambda share: None))
    found = {}
    for place, (one, other) in enumerate(known):
        held = orders.product_orders[places[place]]
        beside, beside_other = (set(companions.get(product, ())) for product in (one, other))
        found[one, other] = Met(
            together=int(together[place]),
            expected=float(by_chance[place]),
            either=int(held.sum() - together[place]),
            shared=tuple(sorted(beside & beside_other)),
            companions=min(len(beside), len(beside_other)),
        )
    return found


def _together(orders: Incidence, places: NDArray[np.int64], report: Callable[[float], None]) -> NDArray[np.int64]:
    """Count the orders that hold both of each pair, exactly, many pairs at a time."""
    from scipy.sparse import csr_array

    here = np.ones(len(orders.columns), dtype=np.int32)
    shape = (len(orders.starts) - 1, len(orders.products))
    held = csr_array((here, orders.columns, orders.starts), shape=shape).tocsc()
    counted = np.zeros(len(places), dtype=np.int64)
    for first, last in _slices(orders.product_orders[places].sum(axis=1)):
        left, right = (held[:, places[first:last, side]] for side in (0, 1))
        counted[first:last] = np.asarray(left.multiply(right).sum(axis=0)).reshape(-1)
        report(last / len(places))
    return counted


def _slices(entries: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    ends = np.cumsum(entries)
    first = 0
    while first < len(ends):
        reached = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, reached + LOOKED_UP, side="right")), first + 1)
        yield first, last
        first = last
