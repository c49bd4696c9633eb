"""Every engine hands over the same whole numbers."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import EPOCH, Order, history_of, methods, orders
from upsell.recommendations.affinity import PLAIN_COUNTS, History, Method, learn
from upsell.recommendations.base import Table
from upsell.recommendations.engines import embedded
from upsell.recommendations.engines.base import NOBODY, Engine
from upsell.recommendations.engines.embedded import EmbeddedEngine, fits_packed
from upsell.recommendations.engines.threads import in_order
from upsell.recommendations.incidence import incidence
from upsell.recommendations.ranking import Ranker

TABLES = (Table.PRODUCT, Table.BASKET)
Cells = dict[tuple[Table, int], set[tuple[int, int, int]]]


def random_history(seed: int, order_count: int = 400, products: int = 90) -> History:
    """A shop with popular and rare products, orders of many sizes, and many ties."""
    draw = np.random.default_rng(seed)
    size = np.minimum(draw.geometric(0.15, order_count), 60)
    order = np.repeat(np.arange(order_count), size)
    product = np.minimum(draw.zipf(1.3, len(order)), products) * 7
    at = EPOCH - draw.integers(0, 400, order_count) * 86_400.0
    return History(order, product, np.ones_like(order), at, np.arange(order_count))


def handed_over(engine: Engine, history: History, method: Method, places: int) -> Cells:
    """What an engine hands over: (table, product number) to {(neighbour, weight, together)}."""
    lines = incidence(history, method, EPOCH)
    ranker = Ranker(lines, method, TABLES)
    cells: Cells = {}
    reached = 0
    for block in engine.blocks(lines, ranker.keys, TABLES, places):
        assert block.start == reached
        reached = block.stop
        for table, candidates in block.tables.items():
            assert candidates.neighbour.shape == (block.stop - block.start, places)
            for row in range(block.stop - block.start):
                parts = (candidates.neighbour[row], candidates.weight[row], candidates.together[row])
                found = {tuple(map(int, cell)) for cell in zip(*parts, strict=True) if cell[0] != NOBODY}
                cells[table, block.start + row] = found  # type: ignore[assignment]
    assert reached == len(lines.products)
    return cells


@pytest.fixture(scope="module")
def fast() -> Engine:
    pytest.importorskip("numba", reason="numba is not installed; enable with: pip install upsell[fast]")
    from upsell.recommendations.engines.fast import FastEngine

    return FastEngine(threads=2)


@pytest.fixture
def tiny_chunks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(embedded, "ENTRIES", 50)
        yield


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("method", [Method(), PLAIN_COUNTS, Method(popularity_prior=0), Method(half_life_days=None)])
@pytest.mark.parametrize("places", [3, 24])
def test_the_fast_engine_hands_over_what_the_embedded_one_does(
    fast: Engine, seed: int, method: Method, places: int
) -> None:
    history = random_history(seed)
    assert handed_over(fast, history, method, places) == handed_over(EmbeddedEngine(), history, method, places)


@settings(max_examples=40)
@given(orders(), methods(), st.sampled_from((1, 2, 20)))
def test_engines_agree_on_small_and_odd_histories(given_orders: list[Order], method: Method, places: int) -> None:
    pytest.importorskip("numba", reason="numba is not installed; enable with: pip install upsell[fast]")
    from upsell.recommendations.engines.fast import FastEngine

    history = history_of(given_orders)
    one, other = (handed_over(engine, history, method, places) for engine in (EmbeddedEngine(), FastEngine()))
    assert one == other


@pytest.mark.parametrize("method", [Method(), PLAIN_COUNTS])
def test_what_is_handed_over_are_the_best_by_the_keys(method: Method) -> None:
    """Asked for few, an engine gives the best of what it gives when asked for all."""
    history, places = random_history(1), 5
    lines = incidence(history, method, EPOCH)
    keys = Ranker(lines, method, TABLES).keys
    few, everything = (handed_over(EmbeddedEngine(), history, method, count) for count in (places, 100))
    for (table, product), cells in everything.items():

        def strength(cell: tuple[int, int, int], table: Table = table) -> tuple[float, int, int, int]:
            neighbour, weight, together = cell
            if table is Table.PRODUCT:
                whole = weight + int(keys.quotient[neighbour])
                return whole, int(keys.remainder[neighbour]), together, -neighbour
            return weight / float(keys.divisor[neighbour]), 0, together, -neighbour

        assert few[table, product] == set(sorted(cells, key=strength, reverse=True)[:places])


@pytest.mark.parametrize("method", [Method(), PLAIN_COUNTS])
@pytest.mark.usefixtures("tiny_chunks")
def test_the_size_of_chunks_changes_nothing(method: Method) -> None:
    history = random_history(2)
    small = handed_over(EmbeddedEngine(), history, method, 10)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(embedded, "ENTRIES", 2**20)
        assert handed_over(EmbeddedEngine(), history, method, 10) == small


def test_two_products_give_what_one_packed_product_gives(monkeypatch: pytest.MonkeyPatch, fast: Engine) -> None:
    """As for a shop in which some product is in more than four million orders."""
    history = random_history(3)
    packed = handed_over(EmbeddedEngine(), history, Method(), 10)
    monkeypatch.setattr(embedded, "COUNT_BITS", 6)
    assert not fits_packed(incidence(history, Method(), EPOCH))
    assert handed_over(EmbeddedEngine(), history, Method(), 10) == packed
    assert handed_over(fast, history, Method(), 10) == packed


def test_without_numba_the_fast_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from upsell.recommendations.engines.fast import FastEngine

    monkeypatch.setitem(sys.modules, "upsell.recommendations.engines.kernels", None)
    with pytest.raises(ImportError, match=r"pip install upsell\[fast\]"):
        FastEngine()


def test_the_same_tables_come_from_both_engines(fast: Engine) -> None:
    history = random_history(4)
    one, other = (learn(history, Method(), engine, epoch=EPOCH) for engine in (EmbeddedEngine(), fast))
    for table in ("product_table", "basket_table"):
        for column in ("product", "neighbour", "rank", "score", "weight", "orders_together", "origin", "reliable"):
            assert np.array_equal(getattr(getattr(one, table), column), getattr(getattr(other, table), column))


def test_work_shared_among_threads_comes_back_in_order_and_not_all_at_once() -> None:
    begun: list[int] = []

    def job(number: int) -> int:
        begun.append(number)
        return number * number

    results = in_order(job, range(100), threads=2)
    assert next(results) == 0
    assert len(begun) < 20
    assert list(results) == [number * number for number in range(1, 100)]


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_nothing(threads: int) -> None:
    history = random_history(5)
    one, other = (handed_over(engine, history, Method(), 10) for engine in (EmbeddedEngine(threads), EmbeddedEngine()))
    assert one == other
