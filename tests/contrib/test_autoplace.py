"""Automatic placing: widgets on Oscar's own pages without a template edited."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client, override_settings
from oscar.core.loading import get_model

from upsell.recommendations.base import Table
from upsell.testing import add_affinity, add_popularity, make_ladder, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _autoplace() -> Iterator[None]:
    before_oscar = settings.INSTALLED_APPS.index("oscar.config.Shop")
    installed = [*settings.INSTALLED_APPS]
    installed.insert(before_oscar, "upsell.contrib.autoplace")
    with override_settings(INSTALLED_APPS=installed):
        yield


def test_the_product_page_shows_the_widgets_and_loads_their_style(client: Client) -> None:
    camera, bag = make_product("Camera"), make_product("Bag")
    add_affinity(camera, bag)
    for number in range(6):
        add_affinity(camera, make_product(f"Strap {number}"), table=Table.BASKET)
        add_affinity(camera, make_product(f"Other camera {number}"), table=Table.SIMILAR)
    page = client.get(camera.get_absolute_url()).content.decode()
    for widget in ("frequently_bought_together", "customers_also_bought", "similar_products"):
        assert page.count(f'data-upsell="{widget}"') == 1
    head = page[: page.index("</head>")]
    assert "upsell/upsell.css" in head
    assert "upsell/upsell.js" in head
    assert page.index('data-upsell="frequently_bought_together"') > page.index("product_main")
    assert '<article class="product_page">' in page


def test_oscars_recommended_items_are_shown_once_as_pins(client: Client) -> None:
    camera, bag = make_product("Camera"), make_product("Shoulder bag")
    get_model("catalogue", "ProductRecommendation").objects.create(primary=camera, recommendation=bag)
    page = client.get(camera.get_absolute_url()).content.decode()
    assert "Chosen by us" in page
    assert "Recommended items" not in page
    with override_settings(UPSELL_ENABLED=False):
        page = client.get(camera.get_absolute_url()).content.decode()
    assert "data-upsell" not in page
    assert "Recommended items" in page


def test_the_basket_page_keeps_its_suggestions_when_it_is_updated_in_place(client: Client) -> None:
    camera, bag = make_product("Camera", price="100.00"), make_product("Bag")
    add_affinity(camera, bag, table=Table.BASKET)
    client.post("/upsell/set/add/", {"product": [camera.pk]})
    page = client.get("/basket/").content.decode()
    assert page.count('data-upsell="complete_your_basket"') == 1
    assert "Often bought with Camera" in page
    line = get_model("basket", "Line").objects.get()
    update = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": str(line.pk),
        "form-0-quantity": "2",
    }
    answer = client.post("/basket/", update, headers={"X-Requested-With": "XMLHttpRequest"}).json()
    assert 'data-upsell="complete_your_basket"' in answer["content_html"]


def test_a_line_of_the_basket_is_offered_a_better_step_below_the_form(client: Client) -> None:
    pump, better = make_product("Pump", price="30.00"), make_product("Better pump", price="50.00")
    make_ladder(pump, (better, {"highlights": "A second chamber"}))
    client.post("/upsell/set/add/", {"product": [pump.pk]})
    page = client.get("/basket/").content.decode()
    assert page.count('data-upsell="line_upgrade"') == 1
    assert '<p class="upsell-from">Pump</p>' in page  # its line is not beside it
    form = page[page.index('id="basket_formset"') :]
    assert 'data-upsell="line_upgrade"' not in form[: form.index("</form>")]


def test_an_empty_basket_and_the_front_page_show_what_is_trending(client: Client) -> None:
    add_popularity(make_product("Tripod"), trend=2.0)
    for address in ("/basket/", "/catalogue/"):
        page = client.get(address).content.decode()
        assert page.count('data-upsell="trending_products"') == 1
        assert "Selling well lately" in page


def test_it_may_be_readied_again(client: Client) -> None:
    from django.apps import apps

    apps.get_app_config("upsell_autoplace").ready()
    apps.get_app_config("upsell_autoplace").ready()
    camera = make_product("Camera")
    assert camera.sorted_recommended_products == []
    assert client.get(camera.get_absolute_url()).status_code == 200
