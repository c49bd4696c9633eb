"""What tests of the merchants' screens of upgrade offers share: a ladder, the people, and the form they fill in."""

from typing import Any

import pytest
from django.test import Client

from tests.identities import client_of
from tests.tiers.merchant.upgrade_form import Form
from upsell.models import Ladder
from upsell.offers.serving.families import install
from upsell.testing import make_ladder, make_product


@pytest.fixture
def ladder(db: None) -> Ladder:
    """Three grinders at 20, 32 and 60, with something to say for each."""
    install()
    steps: list[Any] = [
        (make_product(f"Grinder {level}", price=price), {"level": level, "highlights": highlight})
        for level, price, highlight in (
            ("Basic", "20.00", "Grinds"),
            ("Plus", "32.00", "Grinds finer"),
            ("Pro", "60.00", "Grinds in silence"),
        )
    ]
    return make_ladder(*steps, name="Grinders")


@pytest.fixture
def merchant(db: None) -> Client:
    return client_of("merchant")


@pytest.fixture
def viewer(db: None) -> Client:
    return client_of("viewer")


@pytest.fixture
def form(merchant: Client, ladder: Ladder) -> Form:
    return Form(merchant, ladder)
