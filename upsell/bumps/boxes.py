"""What pages get of what is offered at the till: values ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Reach:
    """The product that reaches a reward for least: ``units`` of it, of which ``card`` shows one.

    ``pays`` is what the basket costs more with them, below 0 if it costs less; ``price`` what they cost by themselves.
    """

    card: Any
    product_id: int
    units: int
    price: Decimal
    pays: Decimal

    @property
    def is_free(self) -> bool:
        """Whether nothing is paid for them."""
        return not self.pays

    @property
    def is_reduced(self) -> bool:
        """Whether less is paid for them than they cost by themselves."""
        return self.pays < self.price

    @property
    def less(self) -> Decimal:
        """By how much the basket becomes cheaper; 0 if it does not."""
        return max(Decimal(0), -self.pays)


@dataclass(frozen=True, slots=True)
class Reward:
    """How far a basket is from a reward.

    ``kind`` is ``"delivery"``, ``"gift"`` or ``"break"``. ``heading`` and ``text`` say it in words, ``meter`` how far
    it is; ``have`` and ``need`` are the same as numbers, ``missing`` the amount or the units that lack. ``reach`` is
    one product that gets there. ``offer`` is the offer of ours that gives it, if one does.
    """

    kind: str
    key: str
    heading: str
    text: str = ""
    meter: str = ""
    have: int = 0
    need: int = 0
    missing: Decimal = Decimal(0)
    currency: str = ""
    is_reached: bool = False
    reach: Reach | None = None
    offer: int | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """One more thing that is offered at the till: ``units`` of a product that can be added with one press.

    ``headline`` and ``text`` say what it is and what it is good for, ``reason`` why here ("Goes with your camera").
    ``price`` is what the units cost by themselves today, ``total`` what the basket costs more with them accepted, as
    the engine prices it; with ``others``, offers that are not ours may change the total besides. ``card`` shows the
    product as widgets do, ``image`` is the merchant's own picture for it. ``ends_at`` is the true end of the offer.
    """

    offer_id: int
    product_id: int
    units: int
    title: str
    headline: str
    text: str
    card: Any
    currency: str
    price: Decimal
    total: Decimal
    placement: str
    image: str = ""
    reason: str = ""
    ends_at: datetime | None = None
    others: bool = False

    @property
    def is_reduced(self) -> bool:
        """Whether less is paid for it than it costs by itself."""
        return self.total < self.price

    @property
    def is_free(self) -> bool:
        """Whether nothing is paid for it."""
        return self.total <= 0

    @property
    def less(self) -> Decimal:
        """By how much the basket becomes cheaper with it; 0 if it does not."""
        return max(Decimal(0), -self.total)


@dataclass(frozen=True, slots=True)
class Missed:
    """What an extra was offered beside, and is not in the basket any more; ``units`` of it bring the price back."""

    product_id: int
    title: str
    units: int = 1


@dataclass(frozen=True, slots=True)
class Lost:
    """An extra in the basket whose accepted price does not apply any more: ``text`` says why, and what it costs now.

    ``html`` is the same text for a page, with its amounts marked. ``now`` and ``before`` are prices of one
    unit. ``missed`` is what would bring the price back, if that is known.
    """

    offer_id: int
    product_id: int
    title: str
    text: str
    html: str
    now: Decimal
    before: Decimal
    currency: str
    missed: Missed | None = None


@dataclass(frozen=True, slots=True)
class PopShelf:
    """The shelf beside a basket: ``cards`` of small products, as widgets show them; ``id`` is unique on the page."""

    id: str
    cards: Sequence[Any]

    @property
    def can_add(self) -> bool:
        """Whether anything on it can be added to the basket from here."""
        return any(not card.needs_options for card in self.cards)
