"""Thresholds as an idea: what lacks, what is near, and the cheapest way there."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upsell.bumps.rewards import MOST_UNITS, NEAR_SHARE, NEAR_UNITS, Distance, Way, cheapest_first, units_for

amounts = st.integers(min_value=0, max_value=1_000_000)
needs = st.integers(min_value=1, max_value=1_000_000)
ways = st.builds(
    Way,
    product=st.integers(1, 50),
    units=st.integers(1, 3),
    pays=st.integers(0, 100),
    affinity=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)


@given(have=amounts, need=needs, in_units=st.booleans())
def test_what_is_there_and_what_lacks_make_the_threshold(have: int, need: int, in_units: bool) -> None:
    distance = Distance(have, need, in_units=in_units)
    assert distance.missing == max(0, need - have)
    assert distance.is_reached == (have >= need)
    assert 0 <= distance.share <= 1


@given(have=amounts, need=needs, in_units=st.booleans())
def test_what_is_reached_or_not_begun_is_not_near(have: int, need: int, in_units: bool) -> None:
    if have >= need or have == 0:
        assert not Distance(have, need, in_units=in_units).is_near


@given(have=amounts, need=needs, more=st.integers(0, 1000), in_units=st.booleans())
def test_having_more_never_takes_one_away_from_the_threshold(have: int, need: int, more: int, in_units: bool) -> None:
    before, after = Distance(have, need, in_units=in_units), Distance(have + more, need, in_units=in_units)
    assert after.share <= before.share
    if before.is_near:
        assert after.is_near or after.is_reached


@pytest.mark.parametrize(
    ("distance", "is_near"),
    [
        (Distance(6000, 10000), True),
        (Distance(5999, 10000), False),
        (Distance(1, 4, in_units=True), True),
        (Distance(1, 5, in_units=True), False),
    ],
)
def test_near_is_two_fifths_of_an_amount_or_three_units(distance: Distance, is_near: bool) -> None:
    assert (float(NEAR_SHARE), NEAR_UNITS) == (0.4, 3)
    assert distance.is_near is is_near


@given(missing=needs, counts=needs)
def test_the_units_said_reach_it_and_one_less_would_not(missing: int, counts: int) -> None:
    units = units_for(missing, counts)
    if units is None:
        assert counts * MOST_UNITS < missing
    else:
        assert units * counts >= missing > (units - 1) * counts


@given(missing=st.integers(-10, 10), counts=st.integers(-10, 0))
def test_what_counts_nothing_never_gets_there(missing: int, counts: int) -> None:
    assert units_for(missing, counts) is None


@given(st.lists(ways, unique_by=lambda way: way.product))
def test_nothing_cheaper_stands_behind_and_affinity_settles_ties(found: list[Way]) -> None:
    ordered = cheapest_first(found)
    assert sorted(ordered, key=id) == sorted(found, key=id)
    for first, second in pairwise(ordered):
        assert first.pays <= second.pays
        if first.pays == second.pays:
            assert first.affinity >= second.affinity


@settings(max_examples=50)
@given(st.lists(ways, unique_by=lambda way: way.product), st.randoms())
def test_the_order_in_which_ways_are_found_does_not_matter(found: list[Way], random: object) -> None:
    mixed = list(found)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert cheapest_first(mixed) == cheapest_first(found)
