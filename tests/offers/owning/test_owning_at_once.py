"""One credit, and a crowd that wants it, on PostgreSQL: it is spent once, and nobody waits in a circle.

The list can fail: without the guard it does, and one test here sees to that.
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, connections
from oscar.core.loading import get_class, get_model

from tests.offers.owning.shop import Shop
from upsell.models import OrderOffer, SpentCredit
from upsell.offers.booking.refunds import book_refund
from upsell.offers.serving import owning
from upsell.offers.serving.owning import owned_units

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Order = get_model("order", "Order")
UnableToPlaceOrder = get_class("order.exceptions", "UnableToPlaceOrder")
CROWD = 16


def at_once(*work: Callable[[], Any]) -> Counter[str]:
    """Run everything in threads that start together; count what became of each."""
    gate, seen = threading.Barrier(len(work)), Counter[str]()

    def run(job: Callable[[], Any]) -> None:
        try:
            gate.wait(30)
            job()
            seen["done"] += 1
        except UnableToPlaceOrder:
            seen["refused"] += 1
        except Exception as error:
            seen[f"{type(error).__name__}: {error}"] += 1
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=run, args=[job], daemon=True) for job in work]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(90)
    assert not any(thread.is_alive() for thread in crowd), "a deadlock, or an endless wait for a lock"
    return seen


def crowd_of_orders(shop: Shop, count: int = CROWD) -> list[Callable[[], Any]]:
    """Price so many baskets with the same credit, each ready to be placed."""
    baskets = [shop.basket({shop.steps[1]: 1}) for _ in range(count)]
    assert all(basket.offer_applications.offers for basket in baskets), "the credit must be there before the race"
    return [lambda basket=basket: shop.place(basket) for basket in baskets]  # type: ignore[misc]


def units_there(shop: Shop) -> dict[tuple[int, int], int]:
    """Read what is there to be credited, as every order of the crowd does."""
    units = owned_units(shop.user.pk, [shop.steps[0].pk], incl_tax=False)
    return {(unit.line, unit.number): unit.worth for unit in units}


@pytest.fixture
def shop() -> Shop:
    """A shop whose customer owns one unit of the first step."""
    shop = Shop()
    shop.buy({shop.steps[0]: 1})
    return shop


def test_of_sixteen_orders_for_one_credit_one_is_placed(shop: Shop) -> None:
    assert at_once(*crowd_of_orders(shop)) == {"done": 1, "refused": CROWD - 1}
    assert SpentCredit.objects.count() == OrderOffer.objects.count() == 1
    assert Order.objects.count() == 2


def test_without_the_guards_they_would_all_be(shop: Shop) -> None:
    """What is read before the race says that the unit is there, so only the guards stand between."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX upsell_spentcredit_once")
    there = units_there(shop)
    try:
        with patch.object(owning, "_locked_units", lambda lines, booked: there):
            assert at_once(*crowd_of_orders(shop, 4)) == {"done": 4}
        assert SpentCredit.objects.count() == 4
    finally:
        SpentCredit.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX upsell_spentcredit_once ON upsell_spentcredit (line_id, number)"
                " WHERE released_at IS NULL"
            )


def test_the_constraint_alone_would_do(shop: Shop) -> None:
    """The database refuses the second even where both have read that the unit is there; the transaction goes on."""
    there = units_there(shop)
    with patch.object(owning, "_locked_units", lambda lines, booked: there):
        assert at_once(*crowd_of_orders(shop)) == {"done": 1, "refused": CROWD - 1}
    assert SpentCredit.objects.count() == 1


def test_a_return_and_an_upgrade_at_once_share_what_was_paid(shop: Shop) -> None:
    """Whichever comes first: either it is credited, and nothing goes back, or it goes back, and is not credited."""
    for number in range(8):
        bought = shop.buy({shop.steps[0]: 1}) if number else Order.objects.get()
        line = bought.lines.get().pk

        def give_back(bought: Any = bought, line: int = line, number: int = number) -> None:
            order = Order.objects.get(pk=bought.pk)
            book_refund(order=order, units={line: 1}, method="pro_rata", reference=f"at-once-{number}")

        [upgrade] = crowd_of_orders(shop, 1)
        seen = at_once(give_back, upgrade)
        assert set(seen) <= {"done", "refused"}, seen
        spent = SpentCredit.objects.live().filter(line=line).exists()
        assert shop.net(bought) == (1000 if spent else 0)
        assert seen["refused"] == (0 if spent else 1)


def test_orders_returns_and_cancellations_at_once_keep_the_promise(shop: Shop) -> None:
    """A chain of three and their returns, in every direction, several times: no deadlock, and all adds up."""
    for number in range(4):
        chain = [Order.objects.get()] if not number else [shop.buy({shop.steps[0]: 1})]
        chain += [shop.buy({step: 1}) for step in shop.steps[1:3]]

        def give_back(order: Any, number: int = number) -> None:
            own = Order.objects.get(pk=order.pk)
            line = own.lines.get().pk
            book_refund(order=own, units={line: 1}, method="pro_rata", reference=f"chain-{number}-{order.pk}")

        def cancel(order: Any) -> None:
            Order.objects.get(pk=order.pk).set_status("Cancelled")

        work = [lambda order=order: give_back(order) for order in chain]  # type: ignore[misc]
        work.append(lambda last=chain[-1]: cancel(last))  # type: ignore[misc]
        seen = at_once(*work)
        assert seen == {"done": 4}, seen
        assert [shop.net(order) for order in chain] == [0, 0, 0]
        assert not SpentCredit.objects.live().exists()
