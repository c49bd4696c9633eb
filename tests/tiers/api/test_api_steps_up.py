"""Better steps for shoppers through the API: as the tags show them, taken once, undone, refused, and never forged."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from rest_framework.authentication import SessionAuthentication

from tests.identities import client_of, user_of
from tests.tiers.api.sending import API, codes, send
from tests.tiers.swap.conftest import make_option
from upsell.models import Grant, KeptAnswer, UpgradeOffer
from upsell.testing import make_ladder, make_product, make_request, make_upgrade_offer
from upsell.tiers.components import comparison_for, line_upgrades_for, upgrade_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def ladder(cameras: list[Any]) -> Any:
    """Three cameras for 479.00, 849.00 and 1649.00."""
    return make_ladder(*cameras, name="Cameras", levels=("Basic", "Plus", "Pro"))


@pytest.fixture
def customer(db: None) -> Client:
    return client_of("customer")


@pytest.fixture
def line(customer: Client, ladder: Any, cameras: list[Any]) -> int:
    """The line of a customer's basket with two units of the first step."""
    return fill(customer, cameras[0], 2)


def fill(client: Client, product: Any, units: int = 1) -> int:
    """Put units into the basket of a client, by the shop's own form; return the line's key."""
    client.post(f"/basket/add/{product.pk}/", {"quantity": units})
    return int(get_model("basket", "Line").objects.get(product=product, basket__status="Open").pk)


def lines() -> dict[str, int]:
    rows = get_model("basket", "Line").objects.select_related("product__parent")
    return {row.product.get_title(): row.quantity for row in rows}


def total(identity: str = "customer") -> Decimal:
    """What the customer's basket costs, as Oscar's pages reckon it."""
    request = basket_request(identity)
    get_class("offer.applicator", "Applicator")().apply(request.basket, request.user, request)
    return Decimal(request.basket.total_incl_tax)


def basket_request(identity: str = "customer") -> Any:
    user = user_of(identity)
    return make_request(user=user, basket=get_model("basket", "Basket").objects.get(owner=user))


def swap(client: Client, line: int, product: Any, key: str = "", **body: Any) -> Any:
    url = f"{API}/basket/lines/{line}/swap/"
    return send(client, "POST", url, {"product": getattr(product, "pk", product), **body}, key)


def upgrades(client: Client, query: str = "") -> list[Any]:
    response = client.get(f"{API}/basket/upgrades/{query}")
    assert response.status_code == 200, response.content
    found: list[Any] = response.json()["upgrades"]
    return found


# --- looking ----------------------------------------------------------------------------------------------------------


def test_the_comparison_is_that_of_the_tag(client: Client, ladder: Any, cameras: list[Any]) -> None:
    shown = comparison_for(cameras[1], request=make_request())
    assert shown is not None
    told = client.get(f"{API}/products/{cameras[1].pk}/comparison/").json()["comparison"]
    assert (told["ladder"], told["name"]) == (ladder.pk, "Cameras")
    assert [step["product"] for step in told["steps"]] == [column.card.id for column in shown.columns]
    assert [step["gains"] for step in told["steps"]] == [list(column.gains) for column in shown.columns]
    assert [step["gap_text"] for step in told["steps"]] == [column.gap for column in shown.columns]
    assert [step["gap"] for step in told["steps"]] == ["-370.00", None, "800.00"]
    assert [step["level"] for step in told["steps"]] == ["Basic", "Plus", "Pro"]
    assert [step["beyond"] for step in told["steps"]] == ["", "Basic", "Plus"]
    assert [step["in_view"] for step in told["steps"]] == [False, True, False]
    assert told["steps"][0]["url"].startswith("http://testserver/")
    assert [row["name"] for row in told["rows"]] == [row.name for row in shown.rows]
    assert [row["values"] for row in told["same"]] == [list(row.values) for row in shown.same]


def test_without_a_choice_there_is_no_comparison(client: Client, ladder: Any, cameras: list[Any]) -> None:
    lonely = make_product("Lamp")
    assert client.get(f"{API}/products/{lonely.pk}/comparison/").json() == {"comparison": None}
    ladder.tiers.all().delete()
    assert client.get(f"{API}/products/{cameras[0].pk}/upgrade/").json() == {"upgrade": None}


