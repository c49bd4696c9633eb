"""Yes to an extra at the till: once, at the price that was shown or a lower one, and back again."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests.bumps.till.conftest import (
    ACCEPT,
    Basket,
    Line,
    accept,
    extras_on,
    fields_of,
    markup,
    post,
    region_of,
    texts,
    titles,
    to_pay,
    undo,
)
from tests.checkout import Shopper, reprice
from tests.demo_shop.till.printed import text_of
from upsell.models import Grant
from upsell.offers.serving.index import save_terms
from upsell.testing import make_bump, make_bundle, make_product

pytestmark = pytest.mark.django_db


def test_one_press_adds_it_at_its_price_and_tells_so_with_the_new_total(shopper: Shopper) -> None:
    response = accept(shopper.client, next="/basket/")
    assert (response.status_code, response["Location"]) == (302, "/basket/")
    said = texts(response)
    assert said[0] == "Added to your basket for £2.50: Lens cloth. Undo"
    assert "£102.50" in " ".join(said[1:])
    assert titles(shopper.client) == {"Camera": 1, "Lens cloth": 1}
    assert to_pay(shopper.client) == Decimal("102.50")


def test_what_was_accepted_is_not_offered_again(shopper: Shopper) -> None:
    accept(shopper.client)
    assert extras_on(shopper.client) == []


def test_a_double_click_and_the_back_button_add_nothing_more(shopper: Shopper) -> None:
    """A19."""
    fields = fields_of(extras_on(shopper.client)[0])
    post(shopper.client, ACCEPT, fields)
    for again in (fields, {**fields, "once": "another"}, {**fields, "once": ""}):
        assert texts(post(shopper.client, ACCEPT, again)) == ["You have this already."]
    assert to_pay(shopper.client) == Decimal("102.50")
    assert Grant.objects.get().quantity == 1


def test_a_replay_after_it_was_removed_does_not_bring_it_back(shopper: Shopper, cloth: Any) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    post(shopper.client, ACCEPT, fields)
    Line.objects.filter(product=cloth).delete()
    post(shopper.client, ACCEPT, fields)
    assert titles(shopper.client) == {"Camera": 1}
    accept(shopper.client)
    assert to_pay(shopper.client) == Decimal("102.50")


def test_two_tabs_add_it_once(shopper: Shopper) -> None:
    one, other = (fields_of(extras_on(shopper.client)[0]) for _tab in range(2))
    assert one["once"] != other["once"]
    post(shopper.client, ACCEPT, one)
    post(shopper.client, ACCEPT, other)
    assert titles(shopper.client) == {"Camera": 1, "Lens cloth": 1}
    assert to_pay(shopper.client) == Decimal("102.50")


def test_what_came_by_another_way_meanwhile_gets_the_price_and_no_second_unit(shopper: Shopper, cloth: Any) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    shopper.put(cloth)
    assert to_pay(shopper.client) == Decimal("106.00")
    response = post(shopper.client, ACCEPT, fields)
    assert texts(response)[0] == "Your basket costs £3.50 less: the special price of Lens cloth is yours. Undo"
    assert titles(shopper.client) == {"Camera": 1, "Lens cloth": 1}
    assert to_pay(shopper.client) == Decimal("102.50")
    assert texts(undo(shopper.client, response))[0] == "Everything is as it was before."
    assert to_pay(shopper.client) == Decimal("106.00")


def test_undo_restores_exactly_what_was_there_before(shopper: Shopper) -> None:
    response = accept(shopper.client)
    assert texts(undo(shopper.client, response))[0] == "Taken out of your basket again."
    assert titles(shopper.client) == {"Camera": 1}
    assert to_pay(shopper.client) == Decimal("100.00")
    assert not Grant.objects.accepted().exists()
    assert len(extras_on(shopper.client)) == 1
    assert texts(undo(shopper.client, response)) == ["There is nothing to undo."]


def test_after_undo_the_normal_form_sells_it_at_the_full_price(shopper: Shopper, cloth: Any) -> None:
    undo(shopper.client, accept(shopper.client))
    shopper.put(cloth)
    assert to_pay(shopper.client) == Decimal("106.00")


def test_the_normal_form_sells_it_at_the_full_price(shopper: Shopper, cloth: Any) -> None:
    """A10."""
    shopper.put(cloth)
    assert to_pay(shopper.client) == Decimal("106.00")


def test_a_second_unit_costs_what_it_costs(shopper: Shopper, cloth: Any) -> None:
    accept(shopper.client)
    shopper.put(cloth)
    assert to_pay(shopper.client) == Decimal("108.50")


def test_several_units_come_as_often_as_the_basket_calls_for_them(bump: Any, camera: Any) -> None:
    bump.max_per_basket, bump.per_trigger = None, 2
    bump.save()
    save_terms(bump)
    shopper = Shopper().put(camera, 2)
    response = accept(shopper.client)
    assert texts(response)[0] == "Added to your basket for £10.00: 4 × Lens cloth. Undo"
    assert to_pay(shopper.client) == Decimal("210.00")
    undo(shopper.client, response)
    assert to_pay(shopper.client) == Decimal("200.00")


# --- prices that change -----------------------------------------------------------------------------------------------


def test_dearer_than_shown_asks_again_and_the_button_accepts_it(shopper: Shopper, cloth: Any) -> None:
    """A23."""
    fields = fields_of(extras_on(shopper.client)[0])
    reprice(cloth, "7.00")
    response = post(shopper.client, ACCEPT, {**fields, "next": "/basket/"})
    assert texts(response) == ["Nothing was added: the price has changed meanwhile. It costs £3.50 now. Add for £3.50"]
    assert titles(shopper.client) == {"Camera": 1}
    assert not Grant.objects.accepted().exists()
    posted = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', markup(response)))
    assert post(shopper.client, ACCEPT, posted)["Location"] == "/basket/"
    assert to_pay(shopper.client) == Decimal("103.50")


def test_cheaper_than_shown_is_charged(shopper: Shopper, cloth: Any) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    reprice(cloth, "5.00")
    assert texts(post(shopper.client, ACCEPT, fields))[0] == "Added to your basket for £1.50: Lens cloth. Undo"
    assert to_pay(shopper.client) == Decimal("101.50")


def test_another_currency_than_shown_asks_again(shopper: Shopper) -> None:
    """A24."""
    assert texts(accept(shopper.client, currency="JPY"))[0].startswith("Nothing was added: the price has changed")
    assert titles(shopper.client) == {"Camera": 1}


def test_an_extra_of_which_the_reward_went_meanwhile_asks_again(shopper: Shopper, bump: Any) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    bump.reward_kind, bump.reward = "none", None
    bump.save()
    save_terms(bump)
    assert "It costs £6.00 now." in texts(post(shopper.client, ACCEPT, fields))[0]
    assert titles(shopper.client) == {"Camera": 1}


# --- without a reward, and for nothing --------------------------------------------------------------------------------


def test_an_extra_without_a_reward_comes_at_its_price_and_grants_nothing(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    shopper = Shopper().put(camera)
    assert texts(accept(shopper.client))[0] == "Added to your basket for £6.00: Lens cloth. Undo"
    assert to_pay(shopper.client) == Decimal("106.00")
    assert not Grant.objects.exists()


def test_a_gift_comes_only_when_it_is_pressed_and_can_be_refused(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, reward_kind="price", reward=Decimal(0), is_free=True)
    shopper = Shopper().put(camera)
    assert titles(shopper.client) == {"Camera": 1}
    [extra] = extras_on(shopper.client)
    assert "Free" in text_of(extra)
    assert "instead of £6.00" in text_of(extra)
    response = accept(shopper.client)
    assert texts(response)[0] == "Added to your basket at no charge: Lens cloth. Undo"
    assert to_pay(shopper.client) == Decimal("100.00")
    undo(shopper.client, response)
    assert titles(shopper.client) == {"Camera": 1}


# --- what is over, or was never offered -------------------------------------------------------------------------------


def nothing_comes_of(client: Client, fields: dict[str, Any]) -> str:
    """Press, and see that nothing was changed; return why."""
    before = list(Line.objects.order_by("pk").values_list("product", "quantity", "basket"))
    response = post(client, ACCEPT, fields)
    assert response.status_code == 302
    assert list(Line.objects.order_by("pk").values_list("product", "quantity", "basket")) == before
    assert not Grant.objects.accepted().exists()
    return texts(response)[0]


def test_one_second_after_its_end_it_is_refused_with_the_reason(shopper: Shopper, bump: Any) -> None:
    """A17."""
    fields = fields_of(extras_on(shopper.client)[0])
    type(bump).objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    said = nothing_comes_of(shopper.client, fields)
    assert said.startswith("Nothing was added. This special price was good until ")


def test_one_that_its_merchant_stopped_is_refused(shopper: Shopper, bump: Any) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    for status in ("paused", "draft", "ended"):
        type(bump).objects.update(status=status)
        said = nothing_comes_of(shopper.client, fields)
        assert said == "Nothing was added. This special price is not available any more."


def test_one_without_a_reward_that_is_stopped_is_refused_in_its_own_words(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    shopper = Shopper().put(camera)
    fields = fields_of(extras_on(shopper.client)[0])
    type(bump).objects.update(status="paused")
    assert nothing_comes_of(shopper.client, fields) == "Nothing was added: this is not offered any more."


def test_one_that_is_placed_nowhere_is_refused(shopper: Shopper, bump: Any) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    places = ("in_basket", "at_address", "at_delivery", "at_payment", "at_preview")
    type(bump).objects.update(**dict.fromkeys(places, False))
    assert nothing_comes_of(shopper.client, fields) == "Nothing was added: this is not offered any more."


def test_one_that_is_meant_for_others_is_refused(shopper: Shopper, bump: Any) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    type(bump).objects.update(audience={"signed_in": True})
    assert nothing_comes_of(shopper.client, fields) == (
        "Nothing was added. This special price is meant for other customers."
    )


def test_one_for_those_who_do_not_own_it_is_refused_to_an_owner(
    django_user_model: Any, bump: Any, camera: Any, cloth: Any
) -> None:
    user = django_user_model.objects.create_user("ada", "ada@example.com", "secret")
    shopper = Shopper(user).put(cloth)
    shopper.buy()
    shopper.put(camera)
    fields = fields_of(extras_on(shopper.client)[0])
    type(bump).objects.update(not_if_owned=True)
    assert nothing_comes_of(shopper.client, fields) == (
        "Nothing was added: this offer is for those who did not buy Lens cloth before."
    )


def test_without_its_trigger_it_is_refused(shopper: Shopper, cloth: Any, goods: Any) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    shopper.put(make_product("Bag", product_class=goods))
    Line.objects.filter(product__title="Camera").delete()
    assert nothing_comes_of(shopper.client, fields) == (
        "Nothing was added: your basket does not meet the conditions of this offer any more."
    )


def test_for_a_basket_that_is_empty_it_is_refused(shopper: Shopper) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    Line.objects.all().delete()
    assert nothing_comes_of(shopper.client, fields) == (
        "Nothing was added: your basket is empty, or is being paid for."
    )


def test_after_payment_has_started_nothing_comes(shopper: Shopper) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    Basket.objects.update(status=Basket.FROZEN)
    assert "being paid for" in nothing_comes_of(shopper.client, fields)


@pytest.mark.parametrize("change", ["hidden", "deleted", "sold out", "parent"])
def test_a_product_that_went_meanwhile_is_refused(shopper: Shopper, cloth: Any, change: str) -> None:
    """A25."""
    fields = fields_of(extras_on(shopper.client)[0])
    if change == "deleted":
        cloth.delete()
    elif change == "sold out":
        cloth.stockrecords.update(num_in_stock=0)
    else:
        type(cloth).objects.filter(pk=cloth.pk).update(
            **({"is_public": False} if change == "hidden" else {"structure": "parent"})
        )
    assert nothing_comes_of(shopper.client, fields).startswith("Nothing was added")
    assert extras_on(shopper.client) == []


# --- forged fields ----------------------------------------------------------------------------------------------------


def test_the_product_of_another_offer_is_refused(shopper: Shopper, goods: Any, camera: Any) -> None:
    """A02."""
    dear = make_product("Gold frame", price="900.00", product_class=goods)
    make_bump(dear, trigger=camera, off="1.00")
    fields = fields_of(extras_on(shopper.client)[0])
    other = make_product("Plate", price="1.00", product_class=goods)
    for wrong in (dear, other, camera):
        if str(wrong.pk) == fields["product"]:
            continue
        said = nothing_comes_of(shopper.client, {**fields, "product": wrong.pk, "total": "", "once": ""})
        assert said == f"Nothing was added: this offer is not for {wrong.title}."


HOSTILE = {
    "price": "0.01",
    "unit_price": "0.01",
    "discount": "100",
    "reward": "100",
    "is_free": "1",
    "tax": "0",
    "owner": "1",
    "quantity": "99",
    "used_count": "0",
}


def test_fields_that_nobody_asked_for_change_no_price(bump: Any, camera: Any) -> None:
    """A01, A05."""
    honest, hostile = Shopper().put(camera), Shopper().put(camera)
    accept(honest.client)
    accept(hostile.client, **HOSTILE)
    assert titles(honest.client) == titles(hostile.client)
    assert honest.buy().total_incl_tax == hostile.buy().total_incl_tax == Decimal("102.50")


def test_a_lower_price_than_is_true_only_asks_again(shopper: Shopper) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    for total in ("0.00", "-5.00", "0.01"):
        said = nothing_comes_of(shopper.client, {**fields, "total": total})
        assert said == "Nothing was added: the price has changed meanwhile. It costs £2.50 now. Add for £2.50"


def test_a_higher_price_than_is_true_is_not_charged(shopper: Shopper) -> None:
    accept(shopper.client, total="99.00")
    assert to_pay(shopper.client) == Decimal("102.50")


NO_NUMBERS = ("0", "-1", "1.5", "1e9", "NaN", "null", "[1]", "true", " 1x", "١", "0x10", "9" * 30)
NO_KEYS = ("", "abc", "-1", "1.5", "9" * 18, "9" * 30, "1\x00", "' OR 1=1--", "[1]")


def test_numbers_of_units_that_are_none_are_refused(shopper: Shopper) -> None:
    """A04."""
    fields = fields_of(extras_on(shopper.client)[0])
    for units in NO_NUMBERS:
        said = nothing_comes_of(shopper.client, {**fields, "units": units})
        assert said == "Nothing was added: this number of units is not possible."


@pytest.mark.parametrize("units", ["99", "999999999999999999"])
def test_more_units_than_are_offered_are_cut_to_what_is(shopper: Shopper, units: str) -> None:
    accept(shopper.client, units=units)
    assert titles(shopper.client) == {"Camera": 1, "Lens cloth": 1}
    assert to_pay(shopper.client) == Decimal("102.50")


def test_keys_that_are_none_are_refused(shopper: Shopper) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    for field, value in product(("offer", "product"), NO_KEYS):
        assert nothing_comes_of(shopper.client, {**fields, field: value}).startswith("Nothing was added")


@pytest.mark.parametrize("address", ["/upsell/bumps/accept/", "/upsell/bumps/decline/", "/upsell/bumps/decline/undo/"])
def test_only_a_post_with_a_token_does_anything(bump: Any, camera: Any, address: str) -> None:
    """C01, C02."""
    client = Client(enforce_csrf_checks=True)
    assert client.get(address).status_code == 405
    assert client.post(address, {"offer": bump.pk, "product": bump.product_id}).status_code == 403
    assert not Grant.objects.exists()


def test_a_press_leads_back_into_the_shop_only(shopper: Shopper) -> None:
    """E03."""
    fields = fields_of(extras_on(shopper.client)[0])
    for target in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "\x00"):
        assert post(shopper.client, ACCEPT, {**fields, "next": target})["Location"] == "/basket/"


# --- beside other offers ----------------------------------------------------------------------------------------------


def test_a_bundle_that_the_extra_completes_is_counted_in_what_is_shown(
    shopper: Shopper, camera: Any, cloth: Any
) -> None:
    make_bundle(camera, cloth, off="5.00", name="Clean start")
    [extra] = extras_on(shopper.client)
    shown = Decimal(fields_of(extra)["total"])
    accept(shopper.client)
    assert to_pay(shopper.client) == 100 + shown


def test_the_page_says_where_other_discounts_may_come_on_top(shopper: Shopper) -> None:
    assert "Before other discounts." not in text_of(extras_on(shopper.client)[0])
    factories.ConditionalOfferFactory(
        name="Everything",
        condition=factories.ConditionFactory(
            range=get_model("offer", "Range").objects.create(name="All", includes_all_products=True),
            type="Count",
            value=1,
        ),
        benefit=factories.BenefitFactory(range=get_model("offer", "Range").objects.get(name="All"), value=5),
    )
    assert "Before other discounts." in text_of(extras_on(shopper.client)[0])


def test_the_region_is_gone_where_there_is_nothing_to_say(bump: Any, goods: Any) -> None:
    shopper = Shopper().put(make_product("Bag", product_class=goods))
    assert region_of(shopper.client.get("/basket/")) is None
