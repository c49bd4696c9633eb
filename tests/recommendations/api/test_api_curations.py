import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.test import Client
from django.utils import timezone
from oscar.test.factories import CategoryFactory, RangeFactory, create_product

from tests.identities import IDENTITIES, client_of, user_of
from upsell.models import Curation
from upsell.testing import count_queries

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/curations/"


def send(client: Client, method: str, url: str, body: Any) -> Any:
    return client.generic(method, url, json.dumps(body), content_type="application/json")


def codes(response: Any) -> dict[str | None, str]:
    return {error["field"]: error["code"] for error in response.json()["errors"]}


# --- managing ---------------------------------------------------------------------------------------------------------


def test_a_merchant_pins_a_product(merchant: Client, product: Any) -> None:
    lens = create_product(title="Lens")
    response = send(
        merchant,
        "POST",
        URL,
        {
            "action": "pin",
            "product": lens.pk,
            "beside_product": product.pk,
            "widget": "customers_also_bought",
            "starts_at": "2026-03-29T02:30:00+01:00",
        },
    )
    assert response.status_code == 201
    curation = Curation.objects.get()
    assert (curation.product, curation.beside_product, curation.position) == (lens, product, 1)
    assert curation.starts_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert curation.created_by == user_of("merchant")
    assert response.json() == {
        "id": curation.pk,
        "action": "pin",
        "product": lens.pk,
        "category": None,
        "range": None,
        "beside_product": product.pk,
        "beside_category": None,
        "beside_range": None,
        "subject_title": "Lens",
        "place_title": "Camera",
        "widget": "customers_also_bought",
        "position": 1,
        "factor": 2.0,
        "is_active": True,
        "starts_at": "2026-03-29T01:30:00Z",
        "ends_at": None,
        "note": "",
        "created_by": user_of("merchant").pk,
        "created_at": curation.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "updated_at": curation.updated_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


def test_what_was_fetched_may_be_sent_back_whole(merchant: Client, product: Any) -> None:
    curation = Curation.objects.create(action="exclude", product=product)
    fetched = merchant.get(f"{URL}{curation.pk}/").json()
    response = send(merchant, "PUT", f"{URL}{curation.pk}/", {**fetched, "note": "Sold elsewhere", "created_by": 99})
    assert response.status_code == 200
    curation.refresh_from_db()
    assert (curation.note, curation.created_by) == ("Sold elsewhere", None)


def test_replacing_forgets_what_is_not_sent_and_changing_keeps_it(merchant: Client, product: Any) -> None:
    curation = Curation.objects.create(action="boost", product=product, factor=5, note="Spring")
    send(merchant, "PATCH", f"{URL}{curation.pk}/", {"is_active": False})
    curation.refresh_from_db()
    assert (curation.factor, curation.note, curation.is_active) == (5, "Spring", False)
    send(merchant, "PUT", f"{URL}{curation.pk}/", {"action": "boost", "product": product.pk})
    curation.refresh_from_db()
    assert (curation.factor, curation.note, curation.is_active) == (2, "", True)


def test_deleting_one_leaves_the_others(merchant: Client, product: Any) -> None:
    one, other = (Curation.objects.create(action="bury", product=product) for _ in range(2))
    assert merchant.delete(f"{URL}{one.pk}/").status_code == 204
    assert list(Curation.objects.all()) == [other]
    assert merchant.delete(f"{URL}{one.pk}/").status_code == 404


def test_the_admins_history_shows_what_was_done_through_the_api(merchant: Client, product: Any) -> None:
    created = send(merchant, "POST", URL, {"action": "bury", "product": product.pk}).json()
    send(merchant, "PATCH", f"{URL}{created['id']}/", {"note": "Too bulky"})
    merchant.delete(f"{URL}{created['id']}/")
    entries = LogEntry.objects.order_by("pk")
    assert [entry.action_flag for entry in entries] == [ADDITION, CHANGE, DELETION]
    assert {entry.user for entry in entries} == {user_of("merchant")}
    assert {entry.object_id for entry in entries} == {str(created["id"])}
    assert json.loads(entries[1].change_message) == [{"changed": {"fields": ["note"]}}]


def test_variants_are_named_by_their_parent(merchant: Client) -> None:
    parent = create_product(title="Shirt", structure="parent")
    child = create_product(title="", structure="child", parent=parent)
    Curation.objects.create(action="pin", product=child)
    assert merchant.get(URL).json()["results"][0]["subject_title"] == "Shirt"


# --- validation, equal to the admin's ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"product": None}, {None: "invalid"}),
        ({"product": None, "category": "category"}, {None: "invalid"}),
        ({"category": "category"}, {None: "invalid"}),
        ({"beside_category": "category", "beside_range": "range"}, {None: "invalid"}),
        ({"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}, {None: "invalid"}),
        ({"action": "promote"}, {"action": "invalid_choice"}),
        ({"action": "a\x00b"}, {"action": "invalid_choice"}),
        ({"widget": "homepage"}, {"widget": "invalid_choice"}),
        ({"factor": 0.5}, {"factor": "min_value"}),
        ({"factor": 101}, {"factor": "max_value"}),
        ({"factor": "nan"}, {"factor": "invalid"}),
        ({"factor": "inf"}, {"factor": "invalid"}),
        ({"factor": True}, {"factor": "invalid"}),
        ({"factor": None}, {"factor": "null"}),
        ({"position": -1}, {"position": "min_value"}),
        ({"position": 40000}, {"position": "max_value"}),
        ({"position": 10**30}, {"position": "max_value"}),
        ({"position": 1.5}, {"position": "invalid"}),
        ({"note": "x" * 256}, {"note": "max_length"}),
        ({"note": "a\x00b"}, {"note": "null_characters_not_allowed"}),
        ({"note": ["list"]}, {"note": "invalid"}),
        ({"is_active": "perhaps"}, {"is_active": "invalid"}),
        ({"id_": 1}, {"id_": "unknown"}),
        ({"is_free": True, "benefit": 3}, {"is_free": "unknown", "benefit": "unknown"}),
    ],
)
def test_nonsense_is_refused_and_nothing_saved(
    merchant: Client, product: Any, change: dict[str, Any], expected: dict[str | None, str]
) -> None:
    rows = {"category": CategoryFactory().pk, "range": RangeFactory().pk}
    body: dict[str, Any] = {"action": "pin", "product": product.pk}
    body |= {name: rows[value] if isinstance(value, str) and value in rows else value for name, value in change.items()}
    response = send(merchant, "POST", URL, body)
    assert response.status_code == 400
    assert codes(response) == expected
    assert not Curation.objects.exists()


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "1.5",
        1.5,
        -1,
        0,
        99999999999999999999,
        "99999999999999999999",
        "٣",
        " 1 ",
        "1_0",
        True,
        [1],
        {"a": 1},
        "",
    ],
    ids=str,
)
def test_a_bad_id_is_refused(merchant: Client, product: Any, value: Any) -> None:
    assert send(merchant, "POST", URL, {"action": "pin", "product": value}).status_code == 400


