import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.test import Client
from django.utils import timezone
from oscar.test.factories import CategoryFactory, RangeFactory, create_order, create_product

from tests.identities import IDENTITIES, client_of, user_of
from upsell.bundles.forms import WORDS
from upsell.bundles.soundness import Flaw
from upsell.models import Bundle, BundleBreak, BundlePart, OfferKey, OrderOffer
from upsell.offers.base import Reward, RewardKind
from upsell.offers.soundness import Common
from upsell.offers.terms import from_json
from upsell.testing import count_queries, make_bundle, make_product

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/bundles/"


def send(client: Client, method: str, url: str, body: Any = None) -> Any:
    return client.generic(method, url, json.dumps({} if body is None else body), content_type="application/json")


def codes(response: Any) -> dict[str | None, str]:
    assert response.status_code == 400, response.content
    return {error["field"]: error["code"] for error in response.json()["errors"]}


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["results"]]


@pytest.fixture
def pair(db: None) -> list[Any]:
    return [make_product("Camera", price="20.00"), make_product("Lens", price="10.00")]


@pytest.fixture
def fixed(pair: list[Any]) -> dict[str, Any]:
    """A set as a merchant would send it."""
    return {"kind": "fixed", "name": "Starter", "reward": "10", "parts": [{"product": one.pk} for one in pair]}


# --- making and changing ----------------------------------------------------------------------------------------------


def test_a_merchant_makes_a_draft(merchant: Client, fixed: dict[str, Any], pair: list[Any]) -> None:
    response = send(merchant, "POST", URL, {**fixed, "starts_at": "2026-03-29T02:30:00+01:00"})
    assert response.status_code == 201, response.content
    bundle = Bundle.objects.get()
    assert (bundle.status, bundle.reward, bundle.created_by) == ("draft", 10, user_of("merchant"))
    assert bundle.starts_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert [part.product for part in bundle.parts.all()] == pair
    assert set(OfferKey.objects.values_list("product", flat=True)) == {one.pk for one in pair}
    assert from_json(bundle.terms).reward == Reward(RewardKind.PERCENT, Decimal(10))
    body = response.json()
    assert body["state"] == body["status"] == "draft"
    assert body["version"] == bundle.version
    assert body["rule"].startswith("Buy Camera + Lens together")
    assert [part["title"] for part in body["parts"]] == ["Camera", "Lens"]
    assert body["effect"]["light"] == "off"
    assert merchant.get(f"{URL}{bundle.pk}/").json() == body


def test_what_was_fetched_may_be_sent_back_whole(merchant: Client, fixed: dict[str, Any]) -> None:
    made = send(merchant, "POST", URL, {**fixed, "translations": {"ja": {"name": "はじめて", "text": ""}}}).json()
    assert made["translations"] == {"ja": {"name": "はじめて"}}
    response = send(merchant, "PUT", f"{URL}{made['id']}/", {**made, "name": "Beginner", "status": "active"})
    assert response.status_code == 200, response.content
    again = response.json()
    assert again == {**made, "name": "Beginner", "version": again["version"], "updated_at": again["updated_at"]}
    assert Bundle.objects.get().status == "draft"  # A05: what only goes out cannot be sent in


def test_replacing_forgets_what_is_not_sent_and_changing_keeps_it(merchant: Client, fixed: dict[str, Any]) -> None:
    made = send(merchant, "POST", URL, {**fixed, "text": "For all", "lane": 3, "max_in_all": 7}).json()
    url = f"{URL}{made['id']}/"
    changed = send(merchant, "PATCH", url, {"version": made["version"], "text": "For you"}).json()
    assert (changed["text"], changed["lane"], changed["max_in_all"], len(changed["parts"])) == ("For you", 3, 7, 2)
    replaced = send(merchant, "PUT", url, {**fixed, "version": changed["version"]}).json()
    assert (replaced["text"], replaced["lane"], replaced["max_in_all"]) == ("", 0, None)


def test_parts_are_sent_as_a_whole_and_keep_their_order(merchant: Client, fixed: dict[str, Any]) -> None:
    made = send(merchant, "POST", URL, fixed).json()
    turned = [{**part, "quantity": 2} for part in reversed(made["parts"])]
    changed = send(merchant, "PATCH", f"{URL}{made['id']}/", {"version": made["version"], "parts": turned}).json()
    assert [(part["title"], part["quantity"]) for part in changed["parts"]] == [("Lens", 2), ("Camera", 2)]
    assert BundlePart.objects.count() == 2


