"""Extras at the till through the API: as the tag shows them, accepted once, declined, undone, and never forged."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from PIL import Image

from tests.identities import client_of
from tests.tiers.api.sending import API, codes, send
from upsell.bumps.components import extras_for
from upsell.models import Bump, BumpImage, Grant, KeptAnswer
from upsell.offers.serving.index import save_terms
from upsell.testing import count_queries, make_bump, make_bundle, make_product, make_request, make_shelf_item

pytestmark = pytest.mark.django_db

TILL = f"{API}/till/"
BUMPS = f"{API}/till/bumps/"


@pytest.fixture
def bump(camera: Any, cloth: Any) -> Bump:
    """A cloth of 6.00 for 3.50 with a camera."""
    return make_bump(cloth, trigger=camera, off="2.50", headline="Keep it clean", text="Does not scratch.")


@pytest.fixture(params=["anonymous", "customer"])
def shopper(request: Any, camera: Any) -> Client:
    """Somebody with a camera in the basket, by the shop's own form."""
    client = client_of(request.param)
    client.post(f"/basket/add/{camera.pk}/", {"quantity": 1})
    return client


def extras(client: Client, query: str = "", **headers: str) -> list[Any]:
    response = client.get(f"{BUMPS}{query}", headers=headers)
    assert response.status_code == 200, response.content
    found: list[Any] = response.json()["extras"]
    return found


def accept(client: Client, bump: Any, product: Any, key: str = "", **body: Any) -> Any:
    sent = {"product": getattr(product, "pk", product), **body}
    return send(client, "POST", f"{BUMPS}{getattr(bump, 'pk', bump)}/accept/", sent, key)


def decline(client: Client, bump: Any, method: str = "POST") -> Any:
    return send(client, method, f"{BUMPS}{getattr(bump, 'pk', bump)}/decline/")


def take_back(client: Client, bump: Any, _product: Any) -> Any:
    return decline(client, bump, "DELETE")


def lines() -> dict[str, int]:
    rows = get_model("basket", "Line").objects.filter(quantity__gt=0).select_related("product")
    return {row.product.get_title(): row.quantity for row in rows}


def total(client: Client) -> Decimal:
    """What the basket costs, as the shop's own page reckons it."""
    return Decimal(client.get("/basket/").context["basket"].total_incl_tax)


# --- looking ----------------------------------------------------------------------------------------------------------


def test_what_is_offered_is_what_the_tag_shows(shopper: Client, bump: Bump, cloth: Any) -> None:
    [told] = extras(shopper)
    assert (told["bump"], told["product"], told["units"]) == (bump.pk, cloth.pk, 1)
    assert (told["headline"], told["text"]) == ("Keep it clean", "Does not scratch.")
    assert (told["price"], told["total"], told["currency"], told["is_reduced"]) == ("6.00", "3.50", "GBP", True)
    assert (told["card"]["product"], told["card"]["title"]) == (cloth.pk, "Cloth")
    assert told["card"]["url"].startswith("http://testserver/")
    basket = get_model("basket", "Basket").objects.get(status="Open")
    request = make_request(user=basket.owner, basket=basket)
    [shown] = extras_for(basket, request=request, placement="basket")
    assert (shown.offer_id, shown.headline, f"{shown.total:.2f}") == (bump.pk, told["headline"], told["total"])


def test_each_place_offers_what_stands_there(shopper: Client, bump: Bump) -> None:
    Bump.objects.update(in_basket=False, at_payment=True, at_preview=False)
    places = {
        place: len(extras(shopper, f"?placement={place}")) for place in ("basket", "address", "payment", "preview")
    }
    assert places == {"basket": 0, "address": 0, "payment": 1, "preview": 0}


@pytest.mark.parametrize("query", ["placement=thanks", "placement=", "spot=basket", "placement=basket&nope=1"])
def test_a_place_that_there_is_not_is_refused(query: str, client: Client) -> None:
    for url in (TILL, BUMPS):
        assert client.get(f"{url}?{query}").status_code == 400


def test_nobody_without_a_basket_is_offered_anything(client: Client, bump: Bump) -> None:
    assert client.get(BUMPS).json() == {"extras": [], "lost": []}
    assert client.get(TILL).json() == {"extras": [], "lost": [], "rewards": [], "items": []}


