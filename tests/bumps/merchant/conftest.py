"""What tests of the merchants' screens of bumps share: a shop, the people, and the form they fill in."""

from typing import Any

import pytest
from django.test import Client

from tests.bumps.merchant.bump_form import Form
from tests.identities import client_of
from upsell.offers.serving.families import install
from upsell.testing import make_product


@pytest.fixture
def camera(db: None) -> Any:
    install()
    return make_product("Camera", price="80.00")


@pytest.fixture
def cloth(db: None) -> Any:
    return make_product("Lens cloth", price="6.00")


@pytest.fixture
def merchant(db: None) -> Client:
    return client_of("merchant")


@pytest.fixture
def viewer(db: None) -> Client:
    return client_of("viewer")


@pytest.fixture
def form(merchant: Client, camera: Any, cloth: Any) -> Form:
    return Form(merchant, cloth)
