"""Special prices for stepping up, as shoppers see, accept and decline them, through the pages' own addresses."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.html import strip_tags
from oscar.core.loading import get_model
from oscar.test import factories

from tests.orders import placed
from tests.tiers.showing.conftest import again, filled
from upsell.models import Grant
from upsell.testing import count_queries, make_ladder, make_request, make_upgrade_offer
from upsell.tiers.components import line_upgrades_for, upgrade_for
from upsell.tiers.serving.wording import end_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def _autoplace() -> Iterator[None]:
    installed = [*settings.INSTALLED_APPS]
    installed.insert(installed.index("oscar.config.Shop"), "upsell.contrib.autoplace")
    with override_settings(INSTALLED_APPS=installed):
        yield


def read(html: str) -> str:
    """Read a page as people do."""
    return re.sub(r"\s+", " ", strip_tags(html)).strip()


def fields_of(html: str, action: str) -> dict[str, str]:
    """Find what the form that posts to an address holds."""
    [form] = re.findall(rf'<form[^>]*action="{action}".*?</form>', html, re.DOTALL)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def basket_page(client: Client) -> str:
    return client.get("/basket/").content.decode()


def told(response: Any) -> str:
    return " ".join(read(str(message)) for message in get_messages(response.wsgi_request))


def paid(client: Client) -> Decimal:
    total: Decimal = client.get("/basket/").context["basket"].total_incl_tax
    return total


# --- both prices ------------------------------------------------------------------------------------------------------


def test_a_special_price_says_what_it_is_and_what_it_would_be_without(
    cameras: list[Any], draw: Callable[..., str]
) -> None:
    ladder = make_ladder(*cameras, levels=["First", "Steady", "Pro"])
    make_upgrade_offer(ladder, to=cameras[2], off="200.00", text="For your next journey.")
    request = filled((cameras[0], 2))
    [found] = line_upgrades_for(request.basket, request=request).values()
    assert (found.level, found.gap, found.before, found.total) == (
        "Pro",
        "+£1,940.00",
        "+£2,340.00",
        Decimal("1940.00"),
    )
    html = draw("line_upgrade line", request, line=next(iter(request.basket.all_lines())))
    assert "Step up to Pro for +£1,940.00 instead of +£2,340.00: Stabilised. For your next journey." in read(html)
    assert re.findall(r'data-upsell-amount="(\w+)">([^<]*)', html) == [("gap", "+£1,940.00"), ("before", "+£2,340.00")]


def test_a_special_price_from_another_step_is_not_shown(cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras)
    tiers = {tier.product_id: tier for tier in ladder.tiers.all()}
    make_upgrade_offer(ladder, to=cameras[2], off="200.00", from_tier=tiers[cameras[1].pk])
    request = filled(cameras[0])
    [found] = line_upgrades_for(request.basket, request=request).values()
    assert (found.level, found.offer) == ("L3 camera", None)
    request = filled(cameras[1])
    [found] = line_upgrades_for(request.basket, request=request).values()
    assert (found.level, found.before) == ("L5 camera", "+£800.00")


def test_a_special_price_is_shown_where_its_merchant_wants_it(cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[2], off="200.00", in_basket=False, on_product=False)
    request = filled(cameras[0])
    offers = {
        spot: [one.offer for one in line_upgrades_for(request.basket, request=request, spot=spot).values()]
        for spot in ("basket", "checkout")
    }
    assert offers["basket"] == [None]
    assert offers["checkout"] != [None]


def test_a_price_whose_time_cannot_be_begun_is_not_shown(cameras: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[2], off="200.00", window_minutes=30)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("upsell.tiers.serving.stepping.note_shown", fail)
    request = filled(cameras[0])
    [found] = line_upgrades_for(request.basket, request=request).values()
    assert (found.offer, found.before, found.total) == (None, "", Decimal("1170.00"))


def test_lines_with_special_prices_cost_a_fixed_number_of_queries(cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[2], off="200.00")
    request = filled(cameras[0])
    line_upgrades_for(request.basket, request=request)
    following = again(request)
    with count_queries() as warm:
        [found] = line_upgrades_for(following.basket, request=following).values()
    assert found.offer
    assert len(warm) <= 5, warm


# --- pressing ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_autoplace")
def test_the_shown_difference_is_what_the_basket_then_costs_more_and_undo_takes_it_back(
    client: Client, cameras: list[Any]
) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[2], off="200.00")
    client.post("/upsell/set/add/", {"product": [cameras[0].pk]})
    before, page = paid(client), basket_page(client)
    posted, names = fields_of(page, "/upsell/tiers/swap/"), client.session["upsell_added"].keys()
    response = client.post("/upsell/tiers/swap/", posted)
    assert "L5 camera" in told(response)
    assert paid(client) - before == Decimal(posted["total"]) == Decimal("970.00")
    [name] = client.session["upsell_added"].keys() - names
    client.post("/upsell/set/undo/", {"added": name})
    assert paid(client) == before
    assert not Grant.objects.filter(state="accepted").exists()


@pytest.mark.usefixtures("_autoplace")
def test_after_no_thanks_the_next_step_down_is_offered_once_then_silence(client: Client, cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras, levels=["First", "Steady", "Pro"])
    make_upgrade_offer(ladder, to=cameras[2], off="200.00")
    client.post("/upsell/set/add/", {"product": [cameras[0].pk]})
    page = basket_page(client)
    assert "Step up to Pro for +£970.00 instead of +£1,170.00" in read(page)
    posted = fields_of(page, "/upsell/tiers/decline/")
    [line] = get_model("basket", "Line").objects.all()
    response = client.post("/upsell/tiers/decline/", posted)
    assert response["Location"] == f"/basket/#upsell-line-{line.pk}"
    assert told(response) == "All right: Pro will not be suggested again."
    assert Grant.objects.get().state == "dismissed"
    page = basket_page(client)
    assert "Step up to Steady for +£370.00:" in read(page)
    client.post("/upsell/tiers/decline/", fields_of(page, "/upsell/tiers/decline/"))
    page = basket_page(client)
    assert 'data-upsell="line_upgrade"' not in page
    assert f'id="upsell-line-{line.pk}"' in page
    assert "Step up" not in read(client.get(cameras[0].get_absolute_url()).content.decode())
    assert line.quantity == 1


@pytest.mark.usefixtures("_autoplace")
def test_silence_ends_with_the_session_and_is_of_one_ladder(client: Client, cameras: list[Any]) -> None:
    make_ladder(*cameras)
    client.post("/upsell/set/add/", {"product": [cameras[0].pk]})
    for _twice in range(2):
        client.post("/upsell/tiers/decline/", {"product": cameras[1].pk})
    assert 'data-upsell="line_upgrade"' not in basket_page(client)
    other = Client()
    other.post("/upsell/set/add/", {"product": [cameras[0].pk]})
    assert 'data-upsell="line_upgrade"' in basket_page(other)


@pytest.mark.parametrize("product", ["", "0", "-1", "x", "99999999", "9" * 40, "1;drop", "\x00"])
def test_declining_nonsense_changes_nothing(client: Client, cameras: list[Any], product: str) -> None:
    make_ladder(*cameras)
    response = client.post("/upsell/tiers/decline/", {"product": product, "offer": product})
    assert response.status_code == 302
    assert "upsell_declined" not in client.session


def test_a_page_that_is_only_looked_at_remembers_nothing(client: Client, cameras: list[Any]) -> None:
    make_ladder(*cameras)
    client.get(cameras[0].get_absolute_url())
    assert "upsell_declined" not in client.session


# --- the product page -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_autoplace")
def test_without_a_basket_one_press_adds_the_better_product_at_its_special_price(
    client: Client, cameras: list[Any]
) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[2], off="200.00")
    address = cameras[0].get_absolute_url()
    page = client.get(address).content.decode()
    assert "Step up to L5 camera for +£970.00 instead of +£1,170.00: Stabilised." in read(page)
    posted = fields_of(page, "/upsell/tiers/take/")
    assert posted["total"] == "1449.00"
    for _twice in range(2):
        client.post("/upsell/tiers/take/", posted)
    assert paid(client) == Decimal("1449.00")
    assert "Step up" not in read(client.get(address).content.decode())
    client.post("/upsell/set/undo/", {"added": next(iter(client.session["upsell_added"]))})
    assert paid(client) == 0
    assert not Grant.objects.filter(state="accepted").exists()


@pytest.mark.usefixtures("_autoplace")
@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        ({"total": "1.00"}, "the price has changed meanwhile"),
        ({"currency": "JPY"}, "the price has changed meanwhile"),
        ({"offer": "999999"}, "this special price is not for"),
        ({"product": ""}, "this product is not available"),
    ],
)
def test_what_is_posted_changes_no_price(
    client: Client, cameras: list[Any], tampered: dict[str, str], said: str
) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[2], off="200.00")
    posted = fields_of(client.get(cameras[0].get_absolute_url()).content.decode(), "/upsell/tiers/take/")
    response = client.post("/upsell/tiers/take/", {**posted, **tampered})
    assert said in told(response)
    assert not get_model("basket", "Line").objects.exists()
    assert not Grant.objects.exists()


@pytest.mark.usefixtures("_autoplace")
def test_a_special_price_cannot_be_taken_for_another_product_or_after_its_end(
    client: Client, cameras: list[Any]
) -> None:
    ladder = make_ladder(*cameras)
    offer = make_upgrade_offer(ladder, to=cameras[2], off="200.00", ends_at=timezone.now() + timedelta(hours=2))
    posted = fields_of(client.get(cameras[0].get_absolute_url()).content.decode(), "/upsell/tiers/take/")
    response = client.post("/upsell/tiers/take/", {**posted, "product": cameras[1].pk})
    assert "this special price is not for L3 camera" in told(response)
    type(offer).objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    response = client.post("/upsell/tiers/take/", posted)
    assert "Nothing was added" in told(response)
    assert not get_model("basket", "Line").objects.exists()


# --- until when -------------------------------------------------------------------------------------------------------


def test_the_end_that_is_printed_is_the_true_one(cameras: list[Any], draw: Callable[..., str]) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[2], off="200.00", window_minutes=30)
    request = filled(cameras[0])
    html = draw("line_upgrade line", request, line=next(iter(request.basket.all_lines())))
    grant = Grant.objects.get()
    [printed] = re.findall(r'datetime="([^"]+)"', html)
    assert datetime.fromisoformat(printed) == grant.ends_at
    assert "data-upsell-left" in html  # minutes are worth counting
    following = again(request)
    html = draw("line_upgrade line", following, line=next(iter(following.basket.all_lines())))
    assert re.findall(r'datetime="([^"]+)"', html) == [printed]  # looking again begins no new time


def test_where_there_is_no_end_none_is_printed(cameras: list[Any], draw: Callable[..., str]) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[2], off="200.00")
    request = filled(cameras[0])
    html = draw("line_upgrade line", request, line=next(iter(request.basket.all_lines())))
    assert "instead of" in html
    assert "<time" not in html


@pytest.mark.parametrize(
    ("zone", "moment", "text", "is_soon"),
    [
        ("Europe/London", "2026-11-22T14:32+00:00", "Until 2:32 p.m.", False),
        ("Europe/London", "2026-11-22T12:59+00:00", "Until 12:59 p.m.", True),
        ("Asia/Tokyo", "2026-11-22T14:32+00:00", "Until 11:32 p.m.", False),
        ("Asia/Tokyo", "2026-11-22T15:30+00:00", "Until 23 Nov 2026, 12:30 a.m.", False),
        ("Europe/London", "2026-11-24T08:00+00:00", "Until 24 Nov 2026, 8 a.m.", False),
    ],
)
def test_an_end_is_written_in_the_shops_time(zone: str, moment: str, text: str, is_soon: bool) -> None:
    now = datetime.fromisoformat("2026-11-22T12:00+00:00")
    with override_settings(TIME_ZONE=zone, USE_TZ=True), timezone.override(zone):
        found = end_of(datetime.fromisoformat(moment), now)
    assert (found.text, found.is_soon) == (text, is_soon)


def test_an_accepted_price_counts_in_the_next_difference_without_being_offered_again(cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras)
    offer = make_upgrade_offer(ladder, to=cameras[2], off="200.00", ends_at=timezone.now() + timedelta(days=3))
    request = filled(cameras[0])
    Grant.objects.create(offer=offer, visitor="me", state="accepted", quantity=1, ends_at=offer.ends_at)
    request.session["upsell_visitor"] = "me"
    following = again(request)
    [found] = line_upgrades_for(following.basket, request=following).values()
    assert (found.total, found.offer, found.before) == (Decimal("970.00"), None, "")
    assert found.end is not None


def test_nobody_without_a_basket_needs_one_to_see_a_special_price(cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras)
    make_upgrade_offer(ladder, to=cameras[1], off="50.00")
    found = upgrade_for(cameras[0], request=make_request())
    assert found is not None
    assert (found.gap, found.before, found.total) == ("+£320.00", "+£370.00", Decimal("799.00"))


# --- owners -----------------------------------------------------------------------------------------------------------


def test_an_owner_is_told_what_is_left_to_pay_beside_the_lower_step_and_beside_the_better_one(
    cameras: list[Any], draw: Callable[..., str]
) -> None:
    ladder = make_ladder(*cameras, levels=["First", "Steady", "Pro"])
    make_upgrade_offer(ladder, kind="owned")
    owner = factories.UserFactory()
    bought = placed(cameras[0], user=owner)
    price = Decimal("479.00")
    bought.lines.update(line_price_incl_tax=price, line_price_excl_tax=price)
    type(bought).objects.update(total_incl_tax=price, total_excl_tax=price)
    html = draw("upgrade_offer product", make_request(user=owner), product=cameras[0])
    assert "You own First: Steady for £370.00 more instead of £849.00. Stabilised. See L3 camera" in read(html)
    html = draw("upgrade_offer product", make_request(user=owner), product=cameras[2])
    assert read(html) == "You own First: Pro for £1,170.00 more instead of £1,649.00."
    html = draw("upgrade_offer product", make_request(user=factories.UserFactory()), product=cameras[0])
    assert "Step up to Steady for +£370.00:" in read(html)
    request = filled(cameras[2], user=owner)
    assert request.basket.total_incl_tax == Decimal("1170.00")