def test_the_whole_till_shows_no_product_twice(shopper: Client, bump: Bump, camera: Any, cloth: Any) -> None:
    strap, brush = make_product("Strap", price="7.00"), make_product("Brush", price="5.00")
    for small in (cloth, strap, brush):
        make_shelf_item(small)
    make_bundle(camera, kind="bogo", get=[brush], units=1, got_units=1, percent=100)
    told = shopper.get(TILL).json()
    assert [one["product"] for one in told["extras"]] == [cloth.pk]
    assert [one["reach"]["product"] for one in told["rewards"]] == [brush.pk]
    assert [one["product"] for one in told["items"]] == [strap.pk]
    alone = shopper.get(f"{TILL}shelf/").json()["items"]
    assert {one["product"] for one in alone} == {cloth.pk, strap.pk, brush.pk}


def test_nobody_may_store_what_is_offered_and_the_token_comes_with_it(shopper: Client, bump: Bump) -> None:
    for url in (TILL, BUMPS):
        response = shopper.get(url)
        assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
        assert "csrftoken" in response.cookies


def test_thirty_bumps_more_cost_no_more_queries(shopper: Client, bump: Bump, camera: Any) -> None:
    def cost() -> int:
        shopper.get(TILL)
        with count_queries() as queries:
            assert shopper.get(TILL).status_code == 200
        return len(queries)

    make_bump(make_product("Strap", price="7.00"), trigger=camera, off="1.00")
    few = cost()
    for number in range(30):
        make_bump(make_product(f"Small {number}", price="5.00"), trigger=camera, off="1.00")
    assert cost() == few


# --- yes --------------------------------------------------------------------------------------------------------------


def test_an_extra_is_added_for_its_price_and_undone_whole(shopper: Client, bump: Bump, cloth: Any) -> None:
    response = accept(shopper, bump, cloth, agreed_total="3.50", agreed_currency="GBP")
    assert response.status_code == 200, response.content
    told = response.json()
    assert (told["bump"], told["product"], told["title"], told["units"]) == (bump.pk, cloth.pk, "Cloth", 1)
    assert told["difference"] == {"currency": "GBP", "price": "6.00", "total": "3.50", "others": False}
    assert (lines(), total(shopper)) == ({"Camera": 1, "Cloth": 1}, Decimal("83.50"))
    assert extras(shopper) == []
    url = f"{TILL}accepted/{told['undo']}/undo/"
    assert send(shopper, "POST", url).json() == {"taken": 1, "returned": 0}
    assert (lines(), total(shopper)) == ({"Camera": 1}, Decimal("80.00"))
    assert not Grant.objects.filter(state="accepted").exists()
    assert send(shopper, "POST", url).json() == {"taken": 0, "returned": 0}
    assert [one["bump"] for one in extras(shopper)] == [bump.pk]


def test_the_price_goes_with_what_called_for_it_and_the_till_says_so(
    shopper: Client, bump: Bump, camera: Any, cloth: Any
) -> None:
    assert accept(shopper, bump, cloth).status_code == 200
    basket = get_model("basket", "Basket").objects.get(status="Open")
    basket.lines.get(product=camera).delete()
    [lost] = shopper.get(BUMPS).json()["lost"]
    assert (lost["bump"], lost["product"], lost["now"], lost["before"]) == (bump.pk, cloth.pk, "6.00", "3.50")
    assert lost["missed"] == {"product": camera.pk, "title": "Camera", "units": 1}
    assert "Cloth" in lost["text"]
    assert total(shopper) == Decimal("6.00")
    assert shopper.get(TILL).json()["lost"] == [lost]


def test_one_key_accepts_once_however_often_it_is_sent(shopper: Client, bump: Bump, cloth: Any) -> None:
    first = accept(shopper, bump, cloth, key="press-1", agreed_total="3.50")
    again = accept(shopper, bump, cloth, key="press-1", agreed_total="3.50")
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (200, 200, "true")
    assert again.json() == first.json()
    assert lines() == {"Camera": 1, "Cloth": 1}
    other = accept(shopper, bump, cloth, key="press-1", agreed_total="3.00")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    without = accept(shopper, bump, cloth)
    assert (without.status_code, without.json()["code"]) == (409, "already_there")
    assert lines() == {"Camera": 1, "Cloth": 1}


def test_a_refusal_is_not_kept_under_its_key(shopper: Client, bump: Bump, cloth: Any) -> None:
    assert accept(shopper, bump, cloth, key="k", agreed_total="1.00").status_code == 409
    assert not KeptAnswer.objects.exists()
    Bump.objects.update(status="paused")
    assert accept(shopper, bump, cloth, key="k", agreed_total="1.00").status_code == 410


