"""Adding a set: whole or not at all, at the shop's prices, and once however often it is asked for."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from rest_framework.authentication import SessionAuthentication

from tests.bundles.storefront.conftest import make_variants
from tests.identities import client_of, user_of
from upsell.bundles.serving import adding
from upsell.core.api import idempotency
from upsell.models import KeptAnswer
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db

API = "/api/upsell/v1"


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="100.00")


@pytest.fixture
def bag() -> Any:
    return make_product("Bag", price="25.00")


@pytest.fixture
def trip(camera: Any, bag: Any) -> Any:
    """A camera and two bags for 129.00 instead of 150.00."""
    return make_bundle(camera, (bag, 2), price="129.00", name="Trip")


@pytest.fixture
def customer(db: None) -> Client:
    return client_of("customer")


def add(client: Client, bundle: Any, body: Any = None, key: str = "", **options: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.generic(
        "POST",
        f"{API}/bundles/{getattr(bundle, 'pk', bundle)}/add/",
        json.dumps({} if body is None else body),
        content_type="application/json",
        headers={**headers, **options.pop("headers", {})},
        **options,
    )


def lines() -> list[tuple[str, int]]:
    rows = get_model("basket", "Line").objects.order_by("product__title")
    return [(line.product.get_title(), line.quantity) for line in rows]


def total() -> Decimal:
    """What the customer's basket costs, as Oscar's pages reckon it."""
    from upsell.testing import make_request

    request = make_request(user=user_of("customer"))
    basket = get_model("basket", "Basket").objects.get(owner=request.user)
    basket.strategy = request.strategy
    get_class("offer.applicator", "Applicator")().apply(basket, request.user, request)
    return basket.total_incl_tax


# --- adding -----------------------------------------------------------------------------------------------------------


def test_one_request_adds_the_whole_set(customer: Client, trip: Any, camera: Any, bag: Any) -> None:
    response = add(customer, trip)
    assert response.status_code == 200, response.content
    assert response.json() == {
        "bundle": trip.pk,
        "name": "Trip",
        "currency": "GBP",
        "amounts": {"full": "150.00", "total": "129.00", "saving": "21.00"},
        "added": [{"product": camera.pk, "units": 1}, {"product": bag.pk, "units": 2}],
    }
    assert lines() == [("Bag", 2), ("Camera", 1)]
    assert total() == Decimal("129.00")


def test_a_guest_gets_a_basket_of_their_own_by_cookie(client: Client, trip: Any) -> None:
    assert add(client, trip).status_code == 200
    assert "oscar_open_basket" in client.cookies
    savings = client.get(f"{API}/basket/savings/").json()
    assert savings["total"] == "21.00"


def test_the_shop_is_told_of_each_product_as_by_oscars_own_form(customer: Client, trip: Any) -> None:
    heard = []
    basket_addition = get_class("basket.signals", "basket_addition")

    def hear(sender: Any, product: Any, user: Any, request: Any, **kwargs: Any) -> None:
        heard.append((product.get_title(), user))

    basket_addition.connect(hear)
    try:
        add(customer, trip, key="a")
        add(customer, trip, key="a")
    finally:
        basket_addition.disconnect(hear)
    assert heard == [("Camera", user_of("customer")), ("Bag", user_of("customer"))]


HOSTILE = {
    "price": "0.01", "unit_price": "0.01", "discount": "99", "total": "1", "currency": "XXX", "tax": "0", "quantity": 0,
    "is_free": True, "status": "active", "owner": 1, "used_count": 0, "offer_id": 1, "benefit": 1,
    "verification_override": 1,
}  # fmt: skip


@pytest.mark.parametrize("field", HOSTILE)
def test_fields_that_would_change_the_price_are_refused(field: str, customer: Client, trip: Any) -> None:
    """A01, A04, A05, H07."""
    response = add(customer, trip, {field: HOSTILE[field]}, key="k")
    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, "unknown")]
    assert lines() == []
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("agreed", ["0.01", "129.00", "1000.00"])
def test_what_a_client_says_of_the_price_never_changes_it(agreed: str, customer: Client, trip: Any) -> None:
    """A01, differentially: whatever is said, either nothing is added or the shop's own price is charged."""
    response = add(customer, trip, {"agreed_total": agreed})
    if response.status_code == 200:
        assert total() == Decimal("129.00")
    else:
        assert response.status_code == 409
        assert lines() == []


