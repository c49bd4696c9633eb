"""Hypothesis strategies shared by the property tests of ideas."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from upsell.recommendations.affinity import DAY, History, Method

EPOCH = 1_700_000_000.0
PRODUCTS = (0, 1, 2, 3, 4, 5, 7, 11, 2**20, 2**40)

Order = tuple[int, float, Sequence[tuple[int, int]]]  # id, POSIX seconds, (product, units) of each line


def history_of(orders: Sequence[Order], lines_in: Sequence[int] | None = None) -> History:
    """A history from orders written out; ``lines_in`` permutes its lines."""
    lines = [(number, product, units) for number, (_, _, own) in enumerate(orders) for product, units in own]
    if lines_in is not None:
        lines = [lines[place] for place in lines_in]
    columns = np.array(lines, dtype=np.int64).reshape(-1, 3).T
    at = np.array([moment for _, moment, _ in orders], dtype=np.float64)
    return History(*columns, at, np.array([key for key, _, _ in orders], dtype=np.int64))


def orders(products: Sequence[int] = PRODUCTS, most: int = 14) -> st.SearchStrategy[list[Order]]:
    """Orders of up to six lines, some of the same product, some empty, up to three years old or a year ahead."""
    line = st.tuples(st.sampled_from(products), st.integers(1, 5))
    moment = st.integers(-1100, 366).map(lambda days: EPOCH + days * DAY / 3)
    order = st.tuples(moment, st.lists(line, max_size=6))
    return st.lists(order, max_size=most).map(
        lambda found: [(100 + number, at, lines) for number, (at, lines) in enumerate(found)]
    )


def methods() -> st.SearchStrategy[Method]:
    """Settings of learning, plausible and odd."""
    return st.builds(
        Method,
        basket_size_exponent=st.sampled_from((0.0, 0.5, 1.0)),
        half_life_days=st.sampled_from((None, 90.0, 3.0)),
        popularity_prior=st.sampled_from((0, 1, 10)),
        shrinkage=st.sampled_from((0.0, 5.0)),
        max_products_per_order=st.sampled_from((2, 3, 200)),
        neighbours=st.sampled_from((1, 2, 20)),
    )
