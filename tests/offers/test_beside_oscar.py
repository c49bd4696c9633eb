"""Beside vouchers and Oscar's own offers: who goes first, what is left, and the obstacles in Oscar's engine."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from oscar.core.loading import get_model

from tests.offers.oscar_shop import (
    apply,
    apply_again,
    discount,
    everything,
    parts,
    priced,
    site_offer,
    voucher_on,
)
from upsell.offers.base import Family
from upsell.offers.serving.families import rows
from upsell.testing import count_queries, make_basket, make_bundle, make_product

pytestmark = pytest.mark.django_db
SKIPPING = {"proxy_class": "upsell.offers.benefits.SkippingPercentageDiscountBenefit"}


def grid_basket() -> Any:
    """A 10, B 7, C 5, four E at 3.33: 35.32 in all, of which our offers take 5.00 off A, B and three E."""
    a, b, c, e = (make_product(price=price) for price in ("10.00", "7.00", "5.00", "3.33"))
    make_bundle(a, b, off="3.00")
    make_bundle(e, kind="mix", units=3, price="7.99")
    return make_basket(a, b, c, (e, 4))


@pytest.mark.parametrize(
    ("ours", "theirs", "priority", "paid"),
    [
        (True, True, 0, "29.49"),
        (True, True, 200, "31.79"),
        (True, False, 0, "30.32"),
        (True, False, 200, "31.79"),
        (False, True, 0, "30.32"),
        (False, True, 200, "31.79"),
        (False, False, 0, "26.79"),
        (False, False, 200, "26.79"),
    ],
)
def test_a_voucher_gets_what_is_left(ours: bool, theirs: bool, priority: int, paid: str) -> None:
    basket = grid_basket()
    rows().update(exclusive=ours)
    voucher_on(basket, exclusive=theirs, priority=priority)
    assert apply(basket).total_incl_tax.quantize(Decimal("0.01")) == Decimal(paid)


def test_a_percent_discount_that_skips_reaches_the_free_lines() -> None:
    basket = grid_basket()
    voucher_on(basket, exclusive=False, benefit=SKIPPING)
    assert apply(basket).total_incl_tax == Decimal("29.82")


def test_a_percent_discount_of_oscars_stops_at_the_first_line_without_a_free_unit() -> None:
    """Obstacle 1: should this fail, Oscar was mended, and the benefit that skips is needed no more."""
    cheap, dear = make_product(price="3.33"), make_product(price="50.00")
    make_bundle((cheap, 2), off="1.00")
    for benefit, expected in (({}, Decimal("1.00")), (SKIPPING, Decimal("6.00"))):
        basket = make_basket((cheap, 2), dear)
        voucher = voucher_on(basket, benefit=benefit)
        assert sum(one["discount"] for one in apply(basket).offer_applications) == expected
        voucher.offers.all().delete()
        voucher.delete()


def test_the_most_items_a_percent_discount_may_touch_count_what_it_has_touched() -> None:
    a, b = make_product(price="10.00"), make_product(price="20.00")
    site_offer(benefit={**SKIPPING, "max_affected_items": 2})
    assert discount((a, 1), (b, 5)) == Decimal("3.00")


def test_an_offer_that_is_not_for_vouchers_stands_back() -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="3.00", with_vouchers=False)
    basket = make_basket(product)
    assert apply(basket).total_incl_tax == Decimal("7.00")
    voucher_on(basket)
    again = get_model("basket", "Basket").objects.get(pk=basket.pk)
    again.strategy = basket.strategy
    assert apply(again).total_incl_tax == Decimal("9.00")


def test_units_that_had_to_be_bought_are_used_up() -> None:
    """Obstacle 6: else the voucher would take 10 % off what has already earned a free one."""
    bought, got = make_product(price="10.00"), make_product(price="4.00")
    make_bundle(bought, get=[got], kind="bogo", percent=100)
    basket = make_basket(bought, got)
    voucher_on(basket)
    assert apply(basket).total_incl_tax == Decimal("10.00")


def test_nothing_goes_below_the_floor_beside_an_offer_that_is_not_exclusive() -> None:
    """Obstacle 5: what others took is out of reach for us."""
    product = make_product(price="10.00")
    make_bundle(product, percent=100)
    rows().update(exclusive=False, priority=0)
    site_offer(exclusive=False, priority=10)
    basket = priced((product, 2))
    assert sum(parts(basket)) == Decimal("20.00")


def test_applying_again_changes_nothing() -> None:
    basket = apply(grid_basket())
    before = parts(basket), basket.total_incl_tax, [one["discount"] for one in basket.offer_applications]
    apply_again(basket)
    apply_again(basket)
    assert (parts(basket), basket.total_incl_tax, [one["discount"] for one in basket.offer_applications]) == before
    apply(basket)
    assert (parts(basket), basket.total_incl_tax, [one["discount"] for one in basket.offer_applications]) == before


def test_a_family_is_applied_once() -> None:
    """Obstacle 6: Oscar would ask ten thousand times."""
    product = make_product(price="10.00", stock=100)
    make_bundle(product, off="1.00")
    [application] = priced((product, 50)).offer_applications
    assert (application["freq"], application["discount"]) == (1, Decimal("50.00"))


def test_a_suspended_row_switches_its_family_off() -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="1.00")
    rows(Family.BUNDLE).get().suspend()
    assert discount(product) == 0
    rows(Family.BUNDLE).get().unsuspend()
    assert discount(product) == Decimal("1.00")


def test_the_switch_turns_all_discounts_off(settings: Any) -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="1.00")
    settings.UPSELL_ENABLED = False
    assert discount(product) == 0


def test_ranges_of_oscars_offers_still_work_beside_ours() -> None:
    product, other = make_product(price="30.00"), make_product(price="20.00")
    make_bundle(product, off="1.00")
    site_offer()
    assert everything().contains_product(other)
    assert parts(priced(product, other)) == [Decimal("1.00"), Decimal("2.00")]


def test_oscars_own_hint_names_what_is_nearest(client: Any) -> None:
    coffee, filters, cup, sugar = (make_product(price=price) for price in ("12.00", "4.00", "6.00", "1.00"))
    make_bundle(coffee, cup, sugar, off="5.00", name="Breakfast")
    make_bundle(coffee, filters, off="1.00", name="Coffee set")
    client.post(reverse("basket:add", kwargs={"pk": coffee.pk}), {"quantity": 1})
    page = client.get(reverse("basket:summary"))
    [hint] = page.context["upsell_messages"]
    assert hint["message"] == "Add one more product to earn “Coffee set”."
    client.post(reverse("basket:add", kwargs={"pk": filters.pk}), {"quantity": 1})
    assert client.get(reverse("basket:summary")).context["upsell_messages"] == []


def test_oscars_own_hint_says_nothing_where_nothing_is_begun(client: Any) -> None:
    other = make_product(price="4.00")
    make_bundle(make_product(price="12.00"), make_product(price="4.00"), off="1.00")
    client.post(reverse("basket:add", kwargs={"pk": other.pk}), {"quantity": 1})
    assert client.get(reverse("basket:summary")).context["upsell_messages"] == []


def test_offers_that_met_before_are_asked_once_what_they_may_be_combined_with() -> None:
    """Oscar would count the combinations of each on every line."""
    products = [make_product(price="10.00") for _ in range(8)]
    for first, second in itertools.pairwise(products):
        make_bundle(first, second, percent=10)
    rows().update(exclusive=False)
    counts = []
    for wanted in (3, 8):
        basket = make_basket(*products[:wanted])
        voucher = voucher_on(basket, exclusive=False, priority=200)
        with count_queries() as queries:
            apply(basket)
        counts.append(len([query for query in queries if "conditionaloffer_combinations" in query]))
        assert basket.total_discount > 0
        voucher.offers.all().delete()
        voucher.delete()
    assert counts[0] == counts[1] <= 2
