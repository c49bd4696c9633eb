"""The screen of builds, and the button that starts one."""

import os
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.identities import user_of
from tests.orders import placed
from upsell.models import Affinity, Generation, LiveGeneration, Popularity
from upsell.testing import count_queries, make_product, publish_generation

LIST = "admin:upsell_generation_changelist"
REBUILD = "admin:upsell_generation_rebuild"


def build(**fields: Any) -> Generation:
    now = timezone.now()
    defaults = {
        "status": Generation.Status.BUILDING,
        "started_at": now,
        "heartbeat_at": now,
        "builder": f"{socket.gethostname()}:{os.getpid()}",
    }
    return Generation.objects.create(**{**defaults, **fields})


def press(client: Client) -> str:
    return client.post(reverse(REBUILD), follow=True).content.decode()


def test_the_list_tells_what_is_live_and_what_went_wrong(merchant: Client) -> None:
    old = publish_generation(orders=10)
    live = publish_generation(orders=1234)
    build(status=Generation.Status.FAILED, error="OSError: <b>no space</b> left")
    build(status=Generation.Status.ABANDONED)
    page = merchant.get(reverse(LIST)).content.decode()
    assert page.count("Live: shoppers see this one.") == 1
    assert "Ready, but no longer live." in page
    assert "OSError: &lt;b&gt;no space" in page
    assert "Abandoned." in page
    assert LiveGeneration.objects.get().generation == live
    assert old.pk < live.pk


def test_a_build_that_fell_silent_is_told_from_one_that_works(merchant: Client) -> None:
    going_on = build()
    assert "Is being built." in merchant.get(reverse(LIST)).content.decode()
    going_on.heartbeat_at = timezone.now() - timedelta(hours=1)
    going_on.builder = "elsewhere:1"
    going_on.save()
    assert "Seems to have stopped." in merchant.get(reverse(LIST)).content.decode()


def test_one_build_is_shown_whole_and_cannot_be_changed(merchant: Client) -> None:
    generation = publish_generation(settings={"half_life_days": 90.0})
    url = reverse("admin:upsell_generation_change", args=[generation.pk])
    assert "half_life_days" in merchant.get(url).content.decode()
    assert merchant.post(url, {"orders": 1}).status_code == 403
    assert merchant.get(reverse("admin:upsell_generation_add")).status_code == 403


def test_the_list_asks_as_little_for_twenty_builds_as_for_one(merchant: Client) -> None:
    publish_generation()
    merchant.get(reverse(LIST))
    with count_queries() as few:
        merchant.get(reverse(LIST))
    for _ in range(20):
        publish_generation()
    with count_queries() as many:
        merchant.get(reverse(LIST))
    assert len(many) == len(few) <= 9


# --- rebuilding -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_press_rebuilds_and_says_so() -> None:
    from tests.identities import client_of

    camera, lens = make_product("Camera"), make_product("Lens")
    placed(camera, lens)
    page = press(client_of("merchant"))
    assert "Done. Shoppers see what was learned from now on." in page
    generation = Generation.objects.get()
    assert (generation.trigger, generation.status, generation.orders) == ("admin", "ready", 1)


def test_the_button_is_there_for_who_may_press_it(merchant: Client, viewer: Client) -> None:
    assert "Rebuild now" in merchant.get(reverse(LIST)).content.decode()
    assert "Rebuild now" not in viewer.get(reverse(LIST)).content.decode()


def test_a_second_rebuild_is_kindly_refused(merchant: Client) -> None:
    build()
    assert "A rebuild is running already, since" in press(merchant)
    assert Generation.objects.count() == 1


def test_losing_the_race_for_a_rebuild_is_told_as_kindly(merchant: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from upsell.recommendations import services

    def too_late(**options: Any) -> None:
        raise services.AlreadyRunning

    monkeypatch.setattr(services, "rebuild", too_late)
    assert "A rebuild is running already." in press(merchant)


def test_a_rebuild_that_fails_is_told(merchant: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**options: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("upsell.recommendations.services.rebuild", fail)
    assert "The rebuild failed; the newest build says why." in press(merchant)


def test_a_queue_that_is_away_is_told(merchant: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Queue:
        def enqueue(self, **options: Any) -> None:
            raise ConnectionRefusedError("no queue")

    monkeypatch.setattr("upsell.recommendations.admin.generations.rebuild_recommendations", Queue())
    assert "The rebuild could not be started: no queue" in press(merchant)


def test_a_queued_rebuild_is_told(merchant: Client, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": DUMMY}}
    assert "The rebuild has been queued." in press(merchant)


try:
    import django.tasks  # noqa: F401

    DUMMY = "django.tasks.backends.dummy.DummyBackend"
except ImportError:  # Django 5.2
    DUMMY = "django_tasks.backends.dummy.DummyBackend"


# --- removing ---------------------------------------------------------------------------------------------------------


def test_an_old_build_can_be_deleted_with_its_rows(merchant: Client, shop: Callable[..., Any]) -> None:
    old = shop(3).generation
    publish_generation()
    url = reverse("admin:upsell_generation_delete", args=[old.pk])
    with count_queries() as asked:
        page = merchant.get(url)
    assert "Rows: 6" in page.content.decode()
    assert not [query for query in asked if "upsell_affinity" in query], "counting them may take long"
    merchant.post(url, {"post": "yes"})
    assert not Generation.objects.filter(pk=old.pk).exists()
    assert not Affinity.objects.exists()
    assert not Popularity.objects.exists()


@pytest.mark.parametrize("which", ["live", "building"])
def test_what_is_in_use_cannot_be_deleted(which: str, db: None) -> None:
    from tests.identities import client_of

    generation = publish_generation() if which == "live" else build()
    client = client_of("superuser")
    response = client.post(reverse("admin:upsell_generation_delete", args=[generation.pk]), {"post": "yes"})
    assert response.status_code == 403
    assert Generation.objects.filter(pk=generation.pk).exists()
    assert user_of("superuser").is_superuser


def test_many_cannot_be_deleted_at_once(merchant: Client) -> None:
    generation = publish_generation()
    merchant.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [generation.pk], "post": "yes"})
    assert Generation.objects.exists()
