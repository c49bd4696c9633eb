"""Bundle suggestions made by hand, and the orders from which they are found."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tests.orders import placed_often
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


def shop_with_a_set(
    *prices: Any, times: int = 60, singly: int = 150, others: int = 8, titles: Sequence[str] = ()
) -> list[Any]:
    """Open a shop in which products of these prices are often bought together, and others are not; return the set.

    Each product of the set is bought ``times`` times with the rest, and ``singly`` times alone.
    """
    names = titles or [f"Member {number}" for number in range(len(prices))]
    members = [make_product(name, price=price) for name, price in zip(names, prices, strict=True)]
    placed_often(times, *members)
    for product in [*members, *(make_product(f"Other {number}") for number in range(others))]:
        placed_often(singly, product)
    for product in members:
        for other in members:
            if product != other:
                add_affinity(product, other, orders_together=times)
    return members
