"""What a basket was granted is told unit by unit, and comes back from plain data as it was."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upsell.offers.base import Candidate, Family, Kind, Reward, RewardKind, Selection, Slot, Terms
from upsell.offers.granted import Granted, GrantedLine, Units, from_json, to_json, units_of
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import (
    AmountOff,
    Applied,
    Bogo,
    Line,
    Mix,
    PercentOff,
    Plan,
    QuantityBreaks,
    Rule,
    Selector,
    SetPrice,
)

ANYTHING = Selector(everything=True)
REWARDS = st.one_of(
    st.builds(PercentOff, st.integers(0, 10_000)),
    st.builds(AmountOff, st.integers(1, 900)),
    st.builds(SetPrice, st.integers(0, 900)),
)


def selectors() -> st.SearchStrategy[Selector]:
    return st.builds(Selector, products=st.frozensets(st.sampled_from("abcd"), min_size=1))


def rules(name: str) -> st.SearchStrategy[Rule]:
    breaks = st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True).map(
        lambda units: tuple((unit, 1_000 * (place + 1)) for place, unit in enumerate(sorted(units)))
    )
    return st.one_of(
        st.builds(Mix, id=st.just(name), selector=selectors(), units=st.integers(1, 4), reward=REWARDS),
        st.builds(QuantityBreaks, id=st.just(name), selector=selectors(), breaks=breaks),
        st.builds(
            Bogo,
            id=st.just(name),
            buy=selectors(),
            buy_units=st.integers(1, 2),
            get=selectors(),
            get_units=st.integers(1, 2),
            basis_points=st.sampled_from([3_333, 5_000, 10_000]),
            cheaper=st.booleans(),
        ),
    )


BASKETS = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 1_500)), min_size=1, max_size=4).map(
    lambda lines: [
        Line(id=f"{place}", product="abcd"[place], quantity=quantity, price=price)
        for place, (quantity, price) in enumerate(lines)
    ]
)


@settings(max_examples=300, deadline=None)
@given(BASKETS, st.integers(1, 3).flatmap(lambda count: st.tuples(*(rules(str(n + 1)) for n in range(count)))))
def test_units_hold_every_unit_taken_once_and_sum_to_the_discount(lines: list[Line], found: tuple[Rule, ...]) -> None:
    plan = solve(lines, found)
    for applied in plan.applied:
        told = units_of(applied)
        assert sum(units.quantity * units.part for units in told) == applied.discount
        assert all(units.quantity > 0 and units.part >= 0 for units in told)
        by_place = {(units.slot, units.line): 0 for units in told}
        for units in told:
            by_place[units.slot, units.line] += units.quantity
        used = {(slot, line): count for slot, lines in applied.use.items() for line, count in lines.items() if count}
        assert by_place == used


def test_where_one_line_is_bought_and_got_the_units_got_have_the_discount() -> None:
    rule = Bogo(id="1", buy=ANYTHING, buy_units=2, get=ANYTHING, get_units=1, basis_points=10_000)
    [applied] = solve([Line("7", "a", 7, 300)], [rule]).applied
    assert units_of(applied) == [Units("7", "get", 2, 300), Units("7", "buy", 4, 0)]


def test_units_that_differ_by_a_cent_are_told_apart() -> None:
    rule = Mix(id="1", selector=ANYTHING, units=3, reward=SetPrice(1_000))
    [applied] = solve([Line("7", "a", 3, 400)], [rule]).applied
    assert units_of(applied) == [Units("7", "any", 2, 67), Units("7", "any", 1, 66)]


def test_units_that_do_not_sum_to_the_discount_are_refused() -> None:
    with pytest.raises(ValueError, match="do not sum"):
        units_of(Applied("1", 5, 1, {"any": {"7": 1}}, {"7": 5}, {"7": (4,)}))
    with pytest.raises(ValueError, match="zip"):
        units_of(Applied("1", 5, 1, {"any": {"7": 1}}, {"7": 5}, {"7": (3, 2)}))


TERMS = Terms(
    kind=Kind.MIX,
    slots=(Slot("any", Selection(products=frozenset({3, 4}), without=frozenset({5})), 3),),
    reward=Reward(RewardKind.PRICE, Decimal("9.50")),
)
OFFER = Candidate(
    id=11,
    version=4,
    type="bundle",
    family=Family.BUNDLE,
    name="Three for 9.50",
    text="Mix them.",
    terms=TERMS,
    currency="GBP",
    lane=2,
    limit=3,
    limited_by="basket",
    ends_at=datetime(2026, 12, 24, tzinfo=UTC),
    translations={"ja": {"name": "3点で"}},
)


def granted(plan: Plan) -> Granted:
    return Granted("GBP", True, (GrantedLine("7", 3, 3), GrantedLine("8", 9, 1)), {11: OFFER}, plan)


def test_it_comes_back_from_plain_data_as_it_was() -> None:
    rule = Mix(id="11", selector=ANYTHING, units=3, reward=SetPrice(950))
    before = granted(solve([Line("7", "3", 3, 400)], [rule]))
    assert before.plan.total == 250
    assert from_json(json.loads(json.dumps(to_json(before)))) == before


def test_offers_come_by_family_in_ascending_order() -> None:
    applied = tuple(Applied(name, 0, 1, {}, {}, {}) for name in ("30", "4", "11"))
    candidates = {
        key: Candidate(key, 1, "bundle", family, "Name", "", TERMS, "GBP")
        for key, family in ((30, Family.BUNDLE), (4, Family.BUNDLE), (11, Family.BUMP))
    }
    found = Granted("GBP", True, (), candidates, Plan(0, 0, True, applied))
    assert [candidate.id for candidate, _ in found.of("bundle")] == [4, 30]
    assert [candidate.id for candidate, _ in found.of("bump")] == [11]
    assert found.of("upgrade") == []
