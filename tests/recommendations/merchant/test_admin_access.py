"""Who may open and press what: every merchants' screen for every kind of person (B01, B14, B15, K01)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from oscar.test.factories import UserFactory

from tests.identities import IDENTITIES, client_of
from upsell.models import Curation, Generation

TO_LOG_IN = 302
EVERYBODY_ELSE_LOGS_IN = {"anonymous": TO_LOG_IN, "customer": TO_LOG_IN}
READ = {**EVERYBODY_ELSE_LOGS_IN, "staff": 403, "viewer": 200, "merchant": 200, "superuser": 200}
WRITE = {**EVERYBODY_ELSE_LOGS_IN, "staff": 403, "viewer": 403, "merchant": 200, "superuser": 200}
POSTED = {**EVERYBODY_ELSE_LOGS_IN, "staff": 403, "viewer": 403, "merchant": 302, "superuser": 302}
ONLY_POST = {**EVERYBODY_ELSE_LOGS_IN, "staff": 403, "viewer": 403, "merchant": 405, "superuser": 405}
OVERVIEW = {**READ, "customer": 403}  # Oscar's dashboard tells those who are logged in that they may not

MATRIX = [
    ("upsell:overview", "get", OVERVIEW),
    ("admin:upsell_curation_changelist", "get", READ),
    ("admin:upsell_curation_change", "get", READ),
    ("admin:upsell_curation_add", "get", WRITE),
    ("admin:upsell_curation_delete", "get", WRITE),
    ("admin:upsell_curation_history", "get", READ),
    ("admin:upsell_catalogue_search", "get", READ),
    ("admin:upsell_affinity_changelist", "get", READ),
    ("admin:upsell_affinity_evidence", "get", READ),
    ("admin:upsell_affinity_decide", "post", POSTED),
    ("admin:upsell_affinity_decide", "get", ONLY_POST),
    ("admin:upsell_generation_changelist", "get", READ),
    ("admin:upsell_generation_change", "get", READ),
    ("admin:upsell_generation_rebuild", "get", ONLY_POST),
]


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize(("name", "method", "expected"), MATRIX, ids=[f"{name} {method}" for name, method, _ in MATRIX])
def test_each_screen_opens_for_whom_it_should(
    shop: Callable[..., Any], identity: str, name: str, method: str, expected: dict[str, int]
) -> None:
    opened = shop()
    curation = Curation.objects.create(action="pin", product=opened.others[0], beside_product=opened.grinder)
    arguments = {
        "admin:upsell_curation_change": [curation.pk],
        "admin:upsell_curation_delete": [curation.pk],
        "admin:upsell_curation_history": [curation.pk],
        "admin:upsell_affinity_evidence": [opened.grinder.pk],
        "admin:upsell_affinity_decide": [opened.grinder.pk],
        "admin:upsell_generation_change": [opened.generation.pk],
    }
    data = {"neighbour": opened.others[1].pk, "decision": "pin"} if method == "post" else {}
    if name == "admin:upsell_catalogue_search":
        data = {"field_name": "product", "term": "thing"}
    response = getattr(client_of(identity), method)(reverse(name, args=arguments.get(name)), data)
    assert response.status_code == expected[identity]
    decided = Curation.objects.filter(product=opened.others[1]).exists()
    assert decided == (method == "post" and identity in ("merchant", "superuser"))


@pytest.mark.parametrize("identity", ["anonymous", "customer", "staff", "viewer"])
def test_nobody_else_starts_a_rebuild(shop: Callable[..., Any], identity: str) -> None:
    shop()
    response = client_of(identity).post(reverse("admin:upsell_generation_rebuild"))
    assert response.status_code in (302, 403)
    assert Generation.objects.count() == 1


@pytest.mark.parametrize("action", ["pause", "activate", "duplicate", "delete_selected"])
def test_who_may_only_look_runs_no_action(viewer: Client, shop: Callable[..., Any], action: str) -> None:
    curation = Curation.objects.create(action="exclude", product=shop().grinder)
    viewer.post(
        reverse("admin:upsell_curation_changelist"),
        {"action": action, "_selected_action": [curation.pk], "post": "yes"},
    )
    [unchanged] = Curation.objects.all()
    assert unchanged.is_active
    assert unchanged.updated_at == curation.updated_at


def test_who_may_only_look_saves_nothing(viewer: Client, shop: Callable[..., Any]) -> None:
    curation = Curation.objects.create(action="exclude", product=shop().grinder)
    response = viewer.post(reverse("admin:upsell_curation_change", args=[curation.pk]), {"action": "pin"})
    assert response.status_code == 403
    assert Curation.objects.get().action == "exclude"


@pytest.mark.parametrize("name", ["admin:upsell_affinity_decide", "admin:upsell_generation_rebuild"])
def test_a_press_without_a_token_changes_nothing(shop: Callable[..., Any], name: str) -> None:
    opened = shop()
    client = client_of("merchant", enforce_csrf_checks=True)
    arguments = [opened.grinder.pk] if name.endswith("decide") else None
    response = client.post(reverse(name, args=arguments), {"neighbour": opened.others[0].pk, "decision": "pin"})
    assert response.status_code == 403
    assert not Curation.objects.exists()
    assert Generation.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["upsell:overview", "admin:upsell_curation_changelist", "admin:upsell_affinity_changelist"]
)
def test_staff_of_one_partner_stays_out(name: str) -> None:
    """Even with our permission: it is no staff of the shop."""
    user = UserFactory(is_staff=False)
    user.user_permissions.set(
        Permission.objects.filter(
            codename__in=["dashboard_access", "view_generation", "view_curation", "view_affinity"]
        )
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(reverse(name))
    assert response.status_code in (302, 403)


@pytest.mark.django_db
def test_who_left_stays_out() -> None:
    user = UserFactory(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    user.is_active = False
    user.save()
    assert client.get(reverse("upsell:overview")).status_code == 302


def test_who_may_rebuild_but_not_look_is_led_somewhere(
    shop: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop()
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="rebuild_generation"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    monkeypatch.setattr("upsell.recommendations.services.rebuild", lambda **options: None)
    response = client.post(reverse("admin:upsell_generation_rebuild"), follow=True)
    assert response.status_code == 200
