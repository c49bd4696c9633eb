"""Upgrade offers keep the promises of an offer type, and of one whose offers depend on who asks."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from upsell.models import Grant, Offer, Tier, UpgradeOffer
from upsell.offers.serving.planning import forget_plan, plan_for
from upsell.testing import (
    PersonalOfferTypeContract,
    make_basket,
    make_ladder,
    make_product,
    make_request,
    make_upgrade_offer,
)
from upsell.tiers.offer_type import UpgradeType
from upsell.tiers.serving.granting import accept

pytestmark = pytest.mark.django_db


class TestSpecialPrices(PersonalOfferTypeContract):
    offer_type = UpgradeType

    def offers(self) -> Sequence[Any]:
        ladder = make_ladder(*(make_product() for _ in range(3)))
        return [
            make_upgrade_offer(ladder, off="2.00"),
            make_upgrade_offer(ladder, reward_kind="percent", reward="12.5"),
            make_upgrade_offer(ladder, reward_kind="price", reward="0.99"),
            make_upgrade_offer(ladder, off="2.00", to_tier=None),
        ]

    def earned(self) -> tuple[Any, Any]:
        basic, pro = make_product(price="10.00"), make_product(price="20.00")
        offer = make_upgrade_offer(make_ladder(basic, pro), off="3.00")
        request = make_request()
        basket = make_basket((pro, 2), request=request)
        accept(offer=offer.pk, quantity=1, request=request)
        return offer, basket

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


def given(basket: Any) -> int:
    forget_plan(basket)
    found = plan_for(basket)
    return 0 if found is None else found.plan.total


@pytest.fixture
def shop() -> Any:
    """A ladder of three with an offer to the second, accepted for each of the three that the basket holds."""
    goods = [make_product(price=price) for price in ("10.00", "20.00", "30.00")]
    ladder = make_ladder(*goods[:2])
    offer = make_upgrade_offer(ladder, off="3.00")
    request = make_request()
    basket = make_basket(*((one, 2) for one in goods), request=request)
    accept(offer=offer.pk, quantity=2, request=request)
    return ladder, goods, offer, basket


def test_a_step_that_becomes_another_product_takes_the_price_along(
    shop: Any, django_capture_on_commit_callbacks: Any
) -> None:
    ladder, goods, offer, basket = shop
    assert given(basket) == 600
    before = Offer.objects.get(pk=offer.pk).version
    with django_capture_on_commit_callbacks(execute=True):
        tier = ladder.tiers.last()
        tier.product = goods[2]
        tier.save()
    assert Offer.objects.get(pk=offer.pk).version == before + 1
    found = plan_for(basket)
    forget_plan(basket)
    found = plan_for(basket)
    assert found is not None
    [entry] = found.plan.applied
    assert [found.lines[key].product for key in entry.units] == [goods[2]]


def test_a_ladder_saved_as_it_was_leaves_its_offers_alone(shop: Any, django_capture_on_commit_callbacks: Any) -> None:
    ladder, _goods, offer, _basket = shop
    before = Offer.objects.get(pk=offer.pk).version
    with django_capture_on_commit_callbacks(execute=True):
        for tier in ladder.tiers.all():
            tier.save()
    assert Offer.objects.get(pk=offer.pk).version == before


@pytest.mark.parametrize("what", ["step", "product"])
def test_an_offer_whose_step_is_deleted_runs_on_and_gives_nothing(
    shop: Any, django_capture_on_commit_callbacks: Any, what: str
) -> None:
    ladder, goods, offer, basket = shop
    assert given(basket) == 600
    with django_capture_on_commit_callbacks(execute=True):
        if what == "step":
            ladder.tiers.last().delete()
        else:
            get_model("catalogue", "Product").objects.get(pk=goods[1].pk).delete()
    basket.reset_offer_applications()
    assert given(basket) == 0
    kept = UpgradeOffer.objects.get(pk=offer.pk)
    assert (kept.status, kept.to_tier, kept.terms["slots"]) == ("active", None, [])


def test_an_offer_whose_start_is_deleted_is_paused_lest_it_be_for_everybody() -> None:
    ladder = make_ladder(*(make_product() for _ in range(3)))
    first = Tier.objects.filter(ladder=ladder).first()
    offer = make_upgrade_offer(ladder, off="3.00", from_tier=first)
    other = make_upgrade_offer(ladder, off="3.00")
    assert first is not None
    first.delete()
    assert UpgradeOffer.objects.get(pk=offer.pk).status == "paused"
    assert UpgradeOffer.objects.get(pk=other.pk).status == "active"


def test_an_offer_for_owners_of_which_the_goal_is_deleted_is_paused() -> None:
    ladder = make_ladder(*(make_product() for _ in range(3)))
    last = Tier.objects.filter(ladder=ladder).last()
    assert last is not None
    offer = make_upgrade_offer(ladder, kind="owned", to_tier=last, within_days=30)
    last.delete()
    assert UpgradeOffer.objects.get(pk=offer.pk).status == "paused"
