"""Orders for tests of refunds: priced by the engine, and written as a checkout would have left them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone
from oscar.core.loading import get_model

from upsell.core.currencies import to_amount, to_minor
from upsell.models import Offer, OfferUsage, OrderOffer, OrderOfferUnit
from upsell.offers import terms as stored
from upsell.offers.base import Candidate, Family, Kind, Reward, RewardKind, Selection, Slot, Terms
from upsell.offers.fitting import Facts
from upsell.offers.granted import units_of
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import Line

_numbers = itertools.count(1)
PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Item:
    """Units of a product at a price with tax, in an order; ``voucher`` is what another discount took off them all."""

    product: Any
    units: int = 1
    price: Decimal = Decimal(10)
    voucher: Decimal = Decimal(0)
    rate: int = 20


def a_set(price: str | Decimal, **products: Any) -> Terms:
    """Terms of a fixed set of single products at a price."""
    slots = tuple(Slot(name, Selection(products=frozenset({product.pk}))) for name, product in products.items())
    return Terms(Kind.FIXED, slots, Reward(RewardKind.PRICE, Decimal(price)))


def any_for(units: int, price: str, *products: Any) -> Terms:
    """Terms of any so many for a price."""
    selection = Selection(products=frozenset(product.pk for product in products))
    return Terms(Kind.MIX, (Slot("any", selection, units),), Reward(RewardKind.PRICE, Decimal(price)))


def second_free(product: Any, got: Any = None) -> Terms:
    """Terms of buying one and getting one free."""
    slots = [
        Slot(name, Selection(products=frozenset({one.pk}))) for name, one in (("buy", product), ("get", got or product))
    ]
    return Terms(Kind.BOGO, tuple(slots), Reward(RewardKind.PERCENT, Decimal(100)))


def net(amount: Decimal, rate: int) -> Decimal:
    """Take the tax off, rounded to the penny."""
    return (amount * 100 / (100 + rate)).quantize(PENNY, ROUND_HALF_UP)


def sell(
    items: Sequence[Item],
    offers: Mapping[str, Terms] | None = None,
    *,
    shipping: str = "4.00",
    currency: str = "GBP",
    user: Any = None,
) -> Any:
    """Write an order of these items, with the best that these offers give on it, booked and counted."""
    made = {name: Offer.objects.create(name=name, type="bundle", family="bundle") for name in offers or {}}
    facts = [Facts(item.product.pk) for item in items]
    candidates = {
        made[name].pk: Candidate(made[name].pk, 1, "bundle", Family.BUNDLE, name, "", terms, currency)
        for name, terms in (offers or {}).items()
    }
    lines = [
        Line(str(place), str(item.product.pk), item.units, to_minor(item.price, currency))
        for place, item in enumerate(items)
    ]
    plan = solve(lines, [stored.rule_for(one, facts, currency=currency) for one in candidates.values()])
    order = _write(items, plan.line_discounts, shipping=Decimal(shipping), currency=currency, user=user)
    rows = list(order.lines.order_by("pk"))
    for applied in plan.applied:
        candidate = candidates[int(applied.rule_id)]
        booked = OrderOffer.objects.create(
            order=order,
            offer_id=candidate.id,
            family=candidate.family,
            name=candidate.name,
            version=1,
            terms=stored.to_json(candidate.terms),
            currency=currency,
            incl_tax=True,
            applications=applied.applications,
            amount=to_amount(applied.discount, currency),
        )
        OfferUsage.objects.claim(
            offer=candidate.id, customer="", uses=booked.applications, amount=booked.amount, most=None
        )
        for unit in units_of(applied):
            OrderOfferUnit.objects.create(
                order_offer=booked,
                line=rows[int(unit.line)],
                slot=unit.slot,
                quantity=unit.quantity,
                part=to_amount(unit.part, currency),
            )
    return order


def _write(items: Sequence[Item], discounts: Mapping[str, int], *, shipping: Decimal, currency: str, user: Any) -> Any:
    full = [item.price * item.units for item in items]
    paid = [
        full[place] - item.voucher - to_amount(discounts.get(str(place), 0), currency)
        for place, item in enumerate(items)
    ]
    without = [net(amount, item.rate) for amount, item in zip(paid, items, strict=True)]
    order = get_model("order", "Order").objects.create(
        number=f"R{next(_numbers)}",
        user=user,
        currency=currency,
        total_incl_tax=sum(paid, shipping),
        total_excl_tax=sum(without, net(shipping, 20)),
        shipping_incl_tax=shipping,
        shipping_excl_tax=net(shipping, 20),
        status="Pending",
        date_placed=timezone.now(),
    )
    for place, item in enumerate(items):
        get_model("order", "Line").objects.create(
            order=order,
            product=item.product,
            title=item.product.get_title(),
            partner_sku="sku",
            quantity=item.units,
            status="Pending",
            num_allocated=0,
            line_price_incl_tax=paid[place],
            line_price_excl_tax=without[place],
            line_price_before_discounts_incl_tax=full[place],
            line_price_before_discounts_excl_tax=net(full[place], item.rate),
            unit_price_incl_tax=item.price,
            unit_price_excl_tax=net(item.price, item.rate),
        )
    return order
