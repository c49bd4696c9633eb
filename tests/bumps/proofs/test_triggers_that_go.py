"""A07, A08 and A10: an extra costs less for whoever accepted it, as long as what calls for it is there."""

import pytest
from django.urls import reverse
from oscar.core.loading import get_model

from tests.bumps.proofs.conftest import Visitor, open_till, presses_add
from tests.checkout import Shopper, reprice
from upsell.models import FrozenPlan, Grant, OrderOffer
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.pressing import EndedError, HeldError
from upsell.testing import make_bump, make_product

pytestmark = pytest.mark.django_db

Basket, Line, Order = get_model("basket", "Basket"), get_model("basket", "Line"), get_model("order", "Order")


def leave(shopper: Shopper, product: object) -> None:
    """Remove a line, by the form of the basket page."""
    lines = shopper.basket().all_lines()
    posted = {"form-TOTAL_FORMS": len(lines), "form-INITIAL_FORMS": len(lines), "form-MAX_NUM_FORMS": 1000}
    for place, line in enumerate(lines):
        posted |= {
            f"form-{place}-id": line.pk,
            f"form-{place}-quantity": 0 if line.product == product else line.quantity,
        }
    assert shopper.client.post(reverse("basket:summary"), posted).status_code == 302


def test_a_trigger_that_comes_and_goes_fifty_times_gives_one_price_once() -> None:
    """A08."""
    till = open_till()
    visitor = Visitor(till.camera)
    visitor.accepts(till.bump, till.card)
    for time in range(50):
        visitor.set_units(till.camera, 0)
        assert visitor.pays() == 10
        if time % 10 == 0:
            with pytest.raises(EndedError):
                visitor.accepts(till.bump, till.card)
        visitor.basket.add_product(till.camera, 1 + time % 3)
        if time % 10 == 0:
            with pytest.raises(HeldError):
                visitor.accepts(till.bump, till.card)
        assert visitor.pays() == 100 * (1 + time % 3) + 7
    assert Line.objects.filter(product=till.card).count() == 1
    assert Grant.objects.get().quantity == 1
    visitor.orders()
    assert OrderOffer.objects.get().amount == 3


def test_the_form_of_its_page_adds_it_at_its_full_price() -> None:
    """A10."""
    till = open_till()
    assert Shopper().put(till.camera).put(till.card).buy().total_incl_tax == 110


def test_a_unit_more_by_the_form_of_its_page_costs_its_full_price() -> None:
    """A10."""
    till = open_till()
    order = presses_add(Shopper().put(till.camera), till).put(till.card).buy()
    assert order.total_incl_tax == 117
    assert OrderOffer.objects.get().amount == 3


def test_in_the_basket_its_price_goes_with_what_called_for_it() -> None:
    """A07."""
    till = open_till()
    shopper = presses_add(Shopper().put(till.camera).put(till.strap), till)
    assert shopper.basket().total_incl_tax == 112
    leave(shopper, till.camera)
    assert shopper.basket().total_incl_tax == 15
    shopper.put(till.camera)
    assert shopper.basket().total_incl_tax == 112


def test_a_trigger_that_left_in_another_tab_is_noticed_by_the_press_on_place_order() -> None:
    """A07: the preview that was pressed showed the lower price; nothing is placed before the shopper saw the other."""
    till = open_till()
    shopper = presses_add(Shopper().put(till.camera).put(till.strap), till).go_to_checkout()
    assert shopper.preview().incl_tax == 112
    leave(shopper, till.camera)
    shopper.put(till.strap, 20)  # so that it is dearer than what was agreed to
    answer = shopper.press(follow=True)
    assert not Order.objects.exists()
    assert "Your total was £112.00 and is £115.00 now" in answer.content.decode()
    assert shopper.press().url == reverse("checkout:thank-you")
    order = Order.objects.get()
    assert order.total_incl_tax == 115
    assert not order.discounts.exists()
    assert Grant.objects.get().state == "accepted"


def test_an_order_without_the_trigger_has_no_discount_at_placement() -> None:
    """A07: the line goes behind the back of whoever places the order."""
    till = open_till()
    visitor = Visitor(till.camera)
    visitor.accepts(till.bump, till.card)
    visitor.pays()
    Line.objects.filter(product=till.camera).delete()
    order = visitor.orders()
    assert order.total_incl_tax == 10
    assert not OrderOffer.objects.exists()
    assert Grant.objects.get().state == "accepted"


