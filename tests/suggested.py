"""Bundle suggestions made by hand, and the orders from which they are found."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone
from oscar.core.loading import get_model

from upsell.models import BundleSuggestion
from upsell.testing import add_affinity, make_product


def make_suggestion(*products: Any, **fields: Any) -> BundleSuggestion:
    """Create an open suggestion of products at 10.00 each, for 5 percent less."""
    total = Decimal(10 * len(products))
    values: dict[str, Any] = {
        "key": "-".join(str(pk) for pk in sorted(product.pk for product in products)),
        "rank": BundleSuggestion.objects.count() + 1,
        "orders": 143,
        "expected": 44.6,
        "lift": 3.206,
        "lift_low": 2.71,
        "lift_high": 3.77,
        "total": total,
        "price": total * Decimal("0.95"),
        "currency": "GBP",
        "gain": Decimal("12.40"),
        "assumptions": {
            "response": 3.0,
            "margin": 50.0,
            "a_month": 11.9,
            "more": 2.4,
            "months": 12.0,
            "saving": str(total * Decimal("0.05")),
            "products": [
                {"product": product.pk, "price": "10.00", "floor": None, "without": 100} for product in products
            ],
        },
    }
    suggestion = BundleSuggestion.objects.create(**{**values, **fields})
    suggestion.products.set(products)
    return suggestion


_numbers = count(1)


def place_often(times: int, *bought: Any, days_ago: float = 0.0) -> None:
    """Create so many orders of the same products, all at once."""
    order_model, line_model = get_model("order", "Order"), get_model("order", "Line")
    nothing = {"total_incl_tax": Decimal(1), "total_excl_tax": Decimal(1)}
    prices = ("line_price_incl_tax", "line_price_excl_tax")
    before = ("line_price_before_discounts_incl_tax", "line_price_before_discounts_excl_tax")
    line = {"quantity": 1, "num_allocated": 0, **dict.fromkeys((*prices, *before), Decimal(1))}
    placed = order_model.objects.bulk_create(
        order_model(
            number=f"S{next(_numbers)}",
            currency="GBP",
            date_placed=timezone.now() - timedelta(days=days_ago),
            status="Pending",
            **nothing,
        )
        for _time in range(times)
    )
    line_model.objects.bulk_create(
        line_model(order=order, product=product, title="A line", partner_sku="sku", status="Pending", **line)
        for order in placed
        for product in bought
    )


def shop_with_a_set(
    *prices: Any, times: int = 60, singly: int = 100, others: int = 5, titles: Sequence[str] = ()
) -> list[Any]:
    """Open a shop in which products of these prices are often bought together, and others are not; return the set.

    Each product of the set is bought ``times`` times with the rest, and ``singly`` times alone.
    """
    names = titles or [f"Member {number}" for number in range(len(prices))]
    members = [make_product(name, price=price) for name, price in zip(names, prices, strict=True)]
    place_often(times, *members)
    for product in [*members, *(make_product(f"Other {number}") for number in range(others))]:
        place_often(singly, product)
    for product in members:
        for other in members:
            if product != other:
                add_affinity(product, other, orders_together=times)
    return members


def own_price(line: Any) -> Decimal:
    """Let nothing get cheaper: what a shop may name in ``UPSELL_PRICE_FLOOR``."""
    return Decimal(line.purchase_info.price.excl_tax)
