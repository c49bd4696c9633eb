"""The swap as a browser asks for it: told in words, asked again when dearer, undone by one press, and attacked."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests.checkout import Shopper, reprice
from tests.tiers.swap.conftest import Line, contents, make_option, titles
from upsell.models import Grant, TierContent
from upsell.testing import make_bundle, make_product, make_upgrade_offer

pytestmark = pytest.mark.django_db

SWAP, UNDO = "/upsell/tiers/swap/", "/upsell/set/undo/"
Basket = get_model("basket", "Basket")


def texts(response: Any) -> list[str]:
    said = (re.sub("<[^>]+>", " ", str(message)) for message in get_messages(response.wsgi_request))
    return [" ".join(unescape(text).split()) for text in said]


def markup(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def put(client: Client, product: Any, quantity: int = 1, **options: Any) -> Any:
    client.post(f"/basket/add/{product.pk}/", {"quantity": quantity, **options})
    return Line.objects.filter(product=product).latest("pk")


def switch(client: Client, line: Any, product: Any, /, **fields: Any) -> Any:
    client.cookies.pop("messages", None)  # of what was told before
    return client.post(SWAP, {"line": getattr(line, "pk", line), "product": getattr(product, "pk", product), **fields})


def undo(client: Client, response: Any) -> Any:
    name = re.findall(r'name="added" value="([^"]+)"', markup(response))[-1]
    return client.post(UNDO, {"added": name})


def to_pay(client: Client) -> Decimal:
    return client.get("/basket/").context["basket"].total_incl_tax


@pytest.fixture
def line(client: Client, ladder: Any, basic: Any) -> Any:
    """Two units of the first step, in the browser's basket."""
    return put(client, basic, 2)


# --- telling ----------------------------------------------------------------------------------------------------------


def test_one_press_switches_and_tells_what_it_costs_with_the_new_total(client: Client, line: Any, pro: Any) -> None:
    response = switch(client, line, pro, next="/basket/", total="30.00", currency="GBP", once="one")
    assert (response.status_code, response["Location"]) == (302, "/basket/")
    assert titles(line.basket) == {"Pro": 2}
    said = texts(response)
    assert said[0] == "You have Pro in your basket now, instead of Basic. It costs £30.00 more. Undo"
    assert "£50.00" in said[1]
    assert to_pay(client) == Decimal("50.00")


def test_what_comes_with_the_step_and_what_an_offer_loses_are_told(
    client: Client, ladder: Any, line: Any, basic: Any, pro: Any
) -> None:
    cable, mouse = make_product("Cable", price="4.00"), make_product("Mouse", price="5.00")
    TierContent.objects.create(tier=ladder.tiers.all()[1], product=cable)
    make_bundle(basic, mouse, price="11.00", name="Desk")
    put(client, cable, 3)
    put(client, mouse)
    said = texts(switch(client, line, pro))
    assert said[0] == (
        "You have Pro in your basket now, instead of Basic. It costs £26.00 more. “Desk” takes £4.00 less off now. "
        "2 × Cable come with Pro, so they were taken out of your basket. Undo"
    )
    assert to_pay(client) == Decimal("59.00")


def test_dearer_than_shown_asks_again_and_the_button_accepts_it(client: Client, line: Any, pro: Any) -> None:
    """A23."""
    reprice(pro, "27.00")
    response = switch(client, line, pro, total="30.00", currency="GBP", next="/basket/")
    assert titles(line.basket) == {"Basic": 2}
    assert texts(response) == [
        "Nothing was changed: the price has changed meanwhile. It costs £34.00 more. Switch for £34.00 more"
    ]
    posted = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', markup(response)))
    response = client.post(SWAP, posted)
    assert response["Location"] == "/basket/"
    assert to_pay(client) == Decimal("54.00")


