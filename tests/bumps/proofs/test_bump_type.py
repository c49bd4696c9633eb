"""Bumps keep the promises of an offer type, and of one whose offers depend on who asks."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from tests.bumps.proofs.conftest import Visitor
from upsell.bumps.offer_type import BumpType
from upsell.models import Grant
from upsell.testing import PersonalOfferTypeContract, make_bump, make_product

pytestmark = pytest.mark.django_db
NUMBERS = itertools.count(1)


def a_range(*products: Any) -> Any:
    made = get_model("offer", "Range").objects.create(name=f"Range {next(NUMBERS)}")
    for product in products:
        made.add_product(product)
    return made


class TestBumps(PersonalOfferTypeContract):
    offer_type = BumpType

    def offers(self) -> Sequence[Any]:
        camera, card = make_product("Camera"), make_product("Card")
        gone = make_product("Gone")
        lost = make_bump(gone, trigger=camera, off="1.00")
        gone.delete()
        lost.refresh_from_db()
        several = make_bump(card, off="1.00", per_trigger=2, max_per_basket=4)
        several.requirements.create(product=camera, units=2)
        several.requirements.create(range=a_range(camera, make_product()))
        several.requirements.create(group=2, kind="worth", least="20.00")
        several.requirements.create(group=3, kind="time", codes=[0, 5], since="09:00", until="17:30")
        several.requirements.create(group=4, kind="language", codes=["en-gb", "ja"])
        several.requirements.create(group=5, product=card, negated=True, units=3)
        return [
            make_bump(card, trigger=camera, off="1.00"),
            make_bump(card, trigger=camera, reward_kind="percent", reward="12.5"),
            make_bump(card, trigger=camera, reward_kind="price", reward="0.99"),
            make_bump(card, trigger=camera),
            make_bump(card, off="1.00"),
            make_bump(a_range(card, make_product()), trigger=camera, off="1.00"),
            make_bump(a_range(card), off="1.00"),
            make_bump(None, trigger=camera, off="1.00"),
            several,
            lost,
        ]

    def earned(self) -> tuple[Any, Any]:
        camera, card = make_product("Camera", price="100.00"), make_product("Card", price="10.00")
        bump = make_bump(card, trigger=camera, off="3.00")
        visitor = Visitor(camera)
        visitor.accepts(bump, card)
        return bump, visitor.basket

    def test_what_a_cancelled_order_gives_back_stays_over_if_its_time_is(self) -> None:
        offer, basket = self.earned()
        booked = self.settle(self.granted(offer, basket))
        Grant.objects.update(ends_at=timezone.now())
        self.offer_type().give_back(booked)
        assert Grant.objects.get().state == "used"

    def test_the_order_says_whose_acceptance_it_was(self) -> None:
        offer, basket = self.earned()
        self.settle(self.granted(offer, basket))
        grant = Grant.objects.get()
        assert grant.customer
        assert grant.order_offer.offer_id == offer.pk
