"""What is known of a ladder apart from prices and stock: plain values that may be kept until the ladder changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

RawValue = bool | int | float | str


@dataclass(frozen=True, slots=True)
class RawAttribute:
    """An attribute of a product: code, name for people, and the value that becomes a text in the page's language."""

    code: str
    name: str
    value: RawValue


@dataclass(frozen=True, slots=True)
class TierFacts:
    """A step. ``orders`` are those that hold its product; ``None`` if that was never counted.

    ``includes`` are the titles of what comes with it, with units; ``contents`` are the products, with units.
    """

    product: int
    family: int
    level: str = ""
    highlights: str = ""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_popular: bool = False
    orders: int | None = None
    includes: tuple[tuple[str, int], ...] = ()
    contents: tuple[tuple[int, int], ...] = ()
    attributes: tuple[RawAttribute, ...] = ()


@dataclass(frozen=True, slots=True)
class LadderFacts:
    """A ladder with its steps, the lowest first."""

    ladder: int
    name: str
    popular: str = "none"
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    audience: Mapping[str, Any] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tiers: tuple[TierFacts, ...] = ()

    def holds(self, at: datetime) -> bool:
        """Whether its schedule includes the moment."""
        return (self.starts_at is None or self.starts_at <= at) and (self.ends_at is None or at < self.ends_at)

    @property
    def products(self) -> set[int]:
        """The products of its steps, and the parents of those that are variants."""
        return {tier.product for tier in self.tiers} | {tier.family for tier in self.tiers}
