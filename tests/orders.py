"""Orders and products for tests, written straight into Oscar's tables: quick, and of any date and status."""

import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test.factories import create_product

_numbers = itertools.count(1)


def products(count: int, **fields: Any) -> list[Any]:
    """Create products of different titles."""
    return [create_product(title=f"Product {next(_numbers)}", **fields) for _ in range(count)]


def variant(parent: Any, **fields: Any) -> Any:
    """Create a child of ``parent``."""
    parent.structure = "parent"
    parent.save()
    return create_product(structure="child", parent=parent, title=f"Variant {next(_numbers)}", **fields)


def placed(
    *bought: Any,
    at: datetime | None = None,
    days_ago: float = 0.0,
    status: str = "Pending",
    user: Any = None,
    quantity: int = 1,
    line_status: str = "Pending",
    pk: int | None = None,
) -> Any:
    """Create an order that holds ``bought`` (products, or ``None`` for one that was deleted). Sends no signal."""
    order = get_model("order", "Order").objects.create(
        pk=pk,
        number=f"T{next(_numbers)}",
        user=user,
        currency="GBP",
        total_incl_tax=Decimal(1),
        total_excl_tax=Decimal(1),
        status=status,
        date_placed=at or timezone.now() - timedelta(days=days_ago),
    )
    line = get_model("order", "Line")
    line.objects.bulk_create(
        line(
            order=order,
            product=product,
            title="A line",
            partner_sku="sku",
            quantity=quantity,
            status=line_status,
            num_allocated=0,
            line_price_incl_tax=Decimal(1),
            line_price_excl_tax=Decimal(1),
            line_price_before_discounts_incl_tax=Decimal(1),
            line_price_before_discounts_excl_tax=Decimal(1),
        )
        for product in bought
    )
    return order


def placed_often(times: int, *bought: Any, **fields: Any) -> list[Any]:
    """Create so many orders of the same products."""
    return [placed(*bought, **fields) for _ in range(times)]


def ids(found: Iterable[Any]) -> set[int]:
    """Collect primary keys."""
    return {thing.pk for thing in found}
