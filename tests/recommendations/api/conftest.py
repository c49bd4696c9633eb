"""What tests of the recommendations API share: people, products, and tables learned by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from oscar.test.factories import create_product

from tests.identities import client_of
from upsell.models import Affinity, Generation, LiveGeneration, Popularity
from upsell.recommendations.base import Origin, Table


@pytest.fixture(autouse=True)
def _no_throttle(settings: Any) -> None:
    settings.UPSELL_API_RATES = {"storefront": None, "management": None, "rebuild": None}


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    caches["default"].clear()


@pytest.fixture
def merchant(db: None) -> Client:
    return client_of("merchant")


@pytest.fixture
def product(db: None) -> Any:
    return create_product(title="Camera", price=100, num_in_stock=5)


def neighbour(title: str = "Lens", **options: Any) -> Any:
    """Make a product that can be bought."""
    return create_product(**{"title": title, "price": 20, "num_in_stock": 5, **options})


Learn = Callable[..., Generation]


@pytest.fixture
def learn(db: None) -> Learn:
    """Publish a generation in which a product was bought with its neighbours, the first the most often."""

    def publish(
        product: Any,
        neighbours: Sequence[Any],
        *,
        tables: Sequence[Table] = (Table.PRODUCT, Table.BASKET),
        origin: Origin = Origin.TOGETHER,
    ) -> Generation:
        now = timezone.now()
        generation = Generation.objects.create(
            status=Generation.Status.READY,
            started_at=now,
            finished_at=now,
            heartbeat_at=now,
            builder="test:1",
            engine="test",
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
        LiveGeneration.objects.update_or_create(pk=1, defaults={"generation": generation})
        return generation

    return publish
