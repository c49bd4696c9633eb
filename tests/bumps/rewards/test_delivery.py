"""Towards free delivery: what lacks is what Oscar compares, and the product that is named gets there."""

from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import override_settings
from oscar.core.loading import get_class
from oscar.core.prices import Price
from oscar.test import factories

from tests.bumps.rewards.conftest import applied, delivery_price, filled, free_delivery, let_delivery_be
from upsell.bumps.components import rewards_for
from upsell.bumps.rewards import Threshold
from upsell.testing import add_popularity, make_bundle, make_product, make_request, publish_generation

FixedPrice = get_class("partner.prices", "FixedPrice")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_delivery_costs")]


def towards(request: Any) -> Any:
    """The one row about delivery."""
    [row] = [row for row in rewards_for(request.basket, request=request) if row.kind == "delivery"]
    return row


@pytest.fixture
def kettle() -> Any:
    return make_product("Kettle", price="41.80")


@pytest.fixture
def popular() -> list[Any]:
    """Best sellers, which the basket may be completed with."""
    publish_generation()
    made = [make_product(f"Tea at {price}", price=price) for price in ("12.00", "9.50", "8.00", "30.00")]
    for one in made:
        add_popularity(one)
    return made


def test_the_amount_that_lacks_is_told_and_the_cheapest_product_that_brings_it_is_named(
    kettle: Any, popular: list[Any]
) -> None:
    free_delivery(50)
    request = filled(kettle)
    row = towards(request)
    assert row.heading == "£8.20 to free delivery"
    assert (row.have, row.need, row.missing) == (4180, 5000, Decimal("8.20"))
    assert (row.reach.card.title, row.reach.units, row.reach.pays) == ("Tea at 9.50", 1, Decimal("9.50"))


def test_what_the_row_promises_comes_true_and_then_it_says_so(kettle: Any, popular: list[Any]) -> None:
    free_delivery(50)
    request = filled(kettle)
    assert delivery_price(request) == 5
    reach = towards(request).reach
    request = filled((type(kettle).objects.get(pk=reach.product_id), reach.units), request=request)
    assert delivery_price(request) == 0
    row = towards(request)
    assert (row.heading, row.is_reached, row.reach) == ("Delivery is free.", True, None)


def test_two_cheap_units_win_over_one_dear_product(kettle: Any) -> None:
    publish_generation()
    for title, price in (("Cloth", "4.50"), ("Book", "20.00")):
        add_popularity(make_product(title, price=price))
    free_delivery(50)
    reach = towards(filled(kettle)).reach
    assert (reach.card.title, reach.units, reach.pays) == ("Cloth", 2, Decimal("9.00"))


@pytest.mark.parametrize(("value", "is_told"), [("69.60", True), ("69.70", False), ("41.80", False)])
def test_only_the_last_two_fifths_are_near(kettle: Any, value: str, is_told: bool) -> None:
    offer = free_delivery(value)
    rows = rewards_for((request := filled(kettle)).basket, request=request)
    assert bool(rows) is (is_told or offer.condition.value == Decimal("41.80"))
    assert any(not row.is_reached for row in rows) is is_told


def test_a_shop_that_never_charges_for_delivery_has_nothing_to_tell(kettle: Any, monkeypatch: Any) -> None:
    free_delivery(50)
    let_delivery_be(get_class("shipping.methods", "Free")(), monkeypatch)
    request = filled(kettle)
    assert list(rewards_for(request.basket, request=request)) == []


def test_a_basket_that_is_not_delivered_has_no_delivery(kettle: Any) -> None:
    free_delivery(50)
    kettle.product_class.requires_shipping = False
    kettle.product_class.save()
    request = filled(kettle)
    assert list(rewards_for(request.basket, request=request)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"share": Decimal(50)},
        {"benefit": "Shipping fixed price", "share": Decimal(1)},
        {"benefit": "Shipping absolute", "share": Decimal(2)},
        {"status": "Suspended"},
        {"offer_type": "Voucher"},
        {"max_user_applications": 1},
    ],
    ids=["half price", "for 1.00", "2.00 off", "suspended", "for a voucher", "once for each customer"],
)
def test_an_offer_that_does_not_make_delivery_free_for_everybody_is_not_told(kettle: Any, fields: Any) -> None:
    free_delivery(50, **fields)
    request = filled(kettle)
    assert list(rewards_for(request.basket, request=request)) == []


def test_delivery_for_a_price_of_nothing_is_free_delivery(kettle: Any) -> None:
    free_delivery(50, benefit="Shipping fixed price")
    assert towards(filled(kettle)).heading == "£8.20 to free delivery"


