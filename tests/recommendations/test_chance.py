"""What chance would do: the model keeps the shop's own popularities and sizes of orders, and knows no bonds."""

from itertools import combinations
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.recommendations.chance import chance


@st.composite
def shops(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of orders and popularities of products that belong to each other; no product is in every order."""
    products = draw(st.integers(3, 12))
    bought = draw(
        st.lists(st.sets(st.integers(0, products - 1), min_size=1, max_size=products - 1), min_size=4, max_size=40)
    )
    held = np.zeros((len(bought), products), dtype=int)
    for place, order in enumerate(bought):
        held[place, sorted(order)] = 1
    return held.sum(axis=1), held.sum(axis=0)


@given(shops())
def test_every_expectation_can_be_true(shop: tuple[np.ndarray, np.ndarray]) -> None:
    """No more orders than the rarest product has, and fewer the more products there are."""
    sizes, popularity = shop
    model = chance(sizes, popularity)
    triples = np.array(list(combinations(range(len(popularity)), 3)))
    pairs = model.expected(triples[:, :2])
    expected = model.expected(triples)
    assert (expected <= pairs + 1e-9).all()
    assert (model.probability >= 0).all()
    assert (model.probability <= 1).all()


@given(st.integers(0, 2**32 - 1))
def test_the_model_keeps_popularities_and_sizes(seed: int) -> None:
    draw = np.random.default_rng(seed)
    taste = draw.random(40) * 0.3 + 0.02
    held = draw.random((300, 40)) < taste * draw.uniform(0.3, 2.5, (300, 1))
    sizes, popularity = held.sum(axis=1), held.sum(axis=0)
    used, bought = sizes > 0, popularity > 0
    model = chance(sizes[used], popularity[bought])
    assert model.orders @ model.probability[:, model.popularity] == pytest.approx(popularity[bought], rel=1e-3)
    in_orders = model.probability[:, model.popularity].sum(axis=1)
    assert in_orders == pytest.approx(np.unique(sizes[used]), rel=1e-3)


@given(st.integers(2, 6), st.lists(st.integers(1, 99), min_size=3, max_size=12))
def test_orders_of_one_size_meet_as_in_the_textbook(size: int, share: list[int]) -> None:
    """N times the product of the shares: what everybody calls expected."""
    popularity = np.array(share + [max(share)] * 20) * size  # no product so common that it crowds the others out
    orders = int(popularity.sum()) // size
    model = chance(np.full(orders, size), popularity)
    expected = orders * prod(popularity[product] / orders for product in (0, 1, 2))
    assert model.expected(np.array([[0, 1, 2]]))[0] == pytest.approx(expected, rel=1e-3)


def test_products_that_share_only_huge_orders_are_expected_to_meet() -> None:
    """Five orders of sixty products, two thousand of one: the rare ones meet in the huge ones by chance alone."""
    sizes = np.array([60] * 5 + [1] * 2000)
    popularity = np.array([5] * 50 + [205] * 10)
    model = chance(sizes, popularity)
    naive = len(sizes) * (5 / len(sizes)) ** 2
    assert model.expected(np.array([[0, 1]]))[0] > 100 * naive


def test_many_sets_are_expected_as_one_is() -> None:
    draw = np.random.default_rng(3)
    held = draw.random((500, 30)) < 0.2
    model = chance(held.sum(axis=1), held.sum(axis=0))
    sets = np.array(list(combinations(range(30), 3)))
    one_by_one = [model.expected(sets[place : place + 1])[0] for place in range(0, len(sets), 97)]
    assert model.expected(sets)[::97] == pytest.approx(one_by_one)
