"""Credits keep the promise: nobody pays less in all than the last step costs, and no credit is spent twice.

A shop in memory sells, credits, takes back and cancels at random, and books of its own are kept beside the rules.
"""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.offers.owning.ledger import Shop, Want
from upsell.offers.crediting import Holding, Spent, contributed, ending, paid_of, taken
from upsell.offers.refunding import Method

WANTS = st.lists(
    st.builds(
        lambda price, units, voucher: Want(price, units, min(voucher, price * units)),
        st.integers(0, 4000),
        st.integers(1, 4),
        st.just(0) | st.integers(0, 900),
    ),
    min_size=1,
    max_size=3,
)


class Customer(RuleBasedStateMachine):
    """Somebody who buys, upgrades, returns and cancels; offers of the shop do not shift discounts between lines."""

    offers = False

    @initialize(incl_tax=st.booleans())
    def opens(self, incl_tax: bool) -> None:
        self.shop = Shop(incl_tax)

    @rule(wants=WANTS, pick=st.integers(0, 99), floor=st.just(0) | st.integers(0, 3000), free=st.booleans())
    def buys(self, wants: list[Want], pick: int, floor: int, free: bool) -> None:
        units = self.shop.free()
        unit = units[pick % len(units)] if units else None
        self.shop.sell(wants, unit=unit, floor=floor, second_free=free and self.offers)

    @precondition(lambda self: self.returnable())
    @rule(dice=st.randoms(use_true_random=False), method=st.sampled_from(Method))
    def returns(self, dice: random.Random, method: Method) -> None:
        sale = dice.choice(self.returnable())
        units = {line: dice.randint(0, one.kept) for line, one in sale.standings.items()}
        if any(units.values()):
            assert self.shop.take_back(sale, units, method).of(self.shop.incl_tax) >= 0

    @precondition(lambda self: any(not sale.is_cancelled for sale in self.shop.sales))
    @rule(dice=st.randoms(use_true_random=False))
    def cancels(self, dice: random.Random) -> None:
        sale = dice.choice([sale for sale in self.shop.sales if not sale.is_cancelled])
        assert self.shop.cancel(sale).of(self.shop.incl_tax) >= 0

    def returnable(self) -> list[Any]:
        return [sale for sale in self.shop.sales if any(one.kept for one in sale.standings.values())]

    @invariant()
    def no_credit_is_spent_twice(self) -> None:
        units = [(one.line, one.number) for one in self.shop.live.values()]
        assert len(units) == len(set(units))

    @invariant()
    def no_more_goes_back_than_was_paid(self) -> None:
        for sale in self.shop.sales:
            assert 0 <= self.shop.went_back(sale) <= self.shop.paid(sale)

    @invariant()
    def no_purse_is_overdrawn(self) -> None:
        """What is in an order and what was credited to it cover what was credited of it."""
        live = self.shop.live.values()
        for sale in self.shop.sales:
            into = sum(one.amount for one in live if one.booking == sale.came_from)
            out = sum(one.amount for one in live if one.line in sale.lines)
            assert self.shop.paid(sale) - self.shop.went_back(sale) + into >= out

    @invariant()
    def nobody_has_paid_less_than_what_is_kept_costs(self) -> None:
        if not self.offers:
            rounding = sum(len(sale.bought) for sale in self.shop.sales)
            assert self.shop.net() >= self.shop.price_of_what_is_kept() - rounding

    def teardown(self) -> None:
        """Whatever happened, whoever returns everything has everything paid back."""
        if not hasattr(self, "shop"):
            return
        for sale in self.returnable():
            self.shop.take_back(sale, {line: one.kept for line, one in sale.standings.items()}, Method.PRO_RATA)
        assert self.shop.net() == 0
        assert not self.shop.live


class CustomerOfAShopWithOffers(Customer):
    """The same where the second is free: pricing again moves discounts from line to line."""

    offers = True


for _machine in (Customer, CustomerOfAShopWithOffers):
    _machine.TestCase.settings = settings(
        max_examples=60, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
    )
TestCustomer = Customer.TestCase
TestCustomerOfAShopWithOffers = CustomerOfAShopWithOffers.TestCase


# --- by hand ----------------------------------------------------------------------------------------------------------


