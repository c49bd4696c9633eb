"""What tests of the merchants' screens share: a shop that has learned something, and the people who look at it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from tests.identities import client_of
from upsell.models import Generation
from upsell.recommendations.base import Table
from upsell.testing import add_affinity, add_popularity, make_product, publish_generation


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    caches["default"].clear()
    yield
    caches["default"].clear()


@pytest.fixture
def merchant(db: None) -> Client:
    return client_of("merchant")


@pytest.fixture
def viewer(db: None) -> Client:
    return client_of("viewer")


@dataclass
class Shop:
    generation: Generation
    grinder: Any
    others: list[Any]


@pytest.fixture
def shop(db: None) -> Callable[..., Shop]:
    """Open a shop in which one product was bought with ``neighbours`` others, the first the most often."""

    def opened(neighbours: int = 3, **fields: Any) -> Shop:
        generation = publish_generation(engine="test", builder="test:1", rows=2 * neighbours, **fields)
        grinder = make_product("Aero Grinder")
        add_popularity(grinder, orders=412)
        others = [make_product(f"Thing {number}") for number in range(neighbours)]
        for number, other in enumerate(others):
            add_popularity(other, orders=210)
            add_affinity(grinder, other, orders_together=37 - number)
            add_affinity(grinder, other, table=Table.BASKET, orders_together=37 - number)
        return Shop(generation, grinder, others)

    return opened
