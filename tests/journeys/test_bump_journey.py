"""From a product page to the thank-you page and the dashboard: extras that are declined, accepted, lost and paid."""

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test.factories import CountryFactory

from tests.demo_shop.till.printed import classed, form_fields, read, regions, text_of
from tests.identities import client_of
from tests.journeys.test_bundle_to_order import ADDRESS
from upsell.models import Grant, OrderOffer
from upsell.testing import make_bump, make_product

pytestmark = pytest.mark.django_db(transaction=True)

BASKET, PREVIEW = "basket:summary", "checkout:preview"


@pytest.fixture(autouse=True)
def _autoplace() -> Iterator[None]:
    """Let the tags be in Oscar's own templates, as a shop has them five minutes after installing."""
    installed = [*settings.INSTALLED_APPS]
    installed.insert(installed.index("oscar.config.Shop"), "upsell.contrib.autoplace")
    with override_settings(INSTALLED_APPS=installed):
        yield


class Traveller:
    """A shopper who sees pages and presses what is on them."""

    def __init__(self, user: Any) -> None:
        self.client, self.user = Client(), user
        if user is not None:
            self.client.force_login(user)

    def look(self, page: str = BASKET) -> str:
        response = self.client.get(reverse(page))
        assert response.status_code == 200, response.headers
        self.basket = response.context["basket"]
        html: str = response.content.decode()
        return html

    def region(self, page: str = BASKET) -> Any:
        found = regions(read(self.look(page)), "checkout_bumps")
        return found[0] if found else None

    def extras(self, page: str = BASKET) -> dict[str, Any]:
        """Find the extras on a page, by what is said of them."""
        region = self.region(page)
        return {} if region is None else {text_of(extra): extra for extra in classed(region, "upsell-extra")}

    def said(self, page: str = BASKET) -> str:
        region = self.region(page)
        return "" if region is None else text_of(region)

    def press(self, extra: Any, form: str, address: str) -> str:
        """Press a button of an extra; return the page it leads back to, in words."""
        response = self.client.post(reverse(address), form_fields(next(classed(extra, form))), follow=True)
        assert response.status_code == 200
        return words(response.content.decode())

    def set_units(self, product: Any, units: int) -> None:
        """Change a quantity by the form of the basket page; 0 removes the line."""
        self.look()
        lines = self.basket.all_lines()
        posted: dict[str, Any] = {"form-TOTAL_FORMS": len(lines), "form-INITIAL_FORMS": len(lines)}
        for place, line in enumerate(lines):
            kept = units if line.product == product else line.quantity
            posted |= {f"form-{place}-id": line.pk, f"form-{place}-quantity": kept}
        assert self.client.post(reverse(BASKET), posted).status_code == 302

    def go_to_preview(self) -> None:
        if self.user is None:
            self.client.post(reverse("checkout:index"), {"username": "guest@example.com", "options": "anonymous"})
        self.client.post(reverse("checkout:shipping-address"), {**ADDRESS})
        self.client.get(reverse("checkout:shipping-method"))
        self.client.get(reverse("checkout:payment-method"))


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("account", [True, False], ids=["with an account", "as a guest"])
def test_an_extra_is_declined_another_accepted_lost_regained_and_paid(account: bool) -> None:
    CountryFactory(iso_3166_1_a2="GB", is_shipping_country=True)
    camera, card = make_product("Camera", price="100.00", stock=99), make_product("Card", price="10.00", stock=99)
    strap, book = make_product("Strap", price="8.00", stock=99), make_product("Book", price="12.00", stock=99)
    make_bump(strap, trigger=camera, off="1.00", name="Strap offer", priority=5)
    make_bump(card, trigger=camera, off="3.00", name="Card offer")
    user = get_user_model().objects.create_user("ada", "ada@example.com", "secret") if account else None
    shopper = Traveller(user)

    # The product page's own form; nothing of the till is on it.
    page = shopper.client.get(camera.get_absolute_url()).content.decode()
    assert 'data-upsell="checkout_bumps"' not in page
    shopper.client.post(reverse("basket:add", args=[camera.pk]), {"quantity": 1})
    shopper.client.post(reverse("basket:add", args=[book.pk]), {"quantity": 1})

    # Both are offered; nothing of them is in the basket.
    extras = shopper.extras()
    assert [*map(bool, extras)] == [True, True]
    declined, accepted = extras.values()
    assert "Strap" in text_of(declined)
    assert "£7.00" in text_of(accepted)
    assert shopper.basket.total_incl_tax == 112

    # One is declined, and stays away, in the basket and in the preview.
    told = shopper.press(declined, "upsell-decline", "upsell:bump-decline")
    assert "Strap" in told
    for _ in range(3):
        assert "Strap" not in shopper.said()
    # The other is accepted; a second press of the same adds nothing.
    shopper.press(accepted, "upsell-accept", "upsell:bump-accept")
    told = shopper.press(accepted, "upsell-accept", "upsell:bump-accept")
    assert "You have this already." in told
    shopper.look()
    assert {line.product.title: line.quantity for line in shopper.basket.all_lines()} == {
        "Camera": 1,
        "Book": 1,
        "Card": 1,
    }
    assert shopper.basket.total_incl_tax == 119
    assert "Card" not in shopper.said()

    # What called for it goes, its price with it, and the basket says so; it comes back with it.
    shopper.set_units(camera, 0)
    said = shopper.said()
    assert shopper.basket.total_incl_tax == 22
    assert "Card now costs £10.00: its price of £7.00 went with Camera." in said
    shopper.client.post(reverse("basket:add", args=[camera.pk]), {"quantity": 1})
    assert "now costs" not in shopper.said()
    assert shopper.basket.total_incl_tax == 119
    shopper.set_units(camera, 2)
    shopper.set_units(card, 2)
    shopper.look()
    assert shopper.basket.total_incl_tax == 229  # two cameras, the book, and one of two cards for less
    shopper.set_units(card, 1)

    # The preview shows what is paid, and offers neither again.
    shopper.go_to_preview()
    preview = shopper.look(PREVIEW)
    assert "£219.00" in preview
    assert "Strap" not in shopper.said(PREVIEW)
    answer = shopper.client.post(reverse(PREVIEW), {"action": "place_order"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("checkout:thank-you")
    assert "£219.00" in words(answer.content.decode())

    # The order says the same everywhere, to the cent.
    order = get_model("order", "Order").objects.get()
    assert order.total_incl_tax == sum(line.line_price_incl_tax for line in order.lines.all()) == Decimal(219)
    assert OrderOffer.objects.get().amount == Decimal(3)
    assert Grant.objects.get(state="used").order_offer.order == order
    [discount] = order.discounts.all()
    assert (discount.offer_name, discount.amount) == ("Extras at the till", Decimal(3))
    page = client_of("superuser").get(reverse("dashboard:order-detail", args=[order.number])).content.decode()
    assert "Extras at the till" in page
    assert "Card offer: £3.00" in words(page)

    # The next basket begins anew: what was ordered may be offered again, what was declined may not.
    shopper.client.post(reverse("basket:add", args=[camera.pk]), {"quantity": 1})
    shopper.client.post(reverse("basket:add", args=[card.pk]), {"quantity": 1})
    said = shopper.said()
    assert shopper.basket.total_incl_tax == 110
    assert "Strap" not in said
