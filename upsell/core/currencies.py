"""Between amounts as a shop writes them (``Decimal("3.50")``) and whole minor units (350), by currency."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

STORED_DECIMALS = 2  # Oscar's money columns; a currency with more would be rounded by the database


def decimals_of(currency: str) -> int:
    """Return how many decimals the currency has: 2 for GBP, 0 for JPY."""
    return get_currency_precision(currency)


def is_storable(currency: str) -> bool:
    """Whether Oscar's columns keep the currency's amounts exactly; not so for KWD and others with three decimals."""
    return decimals_of(currency) <= STORED_DECIMALS


def to_minor(amount: Decimal, currency: str) -> int:
    """Convert an amount to minor units; what is finer is rounded half up."""
    return int(amount.scaleb(decimals_of(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def to_amount(minor: int, currency: str) -> Decimal:
    """Convert minor units to an amount with the currency's decimals."""
    return Decimal(minor).scaleb(-decimals_of(currency))
