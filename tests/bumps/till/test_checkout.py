"""Extras on Oscar's own pages from the basket to the thank-you page, with nothing of Oscar's changed."""

from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from tests.bumps.till.conftest import (
    ACCEPT,
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
from tests.checkout import Shopper
from tests.demo_shop.till.printed import having, read, regions, text_of
from tests.identities import client_of
from upsell.models import Bump, OrderOffer
from upsell.offers.serving.index import save_terms
from upsell.testing import change_live, make_bump, make_product, make_request

pytestmark = pytest.mark.django_db

PAGES = {
    "basket": "/basket/",
    "address": "/checkout/shipping-address/",
    "delivery": "/checkout/shipping-method/",
    "payment": "/checkout/payment-details/",
    "preview": "/checkout/preview/",
}
ADDRESS = {"first_name": "Sam", "last_name": "Shopper", "line1": "1 High Street", "line4": "London"}
ADDRESS |= {"postcode": "N1 9RT", "country": "GB", "phone_number": "", "notes": ""}


@pytest.fixture
def _two_ways_of_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let shoppers choose, so that Oscar shows the page for it."""
    factories.CountryFactory(iso_3166_1_a2="GB", is_shipping_country=True)
    fixed, free = get_class("shipping.methods", "FixedPrice"), get_class("shipping.methods", "Free")
    express = fixed(charge_excl_tax=Decimal("5.00"), charge_incl_tax=Decimal("5.00"))
    monkeypatch.setattr(get_class("shipping.repository", "Repository"), "methods", (free(), express))


@pytest.fixture
def parcel() -> Any:
    """The class of goods that are shipped."""
    return factories.ProductClassFactory(name="Parcel", requires_shipping=True, track_stock=True)


@pytest.fixture
def ready(_two_ways_of_delivery: None, parcel: Any, bump: Any, camera: Any) -> Shopper:
    """A guest with a camera that is shipped, who has told everything that the checkout asks."""
    camera.product_class = parcel
    camera.save()
    return told_all(Shopper().put(camera))


def told_all(shopper: Shopper) -> Shopper:
    """Tell the checkout everything that it asks."""
    client = shopper.client
    client.post(reverse("checkout:index"), {"username": shopper.email, "options": "anonymous"})
    assert client.post(PAGES["address"], ADDRESS).status_code == 302
    assert client.post(PAGES["delivery"], {"method_code": "free-shipping"}).status_code == 302
    return shopper


def only_at(*places: str) -> None:
    """Show all bumps at these places only."""
    columns = {"basket": "in_basket"} | {place: f"at_{place}" for place in PAGES if place != "basket"}
    Bump.objects.update(**{column: place in places for place, column in columns.items()})


# --- at every step ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PAGES)
def test_at_every_step_a_press_adds_it_and_leads_back_there(ready: Shopper, place: str) -> None:
    assert fields_of(extras_on(ready.client, PAGES[place])[0])["next"] == PAGES[place]
    response = accept(ready.client, PAGES[place])
    assert response["Location"] == PAGES[place]
    page = ready.client.get(PAGES[place])
    assert page.status_code == 200
    assert "Added to your basket for £2.50: Lens cloth." in unescape(page.content.decode())
    assert region_of(page) is None
    ready.client.get(PAGES["payment"])
    assert ready.preview().incl_tax == Decimal("102.50")
    assert ready.press()["Location"] == reverse("checkout:thank-you")


def test_an_extra_is_shown_where_its_merchant_put_it_and_nowhere_else(ready: Shopper) -> None:
    for places in (("basket", "payment"), ("address",), ("delivery", "preview")):
        only_at(*places)
        change_live()
        save_terms(Bump.objects.get())
        shown = [place for place, address in PAGES.items() if extras_on(ready.client, address)]
        assert sorted(shown) == sorted(places)


def test_it_stands_in_no_form_and_nothing_in_it_is_chosen_in_advance(ready: Shopper) -> None:
    """A27: two buttons, no box to tick, nothing preselected; and no script."""
    for address in PAGES.values():
        page = read(ready.client.get(address).content.decode())
        [region] = regions(page, "checkout_bumps")
        assert not any(region in list(form.iter()) for form in page.iter("form"))
        assert {field.attrib["type"] for field in region.iter("input")} == {"hidden"}
        for element in region.iter():
            assert element.tag not in {"select", "option", "textarea", "script", "style", "details"}
            assert not {"checked", "selected", "style"} & element.attrib.keys()
            assert not any(name.startswith("on") for name in element.attrib)
        buttons = list(region.iter("button"))
        assert [text_of(button) for button in buttons] == ["Add Lens cloth", "No, thanks Lens cloth"]
        assert {(button.attrib["class"], button.attrib["type"]) for button in buttons} == {("upsell-button", "submit")}


def test_everything_that_is_needed_to_decide_is_said_in_words(ready: Shopper) -> None:
    [extra] = extras_on(ready.client)
    told = text_of(extra)
    assert "Add Lens cloth" in told
    assert "Keeps the lens free of dust." in told
    assert "£2.50 instead of £6.00" in told
    [image] = extra.iter("img")
    assert image.attrib["alt"] == ""
    assert {"width", "height"} <= image.attrib.keys()
    region = region_of(ready.client.get("/basket/"))
    assert region is not None
    [heading] = having(region, "id", region.attrib["aria-labelledby"])
    assert text_of(heading) == "Extras for your order"


def test_a_merchants_own_words_stand_with_the_name_of_the_product(ready: Shopper) -> None:
    Bump.objects.update(headline="Dust is the enemy", ends_at=None)
    save_terms(Bump.objects.get())
    told = text_of(extras_on(ready.client)[0])
    assert "Dust is the enemy Lens cloth" in told


def test_at_most_two_are_shown_and_a_page_may_ask_for_fewer(ready: Shopper, camera: Any, goods: Any) -> None:
    for number in range(3):
        make_bump(make_product(f"Strap {number}", price="9.00", product_class=goods), trigger=camera, off="1.00")
    response = ready.client.get("/basket/")
    assert len(extras_on(ready.client)) == 2
    source = '{% load upsell_tags %}{% checkout_bumps basket "basket" most=1 %}'
    page = Template(source).render(Context({"request": response.wsgi_request, "basket": response.wsgi_request.basket}))
    assert page.count('class="upsell-extra"') == 1


def test_a_step_that_answers_its_form_keeps_what_was_typed_and_shows_none(ready: Shopper) -> None:
    response = ready.client.post(PAGES["address"], {**ADDRESS, "postcode": ""})
    assert response.status_code == 200
    assert region_of(response) is None


def test_a_place_that_there_is_not_is_named_at_once() -> None:
    source = '{% load upsell_tags %}{% checkout_bumps basket "kitchen" %}'
    with pytest.raises(TemplateSyntaxError, match=r'no place "kitchen"\. Say one of "basket", "address", '):
        Template(source).render(Context({"request": make_request(), "basket": None}))


def test_outside_of_a_request_nothing_is_shown() -> None:
    assert Template('{% load upsell_tags %}{% checkout_bumps basket "basket" %}').render(Context({})) == ""


def test_without_upsell_the_pages_stand(ready: Shopper, settings: Any) -> None:
    settings.UPSELL_ENABLED = False
    for address in PAGES.values():
        page = ready.client.get(address)
        assert page.status_code == 200
        assert region_of(page) is None


# --- what a press changes of the way ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("_two_ways_of_delivery")
def test_an_extra_that_has_to_be_shipped_asks_for_the_address_first(shopper: Shopper, cloth: Any, parcel: Any) -> None:
    """The basket held nothing to ship until then: Oscar leads to the steps that are missing."""
    cloth.product_class = parcel
    cloth.save()
    client = shopper.client
    client.post(reverse("checkout:index"), {"username": shopper.email, "options": "anonymous"})
    client.get(PAGES["delivery"])
    shopper.preview()
    fields = fields_of(extras_on(client, PAGES["preview"])[0])
    page = client.post(ACCEPT, fields, follow=True)
    assert page.redirect_chain == [(PAGES["preview"], 302), (PAGES["address"], 302)]
    assert page.status_code == 200
    assert "Added to your basket for £2.50: Lens cloth." in unescape(page.content.decode())
    client.post(PAGES["address"], ADDRESS)
    client.post(PAGES["delivery"], {"method_code": "free-shipping"})
    assert shopper.preview().incl_tax == Decimal("102.50")
    assert shopper.press()["Location"] == reverse("checkout:thank-you")


def test_an_order_for_nothing_becomes_one_to_pay_and_back(goods: Any, cloth: Any) -> None:
    sample = make_product("Sample", price="0.00", product_class=goods)
    make_bump(cloth, trigger=sample, off="3.50", at_payment=True)
    shopper = Shopper().put(sample).go_to_checkout()
    client = shopper.client
    assert client.get(PAGES["payment"])["Location"] == PAGES["preview"]
    response = accept(client, PAGES["preview"])
    assert shopper.preview().incl_tax == Decimal("2.50")
    assert client.get(PAGES["payment"]).status_code == 200
    page = undo(client, response, next=PAGES["payment"], follow=True)
    assert page.redirect_chain == [(PAGES["payment"], 302), (PAGES["preview"], 302)]
    assert page.status_code == 200
    assert shopper.press()["Location"] == reverse("checkout:thank-you")
    assert get_model("order", "Order").objects.get().total_incl_tax == 0


def test_undo_at_the_preview_leads_back_to_it(ready: Shopper) -> None:
    response = accept(ready.client, PAGES["preview"])
    assert f'name="next" value="{PAGES["preview"]}"' in markup(response)
    assert undo(ready.client, response, next=PAGES["preview"])["Location"] == PAGES["preview"]
    assert ready.preview().incl_tax == Decimal("100.00")


# --- where the discount is told ---------------------------------------------------------------------------------------


def test_what_the_extra_saved_is_told_from_the_basket_to_the_dashboard(ready: Shopper) -> None:
    client = ready.client
    accept(client)
    basket = read(client.get("/basket/").content.decode())
    [savings] = regions(basket, "basket_savings")
    assert "You save £3.50" in text_of(savings)
    assert "Clean lenses £3.50 1 × Lens cloth £3.50" in text_of(savings)
    assert "Extras at the till" in text_of(basket)
    [savings] = regions(read(client.get(PAGES["preview"]).content.decode()), "basket_savings")
    assert "Clean lenses £3.50" in text_of(savings)

    thanks = ready.press(follow=True)
    [savings] = regions(read(thanks.content.decode()), "order_savings")
    assert "Clean lenses £3.50" in text_of(savings)
    order = get_model("order", "Order").objects.get()
    assert order.total_incl_tax == Decimal("102.50")
    [discount] = order.discounts.all()
    assert (discount.offer_name, discount.amount) == ("Extras at the till", Decimal("3.50"))
    assert "Clean lenses" in discount.message
    booked = OrderOffer.objects.get()
    assert (booked.family, booked.amount, booked.applications) == ("bump", Decimal("3.50"), 1)
    line = order.lines.get(title="Lens cloth")
    assert (line.line_price_before_discounts_incl_tax, line.line_price_incl_tax) == (Decimal("6.00"), Decimal("2.50"))

    [sent] = mail.outbox
    [(written, _kind), *_] = sent.alternatives
    assert "Clean lenses" in written
    dashboard = client_of("superuser").get(reverse("dashboard:order-detail", args=[order.number]))
    assert dashboard.status_code == 200
    page = unescape(dashboard.content.decode())
    assert "Extras at the till" in page
    assert "£3.50" in page


def test_the_price_that_was_used_is_used_up(ready: Shopper, camera: Any, cloth: Any) -> None:
    accept(ready.client)
    ready.press()
    ready.put(camera)
    ready.put(cloth)
    assert to_pay(ready.client) == Decimal("106.00")


def test_a_signed_in_customer_keeps_the_price_in_another_browser(
    django_user_model: Any, bump: Any, camera: Any
) -> None:
    user = django_user_model.objects.create_user("ada", "ada@example.com", "secret")
    shopper = Shopper(user).put(camera)
    accept(shopper.client)
    other = Client()
    other.force_login(user)
    assert to_pay(other) == Decimal("102.50")
    assert titles(other) == {"Camera": 1, "Lens cloth": 1}
    assert extras_on(other) == []


def test_a_stale_page_pressed_after_the_order_changes_nothing(ready: Shopper) -> None:
    """A18."""
    fields = fields_of(extras_on(ready.client)[0])
    ready.press()
    assert texts(post(ready.client, ACCEPT, fields)) == [
        "Nothing was added: your basket is empty, or is being paid for."
    ]
    assert get_model("order", "Order").objects.get().total_incl_tax == Decimal("100.00")
