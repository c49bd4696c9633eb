"""Refunds booked at the same moment: no unit goes back twice, and no press counts twice."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from oscar.core.loading import get_model

from tests.offers.refunds.sold import Item, a_set, sell
from upsell.models import OfferUsage, OrderOffer, Refund, RefundLine
from upsell.offers.booking.refunds import RefundError, book_refund
from upsell.testing import make_product

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CROWD = 16


def at_once(*work: Callable[[], Any]) -> list[BaseException]:
    """Run everything in threads that start together; return what they raised."""
    gate, errors = threading.Barrier(len(work)), []

    def run(job: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=run, args=[job], daemon=True) for job in work]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(60)
        assert not thread.is_alive()
    return errors


@pytest.fixture
def order() -> Any:
    """Five sets of a lamp and a shade, each 32.00 instead of 40.00."""
    lamp, shade = make_product("Lamp"), make_product("Shade")
    items = [Item(lamp, 5, Decimal("30.00")), Item(shade, 5, Decimal("10.00"))]
    return sell(items, {"Light set": a_set("32.00", lamp=lamp, shade=shade)})


def press(order: Any, units: dict[int, int], reference: str, method: str = "pro_rata") -> Callable[[], Any]:
    def job() -> None:
        own = get_model("order", "Order").objects.get(pk=order.pk)
        book_refund(order=own, units=units, method=method, reference=reference)

    return job


@pytest.mark.parametrize("method", ["pro_rata", "reprice"])
def test_of_sixteen_returns_at_once_only_as_many_units_go_back_as_there_are(order: Any, method: str) -> None:
    shade = order.lines.get(title="Shade").pk
    errors = at_once(*(press(order, {shade: 1}, f"r{number}", method) for number in range(CROWD)))
    assert [type(error) for error in errors] == [RefundError] * (CROWD - 5)
    assert sum(RefundLine.objects.filter(line=shade).values_list("quantity", flat=True)) == 5
    paid_back = sum(Refund.objects.values_list("amount_incl_tax", flat=True))
    assert paid_back == {"pro_rata": Decimal("40.00"), "reprice": Decimal("10.00")}[method]


def test_one_press_that_arrives_sixteen_times_books_once(order: Any) -> None:
    shade = order.lines.get(title="Shade").pk
    assert at_once(*(press(order, {shade: 1}, "the same") for _ in range(CROWD))) == []
    assert Refund.objects.get().amount_incl_tax == Decimal("8.00")


def test_the_use_of_an_offer_comes_back_once(order: Any) -> None:
    booked = OrderOffer.objects.get()
    OfferUsage.objects.filter(offer=booked.offer_id).update(used=50, spent=Decimal("400.00"))
    units = [{line.pk: count} for line in order.lines.all() for count in (2, 3)]
    assert at_once(*(press(order, own, f"r{number}") for number, own in enumerate(units))) == []
    usage = OfferUsage.objects.get(offer=booked.offer_id)
    assert (usage.used, usage.spent) == (45, Decimal("360.00"))
    assert sum(Refund.objects.values_list("amount_incl_tax", flat=True)) == order.basket_total_incl_tax


def test_the_control_without_the_lock_units_go_back_twice(order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests above would see if nobody waited."""
    from django.db.models import QuerySet

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    shade = order.lines.get(title="Shade").pk
    for number in range(5):
        at_once(*(press(order, {shade: 1}, f"r{number}-{other}") for other in range(CROWD)))
        if sum(RefundLine.objects.filter(line=shade).values_list("quantity", flat=True)) > 5:
            return
        Refund.objects.all().delete()
    pytest.fail("Without the lock nothing went back twice; the tests above prove nothing.")
