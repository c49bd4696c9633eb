"""Price floors through the API: what the admin's form accepts, on the record, and at work at once."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.test import Client
from oscar.test.factories import CategoryFactory

from tests.identities import IDENTITIES, client_of
from upsell.models import PriceFloor
from upsell.testing import count_queries, make_bundle, make_product

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/price-floors/"


def send(client: Client, method: str, url: str, body: Any) -> Any:
    return client.generic(method, url, json.dumps(body), content_type="application/json")


def codes(response: Any) -> dict[str | None, str]:
    assert response.status_code == 400, response.content
    return {error["field"]: error["code"] for error in response.json()["errors"]}


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="100.00")


def test_a_merchant_sets_a_floor_for_a_product(merchant: Client, camera: Any) -> None:
    response = send(merchant, "POST", URL, {"product": camera.pk, "amount": "60.00", "note": "Bought for 55"})
    assert response.status_code == 201, response.content
    floor = PriceFloor.objects.get()
    assert response.json() == {
        "id": floor.pk,
        "product": camera.pk,
        "category": None,
        "percent": None,
        "amount": "60.00",
        "currency": "GBP",
        "note": "Bought for 55",
        "place": "Camera",
    }
    assert merchant.get(f"{URL}{floor.pk}/").json() == response.json()


def test_a_floor_holds_at_once_and_is_gone_at_once(merchant: Client, client: Client, camera: Any) -> None:
    make_bundle(camera, make_product("Bag", price="20.00"), off="50.00")
    address = f"/api/upsell/v1/products/{camera.pk}/bundles/"

    def total() -> str:
        return str(client.get(address).json()["bundles"][0]["amounts"]["total"])

    assert total() == "70.00"
    floor = send(merchant, "POST", URL, {"percent": "80"}).json()
    assert total() == "96.00"
    send(merchant, "PATCH", f"{URL}{floor['id']}/", {"percent": "90"})
    assert total() == "108.00"
    assert merchant.delete(f"{URL}{floor['id']}/").status_code == 204
    assert total() == "70.00"


def test_replacing_forgets_what_is_not_sent_and_changing_keeps_it(merchant: Client, camera: Any) -> None:
    floor = PriceFloor.objects.create(product=camera, percent=60, note="Spring")
    changed = send(merchant, "PATCH", f"{URL}{floor.pk}/", {"percent": "65.5"}).json()
    assert (changed["product"], changed["percent"], changed["note"]) == (camera.pk, "65.50", "Spring")
    replaced = send(merchant, "PUT", f"{URL}{floor.pk}/", {"amount": "5", "currency": "eur"}).json()
    assert (replaced["product"], replaced["percent"], replaced["amount"]) == (None, None, "5.00")
    assert (replaced["currency"], replaced["note"], replaced["place"]) == ("EUR", "", "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "percent"),
        ({"percent": "60", "amount": "5"}, "amount"),
        ({"amount": "5", "currency": "KWD"}, "currency"),
        ({"amount": "5.50", "currency": "JPY"}, "amount"),
        ({"percent": "101"}, "percent"),
        ({"percent": "-1"}, "percent"),
        ({"percent": "NaN"}, "percent"),
        ({"amount": True}, "amount"),
        ({"percent": "60", "product": 999999}, "product"),
        ({"percent": "60", "product": "1.5"}, "product"),
        ({"percent": "60", "price": 1}, "price"),
        ({"percent": "60", "note": "x" * 256}, "note"),
    ],
)
def test_nonsense_is_refused_at_the_field_that_mends_it(body: Any, field: str, merchant: Client) -> None:
    """A15, H07."""
    assert list(codes(send(merchant, "POST", URL, body))) == [field]
    assert not PriceFloor.objects.exists()


def test_a_floor_is_for_one_thing_and_exists_once(merchant: Client, camera: Any) -> None:
    category = CategoryFactory()
    both = {"product": camera.pk, "category": category.pk, "percent": "50"}
    assert codes(send(merchant, "POST", URL, both)) == {"category": "invalid"}
    assert send(merchant, "POST", URL, {"category": category.pk, "percent": "50"}).status_code == 201
    assert codes(send(merchant, "POST", URL, {"category": category.pk, "percent": "55"})) == {None: "invalid"}


def test_every_change_is_on_the_record_from_what_to_what(merchant: Client, camera: Any) -> None:
    """K07."""
    made = send(merchant, "POST", URL, {"product": camera.pk, "percent": "60"}).json()
    send(merchant, "PATCH", f"{URL}{made['id']}/", {"percent": "65"})
    merchant.delete(f"{URL}{made['id']}/")
    entries = list(LogEntry.objects.order_by("pk"))
    assert [entry.action_flag for entry in entries] == [ADDITION, CHANGE, DELETION]
    assert entries[1].change_message == "Camera: 60.00 % → Camera: 65.00 %."


def test_floors_are_found_and_sorted(merchant: Client, camera: Any) -> None:
    category = CategoryFactory(name="Paper")
    PriceFloor.objects.create(product=camera, percent=60)
    PriceFloor.objects.create(category=category, percent=50, note="Thin")
    PriceFloor.objects.create(amount=Decimal(1), currency="EUR")
    for query, places in {
        f"product={camera.pk}": ["Camera"],
        f"category={category.pk}": ["Paper"],
        "currency=eur": [""],
        "search=thin": ["Paper"],
        "search=cam": ["Camera"],
        "ordering=percent": ["Paper", "Camera", ""],
        "ordering=-percent&limit=2": ["Camera", "Paper"],
    }.items():
        rows = merchant.get(f"{URL}?{query}").json()["results"]
        assert [row["place"] for row in rows] == places, query
    for query in ("product=abc", "ordering=note", "nope=1", "limit=x", "search=a%00b"):
        assert merchant.get(f"{URL}?{query}").status_code == 400, query


def test_a_long_list_costs_as_many_queries_as_a_short_one(merchant: Client) -> None:
    counts = []
    for more in (2, 30):
        for number in range(more):
            PriceFloor.objects.create(product=make_product(f"P{more}.{number}"), percent=60)
        with count_queries() as queries:
            merchant.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_only_those_who_may_in_the_admin_may_here(identity: str) -> None:
    """B01, B14."""
    client = client_of(identity)
    floor = PriceFloor.objects.create(percent=60)
    may_look, may_act = identity in {"viewer", "merchant", "superuser"}, identity in {"merchant", "superuser"}
    assert client.get(URL).status_code == (200 if may_look else 403)
    posted = send(client, "POST", URL, {"amount": "1"})
    assert posted.status_code == (201 if may_act else 403)
    assert send(client, "PATCH", f"{URL}{floor.pk}/", {"percent": "1"}).status_code == (200 if may_act else 403)
    assert client.delete(f"{URL}{floor.pk}/").status_code == (204 if may_act else 403)
