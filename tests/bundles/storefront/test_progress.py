"""What a basket is close to, what would make it cheaper, and what it saves: from the plan that is charged."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from oscar.core.loading import get_class

from tests.bundles.storefront.conftest import make_variants
from upsell.bundles.components import cheaper_for, progress_for, savings_for
from upsell.core.serving.memo import forget
from upsell.testing import count_queries, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db


def filled(*contents: tuple[Any, int]) -> Any:
    """A request whose basket holds so many of each, with offers applied as the middleware does."""
    request = make_request()
    request.basket.save()
    for product, units in contents:
        request.basket.add_product(product, units)
    get_class("offer.applicator", "Applicator")().apply(request.basket, request.user, request)
    return request


def paid(request: Any) -> Decimal:
    return request.basket.total_incl_tax


def test_one_unit_short_of_a_mix_shows_what_completes_it_and_what_it_earns() -> None:
    teas = [make_product(f"Tea {number}", price="4.00") for number in range(3)]
    make_bundle(*teas, kind="mix", units=3, price="10.00", name="3 for 10")
    request = filled((teas[0], 1), (teas[1], 1))
    [row] = progress_for(request.basket, request=request)
    assert (row.name, row.have, row.need, row.missing, row.gain) == ("3 for 10", 2, 3, 1, Decimal("2.00"))
    assert {addition.item.title for addition in row.completing} == {"Tea 0", "Tea 1", "Tea 2"}
    assert {(addition.price, addition.gain, addition.pays) for addition in row.completing} == {
        (Decimal("4.00"), Decimal("2.00"), Decimal("2.00"))
    }


def test_what_a_row_promises_is_what_is_charged() -> None:
    teas = [make_product(f"Tea {number}", price=price) for number, price in enumerate(("4.00", "5.50", "9.10"))]
    make_bundle(*teas, kind="mix", units=3, percent=15)
    make_bundle(teas[0], teas[2], percent=30)
    before = filled((teas[0], 1), (teas[1], 1))
    rows = progress_for(before.basket, request=before)
    assert rows
    for row in rows:
        for addition in row.completing:
            product = next(tea for tea in teas if tea.pk == addition.item.product_id)
            after = filled((teas[0], 1), (teas[1], 1), (product, addition.units))
            assert paid(after) - paid(before) == addition.pays
            assert addition.gain == addition.price - addition.pays


def test_the_part_that_lacks_of_a_set_is_shown(camera: Any, bag: Any) -> None:
    make_bundle(camera, (bag, 2), percent=10)
    request = filled((camera, 1), (bag, 1))
    [row] = progress_for(request.basket, request=request)
    assert [(addition.item.title, addition.units) for addition in row.completing] == [("Bag", 1)]
    assert (row.have, row.need) == (2, 3)


def test_a_set_that_lacks_two_parts_is_no_progress(camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, make_product("Strap"), percent=10)
    request = filled((camera, 1))
    assert progress_for(request.basket, request=request) == []


def test_a_complete_offer_is_no_progress_and_the_next_round_is(bag: Any) -> None:
    make_bundle(bag, kind="bogo", units=2, got_units=1, percent=100)
    assert progress_for((request := filled((bag, 3))).basket, request=request) == []
    [row] = progress_for((request := filled((bag, 5))).basket, request=request)
    assert (row.have, row.need, row.gain) == (2, 3, Decimal("25.00"))


def test_the_next_quantity_break_counts_all_units(bag: Any) -> None:
    make_bundle(bag, kind="breaks", breaks=[(2, 10), (4, 20)])
    request = filled((bag, 3))
    [row] = progress_for(request.basket, request=request)
    assert (row.have, row.need) == (3, 4)
    assert row.gain == Decimal("12.50")  # 4 x 5.00 instead of 3 x 2.50


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bag: type(bag).objects.filter(pk=bag.pk).update(is_public=False),
        lambda bag: bag.stockrecords.update(num_in_stock=0),
        lambda bag: bag.stockrecords.update(price_currency="EUR"),
    ],
    ids=["hidden", "sold out", "other currency"],
)
def test_what_cannot_be_had_completes_nothing(camera: Any, bag: Any, spoil: Any) -> None:
    make_bundle(camera, bag, percent=10)
    assert progress_for((request := filled((camera, 1))).basket, request=request)
    spoil(bag)
    assert progress_for((request := filled((camera, 1))).basket, request=request) == []


def test_a_variant_that_nobody_chose_is_a_choice_on_its_page(camera: Any) -> None:
    shirt, (first, _second) = make_variants("Shirt", "20.00", "20.00")
    make_bundle(camera, shirt, percent=10)
    [row] = progress_for((request := filled((camera, 1))).basket, request=request)
    [addition] = row.completing
    assert (addition.item.title, addition.item.needs_options) == ("Shirt", True)
    make_bundle(shirt, kind="mix", units=2, percent=50, name="Two")
    rows = progress_for((request := filled((first, 1))).basket, request=request)
    two = next(row for row in rows if row.name == "Two")
    assert [(one.item.title, one.item.needs_options) for one in two.completing] == [("Shirt 1", False)]


def test_at_most_two_rows_those_that_lack_least_first() -> None:
    teas = [make_product(f"Tea {number}", price="4.00") for number in range(4)]
    for number, units in enumerate((4, 3, 2)):
        make_bundle(teas[number], teas[number + 1], kind="mix", units=units + 1, percent=20, name=f"Any {units + 1}")
    request = filled((teas[0], 2), (teas[1], 1), (teas[2], 1), (teas[3], 1))
    rows = progress_for(request.basket, request=request)
    assert len(rows) == 2
    assert [row.missing for row in rows] == sorted(row.missing for row in rows)


def test_an_addition_after_which_less_is_paid_is_told() -> None:
    tea = make_product("Tea", price="4.00")
    cheap = make_product("Sample", price="0.50")
    make_bundle(tea, cheap, price="3.00", name="With a sample")
    before = filled((tea, 1))
    best = cheaper_for(before.basket, request=before)
    assert best is not None
    assert (best.item.title, best.pays, best.is_cheaper) == ("Sample", Decimal("-1.00"), True)
    assert paid(filled((tea, 1), (cheap, 1))) - paid(before) == best.pays


def test_without_a_cheaper_basket_the_addition_that_earns_most_is_told(camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, percent=10)
    make_bundle(camera, make_product("Strap", price="20.00"), percent=10)
    request = filled((camera, 1))
    best = cheaper_for(request.basket, request=request)
    assert best is not None
    assert (best.item.title, best.gain, best.is_cheaper) == ("Bag", Decimal("12.50"), False)


def test_an_empty_basket_and_a_shop_without_offers_say_nothing(camera: Any) -> None:
    request = make_request()
    assert progress_for(request.basket, request=request) == []
    assert cheaper_for(request.basket, request=request) is None
    assert savings_for(request.basket, request=request) == ()
    request = filled((camera, 1))
    assert progress_for(request.basket, request=request) == []
    assert savings_for(request.basket, request=request) == ()


def test_savings_are_those_of_the_total(camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, percent=10, name="Trip")
    request = filled((camera, 1), (bag, 2))
    [saving] = savings_for(request.basket, request=request)
    assert (saving.name, saving.amount, saving.applications) == ("Trip", Decimal("12.50"), 1)
    assert {(item.title, item.units, item.amount) for item in saving.items} == {
        ("Camera", 1, Decimal("10.00")),
        ("Bag", 1, Decimal("2.50")),
    }
    assert paid(request) == Decimal("150.00") - saving.amount


def test_nothing_is_said_when_switched_off(camera: Any, bag: Any) -> None:
    make_bundle(camera, bag, percent=10)
    request = filled((camera, 1))
    with override_settings(UPSELL_ENABLED=False):
        assert progress_for(request.basket, request=request) == []
        assert cheaper_for(request.basket, request=request) is None


def test_queries_do_not_grow_with_offers_or_lines(camera: Any) -> None:
    counted = []
    contents: list[tuple[Any, int]] = [(camera, 1)]
    for more in (1, 19):
        for _number in range(more):
            other = make_product("Other", price="5.00")
            contents.append((make_product("Line"), 1))
            make_bundle(camera, other, percent=10)
            make_bundle(camera, other, kind="mix", units=3, percent=10)
        forget()
        request = filled(*contents)
        with count_queries() as queries:
            assert progress_for(request.basket, request=request)
            assert cheaper_for(request.basket, request=request)
            savings_for(request.basket, request=request)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 14


def test_a_basket_that_no_offer_touches_costs_one_query(camera: Any, bag: Any) -> None:
    make_bundle(bag, make_product("Strap"), percent=10)
    request = filled((camera, 1))
    request.basket.all_lines()
    with count_queries() as queries:
        assert progress_for(request.basket, request=request) == []
        assert cheaper_for(request.basket, request=request) is None
    assert len(queries) == 1
