"""Thresholds: how far something is from what it earns, whether that is near, and the cheapest way to get there.

Distances are whole numbers of one kind, minor units of money or units of products, and never mixed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

NEAR_SHARE = Fraction(2, 5)  # of an amount: what lacks more is no progress to speak of
NEAR_UNITS = 3
MOST_UNITS = 3  # of one product that are proposed to reach an amount


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which amount on delivery is free, as a shop's own hook says: ``have`` of ``need``, in the basket's currency.

    ``incl_tax`` and ``after_discounts`` say what is compared: amounts with tax or without, what is paid or full prices.
    """

    have: Decimal
    need: Decimal
    incl_tax: bool = True
    after_discounts: bool = True


@dataclass(frozen=True, slots=True)
class Distance:
    """How far it is to a threshold: ``have`` of ``need``, in minor units of money, or in units with ``in_units``."""

    have: int
    need: int
    in_units: bool = False

    @property
    def missing(self) -> int:
        """What still lacks, never below zero."""
        return max(0, self.need - self.have)

    @property
    def is_reached(self) -> bool:
        """Whether nothing lacks."""
        return self.missing == 0

    @property
    def share(self) -> Fraction:
        """Return the part that lacks, from 0 (reached) to 1 (nothing is there): what rows are sorted by."""
        return Fraction(min(self.missing, self.need), self.need) if self.need > 0 else Fraction(0)

    @property
    def is_near(self) -> bool:
        """Whether it is worth telling: something is there, and what lacks is little."""
        if self.is_reached or self.have <= 0:
            return False
        return self.missing <= NEAR_UNITS if self.in_units else self.share <= NEAR_SHARE


@dataclass(frozen=True, slots=True)
class Way:
    """So many units of a product, for what they cost in all; ``affinity`` is how well it goes with the basket."""

    product: int
    units: int
    pays: int
    affinity: float = 0.0


def units_for(missing: int, counts: int) -> int | None:
    """Say how many units reach what is missing if each counts so much; nothing if none do, or too many would."""
    if missing <= 0 or counts <= 0:
        return None
    units = -(-missing // counts)
    return units if units <= MOST_UNITS else None


def cheapest_first(ways: Iterable[Way]) -> list[Way]:
    """Sort ways by what is paid; of equals, what goes best with the basket leads."""
    return sorted(ways, key=lambda way: (way.pays, -way.affinity, way.product))