@pytest.mark.parametrize("what", ["comparison", "upgrade"])
def test_hidden_and_missing_products_are_told_apart_by_nothing(what: str, client: Client, cameras: list[Any]) -> None:
    """B09."""
    type(cameras[0]).objects.filter(pk=cameras[0].pk).update(is_public=False)
    hidden = client.get(f"{API}/products/{cameras[0].pk}/{what}/")
    missing = client.get(f"{API}/products/999999/{what}/")
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
    assert hidden.status_code == 404


def test_the_step_up_beside_a_product_is_that_of_the_tag(client: Client, ladder: Any, cameras: list[Any]) -> None:
    shown = upgrade_for(cameras[0], request=make_request())
    assert shown is not None
    told = client.get(f"{API}/products/{cameras[0].pk}/upgrade/").json()["upgrade"]
    assert told["step"]["product"] == told["product"] == shown.product == cameras[1].pk
    assert (told["gap"], told["gap_text"], told["gain"]) == ("370.00", shown.gap, shown.gain)
    assert (told["currency"], told["line"], told["offer"], told["total"]) == ("GBP", None, None, None)


def test_what_a_line_is_offered_is_that_of_the_tag(customer: Client, line: int, cameras: list[Any]) -> None:
    request = basket_request()
    [shown] = line_upgrades_for(request.basket, request=request).values()
    [told] = upgrades(customer)
    assert (told["line"], told["product"], told["quantity"]) == (line, cameras[1].pk, 2)
    assert (told["total"], told["gap"], told["gap_text"]) == ("740.00", "740.00", shown.gap)
    assert (told["instead_of"], told["gain"], told["currency"]) == (shown.title, shown.gain, "GBP")
    assert upgrades(customer, "?spot=checkout")[0]["line"] == line


def test_a_special_price_is_told_with_its_true_end(customer: Client, line: int, ladder: Any) -> None:
    ends_at = timezone.now().replace(microsecond=0) + timedelta(hours=3)
    offer = make_upgrade_offer(
        ladder, to=ladder.tiers.all()[1].product, off="100.00", ends_at=ends_at, at_checkout=False
    )
    [told] = upgrades(customer)
    assert (told["offer"], told["name"], told["total"], told["regular_gap"]) == (
        offer.pk, "Upgrade", "540.00", "740.00",
    )  # fmt: skip
    assert told["ends_at"] == ends_at.isoformat().replace("+00:00", "Z")
    assert upgrades(customer, "?spot=checkout")[0]["offer"] is None


def test_nobody_without_a_basket_is_offered_anything_in_it(client: Client) -> None:
    assert upgrades(client) == []


@pytest.mark.parametrize("query", ["?spot=product", "?spot=", "?nope=1"])
def test_nonsense_in_the_address_is_refused(query: str, client: Client) -> None:
    """H02."""
    assert client.get(f"{API}/basket/upgrades/{query}").status_code == 400


# --- swapping ---------------------------------------------------------------------------------------------------------


def test_one_request_swaps_the_line_at_the_difference_that_was_told(
    customer: Client, line: int, cameras: list[Any]
) -> None:
    before = total()
    [told] = upgrades(customer)
    agreed = {"agreed_total": told["total"], "agreed_currency": told["currency"]}
    response = swap(customer, told["line"], told["product"], **agreed)
    assert response.status_code == 200, response.content
    done = response.json()
    undo = done.pop("undo")
    assert done == {
        "product": cameras[1].pk,
        "title": "L3 camera",
        "quantity": 2,
        "before": "L1 camera",
        "difference": {"currency": "GBP", "price": "740.00", "total": "740.00", "others": False},
        "removed": [],
        "missing": [],
    }
    assert lines() == {"L3 camera": 2}
    assert total() == before + Decimal(told["total"])
    undone = send(customer, "POST", f"{API}/basket/swaps/{undo}/undo/")
    assert (undone.status_code, undone.json()) == (200, {"taken": 2, "returned": 2})
    assert lines() == {"L1 camera": 2}
    again = send(customer, "POST", f"{API}/basket/swaps/{undo}/undo/")
    assert (again.status_code, again.json()) == (200, {"taken": 0, "returned": 0})
    assert lines() == {"L1 camera": 2}


