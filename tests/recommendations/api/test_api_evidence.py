from datetime import UTC
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.test import Client
from oscar.test.factories import create_product

from tests.identities import client_of, user_of
from tests.learned import Learn, neighbour
from upsell.models import Generation, Popularity
from upsell.recommendations.base import Table
from upsell.testing import count_queries

pytestmark = pytest.mark.django_db


def url(product: Any) -> str:
    return f"/api/upsell/v1/products/{product.pk}/evidence/"


def test_every_row_shows_what_it_rests_on(merchant: Client, product: Any, learn: Learn) -> None:
    lens = neighbour()
    generation = learn(product, [lens], tables=[Table.PRODUCT])
    answer = merchant.get(url(product), {"widget": "frequently_bought_together"}).json()
    (row,) = answer.pop("rows")
    (verdict,) = answer.pop("verdicts")
    assert answer == {
        "product": {"id": product.pk, "title": "Camera"},
        "generation": generation.pk,
        "orders": 1000,
        "first_order_at": generation.first_order_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "last_order_at": generation.last_order_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "widget": "frequently_bought_together",
    }
    intervals = row.pop("confidence_interval"), row.pop("lift_interval")
    assert row == {
        "table": "product",
        "rank": 1,
        "neighbour": {"id": lens.pk, "title": "Lens"},
        "origin": "together",
        "score": 1.0,
        "orders_together": 36,
        "product_orders": 100,
        "neighbour_orders": 100,
        "confidence": 0.36,
        "lift": pytest.approx(3.6),
        "is_thin": False,
    }
    assert intervals[0]["low"] < 0.36 < intervals[0]["high"]
    assert intervals[1]["low"] == pytest.approx(intervals[0]["low"] * 10)
    assert verdict == {
        "product": {"id": lens.pk, "title": "Lens"},
        "origin": "together",
        "shown": True,
        "code": "shown",
        "message": "Shown.",
    }


def test_what_is_not_shown_says_why(merchant: Client, product: Any, learn: Learn) -> None:
    hidden, sold_out = neighbour("Hidden", is_public=False), neighbour("Sold out", num_in_stock=0)
    learn(product, [hidden, sold_out, neighbour()])
    verdicts = merchant.get(url(product), {"widget": "frequently_bought_together"}).json()["verdicts"]
    codes = {verdict["product"]["title"]: verdict["code"] for verdict in verdicts}
    assert {"Hidden": "hidden", "Sold out": "unavailable", "Lens": "shown"}.items() <= codes.items()


def test_gone_products_keep_their_row_without_a_title(merchant: Client, product: Any, learn: Learn) -> None:
    gone = neighbour("Gone")
    learn(product, [gone])
    pk = gone.pk
    gone.delete()
    answer = merchant.get(url(product)).json()
    assert {(row["neighbour"]["id"], row["neighbour"]["title"]) for row in answer["rows"]} == {(pk, "")}


def test_rows_about_what_nobody_bought_have_an_open_interval(merchant: Client, product: Any, learn: Learn) -> None:
    learn(product, [neighbour()], tables=[Table.SIMILAR])
    Popularity.objects.all().delete()
    (row,) = merchant.get(url(product)).json()["rows"]
    assert (row["product_orders"], row["lift"], row["is_thin"]) == (0, 0.0, True)
    assert row["lift_interval"] == {"low": 0.0, "high": None}


def test_before_the_first_rebuild_there_is_nothing_to_show(merchant: Client, product: Any) -> None:
    answer = merchant.get(url(product)).json()
    assert (answer["generation"], answer["orders"], answer["rows"], answer["verdicts"]) == (None, 0, [], [])


def test_a_variant_is_answered_for_as_its_parent(merchant: Client, learn: Learn) -> None:
    parent = create_product(title="Shirt", structure="parent")
    child = create_product(structure="child", parent=parent, price=30, num_in_stock=3)
    learn(parent, [neighbour()])
    answer = merchant.get(url(child)).json()
    assert answer["product"] == {"id": parent.pk, "title": "Shirt"}
    assert len(answer["rows"]) == 2


def test_hidden_products_have_evidence_too(merchant: Client, product: Any, learn: Learn) -> None:
    learn(product, [neighbour()])
    product.is_public = False
    product.save()
    assert merchant.get(url(product)).status_code == 200


@pytest.mark.parametrize("widget", ["frequently_bought_together", "complete_your_basket", "trending_products"])
def test_verdicts_come_for_the_widget_asked_for(merchant: Client, product: Any, learn: Learn, widget: str) -> None:
    learn(product, [neighbour()])
    answer = merchant.get(url(product), {"widget": widget}).json()
    assert answer["widget"] == widget
    assert answer["verdicts"]


@pytest.mark.parametrize(
    "query", [{"widget": "homepage"}, {"widget": "a\x00b"}, {"table": "product"}, {"widgets": "x"}]
)
def test_nonsense_is_refused(merchant: Client, product: Any, query: dict[str, str]) -> None:
    assert merchant.get(url(product), query).status_code == 400


@pytest.mark.parametrize("path", ["0", "999999999", "99999999999999999999", "9" * 5000, "abc", "-1", "1.5", "٣"])
def test_an_unknown_product_is_not_found(merchant: Client, path: str) -> None:
    assert merchant.get(f"/api/upsell/v1/products/{path}/evidence/").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_can_only_be_read(product: Any, method: str) -> None:
    assert client_of("superuser").generic(method, url(product)).status_code in {403, 405}


@pytest.mark.parametrize("permission", ["view_affinity", "change_affinity"])
def test_it_asks_for_the_permission_the_admin_asks_for(product: Any, permission: str) -> None:
    client = client_of("staff")
    assert client.get(url(product)).status_code == 403
    user_of("staff").user_permissions.set(Permission.objects.filter(codename=permission))
    assert client.get(url(product)).status_code == 200


def test_the_number_of_queries_does_not_grow(merchant: Client, product: Any, learn: Learn) -> None:
    def queries(count: int) -> int:
        learn(product, [neighbour(f"Part {count}.{number}") for number in range(count)])
        caches["default"].clear()
        with count_queries() as captured:
            assert len(merchant.get(url(product)).json()["rows"]) == 2 * count
        return len(captured)

    few, many = queries(1), queries(20)
    assert few <= many <= few + 1 <= 20  # what is behind the first places is read in one more statement
    assert Generation.objects.count() == 2
