"""G01: many presses at once, on PostgreSQL: one line, one acceptance, one discount, and none without its trigger.

The list can fail: without the locks it does, and the controls see to that.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from oscar.core.loading import get_class, get_model

from tests.bumps.proofs.conftest import Till, Visitor, open_till
from tests.checkout import Shopper
from upsell.bumps.serving import accepting
from upsell.core import services
from upsell.core.serving import undoing
from upsell.core.serving.undoing import SESSION_KEY
from upsell.models import Grant, OrderOffer
from upsell.offers.querysets import GrantQuerySet
from upsell.offers.serving import granting
from upsell.offers.serving.customers import customer_of_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

Basket, Line, Order = get_model("basket", "Basket"), get_model("basket", "Line"), get_model("order", "Order")
UnableToPlaceOrder = get_class("order.exceptions", "UnableToPlaceOrder")
MANY = 16
CROWDS = [MANY, pytest.param(32, marks=pytest.mark.thorough), pytest.param(64, marks=pytest.mark.thorough)]
ROUNDS = int(os.environ.get("UPSELL_ROUNDS", "3"))


def at_once(acts: Sequence[Callable[[], Any]]) -> Counter[str]:
    """Run acts in threads that start together; count what came of them, errors by their names."""
    barrier, seen = threading.Barrier(len(acts)), Counter[str]()

    def run(act: Callable[[], Any]) -> None:
        try:
            barrier.wait(60)
            seen[str(act())] += 1
        except Exception as error:
            seen[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act], daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
        assert not thread.is_alive(), "a deadlock, or an endless wait for a lock"
    return seen


class Browser:
    """A stored basket and session, with as many tabs as are asked for: each has read the basket before it acts."""

    def __init__(self, till: Till, *lines: Any, user: Any = None) -> None:
        self.till, self.user = till, user
        first = Visitor(*lines, user=user)
        granting.identified(first.request())
        first.session.save()
        self.session, self.basket = first.session, first.basket

    def tab(self) -> Visitor:
        visitor = Visitor.__new__(Visitor)
        visitor.user, visitor.session = self.user, type(self.session)(self.session.session_key)
        visitor.basket = Basket.objects.get(pk=self.basket.pk)
        visitor.request()
        list(visitor.basket.all_lines())
        return visitor

    def accepts(self, press: str = "") -> Callable[[], str]:
        tab = self.tab()
        return lambda: tab.accepts(self.till.bump, self.till.card, press=press) and "accepted"

    def declines(self) -> Callable[[], str]:
        tab = self.tab()
        return lambda: tab.declines(self.till.bump) and "declined"

    def undoes(self, name: str) -> Callable[[], int]:
        tab = self.tab()
        return lambda: tab.undoes(name).taken

    def leaves_the_trigger(self) -> Callable[[], str]:
        """Remove it as Oscar's form does: that asks for no lock."""
        line = self.tab().basket.lines.get(product=self.till.camera)
        return lambda: line.delete() and "left"

    def freezes(self) -> Callable[[], str]:
        tab = self.tab()
        tab.pays()
        return lambda: tab.basket.freeze() or "frozen"

    def orders(self) -> Callable[[], str]:
        """Pay and place the order, priced anew as the press on the preview does."""
        tab = self.tab()

        def order() -> str:
            tab.pays()
            tab.basket.freeze()
            try:
                return "for less" if tab.orders().discounts.exists() else "in full"
            except UnableToPlaceOrder:
                return "refused"

        return order

    def units(self, product: Any) -> int:
        return self.tab().units_of(product)

    def costs(self) -> Decimal:
        return self.tab().pays()


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def visit(till: Till) -> Browser:
    return Browser(till, till.camera)


def holds(browser: Browser) -> None:
    """One line of one unit, one acceptance, one discount."""
    [line] = Line.objects.filter(basket=browser.basket, product=browser.till.card)
    assert line.quantity == 1
    assert Grant.objects.get(state="accepted").quantity == 1
    assert browser.costs() == 107


def adds_up(order: Any) -> None:
    """Nothing is given in an order that has no trigger in it, and its lines sum to what it costs."""
    assert order.total_incl_tax == sum(line.line_price_incl_tax for line in order.lines.all()) >= 0
    for booked in OrderOffer.objects.filter(order=order):
        assert order.lines.filter(product__title="Camera").exists()
        assert booked.amount == 3


# --- yes and yes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crowd", CROWDS)
@pytest.mark.parametrize("name", ["same", "own", "no"])
def test_of_many_presses_at_once_one_adds(visit: Browser, crowd: int, name: str) -> None:
    """G01, A19: whether they are one press that comes often, or each a press of its own."""
    names = {"same": "once", "own": "press {}", "no": ""}[name]
    seen = at_once([visit.accepts(names.format(number)) for number in range(crowd)])
    assert seen == {"accepted": 1, "HeldError": crowd - 1}
    holds(visit)


def test_of_many_posts_of_one_browser_one_adds_and_none_fails(till: Till) -> None:
    """G01: through Oscar's own pages."""
    shopper = Shopper().put(till.camera)
    shopper.client.session.save()  # whoever was shown an extra has a session

    def post() -> int:
        client = Client()
        client.cookies = shopper.client.cookies.copy()
        posted = {"offer": till.bump.pk, "product": till.card.pk}
        return client.post("/upsell/bumps/accept/", posted).status_code

    assert at_once([post] * MANY) == {"302": MANY}
    basket = shopper.basket()
    assert [(line.product, line.quantity) for line in basket.all_lines()] == [(till.camera, 1), (till.card, 1)]
    assert basket.total_incl_tax == 107
    assert len(shopper.client.session[SESSION_KEY]) == 1  # and can be undone


