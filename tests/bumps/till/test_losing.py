"""The price of an extra goes when its trigger goes, and the basket says so, with the way back."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from tests.bumps.till.conftest import Line, accept, post, region_of, titles, to_pay, undo
from tests.checkout import Shopper, reprice
from tests.demo_shop.till.printed import MARK, classed, form_fields, having, marked, read, text_of
from upsell.bumps.serving.losing import SESSION_KEY, lost_prices
from upsell.models import Bump
from upsell.offers.serving.index import save_terms
from upsell.testing import count_queries, make_bump, make_bundle, make_product

pytestmark = pytest.mark.django_db


def told(shopper: Shopper, page: str = "/basket/") -> list[str]:
    """Read which prices are gone."""
    region = region_of(shopper.client.get(page))
    return [] if region is None else [text_of(one) for one in classed(region, "upsell-lost")]


def drop(title: str) -> None:
    """Take a product out of the basket."""
    Line.objects.filter(product__title=title).delete()


@pytest.fixture
def accepted(shopper: Shopper) -> Shopper:
    """A shopper who has accepted the cloth."""
    accept(shopper.client)
    return shopper


def test_while_it_applies_nothing_is_told(accepted: Shopper) -> None:
    assert told(accepted) == []


@pytest.mark.parametrize("spot", ["/basket/", "/checkout/preview/"])
def test_without_the_trigger_the_full_price_is_told_and_charged(accepted: Shopper, spot: str) -> None:
    """A07."""
    accepted.go_to_checkout()
    drop("Camera")
    assert told(accepted, spot) == ["Lens cloth now costs £6.00: its price of £2.50 went with Camera. Add Camera again"]
    assert to_pay(accepted.client) == Decimal("6.00")
    accepted.press()
    assert get_model("order", "Order").objects.get().total_incl_tax == Decimal("6.00")


def test_one_press_brings_trigger_and_price_back(accepted: Shopper) -> None:
    drop("Camera")
    region = region_of(accepted.client.get("/basket/"))
    assert region is not None
    [lost] = classed(region, "upsell-lost")
    [button] = having(lost, "name", "item")
    fields = {**form_fields(next(lost.iter("form"))), "item": button.attrib["value"]}
    assert post(accepted.client, "/upsell/set/units/", fields)["Location"] == "/basket/"
    assert titles(accepted.client) == {"Camera": 1, "Lens cloth": 1}
    assert to_pay(accepted.client) == Decimal("102.50")
    assert told(accepted) == []


def test_two_prices_that_went_with_one_product_have_one_way_back(accepted: Shopper, camera: Any, goods: Any) -> None:
    make_bump(make_product("Strap", price="29.00", product_class=goods), trigger=camera, off="4.00")
    accept(accepted.client)
    drop("Camera")
    rows = told(accepted)
    assert len(rows) == 2
    assert sorted(row.endswith("Add Camera again") for row in rows) == [False, True]


def test_of_a_trigger_of_several_units_as_many_come_back(bump: Any, camera: Any) -> None:
    bump.requirements.update(units=2)
    save_terms(bump)
    shopper = Shopper().put(camera, 2)
    accept(shopper.client)
    Line.objects.filter(product=camera).update(quantity=1)
    assert told(shopper) == [
        "Lens cloth now costs £6.00: your basket does not meet the conditions of its price of £2.50."
    ]
    drop("Camera")
    region = region_of(shopper.client.get("/basket/"))
    assert region is not None
    [button] = having(region, "name", "item")
    assert button.attrib["value"] == f"{camera.pk}:2"


def test_the_end_of_the_offer_is_told_as_such(accepted: Shopper, bump: Any) -> None:
    Bump.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    save_terms(Bump.objects.get())
    assert to_pay(accepted.client) == Decimal("106.00")
    assert told(accepted) == ["Lens cloth now costs £6.00: its price of £2.50 has ended."]


def test_a_pause_is_told_as_an_end(accepted: Shopper, bump: Any) -> None:
    Bump.objects.update(status="paused")
    save_terms(Bump.objects.get())
    assert told(accepted) == ["Lens cloth now costs £6.00: its price of £2.50 has ended."]


def test_what_another_offer_gives_as_well_is_no_loss(accepted: Shopper, camera: Any, cloth: Any) -> None:
    make_bundle(camera, cloth, off="50.00", name="Clean start")
    assert to_pay(accepted.client) < Decimal("102.50")
    assert told(accepted) == []


def test_a_price_that_fell_below_what_was_accepted_is_no_loss(accepted: Shopper, cloth: Any) -> None:
    drop("Camera")
    reprice(cloth, "2.00")
    assert told(accepted) == []


def test_after_undo_and_after_removing_it_there_is_nothing_to_tell(shopper: Shopper, cloth: Any) -> None:
    response = accept(shopper.client)
    undo(shopper.client, response)
    shopper.put(cloth)
    drop("Camera")
    assert told(shopper) == []


def test_without_the_extra_there_is_nothing_to_tell(accepted: Shopper) -> None:
    drop("Lens cloth")
    drop("Camera")
    assert told(accepted) == []


def test_after_the_order_there_is_nothing_to_tell(accepted: Shopper, cloth: Any) -> None:
    accepted.buy()
    accepted.put(cloth)
    assert told(accepted) == []


def test_a_trigger_that_is_not_sold_any_more_is_not_offered_again(accepted: Shopper, camera: Any) -> None:
    drop("Camera")
    type(camera).objects.filter(pk=camera.pk).update(is_public=False)
    assert told(accepted) == [
        "Lens cloth now costs £6.00: your basket does not meet the conditions of its price of £2.50."
    ]


def test_basket_updates_in_place_tell_it_too(accepted: Shopper) -> None:
    """Oscar's script removes a line without loading the page anew."""
    lines = list(Line.objects.order_by("pk"))
    form: dict[str, str] = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2"}
    for place, line in enumerate(lines):
        form |= {f"form-{place}-id": str(line.pk), f"form-{place}-quantity": str(line.quantity)}
    form["form-0-DELETE"] = "on"
    answer = accepted.client.post("/basket/", form, headers={"X-Requested-With": "XMLHttpRequest"})
    page = read(json.loads(answer.content)["content_html"])
    assert "its price of £2.50 went with Camera" in text_of(page)