def test_a_basket_that_is_being_paid_for_keeps_what_it_was_agreed_to_cost() -> None:
    """A07: payment applies all offers anew on the way back, and what was agreed to is charged."""
    till = open_till()
    visitor = Visitor(till.camera)
    visitor.accepts(till.bump, till.card)
    assert visitor.pays() == 107
    visitor.basket.freeze()
    type(till.bump).objects.update(status="paused")
    visitor.basket = Basket.objects.get(pk=visitor.basket.pk)
    assert visitor.pays() == 107
    order = visitor.orders()
    assert order.total_incl_tax == 107
    assert Grant.objects.get().state == "used"
    assert not FrozenPlan.objects.exists()


def test_a_frozen_basket_that_lost_the_trigger_all_the_same_is_priced_anew() -> None:
    """A07: Oscar lets nobody change a frozen basket; a plug-in may, and is not given the price for it."""
    till = open_till()
    visitor = Visitor(till.camera)
    visitor.accepts(till.bump, till.card)
    visitor.pays()
    visitor.basket.freeze()
    Line.objects.filter(product=till.camera).delete()
    visitor.basket = Basket.objects.get(pk=visitor.basket.pk)
    assert visitor.pays() == 10
    order = visitor.orders()
    assert order.total_incl_tax == 10
    assert not OrderOffer.objects.exists()


def test_an_extra_whose_price_fell_below_its_discount_while_it_was_paid_costs_nothing_and_never_less() -> None:
    till = open_till()
    visitor = Visitor(till.camera)
    visitor.accepts(till.bump, till.card)
    visitor.pays()
    visitor.basket.freeze()
    reprice(till.card, "1.00")
    visitor.basket = Basket.objects.get(pk=visitor.basket.pk)
    assert visitor.pays() == 100
    order = visitor.orders()
    assert order.total_incl_tax == sum(line.line_price_incl_tax for line in order.lines.all()) == 100


@pytest.mark.parametrize("change", ["pause", "end", "unreward"])
def test_what_was_accepted_is_not_given_once_the_merchant_has_changed_it(change: str) -> None:
    till = open_till()
    visitor = Visitor(till.camera)
    visitor.accepts(till.bump, till.card)
    match change:
        case "pause":
            till.bump.status = "paused"
        case "end":
            till.bump.status = "ended"
        case "unreward":
            till.bump.reward_kind, till.bump.reward = "none", None
    till.bump.save()
    save_terms(till.bump)
    assert visitor.pays() == 110
    assert visitor.orders().total_incl_tax == 110


def test_two_bumps_of_one_product_take_a_unit_once() -> None:
    till = open_till()
    better = make_bump(till.card, trigger=till.camera, off="4.00")
    visitor = Visitor(till.camera)
    visitor.accepts(till.bump, till.card)
    visitor.accepts(better, till.card)
    assert visitor.units_of(till.card) == 1
    assert visitor.pays() == 106


def test_an_extra_in_another_currency_cannot_be_accepted() -> None:
    """A24."""
    till = open_till(currency="EUR")
    visitor = Visitor(till.camera)
    with pytest.raises(EndedError):
        visitor.accepts(till.bump, till.card)
    assert visitor.pays() == 100
    assert not Grant.objects.exists()


def test_an_extra_does_not_keep_its_own_price() -> None:
    """What it adds is not counted when the basket is asked whether it calls for it."""
    till = open_till()
    bump = make_bump(till.card, off="3.00")
    bump.requirements.create(group=1, kind="worth", least=100)
    save_terms(bump)
    visitor = Visitor(till.camera)
    visitor.accepts(bump, till.card)
    assert visitor.pays() == 107
    visitor.set_units(till.camera, 0)
    visitor.set_units(till.card, 12)
    assert visitor.pays() == 120, "twelve cards are worth enough, but they are what it adds"


def test_an_extra_may_be_for_those_who_have_nothing_like_it() -> None:
    till = open_till()
    shelf = get_model("catalogue", "Category").add_root(name="Cards")
    till.card.categories.add(shelf)
    other = make_product(price="20.00")
    other.categories.add(shelf)
    bump = make_bump(till.card, trigger=till.camera, off="3.00")
    bump.requirements.create(group=2, kind="contains", category=shelf, negated=True)
    save_terms(bump)
    visitor = Visitor(till.camera)
    visitor.accepts(bump, till.card)
    assert visitor.pays() == 107, "it is in the category that must not be there"
    visitor.basket.add_product(other)
    assert visitor.pays() == 130, "something else in it takes the price"
