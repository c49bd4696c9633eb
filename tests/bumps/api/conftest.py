"""What tests of the till's API share."""

from typing import Any

import pytest
from django.test import Client

from tests.identities import client_of
from upsell.testing import make_product


@pytest.fixture(autouse=True)
def _no_throttle(settings: Any) -> None:
    settings.UPSELL_API_RATES = {"storefront": None, "management": None, "rebuild": None}


@pytest.fixture
def merchant(db: None) -> Client:
    return client_of("merchant")


@pytest.fixture
def camera(db: None) -> Any:
    return make_product("Camera", price="80.00", stock=50)


@pytest.fixture
def cloth(db: None) -> Any:
    return make_product("Cloth", price="6.00", stock=50)
