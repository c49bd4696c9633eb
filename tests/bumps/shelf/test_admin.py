"""What a merchant does with the shelf: fills it, reads why things stand on it, switches, and looks at it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from oscar.core.loading import get_model
from oscar.test import factories

from tests.identities import client_of
from upsell.models import Popularity, ShelfItem
from upsell.testing import (
    add_curation,
    add_popularity,
    count_queries,
    make_product,
    make_shelf_item,
    publish_generation,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
LIST = "admin:upsell_shelfitem_changelist"


@pytest.fixture
def merchant() -> Client:
    return client_of("merchant")


@pytest.fixture(autouse=True)
def generation() -> Any:
    return publish_generation(first_order_at=AT - timedelta(days=140), last_order_at=AT)


@pytest.fixture(autouse=True)
def december() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def text_of(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).split())


def fields(**more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1", "note", "product", "category"), "")
    season = {f"season_{end}_{part}": "" for end in ("from", "until") for part in (0, 1)}
    return {**empty, **season, "weight": 5, "stock_rule": "protect", "is_active": "on", **more}


def test_a_merchant_puts_a_product_on_the_shelf_for_a_season(merchant: Client) -> None:
    wrap = make_product("Gift wrap", price="3.00")
    season = {"season_from_0": 24, "season_from_1": 11, "season_until_0": 6, "season_until_1": 1}
    answer = merchant.post(reverse("admin:upsell_shelfitem_add"), fields(product=wrap.pk, **season))
    assert answer.status_code == 302, strip_tags(answer.content.decode())[-2000:]
    item = ShelfItem.objects.get()
    assert (item.product, item.season_from, item.season_until) == (wrap, 1124, 106)
    assert item.created_by is not None
    form = merchant.get(reverse("admin:upsell_shelfitem_change", args=[item.pk])).content.decode()
    assert '<option value="24" selected>' in form
    assert LogEntry.objects.filter(object_id=str(item.pk)).count() == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"product": ""}, "Nothing is chosen yet."),
        ({"category": "own"}, "A product is chosen already."),
        ({"season_from_0": 24, "season_from_1": 11}, "Choose this one, too."),
        ({"season_from_0": 24}, "Choose a day and a month, or neither."),
        (
            {"season_from_0": 31, "season_from_1": 6, "season_until_0": 1, "season_until_1": 7},
            "There is no such day.",
        ),
        ({"weight": 11}, "less than or equal to 10"),
        (
            {"starts_at_0": "2026-12-02", "starts_at_1": "0:00", "ends_at_0": "2026-12-01", "ends_at_1": "0:00"},
            "It ends before it starts.",
        ),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_with_the_cure(
    merchant: Client, change: dict[str, Any], told: str
) -> None:
    category = get_model("catalogue", "Category").add_root(name="Care")
    posted = fields(product=make_product("Cloth").pk, **change) if "product" not in change else fields(**change)
    if posted["category"]:
        posted["category"] = category.pk
    answer = merchant.post(reverse("admin:upsell_shelfitem_add"), posted)
    assert answer.status_code == 200
    assert told in strip_tags(answer.content.decode())
    assert not ShelfItem.objects.exists()


def test_a_product_stands_on_the_shelf_once_and_a_variant_for_its_family(merchant: Client) -> None:
    parent = make_product("Sock", price=None, structure="parent")
    child = get_model("catalogue", "Product").objects.create(structure="child", parent=parent)
    merchant.post(reverse("admin:upsell_shelfitem_add"), fields(product=child.pk))
    assert ShelfItem.objects.get().product == parent
    answer = merchant.post(reverse("admin:upsell_shelfitem_add"), fields(product=parent.pk))
    assert "on the shelf already" in strip_tags(answer.content.decode())


def test_the_list_says_what_becomes_of_each_item_and_why(merchant: Client) -> None:
    selling = make_product("Gift wrap", price="3.00", stock=120)
    row = add_popularity(selling, orders=68)
    Popularity.objects.filter(pk=row.pk).update(recent_orders=28, units=68)  # 10 expected in four weeks
    scarce = make_product("Ribbon", price="3.00", stock=3)
    row = add_popularity(scarce, orders=68)
    Popularity.objects.filter(pk=row.pk).update(recent_orders=28, units=68)
    make_shelf_item(selling, season_from=1124, season_until=106)
    make_shelf_item(scarce)
    make_shelf_item(make_product("Sun cream", price="3.00"), season_from=601, season_until=831)
    make_shelf_item(make_product("Hidden", price="3.00", is_public=False))
    make_shelf_item(make_product("Gone", price="3.00", stock=0))
    make_shelf_item(make_product("Off", price="3.00"), is_active=False)
    make_shelf_item(make_product("Over", price="3.00"), ends_at=AT - timedelta(days=1))
    make_shelf_item(get_model("catalogue", "Category").add_root(name="Bare"))
    excluded = make_product("Cloth", price="3.00")
    make_shelf_item(excluded)
    add_curation("exclude", excluded)
    page = text_of(merchant, reverse(LIST))
    for told in (
        "trend +120 %, 120 in stock.",
        "Shown: season until",
        "Not shown: only 3 left, which lasts for 3 days.",
        "Not shown: its season begins on",
        "Not shown: it is not public.",
        "Not shown: it cannot be bought now.",
        "Paused.",
        "Ended.",
        "Category “Bare”",
        "Not shown: nothing in this category can be bought.",
        "Not shown: a curation excludes it everywhere.",
    ):
        assert told in page, told


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "running"}, {"Cloth", "Sold out"}),
        ({"state": "blocked"}, {"Sold out"}),
        ({"state": "paused"}, {"Off"}),
        ({"state": "scheduled"}, {"Soon"}),
        ({"season": "season"}, {"Soon"}),
        ({"q": "clo"}, {"Cloth"}),
        ({"stock_rule__exact": "clear"}, {"Off"}),
    ],
)
def test_the_list_is_narrowed_and_searched(merchant: Client, query: dict[str, str], names: set[str]) -> None:
    make_shelf_item(make_product("Cloth"))
    make_shelf_item(make_product("Sold out", stock=0))
    make_shelf_item(make_product("Off"), is_active=False, stock_rule="clear")
    make_shelf_item(make_product("Soon"), starts_at=AT + timedelta(days=1), season_from=1124, season_until=106)
    answer = merchant.get(reverse(LIST), query)
    assert {item.name for item in answer.context["cl"].result_list} == names


def test_the_list_costs_the_same_however_long_it_is(merchant: Client) -> None:
    costs = []
    for number in range(2):
        for one in range(1 + 20 * number):
            make_shelf_item(make_product(f"Thing {number} {one}", price="3.00"))
            category = get_model("catalogue", "Category").add_root(name=f"Category {number} {one}")
            factories.ProductCategoryFactory(product=make_product(f"In {number} {one}"), category=category)
            make_shelf_item(category)
        merchant.get(reverse(LIST))
        with count_queries() as queries:
            merchant.get(reverse(LIST))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_many_are_switched_at_once_and_each_is_on_the_record(merchant: Client) -> None:
    items = [make_shelf_item(make_product(title)) for title in ("Cloth", "Strap")]
    chosen = {"action": "pause", "_selected_action": [item.pk for item in items]}
    answer = merchant.post(reverse(LIST), chosen, follow=True)
    assert "2 items are paused." in strip_tags(answer.content.decode())
    assert not ShelfItem.objects.filter(is_active=True).exists()
    assert LogEntry.objects.count() == 2
    merchant.post(reverse(LIST), {**chosen, "action": "activate"})
    assert ShelfItem.objects.filter(is_active=True).count() == 2


def test_the_preview_shows_the_shelf_beside_a_basket_and_why(merchant: Client) -> None:
    camera = make_product("Camera", price="80.00")
    cloth, case = make_product("Cloth", price="4.00"), make_product("Case", price="20.00")
    for product in (camera, cloth, case):
        make_shelf_item(product)
    address = reverse("admin:upsell_shelfitem_preview")
    page = text_of(merchant, address, search="Camera", value="80", width="360", language="en-gb")
    assert "The basket holds Camera." in page
    assert "Small things people like to have" in page
    assert "Not shown: dearer than £12.00 in a basket of £80.00." in page
    assert "Not shown: it is in the basket already." in page
    assert "Shown: 10 in stock." in page
    html = merchant.get(address, {"value": "80", "width": "360"}).content.decode()
    assert "upsell-shelf-preview--phone" in html
    assert "dearer than £5.00 in a basket of £0.00." in text_of(merchant, address, value="0.00")


@pytest.mark.parametrize("value", ["", "-1", "x", "1e9", "NaN"])
def test_the_preview_of_no_value_asks_for_one(merchant: Client, value: str) -> None:
    answer = merchant.get(reverse("admin:upsell_shelfitem_preview"), {"value": value})
    assert answer.status_code == 200
    assert answer.context["form"].errors["value"]


def test_the_search_of_the_form_finds_products_and_categories(merchant: Client) -> None:
    make_product("Lens cloth")
    answer = merchant.get(reverse("admin:upsell_shelfitem_search"), {"field_name": "product", "term": "cloth"})
    assert [row["text"] for row in answer.json()["results"]] == ["Lens cloth"]
