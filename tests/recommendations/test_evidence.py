"""Confidence, lift and their intervals: against the definitions, and in the one example the explanation gives."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.recommendations.evidence import Evidence, reliable, wilson


@st.composite
def counts(draw: st.DrawFn) -> Evidence:
    """Counts that can be true: no more orders together than either product has."""
    orders = draw(st.integers(1, 10**7))
    product, neighbour = draw(st.integers(1, orders)), draw(st.integers(1, orders))
    together = draw(st.integers(max(0, product + neighbour - orders), min(product, neighbour)))
    return Evidence(together, product, neighbour, orders)


def test_the_example_of_the_explanation() -> None:
    evidence = Evidence(together=37, product_orders=412, neighbour_orders=210, orders=19_773)
    assert round(evidence.confidence, 3) == 0.090
    assert [round(end, 3) for end in evidence.confidence_interval] == [0.066, 0.121]
    assert round(evidence.lift, 1) == 8.5
    assert [round(end, 1) for end in evidence.lift_interval] == [6.2, 11.4]
    assert not evidence.is_thin
    assert not evidence.is_substitute_like


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_the_ends_of_a_wilson_interval_solve_its_equation(successes: int, trials: int) -> None:
    """The ends are the shares p at which the observed share lies 1.96 standard errors away."""
    successes = min(successes, trials)
    share = successes / trials
    low, high = wilson(successes, trials)
    assert 0 <= low <= share <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            distance = 1.959963984540054 * math.sqrt(end * (1 - end) / trials)
            assert abs(share - end) == pytest.approx(distance, rel=1e-4, abs=1e-9)


@given(counts())
def test_intervals_hold_their_estimate(evidence: Evidence) -> None:
    low, high = evidence.lift_interval
    assert low <= evidence.lift * (1 + 1e-9)
    assert high >= evidence.lift * (1 - 1e-9)


@given(counts())
def test_many_rows_at_once_are_judged_as_one_is(evidence: Evidence) -> None:
    columns = (evidence.together, evidence.product_orders, evidence.neighbour_orders)
    judged = reliable(*(np.array([column]) for column in columns), evidence.orders)
    assert judged.tolist() == [not evidence.is_thin]


@pytest.mark.parametrize(
    ("evidence", "thin"),
    [
        (Evidence(0, 50, 50, 1000), True),
        (Evidence(2, 2, 2, 100_000), True),  # always together, but only twice
        (Evidence(3, 3, 3, 100_000), False),
        (Evidence(25, 50, 500, 1000), True),  # as often as by chance
        (Evidence(3, 3, 3, 3), True),  # everybody buys both
    ],
)
def test_thin_is_what_a_handful_of_orders_or_chance_explains(evidence: Evidence, thin: bool) -> None:
    assert evidence.is_thin is thin


def test_products_that_shun_each_other_look_like_substitutes() -> None:
    assert Evidence(1, 500, 500, 2000).is_substitute_like
    assert not Evidence(0, 3, 3, 2000).is_substitute_like  # too few to tell


@pytest.mark.parametrize("nothing", [Evidence(0, 0, 0, 0), Evidence(0, 0, 5, 10), Evidence(0, 5, 0, 10)])
def test_without_orders_nothing_is_claimed(nothing: Evidence) -> None:
    assert nothing.confidence == nothing.lift == 0.0
    assert nothing.is_thin
    assert not nothing.is_substitute_like
