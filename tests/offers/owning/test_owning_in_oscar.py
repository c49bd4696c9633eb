"""The promise through real orders: Oscar's order creator, our refunds, cancellations by status; checked at every step.

Sequences are drawn by seed: two of each kind of shop, or as many as ``UPSELL_ROUNDS`` says.
"""

import os
import random
from collections import Counter

import pytest
from django.test import override_settings
from oscar.core.loading import get_model

from tests.offers.owning.shop import Shop
from upsell.models import OrderOffer, SpentCredit
from upsell.offers.booking.refunds import returnable

pytestmark = pytest.mark.django_db

Order = get_model("order", "Order")


ROUNDS = int(os.environ.get("UPSELL_ROUNDS", "2"))
SHOPS = {
    "pounds": ({"currency": "GBP"}, []),
    "pounds and a bundle": ({"currency": "GBP", "bundle": True}, []),
    "yen": ({"currency": "JPY"}, []),
    "pounds and euros": ({"currency": "GBP"}, ["GBP", "EUR"]),
}


def check(shop: Shop, *, exactly: bool) -> None:
    """Check the promise, with books that were kept beside."""
    live = list(SpentCredit.objects.live())
    assert len({(one.line_id, one.number) for one in live}) == len(live), "no credit is spent twice"
    over: Counter[str] = Counter()
    for order in Order.objects.all():
        left = shop.net(order)
        into = sum(shop.minor(one.amount, order) for one in live if one.order_offer.order_id == order.pk)
        out = sum(shop.minor(one.amount, order) for one in live if one.line.order_id == order.pk)
        assert left >= 0, "no more goes back than was paid"
        assert left + into >= out, "what was credited is there"
        over[order.currency] += left - shop.kept_costs(order) + order.lines.count()
    assert not exactly or min(over.values()) >= 0, "nobody has paid less than what is kept costs, but for rounding"


def go_on(shop: Shop, dice: random.Random) -> None:
    """Do something that a customer or a merchant might."""
    orders = [order for order in Order.objects.all() if any(kept for _line, kept in returnable(order=order))]
    what = dice.choice(["buy", "buy", "buy", "return", "return", "cancel"]) if orders else "buy"
    if what == "buy":
        higher = min(Order.objects.count(), len(shop.steps) - 1)
        units = {shop.steps[dice.choice([higher, dice.randrange(len(shop.steps))])]: dice.choice([1, 1, 1, 2, 3])}
        if dice.random() < 0.4:
            units[shop.lamp] = 1
        shop.buy(units, voucher=dice.choice([0, 0, 7]))
        return
    order = dice.choice(orders)
    if what == "cancel":
        if order.status != "Cancelled":
            shop.cancel(order)
        return
    units_back = {line.pk: dice.randint(0, kept) for line, kept in returnable(order=order)}
    if any(units_back.values()):
        shop.take_back(order, units_back, dice.choice(["pro_rata", "reprice"]))


@pytest.mark.parametrize("incl_tax", [True, False])
@pytest.mark.parametrize("kind", SHOPS)
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_the_promise_is_kept_whatever_happens(incl_tax: bool, kind: str, seed: int) -> None:
    options, currencies = SHOPS[kind]
    with override_settings(OSCAR_OFFERS_INCL_TAX=incl_tax, OSCAR_DEFAULT_CURRENCY=options["currency"]):
        dice = random.Random(f"{seed} {incl_tax} {kind}")
        shop = Shop(**options)
        for _ in range(11):
            if currencies:
                shop.trade_in(dice.choice(currencies))
            go_on(shop, dice)
            check(shop, exactly=not options.get("bundle"))
        for order in Order.objects.all():
            left = {line.pk: kept for line, kept in returnable(order=order) if kept}
            if left:
                shop.take_back(order, left)
        assert not any(shop.net(order) for order in Order.objects.all()), "all returned is all paid back"
        assert not SpentCredit.objects.live().exists()
        assert not OrderOffer.objects.filter(offer=shop.offer, state="granted").exists()
        print(
            "CREDITS",
            SpentCredit.objects.count(),
            Order.objects.count(),
            SpentCredit.objects.filter(returned_by__isnull=False).count(),
        )
