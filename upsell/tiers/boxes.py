"""What templates get of ladders: every text, price and gap ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from upsell.offers.plans import End
from upsell.tiers.comparison import Row


@dataclass(frozen=True, slots=True)
class Column:
    """A step as the comparison shows it.

    ``card`` has the product's title, address, picture, price and rating. ``gap`` is what it costs more or less than the
    product in view, and ``difference`` the number of it. ``gains`` are what it adds to the step named by ``beyond``,
    the most telling first; of the first step they are what it has. ``others`` are what merely differs. ``available``
    tells whether it can be bought now.
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
    difference: Decimal | None = None


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
class Change:
    """What else changes with an upgrade: an offer saves more than before, or less; ``is_gone`` if it saves nothing."""

    name: str
    amount: str
    is_gain: bool
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A better step that can be bought: what it costs more, and the first thing gained.

    ``card`` is its product, ``product`` the one to take of it. ``gap`` is what is paid more, as the shop writes it, or
    what is paid less if ``sign`` is -1; ``varies`` tells that it is the least of several. ``before`` is the gap without
    the special price of ``offer``, which has a ``name``, a ``text`` and an ``end``. ``owned`` names what the shopper
    has bought before, and pays only the difference to; then ``gap`` is what is left to pay of ``before``, the price,
    and ``is_in_view`` tells that the step is the one in view.

    ``line`` is the key of the basket line that it would replace, if any, with all its ``quantity``; ``title`` is what
    is replaced. ``total`` is what the basket costs more in all, ``None`` where the gap is just one of two prices.
    ``difference`` is the gap as a number, and ``regular`` what it is without the special price.
    ``removed`` are the titles of what leaves the basket because it comes with the step. ``changes`` are what other
    offers give more or less; ``others`` tells that discounts which are not ours may change besides.
    """

    card: Any
    level: str
    gap: str
    gain: str
    product: int = 0
    title: str = ""
    line: int | None = None
    quantity: int = 1
    total: Decimal | None = None
    currency: str = ""
    sign: int = 1
    varies: bool = False
    needs_options: bool = False
    removed: Sequence[str] = ()
    changes: Sequence[Change] = ()
    others: bool = False
    offer: int | None = None
    name: str = ""
    text: str = ""
    before: str = ""
    owned: str = ""
    is_in_view: bool = False
    end: End | None = None
    difference: Decimal | None = None
    regular: Decimal | None = None

    @property
    def is_cheaper(self) -> bool:
        """Whether less is paid than before."""
        return self.sign < 0

    @property
    def is_free(self) -> bool:
        """Whether exactly as much is paid as before."""
        return self.sign == 0