def test_quantity_breaks_of_a_category_and_a_range(merchant: Client) -> None:
    category, range_ = CategoryFactory(name="Paper"), RangeFactory(name="Summer")
    body = {
        "kind": "breaks",
        "name": "More for less",
        "parts": [{"category": category.pk}, {"range": range_.pk}],
        "breaks": [{"minimum": 3, "percent": "5"}, {"minimum": 10, "percent": "12.5"}],
    }
    made = send(merchant, "POST", URL, body).json()
    assert made["breaks"] == [{"minimum": 3, "percent": "5.00"}, {"minimum": 10, "percent": "12.50"}]
    assert [part["title"] for part in made["parts"]] == ["category “Paper”", "range “Summer”"]
    assert list(BundleBreak.objects.values_list("minimum", "percent")) == [(3, Decimal(5)), (10, Decimal("12.5"))]


def test_amounts_without_a_currency_are_in_the_shops_own(merchant: Client, fixed: dict[str, Any]) -> None:
    assert send(merchant, "POST", URL, fixed).json()["currency"] == ""
    made = send(merchant, "POST", URL, {**fixed, "reward_kind": "price", "reward": "25.50"}).json()
    assert (made["currency"], made["reward"]) == ("GBP", "25.50")


def test_every_change_is_on_the_record_from_what_to_what(merchant: Client, fixed: dict[str, Any]) -> None:
    """K07: as in the admin."""
    made = send(merchant, "POST", URL, fixed).json()
    url = f"{URL}{made['id']}/"
    changed = send(merchant, "PATCH", url, {"version": made["version"], "reward": "15"}).json()
    send(merchant, "POST", f"{url}activate/", {"version": changed["version"]})
    merchant.delete(url)
    entries = list(LogEntry.objects.order_by("pk"))
    assert [entry.action_flag for entry in entries] == [ADDITION, CHANGE, CHANGE, DELETION]
    assert {entry.user for entry in entries} == {user_of("merchant")}
    assert "10 % → 15 %" in entries[1].change_message
    assert "Draft → Active" in entries[2].change_message


def test_a_change_made_on_an_old_version_is_refused(merchant: Client, fixed: dict[str, Any]) -> None:
    made = send(merchant, "POST", URL, fixed).json()
    url = f"{URL}{made['id']}/"
    assert send(merchant, "PATCH", url, {"version": made["version"], "lane": 1}).status_code == 200
    stale = send(merchant, "PATCH", url, {"version": made["version"], "lane": 2})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert send(merchant, "PUT", url, made).status_code == 409
    assert send(merchant, "POST", f"{url}activate/", {"version": made["version"]}).status_code == 409
    assert codes(send(merchant, "PATCH", url, {"lane": 2})) == {"version": "required"}
    bundle = Bundle.objects.get()
    assert (bundle.lane, bundle.status) == (1, "draft")


# --- steps ------------------------------------------------------------------------------------------------------------