def test_a_dearer_set_is_asked_about_again_and_a_cheaper_one_is_simply_charged(
    customer: Client, trip: Any, camera: Any
) -> None:
    """A23."""
    refused = add(customer, trip, {"agreed_total": "128.99"})
    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["currency"]) == ("price_changed", "GBP")
    assert problem["amounts"] == {"full": "150.00", "total": "129.00", "saving": "21.00"}
    assert lines() == []
    assert add(customer, trip, {"agreed_total": "135.00"}).json()["amounts"]["total"] == "129.00"


def test_another_currency_is_asked_about_again(customer: Client, trip: Any) -> None:
    """A24."""
    refused = add(customer, trip, {"agreed_total": "129.00", "agreed_currency": "EUR"})
    assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
    assert lines() == []
    assert add(customer, trip, {"agreed_total": "129.00", "agreed_currency": "GBP"}).status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bag: type(bag).objects.filter(pk=bag.pk).update(is_public=False),
        lambda bag: bag.stockrecords.update(num_in_stock=1),
        lambda bag: bag.stockrecords.all().delete(),
        lambda bag: bag.delete(),
        lambda bag: type(bag).objects.filter(pk=bag.pk).update(structure="parent"),
    ],
    ids=["hidden", "too few", "no price", "deleted", "a parent now"],
)
def test_a_set_that_cannot_be_had_whole_is_not_added_in_part(spoil: Any, customer: Client, trip: Any, bag: Any) -> None:
    """A25."""
    spoil(bag)
    refused = add(customer, trip, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_added"), refused.content
    assert refused.json()["detail"].startswith("Nothing was added")
    assert lines() == []
    assert not KeptAnswer.objects.exists()


def test_what_is_over_is_gone_and_what_never_ran_is_unknown(customer: Client, camera: Any, bag: Any) -> None:
    """A17."""
    now, minute = timezone.now(), timedelta(minutes=1)
    for fields, status, code in [
        ({"ends_at": now - minute}, 410, "ended"),
        ({"status": "ended"}, 410, "ended"),
        ({"status": "paused"}, 410, "ended"),
        ({"status": "draft"}, 404, "not_found"),
        ({"starts_at": now + minute}, 404, "not_found"),
    ]:
        refused = add(customer, make_bundle(camera, bag, percent=10, **fields))
        assert (refused.status_code, refused.json()["code"]) == (status, code), fields
    assert add(customer, 999999).content == add(customer, make_bundle(camera, bag, percent=10, status="draft")).content
    assert lines() == []


def test_what_is_no_set_is_not_added(customer: Client, camera: Any, bag: Any) -> None:
    refused = add(customer, make_bundle(camera, bag, kind="mix", units=2, percent=10))
    assert (refused.status_code, refused.json()["code"]) == (409, "not_added")


def test_a_basket_that_is_paid_for_meanwhile_is_left_alone(
    customer: Client, trip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B07: nobody names a basket, and the one in the session must still be open when it is locked."""
    lock = adding.lock

    def pay_first(basket: Any) -> None:
        get_model("basket", "Basket").objects.filter(pk=basket.pk).update(status="Frozen")
        lock(basket)

    monkeypatch.setattr(adding, "lock", pay_first)
    refused = add(customer, trip, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_added")
    assert lines() == []


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_a_variant_has_to_be_chosen_among_those_of_the_set(customer: Client, camera: Any) -> None:
    """A02: the id of any other product is refused."""
    parent, (small, large) = make_variants("Shirt", "10.00", "14.00")
    stranger = make_product("Gold bar", price="9000.00")
    bundle = make_bundle(camera, parent, percent=10)
    [told] = customer.get(f"{API}/products/{camera.pk}/bundles/").json()["bundles"]
    [slot] = [part["slot"] for part in told["parts"] if part["choices"]]
    for choices in ({}, {slot: stranger.pk}, {slot: parent.pk}, {slot: 999999}):
        refused = add(customer, bundle, {"choices": choices})
        assert refused.status_code == 400, choices
        assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [
            (f"choices.{slot}", "choice")
        ]
    refused = add(customer, bundle, {"choices": {slot: small.pk, "hat": small.pk}})
    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [("choices.hat", "unknown")]
    assert lines() == []
    assert add(customer, bundle, {"choices": {slot: large.pk}}).json()["amounts"]["full"] == "114.00"


@pytest.mark.parametrize("value", [0, -1, 1.5, "1e9", None, "", [1], True, " 1 ", "١", "0x10", 2**63, {}])
def test_a_choice_is_an_id_and_nothing_else(value: Any, customer: Client, trip: Any) -> None:
    assert add(customer, trip, {"choices": {"0": value}}).status_code == 400
    assert lines() == []


@pytest.mark.parametrize("body", [[], "x", 7, None, {"choices": []}, {"choices": {str(n): 1 for n in range(21)}}])
def test_a_body_of_another_shape_is_refused(body: Any, customer: Client, trip: Any) -> None:
    response = customer.generic(
        "POST", f"{API}/bundles/{trip.pk}/add/", json.dumps(body), content_type="application/json"
    )
    assert response.status_code == 400
    assert lines() == []


@pytest.mark.parametrize("value", ["nan", "-1", "1e2", "١", "", True, [], "0x10", "1.005"])
def test_an_agreed_total_is_a_plain_amount(value: Any, customer: Client, trip: Any) -> None:
    assert add(customer, trip, {"agreed_total": value}).status_code == 400


# --- once -------------------------------------------------------------------------------------------------------------


def test_the_same_request_acts_once_and_is_answered_alike(customer: Client, trip: Any) -> None:
    """A19: double click, refresh, replay."""
    first = add(customer, trip, {"agreed_total": "129.00"}, key="press-1")
    again = add(customer, trip, {"agreed_total": "129.00"}, key="press-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert lines() == [("Bag", 2), ("Camera", 1)]
    assert add(customer, trip, key="press-2").status_code == 200
    assert lines() == [("Bag", 4), ("Camera", 2)]


def test_the_answer_stays_the_same_though_the_shop_has_changed(customer: Client, trip: Any, bag: Any) -> None:
    first = add(customer, trip, key="k")
    trip.delete()
    bag.stockrecords.all().delete()
    assert add(customer, trip.pk or first.json()["bundle"], key="k").content == first.content


def test_a_key_names_one_request_only(customer: Client, trip: Any, camera: Any, bag: Any) -> None:
    other = make_bundle(camera, bag, percent=5)
    add(customer, trip, {"agreed_total": "129.00"}, key="k")
    for refused in (add(customer, trip, {"agreed_total": "130.00"}, key="k"), add(customer, other, key="k")):
        assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    assert lines() == [("Bag", 2), ("Camera", 1)]


def test_the_order_of_names_in_a_body_means_nothing(customer: Client, trip: Any) -> None:
    first = add(customer, trip, {"agreed_total": "129.00", "agreed_currency": "GBP"}, key="k")
    assert add(customer, trip, {"agreed_currency": "GBP", "agreed_total": "129.00"}, key="k").content == first.content


def test_a_key_belongs_to_its_caller(customer: Client, client: Client, trip: Any) -> None:
    """O3: nobody gets the answer to somebody else's request."""
    add(customer, trip, key="1")
    for other in (client, Client(), client_of("merchant")):
        response = add(other, trip, key="1")
        assert response.status_code == 200
        assert "Idempotent-Replayed" not in response
    assert get_model("basket", "Line").objects.count() == 8


def test_a_guest_who_asks_again_with_their_cookie_gets_the_first_answer(client: Client, trip: Any) -> None:
    add(client, trip, key="1")
    assert add(client, trip, key="1")["Idempotent-Replayed"] == "true"
    assert lines() == [("Bag", 2), ("Camera", 1)]


def test_a_refusal_is_not_kept(customer: Client, trip: Any, bag: Any) -> None:
    bag.stockrecords.update(num_in_stock=1)
    assert add(customer, trip, key="k").status_code == 409
    assert not KeptAnswer.objects.exists()
    bag.stockrecords.update(num_in_stock=10)
    assert add(customer, trip, key="k").status_code == 200


def test_a_twin_in_flight_is_told_to_wait(customer: Client, trip: Any) -> None:
    add(customer, trip, key="k")
    KeptAnswer.objects.update(status=None)
    twin = add(customer, trip, key="k")
    assert (twin.status_code, twin.json()["code"], twin["Retry-After"]) == (409, "in_flight", "1")
    assert lines() == [("Bag", 2), ("Camera", 1)]


def test_a_claim_that_a_crash_left_behind_runs_out(customer: Client, trip: Any) -> None:
    add(customer, trip, key="k")
    KeptAnswer.objects.update(status=None, held_until=timezone.now() - timedelta(seconds=1))
    assert add(customer, trip, key="k").status_code == 200
    assert lines() == [("Bag", 4), ("Camera", 2)]


def test_an_answer_is_kept_for_72_hours_and_then_forgotten(customer: Client, trip: Any) -> None:
    add(customer, trip, key="k")
    almost = timezone.now() - timedelta(hours=71, minutes=59)
    KeptAnswer.objects.update(created_at=almost)
    assert idempotency.prune_answers() == 0
    assert add(customer, trip, key="k")["Idempotent-Replayed"] == "true"
    KeptAnswer.objects.update(created_at=almost - timedelta(minutes=2))
    assert "Idempotent-Replayed" not in add(customer, trip, key="k")
    KeptAnswer.objects.update(created_at=almost - timedelta(minutes=2))
    assert idempotency.prune_answers() == 1


def test_what_fails_within_leaves_neither_lines_nor_an_answer(
    customer: Client, trip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("the pen broke")

    monkeypatch.setattr(idempotency.JSONRenderer, "render", fail)
    with pytest.raises(RuntimeError):
        add(customer, trip, key="k")
    assert lines() == []
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("key", ["x" * 256, "käse", "two words", "tab\tbed", "\x7f"])
def test_a_key_is_short_and_visible(key: str, customer: Client, trip: Any) -> None:
    refused = add(customer, trip, key=key)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"
    assert add(customer, trip, key="x" * 255).status_code == 200


# --- forged -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", ["anonymous", "customer", "superuser"])
def test_a_forged_request_adds_nothing_for_guests_neither(identity: str, trip: Any) -> None:
    """C02, C03: DRF asks only those who are logged in; a guest's basket is a guest's own."""
    client = client_of(identity, enforce_csrf_checks=True)
    refused = add(client, trip)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    bare = client.post(f"{API}/bundles/{trip.pk}/add/")
    assert bare.status_code in {403, 415}
    assert lines() == []
    client.get(f"{API}/products/{trip.parts.first().product_id}/bundles/")
    token = client.cookies["csrftoken"].value
    assert add(client, trip, headers={"X-CSRFToken": token}).status_code == 200
    evil = {"X-CSRFToken": token, "Origin": "https://evil.example"}
    assert add(client, trip, headers=evil, secure=True).status_code == 403


def test_the_guard_against_forged_requests_is_what_stops_them(trip: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without it, a guest's basket is anybody's to fill."""
    client = client_of("anonymous", enforce_csrf_checks=True)
    monkeypatch.setattr(SessionAuthentication, "enforce_csrf", lambda self, request: None)
    assert add(client, trip).status_code == 200
    assert lines() == [("Bag", 2), ("Camera", 1)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_nothing_but_a_post_adds(method: str, customer: Client, trip: Any) -> None:
    """B20, C01."""
    assert customer.generic(method, f"{API}/bundles/{trip.pk}/add/").status_code == 405
    assert lines() == []


def test_a_body_that_is_too_large_or_no_json_is_refused(customer: Client, trip: Any) -> None:
    """H04."""
    url = f"{API}/bundles/{trip.pk}/add/"
    assert customer.generic("POST", url, "x" * 70_000, content_type="application/json").status_code == 413
    assert customer.generic("POST", url, b"\xff\xfe", content_type="application/json").status_code == 400
    assert customer.generic("POST", url, '{"choices": NaN}', content_type="application/json").status_code == 400
    assert customer.post(url, {"agreed_total": "1"}).status_code == 415
    assert lines() == []
