"""One press that arrives many times at the same moment, on real connections."""

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from oscar.core.loading import get_model

from tests.identities import client_of
from upsell.core.api import idempotency
from upsell.models import KeptAnswer
from upsell.testing import make_bundle, make_product

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CROWD = 16


def press_at_once(client: Client, url: str, keys: list[str], body: str = "{}") -> Counter[tuple[int, str]]:
    """Send the same request from as many threads as there are keys; count the answers."""
    gate, seen, cookie = threading.Barrier(len(keys)), Counter[tuple[int, str]](), client.cookies["sessionid"].value

    def press(key: str) -> None:
        own = Client()
        own.cookies["sessionid"] = cookie
        headers = {"Idempotency-Key": key} if key else {}
        try:
            gate.wait(10)
            response = own.generic("POST", url, body, content_type="application/json", headers=headers)
            seen[response.status_code, json.loads(response.content).get("code", "")] += 1
        except BaseException as error:
            seen[0, repr(error)] += 1
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=press, args=[key], daemon=True) for key in keys]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(60)
        assert not thread.is_alive(), "an endless wait"
    return seen


@pytest.fixture
def url() -> str:
    bundle = make_bundle(make_product("Camera", stock=99), make_product("Bag", stock=99), percent=10)
    return f"/api/upsell/v1/bundles/{bundle.pk}/add/"


@pytest.fixture
def client() -> Client:
    client = client_of("customer")
    assert client.get("/api/upsell/v1/basket/savings/").status_code == 200  # the basket is made
    return client


def quantities() -> set[int]:
    return set(get_model("basket", "Line").objects.values_list("quantity", flat=True))


@pytest.mark.parametrize("round_", range(3))
def test_one_press_that_arrives_sixteen_times_adds_once(round_: int, client: Client, url: str) -> None:
    """A19."""
    seen = press_at_once(client, url, ["same"] * CROWD)
    assert set(seen) <= {(200, ""), (409, "in_flight")}
    assert seen[200, ""] >= 1
    assert quantities() == {1}
    assert press_at_once(client, url, ["same"]) == {(200, ""): 1}
    assert quantities() == {1}


def test_without_a_key_every_press_counts(client: Client, url: str) -> None:
    """The control: the crowd really gets through."""
    assert press_at_once(client, url, [""] * CROWD) == {(200, ""): CROWD}
    assert quantities() == {CROWD}


def test_of_those_who_find_an_abandoned_claim_one_takes_it_over(client: Client, url: str) -> None:
    press_at_once(client, url, ["same"])
    assert KeptAnswer.objects.update(status=None, held_until="2020-01-01T00:00:00Z") == 1
    seen = press_at_once(client, url, ["same"] * CROWD)
    assert set(seen) <= {(200, ""), (409, "in_flight")}
    assert quantities() == {2}


def test_who_is_overtaken_undoes_what_was_done(client: Client, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim that ran out while its holder was still at work: only one of the two leaves lines."""
    monkeypatch.setattr(idempotency, "CLAIMED", timedelta(seconds=-1))
    seen = press_at_once(client, url, ["same"] * CROWD)
    assert set(seen) <= {(200, ""), (409, "in_flight")}
    assert quantities() == {1}
