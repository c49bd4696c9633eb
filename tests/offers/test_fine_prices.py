"""Prices finer than the minor unit: every rule's amount is rounded once, and its parts sum to it."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from upsell.offers.fine_prices import refine
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Line,
    Mix,
    PercentOff,
    QuantityBreaks,
    Rule,
    Selector,
    SetPrice,
)

ALL = Selector(everything=True)


def lines_of(prices: list[Decimal], quantities: list[int], floor: int = 0) -> dict[str, Line]:
    return {
        f"L{place}": Line(f"L{place}", f"P{place}", quantity, int(price.quantize(Decimal(1), ROUND_HALF_UP)), floor)
        for place, (price, quantity) in enumerate(zip(prices, quantities, strict=True))
    }


def rules_of(kind: str, number: int) -> Rule:
    return {
        "price": Mix("R", ALL, 2, SetPrice(number)),
        "off": Mix("R", ALL, 2, AmountOff(number)),
        "percent": Mix("R", ALL, 2, PercentOff(number)),
        "breaks": QuantityBreaks("R", ALL, ((2, number),)),
        "bogo": Bogo("R", ALL, 1, ALL, 1, number),
    }[kind]


@settings(deadline=None, max_examples=300)
@given(
    prices=st.lists(st.integers(1, 200_000).map(lambda scaled: Decimal(scaled) / 100), min_size=1, max_size=4),
    quantities=st.lists(st.integers(1, 4), min_size=4, max_size=4),
    kind=st.sampled_from(["price", "off", "percent", "breaks", "bogo"]),
    number=st.integers(1, 2000),
    floor=st.sampled_from([0, 0, 3, 200]),
)
def test_amounts_are_rounded_once_and_split_exactly(
    prices: list[Decimal], quantities: list[int], kind: str, number: int, floor: int
) -> None:
    lines, rule = lines_of(prices, quantities[: len(prices)], floor), rules_of(kind, number)
    exact = {f"L{place}": price for place, price in enumerate(prices) if price != price.to_integral_value()}
    plan = solve(lines.values(), [rule], use_mip=False)
    refined = refine(plan, lines=lines, rules={"R": rule}, prices=exact)
    assert refined.total == sum(entry.discount for entry in refined.applied)
    assert refined.bound - refined.total == plan.bound - plan.total
    for entry in refined.applied:
        assert sum(entry.lines.values()) == entry.discount
        for line, parts in entry.units.items():
            assert sum(parts) == entry.lines[line]
            assert all(0 <= part <= lines[line].headroom for part in parts)
            assert list(parts) == sorted(parts, reverse=True)
    if kind == "percent" and refined.applied and not floor:
        [entry] = refined.applied
        fine = {f"L{place}": price for place, price in enumerate(prices)}
        off = (
            sum(
                (fine[line] * sum(1 for part in parts if part) for line, parts in plan.applied[0].units.items()),
                Decimal(0),
            )
            * number
            / 10_000
        )
        if any(line in exact for line in entry.units):
            assert abs(entry.discount - off) <= Decimal("0.5")


def test_whole_prices_are_left_as_the_engine_has_them() -> None:
    lines = lines_of([Decimal(300), Decimal(200)], [1, 1])
    plan = solve(lines.values(), [rules_of("off", 50)])
    assert refine(plan, lines=lines, rules={"R": rules_of("off", 50)}, prices={}) is plan


def test_three_at_399_60_for_899_are_300_off() -> None:
    lines = lines_of([Decimal("399.60")], [3])
    rule = Mix("R", ALL, 3, SetPrice(899))
    refined = refine(solve(lines.values(), [rule]), lines=lines, rules={"R": rule}, prices={"L0": Decimal("399.60")})
    assert (refined.total, refined.applied[0].units["L0"]) == (300, (100, 100, 100))