def test_a_bundle_is_activated_paused_and_ended(merchant: Client, pair: list[Any]) -> None:
    bundle = make_bundle(*pair, percent=10, status="draft")
    steps = [("activate", "running"), ("activate", "running"), ("pause", "paused"), ("end", "ended"), ("end", "ended")]
    for step, state in steps:
        response = send(merchant, "POST", f"{URL}{bundle.pk}/{step}/")
        assert (response.status_code, response.json()["state"]) == (200, state), step
    refused = send(merchant, "POST", f"{URL}{bundle.pk}/activate/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert "ended for good" in refused.json()["detail"]


def test_a_duplicate_is_a_draft_of_its_own(merchant: Client, pair: list[Any]) -> None:
    bundle = make_bundle(*pair, percent=10)
    response = send(merchant, "POST", f"{URL}{bundle.pk}/duplicate/")
    assert response.status_code == 201
    copy = response.json()
    assert copy["id"] != bundle.pk
    assert (copy["status"], copy["name"], len(copy["parts"])) == ("draft", "Copy of Bundle", 2)


def test_a_bundle_that_orders_used_cannot_be_deleted(merchant: Client, pair: list[Any]) -> None:
    bundle = make_bundle(*pair, percent=10)
    OrderOffer.objects.create(
        order=create_order(), offer=bundle.offer_ptr, family="bundle", name="x", version=1, currency="GBP",
        incl_tax=True, applications=1, amount=1,
    )  # fmt: skip
    refused = merchant.delete(f"{URL}{bundle.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert Bundle.objects.exists()


# --- nonsense ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field", "flaw"),
    [
        ({"reward": None}, "reward", Common.NO_REWARD),
        ({"reward": "0"}, "reward", Common.NOT_POSITIVE),
        ({"reward": "101"}, "reward", Common.ABOVE_100),
        ({"reward": "100"}, "is_free", Flaw.FREE_UNCONFIRMED),
        ({"reward_kind": "off", "reward": "1", "currency": "KWD"}, "currency", Common.CURRENCY_TOO_FINE),
        ({"reward_kind": "off", "reward": "1.50", "currency": "JPY"}, "reward", Common.AMOUNT_TOO_FINE),
        ({"currency": "EURO"}, "currency", Common.CURRENCY_UNKNOWN),
        ({"budget": "-5"}, "budget", Common.BUDGET_NOT_POSITIVE),
        ({"kind": "mix", "units": 1}, "units", Flaw.MIX_OF_ONE),
        (
            {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            "ends_at",
            Common.ENDS_BEFORE_IT_STARTS,
        ),
        ({"parts": []}, "parts", Flaw.NO_PARTS),
        ({"kind": "breaks"}, "breaks", Flaw.NO_BREAKS),
    ],
)
def test_the_api_refuses_the_same_nonsense_as_the_admin_in_the_same_words(
    change: dict[str, Any], field: str, flaw: StrEnum, merchant: Client, fixed: dict[str, Any]
) -> None:
    """A15."""
    response = send(merchant, "POST", URL, {**fixed, **change})
    assert codes(response)[field] == flaw
    told = next(error["detail"] for error in response.json()["errors"] if error["field"] == field)
    assert told.split("%")[0] in str(WORDS[flaw]) or told.startswith(str(WORDS[flaw]).split("%(")[0])
    assert not Bundle.objects.exists()


def test_parts_and_breaks_are_refused_at_their_place(merchant: Client, fixed: dict[str, Any], pair: list[Any]) -> None:
    first, second = fixed["parts"]
    category = CategoryFactory()
    for parts, expected in [
        ([first, second, first], {"parts.2.product": "twice"}),
        ([first, {}], {"parts.1.product": "required"}),
        ([first, {"product": second["product"], "category": category.pk}], {"parts.1.category": "several"}),
        ([first, {"product": 999999}], {"parts.1.product": "does_not_exist"}),
        ([first, {"category": category.pk}], {"parts.1.category": "not_a_product"}),
        ([first, {**second, "role": "get"}], {"parts.1.role": "nothing_got_here"}),
        ([first, {**second, "quantity": 0}], {"parts.1.quantity": "min_value"}),
        ([first, {**second, "price": "0.01"}], {"parts.1.price": "unknown"}),
        ([first, 7], {"parts.1": "invalid"}),
        ("x", {"parts": "not_a_list"}),
    ]:
        assert codes(send(merchant, "POST", URL, {**fixed, "parts": parts})) == expected, parts
    breaks = [{"minimum": 3, "percent": "9"}, {"minimum": 3, "percent": "8"}]
    response = send(merchant, "POST", URL, {**fixed, "breaks": breaks})
    assert codes(response) == {"breaks.1.minimum": "break_twice"}
    rising = [{"minimum": 3, "percent": "9"}, {"minimum": 6, "percent": "8"}]
    response = send(merchant, "POST", URL, {**fixed, "kind": "breaks", "breaks": rising})
    assert codes(response) == {"breaks.1.percent": "breaks_do_not_rise"}
    assert not Bundle.objects.exists()


def test_a_change_within_a_list_is_judged_as_strictly_as_a_new_one(merchant: Client, fixed: dict[str, Any]) -> None:
    """In a PATCH nothing is required, but what is in a list of parts is whole."""
    made = send(merchant, "POST", URL, fixed).json()
    breaks = {"version": made["version"], "breaks": [{"minimum": 3}]}
    assert codes(send(merchant, "PATCH", f"{URL}{made['id']}/", breaks)) == {"breaks.0.percent": "required"}
    parts = {"version": made["version"], "parts": [{"product": made["parts"][0]["product"]}]}
    changed = send(merchant, "PATCH", f"{URL}{made['id']}/", parts).json()
    assert [(part["role"], part["quantity"]) for part in changed["parts"]] == [("take", 1)]


NUMBERS = [0, -1, 1.5, "1e9", 2147483648, "", [1], True, " 1 ", "١", "0x10", "3", {}]


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
@pytest.mark.parametrize("field", ["units", "max_in_all", "max_per_basket", "quantity"])
def test_numbers_of_units_are_plain_whole_numbers(
    field: str, value: Any, merchant: Client, fixed: dict[str, Any]
) -> None:
    """A04, for merchants: nothing is bent into a number."""
    body = {**fixed, field: value}
    if field == "quantity":
        body = {**fixed, "parts": [{**part, "quantity": value} for part in fixed["parts"]]}
    assert send(merchant, "POST", URL, body).status_code == 400
    assert not Bundle.objects.exists()


@pytest.mark.parametrize("value", ["nan", "inf", "1e2", "١٠", " 5", "5 ", "", True, [], "0x10", "9" * 30, "1.005"])
def test_amounts_are_plain_decimal_numbers(value: Any, merchant: Client, fixed: dict[str, Any]) -> None:
    assert "reward" in codes(send(merchant, "POST", URL, {**fixed, "reward": value}))


@pytest.mark.parametrize(
    "value",
    ["2026-03-29T02:30:00", "2026-03-29", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "soon", 5, True],
)
def test_moments_need_an_offset(value: Any, merchant: Client, fixed: dict[str, Any]) -> None:
    """H05: a local time may name none or two, when clocks change."""
    assert codes(send(merchant, "POST", URL, {**fixed, "ends_at": value})) == {"ends_at": "invalid"}


def test_unknown_fields_and_languages_are_refused(merchant: Client, fixed: dict[str, Any]) -> None:
    """A05, H07."""
    body = {**fixed, "used_count": 0, "owner": 1, "benefit": 3}
    assert codes(send(merchant, "POST", URL, body)) == {
        "used_count": "unknown",
        "owner": "unknown",
        "benefit": "unknown",
    }
    body = {**fixed, "translations": {"tlh": {"name": "Qapla'"}, "ja": {"price": "1"}}}
    assert codes(send(merchant, "POST", URL, body)) == {"translations.ja.price": "unknown"}
    body = {**fixed, "translations": {"tlh": {"name": "Qapla'"}}}
    assert codes(send(merchant, "POST", URL, body)) == {"translations.tlh": "unknown"}


# --- finding ----------------------------------------------------------------------------------------------------------


def test_bundles_are_found_by_what_they_do_and_are_about(merchant: Client, pair: list[Any]) -> None:
    camera, lens = pair
    paper = create_product(title="Paper", price=5, num_in_stock=9)
    category = CategoryFactory(name="Stationery")
    paper.categories.add(category)
    now, day = timezone.now(), timedelta(days=1)
    make_bundle(camera, lens, percent=10, name="running", ends_at=now + day)
    make_bundle(camera, paper, percent=10, name="draft", status="draft", currency="EUR")
    make_bundle(lens, paper, percent=10, name="scheduled", starts_at=now + day)
    make_bundle(category, kind="mix", percent=10, units=2, name="paused", status="paused")
    make_bundle(camera, lens, percent=10, name="over", ends_at=now - day)
    make_bundle(camera, lens, percent=10, name="ended", status="ended")
    for query, expected in {
        "state=running": {"running"},
        "state=draft": {"draft"},
        "state=scheduled": {"scheduled"},
        "state=paused": {"paused"},
        "state=ended": {"over", "ended"},
        "kind=mix": {"paused"},
        "currency=eur": {"draft"},
        f"product={paper.pk}": {"draft", "scheduled", "paused"},
        "product=999999": set(),
        f"running_at={(now + 2 * day).isoformat().replace('+', '%2B')}": {"scheduled"},
        "search=station": {"paused"},
        "search=lens": {"running", "scheduled", "over", "ended"},
        "search=%25": set(),
    }.items():
        assert set(names(merchant.get(f"{URL}?{query}"))) == expected, query
    listed = merchant.get(URL).json()["results"]
    assert {row["name"]: row["state"] for row in listed} == {
        "running": "running", "draft": "draft", "scheduled": "scheduled", "paused": "paused", "over": "ended",
        "ended": "ended",
    }  # fmt: skip
    assert names(merchant.get(f"{URL}?ordering=name")) == sorted(row["name"] for row in listed)
    assert names(merchant.get(f"{URL}?ordering=-name&limit=2")) == ["scheduled", "running"]


def test_a_variant_is_found_by_its_parent(merchant: Client) -> None:
    parent = create_product(title="Shirt", structure="parent")
    child = create_product(structure="child", parent=parent, price=10, num_in_stock=5)
    make_bundle((parent, 2), percent=10, name="two shirts")
    assert names(merchant.get(f"{URL}?product={child.pk}")) == ["two shirts"]


@pytest.mark.parametrize(
    "query",
    [
        "product=abc", "product=1.5", "product=-1", "product=99999999999999999999", "product=%D9%A3", "kind=a%00b",
        "kind=%ED%A0%80", "state=gone", "limit=abc", "limit=-1", "offset=-1", "ordering=password", "ordering=?",
        "ordering=created_by__email", "running_at=2026-03-29T02:30", "nope=1", "search=" + "x" * 101,
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_refused(query: str, merchant: Client) -> None:
    """H01, H02, H03, H05, D03."""
    response = merchant.get(f"{URL}?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_a_list_of_fifty_costs_as_many_queries_as_a_list_of_two(merchant: Client, pair: list[Any]) -> None:
    counts = []
    for more in (2, 20):
        for number in range(more):
            category = CategoryFactory()
            make_bundle(*pair, percent=10, name=f"{more}.{number}")
            make_bundle(category, kind="mix", units=2, percent=10)
        merchant.get(URL)
        with count_queries() as queries:
            assert len(merchant.get(f"{URL}?limit=200").json()["results"]) >= more
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_writing_costs_as_many_queries_whatever_the_number_of_parts(merchant: Client) -> None:
    counts = []
    for many in (2, 12):
        parts = [{"product": make_product(f"P{many}.{number}").pk} for number in range(many)]
        body = {"kind": "mix", "units": 2, "name": "Any two", "reward": "10", "parts": parts}
        with count_queries() as queries:
            assert send(merchant, "POST", URL, body).status_code == 201
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", IDENTITIES)
def test_only_those_who_may_in_the_admin_may_here(identity: str, pair: list[Any], fixed: dict[str, Any]) -> None:
    """B01, B14: what each identity gets from each act."""
    client = client_of(identity)
    bundle = make_bundle(*pair, percent=10)
    url = f"{URL}{bundle.pk}/"
    may_look, may_act = identity in {"viewer", "merchant", "superuser"}, identity in {"merchant", "superuser"}
    assert client.get(URL).status_code == (200 if may_look else 403)
    assert send(client, "POST", URL, fixed).status_code == (201 if may_act else 403)
    change = {"version": bundle.version, "lane": 1}
    assert send(client, "PATCH", url, change).status_code == (200 if may_act else 403)
    for step in ("pause", "activate", "end"):
        assert send(client, "POST", f"{url}{step}/").status_code == (200 if may_act else 403)
    assert client.delete(url).status_code == (204 if may_act else 403)
    assert Bundle.objects.filter(pk=bundle.pk).exists() is not may_act


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        ("add_bundle", {"create", "duplicate"}),
        ("change_bundle", {"list", "change", "pause"}),
        ("delete_bundle", {"delete"}),
        ("view_bundle", {"list"}),
    ],
)
def test_each_permission_opens_its_own_doors(
    permission: str, allowed: set[str], pair: list[Any], fixed: dict[str, Any]
) -> None:
    from django.contrib.auth.models import Permission

    client = client_of("staff")
    user_of("staff").user_permissions.set(Permission.objects.filter(codename=permission))
    bundle = make_bundle(*pair, percent=10)
    url = f"{URL}{bundle.pk}/"
    seen = {
        "list": client.get(URL),
        "create": send(client, "POST", URL, fixed),
        "change": send(client, "PATCH", url, {"version": bundle.version, "lane": 1}),
        "duplicate": send(client, "POST", f"{url}duplicate/"),
        "pause": send(client, "POST", f"{url}pause/"),
        "delete": client.delete(url),
    }
    assert {act for act, response in seen.items() if response.status_code < 400} == allowed
    assert {response.status_code for act, response in seen.items() if act not in allowed} <= {403}
