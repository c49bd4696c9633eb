"""The order of the day on the shelf: seasons, leap days, trends, stock, caps, and that it keeps still within a day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from upsell.bumps.shelf import (
    SHORT_DAYS,
    Good,
    Sales,
    Season,
    StockRule,
    Why,
    arranged,
    cap,
    fit,
    obstacle,
    score,
    turn,
)

days = st.dates(date(2000, 1, 1), date(2103, 12, 31))
month_days = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: day.month * 100 + day.day)
seasons = st.builds(Season, month_days, month_days)
sales = st.builds(
    Sales,
    recent=st.integers(0, 500),
    before=st.integers(0, 5000),
    before_days=st.floats(0, 1000),
    units=st.floats(1, 5),
)
goods = st.builds(
    Good,
    product=st.integers(1, 10**6),
    weight=st.integers(0, 10),
    fit=st.floats(0, 1),
    season=st.none() | seasons,
    rule=st.sampled_from(StockRule),
    sales=sales,
    stock=st.none() | st.integers(0, 10_000),
)


@pytest.mark.parametrize(
    ("first", "last", "day", "holds"),
    [
        (1124, 106, date(2026, 12, 31), True),
        (1124, 106, date(2027, 1, 6), True),
        (1124, 106, date(2027, 1, 7), False),
        (1124, 106, date(2026, 11, 23), False),
        (301, 531, date(2026, 5, 31), True),
        (301, 531, date(2026, 6, 1), False),
        (229, 310, date(2027, 2, 28), False),
        (229, 310, date(2027, 3, 1), True),
        (229, 310, date(2028, 2, 29), True),
        (201, 229, date(2027, 2, 28), True),
        (201, 229, date(2027, 3, 1), False),
        (704, 704, date(2026, 7, 4), True),
    ],
)
def test_a_season_holds_from_its_first_day_through_its_last(first: int, last: int, day: date, holds: bool) -> None:
    assert Season(first, last).holds(day) is holds


@given(seasons, days)
def test_two_seasons_that_share_a_years_days_share_them_all(season: Season, day: date) -> None:
    """What is in season is not in the rest of the year, whichever way the window wraps."""
    after, before = _next(season.last), _previous(season.first)
    assume(after != season.first)  # a season of the whole year has no rest
    assert Season(after, before).holds(day) is not season.holds(day)


@given(seasons, days)
def test_a_season_lasts_until_its_last_day_and_begins_on_its_first(season: Season, day: date) -> None:
    last, first = season.last_day(day), season.first_day(day)
    assert last >= day
    assert first >= day
    if season.holds(day):
        assert season.holds(last) or season.last == 229
        assert all(season.holds(day + timedelta(number)) for number in range((last - day).days + 1))
    else:
        assert season.holds(first)
        assert not any(season.holds(day + timedelta(number)) for number in range((first - day).days))


@given(goods, days)
def test_what_may_not_stand_scores_nothing_and_the_rest_something(good: Good, day: date) -> None:
    assume(good.weight or good.fit > 0.001)
    assume(not (good.rule == StockRule.PROTECT and good.stock == 0 and not good.sales.daily))
    assert (score(good, day) == 0.0) is (obstacle(good, day) is not None)


@given(goods, days, st.integers(1, 300))
def test_selling_faster_than_expected_never_scores_less_with_enough_in_stock(good: Good, day: date, more: int) -> None:
    good = replace(good, stock=None)
    faster = replace(good, sales=replace(good.sales, recent=good.sales.recent + more))
    assert score(faster, day) >= score(good, day)


@given(goods, days, st.integers(1, 1000))
def test_more_stock_never_scores_less(good: Good, day: date, more: int) -> None:
    assume(good.stock is not None)
    assert score(replace(good, stock=(good.stock or 0) + more), day) >= score(good, day)


@given(goods, days, st.integers(1, 5))
def test_more_weight_never_scores_less(good: Good, day: date, more: int) -> None:
    assert score(replace(good, weight=good.weight + more), day) >= score(good, day)


@given(sales)
def test_a_trend_is_bounded_and_said_in_percent_of_its_direction(sold: Sales) -> None:
    assert -1 <= sold.trend <= 1
    assert -63 <= sold.percent <= 172
    assert sold.percent * sold.trend >= 0


def test_twice_the_expected_orders_are_told_from_as_many() -> None:
    assert Sales(recent=20, before=60, before_days=84).percent == 0
    assert Sales(recent=45, before=60, before_days=84).percent == 100
    assert Sales(recent=0, before=0, before_days=0).trend == 0


@given(st.lists(goods, max_size=8, unique_by=lambda good: good.product), days, st.randoms())
def test_the_order_of_a_day_depends_on_nothing_else(found: list[Good], day: date, chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    order = arranged(shuffled, day)
    assert order == arranged(found, day)
    scores = [score(good, day) for good in order]
    assert scores == sorted(scores, reverse=True)


@given(days, st.floats(0, 1), st.integers(1, 10**6))
def test_what_a_merchant_weighs_most_stands_before_what_was_learned(day: date, beside: float, product: int) -> None:
    pick, learned = Good(1, weight=10), Good(product + 1, fit=beside)
    assert arranged([learned, pick], day)[0] is pick


@given(days, st.integers(2, 10**6))
def test_what_goes_best_with_the_basket_stands_before_what_a_merchant_weighs_little(day: date, product: int) -> None:
    pick, learned = Good(1, weight=5), Good(product, fit=1.0)
    assert arranged([learned, pick], day)[0] is learned


def test_near_equals_take_turns_from_day_to_day() -> None:
    twins = [Good(product, weight=5) for product in (1, 2, 3)]
    begin = date(2026, 11, 22)
    first = {arranged(twins, begin + timedelta(number))[0].product for number in range(30)}
    assert first == {1, 2, 3}
    assert turn(1, begin) != turn(1, begin + timedelta(1))


@given(st.integers(0, 10**7), st.floats(0, 1), st.integers(0, 10**5))
def test_the_cap_is_a_share_of_the_basket_and_at_least_the_floor(value: int, share: float, floor: int) -> None:
    assert cap(value, share, floor) >= floor
    assert cap(value, share, floor) <= max(floor, value)
    assert cap(value + 100, share, floor) >= cap(value, share, floor)


def test_the_cap_of_a_basket_of_eighty_is_twelve() -> None:
    assert cap(8000, 0.15, 500) == 1200
    assert cap(2000, 0.15, 500) == 500


def test_what_would_run_out_within_a_week_is_spared_unless_told_otherwise() -> None:
    selling = Sales(recent=28)
    day = date(2026, 11, 22)
    assert obstacle(Good(1, 5, sales=selling, stock=SHORT_DAYS - 1), day) == Why.SCARCE
    assert obstacle(Good(1, 5, sales=selling, stock=SHORT_DAYS), day) is None
    for rule in (StockRule.NONE, StockRule.CLEAR):
        assert obstacle(Good(1, 5, sales=selling, stock=1, rule=rule), day) is None
    plenty, little = (Good(1, 5, sales=selling, stock=stock, rule=StockRule.CLEAR) for stock in (120, 20))
    assert score(plenty, day) > score(little, day)


@given(st.floats(0, 100), st.floats(0, 100), st.none() | st.integers(1, 10**6))
def test_fit_lies_between_nothing_and_all(affinity: float, more: float, rank: int | None) -> None:
    assert 0 <= fit(affinity, affinity + more, rank) <= 1


def _next(month_day: int) -> int:
    return _moved(month_day, 1)


def _previous(month_day: int) -> int:
    return _moved(month_day, -1)


def _moved(month_day: int, days_on: int) -> int:
    moved = date(2024, *divmod(month_day, 100)) + timedelta(days_on)
    return moved.month * 100 + moved.day
