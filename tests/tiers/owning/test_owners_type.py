"""Offers for owners keep what every personal offer type promises."""

from collections.abc import Sequence
from typing import Any

import pytest
from oscar.test import factories

from tests.offers.refunds.sold import Item, sell
from upsell.offers.serving.families import install
from upsell.testing import (
    PersonalOfferTypeContract,
    make_basket,
    make_ladder,
    make_product,
    make_request,
    make_upgrade_offer,
)
from upsell.tiers.offer_type import UpgradeType

pytestmark = pytest.mark.django_db


class TestOffersForOwners(PersonalOfferTypeContract):
    offer_type = UpgradeType

    def offers(self) -> Sequence[Any]:
        ladder = make_ladder(*(make_product() for _ in range(3)))
        tiers = list(ladder.tiers.all())
        return [
            make_upgrade_offer(ladder, kind="owned"),
            make_upgrade_offer(ladder, kind="owned", to_tier=tiers[2], within_days=5),
            make_upgrade_offer(make_ladder(make_product()), kind="owned"),
        ]

    def earned(self) -> tuple[Any, Any]:
        install()
        basic, pro = make_product(price="10.00"), make_product(price="20.00")
        offer = make_upgrade_offer(make_ladder(basic, pro), kind="owned")
        self.owner = factories.UserFactory()
        sell([Item(basic)], user=self.owner)
        return offer, make_basket(pro, request=make_request(user=self.owner))

    def order(self) -> Any:
        return factories.OrderFactory(user=self.owner)
