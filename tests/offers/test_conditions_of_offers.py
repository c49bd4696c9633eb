"""An offer's conditions decide, whenever a basket is priced, whether it may be had."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from oscar.test.factories import CategoryFactory

from tests.offers.oscar_shop import discount
from upsell.bundles.offer_type import BundleType
from upsell.core.audience import Audience
from upsell.offers.base import Selection, Terms
from upsell.offers.eligibility import Condition, Contains, Meant, Rule, Worth
from upsell.testing import count_queries, make_bundle, make_product

pytestmark = pytest.mark.django_db


class Conditional(BundleType):
    """Bundles under a condition."""

    when: Rule = ()

    def terms_of(self, offer: Any) -> Terms:
        return replace(super().terms_of(offer), when=self.when)


@pytest.fixture(autouse=True)
def _conditional(settings: Any) -> Any:
    settings.UPSELL_OFFER_TYPES = {"bundle": f"{__name__}.Conditional"}
    yield
    Conditional.when = ()


def only_if(test: Any, *, negated: bool = False) -> None:
    Conditional.when = ((Condition(test, negated=negated),),)


def test_a_basket_that_is_worth_too_little_earns_nothing() -> None:
    product = make_product(price="10.00")
    only_if(Worth("GBP", least=Decimal("20.00")))
    make_bundle(product, off="1.00")
    assert discount(product) == 0
    assert discount((product, 2)) == Decimal("2.00")


def test_a_category_can_be_asked_for_or_forbidden() -> None:
    category = CategoryFactory()
    product, other = make_product(price="10.00"), make_product(price="5.00")
    other.categories.add(category)
    filed = Contains(Selection(categories=frozenset({category.pk})))
    for negated, alone, beside in ((False, 0, 1), (True, 1, 0)):
        only_if(filed, negated=negated)
        bundle = make_bundle(product, off="1.00")
        assert (discount(product), discount(product, other)) == (alone, beside)
        bundle.delete()


def test_what_an_offer_asks_of_the_shopper_is_not_asked_of_the_basket() -> None:
    product = make_product(price="10.00")
    only_if(Meant(Audience(signed_in=True)))
    make_bundle(product, off="1.00")
    assert discount(product) == Decimal("1.00")


def test_conditions_on_products_alone_cost_no_query() -> None:
    product = make_product(price="10.00")
    counts = []
    for test in (None, Contains(Selection(products=frozenset({product.pk})))):
        Conditional.when = () if test is None else ((Condition(test),),)
        bundle = make_bundle(product, off="1.00")
        with count_queries() as queries:
            assert discount(product) == Decimal("1.00")
        counts.append(len(queries))
        bundle.delete()
    assert counts[0] == counts[1]
