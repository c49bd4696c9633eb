"""What front ends get: the components' own values, for the same shopper and basket, in as many queries."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from oscar.core.loading import get_model

from tests.bundles.storefront.conftest import make_variants
from tests.identities import client_of, user_of
from upsell.bundles import components
from upsell.testing import count_queries, make_basket, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db

API = "/api/upsell/v1"


def got(client: Client, address: str) -> Any:
    response = client.get(f"{API}/{address}")
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "private, no-store"
    return response.json()


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="100.00")


@pytest.fixture
def bag() -> Any:
    return make_product("Bag", price="25.00")


@pytest.fixture
def customer(db: None) -> Client:
    return client_of("customer")


def fill(*lines: Any) -> Any:
    """Fill the basket of the customer; return a request as the shop's middleware would make it of hers."""
    from oscar.core.loading import get_class

    request = make_request(user=user_of("customer"))
    basket = make_basket(*lines, request=request)
    get_class("offer.applicator", "Applicator")().apply(basket, request.user, request)
    return request


# --- beside a product -------------------------------------------------------------------------------------------------


def test_a_set_is_told_whole(client: Client, camera: Any, bag: Any) -> None:
    made = make_bundle(camera, (bag, 2), price="129.00", name="Trip", text="Ready to go.")
    [bundle] = got(client, f"products/{camera.pk}/bundles/")["bundles"]
    parts = bundle.pop("parts")
    url = bundle.pop("url")
    assert bundle == {
        "id": made.pk,
        "kind": "fixed",
        "name": "Trip",
        "text": "Ready to go.",
        "rule": "Together for £129.00.",
        "currency": "GBP",
        "owned": [],
        "amounts": {"full": "150.00", "total": "129.00", "saving": "21.00"},
        "amounts_by_choice": [],
        "steps": [],
        "members": [],
        "more": False,
        "ends_at": None,
    }
    assert url.startswith("http://testserver/")
    assert [(part["item"]["title"], part["units"], part["item"]["price"], part["in_view"]) for part in parts] == [
        ("Camera", 1, "100.00", True),
        ("Bag", 2, "25.00", False),
    ]
    assert all(part["item"]["is_available"] and not part["choices"] for part in parts)


def make_all_kinds(camera: Any, bag: Any) -> Any:
    """One bundle of each kind beside the camera, in turn, since only three are shown."""
    _parent, variants = make_variants("Shirt", "10.00", "12.00")
    yield make_bundle(camera, bag, percent=10, name="set")
    yield make_bundle(camera, variants[0].parent, off="3.00", name="with a choice")
    yield make_bundle(camera, bag, kind="mix", units=2, off="5.00", name="mix")
    yield make_bundle(camera, kind="breaks", breaks=[(2, "5"), (4, "12.5")], name="breaks")
    yield make_bundle(camera, kind="bogo", units=2, percent=100, name="three for two")


def test_the_api_tells_what_the_component_shows_for_every_kind(client: Client, camera: Any, bag: Any) -> None:
    """The contract: same choice, same amounts."""
    seen = set()
    for bundle in make_all_kinds(camera, bag):
        boxes = components.bundles_for(camera, request=make_request())
        told = got(client, f"products/{camera.pk}/bundles/")["bundles"]
        assert [one["id"] for one in told] == [box.offer_id for box in boxes] == [bundle.pk]
        [one], [box] = told, boxes
        assert (one["kind"], one["rule"], one["more"]) == (box.kind, box.rule, box.more)
        assert [(part["slot"], part["units"]) for part in one["parts"]] == [
            (part.slot, part.units) for part in box.parts
        ]
        assert [[choice["product"] for choice in part["choices"]] for part in one["parts"]] == [
            [choice.product_id for choice in part.choices] for part in box.parts
        ]
        assert (one["amounts"] and Decimal(one["amounts"]["total"])) == (box.amounts and box.amounts.total)
        assert {tuple(by["products"]): Decimal(by["total"]) for by in one["amounts_by_choice"]} == {
            products: found.total for products, found in box.amounts_by_choice.items()
        }
        assert [(step["units"], step["each"] and Decimal(step["each"])) for step in one["steps"]] == [
            (step.units, step.each) for step in box.steps
        ]
        assert [item["product"] for item in one["members"]] == [item.product_id for item in box.members]
        seen.add((box.kind, box.has_choices))
        bundle.delete()
    assert seen == {("fixed", False), ("fixed", True), ("mix", False), ("breaks", False), ("bogo", False)}


