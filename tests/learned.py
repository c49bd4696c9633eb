"""Learned tables made by hand: a product and what it was bought with."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone
from oscar.test.factories import create_product

from upsell.models import Affinity, Generation, Popularity
from upsell.recommendations.base import Origin, Table
from upsell.testing import publish_generation

Learn = Callable[..., Generation]


def neighbour(title: str = "Lens", **options: Any) -> Any:
    """Make a product that can be bought."""
    return create_product(**{"title": title, "price": 20, "num_in_stock": 5, **options})


def learn(
    product: Any,
    neighbours: Sequence[Any],
    *,
    tables: Sequence[Table] = (Table.PRODUCT, Table.BASKET),
    origin: Origin = Origin.TOGETHER,
) -> Generation:
    """Publish a generation in which a product was bought with its neighbours, the first the most often."""
    now = timezone.now()
    generation = publish_generation(
        engine="test",
        builder="test:1",
        settings={"half_life_days": 90.0},
        first_order_at=now,
        last_order_at=now,
        orders=1000,
    )
    Affinity.objects.bulk_create(
        Affinity(
            generation=generation,
            product_id=product.pk,
            neighbour_id=other.pk,
            table=table,
            rank=rank,
            score=1 / rank,
            origin=origin,
            orders_together=max(37 - rank, 1),
            reliable=True,
        )
        for table in tables
        for rank, other in enumerate(neighbours, start=1)
    )
    Popularity.objects.bulk_create(
        Popularity(generation=generation, product_id=one.pk, orders=100, weight=1, rank=rank)
        for rank, one in enumerate([product, *neighbours], start=1)
    )
    return generation
