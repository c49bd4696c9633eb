"""One swap that arrives many times at the same moment, and merchants who change one ladder, on real connections."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from oscar.core.loading import get_model

from tests.bundles.api.test_api_add_set_at_once import CROWD, press_at_once
from tests.bundles.api.test_api_bundles_at_once import send_at_once
from tests.identities import client_of
from upsell.models import Grant, Ladder
from upsell.testing import make_ladder, make_product, make_upgrade_offer

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ladder() -> Any:
    return make_ladder(*(make_product(f"Camera {step}", price=100 * step, stock=99) for step in (1, 2)))


@pytest.fixture
def client(ladder: Any) -> Client:
    """A customer with three units of the first step in the basket."""
    client = client_of("customer")
    client.post(f"/basket/add/{ladder.tiers.all()[0].product_id}/", {"quantity": 3})
    return client


def swap_of(ladder: Any, **body: Any) -> tuple[str, str]:
    """Name the address and the body that swap the line for the second step."""
    first, second = (tier.product for tier in ladder.tiers.all())
    return f"/api/upsell/v1/basket/lines/{first.basket_lines.get().pk}/swap/", json.dumps(
        {"product": second.pk, **body}
    )


def lines() -> list[tuple[str, int]]:
    rows = get_model("basket", "Line").objects.filter(quantity__gt=0)
    return [(row.product.get_title(), row.quantity) for row in rows]


@pytest.mark.parametrize("key", ["same", ""])
def test_one_swap_that_arrives_sixteen_times_leaves_one_line(key: str, client: Client, ladder: Any) -> None:
    """A19: with one key all are answered alike, without one all but one are told that it is there."""
    url, body = swap_of(ladder)
    seen = press_at_once(client, url, [key] * CROWD, body)
    assert set(seen) <= {(200, ""), (409, "in_flight"), (409, "already_there")}
    assert seen[200, ""] >= 1
    assert (seen[200, ""] == 1) or key
    assert lines() == [("Camera 2", 3)]


def test_a_special_price_is_accepted_once_by_sixteen_swaps(client: Client, ladder: Any) -> None:
    """A18."""
    offer = make_upgrade_offer(ladder, off="20.00")
    url, body = swap_of(ladder, offer=offer.pk, agreed_total="240.00")
    seen = press_at_once(client, url, [""] * CROWD, body)
    assert seen[200, ""] == 1, seen
    assert lines() == [("Camera 2", 3)]
    assert list(Grant.objects.filter(state="accepted").values_list("quantity", flat=True)) == [3]


def test_of_eight_changes_to_one_version_of_a_ladder_one_is_taken(ladder: Any) -> None:
    url = f"/api/upsell/v1/ladders/{ladder.pk}/"
    products = [tier.product_id for tier in ladder.tiers.all()]

    def change(number: int) -> Callable[[Client], Any]:
        tiers = [{"product": product, "level": f"{number}"} for product in products]
        body = json.dumps({"version": ladder.version, "tiers": tiers})
        return lambda client: client.patch(url, body, content_type="application/json")

    assert send_at_once([change(number) for number in range(8)]) == {200: 1, 409: 7}
    assert Ladder.objects.get().version == ladder.version + 1
    assert len(set(ladder.tiers.values_list("level", flat=True))) == 1


def test_of_two_ladders_with_one_product_one_is_activated() -> None:
    shared = make_product("Shared")
    drafts = [make_ladder(shared, make_product(f"P{number}", price="20.00"), status="draft") for number in range(8)]
    urls = [f"/api/upsell/v1/ladders/{draft.pk}/activate/" for draft in drafts]

    def activate(url: str) -> Callable[[Client], Any]:
        return lambda client: client.post(url, "{}", content_type="application/json")

    assert send_at_once([activate(url) for url in urls]) == {200: 1, 409: 7}
    assert Ladder.objects.filter(status="active").count() == 1
