import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from upsell.recommendations.affinity import History, Method, Rows
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.engines.embedded import EmbeddedEngine
from upsell.recommendations.similarity import Document
from upsell.recommendations.tables import columns, learn_tables, values, with_borrowed

DAY = 86_400.0
NOW = 1_700_000_000.0


def history(*orders: tuple[float, set[int]]) -> History:
    """Orders as (days ago, products)."""
    return History(
        order=np.array([number for number, (_, products) in enumerate(orders) for _ in products], dtype=np.int64),
        product=np.array([product for _, products in orders for product in sorted(products)], dtype=np.int64),
        units=np.ones(sum(len(products) for _, products in orders), dtype=np.int64),
        at=np.array([NOW - days * DAY for days, _ in orders], dtype=np.float64),
        key=np.arange(len(orders), dtype=np.int64),
    )


def rows(*given_rows: tuple[int, int, Origin]) -> Rows:
    """Rows of (product, neighbour, origin), ranked as listed within a product."""
    ranks: dict[int, int] = {}
    ranked = []
    for product, _, _ in given_rows:
        ranks[product] = ranks.get(product, 0) + 1
        ranked.append(ranks[product])
    together = np.array([origin is Origin.TOGETHER for _, _, origin in given_rows], dtype=np.int64)
    return Rows(
        product=np.array([product for product, _, _ in given_rows], dtype=np.int64),
        neighbour=np.array([neighbour for _, neighbour, _ in given_rows], dtype=np.int64),
        rank=np.array(ranked, dtype=np.int64),
        score=np.ones(len(given_rows)),
        weight=together,
        orders_together=together,
        origin=np.array([origin for _, _, origin in given_rows], dtype=np.int64),
        reliable=together > 0,
    )


def listed(found: Rows) -> list[tuple[int, int, int, Origin]]:
    whole = zip(*(column.tolist() for column in columns(found)), strict=True)
    return [(product, rank, neighbour, Origin(origin)) for product, neighbour, rank, _, _, _, origin, _ in whole]


def test_what_is_borrowed_stands_between_what_orders_say_and_what_is_popular() -> None:
    own = rows((1, 2, Origin.TOGETHER), (1, 3, Origin.POPULAR), (1, 4, Origin.POPULAR))
    borrowed = rows((1, 5, Origin.NEAREST), (1, 3, Origin.SIMILAR))
    assert listed(with_borrowed(own, borrowed, 10)) == [
        (1, 1, 2, Origin.TOGETHER),
        (1, 2, 5, Origin.NEAREST),
        (1, 3, 3, Origin.SIMILAR),
        (1, 4, 4, Origin.POPULAR),
    ]


pairs = st.lists(
    st.tuples(st.integers(1, 4), st.integers(5, 9), st.sampled_from([Origin.TOGETHER, Origin.POPULAR, Origin.NEAREST])),
    unique_by=lambda row: row[:2],
    max_size=15,
)


@given(pairs, pairs, st.integers(1, 6))
def test_lists_are_short_without_gaps_or_repetition(own: list, borrowed: list, top: int) -> None:
    found = listed(with_borrowed(rows(*own), rows(*borrowed), top))
    assert len({(product, neighbour) for product, _, neighbour, _ in found}) == len(found)
    by_product: dict[int, list[int]] = {}
    for product, rank, _, _ in found:
        by_product.setdefault(product, []).append(rank)
    for product, ranks in by_product.items():
        known = {neighbour for p, neighbour, _ in [*own, *borrowed] if p == product}
        assert ranks == list(range(1, min(top, len(known)) + 1))
    assert {product for product, _, _ in [*own, *borrowed]} == set(by_product)


def test_values_are_plain_numbers_slice_by_slice() -> None:
    found = rows((1, 2, Origin.TOGETHER), (1, 3, Origin.POPULAR), (2, 1, Origin.TOGETHER))
    assert list(values(found, slice_=2)) == list(values(found))
    assert [type(value) for value in next(values(found))] == [int, int, int, float, int, int, int, bool]


def learned(found: History, documents: list[Document] | None = None):
    return learn_tables(found, documents or [], Method(), EmbeddedEngine(), epoch=NOW)


def test_nothing_teaches_nothing() -> None:
    tables = learned(history())
    assert tables.rows == len(tables.popularity) == 0
    assert tables.products == set()


def test_products_count_everyone_a_row_is_about() -> None:
    documents = [Document(5, "Red tea pot"), Document(6, "Blue tea pot")]
    assert learned(history((0, {1, 2}), (0, {3})), documents).products == {1, 2, 3, 5, 6}


def test_progress_ends_at_one() -> None:
    heard: list[float] = []
    learn_tables(history((0, {1, 2})), [], Method(), EmbeddedEngine(), epoch=NOW, report=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


# --- popularity -------------------------------------------------------------------------------------------------------


def test_recent_orders_are_those_of_four_weeks_before_the_newest() -> None:
    popular = learned(history((0, {1}), (27, {1, 2}), (28.5, {1, 2}), (400, {1}))).popularity
    assert popular.product.tolist() == [1, 2]
    assert popular.recent_orders.tolist() == [2, 1]
    assert popular.orders.tolist() == [4, 2]
    assert popular.rank.tolist() == [1, 2]


def test_a_young_shop_has_no_trend() -> None:
    popular = learned(history(*[(days, {1, 2}) for days in range(40)])).popularity
    assert popular.trend.tolist() == [0.0, 0.0]


def test_what_sold_only_long_ago_does_not_count_as_before() -> None:
    """A season a year ago neither makes nor hides a trend."""
    once = [(300 + days / 10, {1, 2}) for days in range(200)]
    lately = [(days, {1, 2} if days < 20 else {2}) for days in range(100)]
    popular = learned(history(*once, *lately)).popularity
    assert popular.trend[0] > 0
    assert popular.trend[1] == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 200), st.sets(st.integers(1, 6), min_size=1)), max_size=20))
def test_ranks_are_a_permutation_and_recent_orders_never_exceed_all(orders: list) -> None:
    popular = learned(history(*orders)).popularity
    assert sorted(popular.rank.tolist()) == list(range(1, len(popular) + 1))
    assert (popular.recent_orders <= popular.orders).all()
    by_rank = popular.weight[popular.rank.argsort()]
    assert (by_rank[:-1] >= by_rank[1:]).all()
    assert (popular.trend >= 0).all()


def test_the_tables_of_a_shop_hold_all_three_kinds_of_rows() -> None:
    documents = [Document(1, "Red tea pot"), Document(2, "Cup"), Document(3, "Blue tea pot")]
    tables = learned(history(*[(0, {1, 2})] * 5), documents)
    assert set(tables.affinities) == set(Table)
    product = listed(tables.affinities[Table.PRODUCT])
    assert (3, 1, 2, Origin.NEAREST) in product or (3, 2, 2, Origin.NEAREST) in product
