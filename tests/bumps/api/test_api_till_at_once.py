"""One extra that is accepted many times at the same moment through the API, on real connections."""

import json
from typing import Any

import pytest
from django.test import Client
from oscar.core.loading import get_class, get_model

from tests.bundles.api.test_api_add_set_at_once import CROWD, press_at_once
from tests.identities import client_of, user_of
from upsell.models import Bump, Grant
from upsell.testing import make_bump, make_request

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bump(camera: Any, cloth: Any) -> Bump:
    return make_bump(cloth, trigger=camera, off="2.50")


@pytest.fixture
def client(camera: Any) -> Client:
    """A customer with a camera in the basket."""
    client = client_of("customer")
    client.post(f"/basket/add/{camera.pk}/", {"quantity": 1})
    return client


def press_of(bump: Bump, **body: Any) -> tuple[str, str]:
    return f"/api/upsell/v1/till/bumps/{bump.pk}/accept/", json.dumps({"product": bump.product_id, **body})


def lines() -> dict[str, int]:
    rows = get_model("basket", "Line").objects.filter(quantity__gt=0)
    return {row.product.get_title(): row.quantity for row in rows}


def total() -> str:
    user = user_of("customer")
    request = make_request(user=user, basket=get_model("basket", "Basket").objects.get(owner=user))
    get_class("offer.applicator", "Applicator")().apply(request.basket, request.user, request)
    return f"{request.basket.total_incl_tax:.2f}"


@pytest.mark.parametrize("key", ["same", ""])
def test_an_extra_accepted_sixteen_times_is_one_line_with_one_discount(key: str, client: Client, bump: Bump) -> None:
    """A18, A19: with one key all are answered alike, without one all but one are told that it is there."""
    assert CROWD == 16
    url, body = press_of(bump, agreed_total="3.50", agreed_currency="GBP")
    seen = press_at_once(client, url, [key] * CROWD, body)
    assert set(seen) <= {(200, ""), (409, "in_flight"), (409, "already_there")}, seen
    assert seen[200, ""] >= 1
    assert (seen[200, ""] == 1) or key, seen
    assert (lines(), total()) == ({"Camera": 1, "Cloth": 1}, "83.50")
    assert list(Grant.objects.filter(state="accepted").values_list("quantity", flat=True)) == [1]


def test_sixteen_keys_of_their_own_are_still_one_line(client: Client, bump: Bump) -> None:
    url, body = press_of(bump, units=16)
    seen = press_at_once(client, url, [f"key-{number}" for number in range(CROWD)], body)
    assert seen[200, ""] == 1, seen
    assert (lines(), total()) == ({"Camera": 1, "Cloth": 1}, "83.50")
    assert Grant.objects.filter(state="accepted").count() == 1
