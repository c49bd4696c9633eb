"""What a curation says in words, and whether it has any effect today."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from oscar.test.factories import CategoryFactory, RangeFactory

from upsell.core.findings import Effect, Light
from upsell.models import Curation
from upsell.recommendations.checks.curations import NAMES, effects, sentence
from upsell.testing import add_curation, count_queries, make_product

pytestmark = pytest.mark.django_db


def effect(curation: Curation) -> Effect:
    return effects([Curation.objects.get(pk=curation.pk)], at=timezone.now())[curation.pk]


def test_a_pin_in_words() -> None:
    pin = Curation(action="pin", product=make_product("Lens cloth"), beside_product=make_product("Aero Grinder"))
    assert sentence(pin) == "Pin Lens cloth first beside Aero Grinder, in all widgets."
    pin.position, pin.widget = 3, "similar_products"
    assert sentence(pin) == "Pin Lens cloth in place 3 beside Aero Grinder, in “Similar products”."


def test_every_other_curation_in_words() -> None:
    category, range_ = CategoryFactory(name="Coffee"), RangeFactory(name="Summer")
    assert sentence(Curation(action="boost", category=category, factor=2.5)) == (
        "Boost all of category “Coffee” 2.5 times everywhere, in all widgets."
    )
    assert sentence(Curation(action="bury", range=range_, beside_category=category)) == (
        "Bury all of range “Summer” 2 times beside products of category “Coffee”, in all widgets."
    )
    assert sentence(Curation(action="exclude", product=make_product("Mug"), beside_range=range_)) == (
        "Exclude Mug beside products of range “Summer”, in all widgets."
    )


def test_a_pin_that_can_be_shown_is_on() -> None:
    pin = add_curation("pin", make_product(), beside_product=make_product())
    assert effect(pin) == Effect(Light.ON, "Active.")


def test_a_pin_of_a_product_without_stock_is_not_shown() -> None:
    pin = add_curation("pin", make_product("Tripod", stock=0))
    assert effect(pin) == Effect(Light.BLOCKED, "Not shown: “Tripod” is out of stock.")


def test_a_pin_of_a_product_without_a_price_is_not_shown() -> None:
    assert effect(add_curation("pin", make_product("Tripod", price=None))).message == (
        "Not shown: “Tripod” has no price."
    )


def test_a_parent_is_in_stock_if_a_variant_is() -> None:
    parent = make_product("Strap", structure="parent", price=None)
    child = make_product("Red", structure="child", parent=parent, product_class=None)
    assert effect(add_curation("pin", parent)).light == Light.ON
    child.stockrecords.update(num_in_stock=0)
    assert effect(add_curation("pin", parent)).light == Light.BLOCKED


@pytest.mark.parametrize("action", ["pin", "boost", "bury", "exclude"])
def test_a_hidden_product_makes_a_curation_idle(action: str) -> None:
    found = effect(add_curation(action, make_product("Tripod", is_public=False)))
    assert found.light == Light.BLOCKED
    assert "“Tripod” is hidden" in found.message


def test_a_hidden_place_makes_a_curation_idle() -> None:
    pin = add_curation("pin", make_product(), beside_product=make_product("Old camera", is_public=False))
    assert effect(pin).message == "Not shown: the page of “Old camera” is hidden from shoppers."


def test_a_category_without_products_makes_a_curation_idle() -> None:
    empty = Curation.objects.create(action="boost", category=CategoryFactory(name="Coffee"))
    assert effect(empty).message == "No effect: there is no product in all of category “Coffee”."
    nowhere = add_curation("exclude", make_product(), beside_range=RangeFactory())
    assert effect(nowhere).message == "No effect: there is no product to show it beside."


@pytest.mark.parametrize(
    ("exclusion", "blocks"),
    [
        ({}, True),  # everywhere
        ({"beside_product": "grinder"}, True),
        ({"beside_product": "other"}, False),
        ({"widget": "similar_products"}, False),  # the pin holds elsewhere too
        ({"is_active": False}, False),
    ],
)
def test_an_exclusion_outweighs_a_pin_where_it_covers_it(exclusion: dict[str, Any], blocks: bool) -> None:
    products = {"grinder": make_product("Aero Grinder"), "other": make_product()}
    mug = make_product("Mug")
    pin = add_curation("pin", mug, beside_product=products["grinder"])
    if "beside_product" in exclusion:
        exclusion = {"beside_product": products[exclusion["beside_product"]]}
    add_curation("exclude", mug, **exclusion)
    assert (effect(pin).light == Light.BLOCKED) == blocks


def test_switches_and_dates_come_before_anything_else() -> None:
    now = timezone.now()
    gone = make_product(stock=0)
    assert effect(add_curation("pin", gone, is_active=False)).message == "Paused."
    assert effect(add_curation("pin", gone, ends_at=now - timedelta(days=1))).message.startswith("Ended on")
    assert effect(add_curation("pin", gone, starts_at=now + timedelta(days=1))).light == Light.WAITING
    ending = effect(add_curation("pin", make_product(), ends_at=now + timedelta(days=1)))
    assert ending.light == Light.ON
    assert ending.message.startswith("Active until")


def test_switched_off_widgets_and_chains_without_pins_are_told(settings: Any) -> None:
    pin = add_curation("pin", make_product(), widget="similar_products")
    settings.UPSELL_CHAINS = {"similar_products": ["similar"]}
    assert "leaves pins out" in effect(pin).message
    settings.UPSELL_ENABLED = False
    assert "switched off" in effect(pin).message


def test_many_are_judged_with_as_few_queries_as_one() -> None:
    def judged(count: int) -> int:
        for _ in range(count):
            add_curation("pin", make_product(), beside_product=make_product())
            add_curation("exclude", None, category=CategoryFactory(), subjects=[make_product()])
        with count_queries() as asked:
            found = effects(Curation.objects.select_related(*NAMES), at=timezone.now())
        assert found
        return len(asked)

    assert judged(1) == judged(20)
