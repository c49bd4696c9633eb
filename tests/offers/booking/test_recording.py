"""What an order is given is stored per offer and per unit, as it was shown, and no fault of ours loses an order."""

import inspect
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from tests.checkout import Shopper
from upsell.offers import terms
from upsell.offers.booking import claims, recording, repair
from upsell.offers.models.bookings import FrozenPlan, OrderOffer, OrderOfferUnit
from upsell.offers.models.offers import Offer, OfferUsage
from upsell.offers.serving.customers import digest
from upsell.testing import make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db

Order, OrderDiscount = get_model("order", "Order"), get_model("order", "OrderDiscount")


@pytest.fixture
def tea() -> Any:
    return make_product("Tea", price="10.00")


@pytest.fixture
def cup() -> Any:
    return make_product("Cup", price="5.00")


def units(order: Any) -> list[tuple[str, str, int, Decimal]]:
    rows = OrderOfferUnit.objects.filter(order_offer__order=order).order_by("pk")
    return [(row.line.title, row.slot, row.quantity, row.part) for row in rows]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.reason for record in caplog.records if record.name == "upsell" and record.levelname == "ERROR"]


def agrees(order: Any) -> bool:
    """Whether Oscar's row, Oscar's rows by line and our rows by unit say the same, and something at all."""
    row = order.discounts.get()
    by_line = {line.pk: sum(part.amount for part in line.discounts.all()) for line in order.lines.all()}
    ours = dict.fromkeys(by_line, Decimal(0))
    for unit in OrderOfferUnit.objects.filter(order_offer__order=order):
        ours[unit.line_id] += unit.quantity * unit.part
    given = sum(one.amount for one in OrderOffer.objects.filter(order=order))
    return by_line == ours and row.amount == sum(by_line.values()) == given > 0


def test_an_order_keeps_what_each_unit_was_given(tea: Any, cup: Any) -> None:
    bundle = make_bundle(tea, (cup, 2), off="4.01", name="Tea for two")
    order = Shopper(email="Anne@example.com").put(tea).put(cup, 3).buy()
    booked = OrderOffer.objects.get()
    assert (booked.order, booked.offer_id, booked.name, booked.family) == (order, bundle.pk, "Tea for two", "bundle")
    assert (booked.version, booked.applications, booked.amount) == (bundle.version, 1, Decimal("4.01"))
    assert (booked.currency, booked.customer, booked.state) == ("GBP", "", OrderOffer.State.GRANTED)
    assert terms.from_json(booked.terms) == terms.from_json(bundle.terms)
    assert sum(quantity * part for *_, quantity, part in units(order)) == Decimal("4.01")
    assert {(title, quantity) for title, _, quantity, _ in units(order)} >= {("Tea", 1)}
    assert sum(quantity for title, _, quantity, _ in units(order) if title == "Cup") == 2
    assert agrees(order)
    assert order.total_incl_tax == Decimal("20.99")
    assert OfferUsage.objects.values_list("customer", "used", "spent").get() == ("", 1, Decimal("4.01"))


def test_units_that_had_to_be_bought_are_kept_with_a_part_of_nothing(tea: Any) -> None:
    make_bundle(tea, kind="bogo", units=2, got_units=1, percent=100, is_free=True)
    order = Shopper().put(tea, 3).buy()
    assert units(order) == [("Tea", "get", 1, Decimal("10.00")), ("Tea", "buy", 2, Decimal("0.00"))]
    assert agrees(order)


def test_oscars_row_says_the_offers_with_their_amounts(tea: Any, cup: Any) -> None:
    make_bundle(tea, tea, kind="mix", units=2, off="3.00", name="Two teas")
    make_bundle(cup, kind="mix", units=2, off="1.00", name="Two cups")
    order = Shopper().put(tea, 2).put(cup, 2).buy()
    assert order.discounts.get().message == "Two teas: £3.00; Two cups: £1.00"
    assert agrees(order)


def test_the_customer_is_counted_where_the_offer_asks_for_it(tea: Any, cup: Any) -> None:
    make_bundle(tea, cup, percent=10, max_per_customer=1)
    Shopper(email="Anne@Example.com ").put(tea).put(cup).buy()
    anne = digest("anne@example.com")
    assert OrderOffer.objects.get().customer == anne
    assert set(OfferUsage.objects.values_list("customer", "used")) == {("", 1), (anne, 1)}
    again = Shopper(email="anne@example.com").put(tea).put(cup).buy()
    assert again.total_incl_tax == Decimal("15.00")
    other = Shopper(email="ben@example.com").put(tea).put(cup).buy()
    assert other.total_incl_tax == Decimal("13.50")


