"""Baskets worked out by hand, through Oscar: the best there is, in every country's way of quoting prices."""

from decimal import Decimal
from typing import Any

import pytest
from oscar.test.factories import CategoryFactory

from tests.offers.oscar_shop import American, British, discount, parts, priced
from tests.orders import variant
from upsell.models import PriceFloor
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db


def products(*prices: str, currency: str = "GBP") -> list[Any]:
    made = [make_product(price=price, stock=100) for price in prices]
    for product in made:
        product.stockrecords.update(price_currency=currency)
    return made


def test_any_three_for_ten_takes_the_dearest() -> None:
    a, b, c, d = products("9.00", "8.00", "2.00", "2.00")
    make_bundle(a, b, c, d, kind="mix", units=3, price="10.00")
    assert discount(a, b, c, d) == Decimal("9.00")


def test_three_for_two_gives_a_dear_and_a_cheap_one() -> None:
    dear, cheap = products("9.00", "2.00")
    make_bundle(dear, cheap, kind="bogo", units=2, percent=100)
    assert discount((dear, 3), (cheap, 3)) == Decimal("11.00")


def test_a_chain_leaves_the_single_best_pair_aside() -> None:
    a, b, c, d = products("10.00", "10.00", "10.00", "10.00")
    make_bundle(a, b, off="4.00")
    make_bundle(b, c, off="5.00")
    make_bundle(c, d, off="4.00")
    assert discount(a, b, c, d) == Decimal("8.00")


def test_a_pair_beats_the_better_value_of_one() -> None:
    a, b = products("10.00", "10.00")
    make_bundle(a, off="3.00")
    make_bundle(a, b, off="5.00")
    assert discount(a, b) == Decimal("5.00")


def test_a_pair_and_a_single_beat_the_set_of_three() -> None:
    a, b, c = products("10.00", "10.00", "10.00")
    make_bundle(a, b, c, off="5.00")
    make_bundle(a, b, off="3.50")
    make_bundle(c, off="3.00")
    assert discount(a, b, c) == Decimal("6.50")


def test_two_meals_beat_a_free_drink() -> None:
    coke, sandwich, chocolate = products("2.00", "3.00", "1.00")
    make_bundle(coke, kind="bogo", percent=100, name="Second Coke free")
    make_bundle(coke, sandwich, chocolate, price="4.50", name="Meal")
    assert discount((coke, 2), (sandwich, 2), (chocolate, 2)) == Decimal("3.00")


def test_quantity_breaks_take_the_break_that_is_reached() -> None:
    (wine,) = products("10.00")
    make_bundle(wine, kind="breaks", breaks=[(3, 10), (6, 20)])
    assert [discount((wine, units)) for units in (2, 3, 6)] == [Decimal(0), Decimal("3.00"), Decimal("12.00")]


def test_yen_have_no_fractions() -> None:
    a, b = products("333", "500", currency="JPY")
    make_bundle(a, b, percent="12.5", currency="JPY")
    basket = priced(a, b)
    assert parts(basket) == [Decimal(42), Decimal(63)]
    assert basket.total_incl_tax == Decimal(728)


def test_a_basket_in_another_currency_is_left_alone() -> None:
    pounds, euros = products("10.00"), products("10.00", currency="EUR")
    make_bundle(*pounds, off="3.00", currency="GBP")
    make_bundle(*euros, off="4.00", currency="EUR")
    make_bundle(*euros, off="5.00", currency="GBP")
    assert (discount(*pounds), discount(*euros)) == (Decimal("3.00"), Decimal("4.00"))


def test_a_currency_with_three_decimals_gets_no_offers() -> None:
    (dinars,) = products("10.00", currency="KWD")
    make_bundle(dinars, percent=10, currency="KWD")
    assert discount(dinars) == 0


def test_three_at_399_60_pence_for_8_99_cost_8_99(settings: Any) -> None:
    settings.OSCAR_OFFERS_INCL_TAX = True
    (tea,) = products("3.33")
    make_bundle(tea, kind="mix", units=3, price="8.99")
    basket = priced((tea, 3), strategy=British)
    assert sum(parts(basket)) == Decimal("3.00")
    assert basket.total_incl_tax == Decimal("8.99")


