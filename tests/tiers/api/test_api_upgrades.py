"""Managing upgrade offers through the API: what it takes, what it refuses and in which words, who may, the record."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from oscar.test.factories import create_order

from tests.identities import IDENTITIES, client_of, user_of
from tests.tiers.api.sending import codes, send
from upsell.models import Grant, Ladder, OrderOffer, UpgradeOffer
from upsell.offers.base import Reward, RewardKind
from upsell.offers.serving.families import install
from upsell.offers.soundness import Common
from upsell.offers.terms import from_json
from upsell.testing import count_queries, make_ladder, make_product, make_upgrade_offer
from upsell.tiers.soundness import Flaw

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/upgrade-offers/"


@pytest.fixture
def ladder(cameras: list[Any]) -> Ladder:
    return make_ladder(*cameras, name="Cameras", levels=("Basic", "Plus", "Pro"))


@pytest.fixture
def tiers(ladder: Ladder) -> list[Any]:
    return list(ladder.tiers.all())


@pytest.fixture
def body(ladder: Ladder, tiers: list[Any]) -> dict[str, Any]:
    """An offer as a merchant would send it: Plus for 50.00 less."""
    return {"ladder": ladder.pk, "to_tier": tiers[1].pk, "reward_kind": "off", "reward": "50.00"}


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["results"]]


# --- making and changing ----------------------------------------------------------------------------------------------


def test_a_merchant_makes_a_draft_that_is_named_and_priced(merchant: Client, body: dict[str, Any]) -> None:
    install()
    response = send(merchant, "POST", URL, body)
    assert response.status_code == 201, response.content
    made = response.json()
    upgrade = UpgradeOffer.objects.get()
    assert (upgrade.status, upgrade.created_by) == ("draft", user_of("merchant"))
    assert (made["name"], made["currency"], made["reward"]) == ("Upgrade to Plus", "GBP", "50.00")
    assert from_json(upgrade.terms).reward == Reward(RewardKind.OFF, Decimal("50.00"))
    assert made["effect"]["light"] == "off"
    assert made["rule"].startswith("Who steps up to Plus gets £50.00 off")
    assert (made["shown"], made["accepted"], made["ordered"], made["used"], made["given"]) == (0, 0, 0, 0, "0.00")
    assert merchant.get(f"{URL}{made['id']}/").json() == made
    running = send(merchant, "POST", f"{URL}{made['id']}/activate/", {"version": made["version"]}).json()
    assert running["state"] == "running"
    assert running["effect"]["light"] == "on", running["effect"]


def test_a_step_names_its_ladder_and_a_new_step_renames_the_offer(
    merchant: Client, body: dict[str, Any], ladder: Ladder, tiers: list[Any]
) -> None:
    made = send(merchant, "POST", URL, {**body, "ladder": None}).json()
    assert made["ladder"] == ladder.pk
    url = f"{URL}{made['id']}/"
    moved = send(merchant, "PATCH", url, {"version": made["version"], "to_tier": tiers[2].pk}).json()
    assert moved["name"] == "Upgrade to Pro"
    named = send(merchant, "PATCH", url, {"version": moved["version"], "name": "Go Pro"}).json()
    back = send(merchant, "PATCH", url, {"version": named["version"], "to_tier": tiers[1].pk}).json()
    assert (named["name"], back["name"]) == ("Go Pro", "Go Pro")


def test_owners_are_given_the_difference(merchant: Client, ladder: Ladder) -> None:
    body = {"kind": "owned", "ladder": ladder.pk, "within_days": 30}
    made = send(merchant, "POST", URL, body).json()
    assert (made["kind"], made["within_days"], made["reward"], made["currency"]) == ("owned", 30, None, "GBP")


def test_what_was_fetched_may_be_sent_back_whole(merchant: Client, body: dict[str, Any]) -> None:
    body |= {
        "translations": {"ja": {"name": "アップグレード", "text": ""}},
        "audience": {"customers": "returning"},
        "window_minutes": 30,
        "ends_at": "2999-01-01T01:00:00+01:00",
        "max_per_customer": 1,
    }
    made = send(merchant, "POST", URL, body).json()
    assert made["translations"]["ja"] == {"name": "アップグレード"}
    assert made["ends_at"] == "2999-01-01T00:00:00Z"
    response = send(merchant, "PUT", f"{URL}{made['id']}/", {**made, "text": "Better", "status": "active", "used": 9})
    assert response.status_code == 200, response.content
    again = response.json()
    assert again == {**made, "text": "Better", "version": again["version"], "updated_at": again["updated_at"]}
    assert UpgradeOffer.objects.get().status == "draft"  # A05


def test_every_change_is_on_the_record_from_what_to_what(merchant: Client, body: dict[str, Any]) -> None:
    """K07: as in the admin."""
    made = send(merchant, "POST", URL, body).json()
    url = f"{URL}{made['id']}/"
    changed = send(merchant, "PATCH", url, {"version": made["version"], "reward": "60"}).json()
    send(merchant, "POST", f"{url}activate/", {"version": changed["version"]})
    assert merchant.delete(url).status_code == 204
    entries = list(LogEntry.objects.order_by("pk"))
    assert [entry.action_flag for entry in entries] == [ADDITION, CHANGE, CHANGE, DELETION]
    assert "£50.00 → £60.00" in entries[1].change_message
    assert "Draft → Active" in entries[2].change_message


def test_a_change_made_on_an_old_version_is_refused(merchant: Client, body: dict[str, Any]) -> None:
    made = send(merchant, "POST", URL, body).json()
    url = f"{URL}{made['id']}/"
    changed = send(merchant, "PATCH", url, {"version": made["version"], "lane": 1})
    assert changed.status_code == 200
    assert changed.json()["version"] > made["version"]
    stale = send(merchant, "PATCH", url, {"version": made["version"], "lane": 2})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert send(merchant, "POST", f"{url}activate/", {"version": made["version"]}).status_code == 409
    assert codes(send(merchant, "PATCH", url, {"lane": 2})) == {"version": "required"}
    assert UpgradeOffer.objects.get().lane == 1


# --- steps of its life ------------------------------------------------------------------------------------------------


def test_an_offer_is_activated_paused_ended_and_copied(merchant: Client, ladder: Ladder) -> None:
    upgrade = make_upgrade_offer(ladder, off="50.00", status="draft")
    steps = [("activate", "running"), ("activate", "running"), ("pause", "paused"), ("end", "ended"), ("end", "ended")]
    for step, state in steps:
        response = send(merchant, "POST", f"{URL}{upgrade.pk}/{step}/")
        assert (response.status_code, response.json()["state"]) == (200, state), step
    refused = send(merchant, "POST", f"{URL}{upgrade.pk}/activate/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    copy = send(merchant, "POST", f"{URL}{upgrade.pk}/duplicate/")
    assert (copy.status_code, copy.json()["status"], copy.json()["name"]) == (201, "draft", "Copy of Upgrade")


def test_an_offer_that_orders_used_cannot_be_deleted(merchant: Client, ladder: Ladder) -> None:
    upgrade = make_upgrade_offer(ladder, off="50.00")
    OrderOffer.objects.create(
        order=create_order(), offer=upgrade.offer_ptr, family="upgrade", name="x", version=1, currency="GBP",
        incl_tax=True, applications=1, amount=1,
    )  # fmt: skip
    refused = merchant.delete(f"{URL}{upgrade.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert UpgradeOffer.objects.exists()


def test_the_answers_of_shoppers_are_counted(merchant: Client, ladder: Ladder) -> None:
    upgrade = make_upgrade_offer(ladder, off="50.00")
    now = timezone.now()
    for visitor, state, accepted in (("a", "shown", None), ("b", "accepted", now), ("c", "used", now)):
        Grant.objects.create(offer=upgrade, visitor=visitor, state=state, accepted_at=accepted)
    told = merchant.get(f"{URL}{upgrade.pk}/").json()
    assert (told["shown"], told["accepted"], told["ordered"]) == (3, 2, 1)


# --- nonsense ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ladder": None, "to_tier": None}, {"ladder": Flaw.NO_LADDER}),
        ({"ladder": 999999}, {"ladder": "does_not_exist"}),
        ({"to_tier": None}, {"to_tier": Flaw.NO_STEP}),
        ({"to_tier": 999999}, {"to_tier": "does_not_exist"}),
        ({"to_tier": "basic"}, {"to_tier": Flaw.LOWEST_STEP}),
        ({"to_tier": "elsewhere"}, {"to_tier": Flaw.STEP_ELSEWHERE}),
        ({"from_tier": "pro"}, {"from_tier": Flaw.NOT_BELOW}),
        ({"reward": None}, {"reward": Common.NO_REWARD}),
        ({"reward": "0"}, {"reward": Common.NOT_POSITIVE}),
        ({"reward_kind": "percent", "reward": "100"}, {"reward": Flaw.GIVEN_AWAY}),
        ({"reward_kind": "percent", "reward": "101"}, {"reward": Common.ABOVE_100}),
        ({"reward": "400.00"}, {"reward": Flaw.BELOW_THE_STEP_BEFORE}),
        ({"reward_kind": "price", "reward": "900.00"}, {"reward": Flaw.GIVES_NOTHING}),
        ({"currency": "EURO"}, {"currency": Common.CURRENCY_UNKNOWN}),
        ({"currency": "EUR"}, {"currency": Flaw.OTHER_CURRENCY}),
        ({"within_days": 3}, {"within_days": Flaw.DAYS_FOR_OWNERS_ONLY}),
        ({"kind": "owned"}, {"reward": Flaw.REWARD_FOR_OWNERS, "within_days": Flaw.NO_DAYS}),
        ({"on_product": False, "in_basket": False, "at_checkout": False}, {"on_product": Flaw.NO_PLACE}),
        ({"window_minutes": 4}, {"window_minutes": "min_value"}),
        ({"window_minutes": 30, "again_after_days": 0}, {"again_after_days": Flaw.WINDOW_NEVER_OVER}),
        (
            {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            {"ends_at": Common.ENDS_BEFORE_IT_STARTS},
        ),
        ({"budget": "-5"}, {"budget": Common.BUDGET_NOT_POSITIVE}),
        ({"translations": {"tlh": {"name": "x"}}}, {"translations.tlh": "unknown"}),
        ({"audience": {"customers": "new", "signed_in": False}}, {"audience.signed_in": "unknowable"}),
        ({"price": "0.01", "terms": {}, "family": "x"}, {"price": "unknown", "terms": "unknown", "family": "unknown"}),
    ],
    ids=str,
)
def test_the_api_refuses_the_same_nonsense_as_the_admin(
    change: dict[str, Any], expected: dict[str, str], merchant: Client, body: dict[str, Any], tiers: list[Any]
) -> None:
    """A05, A15, H07."""
    elsewhere = make_ladder(make_product("Phone"), make_product("Better phone", price="20.00"))
    known = {"basic": tiers[0].pk, "pro": tiers[2].pk, "elsewhere": elsewhere.tiers.all()[1].pk}
    sent = {name: known.get(value, value) if isinstance(value, str) else value for name, value in change.items()}
    assert codes(send(merchant, "POST", URL, {**body, **sent})) == expected
    assert not UpgradeOffer.objects.exists()


def test_an_offer_that_nobody_would_see_is_refused(merchant: Client, body: dict[str, Any], ladder: Ladder) -> None:
    Ladder.objects.filter(pk=ladder.pk).update(audience={"languages": ["ja"]})
    refused = send(merchant, "POST", URL, {**body, "audience": {"languages": ["ko"]}})
    assert codes(refused) == {"audience.customers": "nobody"}


@pytest.mark.parametrize("value", [0, -1, 1.5, "1e9", "", [1], True, " 1 ", "١", "0x10", 2**63, {}], ids=repr)
@pytest.mark.parametrize("field", ["to_tier", "ladder", "within_days", "window_minutes", "max_in_all"])
def test_numbers_are_plain(field: str, value: Any, merchant: Client, body: dict[str, Any]) -> None:
    """A04."""
    assert send(merchant, "POST", URL, {**body, field: value}).status_code == 400
    assert not UpgradeOffer.objects.exists()


@pytest.mark.parametrize("value", ["nan", "inf", "1e2", "١٠", " 5", "", True, [], "9" * 30, "1.005"])
def test_amounts_are_plain_decimal_numbers(value: Any, merchant: Client, body: dict[str, Any]) -> None:
    assert "reward" in codes(send(merchant, "POST", URL, {**body, "reward": value}))


# --- finding ----------------------------------------------------------------------------------------------------------


def test_offers_are_found_by_what_they_do_and_are_about(merchant: Client, ladder: Ladder, tiers: list[Any]) -> None:
    other = make_ladder(make_product("Phone"), make_product("Better phone", price="20.00"), name="Phones")
    now, day = timezone.now(), timedelta(days=1)
    make_upgrade_offer(ladder, off="50.00", name="running")
    make_upgrade_offer(other, off="5.00", name="draft", status="draft")
    make_upgrade_offer(ladder, kind="owned", within_days=9, name="later", starts_at=now + day)
    make_upgrade_offer(ladder, off="50.00", name="over", ends_at=now - day, from_tier=tiers[0])
    for query, expected in {
        "state=running": {"running"},
        "state=draft": {"draft"},
        "state=scheduled": {"later"},
        "state=ended": {"over"},
        "kind=owned": {"later"},
        f"ladder={other.pk}": {"draft"},
        f"tier={tiers[0].pk}": {"over"},
        f"tier={tiers[2].pk}": {"running", "over"},
        "search=phone": {"draft"},
        "search=L5": {"running", "over"},
        "search=%25": set(),
    }.items():
        assert set(names(merchant.get(f"{URL}?{query}"))) == expected, query
    assert names(merchant.get(f"{URL}?ordering=name&limit=2")) == ["draft", "later"]


@pytest.mark.parametrize("query", ["ladder=abc", "kind=x", "state=gone", "ordering=terms", "nope=1", "tier=-1"])
def test_nonsense_in_the_address_is_refused(query: str, merchant: Client) -> None:
    assert merchant.get(f"{URL}?{query}").status_code == 400


def test_a_list_of_fifty_costs_as_many_queries_as_a_list_of_two(merchant: Client) -> None:
    counts = []
    for more in (2, 48):
        for number in range(more):
            steps = [make_product(f"P{more}.{number}.{step}", price=10 + step) for step in range(2)]
            make_upgrade_offer(make_ladder(*steps), off="0.50", name=f"{more}.{number}")
        merchant.get(URL)
        with count_queries() as queries:
            assert len(merchant.get(f"{URL}?limit=200").json()["results"]) >= more
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", IDENTITIES)
def test_only_those_who_may_in_the_admin_may_here(identity: str, body: dict[str, Any], ladder: Ladder) -> None:
    """B01, B14."""
    client = client_of(identity)
    upgrade = make_upgrade_offer(ladder, off="50.00")
    url = f"{URL}{upgrade.pk}/"
    may_look, may_act = identity in {"viewer", "merchant", "superuser"}, identity in {"merchant", "superuser"}
    assert client.get(URL).status_code == client.get(url).status_code == (200 if may_look else 403)
    assert send(client, "POST", URL, body).status_code == (201 if may_act else 403)
    change = {"version": upgrade.version, "lane": 1}
    assert send(client, "PATCH", url, change).status_code == (200 if may_act else 403)
    for step in ("pause", "activate", "end"):
        assert send(client, "POST", f"{url}{step}/").status_code == (200 if may_act else 403)
    assert client.delete(url).status_code == (204 if may_act else 403)
    assert UpgradeOffer.objects.filter(pk=upgrade.pk).exists() is not may_act


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        ("add_upgradeoffer", {"create", "duplicate"}),
        ("change_upgradeoffer", {"list", "change", "pause"}),
        ("delete_upgradeoffer", {"delete"}),
        ("view_upgradeoffer", {"list"}),
        ("change_ladder", set()),
    ],
)
def test_each_permission_opens_its_own_doors(
    permission: str, allowed: set[str], ladder: Ladder, body: dict[str, Any]
) -> None:
    client = client_of("staff")
    user_of("staff").user_permissions.set(Permission.objects.filter(codename=permission))
    upgrade = make_upgrade_offer(ladder, off="50.00")
    url = f"{URL}{upgrade.pk}/"
    seen = {
        "list": client.get(URL),
        "create": send(client, "POST", URL, body),
        "change": send(client, "PATCH", url, {"version": upgrade.version, "lane": 1}),
        "duplicate": send(client, "POST", f"{url}duplicate/"),
        "pause": send(client, "POST", f"{url}pause/"),
        "delete": client.delete(url),
    }
    assert {act for act, response in seen.items() if response.status_code < 400} == allowed
    assert {response.status_code for act, response in seen.items() if act not in allowed} <= {403}
