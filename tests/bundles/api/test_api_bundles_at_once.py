"""Two merchants who change the same bundle at the same moment: nobody's change is lost unseen."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tests.identities import client_of
from upsell.models import Bundle
from upsell.testing import make_bundle, make_product

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CROWD = 8


def send_at_once(requests: list[Callable[[Client], Any]]) -> Counter[int]:
    """Send all of them from threads that start together, as one merchant; count the statuses."""
    cookie = client_of("merchant").cookies["sessionid"].value
    gate, seen = threading.Barrier(len(requests)), Counter[int]()

    def run(request: Callable[[Client], Any]) -> None:
        client = Client(raise_request_exception=False)
        client.cookies["sessionid"] = cookie
        try:
            gate.wait(10)
            seen[request(client).status_code] += 1
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=run, args=[request], daemon=True) for request in requests]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(60)
        assert not thread.is_alive(), "a deadlock, or an endless wait"
    return seen


def test_of_eight_changes_to_one_version_one_is_taken() -> None:
    bundle = make_bundle(make_product("Camera"), make_product("Bag"), percent=10)
    url = f"/api/upsell/v1/bundles/{bundle.pk}/"

    def change(lane: int) -> Callable[[Client], Any]:
        body = json.dumps({"version": bundle.version, "lane": lane})
        return lambda client: client.patch(url, body, content_type="application/json")

    assert send_at_once([change(lane) for lane in range(1, CROWD + 1)]) == {200: 1, 409: CROWD - 1}
    assert Bundle.objects.get().version == bundle.version + 1


def test_changes_and_steps_at_once_neither_block_each_other_nor_get_lost() -> None:
    bundle = make_bundle(make_product("Camera"), make_product("Bag"), percent=10)
    url = f"/api/upsell/v1/bundles/{bundle.pk}/"
    body = json.dumps({"version": bundle.version, "lane": 5})
    requests: list[Callable[[Client], Any]] = [
        lambda client: client.patch(url, body, content_type="application/json"),
        lambda client: client.post(f"{url}pause/", content_type="application/json"),
    ] * (CROWD // 2)
    seen = send_at_once(requests)
    assert set(seen) <= {200, 409}
    after = Bundle.objects.get()
    assert after.status == "paused"
    assert after.lane in {0, 5}
    assert after.version - bundle.version == 1 + (after.lane == 5)
