"""From orders to a widget to the basket to an order, through Oscar's own pages, as a shopper and a merchant walk it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test.factories import CountryFactory

from tests.orders import placed_often, products
from upsell.models import Affinity, Curation
from upsell.recommendations.base import Table
from upsell.recommendations.services import live_generation
from upsell.testing import make_product

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
    """Let the widgets be in Oscar's own templates, as a shop has them five minutes after installing."""
    installed = [*settings.INSTALLED_APPS]
    installed.insert(installed.index("oscar.config.Shop"), "upsell.contrib.autoplace")
    with override_settings(INSTALLED_APPS=installed):
        yield


def section(html: str, widget: str) -> str:
    """Cut a widget out of a page; empty if the page does not show it."""
    _, mark, rest = html.partition(f'data-upsell="{widget}"')
    return rest.partition("</section>")[0] if mark else ""


def orders_together(one: Any, other: Any) -> int:
    rows = Affinity.objects.filter(generation=live_generation(), table=Table.PRODUCT, product=one, neighbour=other)
    return sum(rows.values_list("orders_together", flat=True))


def test_what_customers_bought_together_is_shown_added_and_counted(client: Client) -> None:
    CountryFactory(iso_3166_1_a2="GB", is_shipping_country=True)
    camera, bag, lamp = make_product("Camera"), make_product("Bag"), make_product("Lamp")
    others = products(12)
    placed_often(6, camera, bag)
    for other in others:
        placed_often(3, lamp, other)
    call_command("upsell_install", verbosity=0)
    call_command("upsell_rebuild", verbosity=0)

    # The product page says what is bought with it, and why.
    page = client.get(camera.get_absolute_url()).content.decode()
    together = section(page, "frequently_bought_together")
    assert "Often bought with Camera" in together
    assert f'value="{bag.pk}"' in together
    assert f'value="{lamp.pk}"' not in together

    # One press adds the ticked set; the page after it offers the way back.
    answer = client.post(
        reverse("upsell:set-add"), {"product": [camera.pk, bag.pk], "next": camera.get_absolute_url(), "once": "a"}
    )
    assert answer.status_code == 302
    basket = get_model("basket", "Basket").objects.get()
    assert sorted(line.product_id for line in basket.lines.all()) == sorted([camera.pk, bag.pk])
    assert reverse("upsell:set-undo") in client.get(answer["Location"]).content.decode()

    # What is in the basket is not offered again.
    assert f'value="{bag.pk}"' not in section(
        client.get(reverse("basket:summary")).content.decode(), "complete_your_basket"
    )

    # An order of two things that were never bought together counts at once.
    assert orders_together(camera, lamp) == 0
    client.force_login(get_user_model().objects.create_user("sam", "sam@example.com", "secret"))
    client.post(reverse("basket:add", args=[lamp.pk]), {"quantity": 1})
    client.post(reverse("checkout:shipping-address"), ADDRESS)
    client.get(reverse("checkout:shipping-method"), follow=True)
    client.post(reverse("checkout:preview"), {"action": "place_order"}, follow=True)
    assert orders_together(camera, lamp) == 1
    assert orders_together(camera, bag) == 7


def test_a_merchant_pins_and_excludes_and_the_page_follows_at_once(client: Client) -> None:
    camera, bag, lamp = make_product("Camera"), make_product("Bag"), make_product("Lamp")
    placed_often(6, camera, bag)
    for other in products(12):
        placed_often(3, other, lamp)
    call_command("upsell_rebuild", verbosity=0)
    merchant = Client()
    merchant.force_login(get_user_model().objects.create_superuser("ann", "ann@example.com", "secret"))
    add = reverse("admin:upsell_curation_add")

    def shown() -> str:
        return section(client.get(camera.get_absolute_url()).content.decode(), "frequently_bought_together")

    assert "Lamp" not in shown()
    form = {"product": lamp.pk, "beside_product": camera.pk, "is_active": "on", "position": 1, "factor": 2}
    merchant.post(add, {**form, "action": "pin"})
    assert Curation.objects.get().action == Curation.Action.PIN
    assert "Lamp" in shown()

    merchant.post(add, {**form, "action": "exclude", "product": bag.pk})
    assert Curation.objects.count() == 2
    assert "Lamp" in shown()
    assert "Bag" not in shown()
