"""Learning against a plain reading of its definition, in exact fractions."""

import math
import subprocess
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import EPOCH, Order, history_of, methods, orders
from upsell.recommendations import affinity, incidence
from upsell.recommendations.affinity import (
    DAY,
    UNIT,
    Learned,
    Method,
    Rows,
    basket_score,
    capped,
    epoch_of,
    learn,
    order_weight,
    product_score,
)
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.engines.embedded import EmbeddedEngine
from upsell.recommendations.evidence import Evidence

ENGINE = EmbeddedEngine()


DEFAULTS = Method()


def learned(given_orders: Sequence[Order], method: Method = DEFAULTS, **options: Any) -> Learned:
    return learn(history_of(given_orders), method, ENGINE, epoch=EPOCH, **options)


def listed(rows: Rows) -> dict[int, list[tuple[int, float, int, int, int, bool]]]:
    """Product to its neighbours, best first: id, score, weight, orders together, origin, reliable."""
    found: dict[int, list[tuple[int, float, int, int, int, bool]]] = defaultdict(list)
    for place in range(len(rows)):
        own = found[int(rows.product[place])]
        assert rows.rank[place] == len(own) + 1
        columns = (rows.neighbour, rows.score, rows.weight, rows.orders_together, rows.origin, rows.reliable)
        own.append(tuple(column[place].item() for column in columns))
    return dict(found)


class Oracle:
    """The definition, read slowly: dictionaries, Python's whole numbers and fractions."""

    def __init__(self, given_orders: Sequence[Order], method: Method) -> None:
        self.method = method
        self.orders = self.total = 0
        self.orders_of: Counter[int] = Counter()
        self.weight_of: Counter[int] = Counter()
        self.together: Counter[tuple[int, int]] = Counter()
        self.weight: Counter[tuple[int, int]] = Counter()
        for key, at, lines in given_orders:
            by_lot = sorted({product for product, _ in lines}, key=lambda p: (zlib.crc32(f"{key}|{p}".encode()), p))
            products = by_lot[: method.max_products_per_order]
            if not products:
                continue
            age = (EPOCH - at) / DAY
            decay = 1.0 if method.half_life_days is None else min(2 ** (-age / method.half_life_days), 256)
            share = max(len(products) - 1, 1) ** -method.basket_size_exponent * decay
            weight = max(round(share * 2**20), 1)
            self.orders += 1
            self.total += weight
            self.orders_of.update(products)
            self.weight_of.update(dict.fromkeys(products, weight))
            self.together.update(permutations(products, 2))
            self.weight.update(dict.fromkeys(permutations(products, 2), weight))

    def product_table(self) -> dict[int, list[tuple[int, Fraction]]]:
        m = self.method.popularity_prior
        popular = sorted(self.weight_of, key=lambda j: (-self.weight_of[j], -self.orders_of[j], j))
        popular = popular[:40] if m else []
        table = {}
        for i in self.orders_of:
            scores = {}
            for j in set(popular) | {j for (own, j) in self.weight if own == i}:
                if j != i:
                    prior = Fraction(m * self.weight_of[j], self.orders)
                    below = self.weight_of[i] + Fraction(m * self.total, self.orders)
                    scores[j] = (self.weight[i, j] + prior) / below
            table[i] = self._best(i, scores)
        return {i: best for i, best in table.items() if best}

    def basket_table(self) -> dict[int, list[tuple[int, float]]]:
        table: dict[int, list[tuple[int, float]]] = {}
        for i in self.orders_of:
            own = {j for (product, j) in self.weight if product == i}
            scores = {
                j: basket_score(
                    self.weight[i, j], self.weight_of[j], self.weight_of[i], self.total, self.orders, self.method
                )
                for j in own
            }
            table[i] = self._best(i, scores)
        return {i: best for i, best in table.items() if best}

    def _best(self, i: int, scores: dict[int, Any]) -> list[tuple[int, Any]]:
        best = sorted(scores, key=lambda j: (-scores[j], -self.together[i, j], -self.orders_of[j], j))
        return [(j, scores[j]) for j in best[: self.method.neighbours]]


