"""What a basket saves, as pages, mails and the API read it: amounts with their offers and units."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SavedUnits:
    """Units of one basket line that an offer took, and what it took off them in all.

    ``amount`` is 0 for what had to be bought so that something else could be given.
    """

    line_id: int
    product_id: int
    title: str
    units: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Saving:
    """What one offer gives."""

    offer_id: int
    name: str
    text: str
    family: str
    applications: int
    amount: Decimal
    items: tuple[SavedUnits, ...] = ()
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """So many units of a product: what one costs by itself today, all of them, and what our offers take off."""

    product_id: int
    quantity: int
    unit_price: Decimal
    price: Decimal
    discount: Decimal

    @property
    def to_pay(self) -> Decimal:
        """What these units cost after our discount."""
        return self.price - self.discount


@dataclass(frozen=True, slots=True)
class Quote:
    """What some products would cost together: by today's single prices, and with the best of the offers.

    ``proven``: no way of applying the offers gives more; else at most ``missing`` more.
    """

    currency: str
    lines: tuple[QuotedLine, ...]
    savings: tuple[Saving, ...]
    proven: bool = True
    missing: Decimal = Decimal(0)

    @property
    def full(self) -> Decimal:
        """The sum of today's single prices."""
        return sum((line.price for line in self.lines), Decimal(0))

    @property
    def saving(self) -> Decimal:
        """What the offers take off, computed and never typed."""
        return sum((saving.amount for saving in self.savings), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What is charged."""
        return self.full - self.saving


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What a basket costs more, or less, after units were exchanged: by price alone, and by our offers.

    ``price`` is the difference of single prices, ``total`` what is paid more in all. ``savings`` are how those of the
    basket change. ``others``: somebody else's offers or vouchers may change the total besides.
    """

    currency: str
    price: Decimal
    total: Decimal
    savings: tuple[Saving, ...] = ()
    others: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """When a price ends: the moment, and how the shop writes it. ``is_soon`` tells that minutes are worth counting."""

    at: datetime
    text: str
    is_soon: bool = False