def test_a_customer_with_many_baskets_has_one_acceptance(till: Till) -> None:
    user = get_user_model().objects.create_user("ada", "ada@example.com", "secret")
    tabs = [Browser(till, till.camera, user=user) for _ in range(MANY)]
    assert at_once([tab.accepts() for tab in tabs]) <= Counter({"accepted": MANY})
    assert Grant.objects.get().quantity == 1
    assert {tab.costs() for tab in tabs} == {Decimal(107)}
    seen = at_once([tab.orders() for tab in tabs])
    assert seen["for less"] == 1
    assert seen["refused"] + seen["in full"] == MANY - 1
    assert OrderOffer.objects.get().amount == 3
    for order in Order.objects.all():
        adds_up(order)


def without_locks(patch: pytest.MonkeyPatch) -> None:
    for module in (accepting, services, granting, undoing):
        patch.setattr(module, "lock", lambda basket: None)
    patch.setattr(GrantQuerySet, "select_for_update", lambda self: self)


def test_control_without_locks_more_than_one_is_let_in(visit: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """G17: or the tests above show nothing."""
    meeting = threading.Barrier(MANY)
    priced = accepting.exchanged

    def late(*args: Any, **kwargs: Any) -> Any:
        meeting.wait(30)  # all of them have looked at the basket by now
        return priced(*args, **kwargs)

    without_locks(monkeypatch)
    monkeypatch.setattr(accepting, "exchanged", late)
    seen = at_once([visit.accepts() for _ in range(MANY)])
    assert seen != {"accepted": 1, "HeldError": MANY - 1}
    assert seen["HeldError"] == 0


# --- yes and no -------------------------------------------------------------------------------------------------------


def test_a_yes_and_a_no_at_once_are_a_yes(till: Till) -> None:
    """What was accepted stays so, whichever came first."""
    for _ in range(ROUNDS):
        Grant.objects.all().delete()
        browser = Browser(till, till.camera)
        seen = at_once([browser.accepts() if number % 2 else browser.declines() for number in range(MANY)])
        assert seen == {"accepted": 1, "HeldError": MANY // 2 - 1, "declined": MANY // 2}
        holds(browser)


def test_of_many_undos_one_undoes(visit: Browser) -> None:
    name = visit.tab().accepts(visit.till.bump, visit.till.card).name
    assert at_once([visit.undoes(name) for _ in range(MANY)]) == {"1": 1, "0": MANY - 1}
    assert visit.units(visit.till.card) == 0
    assert not Grant.objects.filter(state="accepted").exists()


# --- and what calls for it goes ---------------------------------------------------------------------------------------


def test_a_yes_while_its_trigger_leaves_gives_nothing_without_it(till: Till) -> None:
    for _ in range(ROUNDS):
        Grant.objects.all().delete()
        browser = Browser(till, till.camera)
        seen = at_once([*(browser.accepts() for _ in range(4)), browser.leaves_the_trigger()])
        assert seen["left"] == 1
        assert seen["accepted"] <= 1
        cards = browser.units(till.card)
        assert cards == seen["accepted"]
        assert browser.costs() == 10 * cards


def test_an_order_while_its_trigger_leaves_gives_nothing_without_it(till: Till) -> None:
    """A07, under load: whatever the order holds when it is placed, its discount is for what it holds."""
    for _ in range(ROUNDS):
        Grant.objects.all().delete()
        browser = Browser(till, till.camera)
        browser.tab().accepts(till.bump, till.card)
        seen = at_once([browser.orders(), browser.leaves_the_trigger()])
        assert seen["left"] == 1
        adds_up(Order.objects.latest("pk"))


def test_a_yes_while_the_order_is_placed_changes_nothing_of_it(till: Till) -> None:
    for _ in range(ROUNDS):
        Grant.objects.all().delete()
        browser = Browser(till, till.camera)
        seen = at_once([*(browser.accepts() for _ in range(4)), browser.orders()])
        assert seen["accepted"] <= 1
        order = Order.objects.latest("pk")
        adds_up(order)
        assert order.total_incl_tax in (100, 107)
        assert (order.total_incl_tax == 107) == order.lines.filter(product=till.card).exists()
        assert Grant.objects.filter(state="used").exists() == order.discounts.exists()


def test_a_yes_while_the_basket_is_frozen_is_whole_or_refused(till: Till) -> None:
    for _ in range(ROUNDS):
        Grant.objects.all().delete()
        browser = Browser(till, till.camera)
        seen = at_once([*(browser.accepts() for _ in range(4)), browser.freezes()])
        assert seen["frozen"] == 1
        assert seen["accepted"] <= 1
        assert browser.costs() == 100 + 7 * seen["accepted"]
        assert browser.units(till.card) == Grant.objects.filter(state="accepted").count() == seen["accepted"]


def naive(candidate: Any, booked: Any) -> None:
    """Look first, and write then."""
    grant = Grant.objects.get(pk=candidate.sources[0].id)
    if grant.state != "accepted":
        raise UnableToPlaceOrder("Used.")
    grant.state = "used"
    grant.save()


def test_control_a_naive_way_of_using_it_up_gives_it_to_several(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """G17."""
    monkeypatch.setattr("upsell.bumps.offer_type.use_up", naive)
    monkeypatch.setattr("upsell.offers.booking.recording.claims.claim", lambda uses, customer: {})
    user = get_user_model().objects.create_user("ada", "ada@example.com", "secret")
    given = 0
    for _ in range(5):
        Grant.objects.all().delete()
        tabs = [Browser(till, till.camera, till.card, user=user) for _ in range(MANY)]
        Grant.objects.create(offer=till.bump, customer=customer_of_user(user), state="accepted", quantity=1)
        given = max(given, at_once([tab.orders() for tab in tabs])["for less"])
        if given > 1:
            break
    assert given > 1
