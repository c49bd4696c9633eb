"""Simulated orders become complete Oscar orders whose sums add up."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Sum
from oscar.core.loading import get_model

from demo_shop.catalogue.goods import read_goods
from demo_shop.catalogue.loader import load_goods
from demo_shop.shoppers import truth
from demo_shop.shoppers.loader import load_customers, load_orders, load_reviews, sellables
from demo_shop.shoppers.moving import move_past
from demo_shop.shoppers.reviews import write_reviews
from demo_shop.shoppers.simulation import Orders, simulate

Order = get_model("order", "Order")
Line = get_model("order", "Line")

TODAY = date(2026, 7, 1)
END = datetime.combine(TODAY, time(), UTC)
GOODS = read_goods()


@pytest.fixture(scope="module")
def history() -> Orders:
    return simulate(GOODS, today=TODAY, orders=260, days=120)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, history: Orders) -> Iterator[Orders]:
    """Load the shop once for all tests of this file, in a transaction around theirs."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("oscar_populate_countries", verbosity=0)
        load_goods(GOODS, today=TODAY, launched=truth.LAUNCHED, never_sold=truth.NEVER_SOLD)
        first = {order.customer.number: order.at for order in reversed(history.orders)}
        load_customers(history.customers, {"amelia": "a", "kenji": "k", "lena": "l"}, first)
        load_orders(history.orders)
        load_reviews(GOODS, write_reviews(GOODS, history))
        yield history
        transaction.set_rollback(True)


@pytest.fixture
def shop(loaded: Orders, db) -> Orders:
    return loaded


def test_every_simulated_order_is_there_and_says_that_it_is_simulated(shop: Orders) -> None:
    assert Order.objects.count() == len(shop.orders)
    assert not Order.objects.exclude(number__startswith="SIM-").exists()
    assert Line.objects.count() == sum(len(order.lines) for order in shop.orders)
    assert set(Order.objects.values_list("sources__source_type__name", flat=True)) == {"Simulated"}


def test_totals_add_up(shop: Orders) -> None:
    for order in Order.objects.annotate(goods=Sum("lines__line_price_incl_tax")):
        assert order.total_incl_tax == order.goods + order.shipping_incl_tax
        assert order.total_incl_tax - order.total_excl_tax == order.total_tax
    lines = Line.objects.annotate(paid=Sum(F("prices__price_incl_tax") * F("prices__quantity")))
    for line in lines:
        assert line.line_price_incl_tax == line.unit_price_incl_tax * line.quantity == line.paid


def test_prices_and_taxes_are_the_strategys(shop: Orders) -> None:
    line = Line.objects.filter(partner_sku="velmora-city-3-m").first() or Line.objects.first()
    sellable = sellables()[line.partner_sku]
    assert line.unit_price_incl_tax == sellable.unit_incl_tax
    assert line.product == sellable.product
    assert line.title == sellable.product.get_title()


def test_an_order_has_all_that_a_checkout_leaves_behind(shop: Orders) -> None:
    order = Order.objects.filter(status="Complete", shipping_events__event_type__name="Shipped").first()
    assert order.shipping_address.country_id
    assert order.shipping_address.search_text
    assert order.billing_address.line1 == order.shipping_address.line1
    assert order.site_id
    assert order.shipping_status == "Shipped"
    assert [change.new_status for change in order.status_changes.order_by("date_created")] == [
        "Being processed",
        "Complete",
    ]
    assert order.payment_events.get(event_type__name="Settled").amount == order.total_incl_tax
    assert order.sources.get().amount_debited == order.total_incl_tax


def test_every_order_follows_the_pipeline(shop: Orders) -> None:
    statuses = Counter(Order.objects.values_list("status", flat=True))
    assert set(statuses) <= {"Pending", "Being processed", "Complete", "Cancelled"}
    assert statuses["Complete"] > 0.85 * len(shop.orders)
    assert statuses["Cancelled"] == sum(order.cancelled_at is not None for order in shop.orders)


