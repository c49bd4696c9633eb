"""The screens on which merchants say what a unit costs at least."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from oscar.test.factories import CategoryFactory

from tests.identities import client_of
from upsell.models import PriceFloor
from upsell.offers.base import Family
from upsell.offers.serving.families import rows
from upsell.testing import count_queries, make_bundle, make_product

LIST = "admin:upsell_pricefloor_changelist"


@pytest.fixture
def merchant(db: None) -> Client:
    return client_of("merchant")


def post(client: Client, **fields: Any) -> Any:
    return client.post(reverse("admin:upsell_pricefloor_add"), fields)


def errors(client: Client, **fields: Any) -> dict[str, list[str]]:
    response = post(client, **fields)
    assert response.status_code == 200, "it was saved"
    return dict(response.context["adminform"].form.errors)


def test_a_floor_holds_for_a_product_a_category_or_the_whole_shop(merchant: Client) -> None:
    product, category = make_product("Grinder"), CategoryFactory(name="Lenses")
    for fields in (
        {"product": product.pk, "percent": 60},
        {"category": category.pk, "amount": "2.50"},
        {"percent": 20},
    ):
        assert post(merchant, **fields).status_code == 302
    assert PriceFloor.objects.get(category=category).currency == "GBP"
    page = merchant.get(reverse(LIST)).content.decode()
    for text in ("Grinder", "60 % of its price", "Lenses", "£2.50", "Whole shop", "20 % of its price"):
        assert text in page


@pytest.mark.parametrize(
    ("fields", "field", "cure"),
    [
        ({}, "percent", "or a least price"),
        ({"percent": 10, "amount": 5}, "amount", "Keep one of the two"),
        ({"percent": 101}, "percent", "100"),
        ({"percent": -1}, "percent", "0"),
        ({"amount": -1}, "amount", "0"),
        ({"amount": "1.50", "currency": "JPY"}, "amount", "Round it"),
        ({"amount": "1", "currency": "KWD"}, "currency", "Give a percentage instead"),
        ({"amount": "1", "currency": "POUND"}, "currency", "three letters"),
    ],
)
def test_nonsense_is_refused_at_the_field_with_the_cure(
    merchant: Client, fields: dict[str, Any], field: str, cure: str
) -> None:
    found = errors(merchant, **fields)
    assert list(found) == [field]
    assert cure in found[field][0]


def test_a_floor_is_about_one_thing_and_said_once(merchant: Client) -> None:
    product, category = make_product(), CategoryFactory()
    found = errors(merchant, product=product.pk, category=category.pk, percent=10)
    assert "a second floor" in found["category"][0]
    post(merchant, product=product.pk, percent=10)
    assert "Change that one instead" in errors(merchant, product=product.pk, percent=20)["__all__"][0]
    assert post(merchant, product=product.pk, amount=5).status_code == 302


def test_a_change_puts_remembered_prices_out_of_date(merchant: Client) -> None:
    make_bundle(make_product(), percent=10)
    revision: Decimal = rows(Family.BUNDLE).get().condition.value
    post(merchant, percent=10)
    saved: Decimal = rows(Family.BUNDLE).get().condition.value
    assert saved > revision
    merchant.post(reverse("admin:upsell_pricefloor_delete", args=[PriceFloor.objects.get().pk]), {"post": "yes"})
    assert rows(Family.BUNDLE).get().condition.value > saved


def test_the_list_asks_as_little_for_twenty_rows_as_for_one(merchant: Client) -> None:
    PriceFloor.objects.create(product=make_product(), percent=1)
    merchant.get(reverse(LIST))
    with count_queries() as few:
        merchant.get(reverse(LIST))
    for _ in range(20):
        PriceFloor.objects.create(product=make_product(), percent=1)
        PriceFloor.objects.create(category=CategoryFactory(), percent=1)
    with count_queries() as many:
        merchant.get(reverse(LIST))
    assert len(many) <= len(few) <= 8


def test_a_variant_may_have_a_floor_of_its_own(merchant: Client) -> None:
    parent = make_product("Shirt", structure="parent", price=None)
    red = make_product("Red", structure="child", parent=parent, product_class=None)
    response = merchant.get(reverse("admin:upsell_pricefloor_search"), {"field_name": "product", "term": "red"})
    assert [found["id"] for found in response.json()["results"]] == [str(red.pk)]
    assert post(merchant, product=red.pk, percent=10).status_code == 302
