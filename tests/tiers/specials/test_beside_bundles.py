"""Bundles and upgrades in one basket: one plan, no unit twice, and a row of Oscar's for each."""

import os
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from oscar.core.loading import get_model

from tests.checkout import Shopper
from tests.offers.oscar_shop import apply
from tests.tiers.specials.conftest import Visitor, open_shop
from tests.tiers.specials.test_special_prices_paid import accepts
from upsell.models import OrderOffer
from upsell.offers.base import Family
from upsell.offers.serving.families import rows
from upsell.offers.serving.planning import plan_for
from upsell.offers.serving.quoting import savings_of
from upsell.testing import count_queries, make_basket, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("UPSELL_BASKETS", "40"))


def best(price: int, units: int, accepted: int, off: int, others: int, set_off: int) -> int:
    """Try every split of the units between the set (one of it and one other) and the special price."""
    found = 0
    for sets in range(min(units, others) + 1):
        for specials in range(min(units - sets, accepted) + 1):
            found = max(found, sets * set_off + specials * min(off, price))
    return found


class TestTogether(TestCase):
    @settings(deadline=None, max_examples=EXAMPLES)
    @given(data=st.data())
    def test_every_unit_serves_one_offer_and_the_shopper_gets_the_best_of_both(self, data: st.DataObject) -> None:
        draw = data.draw
        off, set_off = draw(st.integers(100, 700), "off"), draw(st.integers(100, 900), "set off")
        shop = open_shop(off=Decimal(off) / 100)
        case = make_product(price="5.00", stock=99)
        make_bundle(shop.pro, case, off=Decimal(set_off) / 100)
        units, others = draw(st.integers(1, 4), "units"), draw(st.integers(0, 3), "others")
        accepted = draw(st.integers(0, 5), "accepted")
        visitor = Visitor((shop.pro, units), *([(case, others)] if others else []))
        if accepted:
            visitor.accept(shop, accepted)
        total = Decimal(20 * units + 5 * others)
        saved = Decimal(best(2000, units, accepted, off, others, set_off)) / 100
        assert visitor.pays() == total - saved
        found = plan_for(visitor.basket)
        taken: dict[str, int] = {}
        for entry in found.plan.applied if found else ():
            for line, parts in entry.units.items():
                taken[line] = taken.get(line, 0) + len(parts)
        assert all(count <= found.lines[line].quantity for line, count in taken.items())  # type: ignore[union-attr]
        applied = visitor.basket.offer_applications
        by_row = {one["offer"].pk: one["discount"] for one in applied}
        assert sum(by_row.values()) == saved == sum(saving.amount for saving in savings_of(visitor.basket))
        for family in (Family.BUNDLE, Family.UPGRADE):
            share = sum((one.amount for one in savings_of(visitor.basket) if one.family == family), Decimal(0))
            assert by_row.get(rows(family).get().pk, Decimal(0)) == share


def test_each_family_has_its_row_with_the_order() -> None:
    shop = open_shop()
    case = make_product(price="5.00", stock=99)
    bundle = make_bundle(shop.pro, case, off="2.00", name="Set")
    shopper = Shopper().put(shop.pro, 2).put(case)
    accepts(shopper, shop)
    order = shopper.buy()
    assert order.total_incl_tax == Decimal(40)
    assert {row.offer_id: row.amount for row in order.discounts.all()} == {
        rows(Family.BUNDLE).get().pk: Decimal(2),
        rows(Family.UPGRADE).get().pk: Decimal(3),
    }
    assert {one.offer_id: one.amount for one in OrderOffer.objects.all()} == {
        bundle.pk: Decimal(2),
        shop.offer.pk: Decimal(3),
    }
    for booked in OrderOffer.objects.all():
        assert sum(unit.part * unit.quantity for unit in booked.units.all()) == booked.amount
    units = [unit for one in OrderOffer.objects.all() for unit in one.units.all() if unit.line.product == shop.pro]
    assert sum(unit.quantity for unit in units) == 2


@pytest.mark.parametrize("family", [Family.BUNDLE, Family.UPGRADE])
@pytest.mark.parametrize("how", ["suspend", "delete", "end"])
def test_the_plans_of_both_follow_when_one_row_is_suspended_ended_or_deleted(family: Family, how: str) -> None:
    """The two compete for one unit: without the better offer, the other one gets it, and no plan is remembered."""
    shop = open_shop(off="4.00" if family == Family.UPGRADE else "2.00")
    case = make_product(price="5.00", stock=99)
    make_bundle(shop.pro, case, off="3.00")
    visitor = Visitor(shop.pro, case)
    visitor.accept(shop)
    assert visitor.pays() == Decimal(25) - (4 if family == Family.UPGRADE else 3)
    row = rows(family).get()
    if how == "suspend":
        row.suspend()
    elif how == "delete":
        row.delete()
    else:
        row.end_datetime = row.date_created.replace(year=2020)
        row.start_datetime = row.date_created.replace(year=2019)
        row.save()
    assert visitor.pays() == Decimal(25) - (3 if family == Family.UPGRADE else 2)
    if how == "suspend":
        row.unsuspend()
        assert visitor.pays() == Decimal(25) - (4 if family == Family.UPGRADE else 3)


@pytest.mark.parametrize("how", ["suspend", "delete"])
def test_a_plan_that_was_remembered_through_one_row_notices_what_happens_to_the_other(how: str) -> None:
    """Boxes are priced through whichever row is open; theirs is kept between requests."""
    product = make_product(price="10.00", stock=99)
    make_bundle(product, percent=10)
    open_shop()

    def planned() -> bool:
        return plan_for(make_basket(product), rows(Family.UPGRADE).select_related("condition").get()) is not None

    assert planned()
    if how == "delete":
        rows(Family.BUNDLE).get().delete()
        assert not planned()
        return
    rows(Family.BUNDLE).get().suspend()
    assert not planned()
    rows(Family.BUNDLE).get().unsuspend()
    assert planned()


def test_an_order_does_not_put_everybodys_plans_out_of_date() -> None:
    """Oscar saves our rows with every order, for its counters; and nobody should wait for the revision then."""
    shop = open_shop()
    row = rows(Family.UPGRADE).get()
    before = row.condition.value
    shopper = Shopper().put(shop.pro)
    accepts(shopper, shop)
    shopper.buy()
    assert rows(Family.UPGRADE).get().num_orders == 1
    assert rows(Family.UPGRADE).get().condition.value == before


def test_twenty_lines_of_both_families_cost_a_bounded_number_of_queries() -> None:
    shop = open_shop()
    visitors = {}
    for lines in (2, 20):
        goods = [make_product(price="10.00", stock=99) for _ in range(lines)]
        make_bundle(*goods[:2], off="1.00")
        visitor = Visitor(shop.pro, *goods)
        visitor.accept(shop)
        visitors[lines] = visitor

    def asked(visitor: Visitor) -> int:
        basket = get_model("basket", "Basket").objects.get(pk=visitor.basket.pk)
        request = make_request(basket=basket)
        request.session = visitor.session
        basket.all_lines().count()
        with count_queries() as queries:
            apply(basket)
        assert len(list(basket.offer_applications)) == 2
        return len([query for query in queries if "upsell_" in query or "offer_" in query])

    assert asked(visitors[2]) == asked(visitors[20]) <= 8