def test_what_has_become_dearer_is_asked_again_with_the_new_price(shopper: Client, bump: Bump, cloth: Any) -> None:
    cloth.stockrecords.update(price="9.00")
    response = accept(shopper, bump, cloth, agreed_total="3.50", agreed_currency="GBP")
    assert (response.status_code, response.json()["code"]) == (409, "price_changed")
    assert response.json()["difference"]["total"] == "6.50"
    assert lines() == {"Camera": 1}
    assert accept(shopper, bump, cloth, agreed_total="6.50", agreed_currency="GBP").status_code == 200
    assert total(shopper) == Decimal("86.50")


def test_what_has_become_cheaper_is_charged_so(shopper: Client, bump: Bump, cloth: Any) -> None:
    cloth.stockrecords.update(price="5.00")
    assert accept(shopper, bump, cloth, agreed_total="3.50", agreed_currency="GBP").status_code == 200
    assert total(shopper) == Decimal("82.50")


def test_another_currency_is_another_price(shopper: Client, bump: Bump, cloth: Any) -> None:
    response = accept(shopper, bump, cloth, agreed_total="3.50", agreed_currency="USD")
    assert (response.status_code, response.json()["code"]) == (409, "price_changed")


@pytest.mark.parametrize("change", [{"status": "paused"}, {"status": "ended"}])
def test_what_is_over_is_gone(change: dict[str, Any], shopper: Client, bump: Bump, cloth: Any) -> None:
    Bump.objects.update(**change)
    response = accept(shopper, bump, cloth)
    assert (response.status_code, response.json()["code"]) == (410, "ended")
    assert response.json()["detail"].endswith(".")
    assert lines() == {"Camera": 1}


def test_what_has_ended_a_second_ago_is_gone(shopper: Client, bump: Bump, cloth: Any) -> None:
    Bump.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert accept(shopper, bump, cloth).status_code == 410
    assert lines() == {"Camera": 1}


def test_a_draft_is_told_from_nothing_by_nothing(shopper: Client, bump: Bump, cloth: Any) -> None:
    """B09."""
    Bump.objects.update(status="draft")
    missing = accept(shopper, 999_999, cloth)
    assert (missing.status_code, missing.content) == (404, accept(shopper, bump, cloth).content)
    assert decline(shopper, bump).content == decline(shopper, 999_999).content == missing.content


def test_a_basket_that_does_not_call_for_it_gets_nothing(shopper: Client, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=make_product("Tripod", price="70.00"), off="2.50")
    assert accept(shopper, bump, cloth).status_code == 410
    assert lines() == {"Camera": 1}


def test_another_product_is_not_had_at_its_price(shopper: Client, bump: Bump) -> None:
    """A05."""
    lens = make_product("Lens", price="500.00")
    assert accept(shopper, bump, lens).status_code == 410
    assert accept(shopper, bump, 999_999).status_code in {404, 409, 410}
    assert lines() == {"Camera": 1}


def test_no_more_come_than_there_is_a_right_to(shopper: Client, bump: Bump, cloth: Any) -> None:
    assert accept(shopper, bump, cloth, units=99).json()["units"] == 1
    assert (lines(), total(shopper)) == ({"Camera": 1, "Cloth": 1}, Decimal("83.50"))


@pytest.mark.parametrize("forged", ["price", "discount", "total", "quantity", "offer", "user", "unit_price", "tax"])
def test_no_price_is_taken_from_a_client(forged: str, shopper: Client, bump: Bump, cloth: Any) -> None:
    """A01."""
    assert codes(accept(shopper, bump, cloth, **{forged: "0.01"})) == {forged: "unknown"}
    assert lines() == {"Camera": 1}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"product": None}, "product"),
        ({"product": "abc"}, "product"),
        ({"product": True}, "product"),
        ({"units": 0}, "units"),
        ({"units": -1}, "units"),
        ({"units": 101}, "units"),
        ({"units": "1"}, "units"),
        ({"agreed_total": "1e3"}, "agreed_total"),
        ({"agreed_total": "nan"}, "agreed_total"),
        ({"agreed_currency": "x" * 13}, "agreed_currency"),
    ],
)
def test_nonsense_is_refused_at_its_field(
    body: dict[str, Any], wrong: str, shopper: Client, bump: Bump, cloth: Any
) -> None:
    assert list(codes(accept(shopper, bump, **{"product": cloth.pk, **body}))) == [wrong]
    assert lines() == {"Camera": 1}