def test_the_way_down_says_what_it_costs_less(client: Client, ladder: Any, basic: Any, pro: Any) -> None:
    said = texts(switch(client, put(client, pro), basic, total="-15.00", currency="GBP"))
    assert "It costs £15.00 less." in said[0]
    said = texts(switch(client, Line.objects.get(), pro, total="14.99", currency="GBP"))
    assert "Switch for £15.00 more" in said[0]


def test_a_special_price_one_second_after_its_end_is_refused_with_the_reason(
    client: Client, ladder: Any, line: Any, pro: Any
) -> None:
    """A17."""
    offer = make_upgrade_offer(ladder, to=pro, off="6.00", ends_at=timezone.now() - timedelta(seconds=1))
    response = switch(client, line, pro, offer=offer.pk, total="18.00", currency="GBP")
    assert response.status_code == 302
    assert texts(response)[0].startswith("Nothing was changed. This special price was good until ")
    assert titles(line.basket) == {"Basic": 2}


def test_a_guest_without_a_session_may_accept_a_special_price_and_refuse_it_too_dear(
    client: Client, ladder: Any, line: Any, pro: Any
) -> None:
    """What is refused must not take the session away that was made for it: Django would answer with an error."""
    offer = make_upgrade_offer(ladder, to=pro, off="6.00")
    client.cookies.pop("sessionid", None)
    assert switch(client, line, pro, offer=offer.pk, total="17.00", currency="GBP").status_code == 302
    assert titles(line.basket) == {"Basic": 2}
    client.cookies.pop("sessionid", None)
    switch(client, line, pro, offer=offer.pk, total="18.00", currency="GBP")
    assert to_pay(client) == Decimal("38.00")


def tenth_off(**fields: Any) -> Any:
    """An offer of the shop's own: ten per cent off everything."""
    everything = factories.RangeFactory(includes_all_products=True)
    return factories.ConditionalOfferFactory(
        condition=factories.ConditionFactory(range=everything, type="Count", value=1),
        benefit=factories.BenefitFactory(range=everything, type="Percentage", value=10),
        **fields,
    )


def test_other_peoples_offers_are_said_to_come_on_top(client: Client, line: Any, pro: Any) -> None:
    tenth_off(offer_type="Site")
    assert "Before other discounts it costs £30.00 more." in texts(switch(client, line, pro))[0]


def test_a_voucher_is_said_to_come_on_top_and_goes_on(client: Client, line: Any, pro: Any) -> None:
    voucher = factories.VoucherFactory(code="THANKS")
    voucher.offers.add(tenth_off(offer_type="Voucher"))
    client.post("/basket/vouchers/add/", {"code": "THANKS"})
    assert to_pay(client) == Decimal("18.00")
    assert "Before other discounts it costs £30.00 more." in texts(switch(client, line, pro))[0]
    assert to_pay(client) == Decimal("45.00")


def test_going_back_tells_what_does_not_come_with_the_lower_step(
    client: Client, ladder: Any, basic: Any, pro: Any
) -> None:
    TierContent.objects.create(tier=ladder.tiers.all()[1], product=make_product("Cable"))
    said = texts(switch(client, put(client, pro), basic))
    assert "Cable does not come with Basic." in said[0]


# --- again and again --------------------------------------------------------------------------------------------------


def test_a_double_click_a_replay_and_the_back_button_switch_once(client: Client, line: Any, pro: Any) -> None:
    """A19."""
    switch(client, line, pro, once="one")
    for once in ("one", "one", "two", ""):
        response = switch(client, line, pro, once=once)
        assert texts(response)[-1] == "You have this already."
    assert titles(line.basket) == {"Pro": 2}


def test_what_was_undone_may_be_switched_again(client: Client, line: Any, basic: Any, pro: Any) -> None:
    undo(client, switch(client, line, pro, once="one"))
    switch(client, Line.objects.get(), pro, once="two")
    assert titles(line.basket) == {"Pro": 2}


# --- undo -------------------------------------------------------------------------------------------------------------


