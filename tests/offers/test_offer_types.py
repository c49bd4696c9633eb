"""Offer types keep their promises, and a shop's own can be added by name."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from oscar.test.factories import CategoryFactory, RangeFactory

from upsell.bundles.offer_type import BundleType
from upsell.offers.registry import offer_type, offer_types
from upsell.testing import OfferTypeContract, make_bundle, make_product

pytestmark = pytest.mark.django_db


class TestBundles(OfferTypeContract):
    offer_type = BundleType

    def offers(self) -> Sequence[Any]:
        product, other = make_product(), make_product()
        return [
            make_bundle(product, (other, 2), percent="12.5"),
            make_bundle(CategoryFactory(), without=[product], kind="mix", units=3, price="10.00"),
            make_bundle(RangeFactory(), kind="breaks", breaks=[(3, 10), (6, 20)], max_units=9),
            make_bundle(product, get=[other], kind="bogo", percent=100, cheaper=False),
            make_bundle(),
        ]


class Extras(BundleType):
    """A shop's own."""


def test_a_shop_adds_a_type_of_its_own(settings: Any) -> None:
    settings.UPSELL_OFFER_TYPES = {"extras": f"{__name__}.Extras"}
    assert set(offer_types()) == {"bump", "bundle", "completion", "extras", "upgrade"}
    assert isinstance(offer_type("extras"), BundleType)


@pytest.mark.parametrize("path", ["shop.nowhere.Mine", "upsell.conf.AppSettings", "upsell.offers.base.OfferType"])
def test_a_type_that_is_none_is_refused_with_the_reason(settings: Any, path: str) -> None:
    settings.UPSELL_OFFER_TYPES = {"mine": path}
    with pytest.raises(ImproperlyConfigured, match=path):
        offer_type("mine")
    with pytest.raises(ImproperlyConfigured, match="bundle, completion, mine, upgrade"):
        offer_type("unknown")
