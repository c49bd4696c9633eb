"""What is shown beside a product: prices of today by the real engine, whole sets only, and few queries."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone, translation

from tests.bundles.storefront.conftest import make_variants
from upsell.bundles.components import bundles_for
from upsell.core.serving.memo import forget
from upsell.models import Bundle, OfferUsage
from upsell.offers.serving.families import rows
from upsell.testing import count_queries, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db


def amounts(box: Any) -> tuple[Decimal, Decimal, Decimal]:
    return box.amounts.full, box.amounts.total, box.amounts.saving


def test_a_set_shows_what_it_costs_and_saves_at_todays_prices(camera: Any, bag: Any) -> None:
    made = make_bundle(camera, (bag, 2), price="129.00", name="Trip", text="Ready to go.")
    [box] = bundles_for(camera, request=make_request())
    assert (box.offer_id, box.kind, box.name, box.text) == (made.pk, "fixed", "Trip", "Ready to go.")
    assert amounts(box) == (Decimal("150.00"), Decimal("129.00"), Decimal("21.00"))
    assert [(part.item.title, part.units, part.in_view) for part in box.parts] == [
        ("Camera", 1, True),
        ("Bag", 2, False),
    ]
    bag.stockrecords.update(price="20.00")
    [box] = bundles_for(bag, request=make_request())
    assert amounts(box) == (Decimal("140.00"), Decimal("129.00"), Decimal("11.00"))


def test_a_set_that_saves_nothing_any_more_is_not_shown(camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, price="120.00")
    assert bundles_for(camera, request=make_request())
    bag.stockrecords.update(price="20.00")
    assert bundles_for(camera, request=make_request()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bag: type(bag).objects.filter(pk=bag.pk).update(is_public=False),
        lambda bag: bag.stockrecords.update(num_in_stock=1),
        lambda bag: bag.stockrecords.all().delete(),
        lambda bag: bag.stockrecords.update(price_currency="EUR"),
        lambda bag: bag.delete(),
    ],
    ids=["hidden", "too few", "no price", "other currency", "deleted"],
)
def test_a_set_of_which_a_part_cannot_be_had_is_not_shown(camera: Any, bag: Any, spoil: Any) -> None:
    make_bundle(camera, (bag, 2), percent=10)
    assert bundles_for(camera, request=make_request())
    spoil(bag)
    assert bundles_for(camera, request=make_request()) == []


def test_stock_is_counted_net_of_what_the_basket_holds(camera: Any, bag: Any, request_with_basket: Any) -> None:
    make_bundle(camera, bag, percent=10)
    bag.stockrecords.update(num_in_stock=2)
    request_with_basket.basket.add_product(bag, 1)
    assert bundles_for(camera, request=make_request(basket=request_with_basket.basket))
    request_with_basket.basket.add_product(bag, 1)
    assert bundles_for(camera, request=make_request(basket=request_with_basket.basket)) == []


@pytest.mark.parametrize("status", ["draft", "paused", "ended"])
def test_only_what_runs_is_shown(camera: Any, bag: Any, status: str) -> None:
    make_bundle(camera, bag, percent=10, status=status)
    assert bundles_for(camera, request=make_request()) == []


def test_what_has_not_begun_or_is_over_is_not_shown(camera: Any, bag: Any) -> None:
    now = timezone.now()
    make_bundle(camera, bag, percent=10, starts_at=now + timedelta(hours=1))
    make_bundle(camera, bag, percent=10, starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1))
    assert bundles_for(camera, request=make_request()) == []


def test_what_is_used_up_or_suspended_is_not_shown(camera: Any, bag: Any) -> None:
    made = make_bundle(camera, bag, kind="mix", units=2, percent=10, max_in_all=5)
    OfferUsage.objects.create(offer=made, used=4)
    assert bundles_for(camera, request=make_request())
    OfferUsage.objects.update(used=5)
    assert bundles_for(camera, request=make_request()) == []
    OfferUsage.objects.update(used=0)
    rows().update(status="Suspended")
    assert bundles_for(camera, request=make_request()) == []


def test_nothing_is_shown_when_switched_off(camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, percent=10)
    with override_settings(UPSELL_ENABLED=False):
        assert bundles_for(camera, request=make_request()) == []


def test_at_most_three_are_shown_and_those_that_name_the_product_come_first(camera: Any) -> None:
    from oscar.test import factories

    category = factories.CategoryFactory()
    camera.categories.add(category)
    for number in range(4):
        make_bundle(category, kind="mix", units=3, percent=10, name=f"Any {number}")
    named = make_bundle(camera, make_product("Strap"), percent=10, name="Named")
    boxes = bundles_for(camera, request=make_request())
    assert len(boxes) == 3
    assert boxes[0].offer_id == named.pk


def test_the_price_is_the_one_of_all_offers_together(camera: Any, bag: Any) -> None:
    """Shown is what is charged: a better offer for the same units wins, on the page as in the basket."""
    make_bundle(camera, bag, off="5.00", name="Small")
    make_bundle(camera, bag, off="9.00", name="Big")
    assert {box.amounts.saving for box in bundles_for(camera, request=make_request())} == {Decimal("9.00")}


def test_variants_of_one_price_show_the_price_and_let_choose(bag: Any) -> None:
    shirt, children = make_variants("Shirt", "20.00", "20.00")
    make_bundle(shirt, bag, percent=10)
    [box] = bundles_for(bag, request=make_request())
    assert [choice.product_id for choice in box.parts[0].choices] == [child.pk for child in children]
    assert amounts(box) == (Decimal("45.00"), Decimal("40.50"), Decimal("4.50"))


def test_variants_of_several_prices_promise_no_price_before_the_choice(bag: Any) -> None:
    shirt, (cheap, dear) = make_variants("Shirt", "20.00", "30.00")
    make_bundle(shirt, bag, percent=10)
    [box] = bundles_for(bag, request=make_request())
    assert box.amounts is None
    assert {key: value.total for key, value in box.amounts_by_choice.items()} == {
        (cheap.pk,): Decimal("40.50"),
        (dear.pk,): Decimal("49.50"),
    }


def test_a_variant_that_is_sold_out_cannot_be_chosen(bag: Any) -> None:
    shirt, (first, second) = make_variants("Shirt", "20.00", "30.00")
    make_bundle(shirt, bag, percent=10)
    first.stockrecords.update(num_in_stock=0)
    [box] = bundles_for(bag, request=make_request())
    assert [(choice.product_id, choice.available) for choice in box.parts[0].choices] == [
        (first.pk, False),
        (second.pk, True),
    ]
    assert box.amounts.total == Decimal("49.50")


def test_a_set_of_one_variant_shows_on_its_parents_page(bag: Any) -> None:
    shirt, (_first, second) = make_variants("Shirt", "20.00", "30.00")
    make_bundle(second, bag, percent=10)
    [box] = bundles_for(shirt, request=make_request())
    assert (box.parts[0].item.title, box.amounts.total) == ("Shirt 2", Decimal("49.50"))


def test_quantity_breaks_are_priced_step_by_step(bag: Any) -> None:
    make_bundle(bag, kind="breaks", breaks=[(2, 10), (4, 20), (50, 30)])
    [box] = bundles_for(bag, request=make_request())
    assert [(step.units, step.each, step.amounts.total, step.amounts.saving) for step in box.steps] == [
        (2, Decimal("22.50"), Decimal("45.00"), Decimal("5.00")),
        (4, Decimal("20.00"), Decimal("80.00"), Decimal("20.00")),
    ]  # ten are in stock


def test_any_of_several_shows_the_rule_and_six_that_take_part(camera: Any) -> None:
    others = [make_product(f"Lens {number}", price="50.00") for number in range(8)]
    make_bundle(camera, *others, kind="mix", units=3, price="99.00", name="Three")
    [box] = bundles_for(camera, request=make_request())
    assert box.rule == "Any 3 of these for £99.00."
    assert len(box.members) == 6
    assert box.more
    assert [item.in_view for item in box.members] == [True] + [False] * 5
    assert box.members[0].product_id == camera.pk


def test_what_takes_part_is_priced_in_its_own_currency(camera: Any, bag: Any) -> None:
    """An offer in percent names none."""
    make_bundle(camera, bag, kind="mix", units=2, percent=10, currency="")
    [box] = bundles_for(camera, request=make_request())
    assert box.currency == "GBP"


def test_the_rule_of_a_bogo_names_both_numbers(camera: Any, bag: Any) -> None:
    make_bundle(camera, kind="bogo", units=2, got_units=1, percent=100, get=[bag], cheaper=False)
    [box] = bundles_for(camera, request=make_request())
    assert box.rule == "Buy 2, get 1 of the others free."
    assert [item.title for item in box.members] == ["Camera", "Bag"]


def test_texts_are_in_the_language_of_the_page(camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, percent=10, name="Trip", translations={"ja": {"name": "旅行"}})
    with translation.override("ja"):
        [box] = bundles_for(camera, request=make_request())
    assert box.name == "旅行"
    assert "10" in box.rule


def test_a_failure_shows_nothing_and_is_logged(camera: Any, bag: Any, caplog: Any) -> None:
    made = make_bundle(camera, bag, percent=10)
    Bundle.objects.filter(pk=made.pk).update(terms={"kind": "nonsense"})
    assert bundles_for(camera, request=make_request()) == []
    assert [record.reason for record in caplog.records if hasattr(record, "reason")] == ["bundles.offers"]


@pytest.mark.parametrize("kind", ["fixed", "mix", "breaks", "bogo"])
def test_queries_do_not_grow_with_offers(kind: str, camera: Any) -> None:
    counted = []
    for _round, more in enumerate((1, 19)):
        for _number in range(more):
            other = make_product("Other", price="5.00")
            ways: dict[str, Any] = {
                "fixed": {"percent": 10},
                "mix": {"units": 3, "percent": 10},
                "breaks": {"breaks": [(2, 10)]},
                "bogo": {"units": 1, "percent": 100},
            }
            make_bundle(camera, other, kind=kind, **ways[kind])
        forget()
        request = make_request()
        with count_queries() as queries:
            assert bundles_for(camera, request=request)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 9


def test_a_product_without_offers_costs_one_query(camera: Any) -> None:
    request = make_request()
    with count_queries() as queries:
        assert bundles_for(camera, request=request) == []
    assert len(queries) == 1