def test_undo_restores_the_basket_with_what_was_taken_out(
    client: Client, ladder: Any, line: Any, basic: Any, pro: Any
) -> None:
    cable = make_product("Cable", price="4.00")
    TierContent.objects.create(tier=ladder.tiers.all()[1], product=cable)
    put(client, cable, 3)
    before, total = contents(line.basket), to_pay(client)
    response = undo(client, switch(client, line, pro))
    assert contents(line.basket) == before
    assert texts(response)[-2] == "What you had before is in your basket again."
    assert to_pay(client) == total


def test_undo_takes_an_accepted_special_price_back(client: Client, ladder: Any, line: Any, pro: Any) -> None:
    offer = make_upgrade_offer(ladder, to=pro, off="6.00")
    undo(client, switch(client, line, pro, offer=offer.pk))
    assert not Grant.objects.accepted().exists()
    put(client, pro)
    assert to_pay(client) == Decimal("45.00")


def test_undo_gives_back_no_more_than_is_still_there_to_take_out(
    client: Client, ladder: Any, line: Any, pro: Any
) -> None:
    cable = make_product("Cable", price="4.00")
    TierContent.objects.create(tier=ladder.tiers.all()[1], product=cable)
    put(client, cable, 3)
    response = switch(client, line, pro)
    Line.objects.filter(product=pro).update(quantity=1)
    undo(client, response)
    assert titles(line.basket) == {"Basic": 1, "Cable": 2}


def test_there_is_nothing_to_undo_once_the_step_was_removed(client: Client, line: Any, pro: Any) -> None:
    response = switch(client, line, pro)
    Line.objects.all().delete()
    assert texts(undo(client, response))[-1] == "There is nothing to undo."
    assert titles(line.basket) == {}


def test_undo_leaves_what_was_added_since(client: Client, line: Any, basic: Any, pro: Any) -> None:
    response = switch(client, line, pro)
    put(client, pro)
    put(client, basic, 3)
    undo(client, response)
    assert titles(line.basket) == {"Basic": 5, "Pro": 1}


def test_undo_is_whole_or_not_at_all_and_says_why_not(
    client: Client, ladder: Any, line: Any, basic: Any, pro: Any
) -> None:
    cable = make_product("Cable", price="4.00")
    TierContent.objects.create(tier=ladder.tiers.all()[1], product=cable)
    put(client, cable, 3)
    response = switch(client, line, pro)
    cable.stockrecords.update(num_in_stock=0)
    assert texts(undo(client, response))[-1].startswith("Nothing was undone. Cable: ")
    assert titles(line.basket) == {"Pro": 2, "Cable": 1}
    cable.stockrecords.update(num_in_stock=10)
    undo(client, response)
    assert titles(line.basket) == {"Basic": 2, "Cable": 3}, "a refused undo may be tried again"


@pytest.mark.parametrize("spoil", ["hidden", "deleted"])
def test_what_the_shop_sells_no_more_is_not_put_back(
    client: Client, line: Any, basic: Any, pro: Any, spoil: str
) -> None:
    response = switch(client, line, pro)
    if spoil == "hidden":
        type(basic).objects.filter(pk=basic.pk).update(is_public=False)
    else:
        basic.delete()
    assert texts(undo(client, response))[-1].startswith("Nothing was undone: ")
    assert titles(line.basket) == {"Pro": 2}


def test_a_basket_that_is_being_paid_for_is_not_undone(client: Client, line: Any, pro: Any) -> None:
    response = switch(client, line, pro)
    Basket.objects.update(status="Frozen")
    undo(client, response)
    assert titles(line.basket) == {"Pro": 2}


