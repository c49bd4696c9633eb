"""What the preview shows is charged, at Oscar's real checkout; and an accepted price is ordered once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.urls import reverse
from oscar.core.loading import get_class, get_model

from tests.checkout import Shopper
from tests.tiers.specials.conftest import NOON, Shop, open_shop
from upsell.models import Grant, OrderOffer
from upsell.offers.booking.releasing import release_order
from upsell.offers.serving.customers import VISITOR, digest
from upsell.testing import make_request
from upsell.tiers.serving.granting import accept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def accepts(shopper: Shopper, shop: Shop, quantity: int = 1) -> None:
    """Accept in the session and for the basket of a shopper at the test client."""
    request = make_request(user=shopper.user, basket=shopper.basket())
    request.session = shopper.client.session
    accept(offer=shop.offer.pk, quantity=quantity, request=request)
    request.session.save()
    if shopper.user is None:
        assert shopper.client.session[VISITOR]


def test_the_order_is_charged_what_the_preview_showed_and_the_price_is_used_up() -> None:
    shop = open_shop()
    shopper = Shopper(email="Guest@example.com").put(shop.pro, 3)
    accepts(shopper, shop, 2)
    assert shopper.basket().total_incl_tax == Decimal(54)
    order = shopper.buy()
    assert order.total_incl_tax == Decimal(54)
    booked = OrderOffer.objects.get()
    assert (booked.offer_id, booked.family, booked.applications) == (shop.offer.pk, "upgrade", 2)
    assert sum(unit.part * unit.quantity for unit in booked.units.all()) == booked.amount == Decimal(6)
    assert order.discounts.get().amount == Decimal(6)
    grant = Grant.objects.get()
    assert (grant.state, grant.order_offer, grant.customer) == ("used", booked, digest("guest@example.com"))
    shopper.put(shop.pro)
    assert shopper.basket().total_incl_tax == Decimal(20)


def test_an_end_between_the_preview_and_the_press_is_noticed_before_the_payment(clock: Any) -> None:
    """A26."""
    shop = open_shop(window_minutes=60)
    shopper = Shopper().put(shop.pro)
    accepts(shopper, shop)
    shopper.go_to_checkout()
    clock.move_to(NOON + HOUR - SECOND)
    assert shopper.preview().incl_tax == Decimal(17)
    clock.move_to(NOON + HOUR + SECOND)
    response = shopper.press()
    assert response.url == reverse("checkout:preview")
    told = " ".join(str(message) for message in get_messages(response.wsgi_request))
    assert "17.00" in told
    assert "20.00" in told
    assert not get_model("order", "Order").objects.exists()
    assert shopper.preview().incl_tax == Decimal(20)
    assert shopper.press().url == reverse("checkout:thank-you")
    assert get_model("order", "Order").objects.get().total_incl_tax == Decimal(20)
    assert Grant.objects.get().state == "accepted"
    assert not OrderOffer.objects.exists()


def test_a_basket_that_is_being_paid_for_keeps_its_price(clock: Any) -> None:
    shop = open_shop(window_minutes=60)
    shopper = Shopper().put(shop.pro)
    accepts(shopper, shop)
    basket = shopper.basket()
    basket.freeze()
    clock.move_to(NOON + HOUR + SECOND)
    again = get_model("basket", "Basket").objects.get(pk=basket.pk)
    again.strategy = make_request(basket=again).strategy
    get_class("offer.applicator", "Applicator")().apply(again, None, None)
    assert again.total_incl_tax == Decimal(17)
    again.thaw()
    again = get_model("basket", "Basket").objects.get(pk=basket.pk)
    request = make_request(basket=again)
    request.session = shopper.client.session
    get_class("offer.applicator", "Applicator")().apply(again, request.user, request)
    assert again.total_incl_tax == Decimal(20)


def test_a_cancelled_order_gives_the_price_back_while_its_time_lasts(clock: Any) -> None:
    shop = open_shop(window_minutes=60)
    user = get_user_model().objects.create_user("ada", "ada@example.com", "secret")
    shopper = Shopper(user).put(shop.pro)
    accepts(shopper, shop)
    order = shopper.buy()
    shopper.put(shop.pro)
    assert shopper.basket().total_incl_tax == Decimal(20)
    assert release_order(order) == 1
    assert release_order(order) == 0
    assert shopper.basket().total_incl_tax == Decimal(17)
    clock.move_to(NOON + HOUR)
    assert shopper.basket().total_incl_tax == Decimal(20)


def test_a_customers_second_basket_cannot_use_the_price_again() -> None:
    shop = open_shop()
    user = get_user_model().objects.create_user("ada", "ada@example.com", "secret")
    first, second = Shopper(user).put(shop.pro), Shopper(user)
    accepts(first, shop)
    other = get_model("basket", "Basket").objects.create(owner=user, status="Saved")
    request = make_request(user=user, basket=other)
    other.add_product(shop.pro)
    get_class("offer.applicator", "Applicator")().apply(other, user, request)
    assert other.total_incl_tax == Decimal(17)
    assert second.buy().total_incl_tax == Decimal(17)
    charge = get_class("shipping.methods", "NoShippingRequired")()
    refused = get_class("order.exceptions", "UnableToPlaceOrder")
    with pytest.raises(refused, match="used already"):
        get_class("order.utils", "OrderCreator")().place_order(
            basket=other,
            total=get_class("checkout.calculators", "OrderTotalCalculator")(request).calculate(
                other, charge.calculate(other)
            ),
            shipping_method=charge,
            shipping_charge=charge.calculate(other),
            user=user,
            request=request,
        )
    assert get_model("order", "Order").objects.count() == 1
    assert other.total_incl_tax == Decimal(20), "the page that shows the refusal shows the new total"
