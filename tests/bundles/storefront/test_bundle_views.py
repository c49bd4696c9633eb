"""Adding a set by one press: all or nothing, at the price that was shown or a lower one, once, and back again."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client, override_settings
from oscar.core.loading import get_model

from tests.bundles.storefront.conftest import make_variants, plain
from upsell.models import Bundle, BundlePart
from upsell.offers.services import save_terms
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db

ADD, UNITS, UNDO = "/upsell/set/bundle/", "/upsell/set/units/", "/upsell/set/undo/"
Product = get_model("catalogue", "Product")
Line = get_model("basket", "Line")


def texts(response: Any) -> list[str]:
    return [" ".join(str(message).split()) for message in get_messages(response.wsgi_request)]


def contents() -> dict[str, int]:
    return {line.product.get_title(): line.quantity for line in Line.objects.select_related("product__parent")}


def to_pay(client: Client) -> Decimal:
    return client.get("/basket/").context["basket"].total_incl_tax


@pytest.fixture
def trip(camera: Any, bag: Any) -> Bundle:
    """A camera and two bags, 150.00 by themselves, for 129.00."""
    return make_bundle(camera, (bag, 2), price="129.00", name="Trip")


def add(client: Client, offer: Any, **fields: Any) -> Any:
    return client.post(ADD, {"offer": getattr(offer, "pk", offer), **fields})


# --- adding -----------------------------------------------------------------------------------------------------------


def test_one_press_adds_every_unit_tells_the_saving_and_leads_back(client: Client, trip: Bundle, camera: Any) -> None:
    response = add(client, trip, next=camera.get_absolute_url(), total="129.00", currency="GBP")
    assert (response.status_code, response["Location"]) == (302, camera.get_absolute_url())
    assert contents() == {"Camera": 1, "Bag": 2}
    said = " ".join(texts(response))
    assert "<strong>Trip</strong> has been added to your basket." in said
    assert "You save £21.00." in plain(said)
    assert "£129.00" in said
    assert to_pay(client) == Decimal("129.00")


def test_undo_takes_exactly_the_set_out_again(client: Client, trip: Bundle, bag: Any) -> None:
    client.post("/upsell/set/add/", {"product": [bag.pk]})
    response = add(client, trip)
    name = re.findall(r'name="added" value="([^"]+)"', " ".join(texts(response)))[-1]
    client.post(UNDO, {"added": name})
    assert contents() == {"Bag": 1}


def test_a_repeated_press_adds_nothing_and_a_new_one_does(client: Client, trip: Bundle) -> None:
    """A19: double click, reload, back button."""
    add(client, trip, once="first")
    assert texts(add(client, trip, once="first"))[-1] == "This is in your basket already."
    assert contents() == {"Camera": 1, "Bag": 2}
    add(client, trip, once="second")
    assert contents() == {"Camera": 2, "Bag": 4}
    assert to_pay(client) == Decimal("258.00")


def test_the_chosen_variant_is_added(client: Client, bag: Any) -> None:
    shirt, (_first, second) = make_variants("Shirt", "20.00", "30.00")
    offer = make_bundle(bag, shirt, percent=10)
    assert texts(add(client, offer)) == ["Nothing was added: choose the options of Shirt first."]
    add(client, offer, **{"part-1": second.pk})
    assert contents() == {"Bag": 1, "Shirt 2": 1}
    assert to_pay(client) == Decimal("49.50")


# --- refusing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda camera, bag: Product.objects.filter(pk=bag.pk).update(is_public=False),
        lambda camera, bag: bag.stockrecords.update(num_in_stock=1),
        lambda camera, bag: bag.stockrecords.all().delete(),
        lambda camera, bag: bag.stockrecords.update(price=None),
        lambda camera, bag: bag.stockrecords.update(price_currency="EUR"),
        lambda camera, bag: Product.objects.filter(pk=bag.pk).update(structure="parent"),
        lambda camera, bag: Product.objects.filter(pk=bag.pk).delete(),
    ],
    ids=["hidden", "too few", "no stock record", "no price", "other currency", "made a parent", "deleted"],
)
def test_a_part_that_went_meanwhile_leaves_the_basket_as_it_was(
    client: Client, trip: Bundle, camera: Any, bag: Any, spoil: Any
) -> None:
    """A25."""
    spoil(camera, bag)
    [said] = texts(add(client, trip, total="129.00", currency="GBP"))
    assert said.startswith("Nothing was added")
    assert contents() == {}


@pytest.mark.parametrize("status", ["draft", "paused", "ended"])
def test_an_offer_that_does_not_run_is_refused(client: Client, trip: Bundle, status: str) -> None:
    Bundle.objects.update(status=status)
    assert texts(add(client, trip)) == ["Nothing was added: this offer has ended."]
    assert contents() == {}


def test_a_stock_of_one_set_is_not_sold_twice(client: Client, trip: Bundle, bag: Any) -> None:
    bag.stockrecords.update(num_in_stock=3)
    add(client, trip)
    [said] = texts(add(client, trip))[-1:]
    assert said.startswith("Nothing was added")
    assert contents() == {"Camera": 1, "Bag": 2}


def test_an_offer_of_any_products_cannot_be_added_as_a_set(client: Client, camera: Any, bag: Any) -> None:
    offer = make_bundle(camera, bag, kind="mix", units=2, percent=10)
    assert texts(add(client, offer)) == ["Nothing was added: choose the products of this offer one by one."]


@pytest.mark.parametrize(
    "offer", ["", "abc", "-1", "1.5", "1e9", "٣", "0", "99999999999999999999", "' OR 1=1--", "[1]"]
)
def test_nonsense_for_an_offer_is_refused(client: Client, trip: Bundle, offer: str) -> None:
    assert texts(add(client, offer)) == ["Nothing was added: this offer has ended."]


@pytest.mark.parametrize("choice", ["abc", "", "-1", "1e3", "99999999999999999999", "١"])
def test_nonsense_for_a_choice_is_no_choice(client: Client, bag: Any, choice: str) -> None:
    shirt, _children = make_variants("Shirt", "20.00", "30.00")
    offer = make_bundle(bag, shirt, percent=10)
    assert texts(add(client, offer, **{"part-1": choice})) == ["Nothing was added: choose the options of Shirt first."]


def test_a_product_that_is_not_of_the_set_is_no_choice(client: Client, bag: Any) -> None:
    """A02."""
    shirt, _children = make_variants("Shirt", "20.00", "30.00")
    dear = make_product("Watch", price="900.00")
    offer = make_bundle(bag, shirt, percent=50)
    add(client, offer, **{"part-1": dear.pk})
    assert contents() == {}


# --- the price --------------------------------------------------------------------------------------------------------


def test_a_set_that_became_dearer_is_asked_again(client: Client, trip: Bundle) -> None:
    """A23."""
    trip.reward = Decimal("135.00")
    trip.save()
    save_terms(trip)
    [said] = texts(add(client, trip, total="129.00", currency="GBP"))
    assert contents() == {}
    assert "Nothing was added: the price of Trip has changed meanwhile. It is £135.00 now." in plain(said)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', said))
    assert (fields["offer"], fields["total"], fields["currency"]) == (str(trip.pk), "135.00", "GBP")
    client.post(ADD, {key: value for key, value in fields.items() if key != "csrfmiddlewaretoken"})
    assert contents() == {"Camera": 1, "Bag": 2}
    assert to_pay(client) == Decimal("135.00")


def test_the_new_price_keeps_what_was_chosen(client: Client, bag: Any) -> None:
    shirt, (_first, second) = make_variants("Shirt", "20.00", "30.00")
    offer = make_bundle(bag, shirt, percent=10)
    [said] = texts(add(client, offer, total="1.00", currency="GBP", **{"part-1": second.pk}))
    assert f'name="part-1" value="{second.pk}"' in said


def test_a_set_that_became_cheaper_is_charged_at_the_lower_price(client: Client, trip: Bundle) -> None:
    add(client, trip, total="150.00", currency="GBP")
    assert to_pay(client) == Decimal("129.00")


def test_another_currency_than_shown_is_asked_again(client: Client, trip: Bundle) -> None:
    """A24."""
    [said] = texts(add(client, trip, total="129.00", currency="EUR"))
    assert "has changed meanwhile" in said
    assert contents() == {}


@pytest.mark.parametrize("total", ["abc", "-1", "NaN", "Infinity", "1e9", "129,00", "١٢٩", "0x10", "[1]"])
def test_a_total_that_is_none_adds_nothing(client: Client, trip: Bundle, total: str) -> None:
    assert texts(add(client, trip, total=total)) == ["Nothing was added: the price has changed meanwhile."]
    assert contents() == {}


def test_prices_and_other_fields_that_a_client_makes_up_change_nothing(client: Client, trip: Bundle) -> None:
    """A01, A05: the same purchase with and without hostile fields costs the same."""
    hostile = ("price", "unit_price", "discount", "tax", "quantity", "reward", "is_free", "status", "used", "version")
    add(client, trip, total="9999.00", currency="GBP", **dict.fromkeys(hostile, "0.01"))
    assert contents() == {"Camera": 1, "Bag": 2}
    assert to_pay(client) == Decimal("129.00")
    assert Bundle.objects.get().status == "active"


def test_a_part_by_the_ordinary_form_costs_the_ordinary_price(client: Client, trip: Bundle, bag: Any) -> None:
    """A10."""
    client.post("/upsell/set/add/", {"product": [bag.pk]})
    assert to_pay(client) == Decimal("25.00")


def test_a_set_that_is_taken_apart_loses_its_discount(client: Client, trip: Bundle, camera: Any) -> None:
    """A07."""
    add(client, trip)
    Line.objects.filter(product=camera).delete()
    assert to_pay(client) == Decimal("50.00")


def test_a_set_on_top_of_a_basket_is_checked_against_what_that_basket_would_pay(
    client: Client, camera: Any, bag: Any
) -> None:
    """The limit is used up by what the basket holds: the set would be dearer than shown."""
    offer = make_bundle(camera, bag, percent=20, max_per_basket=1, name="Once")
    add(client, offer, total="100.00", currency="GBP")
    assert to_pay(client) == Decimal("100.00")
    [said] = texts(add(client, offer, total="100.00", currency="GBP"))[-1:]
    assert said == "Nothing was added. Nothing is saved with it now."
    assert contents() == {"Camera": 1, "Bag": 1}


# --- units that complete an offer -------------------------------------------------------------------------------------


def test_so_many_units_are_added_once(client: Client, bag: Any) -> None:
    client.post(UNITS, {"item": f"{bag.pk}:2", "once": "a"})
    response = client.post(UNITS, {"item": f"{bag.pk}:2", "once": "a"})
    assert texts(response)[-1] == "This is in your basket already."
    assert contents() == {"Bag": 2}


@pytest.mark.parametrize(
    "units", ["0", "-1", "1.5", "1e9", "2147483648", "NaN", "", "null", "101", " 1 ", "١", "0x10", "01"]
)
def test_numbers_that_are_none_add_nothing(client: Client, bag: Any, units: str) -> None:
    """A04."""
    response = client.post(UNITS, {"item": f"{bag.pk}:{units}"})
    assert texts(response) == ["Nothing was added: one of the products is not available."]
    assert contents() == {}


def test_more_units_than_there_are_add_nothing(client: Client, bag: Any) -> None:
    client.post(UNITS, {"item": f"{bag.pk}:11"})
    assert contents() == {}


# --- the page of an offer ---------------------------------------------------------------------------------------------


def test_the_page_tells_the_rule_and_lists_what_takes_part_page_by_page(client: Client) -> None:
    teas = [make_product(f"Tea {number:02}", price="4.00") for number in range(30)]
    offer = make_bundle(*teas, kind="mix", units=3, price="10.00", name="3 for 10", text="Mix them.")
    page = client.get(f"/upsell/offers/{offer.pk}/").content.decode()
    assert len(re.findall(r"<h1>\s*3 for 10\s*</h1>", page)) == 1
    assert "Any 3 of these for £10.00. Mix them." in plain(page)
    assert page.count('class="upsell-card"') == 24
    assert client.get(f"/upsell/offers/{offer.pk}/?page=2").content.decode().count('class="upsell-card"') == 6
    assert client.get(f"/upsell/offers/{offer.pk}/?page=3").status_code == 404


def test_the_page_of_a_set_has_its_button(client: Client, trip: Bundle) -> None:
    page = client.get(f"/upsell/offers/{trip.pk}/").content.decode()
    assert "Add the set" in page
    assert f'name="offer" value="{trip.pk}"' in page


def test_the_page_lists_categories_with_all_below_and_leaves_out_what_is_left_out(client: Client) -> None:
    from oscar.test import factories

    top = factories.CategoryFactory()
    below = top.add_child(name="Below", slug="below")
    inside, left_out, hidden = (make_product(title) for title in ("Inside", "Left out", "Hidden"))
    for product in (inside, left_out, hidden):
        product.categories.add(below)
    Product.objects.filter(pk=hidden.pk).update(is_public=False)
    offer = make_bundle(top, kind="mix", units=2, percent=10, without=[left_out])
    page = client.get(f"/upsell/offers/{offer.pk}/").content.decode()
    assert ("Inside" in page, "Left out" in page, "Hidden" in page) == (True, False, False)


@pytest.mark.parametrize("status", ["draft", "paused", "ended"])
def test_an_offer_that_does_not_run_has_no_page(client: Client, trip: Bundle, status: str) -> None:
    assert client.get(f"/upsell/offers/{trip.pk}/").status_code == 200
    Bundle.objects.update(status=status)
    assert client.get(f"/upsell/offers/{trip.pk}/").status_code == 404


def test_no_offer_has_a_page_when_switched_off(client: Client, trip: Bundle) -> None:
    with override_settings(UPSELL_ENABLED=False):
        assert client.get(f"/upsell/offers/{trip.pk}/").status_code == 404


def test_parts_that_are_left_without_a_product_are_no_error(client: Client, trip: Bundle) -> None:
    BundlePart.objects.all().delete()
    save_terms(trip)
    assert client.get(f"/upsell/offers/{trip.pk}/").status_code == 200
    assert texts(add(client, trip))[0].startswith("Nothing was added")
