"""Switching a line to another step: what comes, what goes, what is carried over, and when nothing is changed."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models
from django.utils import timezone
from oscar.core.loading import get_class
from oscar.test import factories

from tests.tiers.conftest import make_variants
from tests.tiers.swap.conftest import Line, again, contents, line_of, make_option, press, titles
from upsell.core.services import NotChangedError
from upsell.core.serving.undoing import undo
from upsell.models import Grant, TierContent
from upsell.offers.serving.pressing import ChangedError, EndedError, GoneError, HeldError
from upsell.testing import make_basket, make_bundle, make_ladder, make_product, make_request, make_upgrade_offer
from upsell.tiers.serving.swapping import NotFittingError, swap

pytestmark = pytest.mark.django_db


@pytest.fixture
def note() -> Iterator[str]:
    """A shop's own line, with a note: as a fork of Oscar's basket app has it."""
    field = models.CharField(max_length=50, default="", blank=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # rows whose keys are yet to be checked bar the change
        cursor.execute("ALTER TABLE basket_line ADD COLUMN note varchar(50) NOT NULL DEFAULT ''")
    field.contribute_to_class(Line, "note")
    yield "note"
    Line._meta.local_fields.remove(field)
    Line._meta._expire_cache()
    del Line.note


def contain(ladder: Any, step: int, product: Any, units: int = 1) -> None:
    TierContent.objects.create(tier=ladder.tiers.all()[step], product=product, units=units)


def nothing_changes(basket: Any, left: Any, product: Any, **fields: Any) -> NotChangedError:
    before = contents(basket)
    with pytest.raises(NotChangedError) as refused:
        press(basket, left, product, **fields)
    assert contents(basket) == before
    return refused.value


# --- what comes -------------------------------------------------------------------------------------------------------


def test_the_whole_quantity_is_switched_at_the_prices_of_today(basket: Any, basic: Any, pro: Any) -> None:
    done = press(basket, basic, pro)
    assert titles(basket) == {"Pro": 2}
    line = line_of(basket, pro)
    assert (line.price_excl_tax, line.price_currency, line.stockrecord.product) == (Decimal("25.00"), "GBP", pro)
    assert (done.title, done.before, done.quantity, done.exchanged.total) == ("Pro", "Basic", 2, Decimal("30.00"))


def test_a_step_may_be_left_out_or_gone_back(basket: Any, basic: Any, studio: Any) -> None:
    press(basket, basic, studio)
    assert press(basket, studio, basic).exchanged.total == Decimal("-100.00")
    assert titles(basket) == {"Basic": 2}


def test_what_is_there_of_the_step_already_is_added_to(basket: Any, basic: Any, pro: Any) -> None:
    again(basket).basket.add_product(pro, 3)
    press(basket, basic, pro)
    assert titles(basket) == {"Pro": 5}
    assert Line.objects.count() == 1


def test_a_line_of_a_variant_becomes_the_variant_chosen_of_the_better_family() -> None:
    shirt, (_small, large) = make_variants("Shirt", "10", "12")
    coat, (_short, long) = make_variants("Coat", "50", "60")
    make_ladder(shirt, coat)
    basket = make_basket(large)
    refused = nothing_changes(basket, large, coat)
    assert isinstance(refused, NotFittingError)
    assert str(refused) == "Nothing was changed: choose the options of Coat first."
    assert press(basket, large, long).exchanged.total == Decimal("48.00")
    assert titles(basket) == {"Coat 2": 1}


def test_a_press_that_was_answered_is_not_answered_again(basket: Any, basic: Any, pro: Any, studio: Any) -> None:
    request = again(basket)
    press(basket, basic, pro, request=request, press="one")
    with pytest.raises(HeldError, match="You have this already"):
        press(basket, pro, studio, request=again(basket, session=request.session), press="one")
    assert titles(basket) == {"Pro": 2}


# --- options and what the shop's own line says ------------------------------------------------------------------------


def test_the_options_of_a_line_come_along(basket: Any, basic: Any, pro: Any) -> None:
    name = make_option(basic, "Name", type="text", required=True)
    size = make_option(basic, "Size", type="integer")
    pro.product_options.add(name, size)
    request = again(basket)
    line, _created = request.basket.add_product(
        basic, 3, [{"option": name, "value": "Ada"}, {"option": size, "value": 0}]
    )
    press(basket, line.pk, pro)
    made = line_of(basket, pro)
    assert made.quantity == 3
    assert {told.option: told.value for told in made.attributes.all()} == {name: "Ada", size: 0}
    wanted = request.basket._create_line_reference(
        pro, made.stockrecord, [{"option": name, "value": "Ada"}, {"option": size, "value": 0}]
    )
    assert made.line_reference == wanted, "the form of the page would make another line"


def test_an_option_that_the_better_product_lacks_is_refused_by_its_name(basket: Any, basic: Any, pro: Any) -> None:
    option = make_option(basic, "Engraving")
    line, _created = again(basket).basket.add_product(basic, 1, [{"option": option, "value": "Ada"}])
    refused = nothing_changes(basket, line.pk, pro)
    assert isinstance(refused, NotFittingError)
    assert str(refused) == "Nothing was changed: Pro cannot be had with “Engraving”."


def test_an_option_that_was_left_empty_hinders_nobody(basket: Any, basic: Any, pro: Any) -> None:
    option = make_option(basic, "Gift wrap", type="boolean")
    line, _created = again(basket).basket.add_product(basic, 1, [{"option": option, "value": False}])
    press(basket, line.pk, pro)
    assert titles(basket) == {"Basic": 2, "Pro": 1}


def test_an_option_that_the_better_product_needs_is_asked_for(basket: Any, basic: Any, pro: Any) -> None:
    make_option(pro, "Licence holder", required=True)
    refused = nothing_changes(basket, basic, pro)
    assert isinstance(refused, NotFittingError)
    assert "Licence holder" in str(refused)


def test_a_choice_that_the_better_product_does_not_offer_is_asked_for(basket: Any, basic: Any, pro: Any) -> None:
    group = factories.AttributeOptionGroupFactory(name="Colours")
    factories.AttributeOptionFactory(group=group, option="red")
    option = make_option(basic, "Colour", type="select", option_group=group)
    pro.product_options.add(option)
    line, _created = again(basket).basket.add_product(basic, 1, [{"option": option, "value": "blue"}])
    assert isinstance(nothing_changes(basket, line.pk, pro), NotFittingError)


def test_what_a_shops_own_line_says_comes_along(basket: Any, basic: Any, pro: Any, note: str) -> None:
    Line.objects.update(note="for Ada")
    press(basket, basic, pro)
    assert line_of(basket, pro).note == "for Ada"


def test_a_line_that_was_there_keeps_what_it_says(basket: Any, basic: Any, pro: Any, note: str) -> None:
    again(basket).basket.add_product(pro)
    Line.objects.filter(product=basic).update(note="for Ada")
    Line.objects.filter(product=pro).update(note="for Bob")
    press(basket, basic, pro)
    assert line_of(basket, pro).note == "for Bob"


def test_an_undo_lets_both_lines_say_again_what_they_said(basket: Any, basic: Any, pro: Any, note: str) -> None:
    again(basket).basket.add_product(pro)
    Line.objects.filter(product=basic).update(note="for Ada")
    before = contents(basket)
    request = again(basket)
    done = press(basket, basic, pro, request=request)
    assert line_of(basket, pro).note == "for Ada"
    undo(again(basket, session=request.session), done.name)
    assert contents(basket) == before
    assert (line_of(basket, basic).note, line_of(basket, pro).note) == ("for Ada", "")


def test_the_quantity_is_the_one_of_now_and_not_of_when_the_page_was_asked_for(
    basket: Any, basic: Any, pro: Any
) -> None:
    request = again(basket)
    assert [line.quantity for line in request.basket.all_lines()] == [2]
    Line.objects.update(quantity=5)
    press(basket, basic, pro, request=request)
    assert titles(basket) == {"Pro": 5}


# --- what comes with a step -------------------------------------------------------------------------------------------


def test_what_comes_with_the_step_is_taken_out_and_not_paid_twice(ladder: Any, basic: Any, pro: Any) -> None:
    cable = make_product("Cable", price="4.00")
    contain(ladder, 1, cable)
    basket = make_basket((basic, 2), (cable, 3))
    done = press(basket, basic, pro)
    assert titles(basket) == {"Pro": 2, "Cable": 1}
    assert [(one.product, one.title, one.units) for one in done.removed] == [(cable.pk, "Cable", 2)]
    assert done.exchanged.total == Decimal("22.00")


def test_what_came_with_the_lower_step_already_is_left_alone(ladder: Any, basic: Any, pro: Any) -> None:
    cable = make_product("Cable", price="4.00")
    contain(ladder, 0, cable)
    contain(ladder, 1, cable)
    basket = make_basket(basic, cable)
    assert press(basket, basic, pro).removed == ()
    assert titles(basket) == {"Pro": 1, "Cable": 1}


def test_a_variant_of_a_contained_product_goes_and_one_made_to_order_stays(ladder: Any, basic: Any, pro: Any) -> None:
    case, (red, blue) = make_variants("Case", "9", "8")
    name = make_option(case, "Name")
    contain(ladder, 1, case)
    basket = make_basket(basic, red, blue)
    again(basket).basket.add_product(blue, 1, [{"option": name, "value": "Ada"}])
    press(basket, basic, pro)
    assert titles(basket) == {"Pro": 1, "Case 1": 1, "Case 2": 1}
    assert line_of(basket, blue).attributes.exists()


def test_what_was_made_to_order_is_not_what_comes_with_the_step(ladder: Any, basic: Any, pro: Any) -> None:
    cable = make_product("Cable", price="4.00")
    contain(ladder, 1, cable)
    basket = make_basket(basic)
    again(basket).basket.add_product(cable, 1, [{"option": make_option(cable, "Name"), "value": "Ada"}])
    assert press(basket, basic, pro).removed == ()


def test_a_kit_that_contains_what_it_replaces_takes_no_second_one(basic: Any) -> None:
    kit = make_product("Kit", price="30.00", product_class=basic.product_class)
    ladder = make_ladder(basic, kit)
    contain(ladder, 1, basic)
    name = make_option(basic, "Name")
    kit.product_options.add(name)
    basket = make_basket(basic)
    line, _created = again(basket).basket.add_product(basic, 1, [{"option": name, "value": "Ada"}])
    press(basket, line.pk, kit)
    assert titles(basket) == {"Kit": 1, "Basic": 1}


# --- prices -----------------------------------------------------------------------------------------------------------


def test_dearer_than_shown_is_asked_again(basket: Any, basic: Any, pro: Any) -> None:
    """A23."""
    refused = nothing_changes(basket, basic, pro, shown=Decimal("29.99"), shown_currency="GBP")
    assert isinstance(refused, ChangedError)
    assert refused.exchanged.total == Decimal("30.00")


def test_cheaper_than_shown_is_charged(basket: Any, basic: Any, pro: Any) -> None:
    """A23."""
    done = press(basket, basic, pro, shown=Decimal("30.01"), shown_currency="GBP")
    assert done.exchanged.total == Decimal("30.00")


def test_another_currency_than_shown_is_asked_again(basket: Any, basic: Any, pro: Any) -> None:
    """A24."""
    refused = nothing_changes(basket, basic, pro, shown=Decimal("99.00"), shown_currency="JPY")
    assert isinstance(refused, ChangedError)


def test_a_bundle_that_falls_apart_is_in_the_difference(basket: Any, basic: Any, pro: Any) -> None:
    mouse = make_product("Mouse", price="5.00")
    make_bundle(basic, mouse, price="11.00", name="Desk")
    again(basket).basket.add_product(mouse)
    done = press(basket, basic, pro)
    assert done.exchanged.total == Decimal("34.00")
    assert [(one.name, one.amount) for one in done.exchanged.savings] == [("Desk", Decimal("-4.00"))]


# --- special prices ---------------------------------------------------------------------------------------------------


def accepted() -> int:
    return sum(Grant.objects.accepted().values_list("quantity", flat=True))


def test_a_special_price_is_accepted_for_the_units_switched(ladder: Any, basket: Any, basic: Any, pro: Any) -> None:
    offer = make_upgrade_offer(ladder, to=pro, off="6.00")
    request = again(basket)
    done = press(basket, basic, pro, request=request, offer=offer.pk, shown=Decimal("18.00"), shown_currency="GBP")
    assert (done.exchanged.total, accepted()) == (Decimal("18.00"), 2)
    get_class("offer.applicator", "Applicator")().apply(request.basket, request.user, request)
    assert request.basket.total_excl_tax == Decimal("38.00")


def test_a_special_price_that_is_over_changes_nothing_and_says_when_it_ended(
    ladder: Any, basket: Any, basic: Any, pro: Any
) -> None:
    """A17: one second after its end."""
    ended = timezone.now() - timedelta(seconds=1)
    offer = make_upgrade_offer(ladder, to=pro, off="6.00", ends_at=ended)
    refused = nothing_changes(basket, basic, pro, offer=offer.pk, shown=Decimal("18.00"), shown_currency="GBP")
    assert isinstance(refused, EndedError)
    assert "good until" in str(refused)
    assert accepted() == 0


def test_one_second_before_its_end_it_is_accepted(ladder: Any, basket: Any, basic: Any, pro: Any) -> None:
    """A17."""
    offer = make_upgrade_offer(ladder, to=pro, off="6.00", ends_at=timezone.now() + timedelta(seconds=1))
    assert press(basket, basic, pro, offer=offer.pk).exchanged.total == Decimal("18.00")


@pytest.mark.parametrize("wrong", ["step", "start", "ladder", "unknown"])
def test_a_special_price_of_something_else_is_refused(
    ladder: Any, basket: Any, basic: Any, pro: Any, studio: Any, wrong: str
) -> None:
    """A02."""
    offers = {
        "step": lambda: make_upgrade_offer(ladder, to=studio, off="6.00").pk,
        "start": lambda: make_upgrade_offer(ladder, to=pro, off="6.00", from_tier=ladder.tiers.all()[2]).pk,
        "ladder": lambda: make_upgrade_offer(make_ladder(make_product(), make_product()), off="6.00").pk,
        "unknown": lambda: 999_999,
    }
    refused = nothing_changes(basket, basic, pro, offer=offers[wrong]())
    assert isinstance(refused, EndedError)
    assert accepted() == 0


def test_a_special_price_leads_up_and_never_down(ladder: Any, pro: Any, studio: Any) -> None:
    offer = make_upgrade_offer(ladder, to=pro, off="6.00")
    basket = make_basket(studio)
    assert isinstance(nothing_changes(basket, studio, pro, offer=offer.pk), EndedError)


def test_what_is_refused_as_too_dear_accepts_nothing(ladder: Any, basket: Any, basic: Any, pro: Any) -> None:
    offer = make_upgrade_offer(ladder, to=pro, off="6.00")
    refused = nothing_changes(basket, basic, pro, offer=offer.pk, shown=Decimal("17.99"))
    assert isinstance(refused, ChangedError)
    assert (refused.exchanged.total, accepted()) == (Decimal("18.00"), 0)


# --- why not ----------------------------------------------------------------------------------------------------------


def test_a_line_that_is_gone_is_told(basket: Any, basic: Any, pro: Any) -> None:
    key = line_of(basket, basic).pk
    Line.objects.all().delete()
    with pytest.raises(GoneError, match="not in your basket any more"):
        press(basket, key, pro)


def test_a_line_of_another_basket_is_as_good_as_gone(basket: Any, basic: Any, pro: Any) -> None:
    other = make_basket((basic, 7))
    refused = nothing_changes(basket, line_of(other, basic).pk, pro)
    assert type(refused) is GoneError
    assert titles(other) == {"Basic": 7}


def test_a_basket_that_was_never_saved_holds_nothing(basic: Any, pro: Any, basket: Any) -> None:
    request = make_request()
    with pytest.raises(GoneError):
        swap(line=line_of(basket, basic).pk, product=pro.pk, request=request, basket=request.basket)
    assert request.basket.pk is None


def test_a_second_press_is_told_that_it_is_done(basket: Any, basic: Any, pro: Any) -> None:
    key = line_of(basket, basic).pk
    press(basket, key, pro)
    assert isinstance(nothing_changes(basket, key, pro), HeldError)
    assert isinstance(nothing_changes(basket, pro, pro), HeldError)


@pytest.mark.parametrize("now", ["Frozen", "Submitted", "Merged"])
def test_a_basket_that_is_being_paid_for_is_left_alone(basket: Any, basic: Any, pro: Any, now: str) -> None:
    """The request read the basket before another one froze it."""
    request = again(basket)
    type(basket).objects.filter(pk=basket.pk).update(status=now)
    before = contents(basket)
    with pytest.raises(NotChangedError, match="being paid for"):
        press(basket, basic, pro, request=request)
    assert contents(basket) == before


@pytest.mark.parametrize("state", ["draft", "paused", "ended"])
def test_a_ladder_that_does_not_run_switches_nothing(
    ladder: Any, basket: Any, basic: Any, pro: Any, state: str
) -> None:
    ladder.status = state
    ladder.save()
    nothing_changes(basket, basic, pro)


def test_a_ladder_whose_time_is_over_or_not_come_switches_nothing(
    ladder: Any, basket: Any, basic: Any, pro: Any
) -> None:
    now = timezone.now()
    for times in ({"ends_at": now}, {"starts_at": now + timedelta(hours=1), "ends_at": None}):
        type(ladder).objects.update(**times)
        nothing_changes(basket, basic, pro)


def test_a_ladder_for_others_switches_nothing(ladder: Any, basket: Any, basic: Any, pro: Any) -> None:
    ladder.audience = {"signed_in": True}
    ladder.save()
    nothing_changes(basket, basic, pro)


def test_a_product_of_no_ladder_or_another_one_is_refused(basket: Any, basic: Any) -> None:
    """A02."""
    other, better = make_product("Other"), make_product("Better")
    nothing_changes(basket, basic, other)
    make_ladder(other, better)
    refused = nothing_changes(basket, basic, better)
    assert str(refused) == "Nothing was changed: Basic cannot be switched for Better."


def test_nothing_is_switched_while_upsell_is_off(basket: Any, basic: Any, pro: Any, settings: Any) -> None:
    settings.UPSELL_ENABLED = False
    nothing_changes(basket, basic, pro)


@pytest.mark.parametrize("spoil", ["hidden", "deleted", "unpriced", "sold out", "too few", "other currency"])
def test_what_cannot_be_had_is_refused_with_the_reason(basket: Any, basic: Any, pro: Any, spoil: str) -> None:
    """A25."""
    stock = pro.stockrecords.get()
    key = pro.pk
    match spoil:
        case "hidden":
            type(pro).objects.filter(pk=pro.pk).update(is_public=False)
        case "deleted":
            pro.delete()
        case "unpriced":
            stock.delete()
        case "sold out":
            type(stock).objects.update(num_in_stock=0)
        case "too few":
            type(stock).objects.filter(pk=stock.pk).update(num_in_stock=1)
        case "other currency":
            again(basket).basket.add_product(make_product("Anything"))
            type(stock).objects.filter(pk=stock.pk).update(price_currency="JPY")
    refused = nothing_changes(basket, basic, key)
    assert str(refused).startswith("Nothing was changed")
    if spoil not in ("hidden", "deleted"):
        assert "Pro" in str(refused)


def test_stock_that_other_lines_hold_already_is_counted(basket: Any, basic: Any, pro: Any) -> None:
    again(basket).basket.add_product(pro, 3)
    pro.stockrecords.update(num_in_stock=4)
    nothing_changes(basket, basic, pro)
    pro.stockrecords.update(num_in_stock=5)
    press(basket, basic, pro)


def test_a_basket_that_is_full_may_still_switch(basket: Any, basic: Any, pro: Any, settings: Any) -> None:
    settings.OSCAR_MAX_BASKET_QUANTITY_THRESHOLD = 2
    press(basket, basic, pro)
    assert titles(basket) == {"Pro": 2}