def spent(number: int, amount: int = 100, *, came_back: bool = False, line: int = 1, booking: int = 9) -> Spent:
    return Spent(number, line, number, booking, amount, came_back)


def test_a_unit_is_worth_an_equal_share_rounded_down() -> None:
    holding = Holding(units=3, paid=1000)
    assert (holding.free, holding.worth) == ((1, 2, 3), 333)


def test_what_was_credited_to_a_unit_adds_to_its_worth() -> None:
    assert Holding(units=1, paid=1000, credited=1000).worth == 2000


@pytest.mark.parametrize(
    ("came_back", "out", "free"),
    [
        (0, [], (1, 2, 3)),
        (1, [], (1, 2)),
        (0, [spent(1)], (2, 3)),
        (1, [spent(1)], (2,)),
        (2, [spent(1)], ()),
        (3, [spent(1, came_back=True)], ()),
        (1, [spent(1, came_back=True)], (2, 3)),
        (0, [spent(2), spent(3)], (1,)),
    ],
)
def test_units_that_came_back_or_were_credited_are_not_there(
    came_back: int, out: list[Spent], free: tuple[int, ...]
) -> None:
    assert Holding(units=3, paid=3000, came_back=came_back, spent=out).free == free


def test_nothing_free_is_worth_nothing() -> None:
    assert Holding(units=1, paid=1000, came_back=1).worth == 0
    assert Holding(units=1, paid=100, back=200).worth == 0


def test_what_was_not_credited_of_one_unit_does_not_add_to_the_next() -> None:
    assert Holding(units=2, paid=600, spent=[spent(1, 100)]).worth == 300


def test_what_was_credited_beyond_a_unit_s_share_is_missing_from_the_next() -> None:
    assert Holding(units=2, paid=600, spent=[spent(1, 400)]).worth == 200


def test_a_unit_that_got_cheaper_leaves_in_the_purse_what_was_credited_of_another() -> None:
    """Three at 5, one of them free: 10 paid, 3 credited. Priced again, two cost 5: of these, 2 go back, and not 3."""
    shop = Shop(incl_tax=True)
    sale = shop.sell([Want(5, 3)], unit=None, floor=0, second_free=True)
    [line] = sale.lines
    shop.sell([Want(345)], unit=shop.free()[0], floor=0, second_free=False)
    assert [one.amount for one in shop.live.values()] == [3]
    assert shop.take_back(sale, {line: 1}, Method.REPRICE).with_tax == 5
    assert shop.take_back(sale, {line: 1}, Method.PRO_RATA).with_tax == 2
    assert shop.take_back(sale, {line: 1}, Method.PRO_RATA).with_tax == 0
    assert shop.net() == 345
    shop.take_back(shop.sales[1], {2: 1}, Method.PRO_RATA)
    assert shop.net() == 0


def test_only_what_was_charged_counts() -> None:
    assert paid_of(1000, 2000, 2000) == paid_of(1000, 2000, 2100) == 1000
    assert paid_of(1000, 2000, 1000) == 500
    assert paid_of(-5, 2000, 1000) == paid_of(0, 0, 0) == paid_of(10, 10, -3) == 0


def test_a_discount_takes_its_credits_one_after_the_other() -> None:
    assert taken(250, [100, 200]) == [100, 150]
    assert taken(500, [100, 200]) == [100, 200], "the rest is a gift"
    assert taken(50, [100, 200]) == [50, 0]


def test_a_contribution_follows_what_was_taken_off() -> None:
    assert contributed(100, {1: 300, 2: 100}) == {1: 75, 2: 25}
    assert contributed(100, {1: 0}) == {1: 0}


def test_a_credit_ends_with_what_it_was_spent_on_unless_that_was_credited_on() -> None:
    first, second = Spent(1, line=1, number=1, booking=20, amount=10), Spent(2, line=2, number=1, booking=30, amount=20)
    lines_of = {20: [2], 30: [3]}
    assert ending([first], {20}, lines_of) == [first]
    assert ending([first, second], {20}, lines_of) == []
    assert ending([first, second], {30}, lines_of) == [second]
    assert ending([first, second], {20, 30}, lines_of) == [second, first]