def test_a_hidden_product_is_a_missing_one(client: Client, camera: Any) -> None:
    missing = client.get(f"{API}/products/999999/bundles/")
    type(camera).objects.update(is_public=False)
    hidden = client.get(f"{API}/products/{camera.pk}/bundles/")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content


def test_many_offers_cost_no_more_queries_than_one(client: Client, camera: Any, bag: Any) -> None:
    counts = []
    for more in (1, 20):
        for number in range(more):
            make_bundle(camera, bag, percent=10 + number % 50)
        got(client, f"products/{camera.pk}/bundles/")
        with count_queries() as queries:
            got(client, f"products/{camera.pk}/bundles/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- the basket -------------------------------------------------------------------------------------------------------


def test_an_empty_or_unknown_basket_saves_nothing(client: Client) -> None:
    assert got(client, "basket/savings/") == {"currency": "GBP", "total": "0.00", "savings": []}
    assert got(client, "basket/progress/") == {"progress": []}
    assert got(client, "basket/cheaper/") == {"addition": None}
    assert not get_model("basket", "Basket").objects.exists()


def test_savings_are_those_that_the_basket_is_charged_with(customer: Client, camera: Any, bag: Any) -> None:
    bundle = make_bundle(camera, bag, percent=10, name="Trip")
    make_bundle((bag, 2), off="1.00", name="Two bags")
    request = fill(camera, (bag, 3))
    told = got(customer, "basket/savings/")
    found = components.savings_for(request.basket, request=request)
    assert [(one["offer"], Decimal(one["amount"])) for one in told["savings"]] == [
        (one.offer_id, one.amount) for one in found
    ]
    assert bundle.pk in {one["offer"] for one in told["savings"]}
    assert Decimal(told["total"]) == request.basket.total_discount == Decimal("13.50")
    items = [(item["title"], item["units"], item["amount"]) for one in told["savings"] for item in one["items"]]
    assert ("Camera", 1, "10.00") in items
    assert {item["line"] for one in told["savings"] for item in one["items"]} <= set(
        request.basket.lines.values_list("pk", flat=True)
    )


def test_progress_and_the_best_addition_are_the_components_own(customer: Client, camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, off="30.00", name="Trip")
    make_bundle(bag, make_product("Strap", price="5.00"), kind="mix", units=3, off="4.00", name="Any three")
    request = fill(camera)
    rows = components.progress_for(request.basket, request=request)
    told = got(customer, "basket/progress/")["progress"]
    assert rows
    assert [(one["bundle"], one["have"], one["need"], one["missing"], Decimal(one["gain"])) for one in told] == [
        (row.offer_id, row.have, row.need, row.missing, row.gain) for row in rows
    ]
    assert [[(a["item"]["product"], Decimal(a["pays"])) for a in one["completing"]] for one in told] == [
        [(addition.item.product_id, addition.pays) for addition in row.completing] for row in rows
    ]
    best = components.cheaper_for(request.basket, request=request)
    addition = got(customer, "basket/cheaper/")["addition"]
    assert best is not None
    assert (addition["item"]["title"], addition["gain"], addition["pays"]) == ("Bag", "30.00", "-5.00")
    assert addition["is_cheaper"] is best.is_cheaper is True
    assert addition["offers"] == list(best.offers) == ["Trip"]


def test_nobody_reads_the_basket_of_somebody_else(customer: Client, client: Client, camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, percent=10)
    fill(camera, bag)
    assert got(customer, "basket/savings/")["savings"]
    assert not got(client, "basket/savings/")["savings"]
    assert not got(client_of("merchant"), "basket/savings/")["savings"]


@pytest.mark.parametrize("address", ["savings", "progress", "cheaper"])
def test_what_is_asked_of_a_basket_costs_the_same_with_many_offers(
    address: str, customer: Client, camera: Any, bag: Any
) -> None:
    fill(camera, (bag, 2))
    counts = []
    for more in (1, 20):
        for number in range(more):
            make_bundle(camera, bag, percent=10 + number)
        got(customer, f"basket/{address}/")
        with count_queries() as queries:
            got(customer, f"basket/{address}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_nothing_is_told_while_upsell_is_switched_off(settings: Any, customer: Client, camera: Any, bag: Any) -> None:
    bundle = make_bundle(camera, bag, percent=10)
    fill(camera)
    settings.UPSELL_ENABLED = False
    assert got(customer, f"products/{camera.pk}/bundles/") == {"bundles": []}
    assert got(customer, "basket/progress/") == {"progress": []}
    assert customer.post(f"{API}/bundles/{bundle.pk}/add/", {}, content_type="application/json").status_code == 404
