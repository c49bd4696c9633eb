"""Random baskets through Oscar's own pages: what was shown is what is charged, and every table says the same of it."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Sum
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class, get_classes, get_model
from oscar.templatetags.currency_filters import currency as as_money

from tests.checkout import Shopper
from tests.effort import cases
from upsell.offers.models.bookings import FrozenPlan, OrderOffer, OrderOfferUnit
from upsell.offers.models.offers import Offer, OfferUsage
from upsell.offers.serving import families
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db

FirstStockRecord, StockRequired, FixedRateTax, Structured = get_classes(
    "partner.strategy", ["UseFirstStockRecord", "StockRequired", "FixedRateTax", "Structured"]
)
PRICES = ["0.01", "0.99", "3.33", "4.00", "7.49", "9.99", "10.00", "12.50", "19.95", "33.33"]
SOME = 12
MANY = cases(60, thorough=1_000)
BATCH = 12  # baskets of the same offers


class Taxed(FirstStockRecord, StockRequired, FixedRateTax, Structured):  # type: ignore[misc]
    """Prices with a fifth of tax on top, rounded to the penny."""

    rate = Decimal("0.20")
    exponent = Decimal("0.01")


@contextmanager
def shop(*, taxed: bool, incl_tax: bool) -> Iterator[None]:
    """Run the shop with or without tax, and take discounts off the price with tax or without."""
    selector = get_class("partner.strategy", "Selector")
    original = selector.strategy

    def strategy(self: Any, request: Any = None, user: Any = None, **kwargs: Any) -> Any:
        return Taxed(request) if taxed else original(self, request=request, user=user, **kwargs)

    # No slow machine decides how good the plan is; then pages of one basket could differ.
    timeless = override_settings(OSCAR_OFFERS_INCL_TAX=incl_tax, UPSELL_PRICING_SECONDS=60)
    with timeless, patch.object(selector, "strategy", strategy):
        yield


def some_offers(rng: random.Random, goods: list[Any]) -> None:
    """Set up a handful of offers of every kind, some of them limited, that meet on the same products."""
    for place in range(rng.randint(3, 7)):
        few = rng.sample(goods, rng.randint(2, 4))
        percent = rng.choice(["5", "10", "12.5", "33.33", "50"])
        off, units = Decimal(rng.randint(1, 500)) / 100, rng.randint(1, 3)
        parts, terms = rng.choice(
            [
                (few, {"percent": percent}),
                ([(good, rng.randint(1, 2)) for good in few], {"off": off}),
                (few, {"kind": "mix", "units": units + 1, "off": off}),
                (few, {"kind": "mix", "units": units + 1, "price": rng.choice(["9.99", "15.00"])}),
                (few, {"kind": "breaks", "breaks": [(2, "5"), (4, "11.11")]}),
                (few, {"kind": "bogo", "units": units, "got_units": 1, "percent": percent}),
            ]
        )
        make_bundle(*parts, name=f"Offer {place}", **terms, **some_limits(rng))


def some_limits(rng: random.Random) -> dict[str, Any]:
    """Choose what an offer is limited by, if by anything."""
    possible = {
        "max_in_all": rng.randint(1, 9),
        "budget": Decimal(rng.randint(100, 4_000)) / 100,
        "max_per_basket": rng.randint(1, 2),
        "max_per_customer": rng.randint(1, 6),
        "with_vouchers": False,
    }
    return {name: limit for name, limit in possible.items() if rng.random() < 0.2}


def some_voucher(rng: random.Random, code: str) -> str:
    """Set up a voucher of Oscar's own, in percent or of an amount."""
    offer_model, benefit, condition, range_ = (
        get_model("offer", name) for name in ("ConditionalOffer", "Benefit", "Condition", "Range")
    )
    everything, _ = range_.objects.get_or_create(name="Everything", defaults={"includes_all_products": True})
    kind = rng.choice([benefit.PERCENTAGE, benefit.FIXED])
    offer = offer_model.objects.create(
        name=f"Voucher {code}",
        offer_type=offer_model.VOUCHER,
        condition=condition.objects.create(range=everything, type=condition.COUNT, value=1),
        benefit=benefit.objects.create(range=everything, type=kind, value=rng.choice([5, 10])),
        exclusive=rng.random() < 0.5,
    )
    now = timezone.now()
    voucher = get_model("voucher", "Voucher").objects.create(
        name=f"Voucher {code}",
        code=code,
        usage="Multi-use",
        start_datetime=now - timedelta(days=1),
        end_datetime=now + timedelta(days=1),
    )
    voucher.offers.add(offer)
    return code


