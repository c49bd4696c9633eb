"""One owned part, and a crowd of orders that count it, on PostgreSQL: it is counted once."""

from decimal import Decimal

import pytest
from oscar.core.loading import get_model

from tests.offers.owning.shop import Shop
from tests.offers.owning.test_owning_at_once import CROWD, at_once
from upsell.models import SpentCredit
from upsell.testing import make_bundle

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_of_sixteen_orders_that_complete_a_set_one_is_placed() -> None:
    shop = Shop()
    make_bundle(shop.steps[0], shop.lamp, price="12.00", complete_within_days=30)
    shop.buy({shop.steps[0]: 1})
    baskets = [shop.basket({shop.lamp: 1}) for _ in range(CROWD)]
    assert {basket.total_incl_tax for basket in baskets} == {Decimal("2.00")}, "all were priced with it"
    seen = at_once(*[lambda basket=basket: shop.place(basket) for basket in baskets])  # type: ignore[misc]
    assert seen == {"done": 1, "refused": CROWD - 1}
    assert SpentCredit.objects.count() == 1
    assert get_model("order", "Order").objects.count() == 2