@settings(max_examples=300)
@given(orders(), methods())
def test_learning_equals_its_definition(given_orders: list[Order], method: Method) -> None:
    oracle, found = Oracle(given_orders, method), learned(given_orders, method)

    assert (found.orders, found.order_weight, found.epoch) == (oracle.orders, oracle.total, EPOCH)
    assert found.products.tolist() == sorted(oracle.orders_of)
    assert found.product_orders.tolist() == [oracle.orders_of[p] for p in found.products.tolist()]
    assert found.product_weight.tolist() == [oracle.weight_of[p] for p in found.products.tolist()]

    tables = ((found.product_table, oracle.product_table()), (found.basket_table, oracle.basket_table()))
    for rows, expected in tables:
        assert {i: [row[0] for row in own] for i, own in listed(rows).items()} == {
            i: [j for j, _ in own] for i, own in expected.items()
        }
        for i, own in listed(rows).items():
            for (j, score, weight, together, origin, reliable), (_, exact) in zip(own, expected[i], strict=True):
                assert score == pytest.approx(float(exact), rel=1e-12)
                assert (weight, together) == (oracle.weight[i, j], oracle.together[i, j])
                assert origin == (Origin.TOGETHER if together else Origin.POPULAR)
                evidence = Evidence(together, oracle.orders_of[i], oracle.orders_of[j], oracle.orders)
                assert reliable is not evidence.is_thin


@given(orders(), methods())
def test_the_scalar_scores_are_those_of_the_tables_to_the_last_bit(given_orders: list[Order], method: Method) -> None:
    found = learned(given_orders, method)
    weight_of = dict(zip(found.products.tolist(), found.product_weight.tolist(), strict=True))
    for rows, scorer in ((found.product_table, product_score), (found.basket_table, basket_score)):
        for i, own in listed(rows).items():
            for j, score, weight, *_ in own:
                assert score == scorer(weight, weight_of[j], weight_of[i], found.order_weight, found.orders, method)


