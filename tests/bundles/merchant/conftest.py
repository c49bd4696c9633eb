"""What tests of the merchants' screens of bundles share: the people who look at them, and the form they fill in."""

import pytest
from django.test import Client

from tests.bundles.merchant.posting import Form
from tests.identities import client_of


@pytest.fixture
def merchant(db: None) -> Client:
    return client_of("merchant")


@pytest.fixture
def viewer(db: None) -> Client:
    return client_of("viewer")


@pytest.fixture
def form(merchant: Client) -> Form:
    return Form(merchant)
