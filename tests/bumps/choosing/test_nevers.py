"""What is never offered at the till, whatever else speaks for it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings
from django.utils import timezone, translation
from oscar.core.loading import get_model
from oscar.test import factories

from tests.bumps.choosing.pages import again, beside, extras, titles
from upsell.bumps.models.bumps import BumpRequirement
from upsell.bumps.placements import Placement
from upsell.bumps.serving.bump_reading import facts_of
from upsell.core.audience import Audience, Customers, to_json
from upsell.models import Bump, Grant, OfferUsage
from upsell.offers.services import pause_offer, save_terms
from upsell.offers.serving import granting
from upsell.offers.serving.families import rows
from upsell.testing import make_bump, make_product

pytestmark = pytest.mark.django_db

Kind = BumpRequirement.Kind


def owner(*products: Any) -> Any:
    user = factories.UserFactory()
    basket = factories.create_basket(empty=True)
    for product in products:
        basket.add_product(product)
    if products:
        factories.create_order(basket=basket, user=user)
    return user


def asking(product: Any, *rules: dict[str, Any], **fields: Any) -> Bump:
    """A bump with these conditions, all of which must hold."""
    bump = make_bump(product, **fields)
    for number, rule in enumerate(rules):
        bump.requirements.create(group=number, **rule)
    save_terms(bump)
    return bump


# --- the product ------------------------------------------------------------------------------------------------------


def test_never_what_is_in_the_basket(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, off="1.00")
    assert titles(beside(camera, cloth)) == []


def test_never_a_variant_of_what_is_in_the_basket(camera: Any) -> None:
    shirt = make_product("Shirt", price=None, structure="parent")
    small, large = (make_product(title, parent=shirt, structure="child") for title in ("Small", "Large"))
    make_bump(small, trigger=camera)
    assert titles(beside(camera)) == ["Small"]
    assert titles(beside(camera, large)) == []


def test_never_what_the_page_shows_elsewhere(camera: Any, cloth: Any) -> None:
    from upsell.recommendations.serving.page import Page

    make_bump(cloth, trigger=camera)
    request = beside(camera)
    Page.of(request).shown.add(cloth.pk)
    assert titles(request) == []


def test_what_is_offered_is_left_to_it_by_the_rest_of_the_page(camera: Any, cloth: Any) -> None:
    from upsell.recommendations.serving.page import Page

    make_bump(cloth, trigger=camera)
    request = beside(camera)
    extras(request)
    assert cloth.pk in Page.of(request).shown


def test_never_what_is_hidden(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    request = beside(camera)
    assert titles(request) == ["Cloth"]
    cloth.is_public = False
    cloth.save()
    assert titles(again(request)) == []


def test_never_a_variant_of_what_is_hidden(camera: Any) -> None:
    shirt = make_product("Shirt", price=None, structure="parent", is_public=False)
    make_bump(make_product("Small", parent=shirt, structure="child"), trigger=camera)
    assert titles(beside(camera)) == []


def test_never_what_was_deleted(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    request = beside(camera)
    assert titles(request) == ["Cloth"]
    cloth.delete()
    assert titles(again(request)) == []
    assert titles(beside(camera)) == []


def test_never_what_is_sold_out(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    request = beside(camera)
    assert titles(request) == ["Cloth"]
    cloth.stockrecords.update(num_in_stock=0)
    assert titles(again(request)) == []


def test_never_what_has_no_price(camera: Any) -> None:
    make_bump(make_product("Gift", price=None), trigger=camera)
    assert titles(beside(camera)) == []


def test_never_what_is_sold_in_another_currency(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    cloth.stockrecords.update(price_currency="EUR")
    assert titles(beside(camera)) == []


def test_never_a_bump_of_another_currency(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, currency="EUR")
    assert titles(beside(camera)) == []


@pytest.mark.parametrize("of_the_class", [True, False])
def test_never_what_needs_options(camera: Any, cloth: Any, *, of_the_class: bool) -> None:
    option = get_model("catalogue", "Option").objects.create(name="Engraving", required=True)
    (cloth.product_class.options if of_the_class else cloth.product_options).add(option)
    make_bump(cloth, trigger=camera)
    assert titles(beside(camera)) == []


def test_never_what_needs_a_choice_of_variant(camera: Any) -> None:
    shirt = make_product("Shirt", price=None, structure="parent")
    make_product("Small", parent=shirt, structure="child")
    make_bump(shirt, trigger=camera)
    assert titles(beside(camera)) == []


def test_never_what_is_dearer_than_the_cap(camera: Any) -> None:
    bread = make_product("Bread", price="6.00")
    make_bump(make_product("Lens", price="60.00"), trigger=bread)
    assert titles(beside(bread)) == []
    assert titles(beside((bread, 10))) == ["Lens"]
    with override_settings(UPSELL_BUMP_PRICE_SHARE=None):
        assert titles(beside(bread)) == ["Lens"]


def test_the_cap_is_held_against_what_would_be_paid(camera: Any) -> None:
    bread = make_product("Bread", price="6.00")
    make_bump(make_product("Lens", price="60.00"), trigger=bread, off="55.00")
    assert titles(beside(bread)) == ["Lens"]
    with override_settings(UPSELL_BUMP_PRICE_SHARE=0.5, UPSELL_SHELF_PRICE_FLOOR={"GBP": 3}):
        assert titles(beside(bread)) == []
    with override_settings(UPSELL_BUMP_PRICE_SHARE=0.5, UPSELL_SHELF_PRICE_FLOOR={"GBP": 5}):
        assert titles(beside(bread)) == ["Lens"]


def test_never_what_the_customer_owns_where_one_is_enough(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, not_if_owned=True)
    assert titles(beside(camera, user=owner(cloth))) == []
    assert titles(beside(camera, user=owner())) == ["Cloth"]
    assert titles(beside(camera)) == ["Cloth"]


def test_what_is_used_up_is_offered_to_its_owners_again(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    assert titles(beside(camera, user=owner(cloth))) == ["Cloth"]


def test_never_another_variant_of_what_the_customer_owns_where_one_is_enough(camera: Any) -> None:
    shirt = make_product("Shirt", price=None, structure="parent")
    small, large = (make_product(title, parent=shirt, structure="child") for title in ("Small", "Large"))
    make_bump(small, trigger=camera, not_if_owned=True)
    assert titles(beside(camera, user=owner(large))) == []


# --- the bump ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Bump.Status.DRAFT, Bump.Status.PAUSED, Bump.Status.ENDED])
def test_never_one_that_does_not_run(camera: Any, cloth: Any, status: str) -> None:
    make_bump(cloth, trigger=camera, status=status)
    assert titles(beside(camera)) == []


def test_never_one_that_was_just_paused(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    request = beside(camera)
    assert titles(request) == ["Cloth"]
    pause_offer(offer=bump, user=owner())
    assert titles(beside(camera)) == []


def test_never_before_it_begins_nor_after_it_has_ended(camera: Any, cloth: Any) -> None:
    now = timezone.now()
    make_bump(cloth, trigger=camera, starts_at=now + timedelta(minutes=2), ends_at=now + timedelta(minutes=4))
    request = beside(camera)
    seen = []
    for minutes in (0, 1, 3, 5):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            seen.append(titles(again(request)))
    assert seen == [[], [], ["Cloth"], []]


def test_never_while_the_row_of_its_family_is_suspended(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, off="1.00")
    for row in rows("bump"):
        row.status = row.SUSPENDED
        row.save()
    assert titles(beside(camera)) == []


def test_never_to_a_basket_that_does_not_call_for_it(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    assert titles(beside(make_product("Bread"))) == []


@pytest.mark.parametrize(
    ("rule", "is_met"),
    [
        ({"kind": Kind.WORTH, "least": 80}, True),
        ({"kind": Kind.WORTH, "least": Decimal("80.01")}, False),
        ({"kind": Kind.WORTH, "most": 79}, False),
        ({"kind": Kind.CURRENCY, "codes": ["GBP"]}, True),
        ({"kind": Kind.CURRENCY, "codes": ["EUR"]}, False),
        ({"kind": Kind.LANGUAGE, "codes": ["en"]}, True),
        ({"kind": Kind.LANGUAGE, "codes": ["ja"]}, False),
        ({"kind": Kind.LANGUAGE, "codes": ["ja"], "negated": True}, True),
        ({"kind": Kind.COUNTRY, "codes": ["GB"]}, False),
        ({"kind": Kind.COUNTRY, "codes": ["GB"], "negated": True}, False),
        ({"kind": Kind.CUSTOMERS, "codes": ["new"]}, False),
        ({"kind": Kind.CUSTOMERS, "codes": ["returning"]}, False),
        ({"kind": Kind.TIME, "codes": [0, 1, 2, 3, 4, 5, 6]}, True),
    ],
)
def test_never_unless_its_conditions_surely_hold_for_a_guest(
    camera: Any, cloth: Any, rule: dict[str, Any], *, is_met: bool
) -> None:
    asking(cloth, rule)
    with translation.override("en-gb"):
        assert titles(beside(camera)) == (["Cloth"] if is_met else [])


def test_conditions_on_the_customer_are_held_against_what_is_known_of_them(camera: Any, cloth: Any) -> None:
    bread = make_product("Bread")
    asking(cloth, {"kind": Kind.CUSTOMERS, "codes": ["returning"]}, {"kind": Kind.OWNED, "product": bread})
    assert titles(beside(camera, user=owner(bread))) == ["Cloth"]
    assert titles(beside(camera, user=owner(camera))) == []
    assert titles(beside(camera, user=owner())) == []


def test_the_country_is_the_one_that_the_checkout_was_told(camera: Any, cloth: Any) -> None:
    asking(cloth, {"kind": Kind.COUNTRY, "codes": ["GB"]})
    request = beside(camera)
    request.session["checkout_data"] = {"shipping": {"new_address_fields": {"country_id": "GB"}}}
    assert titles(request) == ["Cloth"]


def test_conditions_on_categories_and_their_products(camera: Any, cloth: Any) -> None:
    cameras = get_model("catalogue", "Category").add_root(name="Cameras")
    camera.categories.add(cameras.add_child(name="Small cameras"))
    asking(cloth, {"kind": Kind.CONTAINS, "category": cameras, "units": 2})
    assert titles(beside(camera)) == []
    assert titles(beside((camera, 2))) == ["Cloth"]
    assert titles(beside((make_product("Bread"), 2))) == []


def test_what_must_not_be_in_the_basket_keeps_it_away(camera: Any, cloth: Any) -> None:
    bread = make_product("Bread")
    asking(cloth, {"product": camera}, {"product": bread, "negated": True})
    assert titles(beside(camera)) == ["Cloth"]
    assert titles(beside(camera, bread)) == []


def test_never_to_whom_it_is_not_meant_for(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, audience=to_json(Audience(customers=Customers.RETURNING)))
    assert titles(beside(camera)) == []
    assert titles(beside(camera, user=owner(camera))) == ["Cloth"]


def test_never_an_audience_that_cannot_be_read(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, audience={"tribe": "blue"})
    assert titles(beside(camera)) == []


# --- limits -----------------------------------------------------------------------------------------------------------


def test_never_one_of_which_no_use_is_left(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00", max_in_all=2)
    request = beside(camera)
    assert titles(request) == ["Cloth"]
    OfferUsage.objects.create(offer=bump, used=2)
    assert titles(again(request)) == []


def test_never_one_whose_budget_is_spent(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00", budget=Decimal("5.00"))
    request = beside(camera)
    assert titles(request) == ["Cloth"]
    OfferUsage.objects.create(offer=bump, used=5, spent=Decimal("5.00"))
    assert titles(again(request)) == []


def test_never_to_a_customer_who_has_had_it_as_often_as_one_can(camera: Any, cloth: Any) -> None:
    from upsell.offers.serving.customers import customer_of_user

    bump = make_bump(cloth, trigger=camera, off="1.00", max_per_customer=1)
    user, other = owner(), owner()
    OfferUsage.objects.create(offer=bump, customer=customer_of_user(user), used=1)
    assert titles(beside(camera, user=user)) == []
    assert titles(beside(camera, user=other)) == ["Cloth"]
    assert titles(beside(camera, user=user)) == []
    facts = facts_of([bump.pk], request=beside(camera, user=user))[bump.pk]
    assert (facts.limit, facts.limited_by) == (0, "customer")


def test_a_use_that_is_left_is_all_that_is_offered(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00", per_trigger=5, max_per_basket=None, max_in_all=4)
    OfferUsage.objects.create(offer=bump, used=3)
    assert extras(beside(camera))[0].units == 1


# --- what the shopper has said ----------------------------------------------------------------------------------------


def test_never_what_was_declined_until_enough_days_are_over(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, again_after_days=10)
    request = beside(camera)
    request.session = SessionStore()
    assert granting.dismiss(facts_of([bump.pk], request=request)[bump.pk], request=request)
    assert titles(again(request)) == []
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        assert titles(again(request)) == []
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        assert titles(again(request)) == ["Cloth"]


def test_what_was_declined_and_taken_back_is_offered_again(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    request = beside(camera)
    granting.dismiss(facts_of([bump.pk], request=request)[bump.pk], request=request)
    granting.think_again(offer=bump.pk, request=request)
    assert titles(again(request)) == ["Cloth"]


def test_what_one_shopper_declined_another_is_offered(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    request = beside(camera)
    granting.dismiss(facts_of([bump.pk], request=request)[bump.pk], request=request)
    assert titles(beside(camera)) == ["Cloth"]


def test_what_was_ordered_once_may_be_offered_again(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00")
    request = beside(camera)
    granting.accept(facts_of([bump.pk], request=request)[bump.pk], quantity=1, held=lambda: 1, request=request)
    Grant.objects.update(state=Grant.State.USED, closed_at=timezone.now())
    assert titles(again(request)) == ["Cloth"]


def test_no_place_is_taken_by_what_may_not_stand_there(camera: Any, cloth: Any) -> None:
    for number in range(4):
        make_bump(make_product(f"Gone {number}", stock=0), trigger=camera, priority=5)
    make_bump(cloth, trigger=camera)
    assert titles(beside(camera), Placement.PREVIEW) == ["Cloth"]
