"""What orders say of two products is counted exactly, whatever is looked up at once."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH, Order, history_of
from upsell.recommendations.affinity import Method
from upsell.recommendations.incidence import incidence
from upsell.tiers import meetings as module
from upsell.tiers.meetings import meetings

PRODUCTS = (1, 2, 3, 5, 8)
PAIRS = list(combinations((*PRODUCTS, 99), 2))


def bought(*orders: set[int]) -> list[Order]:
    return [(number, EPOCH, [(product, 1) for product in sorted(order)]) for number, order in enumerate(orders)]


@given(st.lists(st.sets(st.sampled_from(PRODUCTS), min_size=1), min_size=1, max_size=12))
def test_orders_are_counted_as_one_would_by_hand(orders: list[set[int]]) -> None:
    found = meetings(incidence(history_of(bought(*orders)), Method(), EPOCH), PAIRS, {})
    known = set().union(*orders)
    assert found.keys() == {pair for pair in PAIRS if set(pair) <= known}
    for (one, other), met in found.items():
        assert met.together == sum({one, other} <= order for order in orders)
        assert met.either == sum(bool({one, other} & order) for order in orders)
        rarer = min(sum(product in order for order in orders) for product in (one, other))
        assert 0 <= met.expected <= rarer * 1.02  # where a product is in every order, the fit only comes close


def test_how_much_is_looked_up_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(7)
    orders = [set(random.choice(PRODUCTS, size=3, replace=False).tolist()) for _order in range(40)]
    laid_out = incidence(history_of(bought(*orders)), Method(), EPOCH)
    heard: list[float] = []
    at_once = meetings(laid_out, PAIRS, {})
    monkeypatch.setattr(module, "LOOKED_UP", 30)
    assert meetings(laid_out, PAIRS, {}, heard.append) == at_once
    assert len(heard) > 3
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_things_bought_with_both_are_named() -> None:
    laid_out = incidence(history_of(bought({1, 2}, {1, 3}, {2, 3})), Method(), EPOCH)
    met = meetings(laid_out, [(1, 2)], {1: {7, 8, 9}, 2: [9, 8]})[1, 2]
    assert (met.shared, met.companions) == ((8, 9), 2)


def test_nothing_is_said_of_what_nobody_bought() -> None:
    assert meetings(incidence(history_of([]), Method(), EPOCH), PAIRS, {}) == {}