def test_an_order_without_offers_of_ours_is_left_alone(tea: Any) -> None:
    make_bundle(tea, make_product(), percent=10)
    Shopper().put(tea).buy()
    assert not OrderOffer.objects.exists()
    assert not OfferUsage.objects.exists()
    assert not FrozenPlan.objects.exists()


# --- a limit that is reached while the shopper pays -------------------------------------------------------------------


def sold_out_while_paying(bundle: Any) -> Any:
    """Let somebody else take the last use after this shopper's basket was priced."""

    def take_the_last(*args: Any, **kwargs: Any) -> None:
        use = claims.Use(bundle.pk, bundle.name, 1, Decimal(1))
        claims.claim([use], customer="")

    return patch("oscar.apps.checkout.views.PaymentDetailsView.handle_payment", side_effect=take_the_last)


def test_who_comes_too_late_is_told_so_and_shown_the_new_total(tea: Any, cup: Any) -> None:
    bundle = make_bundle(tea, cup, percent=10, max_in_all=1, name="Last one")
    shopper = Shopper().put(tea).put(cup).go_to_checkout()
    assert shopper.preview().incl_tax == Decimal("13.50")
    with sold_out_while_paying(bundle):
        response = shopper.press()
    assert response.status_code == 200
    assert response.context["error"] == "“Last one” has just been used up. Please check your new total."
    assert response.context["order_total"].incl_tax == Decimal("15.00")
    assert not Order.objects.exists()
    assert not OrderOffer.objects.exists()
    assert OfferUsage.objects.values_list("used", flat=True).get() == 1
    assert not FrozenPlan.objects.exists()
    assert shopper.preview().incl_tax == Decimal("15.00")
    assert shopper.press().url == reverse("checkout:thank-you")
    assert Order.objects.get().total_incl_tax == Decimal("15.00")


def test_who_comes_too_late_before_paying_is_led_back_to_the_preview(tea: Any, cup: Any) -> None:
    bundle = make_bundle(tea, cup, percent=10, max_in_all=1)
    shopper = Shopper().put(tea).put(cup).go_to_checkout()
    shopper.preview()
    Shopper().put(tea).put(cup).buy()
    with patch("oscar.apps.checkout.views.PaymentDetailsView.handle_payment") as handle_payment:
        assert shopper.press().url == reverse("checkout:preview")
    assert not handle_payment.called
    assert OfferUsage.objects.get(offer=bundle).used == 1


# --- faults of ours -----------------------------------------------------------------------------------------------


