"""Finding sets: counted exactly, beyond chance, beyond their parts; and nothing where only chance rules."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.bundles.itemsets import count, together
from upsell.bundles.suggestions import FEWEST_ORDERS, Together
from upsell.recommendations.affinity import History, Method
from upsell.recommendations.incidence import Incidence, incidence

METHOD = Method(half_life_days=None)


def orders_of(bought: Sequence[Iterable[int]]) -> Incidence:
    lines = [(place, product) for place, order in enumerate(bought) for product in order]
    order, product = np.array(lines, dtype=np.int64).reshape(-1, 2).T
    history = History(order, product, np.ones_like(order), np.zeros(len(bought)), np.arange(len(bought)))
    return incidence(history, METHOD, 0.0)


def all_pairs(bought: Sequence[Iterable[int]]) -> np.ndarray:
    products = sorted({product for order in bought for product in order})
    return np.array(list(combinations(products, 2)), dtype=np.int64).reshape(-1, 2)


def found_in(bought: Sequence[Iterable[int]]) -> dict[tuple[int, ...], Together]:
    return {one.products: one for one in together(orders_of(bought), all_pairs(bought))}


def shuffled(bought: Sequence[Iterable[int]], seed: int) -> list[set[int]]:
    """Trade products between orders: every order keeps its size and every product its popularity."""
    draw = np.random.default_rng(seed)
    mixed = [set(order) for order in bought]
    for _trade in range(10 * len(mixed)):
        one, other = draw.choice(len(mixed), 2, replace=False)
        mine, yours = sorted(mixed[one] - mixed[other]), sorted(mixed[other] - mixed[one])
        pool = np.array(mine + yours)
        draw.shuffle(pool)
        shared = mixed[one] & mixed[other]
        mixed[one] = shared | set(pool[: len(mine)].tolist())
        mixed[other] = shared | set(pool[len(mine) :].tolist())
    return mixed


def bonded_shop(seed: int = 5) -> list[set[int]]:
    """900 orders of 40 products; 1, 2 and 3 are one set, 10 and 11 another, and a few orders hold half the shop."""
    draw = np.random.default_rng(seed)
    taste = draw.dirichlet(np.full(40, 0.8))
    bought = []
    for place in range(900):
        size = 20 if place % 100 == 0 else int(draw.integers(1, 5))
        order = set(draw.choice(40, min(size, 40), replace=False, p=(taste + 0.005) / (taste + 0.005).sum()).tolist())
        if place % 9 == 0:
            order |= {1, 2, 3}
        if place % 11 == 0:
            order |= {10, 11}
        bought.append(order)
    return bought


# --- counting ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.sets(st.integers(0, 8), max_size=6), min_size=1, max_size=60))
def test_sets_are_counted_as_by_hand(bought: list[set[int]]) -> None:
    if not any(bought):
        return
    sets = [list(one) for size in (2, 3, 4) for one in combinations(range(9), size)]
    by_hand = [sum(set(one) <= order for order in bought) for one in sets]
    assert count(orders_of(bought), sets) == by_hand


@pytest.mark.parametrize("seed", range(4))
def test_what_is_told_of_a_set_is_true(seed: int) -> None:
    bought = bonded_shop(seed)
    found = found_in(bought)
    assert found
    for one in found.values():
        products = set(one.products)
        assert one.orders == sum(products <= order for order in bought) >= FEWEST_ORDERS
        assert one.rarest == min(sum(product in order for order in bought) for product in products)
        for product, without in zip(one.products, one.without, strict=True):
            others = products - {product}
            assert without == sum(others <= order and product not in order for order in bought)
        low, high = one.lift_interval
        assert 1 < low <= one.lift <= high


def test_the_order_of_the_orders_changes_nothing() -> None:
    bought = bonded_shop()
    assert together(orders_of(bought), all_pairs(bought)) == together(
        orders_of(bought[::-1]), all_pairs(bought)[::-1, ::-1]
    )


def test_larger_sets_are_found_by_whatever_pair_they_are_grown_from() -> None:
    """Four products that are always bought together: six pairs, four triples and the four."""
    bought = [{place % 30 + 10, place % 17 + 50} for place in range(400)] + [{1, 2, 3, 4}] * 60
    found = found_in(bought)
    bonded = [one for one in found if set(one) <= {1, 2, 3, 4}]
    assert {len(one) for one in bonded} == {2, 3, 4}
    assert found[(1, 2, 3, 4)].orders == 60
    assert len(bonded) == 11


# --- what is beyond doubt ---------------------------------------------------------------------------------------------


def test_a_planted_bond_is_found() -> None:
    found = found_in(bonded_shop())
    assert {(1, 2), (1, 3), (2, 3), (1, 2, 3), (10, 11)} <= found.keys()


@pytest.mark.parametrize("seed", range(6))
def test_chance_alone_suggests_nothing(seed: int) -> None:
    """The same sizes of orders and the same popularities, and no bond: nothing at all."""
    assert found_in(shuffled(bonded_shop(), seed)) == {}


def test_the_shuffle_can_fail() -> None:
    """The control: what is shuffled keeps its margins, and before it was shuffled there was something to find."""
    bought = bonded_shop()
    mixed = shuffled(bought, 1)
    assert [len(order) for order in mixed] == [len(order) for order in bought]
    assert sorted(product for order in mixed for product in order) == sorted(
        product for order in bought for product in order
    )
    assert found_in(bought)


def test_a_third_product_that_belongs_to_nobody_stays_out() -> None:
    """1 and 2 belong together; 3 is in half of all orders, theirs included."""
    draw = np.random.default_rng(2)
    bought: list[set[int]] = [{int(draw.integers(10, 60)), int(draw.integers(10, 60))} for _order in range(1000)]
    bought += [{1, 2, int(draw.integers(10, 60))} for _order in range(150)]
    bought = [order | {3} if draw.random() < 0.5 else order for order in bought]
    found = found_in(bought)
    assert (1, 2) in found
    assert not [one for one in found if 3 in one]


def test_a_set_with_a_pair_that_avoids_each_other_is_not_grown() -> None:
    """2 and 3 are substitutes: each is bought with 1, and never with the other."""
    draw = np.random.default_rng(4)
    bought: list[set[int]] = [{int(draw.integers(10, 60)), int(draw.integers(10, 60))} for _order in range(1000)]
    bought += [{1, 2}] * 80 + [{1, 3}] * 80
    found = found_in(bought)
    assert {(1, 2), (1, 3)} <= found.keys()
    assert not [one for one in found if {2, 3} <= set(one)]


def test_a_triple_that_two_parts_explain_is_not_told() -> None:
    """Two bonds that know nothing of each other share orders by chance: four products, and no set of four."""
    draw = np.random.default_rng(6)
    bought = []
    for _order in range(3000):
        order = {int(draw.integers(10, 60)), int(draw.integers(10, 60))}
        if draw.random() < 0.2:
            order |= {1, 2}
        if draw.random() < 0.2:
            order |= {3, 4}
        bought.append(order)
    found = found_in(bought)
    assert {(1, 2), (3, 4)} <= found.keys()
    assert (1, 2, 3, 4) not in found


def test_few_orders_are_not_enough() -> None:
    bought = [{place % 30 + 10} for place in range(2000)] + [{1, 2}] * (FEWEST_ORDERS - 1)
    assert found_in(bought) == {}
    assert (1, 2) in found_in([*bought, {1, 2}])


@pytest.mark.parametrize("bought", [[{1}], [{1, 2}], [{1}, {2}], [{1, 2}] * 50])
def test_shops_with_next_to_nothing_are_no_error(bought: list[set[int]]) -> None:
    """Two products that are in every order are what chance expects."""
    assert found_in(bought) == {}


def test_pairs_of_what_nobody_bought_are_left_out() -> None:
    bought = [{place % 30 + 10} for place in range(500)] + [{1, 2}] * 40
    assert [one.products for one in together(orders_of(bought), np.array([[1, 2], [1, 999], [2, 2]]))] == [(1, 2)]


def test_progress_goes_from_nothing_to_all() -> None:
    heard: list[float] = []
    together(orders_of(bonded_shop()), all_pairs(bonded_shop()), heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