def test_options_survive_a_switch_and_its_undo(client: Client, ladder: Any, basic: Any, pro: Any) -> None:
    day = make_option(basic, "Delivery day", type="date")
    name = make_option(basic, "Name", type="text", required=True)
    pro.product_options.add(day, name)
    chosen = {"name": "Ada", "delivery-day_year": "2027", "delivery-day_month": "1", "delivery-day_day": "2"}
    line = put(client, basic, 2, **chosen)
    before = contents(line.basket)
    assert len(next(iter(before.values()))[3]) == 2
    response = switch(client, line, pro)
    made = Line.objects.get()
    assert (made.product, made.attributes.count()) == (pro, 2)
    put(client, pro, 1, **chosen)
    assert Line.objects.get().quantity == 3, "the same choices on the product's page make the same line"
    undo(client, response)
    assert contents(line.basket) == {**before, **{k: v for k, v in contents(line.basket).items() if v[0] == pro.pk}}
    assert titles(line.basket) == {"Basic": 2, "Pro": 1}


def test_who_signs_in_between_press_and_undo_finds_the_basket_as_it_was(
    client: Client, line: Any, basic: Any, pro: Any
) -> None:
    """The guest's basket is merged into the customer's, and lines change hands."""
    user = get_user_model().objects.create_user("ada", "ada@example.com")
    owned = Basket.objects.create(owner=user)
    response = switch(client, line, pro)
    client.force_login(user)
    client.get("/basket/")
    assert titles(owned) == {"Pro": 2}
    undo(client, response)
    assert titles(owned) == {"Basic": 2}


# --- attacks ----------------------------------------------------------------------------------------------------------


def test_only_post_switches(client: Client, line: Any, pro: Any) -> None:
    """C01, C06."""
    for method in ("get", "head", "put", "patch", "delete", "options"):
        response = getattr(client, method)(f"{SWAP}?line={line.pk}&product={pro.pk}", headers={"x-http-method": "POST"})
        assert response.status_code == 405
    assert titles(line.basket) == {"Basic": 2}


def test_without_its_token_a_press_is_refused(client: Client, line: Any, pro: Any) -> None:
    """C02."""
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = client.cookies
    assert switch(guarded, line, pro).status_code == 403
    assert titles(line.basket) == {"Basic": 2}


def test_a_line_of_somebody_else_is_as_good_as_none(client: Client, line: Any, basic: Any, pro: Any) -> None:
    stranger = Client()
    put(stranger, basic)
    answers = [texts(switch(stranger, key, pro)) for key in (line.pk, 999_999)]
    assert answers[0] == answers[1] == ["Nothing was changed: that is not in your basket any more."]
    assert titles(line.basket) == {"Basic": 2}


HOSTILE = [
    "",
    "0",
    "-1",
    "1.5",
    "1e9",
    "NaN",
    "null",
    "[1]",
    "true",
    " 1 ",
    "١",
    "0x10",
    "9" * 40,
    "1\x00",
    "'--",
    "🙂",
]


@pytest.mark.parametrize("field", ["line", "product", "offer", "total", "currency", "once"])
def test_hostile_values_are_answered_in_words(client: Client, line: Any, basic: Any, pro: Any, field: str) -> None:
    """A04, H01, D01: nothing crashes, and no price falls."""
    for value in HOSTILE:
        response = switch(client, line, pro, **{field: value})
        assert response.status_code == 302
        assert texts(response)
        if field in ("line", "product"):
            assert titles(line.basket) == {"Basic": 2}
        assert to_pay(client) == Decimal("20.00" if "Basic" in titles(line.basket) else "50.00")


def test_prices_that_are_posted_change_nothing(ladder: Any, basic: Any, pro: Any) -> None:
    """A01, A05: the same purchase with and without the hostile fields costs the same to the cent."""
    hostile = dict.fromkeys(("price", "unit_price", "discount", "tax", "quantity", "status", "is_free"), "1")
    totals = []
    for fields in ({}, hostile):
        shopper = Shopper().put(basic, 2)
        switch(shopper.client, Line.objects.latest("pk"), pro, **fields)
        totals.append(shopper.buy().total_incl_tax)
    assert totals == [Decimal("50.00"), Decimal("50.00")]


def test_the_way_back_never_leads_out_of_the_shop(client: Client, line: Any, pro: Any) -> None:
    response = switch(client, line, pro, next="https://example.com/")
    assert response["Location"] == "/basket/"
