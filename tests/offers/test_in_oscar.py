"""Offers through Oscar's own engine: what a basket is given, and how Oscar's lines and totals take it."""

from decimal import Decimal
from typing import Any

import pytest
from oscar.core.loading import get_class

from upsell.offers.serving.quoting import quote, quotes, savings_of
from upsell.testing import count_queries, make_basket, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db


def apply(basket: Any) -> Any:
    """Apply every offer as Oscar's pages do."""
    request = getattr(basket.strategy, "request", None)
    basket.reset_offer_applications()
    get_class("offer.applicator", "Applicator")().apply(basket, getattr(request, "user", None), request)
    return basket


def discount_of(basket: Any) -> Decimal:
    return basket.total_discount


def test_a_basket_earns_a_set() -> None:
    coffee, filters = make_product(price="12.00"), make_product(price="4.00")
    make_bundle(coffee, filters, price="14.50", name="Coffee set")
    basket = apply(make_basket(coffee, filters))
    assert basket.total_incl_tax == Decimal("14.50")
    [applied] = basket.offer_discounts
    assert applied["discount"] == Decimal("1.50")
    assert applied["name"] == "Bundle savings"
    assert applied["description"] == "Coffee set: £1.50"


def test_a_set_is_quoted_at_what_it_will_cost() -> None:
    coffee, filters = make_product(price="12.00"), make_product(price="4.00")
    make_bundle(coffee, filters, price="14.50", name="Coffee set")
    found = quote([(coffee, 1), (filters, 1)], request=make_request())
    assert (found.full, found.saving, found.total) == (Decimal("16.00"), Decimal("1.50"), Decimal("14.50"))
    assert sum(line.discount for line in found.lines) == found.saving
    assert apply(make_basket(coffee, filters)).total_incl_tax == found.total


def test_what_an_addition_would_change_is_quoted_on_top_of_the_basket() -> None:
    coffee, filters, cup = (make_product(price=price) for price in ("12.00", "4.00", "6.00"))
    make_bundle(coffee, filters, price="14.50", name="Coffee set")
    make_bundle(coffee, cup, off="5.00", name="Cup set")
    request = make_request()
    basket = apply(make_basket(coffee, filters, request=request))
    found = quote([(cup, 1)], request=request, basket=basket)
    assert {saving.name: saving.amount for saving in found.savings} == {
        "Cup set": Decimal("5.00"),
        "Coffee set": Decimal("-1.50"),
    }
    basket.add_product(cup)
    assert apply(basket).total_incl_tax == Decimal("14.50") + found.total


def test_several_sets_are_quoted_with_as_many_queries_as_one() -> None:
    products = [make_product(price="10.00") for _ in range(6)]
    for first, second in zip(products[::2], products[1::2], strict=True):
        make_bundle(first, second, percent=10)
    sets = [[(first, 1), (second, 1)] for first, second in zip(products[::2], products[1::2], strict=True)]

    def queries_of(wanted: Any) -> int:
        request = make_request()
        for items in wanted:  # what the strategy asks for each product is not ours
            for product, _units in items:
                request.strategy.fetch_for_product(product)
        with count_queries() as queries:
            found = quotes(wanted, request=request)
        assert [one.saving for one in found] == [Decimal("2.00")] * len(wanted)
        return len([query for query in queries if "upsell" in query or "conditionaloffer" in query])

    assert queries_of(sets[:1]) == queries_of(sets[1:]) <= 2


def test_savings_are_what_oscar_took_off() -> None:
    coffee, filters = make_product("Coffee", price="12.00"), make_product("Filters", price="4.00")
    make_bundle(coffee, filters, off="1.50", name="Coffee set", text="For a good morning")
    basket = make_basket(coffee, (filters, 2))
    assert savings_of(basket) == ()
    [saving] = savings_of(apply(basket))
    assert (saving.name, saving.text, saving.amount, saving.applications) == (
        "Coffee set",
        "For a good morning",
        Decimal("1.50"),
        1,
    )
    assert {(item.title, item.units, item.amount) for item in saving.items} == {
        ("Coffee", 1, Decimal("1.13")),
        ("Filters", 1, Decimal("0.37")),
    }
