"""Proposed prices keep floors, end tidily and pay; suggestions do not repeat each other."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.bundles.suggestions import (
    MOST_SHARING,
    STEPS,
    Assumptions,
    Goods,
    Proposal,
    Together,
    choose,
    expect,
    is_news,
    prices,
    propose,
    tidy_unit,
)

ASSUMED = Assumptions()


def pair(orders: int = 120, without: tuple[int, ...] = (500, 500)) -> Together:
    return Together(tuple(range(1, len(without) + 1)), orders, orders / 5, orders + min(without), without)


@st.composite
def goods(draw: st.DrawFn) -> Goods:
    price = draw(st.integers(1, 300_000))
    return Goods(price, draw(st.none() | st.integers(0, price)))


@st.composite
def sets(draw: st.DrawFn) -> tuple[Together, list[Goods]]:
    sold = draw(st.lists(goods(), min_size=2, max_size=4))
    without = tuple(draw(st.integers(0, 5000)) for _product in sold)
    return pair(draw(st.integers(10, 900)), without), sold


@st.composite
def assumptions(draw: st.DrawFn) -> Assumptions:
    return Assumptions(draw(st.floats(0, 20)), draw(st.floats(0, 100)))


# --- the price --------------------------------------------------------------------------------------------------------


@given(sets(), assumptions(), st.floats(0.01, 500))
def test_a_proposed_price_keeps_its_promises(
    offered: tuple[Together, list[Goods]], assumed: Assumptions, a_month: float
) -> None:
    together, sold = offered
    proposal = propose(together, sold, a_month=a_month, assumptions=assumed)
    if proposal is None:
        return
    assert proposal.total == sum(one.price for one in sold)
    assert sum(one.floor or 0 for one in sold) <= proposal.price < proposal.total
    assert 0 < proposal.saving <= min(one.price for one in sold) / 2
    assert proposal.gain > 0
    assert proposal.price % tidy_unit(proposal.total) == 0
    assert (proposal.more, proposal.gain) == expect(
        together, sold, saving=proposal.saving, a_month=a_month, assumptions=assumed
    )


@given(sets(), st.floats(0.01, 500))
def test_no_other_price_would_have_a_higher_gain(offered: tuple[Together, list[Goods]], a_month: float) -> None:
    together, sold = offered
    proposal = propose(together, sold, a_month=a_month, assumptions=ASSUMED)
    total, least = sum(one.price for one in sold), sum(one.floor or 0 for one in sold)
    for price in prices(total):
        saving = total - price
        _more, gain = expect(together, sold, saving=saving, a_month=a_month, assumptions=ASSUMED)
        if price >= least and 2 * saving <= min(one.price for one in sold) and gain > 0:
            assert proposal is not None
            assert proposal.gain >= gain


@given(st.integers(1, 10**9))
def test_prices_are_tidy_and_fall(total: int) -> None:
    offered = list(prices(total))
    unit = tidy_unit(total)
    assert offered == sorted(set(offered), reverse=True)
    assert all(0 < price < total and price % unit == 0 for price in offered)
    for price in offered:
        assert min(abs(price - total * (100 - step) / 100) for step in STEPS) <= unit / 2


@given(st.integers(1, 10**9))
def test_the_unit_is_the_largest_of_its_kind(total: int) -> None:
    units = sorted([10**power for power in range(10)] + [5 * 10**power for power in range(10)])
    assert tidy_unit(total) == max([unit for unit in units if 100 * unit <= total], default=1)


@pytest.mark.parametrize(
    ("total", "offered"),
    [
        (3532, [3430, 3360, 3180, 3000]),  # 35.32, and 3,532 yen alike
        (7000, [6800, 6650, 6300, 5950]),
        (50, [49, 48, 45, 43]),
        (10, [9]),
        (1, []),
    ],
)
def test_prices_of_the_explanation(total: int, offered: list[int]) -> None:
    assert list(prices(total)) == offered


# --- the gain ---------------------------------------------------------------------------------------------------------


def test_the_worked_example_of_the_explanation() -> None:
    """A costs 50.00 and B 20.00; together 10 times a month; for 66.50."""
    sold = [Goods(5000), Goods(2000)]
    more, gain = expect(pair(), sold, saving=350, a_month=10.0, assumptions=ASSUMED)
    assert more == pytest.approx(1.05 + 2.625)
    assert gain == pytest.approx(463.75)
    proposal = propose(pair(), sold, a_month=10.0, assumptions=ASSUMED)
    assert proposal is not None
    assert (proposal.price, proposal.gain) == (6800, pytest.approx(580))


def test_nobody_is_expected_who_is_not_there() -> None:
    """All who buy one buy the other: there is nobody left to win, and the discount only costs."""
    more, gain = expect(pair(without=(0, 0)), [Goods(5000), Goods(2000)], saving=350, a_month=10.0, assumptions=ASSUMED)
    assert (more, gain) == (0.0, -3500.0)
    assert propose(pair(without=(0, 0)), [Goods(5000), Goods(2000)], a_month=10.0, assumptions=ASSUMED) is None


def test_a_margin_that_no_response_makes_up_for_suggests_nothing() -> None:
    for assumed in (Assumptions(response=3, margin=33), Assumptions(response=1, margin=100)):
        assert propose(pair(), [Goods(5000), Goods(5000)], a_month=10.0, assumptions=assumed) is None


def test_a_floor_is_the_margin_that_counts() -> None:
    """With a floor at 90 percent of the price ten percent are earned, whatever is assumed."""
    sold = [Goods(5000, 4500), Goods(5000, 4500)]
    assert sold[0].margin(ASSUMED) == 500
    assert propose(pair(), sold, a_month=10.0, assumptions=ASSUMED) is None
    free = [Goods(5000, 0), Goods(5000, 0)]
    assert free[0].margin(ASSUMED) == 5000
    assert propose(pair(), free, a_month=10.0, assumptions=ASSUMED) is not None


def test_a_set_never_costs_less_than_its_floors_together() -> None:
    """One product may not get cheaper by a penny, the other one by 2.00: more than that is not proposed."""
    proposal = propose(pair(), [Goods(5000, 5000), Goods(5000, 100)], a_month=10.0, assumptions=Assumptions(20, 50))
    assert proposal is not None
    tight = propose(pair(), [Goods(5000, 5000), Goods(5000, 4800)], a_month=10.0, assumptions=Assumptions(20, 50))
    assert tight is None


# --- choosing ---------------------------------------------------------------------------------------------------------


def proposal_of(products: tuple[int, ...], gain: float) -> Proposal:
    together = Together(products, 50, 10.0, 60, tuple(9 for _product in products))
    return Proposal(together, 1000, 950, 4.0, 1.0, gain)


proposals = st.lists(
    st.tuples(st.sets(st.integers(1, 8), min_size=2, max_size=4), st.floats(0.1, 1000)), max_size=30
).map(lambda found: [proposal_of(products, gain) for products, gain in {tuple(sorted(p)): g for p, g in found}.items()])


@given(proposals, st.integers(1, 12), st.lists(st.sets(st.integers(1, 8), min_size=2, max_size=3), max_size=3))
def test_what_is_chosen_does_not_repeat_itself(offered: list[Proposal], most: int, taken: list[set[int]]) -> None:
    chosen = choose(offered, most=most, taken=[sorted(one) for one in taken])
    assert len(chosen) <= most
    assert [one.gain for one in chosen] == sorted((one.gain for one in chosen), reverse=True)
    own = [set(one.together.products) for one in chosen]
    before = Counter(product for one in taken for product in one)
    after = before + Counter(product for one in own for product in one)
    assert all(after[product] <= max(MOST_SHARING, before[product]) for product in after)
    for place, one in enumerate(own):
        assert not any(one <= other or other <= one for other in [*own[:place], *taken])


@given(proposals, st.integers(1, 12))
def test_the_same_is_chosen_in_whatever_order(offered: list[Proposal], most: int) -> None:
    assert choose(offered, most=most) == choose(offered[::-1], most=most)


def test_what_is_unwanted_stands_in_nobodys_way() -> None:
    offered = [proposal_of((1, 2), 9.0), proposal_of((1, 3), 8.0), proposal_of((1, 4), 7.0)]
    assert choose(offered, most=5, unwanted=[(2, 1)]) == offered[1:]
    assert choose(offered, most=5) == offered[:2]


def test_places_are_kept_for_larger_sets() -> None:
    pairs = [proposal_of((2 * number, 2 * number + 1), 100.0 - number) for number in range(10)]
    larger = proposal_of((90, 91, 92), 1.0)
    assert choose([*pairs, larger], most=4) == [*pairs[:3], larger]
    assert choose(pairs, most=4) == pairs[:4]


@pytest.mark.parametrize(("dismissed_at", "back_at"), [(0, 10), (10, 20), (20, 30), (21, 32), (143, 215), (1000, 1500)])
def test_a_dismissed_set_comes_back_when_it_has_grown(dismissed_at: int, back_at: int) -> None:
    assert is_news(back_at, dismissed_at)
    assert not is_news(back_at - 1, dismissed_at)
    assert back_at == dismissed_at + max(10, math.ceil(dismissed_at / 2))
