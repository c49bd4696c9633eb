"""What sells faster of late, beyond chance."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.recommendations.trend import trend


def test_a_product_that_clearly_doubled_is_trending_by_less_than_a_doubling() -> None:
    assert 0.5 < trend(recent=400, before=600, recent_days=28, before_days=84) < 1.0


def test_the_surer_the_steeper() -> None:
    few, many = (trend(8 * factor, 4 * factor, 28, 84) for factor in (1, 100))
    assert 0 < few < many < math.log2(6)


def test_a_few_orders_more_are_chance() -> None:
    assert trend(recent=3, before=5, recent_days=28, before_days=84) == 0.0


@pytest.mark.parametrize(("recent", "before"), [(0, 0), (0, 50), (100, 300), (1, 1)])
def test_what_is_steady_falling_or_unsold_does_not_trend(recent: int, before: int) -> None:
    assert trend(recent, before, 28, 84) == 0.0


def test_a_new_product_that_sells_at_once_trends() -> None:
    assert trend(recent=20, before=0, recent_days=28, before_days=84) > 0


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 100), st.integers(1, 400))
def test_a_trend_is_finite_and_never_above_the_observed_one(recent: int, before: int, new: int, old: int) -> None:
    value = trend(recent, before, new, old)
    assert math.isfinite(value)
    assert value >= 0
    if value:
        observed = math.inf if not before else math.log2(recent / new * old / before)
        assert value < observed


@pytest.mark.parametrize("days", [(0, 84), (28, 0), (-1, 84)])
def test_periods_must_be_longer_than_nothing(days: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        trend(1, 1, *days)