def test_a_number_of_products_is_counted_in_products(kettle: Any, popular: list[Any]) -> None:
    free_delivery(3, kind="Count")
    request = filled((kettle, 2))
    row = towards(request)
    assert (row.heading, row.meter) == ("One more product for free delivery", "2 of 3")
    assert row.reach.card.title == "Tea at 8.00"
    after = filled(type(kettle).objects.get(pk=row.reach.product_id), request=request)
    assert delivery_price(after) == 0


def test_only_products_of_the_range_count_and_are_named(kettle: Any, popular: list[Any]) -> None:
    teas = factories.RangeFactory(name="Teas", products=popular)
    free_delivery(50, range=teas)
    assert row_free(filled(kettle, popular[0])) == []  # 12.00 of 50.00 is not near, and the kettle does not count
    request = filled(kettle, popular[3], popular[0])
    row = towards(request)
    assert row.missing == Decimal("8.00")
    assert row.reach.card.title == "Tea at 8.00"
    after = filled((type(kettle).objects.get(pk=row.reach.product_id), row.reach.units), request=request)
    assert delivery_price(after) == 0


def row_free(request: Any) -> list[Any]:
    return [row for row in rewards_for(request.basket, request=request) if row.kind == "delivery"]


def test_units_that_one_of_our_offers_takes_do_not_count_as_oscar_counts(kettle: Any, popular: list[Any]) -> None:
    make_bundle(popular[0], popular[3], percent=10)
    free_delivery(50)
    request = filled(kettle, popular[0], popular[3])
    assert request.basket.total_incl_tax > 50
    assert delivery_price(request) == 5  # Oscar does not count the set, and neither do we
    assert towards(request).missing == Decimal("8.20")


def test_a_product_that_would_be_taken_by_one_of_our_offers_is_not_named(kettle: Any, popular: list[Any]) -> None:
    make_bundle(kettle, popular[1], percent=10)  # the tea at 9.50 is what would be named
    free_delivery(50)
    request = filled(kettle)
    reach = towards(request).reach
    assert reach.card.title == "Tea at 12.00"
    assert delivery_price(filled(popular[1], request=request)) == 5
    request.basket.lines.get(product=popular[1]).delete()
    assert delivery_price(filled(popular[0], request=applied(request))) == 0


def test_a_voucher_that_takes_the_basket_takes_it_from_free_delivery_too(kettle: Any, popular: list[Any]) -> None:
    free_delivery(50)
    request = filled(kettle)
    voucher = factories.VoucherFactory(code="TEN")
    voucher.offers.add(
        factories.ConditionalOfferFactory(
            name="Ten off",
            offer_type="Voucher",
            exclusive=True,
            condition=factories.ConditionFactory(
                range=factories.RangeFactory(name="Any", includes_all_products=True), type="Count", value=1
            ),
            benefit=factories.BenefitFactory(
                range=factories.RangeFactory(name="Every", includes_all_products=True), type="Percentage", value=10
            ),
        )
    )
    request.basket.vouchers.add(voucher)
    applied(request)
    assert request.basket.voucher_discounts
    assert row_free(request) == []
    assert delivery_price(filled((popular[0], 3), request=request)) == 5


def test_with_another_exclusive_offer_about_no_product_is_promised(kettle: Any, popular: list[Any]) -> None:
    free_delivery(50)
    factories.ConditionalOfferFactory(
        name="Rival",
        offer_type="Site",
        exclusive=True,
        condition=factories.ConditionFactory(
            range=factories.RangeFactory(name="Teas", products=popular), type="Count", value=1
        ),
        benefit=factories.BenefitFactory(
            range=factories.RangeFactory(name="Tea", products=popular), type="Percentage", value=10
        ),
    )
    row = towards(filled(kettle))
    assert (row.heading, row.reach) == ("£8.20 to free delivery", None)


def test_of_a_currency_without_decimals_whole_amounts_are_told(popular: list[Any]) -> None:
    pot = make_product("Pot", price="4180")
    cup = make_product("Cup", price="900")
    add_popularity(cup)
    for one in (pot, cup, *popular):
        one.stockrecords.update(price_currency="JPY")
    free_delivery(5000)
    row = towards(filled(pot))
    assert (row.heading, row.missing) == ("JP¥820 to free delivery", 820)
    assert (row.reach.card.title, row.reach.pays) == ("Cup", 900)


