"""Between a shop's amounts and whole minor units."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.core.currencies import decimals_of, is_storable, to_amount, to_minor


@pytest.mark.parametrize(("currency", "decimals"), [("GBP", 2), ("JPY", 0), ("KRW", 0), ("THB", 2), ("KWD", 3)])
def test_a_currency_has_its_own_decimals(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


def test_a_currency_with_three_decimals_cannot_be_stored_exactly() -> None:
    assert [currency for currency in ("GBP", "JPY", "KWD", "BHD") if not is_storable(currency)] == ["KWD", "BHD"]


@given(st.integers(0, 10**9), st.sampled_from(["GBP", "JPY", "KWD"]))
def test_minor_units_survive_the_way_there_and_back(minor: int, currency: str) -> None:
    assert to_minor(to_amount(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("3.50", "GBP", 350), ("3.995", "GBP", 400), ("3.994", "GBP", 399), ("0.005", "GBP", 1), ("120.5", "JPY", 121)],
)
def test_what_is_finer_is_rounded_half_up(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert str(to_amount(350, "GBP")) == "3.50"
    assert str(to_amount(350, "JPY")) == "350"
