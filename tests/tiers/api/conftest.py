"""What tests of the ladders API share."""

from typing import Any

import pytest
from django.test import Client

from tests.identities import client_of


@pytest.fixture(autouse=True)
def _no_throttle(settings: Any) -> None:
    settings.UPSELL_API_RATES = {"storefront": None, "management": None, "rebuild": None}


@pytest.fixture
def merchant(db: None) -> Client:
    return client_of("merchant")