@pytest.mark.parametrize(("incl_tax", "missing"), [(True, "8.20"), (False, "15.17")])
def test_the_amount_is_compared_in_the_basis_that_oscar_compares_in(
    kettle: Any, popular: list[Any], monkeypatch: Any, incl_tax: bool, missing: str
) -> None:
    # Prices are with 20 % tax in them for the shopper: 41.80 is 34.83 before tax.
    def with_tax(self: Any, product: Any, record: Any) -> Any:
        net = (record.price / Decimal("1.2")).quantize(Decimal("0.01"))
        return FixedPrice(currency=record.price_currency, excl_tax=net, tax=record.price - net)

    monkeypatch.setattr(get_class("partner.strategy", "Default"), "pricing_policy", with_tax)
    with override_settings(OSCAR_OFFERS_INCL_TAX=incl_tax):
        monkeypatch.setattr(FixedPrice, "effective_price", property(_effective))
        free_delivery(50)
        request = filled(kettle)
        row = towards(request)
        assert row.missing == Decimal(missing)
        before = "" if incl_tax else " before tax"
        assert row.heading == f"£{missing}{before} to free delivery"
        assert row.reach.pays == row.reach.price
        after = filled((type(kettle).objects.get(pk=row.reach.product_id), row.reach.units), request=request)
        assert delivery_price(after) == 0


def _effective(price: Any) -> Decimal:
    return price.incl_tax if settings.OSCAR_OFFERS_INCL_TAX else price.excl_tax


def shop_limit(basket: Any, request: Any) -> Threshold | None:
    """Stands for a shop's own rule: free from 60.00 of what is paid."""
    return Threshold(have=basket.total_incl_tax, need=Decimal(60))


@override_settings(UPSELL_DELIVERY_REWARD="tests.bumps.rewards.test_delivery.shop_limit")
def test_a_shop_with_a_rule_of_its_own_tells_it_by_a_hook(kettle: Any, popular: list[Any]) -> None:
    row = towards(filled(kettle))
    assert row.heading == "£18.20 to free delivery"
    assert (row.reach.card.title, row.reach.units, row.reach.pays) == ("Tea at 9.50", 2, Decimal("19.00"))


@override_settings(UPSELL_DELIVERY_REWARD="tests.bumps.rewards.test_delivery.shop_limit")
def test_reaching_the_hooks_amount_is_told_only_when_the_shop_charges_nothing(kettle: Any) -> None:
    request = filled((kettle, 2))
    assert row_free(request) == []  # the shop's method still charges 5.00
    [row] = rewards_for(request.basket, request=filled(kettle), charge=_nothing(request.basket))
    assert row.heading == "Delivery is free."


def _nothing(basket: Any) -> Any:
    return Price(currency=basket.currency, excl_tax=Decimal(0), tax=Decimal(0))


def broken(basket: Any, request: Any) -> Threshold | None:
    """Stands for a shop's rule that fails."""
    raise LookupError("no rule today")


@override_settings(UPSELL_DELIVERY_REWARD="tests.bumps.rewards.test_delivery.broken")
def test_a_rule_that_fails_costs_the_row_and_never_the_page(kettle: Any) -> None:
    request = filled(kettle)
    assert list(rewards_for(request.basket, request=request)) == []


def test_switched_off_nothing_is_told(kettle: Any) -> None:
    free_delivery(50)
    request = filled(kettle)
    with override_settings(UPSELL_ENABLED=False):
        assert list(rewards_for(request.basket, request=request)) == []
    assert rewards_for(request.basket, request=request)


def test_a_basket_that_nobody_has_filled_yet_has_nothing_to_tell() -> None:
    free_delivery(50)
    request = make_request()
    assert list(rewards_for(request.basket, request=request)) == []


def test_what_a_row_proposes_is_not_recommended_again_below(kettle: Any, popular: list[Any]) -> None:
    free_delivery(50)
    request = filled(kettle)
    page = Template("{% load upsell_tags %}{% reward_progress basket %}<hr>{% complete_your_basket basket %}")
    above, below = page.render(Context({"request": request, "basket": request.basket})).split("<hr>")
    assert "Tea at 9.50" in above
    assert "Tea at 9.50" not in below
    assert "Tea at 8.00" in below


def test_before_a_method_is_chosen_a_charge_of_nothing_is_not_taken_for_free(kettle: Any, popular: list[Any]) -> None:
    free_delivery(50)
    request = filled(kettle)
    values = {"request": request, "basket": request.basket, "shipping_charge": _nothing(request.basket)}
    page = Template("{% load upsell_tags %}{% reward_progress basket %}")
    assert "£8.20 to free delivery" in page.render(Context(values))
