"""Towards a gift or the next quantity break: what lacks, for what price, and that nothing comes by itself."""

from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from oscar.test import factories

from tests.bumps.rewards.conftest import applied, filled, free_delivery
from tests.bundles.storefront.conftest import make_variants
from upsell.bumps.components import rewards_for
from upsell.recommendations.serving.page import Page
from upsell.recommendations.serving.widgets import WIDGETS
from upsell.testing import count_queries, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def beans() -> Any:
    return make_product("Beans", price="9.00", stock=50)


@pytest.fixture
def cup() -> Any:
    return make_product("Cup", price="6.00", stock=50)


def rows_of(request: Any) -> list[Any]:
    return list(rewards_for(request.basket, request=request))


def paid(request: Any) -> Decimal:
    total: Decimal = applied(request).basket.total_incl_tax
    return total


def test_a_gift_that_lacks_what_has_to_be_bought_names_both(beans: Any, cup: Any) -> None:
    make_bundle((beans, 2), kind="bogo", get=[(cup, 1)], units=2, got_units=1, percent=100, name="A cup with two")
    request = filled(beans)
    [row] = rows_of(request)
    assert (row.kind, row.heading, row.text) == (
        "gift",
        "One more for a gift",
        "Then Cup is free for you, if you like.",
    )
    assert (row.reach.card.title, row.reach.units, row.reach.pays) == ("Beans", 1, Decimal("9.00"))


def test_the_gift_waits_and_costs_nothing_when_it_is_taken(beans: Any, cup: Any) -> None:
    make_bundle(beans, kind="bogo", get=[cup], units=2, got_units=1, percent=100)
    request = filled((beans, 2))
    before = paid(request)
    [row] = rows_of(request)
    assert (row.heading, row.reach.card.title, row.reach.is_free) == ("A gift for you, if you like", "Cup", True)
    assert [line.product.title for line in request.basket.all_lines()] == ["Beans"]  # looking adds nothing
    request.basket.add_product(cup, 1)
    assert paid(request) == before
    assert rows_of(request) == []


def test_removing_the_gift_loses_nothing_else(beans: Any, cup: Any) -> None:
    make_bundle(beans, kind="bogo", get=[cup], units=2, got_units=1, percent=100)
    make_bundle(beans, kind="breaks", breaks=[(2, 10)], name="Many")
    request = filled((beans, 2))
    before = paid(request)
    request.basket.add_product(cup, 1)
    request.basket.lines.get(product=cup).delete()
    assert paid(request) == before


def test_two_for_the_price_of_one_is_a_gift_of_the_same(beans: Any) -> None:
    make_bundle(beans, kind="bogo", units=1, got_units=1, percent=100, name="Two for one")
    request = filled(beans)
    before = paid(request)
    [row] = rows_of(request)
    assert (row.heading, row.text, row.meter) == ("One more for a gift", "Two for one", "1 of 2")
    assert row.reach.is_free
    request.basket.add_product(beans, row.reach.units)
    assert paid(request) == before


def test_half_off_is_no_gift(beans: Any, cup: Any) -> None:
    make_bundle(beans, kind="bogo", get=[cup], units=2, got_units=1, percent=50)
    assert rows_of(filled((beans, 2))) == []


def test_the_next_break_says_what_is_paid_more_for_it(beans: Any) -> None:
    make_bundle(beans, kind="breaks", breaks=[(3, 10), (6, 30)], name="Beans by the box")
    request = filled((beans, 2))
    before = paid(request)
    [row] = rows_of(request)
    assert (row.kind, row.heading, row.meter) == ("break", "One more for Beans by the box", "2 of 3")
    assert (row.reach.price, row.reach.pays) == (Decimal("9.00"), Decimal("6.30"))
    request.basket.add_product(beans, row.reach.units)
    assert paid(request) - before == row.reach.pays
    assert rows_of(request)[0].meter == "3 of 6"


def test_what_lacks_more_than_three_units_is_not_near(beans: Any) -> None:
    make_bundle(beans, kind="breaks", breaks=[(5, 10)])
    assert rows_of(filled(beans)) == []
    assert rows_of(filled((beans, 2)))


def test_sold_out_is_never_a_way(beans: Any, cup: Any) -> None:
    make_bundle(beans, kind="bogo", get=[cup], units=2, got_units=1, percent=100)
    cup.stockrecords.update(num_in_stock=0)
    assert rows_of(filled((beans, 2))) == []


def test_beside_a_voucher_nothing_of_ours_is_promised(beans: Any) -> None:
    make_bundle(beans, kind="breaks", breaks=[(3, 10)])
    request = filled((beans, 2))
    assert rows_of(request)
    voucher = factories.VoucherFactory(code="OFF")
    everything = factories.RangeFactory(name="All", includes_all_products=True)
    voucher.offers.add(
        factories.ConditionalOfferFactory(
            name="Off",
            offer_type="Voucher",
            condition=factories.ConditionFactory(range=everything, type="Count", value=1),
            benefit=factories.BenefitFactory(range=everything, type="Percentage", value=10),
        )
    )
    request.basket.vouchers.add(voucher)
    following = applied(make_request(basket=request.basket))
    assert following.basket.voucher_discounts
    assert rows_of(following) == []


