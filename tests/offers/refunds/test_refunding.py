"""Refunds: exact shares, never more than was paid, all returned is all paid, whatever the order of returns."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upsell.core.money import round_half_up
from upsell.offers.refunding import (
    NOTHING,
    Booked,
    Bought,
    Method,
    Money,
    NotReturnableError,
    Returned,
    others,
    pro_rata,
    reprice,
    settle,
    standings,
)
from upsell.offers.solver.values import NOTHING as NO_PLAN
from upsell.offers.solver.values import Applied, Line, Plan

Best = Callable[[Sequence[Line]], Plan]


def nothing_applies(lines: Sequence[Line]) -> Plan:
    return NO_PLAN


def some_plan(seed: int) -> Best:
    """Some discounts within headroom: refunds must be right whatever the engine answers."""

    def best(lines: Sequence[Line]) -> Plan:
        dice = random.Random(seed)
        applied = []
        for offer in range(1, 3):
            parts = {line.id: dice.randint(0, line.headroom * line.quantity // 2) for line in lines}
            applied.append(Applied(str(offer), sum(parts.values()), 1, {"any": {}}, parts, {}))
        total = sum(one.discount for one in applied)
        return Plan(total, total, True, tuple(applied))

    return best


def bought(
    line: int, units: int, full: int, *, ours: dict[int, int] | None = None, others: int = 0, rate: int = 20
) -> Bought:
    """An order line in a shop whose offers speak of prices with tax at ``rate`` percent."""
    paid = full - sum((ours or {}).values()) - others
    return Bought(
        id=line,
        product=str(line),
        units=units,
        full=Money(full, round_half_up(100 * full, 100 + rate)),
        paid=Money(paid, round_half_up(100 * paid, 100 + rate)),
        parts=ours or {},
        taken=units if ours else 0,
    )


def priced_without_tax(line: Bought) -> Bought:
    """The same numbers in a shop whose offers speak of prices without tax, at 20 percent."""

    def on_top(amount: int) -> Money:
        return Money(round_half_up(120 * amount, 100), amount)

    return replace(line, full=on_top(line.full.with_tax), paid=on_top(line.paid.with_tax))


@st.composite
def order_lines(draw: st.DrawFn) -> list[Bought]:
    found = []
    for line in range(1, draw(st.integers(1, 4)) + 1):
        units = draw(st.integers(1, 6))
        full = draw(st.integers(0, 2000)) * draw(st.sampled_from([1, units]))
        one = draw(st.integers(0, full))
        other = draw(st.integers(0, full - one))
        voucher = draw(st.integers(0, full - one - other) | st.just(0))
        ours = {offer: part for offer, part in ((1, one), (2, other)) if part}
        found.append(bought(line, units, full, ours=ours, others=voucher, rate=draw(st.sampled_from([0, 5, 20]))))
    return found


def total(rows: Sequence[Returned]) -> Money:
    return sum((row.amount for row in rows), NOTHING)


# --- pro rata ---------------------------------------------------------------------------------------------------------


def test_ten_pounds_for_three_units_go_back_as_333_334_and_333() -> None:
    line, booked, seen = bought(1, 3, 1000, rate=0), [], []
    for _ in range(3):
        rows = pro_rata(standings([line], booked), {1: 1})
        booked.append(Booked(Method.PRO_RATA, rows))
        seen.append(rows[0].amount.with_tax)
    assert seen == [333, 334, 333]


def one_sequence(dice: random.Random) -> None:
    """Return a line in random steps; every step must be the difference of rounded shares, and all must be all."""
    units, paid = dice.randint(1, 30), dice.randint(0, 50_000)
    part = dice.randint(0, 5_000)
    line = replace(bought(1, units, paid + part, ours={7: part}), paid=Money(paid, paid * 5 // 6))
    booked: list[Booked] = []
    gone, back, parts = 0, NOTHING, 0
    while gone < units:
        count = dice.randint(1, units - gone)
        rows = pro_rata(standings([line], booked), {1: count})
        booked.append(Booked(Method.PRO_RATA, rows))
        gone, back, parts = gone + count, back + rows[0].amount, parts + rows[0].parts.get(7, 0)
        assert rows[0].amount.with_tax >= 0
        assert rows[0].amount.without_tax >= 0
        assert back.with_tax == round_half_up(paid * gone, units)
        assert back.without_tax == round_half_up(line.paid.without_tax * gone, units)
        assert parts == round_half_up(part * gone, units)
    assert back == line.paid
    assert parts == part


def test_every_sequence_of_returns_sums_to_what_was_paid() -> None:
    for seed in range(2_000):
        one_sequence(random.Random(seed))


@pytest.mark.thorough
def test_a_hundred_thousand_sequences_of_returns_sum_to_what_was_paid() -> None:
    for seed in range(100_000):
        one_sequence(random.Random(-1 - seed))


# --- both methods, in any order ---------------------------------------------------------------------------------------


@settings(max_examples=600, deadline=None)
@given(lines=order_lines(), seed=st.integers(0, 2**32), incl_tax=st.booleans())
def test_never_more_than_was_paid_and_all_returned_is_all_paid_whatever_the_methods(
    lines: list[Bought], seed: int, incl_tax: bool
) -> None:
    if not incl_tax:
        lines = [priced_without_tax(line) for line in lines]
    dice, booked = random.Random(seed), []
    paid, back = sum((line.paid for line in lines), NOTHING), NOTHING
    while any(one.kept for one in standings(lines, booked).values()):
        state = standings(lines, booked)
        units = {line: dice.randint(0, one.kept) for line, one in state.items()}
        if not any(units.values()):
            continue
        method = dice.choice(list(Method))
        if method is Method.PRO_RATA:
            rows = pro_rata(state, units)
        else:
            rows = reprice(state, units, incl_tax=incl_tax, best=some_plan(dice.getrandbits(32))).rows
        booked.append(Booked(method, rows))
        assert total(rows).without_tax >= 0 or method is Method.PRO_RATA
        assert total(rows).with_tax >= 0
        back += total(rows)
        assert back.with_tax <= paid.with_tax
        assert back.without_tax <= paid.without_tax
        after = standings(lines, booked)
        assert {line: one.kept for line, one in after.items()} == {
            line: one.kept - units[line] for line, one in state.items()
        }
        for one in after.values():
            assert one.held.with_tax >= one.held.without_tax >= 0
            assert all(part >= 0 for part in one.given.values())
    assert back == paid
    assert not any(one.given for one in standings(lines, booked).values())


@settings(max_examples=300, deadline=None)
@given(lines=order_lines(), seed=st.integers(0, 2**32), incl_tax=st.booleans())
def test_what_goes_back_is_what_was_paid_less_the_price_of_what_is_kept(
    lines: list[Bought], seed: int, incl_tax: bool
) -> None:
    dice = random.Random(seed)
    if not incl_tax:
        lines = [priced_without_tax(line) for line in lines]
    units = {line.id: dice.randint(0, line.units) for line in lines} | {lines[0].id: 1}
    found = reprice(standings(lines, []), units, incl_tax=incl_tax, best=some_plan(seed))
    assert found.held == sum(line.paid.of(incl_tax) for line in lines)
    assert total(found.rows).of(incl_tax) == found.amount == max(0, found.held - found.price)
    other = total(found.rows).of(not incl_tax)
    assert 0 <= other <= sum(line.paid.of(not incl_tax) for line in lines)
    assert found.amount or not other
    assert total(found.rows).with_tax >= total(found.rows).without_tax


@settings(max_examples=300, deadline=None)
@given(lines=order_lines(), seed=st.integers(0, 2**32))
def test_what_our_offers_still_give_accounts_for_every_penny_of_what_is_kept(lines: list[Bought], seed: int) -> None:
    """Price before discounts, less other discounts, less ours, is what the shop holds; so reports stay right."""
    dice = random.Random(seed)
    units = {line.id: dice.randint(0, line.units) for line in lines} | {lines[-1].id: lines[-1].units}
    found = reprice(standings(lines, []), units, incl_tax=True, best=some_plan(seed))
    before_ours = found.price + sum(found.gives.values())
    after = standings(lines, [Booked(Method.REPRICE, found.rows)])
    given = sum(sum(one.given.values()) for one in after.values())
    held = sum(one.held.with_tax for one in after.values())
    if any(line.parts for line in lines) or found.price <= found.held:
        assert before_ours - given == held


# --- re-pricing, by example -------------------------------------------------------------------------------------------


def test_without_the_set_the_lamp_costs_its_own_price() -> None:
    lines = [bought(1, 1, 3000, ours={9: 600}), bought(2, 1, 1000, ours={9: 200})]
    state = standings(lines, [])
    assert total(pro_rata(state, {2: 1})).with_tax == 800
    found = reprice(state, {2: 1}, incl_tax=True, best=nothing_applies)
    assert (found.amount, found.price, found.held, dict(found.gives)) == (200, 3000, 3200, {})
    after = standings(lines, [Booked(Method.REPRICE, found.rows)])
    assert after[1].held.with_tax == 3000
    assert not after[1].given
    assert not after[2].given


def test_after_repricing_a_share_is_one_of_the_new_price() -> None:
    lines = [bought(1, 2, 3000, ours={9: 600}, rate=0), bought(2, 1, 1000, ours={9: 200}, rate=0)]
    first = reprice(standings(lines, []), {2: 1}, incl_tax=True, best=nothing_applies)
    state = standings(lines, [Booked(Method.REPRICE, first.rows)])
    assert total(first.rows).with_tax == 200
    assert total(pro_rata(state, {1: 1})).with_tax == 1500


def test_where_what_is_kept_costs_more_than_was_paid_nothing_goes_back_and_the_offer_still_gives_the_rest() -> None:
    lines = [bought(1, 1, 1000, ours={9: 550}), bought(2, 1, 100, ours={9: 50})]
    found = reprice(standings(lines, []), {2: 1}, incl_tax=True, best=nothing_applies)
    assert (found.amount, total(found.rows)) == (0, NOTHING)
    after = standings(lines, [Booked(Method.REPRICE, found.rows)])
    assert after[1].held.with_tax == 500
    assert after[1].given == {9: 500}


def test_other_discounts_stay_with_their_share_and_no_unit_gets_below_nothing() -> None:
    seen: list[Line] = []

    def best(lines: Sequence[Line]) -> Plan:
        seen.extend(lines)
        return NO_PLAN

    line = replace(bought(1, 4, 4000, ours={9: 900}, others=1001), taken=3)
    found = reprice(standings([line], []), {1: 1}, incl_tax=True, best=best)
    assert others(line, incl_tax=True) == 1001
    assert found.price == 3000 - 751
    assert [(one.quantity, one.price, one.floor, one.whole) for one in seen] == [(3, 1000, 251, 3)]


def test_on_a_line_that_a_voucher_took_our_offers_get_no_more_units_than_they_had() -> None:
    seen: list[Line] = []

    def best(lines: Sequence[Line]) -> Plan:
        seen.extend(lines)
        return NO_PLAN

    with_voucher = replace(bought(1, 5, 5000, ours={9: 500}, others=200), taken=2)
    without = replace(bought(2, 5, 5000, ours={9: 500}), taken=2)
    reprice(standings([with_voucher, without], []), {1: 1}, incl_tax=True, best=best)
    assert [(one.id, one.quantity, one.whole) for one in seen] == [("1", 2, 4), ("2", 5, 5)]


# --- what is refused, and what was charged ----------------------------------------------------------------------------


@pytest.mark.parametrize("units", [{}, {1: 0}, {1: 3}, {1: -1}, {2: 1}])
def test_nothing_more_than_is_left_can_come_back(units: dict[int, int]) -> None:
    state = standings([bought(1, 2, 1000)], [])
    with pytest.raises(NotReturnableError):
        pro_rata(state, units)
    with pytest.raises(NotReturnableError):
        reprice(state, units, incl_tax=True, best=nothing_applies)


def test_what_came_back_before_cannot_come_back_again() -> None:
    line = bought(1, 2, 1000)
    rows = pro_rata(standings([line], []), {1: 2})
    with pytest.raises(NotReturnableError, match="Line 1 has 0 units left"):
        pro_rata(standings([line], [Booked(Method.PRO_RATA, rows)]), {1: 1})


@pytest.mark.parametrize(
    ("paid", "charged", "settled"),
    [
        ([1000, 500], 1500, [1000, 500]),
        ([1199, 1199], 2397, [1198, 1199]),  # rounded line by line, charged by the sum
        ([1199, 1199], 2399, [1200, 1199]),
        ([1000, 500], 300, [200, 100]),  # the shop charged less than its lines say
        ([1000, 500], 9000, [1000, 500]),  # something else was charged, too
        ([1000, 500], -10, [0, 0]),
    ],
)
def test_all_lines_together_are_what_was_charged_where_rounding_parted_them(
    paid: list[int], charged: int, settled: list[int]
) -> None:
    lines = [bought(number, 1, amount, rate=0) for number, amount in enumerate(paid)]
    assert [line.paid.with_tax for line in settle(lines, Money(charged, charged))] == settled


def test_a_line_that_is_gone_keeps_no_tax_where_offers_speak_of_prices_without_tax() -> None:
    """Nothing is held of it without tax, but a penny of tax: that goes back, too."""
    line = replace(bought(1, 1, 10), paid=Money(1, 0))
    found = reprice(standings([line], []), {1: 1}, incl_tax=False, best=nothing_applies)
    assert total(found.rows) == Money(1, 0)