def test_what_was_returned_was_refunded(shop: Orders) -> None:
    back = Order.objects.filter(shipping_events__event_type__name="Returned")
    assert back.count() == sum(order.returned_at is not None for order in shop.orders) > 0
    for order in back:
        event = order.payment_events.get(event_type__name="Refunded")
        assert event.amount == sum(line.line_price_incl_tax for line in event.lines.all())
        assert order.sources.get().amount_refunded == event.amount
        assert order.sources.get().transactions.get(txn_type="Refund").amount == event.amount


def test_what_is_not_sent_yet_is_allocated(shop: Orders) -> None:
    StockRecord = get_model("partner", "StockRecord")
    waiting = Counter(
        dict(
            Line.objects.filter(order__status__in=("Pending", "Being processed"))
            .values_list("stockrecord")
            .annotate(units=Sum("quantity"))
        )
    )
    assert waiting
    assert Counter(dict(StockRecord.objects.filter(num_allocated__gt=0).values_list("pk", "num_allocated"))) == waiting
    assert not Line.objects.filter(order__status__in=("Complete", "Cancelled"), num_allocated__gt=0).exists()


def test_dates_are_those_of_the_simulation(shop: Orders) -> None:
    for order, simulated in zip(Order.objects.order_by("pk"), shop.orders, strict=True):
        assert order.date_placed == simulated.at
    changes = Order.objects.filter(status_changes__date_created__lt=F("date_placed"))
    assert not changes.exists()
    assert not get_model("reviews", "ProductReview").objects.filter(date_created__gte=END).exists()


def test_guests_have_no_account_and_everyone_else_has_one(shop: Orders, django_user_model) -> None:
    guests = Order.objects.filter(user=None)
    assert guests.exists()
    assert all(order.guest_email and order.is_anonymous for order in guests)
    assert not Order.objects.exclude(user=None).exclude(guest_email="").exists()
    amelia = django_user_model.objects.get(email="amelia@customers.example")
    assert amelia.check_password("a")
    assert amelia.addresses.get().is_default_for_shipping
    other = django_user_model.objects.exclude(username__in=("amelia", "kenji", "lena")).first()
    assert not other.has_usable_password()


def test_the_records_of_analytics_count_what_was_ordered(shop: Orders) -> None:
    records = get_model("analytics", "ProductRecord").objects.aggregate(units=Sum("num_purchases"))
    assert records["units"] == Line.objects.aggregate(units=Sum("quantity"))["units"]
    amelia = get_model("analytics", "UserRecord").objects.get(user__username="amelia")
    theirs = Order.objects.filter(user__username="amelia")
    assert amelia.num_orders == theirs.count()
    assert amelia.total_spent == theirs.aggregate(total=Sum("total_incl_tax"))["total"]


def test_ratings_are_the_mean_of_the_approved_reviews(shop: Orders) -> None:
    rated = get_model("catalogue", "Product").objects.exclude(rating=None)
    assert rated.exists()
    for product in rated:
        assert product.rating == pytest.approx(product.calculate_rating())


def test_nobody_is_written_to(shop: Orders) -> None:
    assert mail.outbox == []
    assert not get_model("communication", "Email").objects.exists()


def test_the_past_moves_along_but_not_what_visitors_did(shop: Orders, django_user_model) -> None:
    placed = dict(Order.objects.values_list("number", "date_placed"))
    Order.objects.create(number="100001", total_incl_tax=1, total_excl_tax=1, date_placed=END, currency="GBP")
    shipped = get_model("order", "ShippingEvent").objects.order_by("pk").first()
    move_past(timedelta(days=3))
    for number, at in placed.items():
        assert Order.objects.get(number=number).date_placed == at + timedelta(days=3)
    assert Order.objects.get(number="100001").date_placed == END
    moved = get_model("order", "ShippingEvent").objects.get(pk=shipped.pk)
    assert moved.date_created == shipped.date_created + timedelta(days=3)


def test_totals_are_decimals_with_two_places(shop: Orders) -> None:
    assert all(order.total_incl_tax == order.total_incl_tax.quantize(Decimal("0.01")) for order in Order.objects.all())
