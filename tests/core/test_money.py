"""Money is rounded once, half up, and split without losing any of it."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upsell.core.money import even_split, percent_of, round_half_up, split

EXAMPLES = 300
SLOW_EXAMPLES = 2_000
AMOUNTS = st.integers(0, 10**7)


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    """An amount, weights, and caps that can hold it."""
    places = draw(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), min_size=1, max_size=8))
    caps = [cap for _, cap in places]
    return draw(st.integers(0, sum(caps))), [weight for weight, _ in places], caps


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"), [(0, 1, 0), (1, 2, 1), (3, 2, 2), (5, 2, 3), (49, 100, 0), (149, 100, 1)]
)
def test_halves_are_rounded_up(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 2), (1, 0), (1, -2)])
def test_what_cannot_be_rounded_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="rounded"):
        round_half_up(numerator, denominator)


@settings(max_examples=EXAMPLES)
@given(AMOUNTS, st.integers(0, 10_000))
def test_a_percentage_is_within_half_a_unit_of_the_exact_one(amount: int, basis_points: int) -> None:
    exact = Fraction(amount * basis_points, 10_000)
    assert -Fraction(1, 2) < percent_of(amount, basis_points) - exact <= Fraction(1, 2)


def parts_sum_and_keep_to_their_caps(case: tuple[int, list[int], list[int]]) -> None:
    total, weights, caps = case
    parts = split(total, weights, caps)
    assert sum(parts) == total
    assert all(0 <= part <= cap for part, cap in zip(parts, caps, strict=True))


def without_caps_a_part_is_within_one_of_its_exact_share(case: tuple[int, list[int], list[int]]) -> None:
    total, weights, _ = case
    parts = split(total, weights, [total] * len(weights))
    whole = sum(weights)
    exact = [Fraction(total * weight, whole) if whole else Fraction(total, len(weights)) for weight in weights]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


SPLITS = [parts_sum_and_keep_to_their_caps, without_caps_a_part_is_within_one_of_its_exact_share]


@pytest.mark.parametrize("holds", SPLITS)
def test_a_split_is_fair_and_loses_nothing(holds) -> None:
    settings(max_examples=EXAMPLES)(given(shares())(holds))()


@pytest.mark.thorough
@pytest.mark.parametrize("holds", SPLITS)
def test_a_split_is_fair_and_loses_nothing_in_many_cases(holds) -> None:
    settings(max_examples=SLOW_EXAMPLES)(given(shares())(holds))()


def test_a_larger_amount_can_shrink_a_part() -> None:
    assert split(10, [6, 6, 2], [99, 99, 99]) == [4, 4, 2]
    assert split(11, [6, 6, 2], [99, 99, 99]) == [5, 5, 1]


def test_equal_remainders_go_to_the_earlier_part() -> None:
    assert split(1, [5, 5], [9, 9]) == [1, 0]


def test_what_a_full_part_cannot_hold_is_shared_again() -> None:
    assert split(10, [8, 1, 1], [2, 10, 10]) == [2, 4, 4]


def test_nothing_has_weight_so_all_weigh_alike() -> None:
    assert split(5, [0, 0], [9, 9]) == [3, 2]


@pytest.mark.parametrize(("total", "weights", "caps"), [(5, [1], [4]), (-1, [1], [4]), (1, [1, 2], [4])])
def test_what_does_not_fit_is_refused(total: int, weights: list[int], caps: list[int]) -> None:
    with pytest.raises(ValueError, match="shared"):
        split(total, weights, caps)


@given(AMOUNTS, st.integers(1, 50))
def test_units_of_a_line_share_evenly_and_the_first_get_the_rest(total: int, count: int) -> None:
    parts = even_split(total, count)
    assert sum(parts) == total
    assert len(parts) == count
    assert list(parts) == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1
