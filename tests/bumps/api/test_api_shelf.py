"""The shelf and the progress of a basket through the API, and managing what stands on the shelf."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests.identities import IDENTITIES, client_of, user_of
from tests.tiers.api.sending import API, codes, send
from upsell.bumps.components import pop_shelf_for, rewards_for
from upsell.models import ShelfItem
from upsell.testing import count_queries, make_bundle, make_product, make_request, make_shelf_item

pytestmark = pytest.mark.django_db

URL = f"{API}/shelf-items/"
SOONER, LATER = "2029-01-01T00:00:00Z", "2030-01-01T00:00:00Z"
BOTH_DAYS = {"season_from": "invalid", "season_until": "invalid"}


def fill(client: Client, product: Any, units: int = 1) -> Any:
    client.post(f"/basket/add/{product.pk}/", {"quantity": units})
    return get_model("basket", "Basket").objects.get(status="Open")


# --- shoppers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", ["anonymous", "customer"])
def test_the_shelf_is_that_of_the_tag(identity: str, camera: Any, cloth: Any) -> None:
    make_shelf_item(cloth)
    client = client_of(identity)
    assert client.get(f"{API}/till/shelf/").json() == {"items": []}
    request = make_request(user=user_of(identity), basket=fill(client, camera))
    shown = pop_shelf_for(request.basket, request=request)
    assert shown is not None
    [told] = client.get(f"{API}/till/shelf/").json()["items"]
    assert [told["product"]] == [card.id for card in shown.cards] == [cloth.pk]
    assert (told["title"], told["price"]["incl_tax"], told["needs_options"]) == ("Cloth", "6.00", False)
    assert told["url"].startswith("http://testserver/")


@pytest.mark.parametrize("identity", ["anonymous", "customer"])
def test_progress_is_that_of_the_tag(identity: str, camera: Any) -> None:
    bundle = make_bundle(camera, kind="breaks", breaks=[(3, 10)])
    client = client_of(identity)
    assert client.get(f"{API}/till/progress/").json() == {"rewards": []}
    request = make_request(user=user_of(identity), basket=fill(client, camera, 2))
    [shown] = rewards_for(request.basket, request=request)
    [told] = client.get(f"{API}/till/progress/").json()["rewards"]
    assert (told["kind"], told["offer"], told["heading"]) == ("break", bundle.pk, shown.heading)
    assert (told["have"], told["need"], told["missing"], told["missing_units"]) == (2, 3, None, 1)
    assert shown.reach is not None
    assert told["reach"]["product"] == shown.reach.product_id == camera.pk
    assert Decimal(told["reach"]["pays"]) == shown.reach.pays
    assert told["currency"] == "GBP"


@pytest.mark.parametrize("where", ["shelf", "progress"])
def test_nobody_may_store_what_the_till_says_and_a_misspelt_parameter_is_refused(where: str, client: Client) -> None:
    response = client.get(f"{API}/till/{where}/")
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert codes(client.get(f"{API}/till/{where}/?placement=basket")) == {"placement": "unknown"}


# --- merchants --------------------------------------------------------------------------------------------------------


def test_a_merchant_puts_a_product_on_the_shelf_for_a_season(merchant: Client, cloth: Any) -> None:
    body = {"product": cloth.pk, "weight": 8, "season_from": "12-01", "season_until": "01-06", "stock_rule": "clear"}
    response = send(merchant, "POST", URL, body)
    assert response.status_code == 201, response.content
    made, item = response.json(), ShelfItem.objects.get()
    assert (item.season_from, item.season_until, item.weight, item.stock_rule) == (1201, 106, 8, "clear")
    assert item.created_by == user_of("merchant")
    assert (made["title"], made["season_from"], made["season_until"]) == ("Cloth", "12-01", "01-06")
    assert made["effect"]["light"] in {"on", "waiting"}
    assert merchant.get(f"{URL}{item.pk}/").json() == made
    again = send(merchant, "PUT", f"{URL}{item.pk}/", {**made, "note": "For the winter"})
    assert again.status_code == 200, again.content
    assert again.json() == {**made, "note": "For the winter", "updated_at": again.json()["updated_at"]}
    assert merchant.delete(f"{URL}{item.pk}/").status_code == 204
    flags = list(LogEntry.objects.order_by("pk").values_list("action_flag", flat=True))
    assert flags == [ADDITION, CHANGE, DELETION]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"product": "no_subject"}),
        ({"product": "P", "category": "C"}, {"category": "two_subjects"}),
        ({"product": "P", "season_from": "12-01"}, {"season_until": "half_a_season"}),
        ({"product": "P", "season_until": "12-01"}, {"season_from": "half_a_season"}),
        ({"product": "P", "season_from": "02-30", "season_until": "13-01"}, BOTH_DAYS),
        ({"product": "P", "season_from": 1201, "season_until": "٠١-٠١"}, BOTH_DAYS),
        ({"product": "P", "starts_at": LATER, "ends_at": SOONER}, {"ends_at": "ends_before_it_starts"}),
        ({"product": "P", "weight": 11}, {"weight": "max_value"}),
        ({"product": "P", "weight": True}, {"weight": "invalid"}),
        ({"product": "P", "stock_rule": "hoard"}, {"stock_rule": "invalid_choice"}),
        ({"product": "P", "wieght": 1}, {"wieght": "unknown"}),
        ({"product": 999_999}, {"product": "does_not_exist"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_field(
    body: dict[str, Any], wrong: dict[str, str], merchant: Client, cloth: Any
) -> None:
    ids = {"P": cloth.pk, "C": factories.CategoryFactory().pk}
    assert codes(send(merchant, "POST", URL, {name: ids.get(value, value) for name, value in body.items()})) == wrong
    assert not ShelfItem.objects.exists()


def test_a_product_stands_on_the_shelf_once_and_a_variant_for_its_family(merchant: Client) -> None:
    parent = factories.ProductFactory(structure="parent", stockrecords=[])
    child = factories.ProductFactory(structure="child", parent=parent, stockrecords=[])
    made = send(merchant, "POST", URL, {"product": child.pk}).json()
    assert made["product"] == parent.pk
    assert codes(send(merchant, "POST", URL, {"product": parent.pk})) == {"product": "unique"}
    assert send(merchant, "PATCH", f"{URL}{made['id']}/", {"product": child.pk, "weight": 1}).status_code == 200
    assert [item["id"] for item in merchant.get(f"{URL}?product={child.pk}").json()["results"]] == [made["id"]]


def test_a_change_is_judged_with_what_stays(merchant: Client, cloth: Any) -> None:
    item = make_shelf_item(cloth, season_from=601, season_until=831)
    url = f"{URL}{item.pk}/"
    assert codes(send(merchant, "PATCH", url, {"season_until": None})) == {"season_until": "half_a_season"}
    assert codes(send(merchant, "PATCH", url, {"product": None})) == {"product": "no_subject"}
    changed = send(merchant, "PATCH", url, {"season_from": None, "season_until": None, "is_active": False}).json()
    assert (changed["season_from"], changed["effect"]["light"]) == (None, "off")


def test_the_list_is_narrowed_and_sorted(merchant: Client, camera: Any, cloth: Any) -> None:
    later = timezone.now() + timedelta(days=1)
    category = factories.CategoryFactory(name="Straps")
    seasonal = make_shelf_item(cloth, weight=9, season_from=101, season_until=1231)
    paused = make_shelf_item(camera, weight=1, is_active=False, note="Too dear")
    waiting = make_shelf_item(category, weight=5, starts_at=later, stock_rule="none")
    over = make_shelf_item(make_product("Old"), weight=2, ends_at=timezone.now() - timedelta(days=1))

    def found(query: str) -> list[int]:
        response = merchant.get(f"{URL}?{query}")
        assert response.status_code == 200, response.content
        return [row["id"] for row in response.json()["results"]]

    assert found("state=running") == [seasonal.pk]
    assert found("state=paused") == found("is_active=false") == found("search=dear") == [paused.pk]
    assert found("state=scheduled") == found(f"category={category.pk}") == found("stock_rule=none") == [waiting.pk]
    assert found("state=ended") == found("search=old") == [over.pk]
    assert found("has_season=true") == found(f"product={cloth.pk}") == [seasonal.pk]
    assert found("ordering=weight") == [paused.pk, over.pk, waiting.pk, seasonal.pk]
    assert len(found(f"updated_after={(timezone.now() - timedelta(hours=1)).isoformat().replace('+00:00', 'Z')}")) == 4
    assert codes(merchant.get(f"{URL}?state=asleep&sort=weight")) == {"sort": "unknown"}


def test_a_longer_list_costs_no_more_queries(merchant: Client) -> None:
    def cost() -> int:
        merchant.get(URL)  # fills what is remembered
        with count_queries() as queries:
            assert merchant.get(URL).status_code == 200
        return len(queries)

    for number in range(2):
        make_shelf_item(make_product(f"Small {number}", price="3.00"))
    few = cost()
    for number in range(2, 12):
        make_shelf_item(make_product(f"Small {number}", price="3.00"))
    assert cost() == few


@pytest.mark.parametrize("identity", [one for one in IDENTITIES if one not in {"merchant", "superuser"}])
def test_who_may_not_fill_the_shelf_changes_nothing(identity: str, cloth: Any, camera: Any) -> None:
    item, client = make_shelf_item(cloth), client_of(identity)
    assert client.get(URL).status_code == (200 if identity == "viewer" else 403)
    assert send(client, "POST", URL, {"product": camera.pk}).status_code == 403
    assert send(client, "PATCH", f"{URL}{item.pk}/", {"weight": 1}).status_code == 403
    assert client.delete(f"{URL}{item.pk}/").status_code == 403
    assert ShelfItem.objects.get().weight == 5


def test_each_permission_opens_its_own_door(cloth: Any, camera: Any) -> None:
    client, user = client_of("staff"), user_of("staff")
    user.user_permissions.add(Permission.objects.get(codename="add_shelfitem"))
    assert send(client, "POST", URL, {"product": cloth.pk}).status_code == 201
    item = ShelfItem.objects.get()
    assert send(client, "PATCH", f"{URL}{item.pk}/", {"weight": 1}).status_code == 403
    assert client.delete(f"{URL}{item.pk}/").status_code == 403
    assert client.get(URL).status_code == 403
