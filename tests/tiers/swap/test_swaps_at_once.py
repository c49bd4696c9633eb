"""Sixteen presses at once on one basket: one of them switches, the others are told that it is done."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tests.checkout import Shopper
from tests.tiers.swap.conftest import Line, again, line_of, titles
from upsell.core.serving.undoing import SESSION_KEY, undo
from upsell.models import Grant
from upsell.testing import make_upgrade_offer
from upsell.tiers.serving import swapping
from upsell.tiers.serving.swapping import swap

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MANY = 16


def at_once(act: Callable[[int], Any]) -> Counter[str]:
    """Run sixteen threads that start together; count what came of it, errors by their names."""
    barrier, seen = threading.Barrier(MANY), Counter[str]()

    def run(number: int) -> None:
        try:
            barrier.wait(30)
            seen[str(act(number))] += 1
        except Exception as error:
            seen[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number], daemon=True) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "waits forever"
    return seen


def presses(basket: Any, left: Any, wanted: Any, **fields: Any) -> Counter[str]:
    """Press the same switch of a basket in as many tabs of one browser."""
    session = again(basket).session
    session.save()
    key = line_of(basket, left).pk
    requests = [again(basket, session=type(session)(session.session_key)) for _ in range(MANY)]
    for request in requests:
        list(request.basket.all_lines())  # each has read the basket before any of them writes

    def press(number: int) -> str:
        request = requests[number]
        swap(line=key, product=wanted.pk, request=request, basket=request.basket, **fields)
        return "switched"

    return at_once(press)


def test_of_sixteen_presses_one_switches(basket: Any, basic: Any, pro: Any) -> None:
    """A19, G."""
    assert presses(basket, basic, pro) == {"switched": 1, "HeldError": 15}
    assert titles(basket) == {"Pro": 2}
    assert Line.objects.count() == 1


def test_a_special_price_is_accepted_once(ladder: Any, basket: Any, basic: Any, pro: Any) -> None:
    offer = make_upgrade_offer(ladder, to=pro, off="6.00")
    assert presses(basket, basic, pro, offer=offer.pk) == {"switched": 1, "HeldError": 15}
    assert Grant.objects.get().quantity == 2


def test_without_the_lock_they_do_harm(basket: Any, basic: Any, pro: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: these tests can fail."""
    meeting = threading.Barrier(MANY)
    asked = swapping.exchanged

    def late(*args: Any, **kwargs: Any) -> Any:
        meeting.wait(30)  # all of them have read the line by now
        return asked(*args, **kwargs)

    monkeypatch.setattr(swapping, "lock", lambda basket: None)
    monkeypatch.setattr(swapping, "exchanged", late)
    assert presses(basket, basic, pro)["switched"] > 1
    assert titles(basket) != {"Pro": 2}


def test_of_sixteen_posts_of_one_browser_one_switches_and_none_fails(ladder: Any, basic: Any, pro: Any) -> None:
    shopper = Shopper().put(basic, 2)
    line = Line.objects.get()
    shopper.client.post("/upsell/tiers/swap/", {"line": line.pk, "product": 0})  # whoever presses has a session by now

    def post(number: int) -> int:
        client = Client()
        client.cookies = shopper.client.cookies.copy()
        fields = {"line": line.pk, "product": pro.pk, "once": f"press {number % 4}"}
        return client.post("/upsell/tiers/swap/", fields).status_code

    assert at_once(post) == {"302": MANY}
    assert titles(line.basket) == {"Pro": 2}


def test_of_sixteen_undos_one_undoes(basket: Any, basic: Any, pro: Any) -> None:
    request = again(basket)
    request.session.save()
    done = swap(line=line_of(basket, basic).pk, product=pro.pk, request=request, basket=request.basket)
    requests = [again(basket, session=type(request.session)(request.session.session_key)) for _ in range(MANY)]
    assert at_once(lambda number: undo(requests[number], done.name).returned) == {"2": 1, "0": 15}
    assert titles(basket) == {"Basic": 2}
    assert not type(request.session)(request.session.session_key).get(SESSION_KEY)
