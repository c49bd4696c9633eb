"""Replaying tells which recent baskets and orders would have met a rule, as the engine judges baskets."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests.orders import placed, variant
from upsell.bumps.models.bumps import BumpRequirement
from upsell.bumps.serving.replaying import Replay, replay
from upsell.bumps.serving.rules import rule_of
from upsell.offers import eligibility
from upsell.offers.base import Selection
from upsell.offers.serving.families import install
from upsell.offers.serving.planning import current_row
from upsell.offers.serving.reading import read_basket
from upsell.offers.serving.selections import facts_of, of_product
from upsell.offers.serving.solving import situation_of
from upsell.testing import count_queries, make_basket, make_product, make_request

pytestmark = pytest.mark.django_db

Basket = get_model("basket", "Basket")
row = BumpRequirement


def tried(*rows: Any, added: Any = None, most: int = 200) -> Replay:
    return replay(rows, currency="GBP", added=of_product(added.pk) if added else Selection(), most=most)


def stored(*lines: Any, user: Any = None) -> Any:
    return make_basket(*lines, request=make_request(user=user))


@pytest.fixture
def coffee() -> Any:
    return make_product("Coffee", price="8.00")


@pytest.fixture
def milk() -> Any:
    return make_product("Milk", price="2.00")


def test_a_shop_without_baskets_says_so() -> None:
    found = tried(row(kind="worth", least=Decimal(1)))
    assert found == Replay()
    assert str(found) == "There are no baskets and no orders yet that it could be tried on."


def test_baskets_are_judged_as_the_engine_judges_them(coffee: Any, milk: Any) -> None:
    install()
    category = factories.CategoryFactory()
    milk.categories.add(category)
    kinds = [((coffee, 2),), ((coffee, 1), (milk, 3)), ((milk, 1),), ((milk, 4),)]
    baskets = [stored(*lines) for lines in kinds]
    rules = [
        [row(product=coffee, units=2)],
        [row(category=category, units=3)],
        [row(group=1, product=coffee), row(group=2, category=category)],
        [row(group=1, product=coffee), row(group=1, category=category, units=4)],
        [row(product=coffee, negated=True)],
        [row(kind="worth", least=Decimal(8), most=Decimal(14))],
        [row(kind="worth", least=Decimal(8), negated=True)],
        [row(kind="currency", codes=["EUR"])],
        [],
    ]
    for requirements in rules:
        rule = rule_of(requirements, currency="GBP")
        expected = sum(_holds(rule, basket) for basket in baskets)
        found = tried(*requirements)
        assert (found.looked_at, found.met, found.unknown) == (4, expected, 0), requirements


def _holds(rule: Any, basket: Any) -> bool:
    reading = read_basket(basket, current_row())
    assert reading is not None
    return eligibility.holds(rule, situation_of(reading, facts_of(reading.products))) is True


def test_orders_are_looked_at_beside_baskets_and_once(coffee: Any, milk: Any) -> None:
    order = placed(coffee, milk)
    order.basket = stored(coffee)
    order.save()
    found = tried(row(product=coffee))
    assert (found.looked_at, found.met) == (1, 1)
    assert [example.is_order for example in found.examples] == [True]
    assert "Coffee, Milk" in str(found.examples[0])
    assert str(found.examples[0]).startswith("Order of ")


def test_merged_and_empty_baskets_are_left_out(coffee: Any) -> None:
    merged = stored(coffee)
    merged.status = Basket.MERGED
    merged.save()
    stored()
    assert tried().looked_at == 0


def test_the_newest_are_looked_at_and_no_more_than_asked_for(coffee: Any, milk: Any) -> None:
    for days in (9, 8, 7):
        placed(coffee, days_ago=days)
    placed(milk, days_ago=1)
    stored(milk)
    found = tried(row(product=coffee), most=3)
    assert (found.looked_at, found.met) == (3, 1)


def test_those_that_had_the_product_already_are_told_apart(coffee: Any, milk: Any) -> None:
    stored(coffee, milk)
    stored(coffee)
    found = tried(row(product=coffee), added=milk)
    assert (found.met, found.held, found.shown) == (2, 1, 1)
    assert str(found) == ("Of the last 2 baskets and orders, 2 would have met this. 1 of them had the product already.")


def test_of_guests_and_of_languages_it_is_not_known(coffee: Any) -> None:
    stored(coffee)
    for asked in (
        row(kind="country", codes=["GB"]),
        row(kind="language", codes=["en"]),
        row(kind="customers", codes=["new"]),
        row(kind="owned", product=coffee),
    ):
        found = tried(asked)
        assert (found.met, found.unknown) == (0, 1), asked.kind
    assert "Of 1 more it is not known" in str(found)


def test_a_customer_s_first_order_was_that_of_a_new_customer(coffee: Any) -> None:
    user = factories.UserFactory()
    placed(coffee, user=user, days_ago=9)
    placed(coffee, user=user, days_ago=3)
    assert tried(row(kind="customers", codes=["new"])).met == 1
    assert tried(row(kind="customers", codes=["returning"])).met == 1


def test_what_was_bought_before_counts_from_the_time_of_the_order(coffee: Any, milk: Any) -> None:
    user = factories.UserFactory()
    child = variant(coffee)
    placed(child, user=user, days_ago=60)
    placed(milk, user=user, days_ago=40)
    placed(milk, user=user, days_ago=1)
    assert tried(row(kind="owned", product=coffee)).met == 2
    assert tried(row(kind="owned", product=coffee, days=30)).met == 1
    assert tried(row(kind="owned", product=milk)).met == 1


def test_the_country_is_where_an_order_went_and_where_a_customer_usually_has_things_sent(coffee: Any) -> None:
    user = factories.UserFactory()
    address = factories.UserAddressFactory(user=user)
    stored(coffee, user=user)
    order = placed(coffee)
    order.shipping_address = factories.ShippingAddressFactory(country=address.country)
    order.save()
    assert tried(row(kind="country", codes=[address.country_id])).met == 2
    assert tried(row(kind="country", codes=["ZZ"])).met == 0


def test_the_time_is_that_of_the_order(coffee: Any) -> None:
    at = timezone.localtime() - timedelta(days=2)
    placed(coffee, at=at)
    assert tried(row(kind="time", codes=[at.weekday()])).met == 1
    assert tried(row(kind="time", codes=[(at.weekday() + 1) % 7])).met == 0


def test_products_that_are_gone_are_worth_what_they_cost(coffee: Any) -> None:
    placed(None, coffee)
    assert tried(row(kind="worth", least=Decimal(2))).met == 1
    assert tried(row(product=coffee)).met == 1


def test_the_number_of_queries_does_not_grow_with_the_baskets(coffee: Any, milk: Any) -> None:
    rows = [row(group=1, kind="customers", codes=["new"]), row(group=2, kind="owned", product=coffee, negated=True)]
    rows += [row(group=3, kind="country", codes=["GB"], negated=True), row(group=4, product=milk)]

    def asked(count: int) -> int:
        for _ in range(count):
            user = factories.UserFactory()
            placed(milk, coffee, user=user)
            stored(coffee, milk, user=user)
        with count_queries() as statements:
            tried(*rows, added=coffee)
        return len(statements)

    few = asked(1)
    assert asked(5) == few <= 11