def test_an_id_without_a_row_is_refused(merchant: Client, product: Any) -> None:
    response = send(merchant, "POST", URL, {"action": "pin", "product": product.pk + 1000})
    assert codes(response) == {"product": "does_not_exist"}


@pytest.mark.parametrize(
    "moment",
    [
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-03-29T02:30:00",
        "2026-03-29T02:30",
        "2026-10-25T02:30",
        "2026-11-21",
        "2026-13-01T00:00:00Z",
        "2026-11-21T12:00:00 Europe/Berlin",
        "soon",
        "\x00",
        1774000000,
        True,
        ["2026-11-21T12:00:00Z"],
    ],
)
def test_a_date_that_is_not_one_moment_is_refused(merchant: Client, product: Any, moment: Any) -> None:
    response = send(merchant, "POST", URL, {"action": "pin", "product": product.pk, "starts_at": moment})
    assert codes(response) == {"starts_at": "invalid"}


def test_a_change_is_validated_together_with_what_stays(merchant: Client, product: Any) -> None:
    curation = Curation.objects.create(action="pin", product=product, ends_at=datetime(2026, 1, 1, tzinfo=UTC))
    response = send(merchant, "PATCH", f"{URL}{curation.pk}/", {"starts_at": "2026-02-01T00:00:00Z"})
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"field": None, "code": "invalid", "detail": "The end must come after the start."}
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"pin"',
        b"{",
        b'{"action": "pin", "action": "exclude"}',
        b'{"factor": NaN}',
        b'{"factor": 1e400}',
        b'{"position": ' + b"9" * 5000 + b"}",
        b"[" * 900 + b"]" * 900,
        b"[" * 30000 + b"]" * 30000,
        b'{"note": [[[[[[1]]]]]]}',
        b"\xff\xfe",
        rb'{"note": "\ud800"}',
        rb'{"\ud800": 1}',
        b"\x1f\x8b\x08\x00",
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_a_broken_body_is_refused(merchant: Client, body: bytes) -> None:
    response = merchant.post(URL, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["title"] == "Bad Request"


def test_a_body_of_5_mb_is_refused(merchant: Client) -> None:
    response = merchant.post(URL, b'{"note": "' + b"x" * 5_000_000 + b'"}', content_type="application/json")
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense", ""])
def test_only_json_is_read(merchant: Client, product: Any, kind: str) -> None:
    body = json.dumps({"action": "pin", "product": product.pk})
    assert merchant.generic("POST", URL, body, content_type=kind).status_code == 415
    assert not Curation.objects.exists()


def test_method_overrides_are_ignored(merchant: Client, product: Any) -> None:
    curation = Curation.objects.create(action="bury", product=product)
    merchant.get(f"{URL}{curation.pk}/", headers={"X-HTTP-Method-Override": "DELETE"})
    merchant.get(URL, {"_method": "DELETE"})
    assert Curation.objects.exists()


# --- permissions, equal to the admin's --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "permission", "status"),
    [
        ("GET", "view", 200),
        ("GET", "change", 200),
        ("POST", "add", 201),
        ("PATCH", "change", 200),
        ("DELETE", "delete", 204),
    ],
)
def test_each_method_asks_for_the_permission_the_admin_asks_for(
    product: Any, method: str, permission: str, status: int
) -> None:
    from django.contrib.auth.models import Permission

    curation = Curation.objects.create(action="bury", product=product)
    url = URL if method == "POST" else f"{URL}{curation.pk}/"
    body = {"action": "pin", "product": product.pk}
    user = user_of("staff")
    client = client_of("staff")
    assert send(client, method, url, body).status_code == 403
    user.user_permissions.set(Permission.objects.filter(codename=f"{permission}_curation"))
    assert send(client, method, url, body).status_code == status