def test_an_empty_basket_gets_nothing(client: Client, bump: Bump, cloth: Any) -> None:
    response = accept(client, bump, cloth)
    assert (response.status_code, response.json()["code"]) == (409, "not_added")
    assert lines() == {}


def test_while_a_basket_is_paid_for_nothing_changes_it(bump: Bump, camera: Any, cloth: Any) -> None:
    client = client_of("customer")
    client.post(f"/basket/add/{camera.pk}/", {"quantity": 1})
    get_model("basket", "Basket").objects.get(status="Open").freeze()
    assert accept(client, bump, cloth).status_code == 409
    assert lines() == {"Camera": 1}


def test_the_shop_hears_of_what_was_added_once(shopper: Client, bump: Bump, cloth: Any) -> None:
    heard: list[Any] = []

    def hear(sender: Any, product: Any, **kwargs: Any) -> None:
        heard.append(product)

    signal = get_class("basket.signals", "basket_addition")
    signal.connect(hear)
    try:
        accept(shopper, bump, cloth, key="one")
        accept(shopper, bump, cloth, key="one")
    finally:
        signal.disconnect(hear)
    assert heard == [cloth]


# --- no ---------------------------------------------------------------------------------------------------------------


def test_what_was_declined_stays_away_until_it_is_taken_back(shopper: Client, bump: Bump) -> None:
    for _time in range(2):
        response = decline(shopper, bump)
        assert (response.status_code, response.json()) == (200, {"title": "Cloth"})
        assert extras(shopper) == []
    for _time in range(2):
        assert decline(shopper, bump, "DELETE").json() == {"title": "Cloth"}
        assert [one["bump"] for one in extras(shopper)] == [bump.pk]


def test_who_declined_may_think_again(shopper: Client, bump: Bump, cloth: Any) -> None:
    decline(shopper, bump)
    assert accept(shopper, bump, cloth).status_code == 200
    assert total(shopper) == Decimal("83.50")


def test_a_no_of_one_is_not_that_of_another(bump: Bump, camera: Any) -> None:
    clients = [client_of("customer"), client_of("anonymous")]
    for client in clients:
        client.post(f"/basket/add/{camera.pk}/", {"quantity": 1})
    decline(clients[0], bump)
    assert [len(extras(client)) for client in clients] == [0, 1]


# --- forged requests --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [accept, lambda client, bump, _: decline(client, bump), take_back])
def test_a_press_without_a_token_is_refused(act: Callable[..., Any], bump: Bump, camera: Any, cloth: Any) -> None:
    """C02: of guests, too, since their basket is known by a cookie."""
    client = Client(enforce_csrf_checks=True)
    assert client.get(BUMPS).status_code == 200
    assert act(client, bump, cloth).status_code == 403
    assert not Grant.objects.exists()


# --- switched off, pictures, and other people's names -----------------------------------------------------------------


def test_switched_off_the_till_is_empty_and_takes_nothing(
    shopper: Client, bump: Bump, cloth: Any, settings: Any
) -> None:
    settings.UPSELL_ENABLED = False
    assert shopper.get(TILL).json() == {"extras": [], "lost": [], "rewards": [], "items": []}
    assert accept(shopper, bump, cloth).status_code == 404
    assert decline(shopper, bump).status_code == 410
    assert lines() == {"Camera": 1}


def test_the_merchants_picture_comes_with_its_whole_address(
    shopper: Client, bump: Bump, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    assert extras(shopper)[0]["picture"] is None
    drawn = BytesIO()
    Image.new("RGB", (8, 8)).save(drawn, "PNG")
    picture = BumpImage.objects.create(bump=bump, image=ContentFile(drawn.getvalue(), name="cloth.png"))
    save_terms(bump)
    [told] = extras(shopper)
    assert told["picture"].startswith("http://testserver/media/")
    [kept] = client_of("merchant").get(f"{API}/bumps/{bump.pk}/").json()["images"]
    assert kept == {"language": "", "url": f"http://testserver{picture.image.url}"}


def test_what_one_accepted_no_other_undoes(bump: Bump, camera: Any, cloth: Any) -> None:
    owner, stranger = client_of("customer"), client_of("anonymous")
    for client in (owner, stranger):
        client.post(f"/basket/add/{camera.pk}/", {"quantity": 1})
    name = accept(owner, bump, cloth).json()["undo"]
    assert send(stranger, "POST", f"{TILL}accepted/{name}/undo/").json() == {"taken": 0, "returned": 0}
    assert total(owner) == Decimal("83.50")
