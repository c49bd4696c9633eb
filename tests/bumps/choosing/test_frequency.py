"""How often extras are shown: counted per shopper, without a query, and never for those who do not look."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.signals import user_logged_in
from django.core.cache import caches
from django.test import RequestFactory
from django.utils import timezone
from oscar.test import factories

from tests.bumps.choosing.pages import again, beside, titles
from upsell.bumps.placements import Placement
from upsell.bumps.serving.frequency import KEPT, VISIT, Shown, adopt_shown, note_shown, shown_before
from upsell.testing import count_queries, make_bump, make_product

pytestmark = pytest.mark.django_db


def seen_by(request: Any) -> Shown:
    """What was shown to a shopper, as their next page would know it."""
    return shown_before(again(request))


def test_each_page_counts_what_it_shows_once(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, at_payment=True)
    request = beside(camera)
    for _ in range(3):
        page = again(request)
        titles(page)
        titles(page)
        titles(page, Placement.PAYMENT)
    assert seen_by(request).visit == {bump.pk: 3}


def test_an_extra_gives_way_after_as_many_showings_as_its_merchant_said(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, most_shows=3)
    make_bump(make_product("Lamp"), trigger=camera, priority=-1)
    request = beside(camera)
    assert [titles(again(request), most=1) for _ in range(5)] == [["Cloth"]] * 3 + [["Lamp"]] * 2


def test_the_next_visit_counts_anew(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, most_shows=1)
    request = beside(camera)
    assert titles(again(request)) == ["Cloth"]
    assert titles(again(request)) == []
    with time_machine.travel(timezone.now() + timedelta(seconds=VISIT + 1)):
        assert titles(again(request)) == ["Cloth"]


def test_what_was_seen_on_earlier_visits_sinks_and_the_same_visit_stays_the_same(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    make_bump(make_product("Lamp"), trigger=camera)
    request, now = beside(camera), timezone.now()
    visits = []
    for day in range(4):
        with time_machine.travel(now + timedelta(days=day)):
            visits.append([titles(again(request), most=1) for _ in range(3)])
    assert all(visit[0] == visit[1] == visit[2] for visit in visits)
    assert [visit[0] for visit in visits] == [["Cloth"], ["Lamp"], ["Cloth"], ["Lamp"]]


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Somebot/2.0"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"X-Moz": "prefetch"},
    ],
)
def test_robots_and_pages_fetched_in_advance_do_not_count(camera: Any, cloth: Any, headers: dict[str, str]) -> None:
    make_bump(cloth, trigger=camera)
    request = beside(camera)
    page = again(request)
    page.META.update(RequestFactory().get("/", headers=headers).META)
    assert titles(page) == ["Cloth"]
    assert seen_by(request).visit == {}


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_what_is_not_a_page_does_not_count(camera: Any, cloth: Any, method: str) -> None:
    make_bump(cloth, trigger=camera)
    request = beside(camera)
    page = again(request)
    page.method = method
    assert titles(page) == ["Cloth"]
    assert seen_by(request).visit == {}


def test_a_look_that_is_not_to_be_counted_is_not(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    request = beside(camera)
    assert titles(again(request), counted=False) == ["Cloth"]
    assert seen_by(request).visit == {}


def test_what_one_shopper_saw_says_nothing_about_another(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, most_shows=1)
    one, other = beside(camera), beside(camera)
    assert titles(again(one)) == ["Cloth"]
    assert titles(again(other)) == ["Cloth"]


def test_a_customer_is_known_with_any_basket(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, most_shows=1)
    user = factories.UserFactory()
    assert titles(beside(camera, user=user)) == ["Cloth"]
    assert titles(beside(camera, user=user)) == []


def test_after_signing_in_the_customer_has_seen_what_the_basket_saw(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    user = factories.UserFactory()
    titles(beside(camera, user=user))
    guest = beside(camera)
    for _ in range(2):
        titles(again(guest))
    user_logged_in.send(sender=type(user), request=guest, user=user)
    assert seen_by(beside(camera, user=user)).visit == {bump.pk: 3}
    assert seen_by(guest).visit == {}  # and a second time counts nothing twice
    adopt_shown(request=guest, user=user)
    assert seen_by(beside(camera, user=user)).visit == {bump.pk: 3}


def test_counting_costs_no_query(camera: Any) -> None:
    request = beside(camera)
    following = again(request)
    with count_queries() as queries:
        note_shown([1, 2], request=request)
        assert shown_before(following).visit == {1: 1, 2: 1}
    assert queries == []


def test_showings_are_forgotten_after_a_while(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    request, now = beside(camera), timezone.now()
    titles(again(request))
    with time_machine.travel(now + timedelta(days=20)):
        assert seen_by(request).before == {bump.pk: 1}
    with time_machine.travel(now + timedelta(seconds=KEPT + 5)):
        assert seen_by(request).before == {}


def test_a_cache_that_fails_costs_nothing_but_the_count(
    camera: Any, cloth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **more: Any) -> Any:
        raise ConnectionError

    make_bump(cloth, trigger=camera, most_shows=1)
    request = beside(camera)
    for name in ("get", "set"):
        monkeypatch.setattr(caches["default"], name, fail)
    assert titles(again(request)) == ["Cloth"]
    assert titles(again(request)) == ["Cloth"]


@pytest.mark.parametrize("text", ["", "{", "[]", "[1, 2]", '["x", [], []]', "[0, [[1]], []]", "null", "[null, [], []]"])
def test_what_the_cache_says_is_believed_only_if_it_can_be_read(camera: Any, text: str) -> None:
    request = beside(camera)
    note_shown([1], request=request)
    cache = caches["default"]
    name = f"upsell:1:bumps-shown:basket:{request.basket.pk}"
    assert cache.get(name)
    cache.set(name, text)
    assert seen_by(request).visit == {}


def test_the_counts_kept_of_one_shopper_are_bounded(camera: Any) -> None:
    request = beside(camera)
    for start in range(0, 600, 50):
        note_shown(range(start, start + 50), request=again(request))
    assert sorted(seen_by(request).visit) == list(range(400, 600))
