"""Whatever is added, accepted, declined, undone, merged, frozen, ordered: what is called for and accepted costs less.

The test keeps books of its own, and compares what the basket costs after every step.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.utils import timezone
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
from oscar.core.loading import get_class, get_model

from tests.bumps.proofs.conftest import Visitor
from tests.offers.oscar_shop import site_offer, voucher_on
from tests.tiers.specials.conftest import NOON
from upsell.core.services import NotChangedError
from upsell.models import Bump, Grant, Offer, OrderOffer, PriceFloor
from upsell.offers.base import Family
from upsell.offers.serving.families import rows
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.quoting import savings_of
from upsell.testing import (
    make_basket,
    make_bump,
    make_bundle,
    make_ladder,
    make_product,
    make_upgrade_offer,
)
from upsell.tiers.serving.granting import accept as accept_upgrade

SEQUENCES = int(os.environ.get("UPSELL_BASKETS", "12"))
AGAIN = timedelta(days=30)
CENT = Decimal("0.01")
PRICES = {"camera": Decimal(100), "card": Decimal(10), "strap": Decimal(5), "case": Decimal(20)}
OFF, SET_OFF, UPGRADE_OFF = Decimal(3), Decimal(1), Decimal(5)
WORTH = Decimal(150)

Names = st.sampled_from(sorted(PRICES))
Bumps = st.sampled_from(("card", "case"))


@dataclass
class Account:
    """What one shopper was offered of one bump: units accepted by row (0: taken back), and when it was declined."""

    rows: list[int] = field(default_factory=list)
    declined: datetime | None = None

    @property
    def accepted(self) -> int:
        return max(self.rows, default=0)

    def is_refused(self, now: datetime) -> bool:
        return not self.accepted and self.declined is not None and now < self.declined + AGAIN

    def accept(self, units: int, held: int) -> None:
        best = max(range(len(self.rows)), key=lambda place: (self.rows[place], -place), default=None)
        before = 0 if best is None else self.rows[best]
        after = max(before, min(before + units, max(units, held)))
        if best is None:
            self.rows.append(after)
        else:
            self.rows[best] = after

    def take_back(self, units: int) -> None:
        if self.accepted:
            best = self.rows.index(self.accepted)
            self.rows[best] = max(0, self.rows[best] - units)

    def think_again(self) -> None:
        self.declined = None

    def decline(self, now: datetime) -> None:
        if not self.accepted and not self.is_refused(now):
            self.rows, self.declined = [], now


class Till(RuleBasedStateMachine):
    """A camera calls for a card, 3.00 off; 150.00 beside it, by day, with at most two straps, for half a case."""

    @initialize(
        need=st.integers(1, 2),
        each=st.integers(1, 2),
        most=st.integers(1, 3),
        floor=st.sampled_from((None, Decimal(85))),
        bundle=st.booleans(),
        upgrade=st.booleans(),
        others=st.sampled_from(("", "", "site", "site exclusive")),
        begun=st.dictionaries(Names, st.integers(1, 3)),
        taken=st.dictionaries(Bumps, st.integers(1, 3)),
    )
    def open(
        self,
        need: int,
        each: int,
        most: int,
        floor: Decimal | None,
        bundle: bool,
        upgrade: bool,
        others: str,
        begun: dict[str, int],
        taken: dict[str, int],
    ) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock = time_machine.travel(NOON, tick=False)
        self.time = self.clock.start()
        self.now = NOON
        self.price, self.floor = dict(PRICES), floor or Decimal(0)
        self.goods = {name: make_product(name, price=price, stock=9_999) for name, price in PRICES.items()}
        if floor is not None:
            PriceFloor.objects.create(percent=floor)
        self.need, self.each, self.most = need, each, most
        self.bumps = {"card": self.a_card(), "case": self.half_a_case()}
        self.paused: set[str] = set()
        self.account = {name: Account() for name in self.bumps}
        self.visitor = Visitor()
        self.user: Any = None
        self.units: Counter[str] = Counter()
        self.has_bundle, self.upgraded, self.has_others = bundle, 0, bool(others)
        if bundle:
            make_bundle(self.goods["card"], self.goods["strap"], off=SET_OFF)
        if upgrade:
            self.accept_an_upgrade()
        if others:
            site_offer(exclusive="exclusive" in others)
        self.frozen: Decimal | None = None
        self.done: list[tuple[str, str, int, list[int]]] = []
        self.add(name="camera", units=2)
        for name, units in begun.items():
            self.add(name=name, units=units)
        for name, units in taken.items():
            self.accept(name=name, units=units)

    def a_card(self) -> Any:
        bump = make_bump(
            self.goods["card"], off=OFF, per_trigger=self.each, max_per_basket=self.most, again_after_days=AGAIN.days
        )
        bump.requirements.create(product=self.goods["camera"], units=self.need)
        save_terms(bump)
        return bump

    def half_a_case(self) -> Any:
        bump = make_bump(
            self.goods["case"], reward_kind="percent", reward="50", max_per_basket=2, again_after_days=AGAIN.days
        )
        bump.requirements.create(kind="worth", least=WORTH)
        bump.requirements.create(group=2, kind="time", since="09:00", until="18:00")
        bump.requirements.create(group=3, product=self.goods["strap"], units=3, negated=True)
        save_terms(bump)
        return bump

    def accept_an_upgrade(self) -> None:
        offer = make_upgrade_offer(make_ladder(self.goods["strap"], self.goods["camera"]), off=UPGRADE_OFF)
        accept_upgrade(offer=offer.pk, quantity=1, request=self.visitor.request())
        self.upgraded = 1

    def teardown(self) -> None:
        if hasattr(self, "clock"):
            self.clock.stop()
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # --- the books ----------------------------------------------------------------------------------------------------

    @property
    def full(self) -> Decimal:
        return sum((self.price[name] * units for name, units in self.units.items()), Decimal(0))

    @property
    def is_day(self) -> bool:
        return 9 <= timezone.localtime(self.now).hour < 18

    def headroom(self, name: str) -> Decimal:
        return self.price[name] - (self.price[name] * self.floor / 100)

    def called(self, name: str) -> int:
        """Count the units that may cost less now, by what calls for them."""
        if name == "card":
            called = self.units["camera"] // self.need * self.each
            most = self.most
        else:
            beside = self.full - self.price["case"] * self.units["case"]  # an extra does not call for itself
            is_met = beside >= WORTH and self.is_day and self.units["strap"] < 3
            called = sum(units for other, units in self.units.items() if other != "case") if is_met else 0
            most = 2
        return 0 if name in self.paused else min(called, most)

    def entitled(self, name: str) -> int:
        """Count the units that cost less now, by what was accepted."""
        return min(self.called(name), self.account[name].accepted, self.units[name])

    def remembered(self) -> Any:
        """Read what the shop keeps of the shopper, for what must change nothing."""
        return (
            list(Grant.objects.order_by("pk").values_list("state", "quantity")),
            list(get_model("basket", "Line").objects.order_by("pk").values_list("basket", "product", "quantity")),
        )

    @property
    def given(self) -> Decimal:
        """Sum what our offers take off: of the cards, every split between the set and the bump is tried."""
        one_card = min(OFF, self.headroom("card"))
        one_case = min((self.price["case"] / 2).quantize(CENT, ROUND_HALF_UP), self.headroom("case"))
        one_set = min(SET_OFF, self.headroom("card") + self.headroom("strap")) if self.has_bundle else Decimal(0)
        cards = max(
            one_set * sets + one_card * min(self.entitled("card"), self.units["card"] - sets)
            for sets in range(min(self.units["card"], self.units["strap"]) + 1)
        )
        upgrades = min(UPGRADE_OFF, self.headroom("camera")) * min(self.upgraded, self.units["camera"])
        return cards + one_case * self.entitled("case") + upgrades

    # --- what people do -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.frozen is None)
    @rule(name=Names, units=st.integers(1, 3))
    def add(self, name: str, units: int) -> None:
        self.visitor.basket.add_product(self.goods[name], units)
        self.units[name] += units

    @precondition(lambda self: self.frozen is None)
    @rule(name=Names, units=st.integers(0, 4))
    def change_quantity(self, name: str, units: int) -> None:
        self.visitor.set_units(self.goods[name], units)
        self.units[name] = units if self.units[name] else 0

    @rule(name=Bumps, units=st.integers(1, 3))
    def accept(self, name: str, units: int) -> None:
        """Press "Add": of so many units, as far as they are called for, those come that are not here yet."""
        before = self.remembered()
        wanted = min(units, self.called(name))
        missing = max(0, wanted - self.units[name])
        granted = max(0, wanted - self.account[name].accepted)
        is_possible = self.frozen is None and (missing or granted)
        try:
            done = self.visitor.accepts(self.bumps[name], self.goods[name], units)
        except NotChangedError:
            assert not is_possible
            assert self.remembered() == before
            return
        assert is_possible
        assert done.added.quantity == missing
        self.units[name] += missing
        if granted:
            self.account[name].accept(granted, max(wanted, self.units[name]))
        parts = [min(granted, missing), *[1] * (granted - min(granted, missing))]
        self.done = [*self.done[-7:], (done.name, name, missing, [part for part in parts if part])]

    @precondition(lambda self: self.done)
    @rule(which=st.integers(0, 7))
    def undo(self, which: int) -> None:
        """Undo one of the presses: what came goes, as far as it is still here, and with it what was accepted for it."""
        done, name, missing, parts = self.done[which % len(self.done)]
        try:
            undone = self.visitor.undoes(done)
        except NotChangedError:
            assert self.frozen is not None
            return
        assert self.frozen is None
        taken = min(missing, self.units[name])
        assert undone.taken == taken
        self.units[name] -= taken
        if taken or not missing:
            for part in parts:
                self.account[name].take_back(min(part, taken) if missing else part)
        self.done = [one for one in self.done if one[0] != done]

    @rule(name=Bumps, again=st.booleans())
    def decline(self, name: str, again: bool) -> None:
        """Decline it, or take a refusal back; what is not offered any more can be neither."""
        say, note = (
            (self.visitor.thinks_again, self.account[name].think_again)
            if again
            else (self.visitor.declines, partial(self.account[name].decline, self.now))
        )
        if name in self.paused:
            with pytest.raises(NotChangedError):
                say(self.bumps[name])
        else:
            say(self.bumps[name])
            note()

    @rule(name=Names, share=st.sampled_from(("1", "0.2", "0.8")))
    def reprice(self, name: str, share: str) -> None:
        self.price[name] = PRICES[name] * Decimal(share)
        self.goods[name].stockrecords.update(price=self.price[name])
        self.visitor.basket.reset_offer_applications()
        self.is_agreed = False

    @rule(paused=st.sampled_from(((), (), ("card",), ("case",))))
    def pause_and_resume(self, paused: tuple[str, ...]) -> None:
        for name in {*paused} ^ self.paused:
            offer = Bump.objects.get(pk=self.bumps[name].pk)
            offer.status = Offer.Status.PAUSED if name in paused else Offer.Status.ACTIVE
            offer.save()
        self.paused = {*paused}

    @rule(hours=st.sampled_from((1, 7, 17, 24 * 31)))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.time.move_to(self.now)
        if hours > 24 * 14:
            self.done = []  # the session that could undo them is over

    @precondition(lambda self: self.user is None and self.frozen is None)
    @rule(
        saved=st.dictionaries(Names, st.integers(1, 2)),
        accepted=st.integers(0, 2),
        declined=st.sets(Bumps),
    )
    def sign_in(self, saved: dict[str, int], accepted: int, declined: set[str]) -> None:
        """Come back to a basket, and to a yes or a no, from another device."""
        self.user = get_user_model().objects.create_user("ada", "ada@example.com", "secret")
        saved = {"camera": 2, **saved, "card": 0}
        elsewhere = Visitor(*((self.goods[name], units) for name, units in saved.items() if units), user=self.user)
        if accepted and "card" not in self.paused:
            saved["card"] = min(accepted, saved["camera"] // self.need * self.each, self.most)
            if saved["card"]:
                elsewhere.accepts(self.bumps["card"], self.goods["card"], accepted)
                self.account["card"].rows.append(saved["card"])
        for name in declined - self.paused - ({"card"} if saved["card"] else set()):
            elsewhere.declines(self.bumps[name])
            self.account[name].declined = self.now
        here = self.visitor.basket
        self.visitor.user = self.user
        user_logged_in.send(sender=type(self.user), request=self.visitor.request(), user=self.user)
        elsewhere.basket.merge(here, add_quantities=False)  # as Oscar's middleware does
        self.visitor.basket = get_model("basket", "Basket").objects.get(pk=elsewhere.basket.pk)
        self.visitor.request()
        self.units = Counter({name: max(saved.get(name, 0), self.units[name]) for name in self.goods})

    @precondition(lambda self: self.frozen is None)
    @rule(exclusive=st.booleans())
    def voucher(self, exclusive: bool) -> None:
        basket = self.visitor.basket
        if basket.vouchers.exists():
            basket.vouchers.clear()
            self.has_others = get_model("offer", "ConditionalOffer").objects.filter(name="Site offer").exists()
        elif not get_model("voucher", "Voucher").objects.exists():
            voucher_on(basket, exclusive=exclusive)
            self.has_others = True
        basket.reset_offer_applications()

    # --- paying -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.frozen is None and self.units.total())
    @rule()
    def freeze(self) -> None:
        self.frozen, self.frozen_given = self.visitor.pays(), self.given
        self.visitor.basket.freeze()
        self.is_agreed = True

    @precondition(lambda self: self.frozen is not None)
    @rule()
    def thaw(self) -> None:
        self.visitor.basket.thaw()
        self.frozen = None

    @precondition(lambda self: self.units.total())
    @rule()
    def order(self) -> None:
        shown = self.visitor.pays()
        given = self.given if self.frozen is None else self.frozen_given
        held = Grant.objects.filter(state="accepted").count()
        try:
            with transaction.atomic():
                order = self.visitor.orders()
        except get_class("order.exceptions", "UnableToPlaceOrder"):
            # What was frozen with it has been taken back while it was being paid.
            assert self.frozen is not None
            return
        assert order.total_incl_tax == shown == sum(line.line_price_incl_tax for line in order.lines.all())
        booked = list(OrderOffer.objects.filter(order=order))
        assert sum((one.amount for one in booked), Decimal(0)) == given
        row = rows(Family.BUMP).get()
        extras = sum((one.amount for one in booked if one.family == Family.BUMP), Decimal(0))
        assert sum(found.amount for found in order.discounts.filter(offer_id=row.pk)) == extras
        for name, bump in self.bumps.items():
            mine = [one for one in booked if one.offer_id == bump.pk]
            assert len(mine) <= 1
            if mine:
                assert Grant.objects.filter(offer=bump, order_offer=mine[0], state="used").exists()
                assert not Grant.objects.filter(offer=bump, state="accepted").exists()
                self.account[name].rows = [row for row in self.account[name].rows if not row]
        used = Grant.objects.filter(order_offer__in=booked).count()
        assert Grant.objects.filter(state="accepted").count() == held - used
        if any(one.family == Family.UPGRADE for one in booked):
            self.upgraded = 0
        self.units, self.frozen, self.done = Counter(), None, []
        self.visitor.basket = make_basket(request=self.visitor.request())
        self.add(name="camera", units=2)

    @invariant()
    def the_price_is_of_what_was_accepted_and_is_called_for(self) -> None:
        if not hasattr(self, "frozen"):
            return
        paid = self.visitor.pays()
        given = self.given if self.frozen is None else self.frozen_given
        saved = sum((saving.amount for saving in savings_of(self.visitor.basket)), Decimal(0))
        assert saved == given
        for name, bump in self.bumps.items():
            grants = Grant.objects.filter(offer=bump, state="accepted").values_list("quantity", flat=True)
            assert sorted(grants) == sorted(filter(None, self.account[name].rows))
        lines = self.visitor.basket.all_lines()
        assert paid == sum((line.line_price_incl_tax_incl_discounts for line in lines), Decimal(0))
        assert all(line.line_price_incl_tax_incl_discounts >= 0 for line in lines)
        if self.frozen is not None:
            assert paid == self.frozen or not self.is_agreed
        elif self.has_others:
            assert 0 <= paid <= self.full - given
        else:
            assert paid == self.full - given


def live_through(sequences: int) -> None:
    run_state_machine_as_test(
        Till,
        # Hypothesis cannot tell how long it shrinks while the clock stands still: it would go on for many minutes.
        settings=settings(
            deadline=None, max_examples=sequences, stateful_step_count=30, phases=(Phase.reuse, Phase.generate)
        ),
    )


class TestTill(TestCase):
    def test_what_was_accepted_and_is_called_for_costs_less_and_nothing_else_whatever_happens(self) -> None:
        live_through(SEQUENCES)

    @pytest.mark.thorough
    def test_so_it_does_in_hundreds_of_visits(self) -> None:
        live_through(400)
