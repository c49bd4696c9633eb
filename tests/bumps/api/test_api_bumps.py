"""Managing bumps through the API: what it takes, what it refuses and in which words, who may, and the record."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from oscar.test import factories

from tests.identities import IDENTITIES, client_of, user_of
from tests.tiers.api.sending import API, codes, send
from upsell.bumps.soundness import Flaw
from upsell.models import Bump, Grant, OrderOffer
from upsell.offers.base import Kind, Reward, RewardKind
from upsell.offers.serving.families import install
from upsell.offers.terms import from_json
from upsell.testing import count_queries, make_basket, make_bump, make_product

pytestmark = pytest.mark.django_db

URL = f"{API}/bumps/"
SOONER, LATER = "2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"


@pytest.fixture
def body(camera: Any, cloth: Any) -> dict[str, Any]:
    """A bump as a merchant would send it: a cloth for 2.50 less with a camera."""
    return {
        "product": cloth.pk,
        "reward_kind": "off",
        "reward": "2.50",
        "requirements": [{"kind": "contains", "product": camera.pk}],
    }


def made(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    response = send(client, "POST", URL, body)
    assert response.status_code == 201, response.content
    told: dict[str, Any] = response.json()
    return told


def found(client: Client, query: str) -> list[int]:
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


# --- making and changing ----------------------------------------------------------------------------------------------


def test_a_merchant_makes_a_draft_that_is_named_and_priced(merchant: Client, body: dict[str, Any], camera: Any) -> None:
    install()
    told = made(merchant, body)
    bump = Bump.objects.get()
    assert (bump.status, bump.created_by, bump.type) == ("draft", user_of("merchant"), "bump")
    assert (told["name"], told["currency"], told["reward"], told["max_per_basket"]) == ("Cloth", "GBP", "2.50", 1)
    terms = from_json(bump.terms)
    assert (terms.kind, terms.reward) == (Kind.BUMP, Reward(RewardKind.OFF, Decimal("2.50")))
    assert terms.slots[0].selection.products == {camera.pk}
    assert "Cloth" in told["rule"]
    assert "Camera" in told["rule"]
    assert told["effect"]["light"] == "off"
    assert (told["accepted"], told["declined"], told["orders"], told["used"], told["given"]) == (0, 0, 0, 0, "0.00")
    assert merchant.get(f"{URL}{told['id']}/").json() == told
    running = send(merchant, "POST", f"{URL}{told['id']}/activate/", {"version": told["version"]}).json()
    assert (running["state"], running["effect"]["light"]) == ("running", "on"), running["effect"]


def test_every_kind_of_condition_is_kept_as_it_was_sent(merchant: Client, body: dict[str, Any], camera: Any) -> None:
    factories.CountryFactory(iso_3166_1_a2="JP", is_shipping_country=True)
    category, range_ = factories.CategoryFactory(), factories.RangeFactory()
    sent = [
        {"group": 1, "kind": "contains", "product": camera.pk, "units": 2},
        {"group": 1, "kind": "contains", "category": category.pk},
        {"group": 2, "kind": "contains", "range": range_.pk, "negated": True},
        {"group": 3, "kind": "worth", "least": "30.00", "most": "500.00"},
        {"group": 4, "kind": "currency", "codes": ["gbp"]},
        {"group": 5, "kind": "language", "codes": ["ja", "ko"]},
        {"group": 6, "kind": "country", "codes": ["jp"]},
        {"group": 7, "kind": "time", "codes": ["0", "4"], "since": "09:00", "until": "17:30"},
        {"group": 8, "kind": "customers", "codes": ["returning"]},
        {"kind": "owned", "product": camera.pk, "days": 90},
    ]
    told = made(merchant, {**body, "requirements": sent})["requirements"]
    assert [one["group"] for one in told] == [1, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    for was, now in zip(sent, told, strict=True):
        kept = {**was, "group": was.get("group", 9)}
        if was["kind"] in {"currency", "country"}:
            kept["codes"] = [code.upper() for code in was["codes"]]
        assert now == {**now, **kept}
    row = Bump.objects.get().requirements.get(kind="time")
    assert (row.since, row.until, row.codes) == (time(9), time(17, 30), ["0", "4"])


def test_what_was_fetched_may_be_sent_back_whole(merchant: Client, body: dict[str, Any]) -> None:
    body |= {
        "translations": {"ja": {"name": "布", "headline": "お手入れに", "text": ""}},
        "audience": {"customers": "returning"},
        "ends_at": "2999-01-01T01:00:00+01:00",
        "max_per_customer": 1,
        "at_payment": True,
    }
    told = made(merchant, body)
    assert told["translations"]["ja"] == {"name": "布", "headline": "お手入れに"}
    assert told["ends_at"] == "2999-01-01T00:00:00Z"
    response = send(merchant, "PUT", f"{URL}{told['id']}/", {**told, "text": "Better", "status": "active", "used": 9})
    assert response.status_code == 200, response.content
    again = response.json()
    assert again == {**told, "text": "Better", "version": again["version"], "updated_at": again["updated_at"]}
    assert Bump.objects.get().status == "draft"  # A05


def test_a_change_of_one_field_leaves_the_conditions_alone(merchant: Client, body: dict[str, Any]) -> None:
    told = made(merchant, body)
    row = Bump.objects.get().requirements.get()
    changed = send(merchant, "PATCH", f"{URL}{told['id']}/", {"version": told["version"], "priority": 3}).json()
    assert (changed["priority"], changed["requirements"]) == (3, told["requirements"])
    assert Bump.objects.get().requirements.get() == row
    emptied = send(merchant, "PATCH", f"{URL}{told['id']}/", {"version": changed["version"], "requirements": []})
    assert emptied.json()["requirements"] == []
    assert from_json(Bump.objects.get().terms).when == ()


def test_every_change_is_on_the_record_from_what_to_what(merchant: Client, body: dict[str, Any]) -> None:
    """K07: as in the admin."""
    told = made(merchant, body)
    url = f"{URL}{told['id']}/"
    worth = [{"kind": "worth", "least": "30"}]
    changed = send(merchant, "PATCH", url, {"version": told["version"], "reward": "3", "requirements": worth}).json()
    send(merchant, "POST", f"{url}activate/", {"version": changed["version"]})
    assert merchant.delete(url).status_code == 204
    entries = list(LogEntry.objects.order_by("pk"))
    assert [entry.action_flag for entry in entries] == [ADDITION, CHANGE, CHANGE, DELETION]
    assert "£2.50 → £3.00" in entries[1].change_message
    assert "£30.00" in entries[1].change_message
    assert "Draft → Active" in entries[2].change_message


def test_a_change_made_on_an_old_version_is_refused(merchant: Client, body: dict[str, Any]) -> None:
    told = made(merchant, body)
    url = f"{URL}{told['id']}/"
    assert send(merchant, "PATCH", url, {"version": told["version"], "lane": 1}).status_code == 200
    stale = send(merchant, "PATCH", url, {"version": told["version"], "lane": 2})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert send(merchant, "POST", f"{url}activate/", {"version": told["version"]}).status_code == 409
    assert codes(send(merchant, "PATCH", url, {"lane": 2})) == {"version": "required"}
    assert Bump.objects.get().lane == 1


# --- steps of its life ------------------------------------------------------------------------------------------------


def test_a_bump_is_activated_paused_ended_and_copied(merchant: Client, camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00", status="draft")
    steps = [("activate", "running"), ("activate", "running"), ("pause", "paused"), ("end", "ended"), ("end", "ended")]
    for step, state in steps:
        response = send(merchant, "POST", f"{URL}{bump.pk}/{step}/")
        assert (response.status_code, response.json()["state"]) == (200, state), step
    refused = send(merchant, "POST", f"{URL}{bump.pk}/activate/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    copy = send(merchant, "POST", f"{URL}{bump.pk}/duplicate/")
    assert (copy.status_code, copy.json()["status"], copy.json()["name"]) == (201, "draft", "Copy of Extra")
    assert [one["product"] for one in copy.json()["requirements"]] == [camera.pk]


def test_what_has_become_senseless_is_not_activated(merchant: Client, camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00", status="draft")
    Bump.objects.update(product=camera)
    refused = send(merchant, "POST", f"{URL}{bump.pk}/activate/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert refused.json()["detail"].endswith(".")


# --- what makes no sense ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"product": None}, {"product": Flaw.NOTHING_TO_ADD}),
        ({"range": "R"}, {"range": Flaw.TWO_THINGS_TO_ADD}),
        ({"reward_kind": "none"}, {"reward": Flaw.REWARD_OF_NOTHING}),
        ({"reward": None}, {"reward": "no_reward"}),
        ({"reward": "0"}, {"reward": "not_positive"}),
        ({"reward": "-1"}, {"reward": "min_value"}),
        ({"reward_kind": "percent", "reward": "101"}, {"reward": "above_100"}),
        ({"reward_kind": "percent", "reward": "100"}, {"is_free": Flaw.FREE_UNCONFIRMED}),
        ({"reward_kind": "price", "reward": "0"}, {"is_free": Flaw.FREE_UNCONFIRMED}),
        ({"currency": "XQX"}, {"currency": "currency_unknown"}),
        ({"currency": "jpy"}, {"reward": "amount_too_fine"}),
        ({"in_basket": False, "at_preview": False}, {"in_basket": Flaw.NO_PLACE}),
        ({"starts_at": LATER, "ends_at": SOONER}, {"ends_at": "ends_before_it_starts"}),
        ({"budget": "0"}, {"budget": "budget_not_positive"}),
        ({"per_trigger": 0}, {"per_trigger": "min_value"}),
        ({"per_trigger": True}, {"per_trigger": "invalid"}),
        ({"priority": 101}, {"priority": "max_value"}),
        ({"again_after_days": 0}, {"again_after_days": "min_value"}),
        ({"audience": {"customers": "new", "signed_in": False}}, {"audience.signed_in": "unknowable"}),
        ({"audience": {"contries": []}}, {"audience.contries": "unknown"}),
        ({"translations": {"xx": {"name": "X"}}}, {"translations.xx": "unknown"}),
        ({"translations": {"ja": {"title": "X"}}}, {"translations.ja.title": "unknown"}),
        ({"preselected": True}, {"preselected": "unknown"}),
        ({"is_checked": True}, {"is_checked": "unknown"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_field(
    change: dict[str, Any], wrong: dict[str, str], merchant: Client, body: dict[str, Any]
) -> None:
    """A27, too: no word makes an extra begin as chosen."""
    sent = {name: factories.RangeFactory().pk if value == "R" else value for name, value in change.items()}
    assert codes(send(merchant, "POST", URL, {**body, **sent})) == {field: str(code) for field, code in wrong.items()}
    assert not Bump.objects.exists()


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"kind": "contains"}, {"product": Flaw.NOTHING_CHOSEN}),
        ({"kind": "contains", "product": "CLOTH"}, {"product": Flaw.MEETS_ITSELF}),
        ({"kind": "contains", "product": 999_999}, {"product": "does_not_exist"}),
        ({"kind": "contains", "product": "CAMERA", "units": 0}, {"units": "min_value"}),
        ({"kind": "contains", "product": "CAMERA", "least": "5"}, {"least": "not_asked"}),
        ({"kind": "contains", "product": "CAMERA", "codes": ["GBP"]}, {"codes": "not_asked"}),
        ({"kind": "worth"}, {"least": Flaw.NO_AMOUNT}),
        ({"kind": "worth", "least": "5", "most": "4"}, {"most": Flaw.MOST_BELOW_LEAST}),
        ({"kind": "worth", "least": "-5"}, {"least": Flaw.BELOW_NOTHING}),
        ({"kind": "worth", "least": "5", "units": 2}, {"units": "not_asked"}),
        ({"kind": "language"}, {"codes": Flaw.NO_CODES}),
        ({"kind": "language", "codes": ["xx"]}, {"codes": Flaw.UNKNOWN_CODE}),
        ({"kind": "country", "codes": ["ZZ"]}, {"codes": Flaw.UNKNOWN_CODE}),
        ({"kind": "customers", "codes": ["new", "returning"]}, {"codes": Flaw.TWO_CHOSEN}),
        ({"kind": "customers", "codes": ["rich"]}, {"codes": Flaw.UNKNOWN_CODE}),
        ({"kind": "time"}, {"codes": Flaw.NO_TIME}),
        ({"kind": "time", "codes": ["7"]}, {"codes": Flaw.UNKNOWN_CODE}),
        ({"kind": "time", "since": "09:00", "until": "09:00"}, {"until": Flaw.EMPTY_TIME}),
        ({"kind": "time", "since": "24:00"}, {"since": "invalid"}),
        ({"kind": "time", "since": 9}, {"since": "invalid"}),
        ({"kind": "time", "since": "٠٩:٠٠"}, {"since": "invalid"}),
        ({"kind": "owned"}, {"product": Flaw.NOTHING_CHOSEN}),
        ({"kind": "owned", "product": "CAMERA", "days": 0}, {"days": "min_value"}),
        ({"kind": "weather"}, {"kind": "invalid_choice"}),
        ({"kind": "worth", "least": "5", "group": 100}, {"group": "max_value"}),
        ({"kind": "worth", "least": "5", "gruop": 1}, {"gruop": "unknown"}),
    ],
)  # fmt: skip
def test_a_senseless_condition_is_refused_at_its_place(
    row: dict[str, Any], wrong: dict[str, str], merchant: Client, body: dict[str, Any], camera: Any, cloth: Any
) -> None:
    ids = {"CAMERA": camera.pk, "CLOTH": cloth.pk}
    sent = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
    good = body["requirements"][0]
    expected = {f"requirements.1.{field}": str(code) for field, code in wrong.items()}
    assert codes(send(merchant, "POST", URL, {**body, "requirements": [good, sent]})) == expected


def test_conditions_that_speak_against_each_other_are_refused_together(merchant: Client, body: dict[str, Any]) -> None:
    rows = [{"kind": "worth", "least": "50"}, {"kind": "worth", "most": "20"}]
    assert codes(send(merchant, "POST", URL, {**body, "requirements": rows})) == {
        "requirements": Flaw.NEVER_MET_TOGETHER
    }


def test_there_are_not_more_conditions_than_a_form_has(merchant: Client, body: dict[str, Any]) -> None:
    rows = [{"kind": "worth", "least": "50"}] * 21
    assert send(merchant, "POST", URL, {**body, "requirements": rows}).status_code == 400
    for nonsense in ("all", {}, [1], [[]], None):
        assert send(merchant, "POST", URL, {**body, "requirements": nonsense}).status_code == 400


# --- looking ----------------------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_and_sorted(merchant: Client, camera: Any, cloth: Any) -> None:
    strap = make_product("Strap", price="9.00")
    first = make_bump(cloth, trigger=camera, off="1.00", name="First", priority=5)
    second = make_bump(strap, reward_kind="percent", reward=10, in_basket=False, at_payment=True, currency="EUR")
    range_ = factories.RangeFactory(name="Small things", products=[cloth])
    third = make_bump(range_, trigger=strap, name="Third", status="paused", headline="Why not?")
    assert set(found(merchant, "state=running")) == {first.pk, second.pk}
    assert found(merchant, "state=paused") == found(merchant, "search=why not") == [third.pk]
    assert found(merchant, "search=small things") == [third.pk]
    assert found(merchant, "placement=payment") == found(merchant, "reward_kind=percent") == [second.pk]
    assert found(merchant, "currency=eur") == found(merchant, f"product={strap.pk}") == [second.pk]
    assert set(found(merchant, f"product={cloth.pk}")) == {first.pk, third.pk}
    assert found(merchant, f"trigger={camera.pk}") == [first.pk]
    assert found(merchant, "ordering=-priority")[0] == first.pk
    assert codes(merchant.get(f"{URL}?status=active")) == {"status": "unknown"}
    assert codes(merchant.get(f"{URL}?placement=moon")) == {"placement": "invalid_choice"}


def test_a_variant_is_found_by_its_family(merchant: Client, cloth: Any) -> None:
    parent = factories.ProductFactory(structure="parent", stockrecords=[])
    child = factories.ProductFactory(structure="child", parent=parent, stockrecords=[])
    bump = make_bump(cloth, trigger=parent)
    assert found(merchant, f"trigger={child.pk}") == [bump.pk]


def test_answers_are_counted(merchant: Client, camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00")
    at = timezone.now()
    for number, state in enumerate(["accepted", "accepted", "dismissed", "shown"]):
        accepted_at = at if state == "accepted" else None
        Grant.objects.create(offer=bump, visitor=f"v{number}", state=state, quantity=1, accepted_at=accepted_at)
    told = merchant.get(f"{URL}{bump.pk}/").json()
    assert (told["accepted"], told["declined"], told["orders"]) == (2, 1, 0)
    assert not OrderOffer.objects.exists()


def test_a_longer_list_costs_no_more_queries(merchant: Client, camera: Any) -> None:
    def cost() -> int:
        merchant.get(URL)  # fills what is remembered
        with count_queries() as queries:
            assert merchant.get(URL).status_code == 200
        return len(queries)

    for number in range(2):
        make_bump(make_product(f"Small {number}", price="3.00"), trigger=camera, off="1.00")
    few = cost()
    for number in range(2, 12):
        make_bump(make_product(f"Small {number}", price="3.00"), trigger=camera, off="1.00")
    assert cost() == few


# --- trying a rule ----------------------------------------------------------------------------------------------------


def test_a_rule_is_said_in_a_sentence_and_held_against_real_baskets(merchant: Client, camera: Any, cloth: Any) -> None:
    make_basket((camera, 2))
    make_basket(camera, cloth)
    make_basket(make_product("Lamp", price="5.00"))
    bump = make_bump(cloth, trigger=camera)
    rows = [{"kind": "contains", "product": camera.pk}]
    response = send(merchant, "POST", f"{URL}rule/", {"requirements": rows, "product": cloth.pk})
    assert response.status_code == 200, response.content
    told = response.json()
    assert "Camera" in told["rule"]
    assert told["rule"].endswith(".")
    seen = told["replay"]
    assert (seen["looked_at"], seen["met"], seen["held"], seen["shown"], seen["unknown"]) == (3, 2, 1, 1, 0)
    assert {one["is_held"] for one in seen["examples"]} == {True, False}
    assert [one["contents"] for one in seen["examples"]].count([{"title": "Camera", "units": 2}]) == 1
    assert merchant.get(f"{URL}{bump.pk}/replay/").json() == seen
    assert Bump.objects.count() == 1


def test_what_a_replay_tells_is_nobodys_name(merchant: Client, camera: Any, cloth: Any) -> None:
    basket = make_basket(camera)
    basket.owner = user_of("customer")
    basket.save()
    bump = make_bump(cloth, trigger=camera)
    response = merchant.get(f"{URL}{bump.pk}/replay/")
    assert response.json()["met"] == 1
    assert b"customer" not in response.content


def test_a_rule_that_makes_no_sense_is_refused_at_its_place(merchant: Client, cloth: Any) -> None:
    rows = [{"kind": "contains", "product": cloth.pk}, {"kind": "worth"}]
    response = send(merchant, "POST", f"{URL}rule/", {"requirements": rows, "product": cloth.pk})
    assert codes(response) == {"requirements.1.least": Flaw.NO_AMOUNT}
    assert codes(send(merchant, "POST", f"{URL}rule/", {"name": "x"})) == {"name": "unknown"}


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [one for one in IDENTITIES if one not in {"merchant", "superuser"}])
def test_who_may_not_manage_bumps_changes_nothing(identity: str, body: dict[str, Any], cloth: Any) -> None:
    bump, client = make_bump(cloth, status="draft"), client_of(identity)
    looks = 200 if identity == "viewer" else 403
    assert client.get(URL).status_code == client.get(f"{URL}{bump.pk}/replay/").status_code == looks
    assert client.head(f"{URL}{bump.pk}/replay/").status_code == looks
    assert send(client, "POST", f"{URL}rule/").status_code == looks
    assert send(client, "POST", URL, body).status_code == 403
    assert send(client, "PATCH", f"{URL}{bump.pk}/", {"version": bump.version, "name": "Mine"}).status_code == 403
    for step in ("activate", "pause", "end", "duplicate"):
        assert send(client, "POST", f"{URL}{bump.pk}/{step}/").status_code == 403
    assert client.delete(f"{URL}{bump.pk}/").status_code == 403
    assert [(one.name, one.status) for one in Bump.objects.all()] == [("Extra", "draft")]


def test_each_permission_opens_its_own_door(body: dict[str, Any]) -> None:
    client, user = client_of("staff"), user_of("staff")
    user.user_permissions.add(Permission.objects.get(codename="add_bump"))
    told = made(client, body)
    assert send(client, "POST", f"{URL}{told['id']}/duplicate/").status_code == 201
    assert send(client, "POST", f"{URL}{told['id']}/activate/").status_code == 403
    assert client.get(URL).status_code == client.delete(f"{URL}{told['id']}/").status_code == 403


def test_what_ran_yesterday_is_over(merchant: Client, cloth: Any) -> None:
    over = make_bump(cloth, ends_at=timezone.now() - timedelta(days=1))
    assert found(merchant, "state=ended") == [over.pk]
