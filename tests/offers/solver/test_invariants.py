"""What must hold for every basket; a few examples on every run, thousands in the slow tests."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.offers.solver import oracle
from tests.offers.solver.baskets import Basket, baskets, headroom, lines, rules
from upsell.offers.solver import highs
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import Plan

EXAMPLES = 40
MANY = 2_000

Holds = Callable[[Any], None]


def untouched(plan: Plan, basket: Basket) -> None:
    """Check a plan against the rules read plainly: shapes, sums, limits."""
    own, given_rules = basket
    place = {line.id: number for number, line in enumerate(own)}
    by_id = {rule.id: rule for rule in given_rules}
    used = [0] * len(own)
    for entry in plan.applied:
        use = {slot: {place[i]: n for i, n in chosen.items()} for slot, chosen in entry.use.items()}
        assert entry.discount > 0
        assert oracle.worth(by_id[entry.rule_id], own, use) == entry.discount
        assert sum(entry.lines.values()) == entry.discount
        for line_id, parts in entry.units.items():
            line = own[place[line_id]]
            assert sum(parts) == entry.lines[line_id]
            assert len(parts) == sum(chosen.get(line_id, 0) for chosen in entry.use.values())
            assert all(0 <= part <= line.headroom for part in parts)
            assert list(parts) == sorted(parts, reverse=True)
            used[place[line_id]] += len(parts)
    assert all(units <= line.quantity for units, line in zip(used, own, strict=True))
    assert plan.total == sum(entry.discount for entry in plan.applied) == sum(plan.line_discounts.values())
    assert plan.bound >= plan.total
    assert plan.optimal == (plan.bound == plan.total)


def the_total_is_the_best_there_is_and_proven(basket: Basket) -> None:
    plan = solve(*basket)
    untouched(plan, basket)
    assert plan.optimal
    assert plan.total == oracle.best(*basket)


def a_bound_is_honest_without_a_solver(basket: Basket) -> None:
    plan = solve(*basket, use_mip=False)
    untouched(plan, basket)
    assert plan.total <= solve(*basket).total <= plan.bound


def a_bound_is_honest_when_time_is_up_at_once(basket: Basket) -> None:
    plan = solve(*basket, budget=0.0)
    untouched(plan, basket)
    assert plan.total <= solve(*basket).total <= plan.bound


def a_bound_is_honest_for_a_basket_over_the_cap(basket: Basket) -> None:
    plan = solve(*basket, most_lines=0)
    untouched(plan, basket)
    assert plan.total <= solve(*basket).total <= plan.bound


def order_does_not_matter(basket: Basket) -> None:
    own, given_rules = basket
    assert solve(own[::-1], given_rules[::-1]) == solve(own, given_rules)


def splitting_a_line_changes_no_total(basket: Basket) -> None:
    (first, *others), given_rules = basket
    halves = [replace(first, quantity=first.quantity - 1), replace(first, id="L0-b", quantity=1)]
    assert solve([*halves, *others], given_rules).total == solve(*basket).total


def one_more_unit_never_lowers_the_total(basket: Basket) -> None:
    (first, *others), given_rules = basket
    more = replace(first, quantity=first.quantity + 1)
    assert solve([more, *others], given_rules).total >= solve(*basket).total


def one_rule_fewer_never_raises_the_total(basket: Basket) -> None:
    own, given_rules = basket
    assert solve(own, given_rules[1:]).total <= solve(own, given_rules).total


def a_lower_floor_never_lowers_the_total(basket: Basket) -> None:
    own, given_rules = basket
    lower = [replace(line, floor=line.floor // 2) for line in own]
    assert solve(*basket).total <= solve(lower, given_rules).total <= headroom(lower)


def a_higher_lane_does_not_know_of_lower_ones(basket: Basket) -> None:
    own, given_rules = basket
    first, *others = given_rules
    high = replace(first, lane=1)
    plan = solve(own, [high, *others])
    untouched(plan, (own, [high, *others]))
    alone = solve(own, [high])
    assert plan.of(high.id) == alone.of(high.id)
    assert plan.total <= solve(own, given_rules).total


BASKETS: list[Holds] = [
    the_total_is_the_best_there_is_and_proven,
    a_bound_is_honest_without_a_solver,
    a_bound_is_honest_when_time_is_up_at_once,
    a_bound_is_honest_for_a_basket_over_the_cap,
    order_does_not_matter,
    splitting_a_line_changes_no_total,
    one_more_unit_never_lowers_the_total,
    one_rule_fewer_never_raises_the_total,
    a_lower_floor_never_lowers_the_total,
    a_higher_lane_does_not_know_of_lower_ones,
]


@pytest.mark.parametrize("holds", BASKETS)
def test_it_holds(holds: Holds) -> None:
    settings(max_examples=EXAMPLES, deadline=None)(given(baskets(most_rules=3))(holds))()


@pytest.mark.thorough
@pytest.mark.parametrize("holds", BASKETS)
def test_it_holds_in_thousands_of_baskets(holds: Holds) -> None:
    settings(max_examples=MANY, deadline=None)(given(baskets())(holds))()


def two_baskets_give_no_more_than_both_in_one(case: tuple[Any, Any, Any]) -> None:
    one, other, given_rules = case
    both = [*one, *other]
    assert solve(both, given_rules).total >= solve(one, given_rules).total + solve(other, given_rules).total


UNCAPPED = st.tuples(lines("A"), lines("B"), st.tuples(*(rules(number, capped=False) for number in range(3))).map(list))


def test_two_baskets_give_no_more_than_both_in_one() -> None:
    settings(max_examples=EXAMPLES, deadline=None)(given(UNCAPPED)(two_baskets_give_no_more_than_both_in_one))()


@pytest.mark.thorough
def test_thousands_of_pairs_of_baskets_give_no_more_than_both_in_one() -> None:
    settings(max_examples=MANY, deadline=None)(given(UNCAPPED)(two_baskets_give_no_more_than_both_in_one))()


@pytest.fixture
def _public_solver_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "_binding", lambda: None)


@pytest.mark.usefixtures("_public_solver_only")
def test_scipys_public_function_finds_the_same_totals() -> None:
    settings(max_examples=EXAMPLES, deadline=None)(
        given(baskets(most_rules=3))(the_total_is_the_best_there_is_and_proven)
    )()


@pytest.mark.thorough
def test_a_bound_is_honest_whenever_time_runs_out() -> None:
    def whenever(case: tuple[Basket, int]) -> None:
        basket, ticks = case
        moments = iter(range(10**6))
        plan = solve(*basket, budget=ticks, clock=lambda: float(next(moments)))
        untouched(plan, basket)
        assert plan.total <= solve(*basket).total <= plan.bound

    settings(max_examples=MANY, deadline=None)(given(st.tuples(baskets(), st.integers(0, 12)))(whenever))()
