"""Every rule gets a true reason, and what one more unit would change is told exactly."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.offers.solver.baskets import Basket, baskets, lines
from upsell.offers.solver.additions import affected, best_addition, progress, worth_of
from upsell.offers.solver.explain import Reason, Verdict, explain
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Bump,
    Fixed,
    Line,
    Mix,
    PercentOff,
    Plan,
    QuantityBreaks,
    Rule,
    Selector,
    SetPrice,
    Upgrade,
)

A, B, C = Line("a", "a", 1, 1000), Line("b", "b", 1, 900), Line("c", "c", 1, 800)


def of(*products: str) -> Selector:
    return Selector(products=frozenset(products))


def together(name: str, off: int, *products: str, limit: int | None = None, lane: int = 0) -> Fixed:
    return Fixed(name, dict.fromkeys(products, 1), AmountOff(off), limit, lane)


def verdict(name: str, own: list[Line], *rules: Rule) -> Verdict:
    return next(one for one in explain(own, rules, solve(own, rules)) if one.rule_id == name)


def test_an_applied_rule_says_so() -> None:
    found = verdict("ab", [A, B], together("ab", 400, "a", "b", limit=1))
    assert found == Verdict("ab", Reason.APPLIED, discount=400, applications=1, at_limit=True)


@pytest.mark.parametrize(
    ("rule", "lacking"),
    [
        (Fixed("r", {"a": 2, "c": 1}, AmountOff(5)), {"c:a": 1, "c:c": 1}),
        (Mix("r", of("a", "b"), 3, SetPrice(1)), {"any": 1}),
        (QuantityBreaks("r", of("a"), ((3, 500), (5, 900))), {"any": 2}),
        (Bogo("r", of("a"), 1, of("a"), 1, 5_000), {"get": 1}),
        (Bogo("r", of("c"), 1, of("a"), 1, 5_000), {"buy": 1}),
        (Bump("r", of("a"), 2, 1, of("b"), AmountOff(5)), {"trigger": 1}),
        (Bump("r", of("a"), 1, 1, of("c"), AmountOff(5)), {"add": 1}),
        (Upgrade("r", of("c"), AmountOff(5), 1), {"add": 1}),
    ],
)
def test_a_rule_says_what_it_lacks(rule: Rule, lacking: dict[str, int]) -> None:
    assert verdict("r", [A, B], rule) == Verdict("r", Reason.MISSING, lacking=lacking)


def test_a_rule_names_those_that_hold_its_units() -> None:
    found = verdict("bc", [A, B, C], together("ab", 400, "a", "b"), together("bc", 300, "b", "c"))
    assert found == Verdict("bc", Reason.USED_ELSEWHERE, held_by=("ab",))


def test_a_rule_that_a_higher_lane_deprives_says_so() -> None:
    found = verdict("bc", [A, B, C], together("ab", 4, "a", "b", lane=1), together("bc", 300, "b", "c"))
    assert found == Verdict("bc", Reason.LANE, held_by=("ab",))


@pytest.mark.parametrize(
    "rule",
    [
        together("r", 5, "a", limit=0),
        Upgrade("r", of("a"), AmountOff(5), 0),
        Bump("r", of("b"), 1, 0, of("a"), AmountOff(5)),
    ],
)
def test_a_rule_without_allowance_says_so(rule: Rule) -> None:
    assert verdict("r", [A, B], rule).reason is Reason.LIMIT


def test_a_rule_with_nothing_to_give_says_so() -> None:
    assert verdict("r", [A, B], Fixed("r", {"a": 1, "b": 1}, SetPrice(1900))).reason is Reason.NO_GAIN
    floored = Line("a", "a", 1, 1000, floor=1000)
    assert verdict("r", [floored], Fixed("r", {"a": 1}, PercentOff(500))).reason is Reason.NO_GAIN


def test_a_rule_that_time_left_out_says_so() -> None:
    plan = Plan(total=0, bound=400, optimal=False, applied=())
    assert explain([A, B], [together("ab", 400, "a", "b")], plan)[0].reason is Reason.NOT_PROVEN


def a_proven_plan_leaves_no_rule_unproven(basket: Basket) -> None:
    own, rules = basket
    plan = solve(own, rules)
    found = explain(own, rules, plan)
    assert [one.rule_id for one in found] == sorted(rule.id for rule in rules)
    for one in found:
        assert one.reason not in {Reason.NOT_PROVEN, Reason.LANE}
        assert (one.reason is Reason.APPLIED) == (plan.of(one.rule_id) is not None)
        assert bool(one.lacking) == (one.reason is Reason.MISSING)
        assert bool(one.held_by) == (one.reason is Reason.USED_ELSEWHERE)


def what_is_affected_is_all_that_changes(case: tuple[Basket, Any]) -> None:
    (own, rules), extra = case
    more = extra[:1]
    exact = solve([*own, *more], rules).total - solve(own, rules).total
    assert worth_of(own, rules, more[0]) == exact
    assert {rule.id for rule in affected(own, rules, more)} <= {rule.id for rule in rules}


EXPLAINED: list[tuple[Any, Any]] = [
    (a_proven_plan_leaves_no_rule_unproven, baskets(most_rules=3)),
    (what_is_affected_is_all_that_changes, st.tuples(baskets(), lines("X"))),
]


@pytest.mark.parametrize(("holds", "cases"), EXPLAINED)
def test_it_holds(holds: Any, cases: Any) -> None:
    settings(max_examples=60, deadline=None)(given(cases)(holds))()


@pytest.mark.thorough
@pytest.mark.parametrize(("holds", "cases"), EXPLAINED)
def test_it_holds_in_thousands_of_baskets(holds: Any, cases: Any) -> None:
    settings(max_examples=2_000, deadline=None)(given(cases)(holds))()


def test_the_addition_that_makes_the_basket_cheaper_comes_first() -> None:
    rules = [Mix("any", of("a", "b", "c"), 3, SetPrice(1000)), together("ad", 50, "a", "d")]
    offered = [Line("1", "d", 1, 100), Line("2", "c", 1, 800), Line("3", "x", 1, 10)]
    found = best_addition([A, B], rules, offered)
    assert [(one.line.id, one.discount, one.paid) for one in found] == [("2", 1700, -900), ("1", 50, 50), ("3", 0, 10)]
    assert all(one.proven for one in found)


def test_an_addition_can_trigger_what_lies_in_the_basket() -> None:
    rule = Bump("bump", of("t"), 1, 1, of("a"), AmountOff(300))
    assert worth_of([A], [rule], Line("t", "t", 1, 10)) == 300


def test_additions_that_time_does_not_reach_are_left_out() -> None:
    moments = iter(range(10**6))
    found = best_addition(
        [A, B],
        [together("ab", 9, "a", "b")],
        [Line(f"{n}", "x", 1, 1) for n in range(9)],
        budget=4.0,
        clock=lambda: float(next(moments)),
    )
    assert 0 < len(found) < 9


def test_one_more_for_three_for_ten() -> None:
    rule = Mix("any", of("a", "b", "c"), 3, SetPrice(1000))
    (found,) = progress([A, B], [rule], offered=[C])
    assert (found.rule_id, found.lacking, found.discount) == ("any", {"any": 1}, 1700)


def test_progress_to_the_next_break_counts_what_is_given_already() -> None:
    rule = QuantityBreaks("breaks", of("a"), ((2, 1_000), (4, 2_000)))
    (found,) = progress([Line("a", "a", 3, 1000)], [rule])
    assert (found.lacking, found.discount) == ({"any": 1}, 800 - 300)


def test_progress_without_a_known_price_gives_no_amount() -> None:
    (found,) = progress([A], [together("az", 9, "a", "z")])
    assert (found.lacking, found.discount) == ({"c:z": 1}, None)


@pytest.mark.parametrize(
    "rule",
    [
        together("r", 9, "y", "z"),
        together("r", 9, "a", limit=1),
        QuantityBreaks("r", of("a"), ((3, 500),), most=2),
        together("r", 1, "a", "c"),
    ],
)
def test_what_is_not_begun_or_cannot_give_more_is_no_progress(rule: Rule) -> None:
    better = together("best", 500, "a")
    assert [one.rule_id for one in progress([A], [rule, better], offered=[C])] == []