def test_a_special_price_is_accepted_with_the_swap_and_given_back_by_its_undo(
    customer: Client, line: int, ladder: Any, cameras: list[Any]
) -> None:
    make_upgrade_offer(ladder, to=cameras[1], off="100.00")
    before = total()
    [told] = upgrades(customer)
    done = swap(customer, line, told["product"], offer=told["offer"], agreed_total=told["total"]).json()
    assert done["difference"]["total"] == told["total"] == "540.00"
    assert total() == before + 540
    assert Grant.objects.get().state == "accepted"
    send(customer, "POST", f"{API}/basket/swaps/{done['undo']}/undo/")
    assert total() == before
    assert Grant.objects.get().state != "accepted"


def test_a_special_price_beside_a_product_is_taken_by_adding_the_step(
    customer: Client, ladder: Any, cameras: list[Any]
) -> None:
    make_upgrade_offer(ladder, to=cameras[1], off="100.00")
    fill(customer, make_product("Lamp"))
    told = customer.get(f"{API}/products/{cameras[0].pk}/upgrade/").json()["upgrade"]
    assert (told["line"], told["gap"], told["regular_gap"], told["total"]) == (None, "270.00", "370.00", "749.00")
    body = {"product": told["product"], "offer": told["offer"], "agreed_total": told["total"]}
    low = send(customer, "POST", f"{API}/basket/upgrades/", {**body, "agreed_total": "748.99"})
    assert (low.status_code, low.json()["code"]) == (409, "price_changed")
    response = send(customer, "POST", f"{API}/basket/upgrades/", body, key="k")
    assert response.status_code == 200, response.content
    assert send(customer, "POST", f"{API}/basket/upgrades/", body, key="k").content == response.content
    assert lines() == {"Lamp": 1, "L3 camera": 1}
    assert total() == Decimal("759.00")
    send(customer, "POST", f"{API}/basket/swaps/{response.json()['undo']}/undo/")
    assert lines() == {"Lamp": 1}


def test_a_guest_swaps_in_a_basket_of_their_own_by_cookie(client: Client, ladder: Any, cameras: list[Any]) -> None:
    line = fill(client, cameras[0])
    [told] = upgrades(client)
    assert told["line"] == line
    done = swap(client, line, cameras[1])
    assert done.status_code == 200, done.content
    assert lines() == {"L3 camera": 1}
    undone = send(client, "POST", f"{API}/basket/swaps/{done.json()['undo']}/undo/")
    assert undone.json() == {"taken": 1, "returned": 1}


def test_what_comes_with_a_step_leaves_the_basket(customer: Client, line: int, ladder: Any, cameras: list[Any]) -> None:
    case = make_product("Case", price="29.00")
    ladder.tiers.get(product=cameras[1]).contents.create(product=case)
    fill(customer, case, 2)
    [told] = upgrades(customer)
    assert (told["removed"], told["total"]) == (["Case"], "682.00")
    done = swap(customer, line, cameras[1]).json()
    assert done["removed"] == [{"product": case.pk, "title": "Case", "units": 2}]
    assert lines() == {"L3 camera": 2}


def test_the_shop_is_told_once_of_what_came(customer: Client, line: int, cameras: list[Any]) -> None:
    heard = []
    basket_addition = get_class("basket.signals", "basket_addition")

    def hear(sender: Any, product: Any, user: Any, request: Any, **kwargs: Any) -> None:
        heard.append((product.get_title(), user))

    basket_addition.connect(hear)
    try:
        swap(customer, line, cameras[1], key="a")
        swap(customer, line, cameras[1], key="a")
    finally:
        basket_addition.disconnect(hear)
    assert heard == [("L3 camera", user_of("customer"))]


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_dearer_step_is_asked_about_again_and_a_cheaper_one_is_simply_charged(
    customer: Client, line: int, cameras: list[Any]
) -> None:
    """A23."""
    refused = swap(customer, line, cameras[1], agreed_total="739.99")
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["code"] == "price_changed"
    assert problem["difference"] == {"currency": "GBP", "price": "740.00", "total": "740.00", "others": False}
    assert lines() == {"L1 camera": 2}
    assert swap(customer, line, cameras[1], agreed_total="800.00").json()["difference"]["total"] == "740.00"


