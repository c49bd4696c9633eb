import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from oscar.test.factories import create_order

from tests.identities import IDENTITIES, client_of, user_of
from tests.learned import Learn, neighbour
from upsell.models import Generation, LiveGeneration
from upsell.testing import count_queries

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/generations/"


def rebuild(client: Client, body: Any = None) -> Any:
    return client.post(URL, json.dumps({} if body is None else body), content_type="application/json")


def build(**fields: Any) -> Generation:
    now = timezone.now()
    return Generation.objects.create(
        **{"started_at": now, "heartbeat_at": now, "builder": "elsewhere:1", "engine": "test", **fields}
    )


def test_the_list_tells_which_one_is_live(merchant: Client, product: Any, learn: Learn) -> None:
    older, newer = learn(product, [neighbour()]), learn(product, [])
    rows = merchant.get(URL).json()["results"]
    assert [(row["id"], row["is_live"]) for row in rows] == [(newer.pk, True), (older.pk, False)]
    one = merchant.get(f"{URL}{older.pk}/").json()
    assert one == rows[1]
    assert (one["status"], one["orders"], one["settings"]) == ("ready", 1000, {"half_life_days": 90.0})
    assert "builder" not in one


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "failed"}, 1),
        ({"status": "ready"}, 0),
        ({"trigger": "api"}, 1),
        ({"started_after": "2020-01-01T00:00:00Z"}, 2),
        ({"started_before": "2020-01-01T00:00:00Z"}, 0),
        ({"ordering": "-started_at"}, 2),
    ],
)
def test_lists_are_narrowed_down(merchant: Client, query: dict[str, str], found: int) -> None:
    build(status="failed", trigger="api")
    build(status="abandoned")
    assert merchant.get(URL, query).json()["count"] == found


@pytest.mark.parametrize(
    "query",
    [{"status": "done"}, {"ordering": "error"}, {"started_after": "2020-01-01"}, {"engine": "x"}, {"limit": "x"}],
)
def test_nonsense_is_refused(merchant: Client, query: dict[str, str]) -> None:
    assert merchant.get(URL, query).status_code == 400


def test_a_list_costs_the_same_queries_with_1_and_20_rows(merchant: Client) -> None:
    def queries() -> int:
        with count_queries() as captured:
            assert merchant.get(URL).status_code == 200
        return len(captured)

    build(status="failed")
    few = queries()
    for _ in range(19):
        build(status="failed")
    assert queries() == few <= 7


# --- rebuilding -------------------------------------------------------------------------------------------------------


def test_a_rebuild_goes_live(merchant: Client) -> None:
    create_order()
    response = rebuild(merchant)
    assert response.status_code == 202, response.content
    generation = Generation.objects.get()
    assert LiveGeneration.objects.get().generation == generation
    assert (generation.trigger, generation.status) == ("api", "ready")
    assert response.json()["is_finished"]
    assert response.json()["generation"] == merchant.get(f"{URL}{generation.pk}/").json()
    assert response["Location"] == f"http://testserver{URL}{generation.pk}/"


def test_a_second_rebuild_is_refused_while_one_runs(merchant: Client) -> None:
    build(status="building")
    response = rebuild(merchant)
    assert response.status_code == 409
    assert response.json()["code"] == "already_running"
    assert Generation.objects.count() == 1


def test_a_build_without_a_sign_of_life_is_in_nobodys_way(merchant: Client) -> None:
    build(status="building", heartbeat_at=timezone.now() - timedelta(hours=1))
    assert rebuild(merchant).status_code == 202
    assert sorted(Generation.objects.values_list("status", flat=True)) == ["ready"]


def test_a_rebuild_that_loses_the_race_is_refused_too(merchant: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the start another process may have begun."""
    build(status="building")
    monkeypatch.setattr("upsell.recommendations.querysets.GenerationQuerySet.alive", lambda self: None)
    assert rebuild(merchant).status_code == 409


def test_a_rebuild_that_fails_is_told(merchant: Client, settings: Any) -> None:
    settings.UPSELL_ENGINE = "upsell.no.such.Engine"
    create_order()
    generation = rebuild(merchant).json()["generation"]
    assert generation["status"] == "failed"
    assert "No module named" in generation["error"]
    assert not LiveGeneration.objects.exclude(generation=None).exists()


def test_a_rebuild_takes_no_field(merchant: Client) -> None:
    assert rebuild(merchant, {"engine": "os.system"}).status_code == 400
    assert rebuild(merchant, [1]).status_code == 400
    assert merchant.generic("POST", URL).status_code == 202
    assert Generation.objects.count() == 1


def test_rebuilding_asks_for_its_own_permission() -> None:
    user, client = user_of("staff"), client_of("staff")
    user.user_permissions.set(
        Permission.objects.filter(codename__endswith="_generation").exclude(codename__startswith="r")
    )
    assert rebuild(client).status_code == 403
    assert client.get(URL).status_code == 200
    user.user_permissions.set(Permission.objects.filter(codename="rebuild_generation"))
    assert rebuild(client).status_code == 202
    assert client.get(URL).status_code == 200


def test_rebuilds_are_counted_apart(merchant: Client, settings: Any) -> None:
    settings.UPSELL_API_RATES = {"rebuild": "1/hour", "management": None}
    assert rebuild(merchant).status_code == 202
    refused = rebuild(merchant)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert merchant.get(URL).status_code == 200


@pytest.mark.parametrize("identity", IDENTITIES)
def test_nobody_rebuilds_without_a_csrf_token(identity: str) -> None:
    assert rebuild(client_of(identity, enforce_csrf_checks=True)).status_code == 403
    assert not Generation.objects.exists()


def test_generations_cannot_be_changed_or_deleted(learn: Learn, product: Any) -> None:
    generation = learn(product, [])
    client = client_of("superuser")
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.generic(method, f"{URL}{generation.pk}/", "{}", content_type="application/json").status_code in {
            403,
            405,
        }
