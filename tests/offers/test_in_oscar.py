"""Offers through Oscar's own engine: what a basket is given, and how Oscar's lines and totals take it."""

from decimal import Decimal
from typing import Any

import pytest
from oscar.core.loading import get_class

from upsell.testing import make_basket, make_bundle, make_product

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
