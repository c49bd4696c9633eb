"""From a bundle on a product page to the basket, the order, its mail and its page: one price all the way."""

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test.factories import CountryFactory

from upsell.offers.models.bookings import OrderOffer
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = {
    "first_name": "Sam",
    "last_name": "Shopper",
    "line1": "1 High Street",
    "line4": "London",
    "postcode": "N1 9RT",
    "country": "GB",
    "phone_number": "",
    "notes": "",
}


@pytest.fixture(autouse=True)
def _autoplace() -> Iterator[None]:
    """Let the tags be in Oscar's own templates, as a shop has them five minutes after installing."""
    installed = [*settings.INSTALLED_APPS]
    installed.insert(installed.index("oscar.config.Shop"), "upsell.contrib.autoplace")
    with override_settings(INSTALLED_APPS=installed):
        yield


def section(html: str, widget: str) -> str:
    """Read what a widget says on a page; empty if the page does not show it."""
    _, mark, rest = html.partition(f'data-upsell="{widget}"')
    inside = rest.partition(">")[2].partition("</section>")[0] if mark else ""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", inside)).split())


def fields(html: str, action: str) -> dict[str, str]:
    """Read the fields of the first form that posts to an address."""
    form = html[html.index(f'action="{action}"') :]
    form = form[: form.index("</form>")]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def test_what_is_shown_is_what_is_charged_told_and_stored(client: Client) -> None:
    CountryFactory(iso_3166_1_a2="GB", is_shipping_country=True)
    camera, bag = make_product("Camera", price="100.00"), make_product("Bag", price="25.00")
    tea = [make_product(f"Tea {number}", price="4.00") for number in range(3)]
    make_bundle(camera, (bag, 2), price="129.00", name="Trip")
    make_bundle(*tea, kind="mix", units=3, price="10.00", name="3 for 10")
    user = get_user_model().objects.create_user("sam", "sam@example.com", "secret")
    client.force_login(user)

    # The product page offers the set at its price; its own form adds it.
    page = client.get(camera.get_absolute_url()).content.decode()
    assert "£129.00 instead of £150.00 You save £21.00" in section(page, "bundle_offers")
    posted = fields(page, reverse("upsell:set-bundle"))
    assert posted["total"] == "129.00"
    answer = client.post(reverse("upsell:set-bundle"), posted)
    assert answer["Location"] == camera.get_absolute_url()
    assert "You save £21.00." in client.get(answer["Location"]).content.decode()

    # The basket says what it saved, and what is one short; the row's button completes it.
    for product in tea[:2]:
        client.post(reverse("upsell:set-add"), {"product": [product.pk]})
    page = client.get("/basket/").content.decode()
    assert section(page, "basket_savings").startswith("You save £21.00 Trip £21.00")
    progress = section(page, "bundle_progress")
    assert "One more for 3 for 10" in progress
    assert "You save £2.00" in progress
    client.post(reverse("upsell:set-units"), {"item": f"{tea[2].pk}:1"})
    page = client.get("/basket/")
    savings = section(page.content.decode(), "basket_savings")
    assert savings.startswith("You save £23.00")
    assert "3 for 10 £2.00" in savings
    assert section(page.content.decode(), "bundle_progress") == ""
    assert page.context["basket"].total_incl_tax == Decimal("139.00")

    # The checkout shows the same, and so do the order, its mail and its page.
    client.post(reverse("checkout:shipping-address"), {**ADDRESS})
    client.get(reverse("checkout:shipping-method"))
    client.get(reverse("checkout:payment-method"))
    preview = client.get(reverse("checkout:preview")).content.decode()
    assert section(preview, "basket_savings") == savings
    answer = client.post(reverse("checkout:preview"), {"action": "place_order"}, follow=True)
    order = get_model("order", "Order").objects.get()
    assert order.total_incl_tax == Decimal("139.00")
    assert sorted(OrderOffer.objects.values_list("name", "amount")) == [
        ("3 for 10", Decimal("2.00")),
        ("Trip", Decimal("21.00")),
    ]
    thanks = section(answer.content.decode(), "order_savings")
    assert thanks.startswith("You saved £23.00")
    assert "Trip £21.00" in thanks
    detail = client.get(reverse("customer:order", args=[order.number])).content.decode()
    assert section(detail, "order_savings") == thanks
    [sent] = [one for one in mail.outbox if order.number in one.body]
    [(written, kind), *_] = sent.alternatives
    assert kind == "text/html"
    assert "You saved" in written
    assert "£23.00" in written
    assert "Trip: 1 × Camera, 2 × Bag" in " ".join(unescape(written).split())
