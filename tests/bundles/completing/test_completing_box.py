"""The box that owners see on the page of a missing part: its sentence, its exact price, one press, and back again."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.template import Context, Template
from django.test import Client
from oscar.core.loading import get_model
from oscar.test import factories

from tests.bundles.storefront.conftest import make_variants, plain
from tests.checkout import Shopper, reprice
from upsell.bundles.components import bundles_for
from upsell.models import SetCompletion
from upsell.offers.services import save_terms
from upsell.testing import count_queries, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db

ADD, UNDO = "/upsell/set/bundle/", "/upsell/set/undo/"
Line = get_model("basket", "Line")


@pytest.fixture
def owner() -> Any:
    return factories.UserFactory()


@pytest.fixture
def parts() -> list[Any]:
    return [make_product(title, price=price) for title, price in (("Grinder", "10"), ("Kettle", "10"), ("Scale", "20"))]


@pytest.fixture
def corner(parts: list[Any]) -> Any:
    return make_bundle(*parts, price="32.00", name="Coffee corner", complete_within_days=30)


@pytest.fixture
def client(owner: Any, client: Client) -> Client:
    client.force_login(owner)
    return client


def buy(user: Any, *products: Any) -> Any:
    shopper = Shopper(user)
    for product in products:
        shopper.put(product)
    return shopper.buy()


def box_on(product: Any, user: Any) -> Any:
    [box] = bundles_for(product, request=make_request(user=user))
    return box


def drawn(product: Any, user: Any) -> str:
    template = Template("{% load upsell_tags %}{% bundle_offers product %}")
    return template.render(Context({"request": make_request(user=user), "product": product}))


def contents() -> dict[str, int]:
    return {line.product.get_title(): line.quantity for line in Line.objects.filter(basket__status="Open")}


def said(response: Any) -> str:
    return plain(" ".join(str(message) for message in get_messages(response.wsgi_request)))


def press(client: Client, offer: Any, **fields: Any) -> Any:
    return client.post(ADD, {"offer": offer.pk, "owned": "1", **fields})


def test_an_owner_is_offered_the_rest(owner: Any, parts: list[Any], corner: Any) -> None:
    buy(owner, parts[0])
    text = plain(drawn(parts[1], owner))
    assert "Complete your set: Coffee corner" in text
    assert "You have Grinder: with Kettle and Scale it is a set." in text
    assert "£22.00 instead of £30.00 You save £8.00" in text
    assert "Add what is missing" in text
    assert "Until " in text, "the set can be completed for 30 days"
    assert "Better together" not in text


def test_strangers_and_guests_are_offered_the_set(owner: Any, parts: list[Any], corner: Any) -> None:
    buy(owner, parts[0])
    for user in (None, factories.UserFactory()):
        box = box_on(parts[1], user)
        assert not box.owned
        assert len(box.parts) == 3


def test_an_owned_product_s_own_page_sells_the_whole_set(owner: Any, parts: list[Any], corner: Any) -> None:
    buy(owner, parts[0])
    assert len(box_on(parts[0], owner).parts) == 3


def test_where_nothing_is_saved_the_whole_set_is_offered(owner: Any, parts: list[Any], corner: Any) -> None:
    buy(owner, parts[0])
    SetCompletion.objects.update(currency="JPY")
    assert len(box_on(parts[1], owner).parts) == 3


def test_one_press_adds_what_is_missing_at_the_price_shown_and_undo_takes_it_out(
    client: Client, owner: Any, parts: list[Any], corner: Any
) -> None:
    buy(owner, parts[0])
    response = press(client, corner, total="22.00", currency="GBP")
    assert contents() == {"Kettle": 1, "Scale": 1}
    assert "You save £8.00." in said(response)
    basket = client.get("/basket/").context["basket"]
    assert basket.total_incl_tax == Decimal("22.00")
    [name] = client.session["upsell_added"]
    client.post(UNDO, {"added": name})
    assert contents() == {}


def test_the_same_press_twice_adds_once(client: Client, owner: Any, parts: list[Any], corner: Any) -> None:
    buy(owner, parts[0])
    for _ in range(2):
        press(client, corner, total="22.00", currency="GBP", once="abc")
    assert contents() == {"Kettle": 1, "Scale": 1}


def test_a_dearer_set_is_asked_about_again(client: Client, owner: Any, parts: list[Any], corner: Any) -> None:
    buy(owner, parts[0])
    corner.reward = Decimal("34.00")
    corner.save()
    save_terms(corner)
    response = press(client, corner, total="22.00", currency="GBP")
    assert contents() == {}
    assert "It is £24.00 now." in said(response)
    [message] = [str(message) for message in get_messages(response.wsgi_request)]
    assert 'name="owned" value="1"' in message, "the new yes is about the rest, too"


def test_who_owns_nothing_any_more_gets_nothing_by_the_press(
    client: Client, owner: Any, parts: list[Any], corner: Any
) -> None:
    response = press(client, corner, total="22.00", currency="GBP")
    assert contents() == {}
    assert "Nothing was added: what you bought earlier does not count for this set any more." in said(response)


def test_a_guest_s_press_adds_nothing(parts: list[Any], corner: Any) -> None:
    guest = Client()
    guest.post(ADD, {"offer": corner.pk, "owned": "1", "total": "22.00", "currency": "GBP"})
    assert contents() == {}


def test_the_price_of_what_was_paid_counts(owner: Any, parts: list[Any], corner: Any) -> None:
    buy(owner, parts[0])
    reprice(parts[0], "99.00")
    assert box_on(parts[1], owner).amounts.total == Decimal("22.00")


def test_choices_are_priced_one_by_one(owner: Any, parts: list[Any]) -> None:
    parent, (small, large) = make_variants("Filter", "4.00", "6.00")
    make_bundle(parts[0], parent, price="11.00", complete_within_days=30)
    buy(owner, parts[0])
    box = box_on(parent, owner)
    assert box.owned == ("Grinder",)
    assert {key: amounts.total for key, amounts in box.amounts_by_choice.items()} == {
        (small.pk,): Decimal("1.00"),
        (large.pk,): Decimal("1.00"),
    }


def test_the_box_costs_one_query_and_none_where_no_set_is_completed(owner: Any, parts: list[Any]) -> None:
    """It looks what the customer owns; the offers are remembered."""
    bundle = make_bundle(*parts, price="32.00")
    buy(owner, parts[0])

    def asked(user: Any) -> int:
        bundles_for(parts[1], request=make_request(user=user))
        with count_queries() as queries:
            bundles_for(parts[1], request=make_request(user=user))
        return len(queries)

    before = {user: asked(user) for user in (None, owner)}
    bundle.complete_within_days = 30
    bundle.save()
    save_terms(bundle)
    assert asked(None) == before[None], "the offers are remembered, and a stranger owns nothing"
    assert asked(owner) == before[owner] + 1
    SetCompletion.objects.all().delete()
    bundle.complete_within_days = None
    bundle.save()
    save_terms(bundle)
    assert {user: asked(user) for user in (None, owner)} == before
