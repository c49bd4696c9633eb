"""Many presses at once, on PostgreSQL: one acceptance, of the right number of units, ordered once.

The list can fail: without the locks it does, and the controls see to that.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from oscar.core.loading import get_class, get_model

from tests.offers.booking.test_booking_concurrently import Stampede, baskets, place
from tests.tiers.specials.conftest import Shop, Visitor, open_shop
from upsell.models import Grant, OrderOffer
from upsell.offers.querysets import GrantQuerySet
from upsell.offers.serving import granting as every_kind
from upsell.offers.serving.customers import customer_of_user, visitor_of
from upsell.testing import make_request
from upsell.tiers.offer_type import UpgradeType
from upsell.tiers.serving import granting

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CROWD = 16


def visit(shop: Shop, units: int) -> tuple[int, str]:
    """Store a basket, and the session of whoever holds it; return their keys."""
    visitor = Visitor((shop.pro, units))
    request = visitor.request()
    visitor_of(request)
    request.session.save()
    return visitor.basket.pk, request.session.session_key


def come(basket: int, session: str = "", user: Any = None) -> Any:
    """Come with a request of one's own, as another process would see it."""
    request = make_request(user=user, basket=get_model("basket", "Basket").objects.get(pk=basket))
    if session:
        request.session = SessionStore(session)
    return request


def accepting(shop: Shop, quantity: int) -> Callable[[Stampede, Any], str]:
    def accept(crowd: Stampede, whose: Any) -> str:
        request = come(*whose)
        crowd.gate()
        granting.accept(offer=shop.offer.pk, quantity=quantity, request=request)
        return "accepted"

    return accept


def test_sixteen_presses_of_the_same_acceptance_are_one() -> None:
    shop = open_shop(window_minutes=30)
    whose = visit(shop, 2)
    crowd = Stampede(accepting(shop, 2), [whose] * CROWD)
    assert crowd.seen == {"accepted": CROWD}
    assert Grant.objects.get().quantity == 2


def test_sixteen_lines_that_are_swapped_at_once_are_all_counted() -> None:
    shop = open_shop()
    crowd = Stampede(accepting(shop, 1), [visit(shop, CROWD)] * CROWD)
    assert crowd.seen == {"accepted": CROWD}
    assert Grant.objects.get().quantity == CROWD


def test_control_without_locks_some_of_them_are_lost() -> None:
    """G17: or the test above shows nothing."""
    shop = open_shop()
    found = set()
    for _ in range(3):
        Grant.objects.all().delete()
        whose = visit(shop, CROWD)
        granting.accept(offer=shop.offer.pk, quantity=1, request=come(*whose))
        with (
            patch.object(every_kind, "lock", lambda basket: None),
            patch.object(GrantQuerySet, "select_for_update", lambda self: self),
        ):
            Stampede(accepting(shop, 1), [whose] * (CROWD - 1))
        found.add(Grant.objects.get().quantity)
    assert found != {CROWD}


def test_one_customer_with_sixteen_baskets_has_one_acceptance() -> None:
    shop = open_shop(window_minutes=30)
    user = get_user_model().objects.create_user("ada", "ada@example.com", "secret")
    keys = baskets(CROWD, shop.pro, owner=user)
    crowd = Stampede(accepting(shop, 1), [(key, "", user) for key in keys])
    assert crowd.seen == {"accepted": CROWD}
    grant = Grant.objects.get()
    assert (grant.customer, grant.quantity, grant.state) == (customer_of_user(user), 1, "accepted")


def test_sixteen_pages_at_once_begin_one_time_to_decide() -> None:
    shop = open_shop(window_minutes=30)
    whose = visit(shop, 1)
    ends = set()

    def show(crowd: Stampede, whose: Any) -> str:
        request = come(*whose)
        crowd.gate()
        ends.add(granting.note_shown([shop.offer.pk], request=request)[shop.offer.pk])
        return "shown"

    assert Stampede(show, [whose] * CROWD).seen == {"shown": CROWD}
    assert ends == {Grant.objects.get().ends_at}


def customers_baskets(shop: Shop, count: int) -> list[int]:
    """Store baskets of one customer who has accepted one unit."""
    user, _made = get_user_model().objects.get_or_create(username="ada", email="ada@example.com")
    Grant.objects.all().delete()
    Grant.objects.create(offer=shop.offer, customer=customer_of_user(user), state="accepted", quantity=1)
    return baskets(count, shop.pro, owner=user)


# The counter of the offer makes orders queue; without it they come to the acceptance together.
CLAIM = "upsell.offers.booking.recording.claims.claim"


@pytest.mark.parametrize("queueing", [True, False])
def test_of_orders_at_once_that_were_priced_with_one_acceptance_one_is_placed(queueing: bool) -> None:
    shop = open_shop()
    shop.pro.stockrecords.update(num_in_stock=10_000)
    with nullcontext() if queueing else patch(CLAIM, lambda uses, customer: {}):
        for _ in range(2):
            OrderOffer.objects.all().delete()
            crowd = Stampede(place, customers_baskets(shop, CROWD))
            assert crowd.seen == {"granted": 1, "refused": CROWD - 1}
            assert OrderOffer.objects.count() == 1
            assert Grant.objects.get().state == "used"


def naive(self: UpgradeType, candidate: Any, booked: Any) -> None:
    """Look first, and write then."""
    grant = Grant.objects.get(pk=candidate.sources[0].id)
    if grant.state != "accepted":
        raise get_class("order.exceptions", "UnableToPlaceOrder")("Used.")
    grant.state = "used"
    grant.save()


def test_control_a_naive_way_of_using_it_up_gives_it_to_several() -> None:
    """G17."""
    shop = open_shop()
    shop.pro.stockrecords.update(num_in_stock=10_000)
    with patch.object(UpgradeType, "settle", naive), patch(CLAIM, lambda uses, customer: {}):
        granted = [Stampede(place, customers_baskets(shop, CROWD)).seen["granted"] for _ in range(3)]
    assert max(granted) > 1
