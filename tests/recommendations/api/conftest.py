"""What tests of the recommendations API share."""

from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from oscar.test.factories import create_product

from tests.identities import client_of
from tests.learned import Learn
from tests.learned import learn as learned


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


@pytest.fixture
def learn(db: None) -> Learn:
    return learned