def shown_savings(response: Any) -> Decimal | None:
    """Find what the basket page says that our offers give, and see that it is printed."""
    basket = response.context["basket"]
    ours = set(families.rows().values_list("pk", flat=True))
    found = [one["discount"] for one in basket.offer_applications if one["offer"].pk in ours]
    assert len(found) <= 1
    if not found:
        return None
    assert as_money(found[0], basket.currency) in response.content.decode()
    return Decimal(found[0])


def check(order: Any, shown: Decimal | None, total: Decimal) -> bool:
    """Compare all that is kept of the order with what the basket page showed; return whether anything was given."""
    assert order.total_incl_tax == total
    lines = list(order.lines.all())
    # Oscar does not round what a voucher in percent takes off a line, but rounds each line, and their sum.
    leeway = Decimal("0.01") * len(lines) if order.basket.vouchers.exists() else 0
    assert abs(sum(line.line_price_incl_tax for line in lines) - total) <= leeway
    rows = list(order.discounts.filter(offer_id__in=families.rows().values("pk")))
    units = OrderOfferUnit.objects.filter(order_offer__order=order).select_related("line")
    if shown is None:
        assert not rows
        assert not units
        return False
    [row] = rows
    by_line: dict[int, Decimal] = {}
    taken: dict[int, int] = {}
    for unit in units:
        assert unit.line.order_id == order.pk
        by_line[unit.line_id] = by_line.get(unit.line_id, Decimal(0)) + unit.quantity * unit.part
        taken[unit.line_id] = taken.get(unit.line_id, 0) + unit.quantity
    in_oscar = dict(row.discount_lines.values_list("line").annotate(total=Sum("amount")))
    assert {line: amount for line, amount in by_line.items() if amount} == in_oscar
    assert row.amount == sum(by_line.values()) == shown
    assert row.amount == sum(booked.amount for booked in OrderOffer.objects.filter(order=order))
    assert all(taken[line.pk] <= line.quantity for line in order.lines.all() if line.pk in taken)
    return True


def within_limits() -> bool:
    """Whether the counters say what is booked, and no limit is exceeded."""
    for usage in OfferUsage.objects.select_related("offer").filter(customer=""):
        booked = OrderOffer.objects.filter(offer=usage.offer).aggregate(used=Sum("applications"), spent=Sum("amount"))
        offer = usage.offer
        if (usage.used, usage.spent) != (booked["used"] or 0, booked["spent"] or Decimal(0)):
            return False
        if offer.max_in_all is not None and usage.used > offer.max_in_all:
            return False
        if offer.budget is not None and usage.spent > offer.budget:
            return False
    return True


def buy_at_random(count: int, seed: int) -> int:
    """Buy so many random baskets; return how many of them were given something."""
    rng = random.Random(seed)
    goods = [make_product(f"Product {place}", price=price, stock=100_000) for place, price in enumerate(PRICES)]
    anne = get_user_model().objects.create_user("anne", "anne@example.com", "secret")
    shopper = Shopper(user=anne)
    basket_model = get_model("basket", "Basket")
    given = 0
    for start in range(0, count, BATCH):
        Offer.objects.update(status=Offer.Status.ENDED)
        some_offers(rng, goods)
        codes = [some_voucher(rng, f"CODE{start}-{place}") for place in range(2)]
        bases = rng.choice([(False, True), (False, False), (True, True), (True, False)])
        with shop(taxed=bases[0], incl_tax=bases[1]):
            for _ in range(min(BATCH, count - start)):
                basket = basket_model.open.get_or_create(owner=anne)[0]
                basket.strategy = get_class("partner.strategy", "Selector")().strategy(user=anne)
                for good in rng.sample(goods, rng.randint(1, 6)):
                    basket.add_product(good, rng.randint(1, 5))
                if rng.random() < 0.4:
                    basket.vouchers.add(get_model("voucher", "Voucher").objects.get(code=rng.choice(codes)))
                page = shopper.client.get(reverse("basket:summary"))
                shown, total = shown_savings(page), page.context["basket"].total_incl_tax
                order = shopper.buy()
                given += check(order, shown, total)
    assert within_limits()
    assert not FrozenPlan.objects.exists()
    return given


def test_a_few_random_baskets_are_charged_as_shown() -> None:
    assert buy_at_random(SOME, seed=3) > SOME / 4


@pytest.mark.slow
def test_many_random_baskets_are_charged_as_shown() -> None:
    """A30, and more: through the real pages, with vouchers, limits, budgets and both bases of tax."""
    assert buy_at_random(MANY, seed=int(os.environ.get("UPSELL_SEED", "11"))) > MANY / 4