@pytest.mark.usefixtures("_delivery_costs")
def test_the_nearest_comes_first_and_two_are_enough(beans: Any, cup: Any) -> None:
    make_bundle(beans, kind="breaks", breaks=[(5, 10)], name="Five")
    make_bundle(cup, kind="breaks", breaks=[(3, 10)], name="Three")
    free_delivery(50)
    request = filled((beans, 4), (cup, 2))  # 48.00 of 50.00, 4 of 5, 2 of 3
    assert [row.heading for row in rows_of(request)] == ["£2.00 to free delivery", "One more for Five"]


def test_a_part_of_the_page_that_tells_of_an_offer_is_not_repeated(beans: Any, cup: Any) -> None:
    make_bundle(beans, kind="breaks", breaks=[(3, 10)], name="Beans by the box")
    request = filled((beans, 2))
    page = Template("{% load upsell_tags %}{% bundle_progress basket %}{% reward_progress basket %}")
    text = page.render(Context({"request": request, "basket": request.basket}))
    assert text.count("One more for Beans by the box</h2>") == 1


def test_the_row_says_everything_without_a_script(beans: Any, cup: Any) -> None:
    make_bundle(beans, kind="bogo", get=[cup], units=2, got_units=1, percent=100)
    request = filled((beans, 2))
    page = Template("{% load upsell_tags %}{% reward_progress basket %}")
    text = page.render(Context({"request": request, "basket": request.basket}))
    assert '<progress value="2" max="3"' in text
    assert f'name="item" value="{cup.pk}:1"' in text
    assert "It costs you nothing, and you may leave it." in text
    assert "<script" not in text


def test_the_short_form_shows_one_row(beans: Any, cup: Any) -> None:
    make_bundle(beans, kind="breaks", breaks=[(5, 10)], name="Five")
    make_bundle(cup, kind="breaks", breaks=[(3, 10)], name="Three")
    request = filled((beans, 4), (cup, 2))
    values = Context({"request": request, "basket": request.basket})
    page = Template("{% load upsell_tags %}{% reward_progress basket mini=True %}")
    assert page.render(values).count("<progress") == 1


@pytest.mark.usefixtures("_delivery_costs")
@pytest.mark.parametrize("offers", [2, 30])
def test_queries_do_not_grow_with_offers_and_the_same_basket_needs_none(beans: Any, cup: Any, offers: int) -> None:
    free_delivery(30)
    for number in range(offers):
        make_bundle(beans, kind="breaks", breaks=[(3, 10 + number)], name=f"Break {number}")
        make_bundle(make_product(f"Other {number}"), cup, percent=10)
    first = filled((beans, 2))
    cold = queries_of(first)
    warm = queries_of(applied(make_request(basket=type(first.basket).objects.get(pk=first.basket.pk))))
    assert (cold, warm) == (2, 0)  # shipping offers, and offers that touch the basket; what it may earn was known


def queries_of(request: Any) -> int:
    """Count what the rewards ask beyond what the widgets of the page have read."""

    Page.of(request).shelf(WIDGETS["complete_your_basket"], basket=request.basket)
    with count_queries() as statements:
        assert rows_of(request)
    return len(statements)


def test_a_break_of_a_category_and_a_variant_that_was_chosen_are_understood(beans: Any) -> None:
    shirt, (first, _second) = make_variants("Shirt", "20.00", "20.00")
    category = factories.CategoryFactory(name="Clothes")
    for one in (shirt, beans):
        one.categories.add(category)
    make_bundle(category, kind="breaks", breaks=[(3, 50)], name="Any three")
    request = filled(first, beans)
    before = paid(request)
    [row] = rows_of(request)
    assert (row.heading, row.meter, row.reach.card.title) == ("One more for Any three", "2 of 3", "Beans")
    request.basket.add_product(beans, row.reach.units)
    assert paid(request) - before == row.reach.pays


def test_where_the_basket_becomes_cheaper_the_row_says_by_how_much(beans: Any, cup: Any) -> None:
    make_bundle(beans, cup, kind="breaks", breaks=[(3, 50)], name="Any three")
    request = filled((beans, 2))  # 18.00; with a cup, half of 24.00
    before = paid(request)
    [row] = rows_of(request)
    page = Template("{% load upsell_tags %}{% reward_progress basket %}")
    text = page.render(Context({"request": request, "basket": request.basket}))
    request.basket.add_product(cup, 1)
    assert paid(request) - before == row.reach.pays == Decimal("-6.00")
    assert "You pay £6.00 less" in text
    assert "Free" not in text
