"""What pages and the API show of bundles: values with every amount computed from today's prices, none of them typed.

Amounts are what this shopper sees and pays, with tax where the shop shows it; ``None`` where their choice decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several products that can fill a part: a variant, say."""

    product_id: int
    title: str
    price: Decimal
    available: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """A product as a bundle shows it.

    ``picture`` has ``url``, ``width`` and ``height``, or is ``None``. ``price`` is that of one unit; with
    ``varies``, of the cheapest variant. ``needs_options``: it cannot be added from here, because something has to be
    chosen first. ``in_view``: it is the product of the page.
    """

    product_id: int
    title: str
    url: str
    picture: Any = None
    price: Decimal | None = None
    available: bool = True
    needs_options: bool = False
    varies: bool = False
    in_view: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A place in a set: ``units`` of ``item``, or of one of the ``choices``.

    ``slot`` names the place when the set is added. ``in_view`` marks the product whose page it is.
    """

    slot: str
    item: Item
    units: int
    choices: tuple[Choice, ...] = ()
    in_view: bool = False


@dataclass(frozen=True, slots=True)
class Amounts:
    """What products cost by their single prices, what they cost together, and the difference."""

    full: Decimal
    total: Decimal

    @property
    def saving(self) -> Decimal:
        """What is saved against the single prices."""
        return self.full - self.total


@dataclass(frozen=True, slots=True)
class Step:
    """A quantity break: from ``units`` on, each costs so much less.

    ``each`` and ``amounts`` are of the product in view, for exactly ``units`` units; ``None`` where prices differ.
    """

    units: int
    percent: Decimal
    each: Decimal | None = None
    amounts: Amounts | None = None


@dataclass(frozen=True, slots=True)
class BundleBox:
    """One bundle beside a product.

    ``kind`` is ``fixed``, ``mix``, ``breaks`` or ``bogo``. ``rule`` says it in one sentence. ``parts`` are those of a
    set that one press adds; ``steps`` those of quantity breaks; ``members`` some products that take part otherwise, and
    ``more`` tells that there are others, on the page at ``url``. ``amounts`` are those of the whole set.
    ``amounts_by_choice`` are those for every choice, by the ids of the chosen products in the order of the parts that
    have choices; empty where there are none, or too many. Where ``available`` is false, ``reason`` says why, and pages
    leave the box out. Where the shopper has bought parts of a set before (``owned``, titles), all else is about what is
    missing.
    """

    offer_id: int
    kind: str
    name: str
    text: str
    rule: str
    currency: str
    url: str
    parts: tuple[Part, ...] = ()
    amounts: Amounts | None = None
    amounts_by_choice: Mapping[tuple[int, ...], Amounts] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    members: tuple[Item, ...] = ()
    more: bool = False
    available: bool = True
    reason: str = ""
    ends_at: datetime | None = None
    owned: tuple[str, ...] = ()

    @property
    def has_choices(self) -> bool:
        """Whether the shopper has to choose before the set can be added."""
        return any(part.choices for part in self.parts)


@dataclass(frozen=True, slots=True)
class Addition:
    """What adding ``units`` of a product to a basket would do: ``pays`` is the change of what is paid.

    ``price`` is what the units cost by their single price, ``gain`` the discount that they earn: ``pays`` is the
    difference, and negative where the basket becomes cheaper. ``offers`` are the names of the offers that it serves.
    Where a variant has to be chosen first, the amounts are those of one of them; they hold for all unless its prices
    vary.
    """

    item: Item
    units: int
    price: Decimal
    gain: Decimal
    currency: str
    offers: tuple[str, ...] = ()

    @property
    def pays(self) -> Decimal:
        """By how much what is paid rises; below 0 where it falls."""
        return self.price - self.gain

    @property
    def is_cheaper(self) -> bool:
        """Whether the basket costs less with it than without it."""
        return self.pays < 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a basket is from earning an offer (once more): ``have`` of ``need`` units, the rest is ``missing``.

    ``completing`` are products that fill what is missing, what earns the most first; ``gain`` is what the first of them
    earns.
    """

    offer_id: int
    kind: str
    name: str
    text: str
    rule: str
    url: str
    have: int
    need: int
    currency: str
    completing: tuple[Addition, ...] = ()

    @property
    def missing(self) -> int:
        """Units still to add."""
        return self.need - self.have

    @property
    def gain(self) -> Decimal:
        """What completing it earns."""
        return self.completing[0].gain if self.completing else Decimal(0)