def test_a_customer_with_permissions_is_still_no_staff(product: Any) -> None:
    from django.contrib.auth.models import Permission

    user_of("customer").user_permissions.set(Permission.objects.filter(content_type__app_label="upsell"))
    assert client_of("customer").get(URL).status_code == 403


@pytest.mark.parametrize("identity", IDENTITIES)
def test_nobody_changes_anything_without_a_csrf_token(product: Any, identity: str) -> None:
    client = client_of(identity, enforce_csrf_checks=True)
    assert send(client, "POST", URL, {"action": "pin", "product": product.pk}).status_code == 403
    assert not Curation.objects.exists()


# --- finding ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(product: Any) -> dict[str, Curation]:
    lens = create_product(title="Lens 100%", upc="LENS-1")
    category = CategoryFactory(name="Coffee")
    range_ = RangeFactory(name="Winter")
    now = timezone.now()
    make: Callable[..., Curation] = Curation.objects.create
    return {
        "pin": make(action="pin", product=lens, beside_product=product, widget="similar_products", position=3),
        "boost": make(action="boost", category=category, starts_at=now + timedelta(days=1), position=2),
        "bury": make(action="bury", range=range_, ends_at=now - timedelta(days=1), note="Old stock"),
        "exclude": make(action="exclude", product=product, is_active=False, beside_category=category),
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"pin", "boost", "bury", "exclude"}),
        ({"action": "pin"}, {"pin"}),
        ({"widget": "similar_products"}, {"pin"}),
        ({"product": "camera"}, {"exclude"}),
        ({"beside_product": "camera"}, {"pin"}),
        ({"is_active": "false"}, {"exclude"}),
        ({"is_active": "true"}, {"pin", "boost", "bury"}),
        ({"active_at": "now"}, {"pin"}),
        ({"starts_after": "now"}, {"boost"}),
        ({"starts_before": "now"}, set()),
        ({"ends_before": "now"}, {"bury"}),
        ({"ends_after": "now"}, set()),
        ({"updated_after": "2020-01-01T00:00:00 01:00"}, {"pin", "boost", "bury", "exclude"}),
        ({"search": "camera"}, {"pin", "exclude"}),
        ({"search": "coffee"}, {"boost", "exclude"}),
        ({"search": "winter"}, {"bury"}),
        ({"search": "OLD"}, {"bury"}),
        ({"search": "lens-1"}, {"pin"}),
        ({"search": "%"}, {"pin"}),
        ({"search": "_"}, set()),
        ({"search": "' OR 1=1--"}, set()),
        ({"product": "9223372036854775807"}, set()),
    ],
)
def test_lists_are_narrowed_down(
    merchant: Client, product: Any, shelf: dict[str, Curation], query: dict[str, str], expected: set[str]
) -> None:
    known = {"camera": str(product.pk), "now": timezone.now().isoformat()}
    response = merchant.get(
        URL, {name: known.get(value, value) if name != "search" else value for name, value in query.items()}
    )
    assert response.status_code == 200, response.content
    assert {row["action"] for row in response.json()["results"]} == expected


