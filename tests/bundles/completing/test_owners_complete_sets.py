"""Owners of parts of a set get the rest so that all they paid is the set's price, once, at Oscar's real checkout."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests.checkout import Shopper, reprice
from tests.offers.oscar_shop import apply
from upsell.bundles.offer_type import CompletionType
from upsell.bundles.services import delete_bundle, end_bundle, pause_bundle
from upsell.core.services import NotDoneError
from upsell.models import PriceFloor, SetCompletion, SpentCredit
from upsell.offers.booking.refunds import book_refund
from upsell.offers.services import save_terms
from upsell.testing import (
    PersonalOfferTypeContract,
    count_queries,
    make_basket,
    make_bundle,
    make_ladder,
    make_product,
    make_request,
    make_upgrade_offer,
)

pytestmark = pytest.mark.django_db

Order = get_model("order", "Order")


@pytest.fixture
def owner() -> Any:
    return factories.UserFactory()


@pytest.fixture
def parts() -> list[Any]:
    return [make_product(title, price=price) for title, price in (("Grinder", "10"), ("Kettle", "10"), ("Scale", "20"))]


def make_set(*parts: Any, within: int | None = 30, **reward: Any) -> Any:
    return make_bundle(*parts, complete_within_days=within, **{"name": "Coffee corner", **reward})


def total(*products: Any, user: Any = None) -> Decimal:
    """Tell what a basket of these products costs somebody."""
    basket = make_basket(*products, request=make_request(user=user))
    found: Decimal = apply(basket).total_incl_tax
    basket.delete()  # or the next one who signs in has it
    return found


def buy(user: Any, *products: Any) -> Any:
    shopper = Shopper(user)
    for product in products:
        shopper.put(product, *([] if not isinstance(product, tuple) else product[1:]))
    return shopper.buy()


def give_back(order: Any, product: Any) -> Decimal:
    line = order.lines.get(product=product)
    refund = book_refund(order=order, units={line.pk: 1}, method="pro_rata", reference=f"r{line.pk}")
    found: Decimal = refund.amount_incl_tax
    return found


# --- worked examples --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reward", "to_pay"),
    [
        ({"price": "32.00"}, "22.00"),  # 10 were paid: 22 more make 32
        ({"off": "8.00"}, "22.00"),  # the whole amount, off the missing 30
        ({"percent": "15"}, "24.00"),  # 15 % of 30, and of the 10 paid
        ({"off": "30.00"}, "0.00"),
        ({"off": "35.00"}, "0.00"),  # never more than they cost
        ({"price": "8.00"}, "0.00"),
        ({"price": "40.00"}, "30.00"),  # nothing is saved
        ({"price": "45.00"}, "30.00"),
        ({"percent": "0"}, "30.00"),
    ],
)
def test_who_owns_one_part_pays_the_rest(owner: Any, parts: list[Any], reward: dict[str, str], to_pay: str) -> None:
    make_set(*parts, **reward)
    buy(owner, parts[0])
    assert total(*parts[1:], user=owner) == Decimal(to_pay)


def test_who_owns_two_parts_pays_the_third(owner: Any, parts: list[Any]) -> None:
    make_set(*parts, price="32.00")
    buy(owner, parts[0])
    buy(owner, parts[1])
    order = buy(owner, parts[2])
    assert order.basket_total_incl_tax == Decimal("12.00")
    assert list(SpentCredit.objects.order_by("pk").values_list("amount", flat=True)) == [Decimal("4.00")] * 2


def test_every_unit_counts_whose_place_is_in_the_set(owner: Any) -> None:
    """Two mugs and a pot for 20.00, of which one mug is owned: 6.00 paid, so 14.00 are due."""
    mug, pot = make_product("Mug", price="6"), make_product("Pot", price="12")
    make_set((mug, 2), pot, price="20.00")
    buy(owner, mug)
    assert total(mug, pot, user=owner) == Decimal("14.00")
    assert total(pot, user=owner) == Decimal("12.00"), "a mug is missing, too"


def test_what_was_really_paid_counts_and_not_today_s_price(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    reprice(parts[0], "7.00")
    buy(owner, parts[0])
    reprice(parts[0], "10.00")
    assert total(parts[1], user=owner) == Decimal("8.00")


def test_a_floor_is_kept(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    PriceFloor.objects.create(product=parts[1], amount=Decimal("9.00"), currency="GBP")
    buy(owner, parts[0])
    assert total(parts[1], user=owner) == Decimal("9.00")


def test_a_variant_counts_for_its_product(owner: Any) -> None:
    parent = factories.ProductFactory(structure="parent", title="Filter", upc=None, stockrecords=None)
    small, large = (
        make_product(title, price=price, structure="child", parent=parent, product_class=None)
        for title, price in (("Small", "4"), ("Large", "6"))
    )
    kettle = make_product("Kettle", price="10")
    make_set(parent, kettle, price="11.00")
    buy(owner, large)
    assert total(kettle, user=owner) == Decimal("5.00")
    stranger = factories.UserFactory()
    buy(stranger, kettle)
    assert total(small, user=stranger) == Decimal("1.00")


# --- who gets it ------------------------------------------------------------------------------------------------------


def test_strangers_and_guests_pay_it_all(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    assert total(parts[1]) == Decimal(10)
    assert total(parts[1], user=factories.UserFactory()) == Decimal(10)
    Shopper(email="mia@example.com").put(parts[0]).buy()
    mia = factories.UserFactory(email="mia@example.com")
    assert total(parts[1], user=mia) == Decimal(10), "what a guest bought counts for nobody"
    assert total(parts[1], user=owner) == Decimal(5)


def test_a_set_without_days_is_completed_by_nobody(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00", within=None)
    buy(owner, parts[0])
    assert total(parts[1], user=owner) == Decimal(10)
    assert not SetCompletion.objects.exists()


def test_what_was_bought_too_long_ago_does_not_count(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00", within=30)
    order = buy(owner, parts[0])
    Order.objects.filter(pk=order.pk).update(date_placed=timezone.now() - timedelta(days=29, hours=23))
    assert total(parts[1], user=owner) == Decimal(5)
    Order.objects.filter(pk=order.pk).update(date_placed=timezone.now() - timedelta(days=30, minutes=1))
    assert total(parts[1], user=owner) == Decimal(10)


def test_what_came_back_does_not_count(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    give_back(buy(owner, parts[0]), parts[0])
    assert total(parts[1], user=owner) == Decimal(10)


def test_the_missing_parts_have_to_be_there_all(owner: Any, parts: list[Any]) -> None:
    make_set(*parts, price="32.00")
    buy(owner, parts[0])
    assert total(parts[1], user=owner) == Decimal(10)


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_unit_counts_once(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    assert buy(owner, parts[1]).basket_total_incl_tax == Decimal(5)
    assert total(parts[1], user=owner) == Decimal(10)


def test_what_completed_a_set_or_was_bought_in_one_begins_no_other(owner: Any, parts: list[Any]) -> None:
    """Else one would pay the difference again and again: 10 + 5 + 5 + 5 for two sets of 15."""
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    buy(owner, parts[1])
    assert total(parts[0], user=owner) == Decimal(10)
    other = factories.UserFactory()
    buy(other, *parts[:2])
    assert total(parts[0], user=other) == Decimal(10)
    assert total(parts[1], user=other) == Decimal(10)


def test_two_owned_units_complete_two_sets_at_once(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0], parts[0])
    assert total((parts[1], 3), user=owner) == Decimal(20)
    order = buy(owner, parts[1], parts[1])
    assert order.basket_total_incl_tax == Decimal(10)
    assert SpentCredit.objects.live().count() == 2
    assert total(parts[1], user=owner) == Decimal(10)


def test_one_of_two_sets_leaves_the_other_unit_alone(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0], parts[0])
    assert buy(owner, parts[1]).basket_total_incl_tax == Decimal(5)
    assert SpentCredit.objects.live().count() == 1
    assert buy(owner, parts[1]).basket_total_incl_tax == Decimal(5)
    assert total(parts[1], user=owner) == Decimal(10)


def test_units_paid_differently_go_one_after_the_other(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    reprice(parts[0], "8.00")
    buy(owner, parts[0])
    assert total((parts[1], 2), user=owner) == Decimal(15), "15 - 10, and 10"
    assert buy(owner, parts[1]).basket_total_incl_tax == Decimal(5), "15 - 10"
    assert buy(owner, parts[1]).basket_total_incl_tax == Decimal(7), "15 - 8"


def test_what_is_owned_whole_is_not_completed(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    SetCompletion.objects.update(status="paused")
    buy(owner, parts[1])
    SetCompletion.objects.update(status="active")
    assert total(parts[1], user=owner) == Decimal(10)


def test_two_sets_that_share_an_owned_part_do_not_both_count_it(owner: Any, parts: list[Any]) -> None:
    make_set(parts[0], parts[1], price="15.00")
    make_set(parts[0], parts[2], price="26.00")
    buy(owner, parts[0])
    order = buy(owner, parts[1], parts[2])
    assert order.basket_total_incl_tax == Decimal(25)
    assert total(parts[2], user=owner) == Decimal(20)


def test_an_upgrade_and_a_set_do_not_both_count_a_unit(owner: Any, parts: list[Any]) -> None:
    better = make_product("Better grinder", price="30")
    make_upgrade_offer(make_ladder(parts[0], better), kind="owned", within_days=30)
    make_set(parts[0], parts[1], price="15.00")
    buy(owner, parts[0])
    order = buy(owner, better, parts[1])
    assert order.basket_total_incl_tax in {Decimal(30), Decimal(35)}
    assert SpentCredit.objects.live().count() == 1


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_what_was_credited_is_not_paid_back(owner: Any, parts: list[Any]) -> None:
    """The kettle was 5.00 because of the grinder: without the grinder it has cost 10.00."""
    make_set(*parts[:2], price="15.00")
    first = buy(owner, parts[0])
    buy(owner, parts[1])
    assert give_back(first, parts[0]) == Decimal(5)


def test_a_completion_that_came_back_lets_the_owned_part_count_again(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    second = buy(owner, parts[1])
    assert give_back(second, parts[1]) == Decimal(5)
    assert not SpentCredit.objects.live().exists()
    assert total(parts[1], user=owner) == Decimal(5)


def test_a_cancelled_completion_lets_the_owned_part_count_again(owner: Any, parts: list[Any]) -> None:
    make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    second = buy(owner, parts[1])
    second.set_status("Cancelled")
    assert total(parts[1], user=owner) == Decimal(5)


# --- in step with the set ---------------------------------------------------------------------------------------------


def test_it_follows_the_set(owner: Any, parts: list[Any]) -> None:
    bundle = make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    bundle.name, bundle.reward = "Renamed", Decimal("14.00")
    bundle.save()
    save_terms(bundle)
    assert SetCompletion.objects.get().name == "Renamed"
    assert total(parts[1], user=owner) == Decimal(4)
    pause_bundle(bundle=bundle, user=None)
    assert total(parts[1], user=owner) == Decimal(10)
    end_bundle(bundle=bundle, user=None)
    assert SetCompletion.objects.get().status == "ended"


def test_it_stops_when_its_days_are_taken_away_and_when_the_kind_changes(owner: Any, parts: list[Any]) -> None:
    bundle = make_set(*parts[:2], price="15.00")
    buy(owner, parts[0])
    bundle.complete_within_days = None
    bundle.save()
    save_terms(bundle)
    assert total(parts[1], user=owner) == Decimal(10)
    bundle.complete_within_days, bundle.kind, bundle.units = 5, "mix", 2
    bundle.save()
    save_terms(bundle)
    assert total(parts[1], user=owner) == Decimal(10)


def test_a_set_whose_completion_was_used_is_not_deleted(owner: Any, parts: list[Any]) -> None:
    bundle = make_set(*parts[:2], price="15.00")
    unused = make_set(parts[0], parts[2], price="25.00")
    buy(owner, parts[0])
    buy(owner, parts[1])
    with pytest.raises(NotDoneError):
        delete_bundle(bundle=bundle)
    delete_bundle(bundle=unused)
    assert SetCompletion.objects.count() == 1


# --- costs ------------------------------------------------------------------------------------------------------------


def queries_of(*products: Any, user: Any = None) -> Sequence[str]:
    basket = make_basket(*products, request=make_request(user=user))
    basket.all_lines()
    with count_queries() as statements:
        apply(basket)
    return statements


def test_pricing_costs_one_query_more_for_customers_and_none_for_guests(owner: Any, parts: list[Any]) -> None:
    first, second = (make_set(parts[0], part, price="15.00", within=None) for part in parts[1:])
    buy(owner, parts[0])
    guest = len(queries_of(*parts[1:]))
    assert not [sql for sql in queries_of(*parts[1:], user=owner) if '"order_line"' in sql]
    for bundle in (first, second):
        bundle.complete_within_days = 30
        bundle.save()
        save_terms(bundle)
    assert len(queries_of(*parts[1:])) == guest
    assert not [sql for sql in queries_of(*parts[1:]) if '"order_line"' in sql]
    assert len([sql for sql in queries_of(*parts[1:], user=owner) if '"order_line"' in sql]) == 1


class TestCompletionType(PersonalOfferTypeContract):
    """It keeps what every personal offer type promises."""

    offer_type = CompletionType

    def offers(self) -> Sequence[Any]:
        parts = [make_product(), make_product()]
        bundles = [make_set(*parts, price="15.00"), make_set((parts[0], 2), parts[1], percent="10")]
        unfinished = make_set(*parts, price="15.00")
        unfinished.parts.all().delete()
        save_terms(unfinished)
        return [bundle.completion for bundle in (*bundles, unfinished)]

    def earned(self) -> tuple[Any, Any]:
        self.user = factories.UserFactory()
        parts = [make_product(), make_product()]
        bundle = make_set(*parts, price="15.00")
        buy(self.user, parts[0])
        return bundle.completion, make_basket(parts[1], request=make_request(user=self.user))

    def order(self) -> Any:
        return factories.OrderFactory(user=self.user)
