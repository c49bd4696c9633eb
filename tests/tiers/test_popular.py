"""The mark "most popular" is given only to what surely leads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.recommendations.evidence import wilson
from upsell.tiers.popular import ENOUGH_ORDERS, most_popular

orders = st.dictionaries(st.integers(1, 6), st.integers(0, 400), max_size=6)


@given(orders)
def test_who_is_marked_has_most_orders_enough_of_them_and_a_sure_lead(found: dict[int, int]) -> None:
    marked = most_popular(found)
    if marked is None:
        return
    others = [count for tier, count in found.items() if tier != marked]
    assert found[marked] > max(others)
    assert found[marked] >= ENOUGH_ORDERS
    assert all(wilson(found[marked], found[marked] + count)[0] > 0.5 for count in others)


@given(orders, st.integers(1, 400))
def test_more_orders_of_the_leader_never_take_the_mark_away(found: dict[int, int], more: int) -> None:
    marked = most_popular(found)
    if marked is not None:
        assert most_popular({**found, marked: found[marked] + more}) == marked


@pytest.mark.parametrize(
    ("found", "marked"),
    [
        ({}, None),
        ({1: 1000}, None),
        ({1: 40, 2: 12}, 1),
        ({1: 30, 2: 28}, None),
        ({1: 9, 2: 0}, None),
        ({1: 10, 2: 0}, 1),
        ({1: 5, 2: 500, 3: 420}, 2),
    ],
)
def test_examples(found: dict[int, int], marked: int | None) -> None:
    assert most_popular(found) == marked
