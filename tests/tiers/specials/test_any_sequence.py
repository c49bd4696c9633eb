"""Whatever is accepted, added, removed, undone, let pass, ordered, in whatever order: the price is of accepted units.

The test keeps books of its own, and compares what the basket costs after every step.
"""

import os
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from oscar.core.loading import get_class

from tests.tiers.specials.conftest import NOON, Visitor, open_shop
from upsell.core.services import NotChangedError
from upsell.models import Grant, OrderOffer, PriceFloor
from upsell.offers.serving.quoting import savings_of
from upsell.testing import make_basket
from upsell.tiers.serving.granting import dismiss, note_shown, take_back

SEQUENCES = int(os.environ.get("UPSELL_BASKETS", "15"))
WINDOW = timedelta(minutes=60)
AGAIN = timedelta(days=2)
PRICE, OFF = Decimal(20), Decimal(3)


class Shopping(RuleBasedStateMachine):
    @initialize(floor=st.sampled_from((None, Decimal(90))), others=st.booleans())
    def open(self, floor: Decimal | None, others: bool) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock = time_machine.travel(NOON, tick=False)
        self.time = self.clock.start()
        self.shop = open_shop(window_minutes=60, again_after_days=2)
        if floor is not None:
            PriceFloor.objects.create(percent=floor)
        self.each = min(OFF, PRICE - PRICE * (floor or 0) / 100)
        self.visitor = Visitor(self.shop.goods[0])
        self.user: Any = None
        self.units = self.accepted = 0
        self.now, self.ends, self.quiet_until = NOON, None, None
        if others:
            Visitor(self.shop.pro).accept(self.shop, 5)

    def teardown(self) -> None:
        if hasattr(self, "clock"):
            self.clock.stop()
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # --- the books ----------------------------------------------------------------------------------------------------

    @property
    def given(self) -> Decimal:
        return (
            self.each * min(self.accepted, self.units) if self.ends is not None and self.now < self.ends else Decimal(0)
        )

    def begin(self) -> None:
        """Note that the time to decide begins, if it may."""
        over = self.quiet_until if self.quiet_until is not None else (self.ends + AGAIN if self.ends else None)
        if self.ends is None or (not self.is_quiet and over is not None and self.now >= over):
            self.ends, self.accepted, self.quiet_until = self.now + WINDOW, 0, None

    @property
    def is_quiet(self) -> bool:
        """Whether it may not be offered, or accepted, now."""
        if self.quiet_until is not None:
            return self.now < self.quiet_until
        return self.ends is not None and self.ends <= self.now < self.ends + AGAIN

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule(units=st.integers(1, 3))
    def add(self, units: int) -> None:
        self.visitor.basket.add_product(self.shop.pro, units)
        self.units += units

    @precondition(lambda self: self.units)
    @rule(units=st.integers(1, 3))
    def remove(self, units: int) -> None:
        line = self.visitor.basket.lines.get(product=self.shop.pro)
        self.units = max(0, self.units - units)
        line.quantity = self.units
        line.basket = self.visitor.basket
        if self.units:
            line.save()
        else:
            line.delete()
        self.visitor.basket.reset_offer_applications()

    @rule()
    def look(self) -> None:
        quiet = self.is_quiet
        special = self.shop.special(self.visitor.request())
        assert (special is None) == quiet
        if not quiet:
            self.begin()
            assert note_shown([self.shop.offer.pk], request=self.visitor.request()) == {self.shop.offer.pk: self.ends}

    @rule(units=st.integers(1, 3))
    def accept(self, units: int) -> None:
        if self.is_quiet:
            with pytest.raises(NotChangedError):
                self.visitor.accept(self.shop, units)
            return
        self.begin()
        self.accepted = max(self.accepted, min(self.accepted + units, max(self.units, units)))
        grant = self.visitor.accept(self.shop, units)
        assert (grant.quantity, grant.ends_at) == (self.accepted, self.ends)

    @rule(units=st.integers(1, 3))
    def undo(self, units: int) -> None:
        take_back(offer=self.shop.offer.pk, quantity=units, request=self.visitor.request())
        if self.ends is not None and self.now < self.ends and self.quiet_until is None:
            self.accepted = max(0, self.accepted - units)

    @rule()
    def decline(self) -> None:
        dismiss(offer=self.shop.offer.pk, request=self.visitor.request())
        if not self.is_quiet:
            self.begin()
            if not self.accepted:
                self.quiet_until = self.now + AGAIN
                self.ends = self.now

    @rule(minutes=st.sampled_from((1, 20, 59, 60, 61, 60 * 24 * 2, 60 * 24 * 3)))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.time.move_to(self.now)
        self.visitor.basket.reset_offer_applications()

    @precondition(lambda self: self.user is None)
    @rule()
    def sign_in(self) -> None:
        self.user = get_user_model().objects.create_user("ada", "ada@example.com", "secret")
        self.visitor.sign_in(self.user)

    @precondition(lambda self: self.units)
    @rule()
    def order(self) -> None:
        shown, given = self.visitor.pays(), self.given
        request, basket = self.visitor.request(), self.visitor.basket
        self.visitor.pays()
        method = get_class("shipping.methods", "NoShippingRequired")()
        charge = method.calculate(basket)
        order = get_class("order.utils", "OrderCreator")().place_order(
            basket=basket,
            total=get_class("checkout.calculators", "OrderTotalCalculator")(request).calculate(basket, charge),
            shipping_method=method,
            shipping_charge=charge,
            user=self.user,
            request=request,
            **({} if self.user else {"guest_email": "guest@example.com"}),
        )
        basket.submit()
        assert order.total_incl_tax == shown
        booked = OrderOffer.objects.filter(order=order)
        assert sum((one.amount for one in booked), Decimal(0)) == given
        if given:
            assert Grant.objects.get(order_offer=booked.get()).state == "used"
            self.quiet_until, self.ends, self.accepted = self.now + AGAIN, self.now, 0
        self.units = 0
        self.visitor.basket = make_basket(self.shop.goods[0], request=self.visitor.request())

    @invariant()
    def the_price_is_of_the_units_accepted(self) -> None:
        if not hasattr(self, "units"):
            return
        full = 10 + PRICE * self.units
        assert self.visitor.pays() == full - self.given
        assert sum((saving.amount for saving in savings_of(self.visitor.basket)), Decimal(0)) == self.given
        for line in self.visitor.basket.all_lines():
            if line.product == self.shop.pro:
                assert line.line_price_incl_tax_incl_discounts >= (PRICE - self.each) * line.quantity


class TestShopping(TestCase):
    def test_the_price_is_of_accepted_units_whatever_happens(self) -> None:
        run_state_machine_as_test(
            Shopping,
            # Hypothesis cannot tell how long it shrinks while the clock stands still: it would go on for many minutes.
            settings=settings(
                deadline=None, max_examples=SEQUENCES, stateful_step_count=25, phases=(Phase.reuse, Phase.generate)
            ),
        )
