"""Worked examples, and what the front door promises beside the best total."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, SHARED
from upsell.offers.solver import highs
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Bump,
    Fixed,
    Line,
    Mix,
    PercentOff,
    QuantityBreaks,
    Rule,
    Selector,
    SetPrice,
)


def shelf(**units: tuple[int, int]) -> list[Line]:
    """Lines from product -> (units, price)."""
    return [Line(product, product, quantity, price) for product, (quantity, price) in units.items()]


def of(*products: str) -> Selector:
    return Selector(products=frozenset(products))


def together(name: str, off: int, *products: str) -> Fixed:
    return Fixed(name, dict.fromkeys(products, 1), AmountOff(off))


def pair_off(name: str, lane: int = 0) -> Fixed:
    return Fixed(name, {"a": 1, "b": 1}, AmountOff(100), lane=lane)


EXAMPLES: dict[str, tuple[list[Line], list[Rule], int]] = {
    "A any three for 10.00 takes the dear ones": (
        shelf(w=(1, 900), x=(1, 800), y=(1, 200), z=(1, 200)),
        [Mix("any", of("w", "x", "y", "z"), 3, SetPrice(1000))],
        900,
    ),
    "B three for two deals twice": (
        shelf(w=(3, 900), y=(3, 200)),
        [Bogo("321", of("w", "y"), 2, of("w", "y"), 1, 10_000, cheaper=True)],
        1100,
    ),
    "C both ends of a chain beat its middle": (
        shelf(a=(1, 1000), b=(1, 1000), c=(1, 1000), d=(1, 1000)),
        [together("ab", 400, "a", "b"), together("bc", 500, "b", "c"), together("cd", 400, "c", "d")],
        800,
    ),
    "D a pair beats the better unit": (
        shelf(a=(1, 1000), b=(1, 1000)),
        [together("a", 300, "a"), together("ab", 500, "a", "b")],
        500,
    ),
    "E a pair and a single beat the three": (
        shelf(a=(1, 1000), b=(1, 1000), c=(1, 1000)),
        [together("abc", 500, "a", "b", "c"), together("ab", 350, "a", "b"), together("c", 300, "c")],
        650,
    ),
    "F two meals beat a free coke": (
        shelf(coke=(2, 200), sandwich=(2, 300), chocolate=(2, 100)),
        [
            Bogo("coke", of("coke"), 1, of("coke"), 1, 10_000, cheaper=True),
            Fixed("meal", {"coke": 1, "sandwich": 1, "chocolate": 1}, SetPrice(450)),
        ],
        300,
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("use_mip", [True, False])
def test_worked_example(name: str, use_mip: bool) -> None:
    lines, rules, best = EXAMPLES[name]
    plan = solve(lines, rules, use_mip=use_mip)
    assert (plan.total, plan.optimal) == (best, True)


def test_a_plan_says_what_every_unit_got() -> None:
    lines, rules, _ = EXAMPLES["B three for two deals twice"]
    entry = solve(lines, rules).of("321")
    assert entry is not None
    assert entry.applications == 2
    assert entry.use == {"buy": {"w": 2, "y": 2}, "get": {"w": 1, "y": 1}}
    assert entry.units == {"w": (900, 0, 0), "y": (200, 0, 0)}
    assert entry.lines == {"w": 900, "y": 200}


def test_an_amount_is_split_by_price_and_the_first_unit_gets_the_rest() -> None:
    plan = solve(shelf(a=(3, 500), b=(1, 1000)), [Fixed("set", {"a": 3, "b": 1}, AmountOff(400))])
    assert plan.applied[0].units == {"a": (80, 80, 80), "b": (160,)}
    plan = solve(shelf(a=(3, 500), b=(1, 1000)), [Fixed("set", {"a": 3, "b": 1}, AmountOff(402))])
    assert plan.applied[0].units == {"a": (81, 80, 80), "b": (161,)}


def test_a_floor_holds() -> None:
    lines = [Line("a", "a", 2, 1000, floor=900)]
    assert solve(lines, [Mix("half", of("a"), 2, PercentOff(5_000))]).applied[0].units == {"a": (100, 100)}


def test_units_that_others_have_taken_still_trigger() -> None:
    rule = Bump("bump", of("a"), 1, 1, of("b"), AmountOff(100))
    added = Line("b", "b", 2, 500)
    assert solve([Line("a", "a", 0, 900), added], [rule]).total == 0
    assert solve([Line("a", "a", 0, 900, whole=2), added], [rule]).total == 200


def test_a_trigger_is_not_used_up() -> None:
    rules = [Bump("bump", of("a"), 1, 1, of("b"), AmountOff(100)), together("a", 300, "a")]
    assert solve(shelf(a=(1, 900), b=(1, 500)), rules).total == 400


def test_an_item_of_a_set_can_stand_for_several_products() -> None:
    rule = Fixed("set", {"shirt": 1, "hat": 1}, PercentOff(1_000), fits={"shirt": of("red shirt", "blue shirt")})
    lines = [Line("r", "red shirt", 1, 1000), Line("b", "blue shirt", 1, 2000), Line("h", "hat", 1, 500)]
    plan = solve(lines, [rule])
    assert plan.total == 250
    assert plan.applied[0].use == {"c:shirt": {"b": 1}, "c:hat": {"h": 1}}


def test_a_higher_lane_takes_first_and_the_bound_is_of_the_lanes() -> None:
    lines = shelf(a=(1, 1000), b=(1, 1000))
    rules = [pair_off("low"), Fixed("high", {"a": 1}, AmountOff(10), lane=1)]
    plan = solve(lines, rules)
    assert [entry.rule_id for entry in plan.applied] == ["high"]
    assert (plan.total, plan.optimal) == (10, True)


def test_triggers_count_whole_in_lower_lanes() -> None:
    rules = [Fixed("high", {"a": 1}, AmountOff(10), lane=1), Bump("low", of("a"), 1, 1, of("b"), AmountOff(100))]
    assert solve(shelf(a=(1, 1000), b=(1, 1000)), rules).total == 110


def test_a_rule_whose_price_is_not_below_the_sum_takes_nothing() -> None:
    assert solve(shelf(a=(2, 100)), [Mix("dear", of("a"), 2, SetPrice(200))]).applied == ()


def test_a_basket_over_the_cap_gets_a_good_price_with_a_bound() -> None:
    lines = [Line(f"L{n:03}", f"P{n}", 30, 100 + n) for n in range(400)]
    rules: list[Rule] = [
        Mix("mix", Selector(everything=True), 3, PercentOff(1_000)),
        QuantityBreaks("breaks", Selector(everything=True), ((10, 500), (100, 1_500))),
        Bogo("bogo", Selector(everything=True), 1, Selector(everything=True), 1, 5_000, cheaper=True),
    ]
    plan = solve(lines, rules)
    assert 0 < plan.total <= plan.bound


def test_two_lines_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="line"):
        solve([Line("a", "a", 1, 1), Line("a", "b", 1, 1)], [])
    with pytest.raises(ValueError, match="rule"):
        solve([], [pair_off("x"), pair_off("x")])


def test_without_a_solver_the_bound_is_honest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "available", lambda: False)
    lines = shelf(a=(3, 1000), b=(3, 900), c=(3, 800))
    rules: list[Rule] = [
        Mix("one", of("a", "b"), 2, SetPrice(1500)),
        Mix("two", of("b", "c"), 2, AmountOff(300)),
        QuantityBreaks("three", of("a", "c"), ((2, 1_000), (4, 2_500))),
    ]
    plan = solve(lines, rules)
    monkeypatch.undo()
    assert 0 < plan.total <= solve(lines, rules).total <= plan.bound


def test_small_baskets_load_no_numerical_library() -> None:
    code = (
        "import sys\n"
        "from upsell.offers.solver import explain, additions, contract\n"
        "from upsell.offers.solver.solve import solve\n"
        "from upsell.offers.solver.values import *\n"
        "rules = [Fixed(n, {p: 1 for p in n}, AmountOff(9)) for n in ('ab', 'bc', 'cd')]\n"
        "assert solve([Line(p, p, 1, 99) for p in 'abcd'], rules).total == 18\n"
        "print(*sorted({'numpy', 'scipy', 'highspy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


@pytest.mark.slow
@pytest.mark.shared_data
def test_the_check_against_brute_force_finds_nothing() -> None:
    check = SHARED / "tools" / "pricing_check"
    if not check.exists():
        pytest.skip(f"no check at {check}")
    command = [sys.executable, "-B", "check.py", "--py", "upsell.offers.solver.contract:solve", "--n", "2000"]
    run = subprocess.run(
        command, cwd=check, env={"PYTHONPATH": str(Path(ROOT))}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_relaxed_answer_that_never_comes_leaves_an_honest_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def unfinished(table: highs.Table) -> highs.Answer:
        raise highs.UnfinishedError

    lines = shelf(a=(3, 1000), b=(3, 900), c=(3, 800))
    rules: list[Rule] = [Mix("one", of("a", "b"), 2, SetPrice(1500)), Mix("two", of("b", "c"), 2, AmountOff(300))]
    monkeypatch.setattr(highs.Table, "relaxed", unfinished)
    plan = solve(lines, rules)
    monkeypatch.undo()
    assert 0 < plan.total <= solve(lines, rules).total <= plan.bound
    assert not plan.optimal


def test_a_solver_that_stops_before_it_knows_anything_leaves_no_bound() -> None:
    assert highs.Answer(float("inf"), [], []).whole_bound == highs.UNKNOWN
    assert highs.Answer(99.99999, [], []).whole_bound == 100
    assert highs.Answer(99.9, [], []).whole_bound == 99
