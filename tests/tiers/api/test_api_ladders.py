"""Managing ladders through the API: what it takes, what it refuses and in which words, who may, and the record."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_model

from tests.identities import IDENTITIES, client_of, user_of
from tests.tiers.api.sending import codes, send
from tests.tiers.conftest import make_variants
from upsell.models import Ladder, Tier, TierContent, UpgradeOffer
from upsell.testing import count_queries, make_ladder, make_product, make_request, make_upgrade_offer
from upsell.tiers.components import comparison_for
from upsell.tiers.forms.ladders import WORDS
from upsell.tiers.steps import StepFlaw

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/ladders/"


@pytest.fixture
def body(cameras: list[Any]) -> dict[str, Any]:
    """A ladder as a merchant would send it."""
    levels = ("Basic", "Plus", "Pro")
    return {
        "name": "Cameras",
        "tiers": [{"product": one.pk, "level": level} for one, level in zip(cameras, levels, strict=True)],
    }


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["results"]]


# --- making and changing ----------------------------------------------------------------------------------------------


def test_a_merchant_makes_a_draft_that_is_activated_and_seen(
    merchant: Client, body: dict[str, Any], cameras: list[Any]
) -> None:
    case = make_product("Case", price="29.00")
    body["tiers"][1] |= {"highlights": ["Sharper", " ", "Sharper"], "contents": [{"product": case.pk, "units": 2}]}
    response = send(merchant, "POST", URL, {**body, "starts_at": "2026-03-29T02:30:00+01:00"})
    assert response.status_code == 201, response.content
    made = response.json()
    assert (made["status"], made["state"], made["effect"]["light"]) == ("draft", "draft", "off")
    assert made["rule"] == "Basic → Plus → Pro"
    assert made["starts_at"] == "2026-03-29T01:30:00Z"
    assert made["created_by"] == user_of("merchant").pk
    assert made["tiers"][1]["highlights"] == ["Sharper"]
    assert made["tiers"][1]["contents"] == [{"product": case.pk, "units": 2, "title": "Case"}]
    assert merchant.get(f"{URL}{made['id']}/").json() == made
    assert comparison_for(cameras[0], request=make_request()) is None
    running = send(merchant, "POST", f"{URL}{made['id']}/activate/", {"version": made["version"]}).json()
    assert (running["state"], running["effect"]["light"]) == ("running", "on")
    shown = comparison_for(cameras[0], request=make_request())
    assert shown is not None
    assert [column.level for column in shown.columns] == ["Basic", "Plus", "Pro"]


def test_what_was_fetched_may_be_sent_back_whole(merchant: Client, body: dict[str, Any]) -> None:
    body["tiers"][0] |= {"translations": {"ja": {"level": "基本", "highlights": ["軽い"]}, "ko": {"level": ""}}}
    body |= {
        "translations": {"ja": {"name": "カメラ"}},
        "audience": {"countries": [], "signed_in": True, "languages": ["ja"]},
    }
    made = send(merchant, "POST", URL, body).json()
    assert made["tiers"][0]["translations"] == {"ja": {"level": "基本", "highlights": ["軽い"]}}
    assert made["audience"] == {
        "customers": "any", "signed_in": True, "countries": [], "languages": ["ja"], "bought": [], "bought_days": None,
    }  # fmt: skip
    response = send(merchant, "PUT", f"{URL}{made['id']}/", {**made, "name": "Better", "status": "active"})
    assert response.status_code == 200, response.content
    again = response.json()
    assert again == {**made, "name": "Better", "version": again["version"], "updated_at": again["updated_at"]}
    assert again["version"] == made["version"] + 1
    assert Ladder.objects.get().status == "draft"  # A05: what only goes out cannot be sent in


def test_steps_are_sent_as_a_whole_and_those_that_stay_remain_the_same_rows(
    merchant: Client, body: dict[str, Any], cameras: list[Any]
) -> None:
    """What upgrade offers speak of must not be made anew by a change of places."""
    made = send(merchant, "POST", URL, body).json()
    url = f"{URL}{made['id']}/"
    kept = {tier["product"]: tier["id"] for tier in made["tiers"]}
    turned = [{**made["tiers"][2], "is_popular": True}, made["tiers"][0]]
    changed = send(merchant, "PATCH", url, {"version": made["version"], "tiers": turned}).json()
    assert [(tier["product"], tier["id"]) for tier in changed["tiers"]] == [
        (cameras[2].pk, kept[cameras[2].pk]),
        (cameras[0].pk, kept[cameras[0].pk]),
    ]
    moved = [{**changed["tiers"][0], "is_popular": False}, {**changed["tiers"][1], "is_popular": True}]
    again = send(merchant, "PATCH", url, {"version": changed["version"], "tiers": moved}).json()
    assert [tier["is_popular"] for tier in again["tiers"]] == [False, True]
    untouched = send(merchant, "PATCH", url, {"version": again["version"], "name": "Named"}).json()
    assert untouched["tiers"] == again["tiers"]
    emptied = send(merchant, "PUT", url, {"name": "Bare", "version": untouched["version"]}).json()
    assert emptied["tiers"] == []
    assert not Tier.objects.exists()
    assert not TierContent.objects.exists()


def test_a_variant_takes_the_place_of_another_of_its_family_in_the_same_row(
    merchant: Client, cameras: list[Any]
) -> None:
    parent, (small, large) = make_variants("Tripod", "49.00", "59.00")
    ladder = make_ladder(small, cameras[0])
    row = ladder.tiers.get(product=small)
    body = {"version": ladder.version, "tiers": [{"product": large.pk}, {"product": cameras[0].pk}]}
    assert send(merchant, "PATCH", f"{URL}{ladder.pk}/", body).status_code == 200
    row.refresh_from_db()
    assert (row.product, row.family) == (large, parent)


def test_every_change_is_on_the_record_from_what_to_what(merchant: Client, body: dict[str, Any]) -> None:
    """K07: as in the admin."""
    made = send(merchant, "POST", URL, body).json()
    url = f"{URL}{made['id']}/"
    changed = send(merchant, "PATCH", url, {"version": made["version"], "name": "Mirrorless"}).json()
    send(merchant, "POST", f"{url}activate/", {"version": changed["version"]})
    assert merchant.delete(url).status_code == 204
    entries = list(LogEntry.objects.order_by("pk"))
    assert [entry.action_flag for entry in entries] == [ADDITION, CHANGE, CHANGE, DELETION]
    assert {entry.user for entry in entries} == {user_of("merchant")}
    assert "Cameras → Mirrorless" in entries[1].change_message
    assert "Draft → Active" in entries[2].change_message


def test_a_change_made_on_an_old_version_is_refused(merchant: Client, body: dict[str, Any]) -> None:
    made = send(merchant, "POST", URL, body).json()
    url = f"{URL}{made['id']}/"
    assert send(merchant, "PATCH", url, {"version": made["version"], "name": "One"}).status_code == 200
    stale = send(merchant, "PATCH", url, {"version": made["version"], "name": "Two"})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert send(merchant, "PUT", url, made).status_code == 409
    assert send(merchant, "POST", f"{url}activate/", {"version": made["version"]}).status_code == 409
    assert codes(send(merchant, "PATCH", url, {"name": "Two"})) == {"version": "required"}
    assert (Ladder.objects.get().name, Ladder.objects.get().status) == ("One", "draft")


def test_a_change_shows_in_the_shop_at_once(merchant: Client, cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras, levels=("Basic", "Plus", "Pro"))
    before = comparison_for(cameras[0], request=make_request())
    body = {"version": ladder.version, "tiers": [{"product": one.pk, "level": "New"} for one in cameras[:2]]}
    assert send(merchant, "PATCH", f"{URL}{ladder.pk}/", body).status_code == 200
    after = comparison_for(cameras[0], request=make_request())
    assert before is not None
    assert after is not None
    assert [len(before.columns), len(after.columns), after.columns[0].level] == [3, 2, "New"]


# --- steps of its life ------------------------------------------------------------------------------------------------


def test_a_ladder_is_activated_paused_ended_and_copied(merchant: Client, cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras, status="draft", name="Cameras")
    steps = [("activate", "running"), ("activate", "running"), ("pause", "paused"), ("end", "ended"), ("end", "ended")]
    for step, state in steps:
        response = send(merchant, "POST", f"{URL}{ladder.pk}/{step}/")
        assert (response.status_code, response.json()["state"]) == (200, state), step
    refused = send(merchant, "POST", f"{URL}{ladder.pk}/activate/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    copy = send(merchant, "POST", f"{URL}{ladder.pk}/duplicate/")
    assert copy.status_code == 201
    told = copy.json()
    assert (told["status"], told["name"], len(told["tiers"])) == ("draft", "Copy of Cameras", 3)
    assert told["id"] != ladder.pk


def test_a_product_is_in_one_active_ladder_at_a_time(
    merchant: Client, cameras: list[Any], body: dict[str, Any]
) -> None:
    running = make_ladder(*cameras[:2], name="Running")
    draft = make_ladder(*cameras[1:], name="Draft", status="draft")
    refused = send(merchant, "POST", f"{URL}{draft.pk}/activate/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert "Running" in refused.json()["detail"]
    other = make_ladder(cameras[2], make_product("Phone", price="99.00"), name="Other")
    body = {"version": other.version, "tiers": [{"product": cameras[2].pk}, {"product": cameras[0].pk}]}
    assert codes(send(merchant, "PATCH", f"{URL}{other.pk}/", body)) == {"tiers.1.product": "elsewhere"}
    assert list(other.tiers.values_list("product__title", flat=True)) == ["L5 camera", "Phone"]
    too_few = {"version": running.version, "tiers": [{"product": cameras[0].pk}]}
    assert codes(send(merchant, "PATCH", f"{URL}{running.pk}/", too_few)) == {"tiers": StepFlaw.TOO_FEW}


def test_a_ladder_with_upgrade_offers_is_not_deleted(merchant: Client, cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, off="10.00")
    refused = merchant.delete(f"{URL}{ladder.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert Ladder.objects.exists()
    UpgradeOffer.objects.all().delete()
    assert merchant.delete(f"{URL}{ladder.pk}/").status_code == 204
    assert comparison_for(cameras[0], request=make_request()) is None


# --- nonsense ---------------------------------------------------------------------------------------------------------


def test_steps_are_refused_at_their_place_in_the_words_of_the_admin(merchant: Client, cameras: list[Any]) -> None:
    """A15."""
    parent, (small, large) = make_variants("Tripod", "49.00", "59.00")
    one, two = ({"product": camera.pk} for camera in cameras[:2])
    lines = [f"Line {number}" for number in range(6)]
    for tiers, expected in [
        ([one, two, one], {"tiers.2.product": StepFlaw.TWICE}),
        ([{"product": small.pk}, {"product": large.pk}], {"tiers.1.product": StepFlaw.TWICE}),
        ([{"product": small.pk}, {"product": parent.pk}], {"tiers.1.product": StepFlaw.TWICE}),
        ([{**one, "is_popular": True}, {**two, "is_popular": True}], {"tiers.1.is_popular": StepFlaw.TWO_POPULAR}),
        ([{**one, "highlights": lines}], {"tiers.0.highlights": StepFlaw.TOO_MANY_HIGHLIGHTS}),
        (
            [{**one, "translations": {"ja": {"highlights": lines}}}],
            {"tiers.0.translations.ja.highlights": StepFlaw.TOO_MANY_HIGHLIGHTS},
        ),
        ([{**one, "translations": {"tlh": {"level": "x"}}}], {"tiers.0.translations.tlh": "unknown"}),
        ([{**one, "contents": [{"product": one["product"]}]}], {"tiers.0.contents": StepFlaw.CONTAINS_ITSELF}),
        ([{**one, "contents": [{"product": 999999}]}], {"tiers.0.contents.0.product": "does_not_exist"}),
        ([{**one, "contents": [two, two]}], {"tiers.0.contents.1.product": "twice"}),
        ([{**one, "contents": [{**two, "units": 0}]}], {"tiers.0.contents.0.units": "min_value"}),
        ([{"product": 999999}], {"tiers.0.product": "does_not_exist"}),
        ([{}], {"tiers.0.product": "required"}),
        ([{**one, "price": "0.01"}], {"tiers.0.price": "unknown"}),
        ([one] * 7, {"tiers": "max_length"}),
        ([7], {"tiers.0": "invalid"}),
        ("x", {"tiers": "not_a_list"}),
    ]:
        assert codes(send(merchant, "POST", URL, {"name": "X", "tiers": tiers})) == expected, tiers
    response = send(merchant, "POST", URL, {"name": "X", "tiers": [one, two, one]})
    assert response.json()["errors"][0]["detail"] == str(WORDS[StepFlaw.TWICE])
    assert not Ladder.objects.exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": ""}, {"name": "blank"}),
        ({"popular": "chosen"}, {"tiers": StepFlaw.NONE_POPULAR}),
        ({"popular": "everybody"}, {"popular": "invalid_choice"}),
        (
            {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            {"ends_at": "ends_before_it_starts"},
        ),
        ({"ends_at": "2026-03-29T02:30:00"}, {"ends_at": "invalid"}),
        ({"translations": {"tlh": {"name": "x"}}}, {"translations.tlh": "unknown"}),
        ({"translations": {"ja": {"price": "1"}}}, {"translations.ja.price": "unknown"}),
        ({"audience": {"customers": "rich"}}, {"audience.customers": "invalid_choice"}),
        ({"audience": {"customers": "new", "signed_in": False}}, {"audience.signed_in": "unknowable"}),
        ({"audience": {"countries": ["ZZ"]}}, {"audience.countries.0": "unknown"}),
        ({"audience": {"languages": ["tlh"]}}, {"audience.languages": "unknown"}),
        ({"audience": {"bought": [999999]}}, {"audience.bought": "does_not_exist"}),
        ({"audience": {"bought_days": 0}}, {"audience.bought_days": "min_value"}),
        ({"audience": {"segment": 1}}, {"audience.segment": "unknown"}),
        ({"owner": 1, "discount": 3}, {"owner": "unknown", "discount": "unknown"}),
    ],
    ids=str,
)
def test_nonsense_is_refused_by_field(
    change: dict[str, Any], expected: dict[str, str], merchant: Client, body: dict[str, Any]
) -> None:
    """A05, A15, H05, H07."""
    seen = codes(send(merchant, "POST", URL, {**body, **change}))
    assert {(field or "").removesuffix(".0"): code for field, code in seen.items()} == {
        field.removesuffix(".0"): code for field, code in expected.items()
    }
    assert not Ladder.objects.exists()


@pytest.mark.parametrize("value", [0, -1, 1.5, "1e9", None, "", [1], True, " 1 ", "١", "0x10", 2**63, {}], ids=repr)
def test_a_product_is_an_id_and_nothing_else(value: Any, merchant: Client) -> None:
    """A04."""
    assert send(merchant, "POST", URL, {"name": "X", "tiers": [{"product": value}]}).status_code == 400
    assert not Ladder.objects.exists()


def test_an_audience_is_stored_as_the_admin_stores_it(
    merchant: Client, body: dict[str, Any], cameras: list[Any]
) -> None:
    get_model("address", "Country").objects.create(iso_3166_1_a2="JP", printable_name="Japan")
    audience = {"countries": ["jp"], "customers": "returning", "bought": [cameras[0].pk], "bought_days": 30}
    made = send(merchant, "POST", URL, {**body, "audience": audience}).json()
    stored = {"customers": "returning", "countries": ["JP"], "bought": [cameras[0].pk], "bought_days": 30}
    assert Ladder.objects.get().audience == stored
    changed = send(merchant, "PATCH", f"{URL}{made['id']}/", {"version": made["version"], "audience": {}}).json()
    assert changed["audience"]["customers"] == "any"
    assert Ladder.objects.get().audience == {}


# --- finding ----------------------------------------------------------------------------------------------------------


def test_ladders_are_found_by_what_they_do_and_hold(merchant: Client, cameras: list[Any]) -> None:
    parent, (small, _large) = make_variants("Tripod", "49.00", "59.00")
    now, day = timezone.now(), timedelta(days=1)
    make_ladder(*cameras, name="running", ends_at=now + day)
    make_ladder(small, cameras[0], name="draft", status="draft", levels=("Short", "Long"))
    make_ladder(*cameras, name="scheduled", starts_at=now + 2 * day)
    make_ladder(*cameras, name="paused", status="paused", popular="sales")
    make_ladder(*cameras, name="over", ends_at=now - day)
    make_ladder(name="ended", status="ended")
    for query, expected in {
        "state=running": {"running"},
        "state=draft": {"draft"},
        "state=scheduled": {"scheduled"},
        "state=paused": {"paused"},
        "state=ended": {"over", "ended"},
        "popular=sales": {"paused"},
        f"product={parent.pk}": {"draft"},
        f"product={small.pk}": {"draft"},
        f"product={cameras[1].pk}": {"running", "scheduled", "paused", "over"},
        "product=999999": set(),
        f"running_at={(now + 3 * day).isoformat().replace('+', '%2B')}": {"scheduled"},
        "search=short": {"draft"},
        "search=L3": {"running", "scheduled", "paused", "over"},
        "search=%25": set(),
    }.items():
        assert set(names(merchant.get(f"{URL}?{query}"))) == expected, query
    assert names(merchant.get(f"{URL}?ordering=name&limit=2")) == ["draft", "ended"]


@pytest.mark.parametrize(
    "query",
    [
        "product=abc", "product=-1", "product=%D9%A3", "state=gone", "popular=x", "limit=-1", "ordering=password",
        "ordering=created_by__email", "running_at=2026-03-29T02:30", "nope=1", "search=" + "x" * 101,
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_refused(query: str, merchant: Client) -> None:
    """H01, H02, H03, D03."""
    response = merchant.get(f"{URL}?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_a_list_of_fifty_costs_as_many_queries_as_a_list_of_two(merchant: Client) -> None:
    counts = []
    for more in (2, 48):
        for number in range(more):
            steps = [make_product(f"P{more}.{number}.{step}", price=10 + step) for step in range(2)]
            make_ladder(*steps, name=f"{more}.{number}")
        merchant.get(URL)
        with count_queries() as queries:
            assert len(merchant.get(f"{URL}?limit=200").json()["results"]) >= more
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", IDENTITIES)
def test_only_those_who_may_in_the_admin_may_here(identity: str, body: dict[str, Any], cameras: list[Any]) -> None:
    """B01, B14."""
    client = client_of(identity)
    ladder = make_ladder(*cameras)
    url = f"{URL}{ladder.pk}/"
    may_look, may_act = identity in {"viewer", "merchant", "superuser"}, identity in {"merchant", "superuser"}
    assert client.get(URL).status_code == client.get(url).status_code == (200 if may_look else 403)
    assert send(client, "POST", URL, body).status_code == (201 if may_act else 403)
    change = {"version": ladder.version, "name": "Changed"}
    assert send(client, "PATCH", url, change).status_code == (200 if may_act else 403)
    for step in ("pause", "activate", "end"):
        assert send(client, "POST", f"{url}{step}/").status_code == (200 if may_act else 403)
    assert client.delete(url).status_code == (204 if may_act else 403)
    assert Ladder.objects.filter(pk=ladder.pk).exists() is not may_act


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        ("add_ladder", {"create", "duplicate"}),
        ("change_ladder", {"list", "change", "pause"}),
        ("delete_ladder", {"delete"}),
        ("view_ladder", {"list"}),
    ],
)
def test_each_permission_opens_its_own_doors(
    permission: str, allowed: set[str], cameras: list[Any], body: dict[str, Any]
) -> None:
    client = client_of("staff")
    user_of("staff").user_permissions.set(Permission.objects.filter(codename=permission))
    ladder = make_ladder(*cameras)
    url = f"{URL}{ladder.pk}/"
    seen = {
        "list": client.get(URL),
        "create": send(client, "POST", URL, body),
        "change": send(client, "PATCH", url, {"version": ladder.version, "name": "x"}),
        "duplicate": send(client, "POST", f"{url}duplicate/"),
        "pause": send(client, "POST", f"{url}pause/"),
        "delete": client.delete(url),
    }
    assert {act for act, response in seen.items() if response.status_code < 400} == allowed
    assert {response.status_code for act, response in seen.items() if act not in allowed} <= {403}
