"""Nobody is charged more than the preview showed."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from tests.checkout import Shopper, reprice
from upsell.bundles.models import Bundle
from upsell.offers.booking import middleware
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import OfferUsage
from upsell.offers.serving.index import save_terms
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Any:
    return make_product(price="10.00")


def orders() -> int:
    return get_model("order", "Order").objects.count()


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_what_the_preview_showed_is_charged(product: Any) -> None:
    order = Shopper().put(product).buy()
    assert order.total_incl_tax == Decimal("10.00")


def test_a_dearer_order_goes_back_to_the_preview_and_is_placed_after_a_second_yes(
    product: Any,
) -> None:
    shopper = Shopper().put(product).go_to_checkout()
    shopper.preview()
    reprice(product, "12.50")
    response = shopper.press()
    assert response.status_code == 302
    assert response.url == reverse("checkout:preview")
    assert "10.00" in said(response)
    assert "12.50" in said(response)
    assert not orders()
    basket = get_model("basket", "Basket").objects.get()
    assert basket.status == basket.OPEN
    assert shopper.preview().incl_tax == Decimal("12.50")
    assert shopper.press().url == reverse("checkout:thank-you")
    assert get_model("order", "Order").objects.get().total_incl_tax == Decimal("12.50")


@pytest.mark.parametrize("change", [{"ends_at": timezone.now()}, {"status": "paused"}])
def test_an_offer_that_ends_after_the_preview_is_noticed_before_the_payment(
    product: Any, change: dict[str, Any]
) -> None:
    """A17, A26."""
    bundle = make_bundle((product, 2), percent=10)
    shopper = Shopper().put(product, 2).go_to_checkout()
    assert shopper.preview().incl_tax == Decimal("18.00")
    Bundle.objects.filter(pk=bundle.pk).update(**change)
    save_terms(bundle)
    assert shopper.press().url == reverse("checkout:preview")
    assert shopper.preview().incl_tax == Decimal("20.00")
    assert shopper.press().url == reverse("checkout:thank-you")
    assert get_model("order", "Order").objects.get().total_incl_tax == Decimal("20.00")


def test_pressing_twice_orders_once(product: Any) -> None:
    """A19."""
    make_bundle((product, 2), percent=10)
    shopper = Shopper().put(product, 2).go_to_checkout()
    shopper.preview()
    shopper.press()
    assert shopper.press().status_code == 302
    assert get_model("order", "Order").objects.count() == OrderOffer.objects.count() == 1
    assert OfferUsage.objects.get().used == 1


def test_no_payment_is_taken_for_a_dearer_order(product: Any) -> None:
    shopper = Shopper().put(product).go_to_checkout()
    shopper.preview()
    reprice(product, "10.01")
    with patch("oscar.apps.checkout.views.PaymentDetailsView.handle_payment") as handle_payment:
        shopper.press()
        assert not handle_payment.called
        shopper.preview()
        shopper.press()
        assert handle_payment.called


def test_a_cheaper_order_is_placed_at_the_lower_price(product: Any) -> None:
    shopper = Shopper().put(product).go_to_checkout()
    shopper.preview()
    reprice(product, "9.00")
    assert shopper.press().url == reverse("checkout:thank-you")
    assert get_model("order", "Order").objects.get().total_incl_tax == Decimal("9.00")


def test_another_currency_needs_another_yes(product: Any) -> None:
    """A24."""
    one = middleware.Total(1, "GBP", Decimal("10.00"), with_tax=True)
    assert middleware.Total(1, "EUR", Decimal("9.00"), with_tax=True).exceeds(one)
    assert middleware.Total(1, "GBP", Decimal("9.00"), with_tax=False).exceeds(one)
    assert not middleware.Total(1, "GBP", Decimal("10.00"), with_tax=True).exceeds(one)


def test_a_total_shown_for_another_basket_stops_nothing(product: Any) -> None:
    shopper = Shopper().put(product).go_to_checkout()
    shopper.preview()
    session = shopper.client.session
    session[middleware.AGREED] = [0, "GBP", "1.00", True]
    session.save()
    assert shopper.press().url == reverse("checkout:thank-you")


@pytest.mark.parametrize("junk", ["x", [1], 7, {"total": 1}])
def test_junk_in_the_session_stops_no_order(product: Any, junk: Any, caplog: pytest.LogCaptureFixture) -> None:
    shopper = Shopper().put(product).go_to_checkout()
    shopper.preview()
    session = shopper.client.session
    session[middleware.AGREED] = junk
    session.save()
    assert shopper.press().url == reverse("checkout:thank-you")
    assert [record.reason for record in caplog.records if record.name == "upsell"] == ["offers.agreed_total"]


def test_a_failure_of_ours_stops_no_order(product: Any, caplog: pytest.LogCaptureFixture) -> None:
    shopper = Shopper().put(product).go_to_checkout()
    shopper.preview()
    with patch.object(middleware, "_price_of", side_effect=RuntimeError("broken")):
        assert shopper.press().url == reverse("checkout:thank-you")
    assert [record.reason for record in caplog.records if record.name == "upsell"] == ["offers.agreed_total"]


def test_other_pages_are_left_alone(product: Any) -> None:
    shopper = Shopper().put(product)
    shopper.basket()
    assert middleware.AGREED not in shopper.client.session