FAULTS = [RuntimeError, KeyError, AssertionError, TimeoutError, ImportError]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", ["claims.claim", "units_of", "customer_of_order", "amount_of"])
def test_a_fault_while_booking_lets_the_order_through_and_is_mended(
    tea: Any, cup: Any, place: str, fault: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    make_bundle(tea, (cup, 2), off="4.01")
    with patch(f"upsell.offers.booking.recording.{place}", side_effect=fault("broken")):
        order = Shopper().put(tea).put(cup, 2).buy()
    assert errors(caplog) == ["offers.record"]
    assert order.total_incl_tax == Decimal("15.99")
    assert not OrderOffer.objects.exists()
    assert not OfferUsage.objects.exists()
    assert order.discounts.get().message == "Bundle: £4.01"
    assert [kept.order for kept in repair.unbooked()] == [order]
    assert repair.mend() == repair.Mended(orders=1, released=0, counters=0, failed={})
    assert agrees(order)
    assert OfferUsage.objects.values_list("used", "spent").get() == (1, Decimal("4.01"))
    assert repair.mend() == repair.Mended(orders=0, released=0, counters=0, failed={})
    assert OfferUsage.objects.values_list("used", "spent").get() == (1, Decimal("4.01"))


def test_a_broken_query_while_booking_does_not_spoil_the_orders_transaction(
    tea: Any, cup: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_bundle(tea, cup, percent=10)

    def broken(*args: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    with patch.object(recording, "units_of", broken):
        order = Shopper().put(tea).put(cup).buy()
    assert errors(caplog) == ["offers.record"]
    assert repair.mend().orders == 1
    assert agrees(order)


def test_units_that_could_not_be_tied_to_a_line_are_mended(
    tea: Any, cup: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_bundle(tea, cup, percent=10)
    tie = recording.tie

    def broken_for_cups(waiting: Any, line: Any) -> None:
        if line.title == "Cup":
            raise RuntimeError("broken")
        tie(waiting, line)

    with patch.object(recording, "tie", broken_for_cups):
        order = Shopper().put(tea).put(cup).buy()
    assert errors(caplog) == ["offers.tie"]
    assert len(units(order)) == 1
    assert OfferUsage.objects.get().used == 1
    assert repair.mend() == repair.Mended(orders=1, released=0, counters=0, failed={})
    assert agrees(order)
    assert len(units(order)) == 2
    assert OfferUsage.objects.get().used == 1
    assert OrderOffer.objects.count() == 1


def test_lines_in_another_order_find_their_units(tea: Any, cup: Any) -> None:
    make_bundle((tea, 2), cup, off="1.00")
    with patch("oscar.apps.basket.models.Basket.all_lines", _reversed_for_orders()):
        order = Shopper().put(tea, 2).put(cup).buy()
    assert agrees(order)


def _reversed_for_orders() -> Any:
    """Give Oscar's order creator the lines the other way round, as a shop's own might."""
    all_lines = get_model("basket", "Basket").all_lines

    def lines(self: Any) -> Any:
        found = all_lines(self)
        caller = inspect.currentframe().f_back.f_code.co_name  # type: ignore[union-attr]
        return list(reversed(found)) if caller == "place_order" else found

    return lines


def test_what_oscar_did_not_take_off_is_not_booked(tea: Any, cup: Any, caplog: pytest.LogCaptureFixture) -> None:
    make_bundle(tea, cup, percent=10)
    with patch.object(recording, "amount_of", return_value=Decimal("9.99")):
        order = Shopper().put(tea).put(cup).buy()
    assert errors(caplog) == ["offers.record"]
    OrderDiscount.objects.filter(order=order).update(amount=Decimal("0.99"))
    mended = repair.mend()
    assert mended.orders == 0
    assert list(mended.failed) == [order.number]
    assert not OrderOffer.objects.exists()
    assert repair.unbooked().count() == 1


def test_an_order_of_which_nothing_was_kept_is_named(tea: Any, cup: Any) -> None:
    make_bundle(tea, cup, percent=10)
    with patch("upsell.offers.booking.freezing.granted_to", side_effect=RuntimeError("broken")):
        order = Shopper().put(tea).put(cup).buy()
    Shopper().put(tea).put(cup).buy()
    assert [row.order for row in repair.unexplained()] == [order]


def test_counters_that_went_wrong_are_counted_anew(tea: Any, cup: Any) -> None:
    bundle = make_bundle(tea, cup, percent=10, max_per_customer=3)
    for _ in range(2):
        Shopper(email="anne@example.com").put(tea).put(cup).buy()
    assert not repair.miscounted().exists()
    OfferUsage.objects.filter(customer="").update(used=7)
    OfferUsage.objects.exclude(customer="").update(spent=Decimal("0.01"))
    assert repair.miscounted().count() == 2
    assert repair.mend().counters == 2
    assert set(OfferUsage.objects.filter(offer=bundle).values_list("used", "spent")) == {(2, Decimal("3.00"))}
    OfferUsage.objects.all().delete()
    repair.mend()
    assert OfferUsage.objects.filter(offer=bundle, customer="").values_list("used", "spent").get() == (
        2,
        Decimal("3.00"),
    )


# --- while the basket is frozen ---------------------------------------------------------------------------------------


def paid_elsewhere() -> Any:
    """Send the shopper to a payment page of somebody else."""
    there = get_class("payment.exceptions", "RedirectRequired")("https://pay.test/")
    return patch("oscar.apps.checkout.views.PaymentDetailsView.handle_payment", side_effect=there)


def come_back(shopper: Shopper) -> Any:
    """Load the frozen basket as payment plug-ins do on the way back: anew, with all offers applied again."""
    submitted = shopper.client.session["checkout_data"]["submission"]["basket_id"]
    basket = get_model("basket", "Basket").objects.get(pk=submitted)
    request = make_request(basket=basket)
    get_class("offer.applicator", "Applicator")().apply(basket, request.user, request)
    return basket


def test_what_was_agreed_is_kept_while_the_shopper_pays(tea: Any, cup: Any) -> None:
    bundle = make_bundle(tea, cup, percent=10)
    shopper = Shopper().put(tea).put(cup).go_to_checkout()
    shopper.preview()
    with paid_elsewhere():
        assert shopper.press().url == "https://pay.test/"
    assert FrozenPlan.objects.get().order is None
    Offer.objects.filter(pk=bundle.pk).update(ends_at=timezone.now())
    make_bundle(tea, cup, percent=20)
    assert come_back(shopper).total_incl_tax == Decimal("13.50")


def test_an_offer_that_starts_while_the_shopper_pays_is_for_the_next_basket(tea: Any, cup: Any) -> None:
    shopper = Shopper().put(tea).put(cup).go_to_checkout()
    shopper.preview()
    with paid_elsewhere():
        shopper.press()
    make_bundle(tea, cup, percent=20)
    assert come_back(shopper).total_incl_tax == Decimal("15.00")


def test_a_basket_that_is_thawed_is_priced_anew(tea: Any, cup: Any) -> None:
    make_bundle(tea, cup, percent=10)
    shopper = Shopper().put(tea).put(cup).go_to_checkout()
    shopper.preview()
    with paid_elsewhere():
        shopper.press()
    make_bundle(tea, cup, percent=20)
    come_back(shopper).thaw()
    assert not FrozenPlan.objects.exists()
    assert come_back(shopper).total_incl_tax == Decimal("12.00")


def test_a_frozen_basket_that_was_changed_all_the_same_is_priced_anew(tea: Any, cup: Any) -> None:
    make_bundle(tea, cup, percent=10)
    shopper = Shopper().put(tea).put(cup).go_to_checkout()
    shopper.preview()
    with paid_elsewhere():
        shopper.press()
    get_model("basket", "Line").objects.filter(product=cup).update(quantity=2)
    make_bundle(tea, (cup, 2), percent=30)
    assert come_back(shopper).total_incl_tax == Decimal("14.00")


@pytest.mark.parametrize("junk", [{}, {"plan": 1}, [], "x", {"lines": [[1]], "plan": None}])
def test_a_kept_plan_that_cannot_be_read_costs_no_page(
    tea: Any, cup: Any, junk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_bundle(tea, cup, percent=10)
    shopper = Shopper().put(tea).put(cup).go_to_checkout()
    shopper.preview()
    with paid_elsewhere():
        shopper.press()
    FrozenPlan.objects.update(plan=junk)
    assert come_back(shopper).total_incl_tax == Decimal("13.50")
    assert errors(caplog) == ["offers.frozen"]


def test_a_fault_while_freezing_stops_no_payment(tea: Any, cup: Any, caplog: pytest.LogCaptureFixture) -> None:
    make_bundle(tea, cup, percent=10)
    with patch("upsell.offers.booking.freezing.to_json", side_effect=RuntimeError("broken")):
        order = Shopper().put(tea).put(cup).buy()
    assert "offers.freeze" in errors(caplog)
    assert order.total_incl_tax == Decimal("13.50")


# --- cancelled ------------------------------------------------------------------------------------------------------


def test_a_cancelled_order_gives_its_uses_back_once(tea: Any, cup: Any) -> None:
    make_bundle(tea, cup, percent=10, max_in_all=1, max_per_customer=1)
    order = Shopper().put(tea).put(cup).buy()
    order.set_status("Being processed")
    assert OfferUsage.objects.get(customer="").used == 1
    order.set_status("Cancelled")
    assert set(OfferUsage.objects.values_list("used", "spent")) == {(0, Decimal(0))}
    assert OrderOffer.objects.get().state == OrderOffer.State.RELEASED
    assert agrees(order)
    other = Shopper().put(tea).put(cup).buy()
    assert other.total_incl_tax == Decimal("13.50")
    assert repair.mend() == repair.Mended(orders=0, released=0, counters=0, failed={})
    assert OfferUsage.objects.get(customer="").used == 1


def test_cancelling_in_the_dashboard_gives_uses_back(tea: Any, cup: Any, admin_client: Any) -> None:
    make_bundle(tea, cup, percent=10, max_in_all=1)
    order = Shopper().put(tea).put(cup).buy()
    address = reverse("dashboard:order-detail", kwargs={"number": order.number})
    admin_client.post(address, {"order_action": "change_order_status", "new_status": "Cancelled"})
    order.refresh_from_db()
    assert order.status == "Cancelled"
    assert OfferUsage.objects.get(customer="").used == 0


def test_an_order_cancelled_past_oscars_pipeline_is_found_and_released(tea: Any, cup: Any) -> None:
    make_bundle(tea, cup, percent=10, max_in_all=1)
    order = Shopper().put(tea).put(cup).buy()
    Order.objects.filter(pk=order.pk).update(status="Cancelled")
    assert repair.unreleased().count() == 1
    assert repair.mend().released == 1
    assert OfferUsage.objects.get(customer="").used == 0


def test_a_fault_while_releasing_stops_no_cancellation(tea: Any, cup: Any, caplog: pytest.LogCaptureFixture) -> None:
    make_bundle(tea, cup, percent=10)
    order = Shopper().put(tea).put(cup).buy()
    with patch("upsell.offers.booking.releasing.release", side_effect=RuntimeError("broken")):
        order.set_status("Cancelled")
    order.refresh_from_db()
    assert order.status == "Cancelled"
    assert errors(caplog) == ["offers.release"]