@pytest.mark.parametrize(
    "query",
    [
        *({"product": value} for value in ["abc", "1.5", "-1", "99999999999999999999", "٣", "1\x00", " 1"]),
        *({"limit": value} for value in ["-1", "0", "abc", "1.5", "٣", ""]),
        *({"offset": value} for value in ["-1", "abc", "1e3"]),
        *({"ordering": value} for value in ["password", "created_by__email", "?", "-pk;drop", "nope", "action,action"]),
        *({"action": value} for value in ["a\x00b", "promote"]),
        *({"is_active": value} for value in ["perhaps", "1"]),
        *({"active_at": value} for value in ["2026-03-29T02:30", "2026-11-21", "0000-01-01T00:00:00Z", "x"]),
        {"search": "a\x00b"},
        {"search": "x" * 101},
        {"acton": "pin"},
        {"note__regex": "(a+)+$"},
        {"fields": "id"},
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_read_is_refused(merchant: Client, product: Any, query: dict[str, str]) -> None:
    Curation.objects.create(action="pin", product=product)
    response = merchant.get(URL, query)
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("raw", ["product=%ED%A0%80", "search=%FF", "%00=1", "search=%ED%A0%80", "action=%C3%28"])
def test_an_address_that_is_not_text_is_refused(merchant: Client, raw: str) -> None:
    assert merchant.get(f"{URL}?{raw}").status_code == 400


def test_greed_is_clamped_and_pages_lead_on(merchant: Client, product: Any) -> None:
    Curation.objects.bulk_create([Curation(action="bury", product=product) for _ in range(210)])
    assert len(merchant.get(URL).json()["results"]) == 50
    page = merchant.get(URL, {"limit": "99999999999999999999"}).json()
    assert (page["count"], len(page["results"]), page["previous"]) == (210, 200, None)
    rest = merchant.get(page["next"].replace("http://testserver", "")).json()
    assert (len(rest["results"]), rest["next"]) == (10, None)
    assert merchant.get(URL, {"offset": "99999999999999999999"}).json()["results"] == []


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("position", ["bury", "exclude", "boost", "pin"]),
        ("-position", ["pin", "boost", "bury", "exclude"]),
        ("action", ["boost", "bury", "exclude", "pin"]),
    ],
)
def test_rows_come_in_the_order_asked_for(
    merchant: Client, shelf: dict[str, Curation], ordering: str, expected: list[str]
) -> None:
    assert [row["action"] for row in merchant.get(URL, {"ordering": ordering}).json()["results"]] == expected


def test_a_list_costs_the_same_queries_with_1_and_20_rows(merchant: Client) -> None:
    category, range_ = CategoryFactory(), RangeFactory()

    def add() -> None:
        parent = create_product(structure="parent")
        child = create_product(structure="child", parent=parent)
        Curation.objects.create(action="pin", product=child, beside_product=create_product())
        Curation.objects.create(action="boost", category=category, beside_range=range_)

    def queries() -> int:
        with count_queries() as captured:
            assert merchant.get(URL).status_code == 200
        return len(captured)

    add()
    few = queries()
    for _ in range(10):
        add()
    assert queries() == few <= 6


@pytest.mark.parametrize("path", ["abc/", "1.5/", "-1/", "٣/", "99999999999999999999/", "%00/", "%ED%A0%80/", "0/"])
def test_an_address_of_no_curation_is_not_found(merchant: Client, path: str) -> None:
    for method in ("GET", "DELETE"):
        assert merchant.generic(method, URL + path).status_code == 404


def test_answers_are_kept_out_of_caches_and_frames(merchant: Client) -> None:
    response = merchant.get(URL)
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert "Cookie" in response["Vary"]


def test_the_shops_own_rest_framework_settings_change_nothing(product: Any) -> None:
    """The policies stand on the views: a shop that lets everybody in, and pages nothing, does not open ours."""
    from upsell.recommendations.api.curations import CurationViewSet

    named = {name for cls in CurationViewSet.__mro__ if cls.__module__.startswith("upsell") for name in vars(cls)}
    policies = {f"{what}_classes" for what in ("permission", "parser", "renderer", "throttle")}
    policies |= {"pagination_class", "filter_backends", "versioning_class", "metadata_class", "schema"}
    policies |= {"content_negotiation_class", "get_exception_handler"}
    assert policies <= named


def test_every_combination_of_filters_answers(merchant: Client, product: Any, shelf: dict[str, Curation]) -> None:
    values = {
        "action": "pin",
        "product": "1",
        "search": "a",
        "active_at": "2026-01-01T00:00:00Z",
        "ordering": "-ends_at",
    }
    for size in range(1, len(values) + 1):
        for names in itertools.combinations(values, size):
            assert merchant.get(URL, {name: values[name] for name in names}).status_code == 200
