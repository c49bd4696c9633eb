"""Which extras a page offers beside a basket, in which order, and for how much."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone, translation
from oscar.core.loading import get_model
from oscar.test import factories

from tests.bumps.choosing.pages import again, beside, extras, titles
from upsell.bumps.placements import Placement
from upsell.bumps.serving.bump_reading import facts_of
from upsell.bumps.serving.offering import entitled, extras_for, fits
from upsell.offers.services import save_terms
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.recommendations.base import Table
from upsell.testing import (
    add_affinity,
    add_curation,
    add_popularity,
    make_bump,
    make_bundle,
    make_product,
    make_request,
)

pytestmark = pytest.mark.django_db


def margins(products: Any, currency: str) -> dict[int, Decimal]:
    assert currency == "GBP"
    return {product.pk: Decimal("9.00") for product in products if product.get_title() == "Gold"}


def broken(products: Any, currency: str) -> dict[int, Decimal]:
    raise LookupError("The ledger is closed.")


# --- what it says -----------------------------------------------------------------------------------------------------


def test_what_the_basket_calls_for_is_offered_at_its_price(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="3.50", text="Keeps lenses clear.")
    [extra] = extras(beside(camera))
    assert (extra.offer_id, extra.product_id, extra.units) == (bump.pk, cloth.pk, 1)
    assert (extra.price, extra.total, extra.is_reduced) == (Decimal("6.00"), Decimal("2.50"), True)
    assert (extra.headline, extra.text, extra.title) == ("Add Cloth", "Keeps lenses clear.", "Cloth")
    assert (extra.placement, extra.currency, extra.image, extra.ends_at) == ("basket", "GBP", "", None)
    assert extra.card.product == cloth
    assert not extra.card.needs_options


def test_an_extra_without_a_reward_costs_what_it_costs(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    [extra] = extras(beside(camera))
    assert (extra.price, extra.total, extra.is_reduced) == (Decimal("6.00"), Decimal("6.00"), False)


def test_an_extra_may_be_given_away(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, reward_kind="percent", reward=100, is_free=True)
    [extra] = extras(beside(camera))
    assert extra.is_free


def test_the_texts_are_those_of_the_language(camera: Any, cloth: Any) -> None:
    said = {"ja": {"headline": "レンズクロス", "text": "きれいに。"}}
    make_bump(cloth, trigger=camera, headline="Keep it clean", text="Clear.", translations=said)
    request = beside(camera)
    with translation.override("ja"):
        [extra] = extras(request)
    assert (extra.headline, extra.text) == ("レンズクロス", "きれいに。")
    with translation.override("de"):
        [extra] = extras(again(request))
    assert (extra.headline, extra.text) == ("Keep it clean", "Clear.")


def test_the_merchants_own_picture_stands_for_the_product_in_its_language(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    image = factories.ProductImageFactory(product=camera).original
    bump.images.create(language="ja", image=image.name)
    bump.save()
    request = beside(camera)
    assert extras(request)[0].image == ""
    with translation.override("ja"):
        [extra] = extras(again(request))
    assert extra.image
    assert extra.card.image.url == extra.image


def test_the_reason_is_that_of_the_orders_behind_it(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    add_affinity(camera, cloth, table=Table.BASKET, orders_together=12)
    [extra] = extras(beside(camera))
    assert extra.reason == extra.card.reason == "Often bought with Camera"


def test_the_end_of_the_offer_is_told(camera: Any, cloth: Any) -> None:
    ends = timezone.now() + timedelta(hours=2)
    make_bump(cloth, trigger=camera, ends_at=ends)
    assert extras(beside(camera))[0].ends_at == ends


def test_it_is_told_that_others_may_take_something_off_too(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, off="1.00")
    assert not extras(beside(camera))[0].others
    factories.create_offer("Sale")
    assert extras(beside(camera))[0].others


# --- units ------------------------------------------------------------------------------------------------------------


def test_as_many_units_are_offered_as_the_triggers_allow(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00", per_trigger=2, max_per_basket=None)
    request = beside((camera, 2))
    [extra] = extras(request)
    assert (extra.units, extra.price, extra.total) == (4, Decimal("24.00"), Decimal("20.00"))
    facts = facts_of([bump.pk], request=request)[bump.pk]
    assert entitled(facts, request.basket) == 4


def test_no_more_units_than_a_basket_may_have_and_no_more_than_are_left(camera: Any) -> None:
    make_bump(make_product("Few", stock=3), trigger=camera, per_trigger=5, max_per_basket=None)
    make_bump(make_product("Capped"), trigger=camera, per_trigger=5, max_per_basket=2)
    assert {extra.title: extra.units for extra in extras(beside(camera))} == {"Few": 3, "Capped": 2}


@override_settings(OSCAR_MAX_BASKET_QUANTITY_THRESHOLD=3)
def test_no_more_units_than_the_basket_still_holds(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, per_trigger=5, max_per_basket=None)
    assert extras(beside((camera, 2)))[0].units == 1
    assert extras(beside((camera, 3))) == []


def test_a_condition_of_several_units_calls_once_for_all_of_them(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, max_per_basket=None)
    bump.requirements.create(product=camera, units=2)
    save_terms(bump)
    assert extras(beside((camera, 1))) == []
    assert extras(beside((camera, 5)))[0].units == 2


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "placement"),
    [
        ("in_basket", Placement.BASKET),
        ("at_address", Placement.ADDRESS),
        ("at_delivery", Placement.DELIVERY),
        ("at_payment", Placement.PAYMENT),
        ("at_preview", Placement.PREVIEW),
    ],
)
def test_an_extra_stands_only_where_its_merchant_put_it(
    camera: Any, cloth: Any, field: str, placement: Placement
) -> None:
    places = dict.fromkeys(("in_basket", "at_address", "at_delivery", "at_payment", "at_preview"), False)
    make_bump(cloth, trigger=camera, **{**places, field: True})
    request = beside(camera)
    assert [place for place in Placement if titles(again(request), place)] == [placement]


def test_there_are_at_most_two_unless_the_shop_or_the_tag_says_otherwise(camera: Any) -> None:
    for number in range(5):
        make_bump(make_product(f"Extra {number}"), trigger=camera)
    request = beside(camera)
    assert len(titles(request)) == 2
    assert len(titles(again(request), most=4)) == 4
    assert titles(again(request), most=0) == []
    with override_settings(UPSELL_BUMPS_PER_PLACEMENT=1):
        assert len(titles(again(request))) == 1


def test_what_one_place_of_a_page_shows_another_leaves_out(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, at_payment=True)
    request = beside(camera)
    assert titles(request, Placement.BASKET) == ["Cloth"]
    assert titles(request, Placement.PAYMENT) == []
    assert titles(request, Placement.BASKET) == ["Cloth"]  # asked again, the same page says the same


# --- which of them ----------------------------------------------------------------------------------------------------


def test_priority_goes_first(camera: Any) -> None:
    for number, priority in enumerate((0, 3, 1)):
        make_bump(make_product(f"Extra {number}"), trigger=camera, priority=priority)
    assert titles(beside(camera)) == ["Extra 1", "Extra 2"]


def test_what_goes_best_with_the_basket_goes_first(camera: Any) -> None:
    bag, strap, lamp = (make_product(title) for title in ("Bag", "Strap", "Lamp"))
    for product in (lamp, bag, strap):
        make_bump(product, trigger=camera)
    add_affinity(camera, strap, table=Table.BASKET, score=0.9)
    add_affinity(camera, bag, table=Table.BASKET, score=0.5)
    assert titles(beside(camera), most=3) == ["Strap", "Bag", "Lamp"]


def test_two_extras_are_never_of_one_family(camera: Any) -> None:
    shirt = make_product("Shirt", price=None, structure="parent")
    small, large = (make_product(title, parent=shirt, structure="child") for title in ("Small", "Large"))
    make_bump(small, trigger=camera, priority=2)
    make_bump(large, trigger=camera, priority=1)
    make_bump(make_product("Lamp"), trigger=camera)
    assert titles(beside(camera)) == ["Small", "Lamp"]


@override_settings(UPSELL_PRODUCT_MARGIN="tests.bumps.choosing.test_offering.margins")
def test_of_equals_what_earns_more_goes_first(camera: Any) -> None:
    make_bump(make_product("Tin"), trigger=camera)
    make_bump(make_product("Gold"), trigger=camera)
    assert titles(beside(camera)) == ["Gold", "Tin"]


@override_settings(UPSELL_PRODUCT_MARGIN="tests.bumps.choosing.test_offering.margins")
def test_what_a_reward_takes_off_is_not_earned(camera: Any) -> None:
    make_bump(make_product("Tin"), trigger=camera)
    make_bump(make_product("Gold"), trigger=camera, off="9.00")
    assert titles(beside(camera)) == ["Tin", "Gold"]


@override_settings(UPSELL_PRODUCT_MARGIN="tests.bumps.choosing.test_offering.broken")
def test_a_ledger_that_fails_costs_its_own_part_only(camera: Any, caplog: pytest.LogCaptureFixture) -> None:
    make_bump(make_product("Tin"), trigger=camera)
    make_bump(make_product("Gold"), trigger=camera)
    assert titles(beside(camera)) == ["Tin", "Gold"]
    assert [record.reason for record in caplog.records] == ["bumps.margin"]  # type: ignore[attr-defined]


# --- ranges -----------------------------------------------------------------------------------------------------------


def a_range(*products: Any, **fields: Any) -> Any:
    made = get_model("offer", "Range").objects.create(name=f"Range {len(products)}", **fields)
    for product in products:
        made.add_product(product)
    return made


def test_of_a_range_what_goes_best_with_the_basket_is_offered(camera: Any) -> None:
    bag, strap, lamp = (make_product(title) for title in ("Bag", "Strap", "Lamp"))
    add_popularity(lamp)
    add_affinity(camera, bag, table=Table.BASKET, score=0.5)
    add_affinity(camera, strap, table=Table.BASKET, score=0.9)
    make_bump(a_range(lamp, bag, strap), trigger=camera, off="1.00")
    [extra] = extras(beside(camera))
    assert (extra.title, extra.total) == ("Strap", Decimal("9.00"))


def test_of_a_range_without_a_history_the_best_seller_is_offered(camera: Any) -> None:
    bag, lamp = make_product("Bag"), make_product("Lamp")
    add_popularity(lamp)
    make_bump(a_range(bag, lamp), trigger=camera)
    assert titles(beside(camera)) == ["Lamp"]


def test_of_a_range_of_which_nothing_was_sold_the_first_is_offered(camera: Any) -> None:
    make_bump(a_range(make_product("Bag"), make_product("Lamp")), trigger=camera)
    assert titles(beside(camera)) == ["Bag"]


def test_of_a_range_the_next_is_offered_where_the_best_cannot_be_had(camera: Any) -> None:
    bag, lamp = make_product("Bag", stock=0), make_product("Lamp")
    add_popularity(bag)
    make_bump(a_range(bag, lamp), trigger=camera)
    assert titles(beside(camera)) == ["Lamp"]


def test_a_range_may_be_a_category_with_all_below_it(camera: Any) -> None:
    category = get_model("catalogue", "Category").add_root(name="Care")
    brush = make_product("Brush")
    brush.categories.add(category.add_child(name="Brushes"))
    make_product("Lamp")
    care = a_range()
    care.included_categories.add(category)
    make_bump(care, trigger=camera)
    assert titles(beside(camera)) == ["Brush"]


def test_a_range_may_be_a_class_of_products(camera: Any) -> None:
    kind = get_model("catalogue", "ProductClass").objects.create(name="Tools")
    make_product("Wrench", product_class=kind)
    make_product("Lamp")
    tools = a_range()
    tools.classes.add(kind)
    make_bump(tools, trigger=camera)
    assert titles(beside(camera)) == ["Wrench"]


def test_a_range_may_be_everything(camera: Any) -> None:
    lamp, bag = make_product("Lamp"), make_product("Bag")
    add_popularity(camera)
    add_popularity(bag)
    make_bump(a_range(includes_all_products=True), trigger=camera)
    assert titles(beside(camera)) == ["Bag"]
    add_affinity(camera, lamp, table=Table.BASKET)
    assert titles(beside(camera)) == ["Lamp"]


def test_of_variants_in_a_range_one_that_can_be_had_is_offered(camera: Any) -> None:
    shirt = make_product("Shirt", price=None, structure="parent")
    make_product("Small", parent=shirt, structure="child", stock=0)
    make_product("Large", parent=shirt, structure="child")
    make_bump(a_range(shirt), trigger=camera)
    assert titles(beside(camera)) == ["Large"]


def test_what_a_range_leaves_out_is_not_offered(camera: Any) -> None:
    lamp, bag = make_product("Lamp"), make_product("Bag")
    add_popularity(lamp)
    add_popularity(bag)
    some = a_range(lamp, bag)
    some.excluded_products.add(lamp)
    make_bump(some, trigger=camera)
    assert titles(beside(camera)) == ["Bag"]


def test_what_a_merchant_wants_recommended_nowhere_is_chosen_from_no_range(camera: Any) -> None:
    bag, lamp = make_product("Bag"), make_product("Lamp")
    add_popularity(bag)
    make_bump(a_range(bag, lamp), trigger=camera)
    request = beside(camera)
    assert titles(request) == ["Bag"]
    add_curation("exclude", bag)
    assert titles(again(request)) == ["Lamp"]
    make_bump(bag, trigger=camera, priority=1)  # but a bump of that very product is what its merchant wants
    assert titles(beside(camera)) == ["Bag", "Lamp"]


# --- prices -----------------------------------------------------------------------------------------------------------


def test_a_reward_that_gives_nothing_now_is_not_promised_by_a_headline(camera: Any, cloth: Any) -> None:
    """The product may not be discounted; the extra itself is still there to be had."""
    cloth.is_discountable = False
    cloth.save()
    make_bump(cloth, trigger=camera, off="3.00")
    [extra] = extras(beside(camera))
    assert (extra.total, extra.is_reduced) == (Decimal("6.00"), False)
    make_bump(cloth, trigger=camera, off="3.00", headline="Only 3.00!", priority=1)
    assert [extra.headline for extra in extras(beside(camera))] == ["Add Cloth"]


def test_an_extra_that_would_cost_the_basket_another_offer_is_not_shown(
    camera: Any, cloth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upsell.bumps.serving import till
    from upsell.offers.plans import Exchanged

    make_bump(cloth, trigger=camera, off="1.00")
    dearer = Exchanged("GBP", Decimal("6.00"), Decimal("6.01"))
    monkeypatch.setattr(till, "exchanged", lambda exchanges, **more: [dearer for _ in exchanges])
    assert extras(beside(camera)) == []


def test_the_price_of_an_extra_counts_what_other_offers_give_with_it(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    make_bundle(camera, cloth, off="4.00")
    [extra] = extras(beside(camera))
    assert (extra.price, extra.total) == (Decimal("6.00"), Decimal("2.00"))


def test_a_price_that_was_changed_is_never_shown_again(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="1.00")
    request = beside(camera)
    assert extras(request)[0].total == Decimal("5.00")
    record = cloth.stockrecords.get()
    record.price = Decimal("7.00")
    record.save()
    assert extras(again(request))[0].total == Decimal("6.00")
    bump.reward = Decimal("2.00")
    bump.save()
    save_terms(bump)
    fresh = beside(camera)
    assert extras(fresh)[0].total == Decimal("5.00")


# --- the shop ---------------------------------------------------------------------------------------------------------


def test_an_empty_basket_is_offered_nothing(camera: Any, cloth: Any) -> None:
    make_bump(cloth)
    assert titles(make_request()) == []
    assert titles(beside()) == []


def test_a_basket_that_is_being_paid_for_is_offered_nothing(camera: Any, cloth: Any) -> None:
    make_bump(cloth)
    request = beside(camera)
    request.basket.freeze()
    assert titles(request) == []


@override_settings(UPSELL_ENABLED=False)
def test_a_shop_that_is_switched_off_offers_nothing(camera: Any, cloth: Any) -> None:
    make_bump(cloth)
    assert titles(beside(camera)) == []


def test_a_failure_costs_the_extras_and_not_the_page(
    camera: Any, cloth: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from upsell.bumps.serving import till

    def fail(*args: Any, **more: Any) -> Any:
        raise RuntimeError

    make_bump(cloth, trigger=camera)
    monkeypatch.setattr(till, "called_for", fail)
    assert titles(beside(camera)) == []
    assert [record.reason for record in caplog.records] == ["bumps.extras"]  # type: ignore[attr-defined]


def test_whether_a_bump_fits_is_told_for_any_of_them(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    request, other = beside(camera), beside(make_product("Bread"))
    facts = facts_of([bump.pk], request=request)[bump.pk]
    assert fits(facts, request.basket, request)
    assert not fits(facts, other.basket, other)
    assert entitled(facts, other.basket) == 0
    assert not fits(facts, make_request().basket, make_request())
    assert facts_of([], request=request) == {}
    assert extras_for(None, request=request, placement=Placement.BASKET) == ()


def test_a_reward_of_nothing_is_none(camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, reward_kind="percent", reward=0, headline="Keep it clean")
    request = beside(camera)
    assert not facts_of([bump.pk], request=request)[bump.pk].has_reward
    assert [extra.headline for extra in extras(request)] == ["Keep it clean"]


@pytest.mark.parametrize(
    ("held", "units", "each", "most"),
    [(1, 1, 1, 1), (3, 2, 2, None), (5, 2, 1, None), (4, 1, 3, 5), (2, 3, 1, None), (6, 3, 2, 3)],
)
def test_entitled_are_as_many_units_as_the_engine_reduces(
    camera: Any, cloth: Any, held: int, units: int, each: int, most: int | None
) -> None:
    bump = make_bump(cloth, off="1.00", per_trigger=each, max_per_basket=most)
    bump.requirements.create(product=camera, units=units)
    save_terms(bump)
    request = beside((camera, held))
    may = entitled(facts_of([bump.pk], request=request)[bump.pk], request.basket)
    many = Exchange({}, [(cloth, 9)], accepting={bump.pk: 9})
    [priced] = exchanged([many], request=request, basket=request.basket)
    assert priced is not None
    assert priced.price - priced.total == may
