"""Whatever meets in a basket: bundles of every kind, vouchers and Oscar's own offers (A08, A13, A14, N01)."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.effort import cases
from tests.offers.oscar_shop import apply, site_offer, voucher_on
from upsell.models import PriceFloor
from upsell.offers.serving.families import rows
from upsell.offers.serving.quoting import savings_of
from upsell.testing import make_basket, make_bundle, make_product

BASKETS = cases(40, thorough=1_000)
CENT = Decimal("0.01")
PRICES = ("0.01", "0.99", "3.33", "5.00", "10.00", "19.99")
WISHES = ("33.33", "12.5", "50", "100")


def check(basket: Any, *, exclusive: bool = True) -> None:
    """What must hold of any priced basket: nothing below 0 or its floor, and every part adds up."""
    assert basket.total_incl_tax >= 0
    ours = sum((saving.amount for saving in savings_of(basket)), Decimal(0))
    assert ours == sum(
        (application["discount"] for application in basket.offer_applications if application["offer"] in rows()),
        Decimal(0),
    )
    for saving in savings_of(basket):
        assert saving.amount > 0
        assert saving.amount == sum(item.amount for item in saving.items)
        assert saving.amount == saving.amount.quantize(CENT)
    if exclusive:
        for line in basket.all_lines():
            assert line.discount_value <= line.line_price_incl_tax


class TestStacking(TestCase):
    """A13 and A14: bundle, quantity break, voucher and site offer together, at odd prices and percentages."""

    @settings(deadline=None, max_examples=BASKETS)
    @given(data=st.data())
    def test_no_line_falls_below_its_floor_and_every_part_adds_up(self, data: st.DataObject) -> None:
        draw = data.draw
        goods = [make_product(price=draw(st.sampled_from(PRICES)), stock=99) for _ in range(3)]
        floor = draw(st.sampled_from((None, "20", "75")))
        if floor:
            PriceFloor.objects.create(percent=Decimal(floor))
        make_bundle(goods[0], goods[1], percent=draw(st.sampled_from(WISHES)))
        make_bundle(*goods, kind="mix", units=3, price=draw(st.sampled_from(("0.01", "9.99", "10.00"))))
        make_bundle(goods[2], kind="breaks", breaks=[(2, "33.33"), (4, "66.67")])
        exclusive = draw(st.booleans())
        rows().update(exclusive=exclusive)
        basket = make_basket(*((one, draw(st.integers(1, 5))) for one in goods))
        if draw(st.booleans()):
            voucher_on(basket, exclusive=draw(st.booleans()))
        if draw(st.booleans()):
            site_offer(exclusive=draw(st.booleans()))
        check(apply(basket), exclusive=exclusive)
        for line in basket.all_lines():
            given = sum(
                (item.amount for saving in savings_of(basket) for item in saving.items if item.line_id == line.pk),
                Decimal(0),
            )
            least = (line.unit_effective_price * Decimal(floor or 0) / 100).quantize(CENT)
            assert line.line_price_incl_tax - given >= least * line.quantity


class AddingAndRemoving(RuleBasedStateMachine):
    """A08: whatever is added and taken away, the set is given as often as it is in the basket, and no more."""

    @initialize()
    def open_the_shop(self) -> None:
        self.part, self.other = make_product(price="10.00", stock=99), make_product(price="4.00", stock=99)
        make_bundle(self.part, self.other, off="3.00", max_per_basket=4)
        self.basket = make_basket()
        self.held = {self.part: 0, self.other: 0}

    @rule(which=st.booleans(), quantity=st.integers(1, 3))
    def add(self, which: bool, quantity: int) -> None:
        product = self.part if which else self.other
        self.basket.add_product(product, quantity)
        self.held[product] += quantity

    @rule(which=st.booleans())
    def remove(self, which: bool) -> None:
        product = self.part if which else self.other
        self.basket.lines.filter(product=product).delete()
        self.held[product] = 0

    @rule()
    def look_again(self) -> None:
        apply(self.basket)

    @invariant()
    def the_set_is_given_as_often_as_it_is_there(self) -> None:
        if not hasattr(self, "basket"):
            return
        sets = min(4, *self.held.values())
        full = 10 * self.held[self.part] + 4 * self.held[self.other]
        self.basket._lines = None
        assert apply(self.basket).total_incl_tax == full - 3 * sets


class TestAddingAndRemoving(TestCase):
    def test_a_set_that_comes_and_goes_fifty_times_is_given_as_often_as_it_is_there(self) -> None:
        run_state_machine_as_test(
            AddingAndRemoving, settings=settings(deadline=None, max_examples=5, stateful_step_count=50)
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("currency", "prices", "terms", "saved"),
    [
        ("GBP", ("3.34", "3.33", "3.35"), {"kind": "mix", "units": 3, "price": "10.00"}, "0.02"),
        ("GBP", ("0.01", "0.01", "0.01"), {"kind": "mix", "units": 3, "percent": "33.33"}, "0"),
        ("GBP", ("0.01", "0.01", "0.01"), {"kind": "mix", "units": 3, "percent": "50"}, "0.03"),
        ("GBP", ("9.99", "9.99", "9.99"), {"kind": "mix", "units": 3, "percent": "33.33"}, "9.99"),
        ("JPY", ("333", "333", "334"), {"kind": "mix", "units": 3, "price": "900"}, "100"),
        ("JPY", ("99", "99", "99"), {"kind": "mix", "units": 3, "percent": "12.5"}, "36"),
        ("KWD", ("1.250", "1.250", "1.250"), {"kind": "mix", "units": 3, "percent": "10"}, "0"),
    ],
)
def test_parts_are_rounded_to_the_minor_unit(
    currency: str, prices: tuple[str, ...], terms: dict[str, Any], saved: str
) -> None:
    """A14."""
    goods = [make_product(price=price) for price in prices]
    for product in goods:
        product.stockrecords.update(price_currency=currency)
    make_bundle(*goods, currency=currency, **terms)
    basket = make_basket(*goods)
    total = apply(basket)
    assert sum((line.discount_value for line in total.all_lines()), Decimal(0)) == Decimal(saved)
    check(basket)


@pytest.mark.thorough
@pytest.mark.django_db
def test_a_basket_of_five_hundred_lines_among_a_thousand_offers_costs_a_bounded_amount_of_work() -> None:
    """N01 and H11: bounded by the time granted and a fixed number of queries, not by what is in the basket."""
    goods = [make_product(price="5.00", stock=99) for _ in range(500)]
    for place in range(1000):
        make_bundle(goods[place % 500], goods[(place * 7 + 1) % 500], off="0.50")
    basket = make_basket(*goods)
    apply(basket)
    began = time.process_time()
    apply(basket)
    assert time.process_time() - began < 3  # far above what it takes; a pause of seconds would be a mistake
    check(basket)
