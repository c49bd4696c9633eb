"""The update after one order against learning everything anew: the same numbers, the same ranks."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from upsell.recommendations.affinity import History, Learned, Method, learn, order_weight
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.engines.embedded import EmbeddedEngine
from upsell.recommendations.increment import Row, Sales, with_order

EPOCH = 1_700_000_000.0
DAY = 86_400.0
baskets = st.lists(
    st.tuples(st.sets(st.integers(1, 9), min_size=1, max_size=5), st.integers(-30, 300)), min_size=1, max_size=25
)


def learned(orders: list[tuple[set[int], int]], method: Method) -> Learned:
    history = History(
        order=np.array([number for number, (products, _) in enumerate(orders) for _ in products], dtype=np.int64),
        product=np.array([product for products, _ in orders for product in products], dtype=np.int64),
        units=np.ones(sum(len(products) for products, _ in orders), dtype=np.int64),
        at=np.array([EPOCH - age * DAY for _, age in orders], dtype=np.float64),
        key=np.arange(len(orders), dtype=np.int64),
    )
    return learn(history, method, EmbeddedEngine(), epoch=EPOCH)


def rows(taught: Learned, products: set[int]) -> list[Row]:
    return [
        Row(
            table,
            int(part.product[place]),
            int(part.neighbour[place]),
            int(part.rank[place]),
            float(part.score[place]),
            Origin(int(part.origin[place])),
            int(part.weight[place]),
            int(part.orders_together[place]),
            bool(part.reliable[place]),
        )
        for table, part in ((Table.PRODUCT, taught.product_table), (Table.BASKET, taught.basket_table))
        for place in range(len(part))
        if part.product[place] in products
    ]


def sales(taught: Learned) -> dict[int, Sales]:
    columns = (taught.products, taught.product_orders, taught.product_weight)
    return {
        product: Sales(orders, weight) for product, orders, weight in zip(*(c.tolist() for c in columns), strict=True)
    }


def updated(orders: list[tuple[set[int], int]], method: Method) -> list[Row]:
    """The last order counted into what the others taught."""
    *before, (products, age) = orders
    taught = learned(before, method)
    after = learned(orders, method)
    weight = order_weight(len(products), age, method)
    return with_order(
        sorted(products),
        weight,
        rows=rows(taught, products),
        sales=sales(after),
        shop=Sales(after.orders, after.order_weight),
        method=method,
    )


@settings(deadline=None)  # the first example loads scipy
@given(baskets.filter(lambda orders: len(orders) > 1), st.sampled_from([0, 10]))
def test_counting_an_order_in_equals_learning_everything_anew(orders: list[tuple[set[int], int]], prior: int) -> None:
    method = Method(popularity_prior=prior, neighbours=20)
    fresh = rows(learned(orders, method), orders[-1][0])
    # Products that are merely popular are chosen anew by a rebuild only.
    together = [row for row in fresh if row.orders_together]
    counted = [row for row in updated(orders, method) if row.orders_together]
    key = lambda row: (row.table, row.product, row.neighbour)  # noqa: E731
    plain = lambda row: (*key(row), row.score, row.origin, row.weight, row.orders_together, row.reliable)  # noqa: E731
    assert sorted(map(plain, counted)) == sorted(map(plain, together))
    assert order_of(counted) == order_of(together)


def order_of(found: list[Row]) -> dict[tuple[Table, int], list[int]]:
    lists: dict[tuple[Table, int], list[int]] = defaultdict(list)
    for row in sorted(found, key=lambda row: row.rank):
        lists[row.table, row.product].append(row.neighbour)
    return lists


@settings(deadline=None)
@given(baskets.filter(lambda orders: len(orders) > 1))
def test_ranks_run_from_one_without_gaps_and_lists_stay_short(orders: list[tuple[set[int], int]]) -> None:
    method = Method(neighbours=3)
    ranks = defaultdict(list)
    for row in updated(orders, method):
        ranks[row.table, row.product].append(row.rank)
    for found in ranks.values():
        assert found == list(range(1, len(found) + 1))
        assert len(found) <= 3


@settings(deadline=None)
@given(baskets.filter(lambda orders: len(orders) > 1))
def test_a_count_is_never_above_the_truth(orders: list[tuple[set[int], int]]) -> None:
    """Where a full row had forgotten a pair, its count is a lower bound."""
    method = Method(neighbours=2)
    for row in updated(orders, method):
        true = sum({row.product, row.neighbour} <= products for products, _ in orders)
        assert row.orders_together <= true


def test_a_pair_that_one_row_forgot_is_known_from_its_mirror() -> None:
    known = Row(Table.BASKET, 2, 1, 1, 0.5, Origin.TOGETHER, 700, 7, reliable=True)
    after = with_order(
        [1, 2], 100, rows=[known], sales={1: Sales(20, 2000), 2: Sales(8, 800)}, shop=Sales(50, 5000), method=Method()
    )
    assert {(row.weight, row.orders_together) for row in after} == {(800, 8)}
    assert len(after) == 4


def test_a_popular_product_becomes_one_bought_together() -> None:
    popular = Row(Table.PRODUCT, 1, 2, 1, 0.01, Origin.POPULAR, 0, 0, reliable=False)
    after = with_order(
        [1, 2], 100, rows=[popular], sales={1: Sales(3, 300), 2: Sales(8, 800)}, shop=Sales(50, 5000), method=Method()
    )
    assert {row.origin for row in after} == {Origin.TOGETHER}


def test_borrowed_rows_keep_their_score_and_come_after_what_orders_say() -> None:
    borrowed = [
        Row(Table.PRODUCT, 1, 8, 1, 0.9, Origin.NEAREST, 0, 0, reliable=False),
        Row(Table.PRODUCT, 1, 9, 2, 0.7, Origin.SIMILAR, 0, 0, reliable=False),
    ]
    after = with_order(
        [1, 2], 100, rows=borrowed, sales={1: Sales(1, 100), 2: Sales(8, 800)}, shop=Sales(50, 5000), method=Method()
    )
    beside = [(row.neighbour, row.origin) for row in after if (row.table, row.product) == (Table.PRODUCT, 1)]
    assert beside == [(2, Origin.TOGETHER), (8, Origin.NEAREST), (9, Origin.SIMILAR)]


def test_an_order_of_one_product_changes_its_scores_only() -> None:
    known = Row(Table.BASKET, 1, 2, 1, 0.5, Origin.TOGETHER, 700, 7, reliable=True)
    (after,) = with_order(
        [1], 100, rows=[known], sales={1: Sales(21, 2100), 2: Sales(8, 800)}, shop=Sales(51, 5100), method=Method()
    )
    assert (after.weight, after.orders_together, after.rank) == (700, 7, 1)
    assert after.score != known.score