def test_its_amounts_are_marked_and_no_title_becomes_markup(accepted: Shopper) -> None:
    get_model("catalogue", "Product")._default_manager.filter(title="Camera").update(title="<b>100 % Camera</b> & more")
    drop("<b>100 % Camera</b> & more")
    assert told(accepted) == [
        "Lens cloth now costs £6.00: its price of £2.50 went with <b>100 % Camera</b> & more."
        " Add <b>100 % Camera</b> & more again"
    ]
    region = region_of(accepted.client.get("/basket/"))
    assert region is not None
    assert [(one.attrib[MARK], text_of(one)) for one in marked(region)] == [("now", "£6.00"), ("before", "£2.50")]


def test_it_costs_no_query_for_shoppers_who_never_accepted_anything(shopper: Shopper) -> None:
    request = shopper.client.get("/basket/").wsgi_request
    list(request.basket.all_lines())
    with count_queries() as queries:
        assert lost_prices(request.basket, request=request) == ()
    assert queries == []


def test_it_costs_no_query_while_the_price_applies(accepted: Shopper) -> None:
    request = accepted.client.get("/basket/").wsgi_request
    list(request.basket.all_lines())
    with count_queries() as queries:
        assert list(lost_prices(request.basket, request=request)) == []
    assert queries == []


def test_it_costs_three_queries_when_a_price_is_gone(accepted: Shopper) -> None:
    """Of the acceptances, of the offers, and of what went."""
    drop("Camera")
    request = accepted.client.get("/basket/").wsgi_request
    list(request.basket.all_lines())
    with count_queries() as queries:
        assert len(lost_prices(request.basket, request=request)) == 1
    assert len(queries) <= 3, queries


def test_what_another_version_left_in_the_session_harms_nothing(
    accepted: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    session = accepted.client.session
    for stored in ([], "x", {"1": 5}, {"1": {}}, {"1": {"product": "x"}}, {"x": None}):
        session[SESSION_KEY] = stored
        session.save()
        assert told(accepted) == []
    assert "stepped aside" not in caplog.text


def test_a_bag_without_any_condition_left_is_told_plainly(camera: Any, cloth: Any, goods: Any, bump: Any) -> None:
    """The condition is a value of the basket: nothing in particular went."""
    bump.requirements.all().delete()
    bump.requirements.create(kind="worth", least=Decimal(50))
    save_terms(bump)
    shopper = Shopper().put(camera).put(make_product("Bag", price="20.00", product_class=goods))
    accept(shopper.client)
    drop("Camera")
    assert told(shopper) == [
        "Lens cloth now costs £6.00: your basket does not meet the conditions of its price of £2.50."
    ]