@pytest.mark.parametrize(("incl_tax", "paid"), [(True, Decimal("20.00")), (False, Decimal("24.00"))])
def test_a_set_price_is_meant_in_the_basis_of_the_shop(settings: Any, incl_tax: bool, paid: Decimal) -> None:
    settings.OSCAR_OFFERS_INCL_TAX = incl_tax
    a, b = products("10.00", "15.00")
    make_bundle(a, b, price="20.00")
    assert priced(a, b, strategy=British).total_incl_tax == paid


@pytest.mark.parametrize("incl_tax", [True, False])
def test_what_is_taken_off_is_what_the_line_loses(settings: Any, incl_tax: bool) -> None:
    settings.OSCAR_OFFERS_INCL_TAX = incl_tax
    a, b = products("9.99", "4.99")
    make_bundle(a, b, percent="33.33")
    basket = priced((a, 2), (b, 3), strategy=British)
    for line in basket.all_lines():
        lost = (
            line.line_price_incl_tax - line.line_price_incl_tax_incl_discounts
            if incl_tax
            else line.line_price_excl_tax - line.line_price_excl_tax_incl_discounts
        )
        assert lost == line.discount_value > 0


@pytest.mark.parametrize("incl_tax", [True, False])
def test_where_tax_is_not_known_only_prices_without_it_are_discounted(settings: Any, incl_tax: bool) -> None:
    settings.OSCAR_OFFERS_INCL_TAX = incl_tax
    (a,) = products("10.00")
    make_bundle(a, percent=10)
    basket = priced(a, strategy=American)
    assert sum(parts(basket)) == (Decimal(0) if incl_tax else Decimal("1.00"))


# --- floors -----------------------------------------------------------------------------------------------------------


def test_the_highest_floor_of_product_category_shop_and_hook_counts(settings: Any) -> None:
    a, b, c, d = products("10.00", "10.00", "10.00", "10.00")
    category = CategoryFactory()
    b.categories.add(category)
    PriceFloor.objects.create(percent=Decimal(20))
    PriceFloor.objects.create(product=a, amount=Decimal("9.00"), currency="GBP")
    PriceFloor.objects.create(product=c, amount=Decimal("9.00"), currency="EUR")
    PriceFloor.objects.create(category=category, amount=Decimal("7.01"), currency="GBP")
    settings.UPSELL_PRICE_FLOOR = f"{__name__}.floor_of_six"
    for product in (a, b, c):
        make_bundle(product, percent=100)
    make_bundle(d, percent=30)
    assert parts(priced(a, b, c, d)) == [Decimal("1.00"), Decimal("2.99"), Decimal("4.00"), Decimal("3.00")]


def floor_of_six(line: Any) -> Decimal:
    assert line.product.pk
    return Decimal("6.00")


def test_a_parents_floor_holds_for_its_variants() -> None:
    parent = make_product(price=None)
    child = variant(parent, price=Decimal("10.00"))
    PriceFloor.objects.create(product=parent, amount=Decimal("8.00"), currency="GBP")
    make_bundle(parent, percent=50)
    assert discount(child) == Decimal("2.00")


def test_what_is_not_discountable_is_left_alone() -> None:
    (product,) = products("10.00")
    product.is_discountable = False
    product.save()
    make_bundle(product, percent=50)
    assert discount(product) == 0


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_basket_earns_an_offer_as_often_as_it_may() -> None:
    (product,) = products("10.00")
    make_bundle(product, off="1.00", max_per_basket=2)
    assert discount((product, 5)) == Decimal("2.00")


def test_the_budget_is_never_exceeded() -> None:
    (product,) = products("10.00")
    make_bundle(product, off="3.00", budget=Decimal("10.00"))
    assert discount((product, 5)) == Decimal("9.00")


def test_a_product_stands_for_one_piece_of_a_set() -> None:
    parent = make_product(price=None)
    first, second = variant(parent, price=Decimal("10.00")), variant(parent, price=Decimal("10.00"))
    make_bundle(parent, first, off="5.00")
    assert discount(first, second) == Decimal("5.00")
    assert discount((first, 2)) == 0