@given(orders(), methods(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(given_orders: list[Order], method: Method, chance: Any) -> None:
    lines = list(range(sum(len(own) for _, _, own in given_orders)))
    chance.shuffle(lines)
    one, other = (
        learn(history_of(given_orders, permutation), method, ENGINE, epoch=EPOCH) for permutation in (None, lines)
    )
    assert identical(one, other)


@settings(max_examples=60)
@given(st.integers(0, 2**32), methods())
def test_candidates_suffice_even_when_none_are_spare(seed: int, method: Method) -> None:
    """Many products, many ties: the engine's own choice decides who is kept."""
    draw = np.random.default_rng(seed)
    given_orders = [
        (number, EPOCH, [(int(product), 1) for product in draw.integers(0, 40, draw.integers(0, 9))])
        for number in range(60)
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(affinity, "SPARE_CANDIDATES", 0)
        few = learned(given_orders, method)
    assert identical(few, learned(given_orders, method))


@given(orders(), methods())
def test_adding_up_in_slices_changes_nothing(given_orders: list[Order], method: Method) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(incidence, "SLICE", 3)
        sliced = learned(given_orders, method)
    assert identical(sliced, learned(given_orders, method))


def identical(one: Learned, other: Learned) -> bool:
    facts = ("orders", "order_weight", "epoch")
    arrays = ("products", "product_orders", "product_weight", "product_units")
    return (
        all(getattr(one, name) == getattr(other, name) for name in facts)
        and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
        and listed(one.product_table) == listed(other.product_table)
        and listed(one.basket_table) == listed(other.basket_table)
    )


# --- cases ------------------------------------------------------------------------------------------------------------


def test_the_worked_example_of_the_explanation() -> None:
    """Four orders, half-life 90: see docs/explanation/affinities.md."""
    body, lens, bag, strap = 1, 2, 3, 4
    found = learned(
        [
            (1, EPOCH, [(body, 1), (lens, 1)]),
            (2, EPOCH - 90 * DAY, [(body, 1), (lens, 1), (bag, 1)]),
            (3, EPOCH, [(body, 1), (bag, 2)]),
            (4, EPOCH, [(strap, 1)]),
        ]
    )
    assert found.order_weight == 3 * UNIT + 370728
    assert dict(zip(found.products.tolist(), found.product_weight.tolist(), strict=True)) == {
        body: 2 * UNIT + 370728,
        lens: UNIT + 370728,
        bag: UNIT + 370728,
        strap: UNIT,
    }
    assert [(row[0], round(row[1], 4), row[3]) for row in listed(found.product_table)[lens]] == [
        (body, 0.7433, 2),
        (bag, 0.3838, 1),
        (strap, 0.2567, 0),
    ]
    assert [(row[0], round(row[1], 4), row[3]) for row in listed(found.basket_table)[lens]] == [
        (body, 0.2401, 2),
        (bag, 0.0638, 1),
    ]


def test_no_orders_give_empty_tables() -> None:
    found = learned([])
    assert (found.orders, found.order_weight, len(found.products)) == (0, 0, 0)
    assert len(found.product_table) == len(found.basket_table) == 0


def test_orders_without_lines_do_not_count() -> None:
    assert learned([(1, EPOCH, []), (2, EPOCH, [(5, 1)])]).orders == 1


def test_one_order_of_one_product_teaches_its_popularity_only() -> None:
    found = learned([(1, EPOCH, [(5, 3)])])
    assert (found.products.tolist(), found.product_orders.tolist(), found.product_units.tolist()) == ([5], [1], [3])
    assert found.order_weight == UNIT
    assert len(found.product_table) == len(found.basket_table) == 0


def test_lines_of_one_product_in_one_order_are_one() -> None:
    twice = learned([(1, EPOCH, [(5, 1), (5, 2), (6, 1)])])
    assert listed(twice.basket_table) == listed(learned([(1, EPOCH, [(5, 3), (6, 1)])]).basket_table)
    assert twice.product_units.tolist() == [3, 1]


def test_products_that_are_equal_in_everything_are_ranked_by_id() -> None:
    found = learned([(1, EPOCH, [(9, 1), (3, 1), (2**40, 1), (7, 1)])])
    assert [row[0] for row in listed(found.basket_table)[7]] == [3, 9, 2**40]
    assert [row[0] for row in listed(found.product_table)[7]] == [3, 9, 2**40]


def test_a_huge_order_teaches_with_two_hundred_products_drawn_by_lot() -> None:
    found = learned([(1, EPOCH, [(product, 1) for product in range(1000)])])
    assert found.products.tolist() == capped(1, range(1000), 200)
    assert set(found.product_weight.tolist()) == {order_weight(200, 0, Method())}


def test_capping_draws_the_smallest_checksums() -> None:
    drawn = capped("A-1", range(50), 10)
    rest = set(range(50)) - set(drawn)
    assert len(drawn) == 10
    assert max(zlib.crc32(f"A-1|{p}".encode()) for p in drawn) < min(zlib.crc32(f"A-1|{p}".encode()) for p in rest)
    assert capped("A-1", [3, 3, 1], 2) == [1, 3]


def test_popular_products_fill_thin_lists_and_are_not_called_bought_together() -> None:
    given_orders: list[Order] = [(number, EPOCH, [(1, 1), (2, 1)]) for number in range(30)]
    found = listed(learned([*given_orders, (99, EPOCH, [(8, 1)])]).product_table)
    assert [(j, together, origin) for j, _, _, together, origin, _ in found[8]] == [
        (1, 0, Origin.POPULAR),
        (2, 0, Origin.POPULAR),
    ]


def test_a_newer_order_weighs_more_and_one_after_the_epoch_more_than_one() -> None:
    method = Method()
    assert order_weight(2, 0, method) == UNIT
    assert order_weight(2, 90, method) == UNIT // 2
    assert order_weight(2, -90, method) == 2 * UNIT
    assert order_weight(5, 0, method) == UNIT // 2
    assert order_weight(1, 0, method) == UNIT


def test_a_wrong_date_cannot_outvote_the_shop_nor_vanish() -> None:
    assert order_weight(2, -(10**9), Method()) == UNIT * 2**8
    assert order_weight(2, 10**9, Method()) == 1
    assert order_weight(2, 10**9, Method(half_life_days=None)) == UNIT


def test_moving_the_epoch_keeps_the_ranking() -> None:
    given_orders: list[Order] = [
        (number, EPOCH - number * DAY, [(number % 5, 1), (number % 3 + 10, 1)]) for number in range(60)
    ]
    history = history_of(given_orders)
    early, late = (learn(history, Method(), ENGINE, epoch=EPOCH + days * DAY) for days in (-30, 30))
    for table in ("product_table", "basket_table"):
        assert np.array_equal(getattr(early, table).neighbour, getattr(late, table).neighbour)


def test_only_the_tables_asked_for_are_built() -> None:
    given_orders: list[Order] = [(1, EPOCH, [(1, 1), (2, 1)])]
    found = learned(given_orders, tables=(Table.BASKET,))
    assert len(found.product_table) == 0
    assert listed(found.basket_table) == listed(learned(given_orders).basket_table)


def test_progress_ends_with_the_whole() -> None:
    heard: list[float] = []
    learned([(1, EPOCH, [(1, 1), (2, 1)])], report=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_the_epoch_is_the_newest_order_that_is_not_in_the_future() -> None:
    history = history_of([(1, 10.0, [(1, 1)]), (2, 30.0, [(1, 1)]), (3, 99.0, [(1, 1)])])
    assert epoch_of(history, now=50.0) == 30.0
    assert epoch_of(history_of([]), now=50.0) == 50.0


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="not a number or infinite"):
        history_of([(1, EPOCH, [(1, 1)]), (2, wrong, [(1, 1)])])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order": np.array([0, 5])}, "numbers of orders"),
        ({"order": np.array([0, -1])}, "numbers of orders"),
        ({"product": np.array([1, -2])}, "not negative"),
        ({"units": np.array([1])}, "equally long"),
        ({"key": np.array([1])}, "equally long"),
    ],
)
def test_a_history_that_contradicts_itself_is_refused(change: dict[str, Any], message: str) -> None:
    history = history_of([(1, EPOCH, [(1, 1)]), (2, EPOCH, [(2, 1)])])
    with pytest.raises(ValueError, match=message):
        replace(history, **change)


@pytest.mark.parametrize(
    "wrong",
    [
        {"basket_size_exponent": -0.1},
        {"basket_size_exponent": math.nan},
        {"half_life_days": 0.0},
        {"half_life_days": math.inf},
        {"popularity_prior": -1},
        {"popularity_prior": 1.5},
        {"shrinkage": -1.0},
        {"popularity_discount": 1.1},
        {"max_products_per_order": 1},
        {"neighbours": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Method(**wrong)


def test_weights_beyond_exact_arithmetic_are_refused() -> None:
    history = history_of([(1, EPOCH, [(1, 1), (2, 1)])])
    with pytest.raises(ValueError, match="64-bit"):
        learn(history, Method(popularity_prior=2**50), ENGINE, epoch=EPOCH)


def test_the_numbers_of_a_large_shop_are_still_exact() -> None:
    """A century of orders of a giant: the numbers that rank are far beyond 64 bits, and no matter."""
    method = Method(popularity_prior=1000)
    orders_, weight = 10**9, 2**50
    more = product_score(weight + 1, weight, 2**52, 2**58, orders_, method)
    assert more > product_score(weight, weight, 2**52, 2**58, orders_, method) > 0


def test_importing_the_scalar_functions_loads_no_numerical_library() -> None:
    code = (
        "import sys, upsell.recommendations.affinity, upsell.recommendations.evidence, upsell.recommendations.trend\n"
        "print(*{'numpy', 'scipy', 'numba'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
