"""What templates get of ladders: every text, price and gap ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from upsell.tiers.comparison import Row


@dataclass(frozen=True, slots=True)
class Column:
    """A step as the comparison shows it.

    ``card`` has the product's title, address, picture, price and rating. ``gap`` is what it costs more or less than the
    product in view. ``gains`` are what it adds to the step named by ``beyond``, the most telling first; of the first
    step they are what it has. ``others`` are what merely differs. ``available`` tells whether it can be bought now.
    """

    card: Any
    level: str
    in_view: bool
    is_popular: bool
    gap: str
    available: bool
    availability: str
    beyond: str
    gains: Sequence[str]
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The steps of a ladder side by side; ``id`` is the ladder's.

    ``rows`` are the attributes that differ, ``same`` those that all steps share.
    """

    id: int
    name: str
    columns: Sequence[Column]
    rows: Sequence[Row] = ()
    same: Sequence[Row] = ()

    @property
    def in_view(self) -> Column | None:
        """The step of the product in view, if it is among them."""
        return next((column for column in self.columns if column.in_view), None)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The next better step that can be bought: where it is, what it costs more, and the first thing gained."""

    card: Any
    level: str
    gap: str
    gain: str
