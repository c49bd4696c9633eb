"""Somebody who bought a lower step pays the difference, once, by what was really paid."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from tests.checkout import Shopper
from tests.offers.oscar_shop import apply, site_offer
from tests.tiers.conftest import make_variants
from upsell.models import OrderOffer, PriceFloor, SpentCredit
from upsell.offers.booking.refunds import answer_refund, book_refund
from upsell.offers.booking.repair import mend
from upsell.offers.serving.families import install
from upsell.offers.serving.planning import plan_for
from upsell.testing import (
    count_queries,
    make_basket,
    make_bundle,
    make_ladder,
    make_product,
    make_request,
    make_upgrade_offer,
)
from upsell.tiers.serving.owning import credits_for

pytestmark = pytest.mark.django_db

Order = get_model("order", "Order")


@pytest.fixture
def owner() -> Any:
    return factories.UserFactory()


@pytest.fixture
def steps() -> list[Any]:
    return [make_product(title, price=price) for title, price in (("Basic", "10"), ("Mid", "20"), ("Premium", "35"))]


@pytest.fixture
def offer(steps: list[Any]) -> Any:
    install()
    return make_upgrade_offer(make_ladder(*steps), kind="owned", name="Owners pay the difference", within_days=30)


def total(*products: Any, user: Any = None) -> Decimal:
    """Tell what a basket of these products costs somebody."""
    found: Decimal = apply(make_basket(*products, request=make_request(user=user))).total_incl_tax
    return found


def buy(user: Any, *products: Any) -> Any:
    shopper = Shopper(user)
    for product in products:
        shopper.put(product)
    return shopper.buy()


def refund(order: Any, *products: Any, method: str = "pro_rata") -> Decimal:
    units = {order.lines.get(product=product).pk: 1 for product in products}
    reference = f"r{order.pk}-{'-'.join(str(product.pk) for product in products)}"
    found: Decimal = book_refund(order=order, units=units, method=method, reference=reference).amount_incl_tax
    return found


def test_an_owner_pays_the_difference_and_a_chain_adds_up(owner: Any, steps: list[Any], offer: Any) -> None:
    """Basic for 10, Mid for 10 more, Premium for 15 more: 35 in all."""
    totals = [buy(owner, step).basket_total_incl_tax for step in steps]
    assert totals == [Decimal("10.00"), Decimal("10.00"), Decimal("15.00")]
    assert list(SpentCredit.objects.values_list("amount", flat=True)) == [Decimal("10.00"), Decimal("20.00")]


def test_strangers_guests_and_owners_of_nothing_pay_it_all(owner: Any, steps: list[Any], offer: Any) -> None:
    buy(owner, steps[0])
    assert total(steps[1]) == Decimal(20)
    assert total(steps[1], user=factories.UserFactory()) == Decimal(20)
    assert total(steps[1], user=owner) == Decimal(10)


def test_what_a_guest_bought_counts_for_nobody(owner: Any, steps: list[Any], offer: Any) -> None:
    order = Shopper().put(steps[0]).buy()
    Order.objects.filter(pk=order.pk).update(guest_email=owner.email)
    assert total(steps[1], user=owner) == Decimal(20)


def test_a_step_is_credited_once(owner: Any, steps: list[Any], offer: Any) -> None:
    buy(owner, steps[0])
    buy(owner, steps[1])
    assert total(steps[1], user=owner) == Decimal(20)


def test_one_credit_goes_into_a_basket(owner: Any, steps: list[Any], offer: Any) -> None:
    buy(owner, steps[0])
    buy(owner, steps[0])
    assert total((steps[1], 2), user=owner) == Decimal(30)
    buy(owner, steps[1])
    assert total(steps[2], user=owner) == Decimal(15), "the larger of 20 and 10 is credited"


def test_a_lower_step_and_the_same_step_are_no_upgrade(owner: Any, steps: list[Any], offer: Any) -> None:
    buy(owner, steps[1])
    assert total(steps[0], user=owner) == Decimal(10)
    assert total(steps[1], user=owner) == Decimal(20)


def test_a_credit_for_one_step_does_not_go_to_a_lower_one_beside_it(owner: Any, steps: list[Any], offer: Any) -> None:
    """Mid is owned; in a basket of Mid and Premium, Premium costs less, and not Mid."""
    buy(owner, steps[1])
    plan = plan_for(make_basket(steps[1], steps[2], request=make_request(user=owner)))
    assert plan is not None
    [(_candidate, applied)] = plan.of("upgrade")
    assert [plan.lines[line].product for line in applied.lines] == [steps[2]]


def test_a_variant_counts_for_its_product(owner: Any, steps: list[Any]) -> None:
    install()
    _, (small, large) = make_variants("Basic", "8.00", "12.00")
    _, (pro_small, pro_large) = make_variants("Pro", "30.00", "40.00")
    make_upgrade_offer(make_ladder(small, pro_small), kind="owned")
    buy(owner, large)
    assert total(pro_large, user=owner) == Decimal(28)
    assert total(pro_small, user=owner) == Decimal(18)


def test_what_counts_can_be_narrowed_down(owner: Any, steps: list[Any]) -> None:
    install()
    ladder = make_ladder(*steps)
    tiers = list(ladder.tiers.all())
    make_upgrade_offer(ladder, kind="owned", from_tier=tiers[1], to_tier=tiers[2])
    buy(owner, steps[0])
    assert total(steps[2], user=owner) == Decimal(35)
    buy(owner, steps[1])
    assert total(steps[2], user=owner) == Decimal(15)


def test_a_purchase_counts_for_so_many_days(owner: Any, steps: list[Any], offer: Any) -> None:
    order = buy(owner, steps[0])
    now = timezone.now()
    Order.objects.filter(pk=order.pk).update(date_placed=now - timedelta(days=29, hours=23))
    assert total(steps[1], user=owner) == Decimal(10)
    Order.objects.filter(pk=order.pk).update(date_placed=now - timedelta(days=30, hours=1))
    assert total(steps[1], user=owner) == Decimal(20)
    offer.within_days = None
    offer.save()
    assert total(steps[1], user=owner) == Decimal(10)


def test_what_was_really_paid_counts(owner: Any, steps: list[Any], offer: Any) -> None:
    """Basic was bought with a lamp for 12.00 instead of 15.00: 2.00 off Basic, 1.00 off the lamp."""
    lamp = make_product("Lamp", price="5.00")
    bundle = make_bundle(steps[0], lamp, price="12.00")
    order = buy(owner, steps[0], lamp)
    assert order.lines.get(product=steps[0]).line_price_incl_tax == Decimal(8)
    bundle.delete()
    assert total(steps[1], user=owner) == Decimal(12)


def test_what_others_took_off_counts_as_well(owner: Any, steps: list[Any], offer: Any) -> None:
    site = site_offer(name="Ten percent")
    assert buy(owner, steps[0]).basket_total_incl_tax == Decimal(9)
    site.delete()
    assert total(steps[1], user=owner) == Decimal(11)


def test_a_worth_above_the_price_makes_it_free_and_no_cheaper(owner: Any, offer: Any, steps: list[Any]) -> None:
    buy(owner, steps[1])
    steps[2].stockrecords.update(price=Decimal("15.00"))
    assert total(steps[2], user=owner) == Decimal(0)


def test_a_credit_does_not_go_below_the_floor(owner: Any, offer: Any, steps: list[Any]) -> None:
    PriceFloor.objects.create(product=steps[1], amount=Decimal("17.00"), currency="GBP")
    buy(owner, steps[0])
    order = buy(owner, steps[1])
    assert order.basket_total_incl_tax == Decimal(17)
    assert SpentCredit.objects.get().amount == Decimal(3)


def test_of_what_takes_as_much_off_the_cheaper_is_used_up(owner: Any, offer: Any, steps: list[Any]) -> None:
    basic = buy(owner, steps[0])
    offer.status = "paused"
    offer.save()
    buy(owner, steps[1])
    offer.status = "active"
    offer.save()
    steps[2].stockrecords.update(price=Decimal("9.00"))
    buy(owner, steps[2])
    assert SpentCredit.objects.get().line.order == basic


def test_other_currencies_do_not_count(owner: Any, offer: Any, steps: list[Any]) -> None:
    order = buy(owner, steps[0])
    Order.objects.filter(pk=order.pk).update(currency="EUR")
    assert total(steps[1], user=owner) == Decimal(20)


def test_yen_have_no_pennies(owner: Any, steps: list[Any]) -> None:
    install()
    make_upgrade_offer(make_ladder(*steps), kind="owned", currency="")
    for step, price in zip(steps, (1000, 2000, 3500), strict=True):
        step.stockrecords.update(price=price, price_currency="JPY")
    with override_settings(OSCAR_DEFAULT_CURRENCY="JPY"):
        bought = [buy(owner, step) for step in steps]
    assert [order.basket_total_incl_tax for order in bought] == [1000, 1000, 1500]


def test_cancelled_and_returned_purchases_are_worth_nothing(owner: Any, offer: Any, steps: list[Any]) -> None:
    order = buy(owner, steps[0])
    refund(order, steps[0])
    assert total(steps[1], user=owner) == Decimal(20)
    order = buy(owner, steps[0])
    order.set_status("Cancelled")
    assert total(steps[1], user=owner) == Decimal(20)


# --- what is paid back ------------------------------------------------------------------------------------------------


def test_what_was_credited_is_not_paid_back_and_the_answer_says_why(owner: Any, offer: Any, steps: list[Any]) -> None:
    first, second = buy(owner, steps[0]), buy(owner, steps[1])
    line = first.lines.get()
    answer = answer_refund(order=first, units={line.pk: 1})
    for method in answer.methods.values():
        assert method.incl_tax == 0
        reasons = [reason.message for reason in method.why if reason.code == "credited"]
        assert reasons == [f"£10.00 of it was credited to order {second.number}, so it is not paid back."]
    assert refund(first, steps[0]) == 0


def test_when_the_better_one_comes_back_the_lower_one_counts_again(owner: Any, offer: Any, steps: list[Any]) -> None:
    first, second = buy(owner, steps[0]), buy(owner, steps[1])
    assert refund(second, steps[1]) == Decimal(10)
    assert total(steps[1], user=owner) == Decimal(10)
    assert refund(first, steps[0]) == Decimal(10)
    assert total(steps[1], user=owner) == Decimal(20)


def test_when_both_come_back_everything_is_paid_back(owner: Any, offer: Any, steps: list[Any]) -> None:
    """The lower one first: its 10.00 go back when the credit ends, and a note on its order says so."""
    first, second = buy(owner, steps[0]), buy(owner, steps[1])
    assert refund(first, steps[0]) == 0
    assert refund(second, steps[1]) == Decimal(10)
    assert [one.amount_incl_tax for one in first.upsell_refunds.all()] == [Decimal(10), Decimal(0)]
    assert any(f"credited to order {second.number}" in note.message for note in first.notes.all())
    assert SpentCredit.objects.live().count() == 0


def test_a_cancelled_upgrade_ends_its_credit(owner: Any, offer: Any, steps: list[Any]) -> None:
    buy(owner, steps[0])
    buy(owner, steps[1]).set_status("Cancelled")
    assert total(steps[1], user=owner) == Decimal(10)
    assert OrderOffer.objects.get().state == "released"


def test_a_credit_that_was_credited_on_ends_with_the_last_step(owner: Any, offer: Any, steps: list[Any]) -> None:
    """Mid comes back while Premium is kept: Basic stays credited. When Premium comes back, all 35.00 go back."""
    first, second, third = (buy(owner, step) for step in steps)
    assert refund(second, steps[1]) == 0
    assert SpentCredit.objects.live().count() == 2
    assert total(steps[1], user=owner) == Decimal(20)
    assert refund(third, steps[2]) == Decimal(15)
    assert SpentCredit.objects.live().count() == 0
    assert second.upsell_refunds.first().amount_incl_tax == Decimal(10)
    assert refund(first, steps[0]) == Decimal(10)


def test_the_refund_screen_says_why(owner: Any, offer: Any, steps: list[Any]) -> None:
    first, second = buy(owner, steps[0]), buy(owner, steps[1])
    staff = Client()
    staff.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    asked = {"order": first.number, f"line_{first.lines.get().pk}": 1, "answer": 1}
    page = staff.get(reverse("admin:upsell_refund_add"), asked).content.decode()
    assert page.count(f"£10.00 of it was credited to order {second.number}, so it is not paid back.") == 2


def test_what_is_priced_again_gets_no_more_than_was_credited(owner: Any, offer: Any, steps: list[Any]) -> None:
    """A floor let 1.00 of 10.00 be credited; two were bought, one comes back, and the other is 1.00 cheaper, not 10."""
    PriceFloor.objects.create(product=steps[1], amount=Decimal("19.00"), currency="GBP")
    buy(owner, steps[0])
    order = buy(owner, steps[1], steps[1])
    assert order.basket_total_incl_tax == Decimal(39)
    assert refund(order, steps[1], method="reprice") == Decimal(20)


def test_who_cancels_what_was_credited_is_told(owner: Any, offer: Any, steps: list[Any]) -> None:
    first, second = buy(owner, steps[0]), buy(owner, steps[1])
    first.set_status("Cancelled")
    assert f"£10.00 of this order was credited to order {second.number}" in first.notes.get().message


# --- what may not be used twice ---------------------------------------------------------------------------------------


def place(basket: Any) -> Any:
    """Place a basket that was priced before."""
    method = get_class("shipping.methods", "NoShippingRequired")()
    charge = method.calculate(basket)
    request = basket.strategy.request
    return get_class("order.utils", "OrderCreator")().place_order(
        basket=basket,
        total=get_class("checkout.calculators", "OrderTotalCalculator")(request).calculate(basket, charge),
        shipping_method=method,
        shipping_charge=charge,
        user=basket.owner,
        request=request,
    )


def test_of_two_baskets_priced_with_one_credit_one_becomes_an_order(owner: Any, offer: Any, steps: list[Any]) -> None:
    buy(owner, steps[0])
    baskets = [apply(make_basket(step, request=make_request(user=owner))) for step in steps[1:]]
    place(baskets[0])
    with pytest.raises(get_class("order.exceptions", "UnableToPlaceOrder"), match="credited already"):
        place(baskets[1])
    assert SpentCredit.objects.count() == 1
    assert Order.objects.count() == 2


def test_what_came_back_meanwhile_is_not_credited(owner: Any, offer: Any, steps: list[Any]) -> None:
    order = buy(owner, steps[0])
    basket = apply(make_basket(steps[1], request=make_request(user=owner)))
    refund(order, steps[0])
    with pytest.raises(get_class("order.exceptions", "UnableToPlaceOrder")):
        place(basket)


def test_nobody_spends_what_another_owns(owner: Any, offer: Any, steps: list[Any]) -> None:
    """Should a basket change hands after it was priced, its order is refused."""
    buy(owner, steps[0])
    basket = apply(make_basket(steps[1], request=make_request(user=owner)))
    basket.owner = factories.UserFactory()
    with pytest.raises(get_class("order.exceptions", "UnableToPlaceOrder")):
        place(basket)


def test_an_order_that_could_not_be_booked_holds_its_credit_until_it_is(
    owner: Any, offer: Any, steps: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of ours costs no order; but until it is mended, nothing of this customer is credited again."""
    buy(owner, steps[0])
    with monkeypatch.context() as broken:
        broken.setattr(SpentCredit.objects, "bulk_create", lambda rows: 1 / 0)
        assert buy(owner, steps[1]).basket_total_incl_tax == Decimal(10)
    assert not SpentCredit.objects.exists()
    assert total(steps[1], user=owner) == Decimal(20)
    mended = mend()
    assert (mended.orders, mended.failed) == (1, {})
    assert SpentCredit.objects.get().amount == Decimal(10)
    assert total(steps[2], user=owner) == Decimal(15)


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_it_costs_two_queries_and_none_without_an_account(owner: Any, offer: Any, steps: list[Any]) -> None:
    buy(owner, steps[0])

    def queries(user: Any) -> int:
        basket = make_basket(steps[1], request=make_request(user=user))
        with count_queries() as statements:
            plan_for(basket)
        return len(statements)

    queries(None)  # the offers are remembered from now on
    assert queries(owner) - queries(None) <= 3, "what was accepted, the offers, and what is owned"


def test_pages_are_told_what_is_owned(owner: Any, offer: Any, steps: list[Any]) -> None:
    buy(owner, steps[0])
    request = make_request(user=owner)
    with count_queries() as statements:
        found = credits_for([offer.pk], request=request)
        assert credits_for([offer.pk], request=request) == found
    assert len(statements) == 2
    unit = found[offer.pk].best({steps[2].pk: 3500}, "GBP")
    assert unit is not None
    assert (unit.family, unit.worth) == (steps[0].pk, 1000)
    assert found[offer.pk].best({steps[0].pk: 1000}, "GBP") is None
    with count_queries() as statements:
        assert credits_for([offer.pk], request=make_request()) == {}
    assert statements == []
