"""Whatever is bought, in whatever orders: all that is paid is never less than the cheapest price for all of it.

Through Oscar's orders and our refunds; the cheapest is worked out by trying every number of sets.
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.offers.owning.shop import Shop
from upsell.models import SpentCredit
from upsell.offers.booking.refunds import returnable
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db

PRICES = {"A": 1000, "B": 1000, "C": 500}
PAIR, SHARE = 500, 300  # what A and B save together, and A and C


class SetShop(Shop):
    """Sells A, B and C; A with B for 15.00, A with C for 20 % less; whoever owns a part completes either."""

    def __init__(self) -> None:
        super().__init__()
        self.goods = {
            name: make_product(name, price=Decimal(price) / 100, stock=1000) for name, price in PRICES.items()
        }
        a, b, c = self.goods.values()
        make_bundle(a, b, price="15.00", complete_within_days=30)
        make_bundle(a, c, percent=20, complete_within_days=30)

    def order(self, bought: Mapping[str, int]) -> Any:
        return self.buy({self.goods[name]: units for name, units in bought.items()})


def cheapest(bought: Mapping[str, int]) -> int:
    full = sum(PRICES[name] * units for name, units in bought.items())
    a, b, c = (bought.get(name, 0) for name in PRICES)
    return full - max(pairs * PAIR + min(a - pairs, c) * SHARE for pairs in range(min(a, b) + 1))


def some(random: Random) -> dict[str, int]:
    names = random.sample(list(PRICES), random.randint(1, 3))
    return {name: random.randint(1, 2) for name in names}


@pytest.mark.parametrize("seed", range(10))
def test_orders_in_any_sequence_cost_no_less_than_one(seed: int) -> None:
    shop, random, bought = SetShop(), Random(seed), Counter[str]()
    paid = saved = 0
    for _ in range(6):
        wanted = some(random)
        order = shop.order(wanted)
        bought.update(wanted)
        paid += shop.net(order)
        saved += SpentCredit.objects.filter(order_offer__order=order).exists()
        assert paid >= cheapest(bought), (seed, dict(bought))
    spent = list(SpentCredit.objects.live().values_list("line", "number"))
    assert len(spent) == len(set(spent))


@pytest.mark.parametrize("seed", range(6))
def test_who_returns_everything_gets_everything_back(seed: int) -> None:
    shop, random = SetShop(), Random(1000 + seed)
    orders = [shop.order(some(random)) for _ in range(4)]
    random.shuffle(orders)
    for order in orders[:1]:
        shop.cancel(order)
    for order in orders[1:]:
        lines = [(line.pk, kept) for line, kept in returnable(order=order) if kept]
        random.shuffle(lines)
        for line, kept in lines:
            shop.take_back(order, {line: kept}, random.choice(["pro_rata", "reprice"]))
    assert [shop.net(order) for order in orders] == [0] * 4
    assert not SpentCredit.objects.live().exists()


def test_the_sequences_complete_sets() -> None:
    """Or they would show nothing."""
    shop = SetShop()
    shop.order({"A": 1})
    assert shop.net(shop.order({"B": 1})) == cheapest({"A": 1, "B": 1}) - PRICES["A"]
    assert SpentCredit.objects.count() == 1
