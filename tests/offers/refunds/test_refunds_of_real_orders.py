"""Refunds of orders that went through Oscar's own checkout: what was booked there is all that the answers need."""

import random
from decimal import Decimal
from typing import Any

import pytest
from oscar.core.loading import get_model
from oscar.test.factories import create_product

from tests.checkout import Shopper
from upsell.models import OfferUsage, OrderOffer, Refund
from upsell.offers.booking.refunds import answer_refund, book_refund, returnable
from upsell.offers.booking.releasing import release_order
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db


def line_of(order: Any, product: Any) -> int:
    return int(order.lines.get(product=product).pk)


def voucher(percent: int) -> str:
    """Make a voucher for so many percent off everything; it comes behind our offers, as we recommend."""
    offer_model = get_model("offer", "ConditionalOffer")
    everything = get_model("offer", "Range").objects.create(name="Everything", includes_all_products=True)
    condition = get_model("offer", "Condition").objects.create(range=everything, type="Count", value=1)
    benefit = get_model("offer", "Benefit").objects.create(range=everything, type="Percentage", value=percent)
    offer = offer_model.objects.create(
        name="Voucher", offer_type=offer_model.VOUCHER, condition=condition, benefit=benefit, priority=0
    )
    made = get_model("voucher", "Voucher").objects.create(
        name="Ten", code="TEN", start_datetime="2020-01-01T00:00Z", end_datetime="2099-01-01T00:00Z"
    )
    made.offers.add(offer)
    return str(made.code)


@pytest.fixture
def products() -> list[Any]:
    prices = ("30.00", "10.00", "7.77", "3.33", "12.49", "5.00")
    return [make_product(f"Thing {number}", price=price, stock=500) for number, price in enumerate(prices)]


@pytest.fixture
def bundles(products: list[Any]) -> list[Any]:
    lamp, shade, sock, mug, plate, spare = products
    return [
        make_bundle(lamp, shade, price="32.00", name="Light set"),
        make_bundle(sock, mug, kind="mix", units=3, price="12.00", name="Any three"),
        make_bundle(plate, kind="bogo", units=1, got_units=1, percent=50, name="Second half price"),
        make_bundle(spare, kind="breaks", breaks=[(3, 10), (6, 20)], name="The more the cheaper"),
    ]


def test_a_part_of_a_set_bought_at_the_till_comes_back(products: list[Any], bundles: list[Any]) -> None:
    lamp, shade, *_ = products
    order = Shopper().put(lamp).put(shade).buy()
    assert order.basket_total_incl_tax == Decimal("32.00")
    answer = answer_refund(order=order, units={line_of(order, shade): 1})
    assert answer.methods["pro_rata"].incl_tax == Decimal("8.00")
    assert answer.methods["reprice"].incl_tax == Decimal("2.00")
    book_refund(order=order, units={line_of(order, shade): 1}, method="reprice", reference="one")
    booked = OrderOffer.objects.given().get()
    assert (booked.given, booked.state) == (Decimal(0), "released")
    assert OfferUsage.objects.get().used == 0


@pytest.mark.parametrize("basket", [(2, 2, 2, 4, 3, 7), (1, 1, 0, 3, 2, 3), (3, 1, 5, 1, 1, 2)])
def test_what_is_kept_costs_exactly_what_it_was_sold_for(
    products: list[Any], bundles: list[Any], basket: tuple[int, ...]
) -> None:
    """Something that no offer touches comes back: whatever the kinds of offers, the rest keeps its price."""
    hat = create_product(title="Hat", price=Decimal("9.99"), num_in_stock=5)
    shopper = Shopper().put(hat)
    for product, units in zip(products, basket, strict=True):
        if units:
            shopper.put(product, units)
    order = shopper.buy()
    answer = answer_refund(order=order, units={line_of(order, hat): 1})
    assert {one.incl_tax for one in answer.methods.values()} == {Decimal("9.99")}
    codes = {reason.code for reason in answer.methods["reprice"].why}
    assert codes == {"kept_costs_less", "offer_stays"}


def test_the_offers_hold_as_they_were_when_they_have_changed_or_ended_since(
    products: list[Any], bundles: list[Any]
) -> None:
    sock = products[2]
    order = Shopper().put(sock, 4).buy()
    units = {line_of(order, sock): 1}
    before = answer_refund(order=order, units=units)
    for bundle in bundles:
        bundle.delete()
    sock.stockrecords.update(price=Decimal("99.00"))
    after = answer_refund(order=order, units=units)
    assert before.methods["pro_rata"].incl_tax == after.methods["pro_rata"].incl_tax == Decimal("4.94")
    assert before.methods["reprice"].incl_tax == after.methods["reprice"].incl_tax == Decimal("7.77")


def test_a_voucher_beside_our_offers_goes_back_with_its_line(products: list[Any], bundles: list[Any]) -> None:
    lamp, shade, _sock, mug, *_ = products
    code = voucher(10)
    order = Shopper().put(lamp).put(shade).put(mug, 2).put_voucher(code).buy()
    assert order.basket_total_incl_tax == Decimal("32.00") + Decimal("6.66") - Decimal("0.67")
    answer = answer_refund(order=order, units={line_of(order, mug): 1})
    [line] = [line for line in answer.lines if line.units]
    assert (line.full, line.ours) == (Decimal("3.33"), ())
    assert line.others in (Decimal("0.33"), Decimal("0.34"))
    assert answer.methods["pro_rata"].incl_tax == line.paid == answer.methods["reprice"].incl_tax
    with_set = answer_refund(order=order, units={line_of(order, shade): 1})
    assert with_set.methods["reprice"].incl_tax == Decimal("2.00")


def test_twelve_orders_of_the_till_go_back_to_nothing_in_any_steps(products: list[Any], bundles: list[Any]) -> None:
    dice = random.Random(11)
    code = voucher(10)
    get_model("voucher", "Voucher").objects.update(usage="Multi-use")
    for number in range(12):
        shopper = Shopper()
        for product in dice.sample(products, 4):
            shopper.put(product, dice.randint(1, 5))
        if number % 3 == 0:
            shopper.put_voucher(code)
        order = shopper.buy()
        step = 0
        while any(left for _, left in returnable(order=order)):
            units = {line.pk: dice.randint(0, left) for line, left in returnable(order=order)}
            if any(units.values()):
                step += 1
                method = dice.choice(["pro_rata", "reprice"])
                answer = answer_refund(order=order, units=units)
                refund = book_refund(order=order, units=units, method=method, reference=f"{number}-{step}")
                assert refund.amount_incl_tax == answer.methods[method].incl_tax >= 0
        back = sum(Refund.objects.filter(order=order).values_list("amount_incl_tax", flat=True))
        assert back == order.basket_total_incl_tax
    booked = list(OrderOffer.objects.given())
    assert len(booked) > 12
    assert [(one.returned, one.given, one.state) for one in booked] == [(one.amount, 0, "released") for one in booked]
    assert not OfferUsage.objects.exclude(used=0, spent=0).exists()


def test_cancelling_an_order_after_a_return_gives_the_uses_back_once(products: list[Any], bundles: list[Any]) -> None:
    lamp, shade, *_ = products
    order = Shopper().put(lamp).put(shade).buy()
    Shopper().put(lamp).put(shade).buy()
    book_refund(order=order, units={line.pk: 1 for line in order.lines.all()}, method="pro_rata", reference="all")
    release_order(order)
    assert OfferUsage.objects.get().used == 1
    assert [row["discount"] for row in OrderOffer.objects.totals()] == [Decimal("8.00")]