def test_another_currency_is_asked_about_again(customer: Client, line: int, cameras: list[Any]) -> None:
    """A24."""
    refused = swap(customer, line, cameras[1], agreed_total="740.00", agreed_currency="EUR")
    assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
    assert lines() == {"L1 camera": 2}


@pytest.mark.parametrize("agreed", ["-5000.00", "0.00", "0.01", "740.00", "99999.00"])
def test_what_a_client_says_of_the_price_never_changes_it(
    agreed: str, customer: Client, line: int, cameras: list[Any]
) -> None:
    """A01, differentially: either nothing is changed, or the shop's own prices are charged."""
    before = total()
    response = swap(customer, line, cameras[1], agreed_total=agreed)
    assert response.status_code in {200, 409}
    assert total() == before + (740 if response.status_code == 200 else 0)


def test_a_special_price_is_over_one_second_after_its_end(
    customer: Client, line: int, ladder: Any, cameras: list[Any]
) -> None:
    """A17."""
    offer = make_upgrade_offer(ladder, to=cameras[1], off="100.00")
    for change in (
        {"ends_at": timezone.now() - timedelta(seconds=1)},
        {"ends_at": None, "status": "paused"},
        {"status": "ended"},
    ):
        UpgradeOffer.objects.filter(pk=offer.pk).update(**change)
        refused = swap(customer, line, cameras[1], offer=offer.pk, agreed_total="540.00")
        assert refused.status_code in {409, 410}, refused.content
        assert refused.json()["code"] in {"ended", "price_changed"}
        without = swap(customer, line, cameras[1], offer=offer.pk)
        assert (without.status_code, without.json()["code"]) == (410, "ended")
        assert lines() == {"L1 camera": 2}
    assert not Grant.objects.filter(state="accepted").exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda product: type(product).objects.filter(pk=product.pk).update(is_public=False),
        lambda product: product.stockrecords.update(num_in_stock=1),
        lambda product: product.stockrecords.all().delete(),
        lambda product: product.delete(),
    ],
    ids=["hidden", "too few", "no price", "deleted"],
)
def test_a_step_that_cannot_be_had_leaves_the_line_alone(
    spoil: Callable[[Any], Any], customer: Client, line: int, cameras: list[Any]
) -> None:
    """A25."""
    key = cameras[1].pk
    spoil(cameras[1])
    refused = swap(customer, line, key, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_swapped"), refused.content
    assert refused.json()["detail"].startswith("Nothing was changed")
    assert lines() == {"L1 camera": 2}
    assert not KeptAnswer.objects.exists()


def test_no_product_of_another_ladder_comes_by_a_swap(customer: Client, line: int) -> None:
    """A02."""
    stranger = make_product("Gold bar", price="0.01")
    make_ladder(stranger, make_product("Silver bar", price="5.00"))
    for product in (stranger.pk, 999999):
        refused = swap(customer, line, product)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_swapped")
    assert lines() == {"L1 camera": 2}


def test_the_line_of_somebody_else_is_as_unknown_as_one_that_never_was(
    customer: Client, line: int, cameras: list[Any], client: Client
) -> None:
    """B03, B09."""
    fill(client, make_product("Lamp"))
    theirs, missing = (swap(client, key, cameras[1]) for key in (line, 999999))
    assert (theirs.status_code, theirs.content) == (missing.status_code, missing.content)
    assert theirs.status_code == 404
    assert lines() == {"L1 camera": 2, "Lamp": 1}
    declined = send(client, "POST", f"{API}/basket/lines/{line}/decline/", {"product": cameras[1].pk})
    assert declined.status_code == 404


def test_what_was_done_already_is_told_so(customer: Client, line: int, cameras: list[Any]) -> None:
    """A19, without a key: a second press finds that it is there."""
    assert swap(customer, line, cameras[1]).status_code == 200
    again = swap(customer, line, cameras[1])
    assert (again.status_code, again.json()["code"]) == (409, "already_there")
    assert lines() == {"L3 camera": 2}


def test_options_that_do_not_fit_are_named(customer: Client, ladder: Any, cameras: list[Any]) -> None:
    make_option(cameras[1], "Engraving", required=True)
    line = fill(customer, cameras[0])
    refused = swap(customer, line, cameras[1])
    assert (refused.status_code, refused.json()["code"]) == (409, "not_fitting"), refused.content
    assert lines() == {"L1 camera": 1}


HOSTILE = {
    "price": "0.01", "total": "1", "currency": "XXX", "quantity": 0, "is_free": True, "owner": 1, "basket": 1,
    "line": 1, "discount": "99",
}  # fmt: skip


@pytest.mark.parametrize("field", HOSTILE)
def test_fields_that_would_change_the_price_are_refused(
    field: str, customer: Client, line: int, cameras: list[Any]
) -> None:
    """A01, A04, A05, H07."""
    body = {"product": cameras[1].pk, field: HOSTILE[field]}
    assert codes(send(customer, "POST", f"{API}/basket/lines/{line}/swap/", body, "k")) == {field: "unknown"}
    assert lines() == {"L1 camera": 2}
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("value", [0, -1, 1.5, "1e9", "", [1], True, " 1 ", "١", "0x10", 2**63, {}], ids=repr)
@pytest.mark.parametrize("field", ["product", "offer"])
def test_ids_are_ids_and_nothing_else(field: str, value: Any, customer: Client, line: int, cameras: list[Any]) -> None:
    body = {"product": cameras[1].pk, field: value}
    assert send(customer, "POST", f"{API}/basket/lines/{line}/swap/", body).status_code == 400
    assert lines() == {"L1 camera": 2}


@pytest.mark.parametrize("value", ["nan", "1e2", "١", "", True, [], "0x10", "1.005"])
def test_an_agreed_total_is_a_plain_amount(value: Any, customer: Client, line: int, cameras: list[Any]) -> None:
    assert swap(customer, line, cameras[1], agreed_total=value).status_code == 400


@pytest.mark.parametrize("body", [[], "x", 7, None, {}, {"product": None}])
def test_a_body_of_another_shape_is_refused(body: Any, customer: Client, line: int) -> None:
    response = customer.generic(
        "POST", f"{API}/basket/lines/{line}/swap/", json.dumps(body), content_type="application/json"
    )
    assert response.status_code == 400
    assert lines() == {"L1 camera": 2}


# --- once -------------------------------------------------------------------------------------------------------------


def test_the_same_request_acts_once_and_is_answered_alike(customer: Client, line: int, cameras: list[Any]) -> None:
    """A19: double click, refresh, replay."""
    first = swap(customer, line, cameras[1], key="press-1")
    again = swap(customer, line, cameras[1], key="press-1")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert lines() == {"L3 camera": 2}
    other = swap(customer, line, cameras[2], key="press-1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    name = first.json()["undo"]
    undone = send(customer, "POST", f"{API}/basket/swaps/{name}/undo/", key="press-2")
    assert send(customer, "POST", f"{API}/basket/swaps/{name}/undo/", key="press-2").content == undone.content
    assert lines() == {"L1 camera": 2}


def test_a_refusal_is_not_kept(customer: Client, line: int, cameras: list[Any]) -> None:
    cameras[1].stockrecords.update(num_in_stock=1)
    assert swap(customer, line, cameras[1], key="k").status_code == 409
    cameras[1].stockrecords.update(num_in_stock=10)
    assert swap(customer, line, cameras[1], key="k").status_code == 200


def test_an_undo_belongs_to_its_session(customer: Client, line: int, cameras: list[Any]) -> None:
    """B03."""
    name = swap(customer, line, cameras[1]).json()["undo"]
    for other in (client_of("customer"), client_of("merchant"), Client()):
        response = send(other, "POST", f"{API}/basket/swaps/{name}/undo/")
        assert response.json() == {"taken": 0, "returned": 0}
    assert lines() == {"L3 camera": 2}


# --- no, thanks -------------------------------------------------------------------------------------------------------


def test_after_a_refusal_the_step_below_is_offered_once_and_then_there_is_silence(
    customer: Client, line: int, ladder: Any, cameras: list[Any]
) -> None:
    seen = []
    while found := upgrades(customer):
        seen.append(found[0]["product"])
        assert len(seen) < 4, seen
        url = f"{API}/basket/lines/{line}/decline/"
        response = send(customer, "POST", url, {"product": found[0]["product"]})
        assert response.status_code == 200, response.content
    assert seen
    assert response.json()["declined"] in {"Plus", "Pro"}
    assert upgrades(customer) == []
    assert upgrades(client_of("customer"))[0]["product"] == seen[0], "another session starts anew"


def test_a_step_is_refused_beside_a_product(client: Client, ladder: Any, cameras: list[Any]) -> None:
    url = f"{API}/products/{cameras[1].pk}/decline/"
    assert send(client, "POST", url).json() == {"declined": "Plus"}
    told = client.get(f"{API}/products/{cameras[0].pk}/upgrade/").json()["upgrade"]
    assert told is None or told["product"] != cameras[1].pk
    never = send(client, "POST", f"{API}/products/{make_product('Lamp').pk}/decline/")
    assert (never.status_code, never.json()["code"]) == (410, "not_offered")


# --- forged -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", ["anonymous", "customer", "superuser"])
def test_a_forged_request_changes_nothing_for_guests_neither(identity: str, ladder: Any, cameras: list[Any]) -> None:
    """C02, C03."""
    client = client_of(identity)
    line = fill(client, cameras[0])
    client.handler.enforce_csrf_checks = True
    client.cookies.pop("csrftoken", None)
    for url, body in (
        (f"{API}/basket/lines/{line}/swap/", {"product": cameras[1].pk}),
        (f"{API}/basket/lines/{line}/decline/", {"product": cameras[1].pk}),
        (f"{API}/basket/upgrades/", {"product": cameras[1].pk, "offer": 1}),
        (f"{API}/basket/swaps/x/undo/", {}),
        (f"{API}/products/{cameras[1].pk}/decline/", {}),
    ):
        refused = send(client, "POST", url, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied"), url
    assert lines() == {"L1 camera": 1}
    upgrades(client)
    token = client.cookies["csrftoken"].value
    url = f"{API}/basket/lines/{line}/swap/"
    evil = {"X-CSRFToken": token, "Origin": "https://evil.example"}
    assert send(client, "POST", url, {"product": cameras[1].pk}, headers=evil, secure=True).status_code == 403
    assert send(client, "POST", url, {"product": cameras[1].pk}, headers={"X-CSRFToken": token}).status_code == 200
    assert lines() == {"L3 camera": 1}


def test_the_guard_against_forged_requests_is_what_stops_them(
    ladder: Any, cameras: list[Any], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    line = fill(client, cameras[0])
    client.handler.enforce_csrf_checks = True
    monkeypatch.setattr(SessionAuthentication, "enforce_csrf", lambda self, request: None)
    assert swap(client, line, cameras[1]).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_nothing_but_a_post_swaps(method: str, customer: Client, line: int) -> None:
    """B20, C01."""
    assert customer.generic(method, f"{API}/basket/lines/{line}/swap/").status_code == 405
    assert lines() == {"L1 camera": 2}


def test_a_shop_that_is_switched_off_changes_nothing(
    customer: Client, line: int, cameras: list[Any], settings: Any
) -> None:
    settings.UPSELL_ENABLED = False
    assert upgrades(customer) == []
    assert swap(customer, line, cameras[1]).status_code == 404
    assert customer.get(f"{API}/products/{cameras[0].pk}/comparison/").json() == {"comparison": None}
    assert lines() == {"L1 camera": 2}
