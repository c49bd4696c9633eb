"""The seam of what can change a price: an offer's terms, and the kind of offer that states them.

An *offer* is what a merchant set up. Its *terms* say, in plain values, which units it takes and what it gives for them;
they are written down with every version of the offer, so that an order can be understood years later. The solver turns
terms into a rule for one basket (``terms.rule_for``).
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Family(StrEnum):
    """Offers that share one row in Oscar's totals."""

    BUNDLE = "bundle"
    UPGRADE = "upgrade"
    BUMP = "bump"


class Kind(StrEnum):
    """How an offer takes units; see ``solver.values`` for the exact meaning of each."""

    FIXED = "fixed"
    MIX = "mix"
    BREAKS = "breaks"
    BOGO = "bogo"
    BUMP = "bump"
    UPGRADE = "upgrade"


class RewardKind(StrEnum):
    """What the number of a reward means."""

    PERCENT = "percent"
    OFF = "off"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which products fit, by the ids of Oscar's rows.

    A parent product stands for all its variants, a category for everything in it and below. ``without`` holds products
    (or parents) that do not fit although something else here says so.
    """

    products: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    classes: frozenset[int] = frozenset()
    everything: bool = False
    without: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in an application of the offer, to be filled with ``units`` of what fits; 0 where any number will do."""

    name: str
    selection: Selection
    units: int = 1


@dataclass(frozen=True, slots=True)
class Reward:
    """A percentage, an amount off or a price, in the currency of the offer."""

    kind: RewardKind
    value: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer takes and gives, complete.

    The slots are one per part (``fixed``), ``any`` (``mix``, ``breaks``), ``buy`` and ``get`` (``bogo``), ``trigger``
    and ``add`` (``bump``), ``add`` (``upgrade``). ``breaks`` are pairs of a number of units and the percentage from
    there on, rising in both. ``max_units`` bounds what quantity breaks discount. With ``cheaper``, no unit got costs
    more than a unit bought with it. ``per_trigger`` is how many units one trigger allows to be added. ``when`` is the
    ``eligibility.Rule`` that must be met for the offer to be had at all. ``completes`` are the terms of a set of which
    a shopper may own parts, bought ``within_days``: what is given for the rest depends on these.
    """

    kind: Kind
    slots: tuple[Slot, ...]
    reward: Reward | None = None
    breaks: tuple[tuple[int, Decimal], ...] = ()
    max_units: int | None = None
    cheaper: bool = False
    per_trigger: int = 1
    when: tuple[tuple[Any, ...], ...] = ()
    completes: "Terms | None" = None
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a basket is priced, as far as that is known.

    ``customer`` is a digest that stands for a signed-in customer or for a guest's address, ``user`` the key of an
    account, ``visitor`` a random token that the session holds once its owner has accepted or declined something.
    ``memory`` is where a page that only shows may keep what was read of them.
    """

    customer: str = ""
    user: int | None = None
    visitor: str = ""
    memory: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


NOBODY = Asker()


@dataclass(frozen=True, slots=True)
class Source:
    """What a personal price comes from: the row ``id`` (an acceptance, a line of an earlier order).

    ``number`` is which unit of it, or how many units; ``amount`` what is credited for it, in the currency of the offer.
    """

    id: int
    number: int = 1
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Personal:
    """What an offer gives to one shopper: how often at most, out of what, by terms of their own, until when."""

    grants: int = 0
    sources: tuple[Source, ...] = ()
    terms: Terms | None = None
    ends_at: datetime | None = None

    @property
    def credits(self) -> frozenset[tuple[int, int]]:
        """The units of earlier orders that it counts, by line and number."""
        return frozenset((source.id, source.number) for source in self.sources if source.amount)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer that may apply to a basket, as it was read: what the solver and the pages need to know of it.

    ``grants`` and ``sources`` are the shopper's own, of an offer that is personal.
    """

    id: int
    version: int
    type: str
    family: Family
    name: str
    text: str
    terms: Terms
    currency: str
    lane: int = 0
    limit: int | None = None  # most applications in this basket, all limits considered
    limited_by: str = ""  # which limit that is: basket, customer, all, budget
    ends_at: Any = None
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    grants: int = 0
    sources: tuple[Source, ...] = ()


class OfferType(ABC):
    """A kind of offer: where its terms come from.

    A shop adds its own by naming a subclass in ``UPSELL_OFFER_TYPES``. One instance serves all offers of the type and
    keeps no state.
    """

    family: Family
    is_follower = False  # whether its offers belong to others, and are never set up by themselves

    @abstractmethod
    def terms_of(self, offer: Any) -> Terms:
        """State the terms of an offer of this type, from its rows as they are now.

        ``offer`` is an instance of ``upsell.Offer``. Called when an offer is saved, and again when something it refers
        to (a range, say) has changed; never while a page is built.
        """

    def concerned(self, *, ranges: Collection[int] = (), filing: bool = False) -> Collection[int]:
        """List the offers of this type whose terms may read otherwise now, by id.

        ``ranges`` of Oscar's have changed; with ``filing``, products have come to categories, or left them. A type
        whose terms name neither has nothing to do.
        """
        return ()

    def bring_along(self, offers: Collection[int]) -> None:  # noqa: B027  # most have nothing to bring along
        """Let offers that follow from these of the type follow, by id: the terms or the status of these were written.

        Called in the same transaction.
        """

    def followers(self, offers: Collection[int]) -> Mapping[int, int]:
        """Map the offers that follow from these of the type to them, by id: what one was used for, the other was."""
        return {}


class PersonalOfferType(OfferType):
    """A kind of offer that gives nothing to strangers: what it gives, and whether at all, depends on who asks.

    ``knowledge`` is asked once for all offers that a basket might earn, ``personal`` then for each. What orders are
    given is made sure of by ``settle`` while the order is placed.
    """

    @abstractmethod
    def knowledge(self, candidates: Sequence[Candidate], asker: Asker, at: datetime) -> Any:
        """Read what is known of the shopper, for all these offers at once; none or one query, or two."""

    @abstractmethod
    def personal(self, candidate: Candidate, known: Any, reading: Any) -> Personal | None:
        """Say what the offer gives to this shopper, for products as they were read; ``None`` if nothing.

        ``known`` is what ``knowledge`` returned, ``reading`` an ``upsell.offers.serving.reading.Reading``. No queries.
        """

    @abstractmethod
    def settle(self, candidate: Candidate, booked: Any) -> None:
        """Take what the price came from, within the transaction that places the order.

        ``booked`` is the ``OrderOffer`` just written. Raises Oscar's ``UnableToPlaceOrder`` if one of
        ``candidate.sources`` is not there any more: then the order is not placed.
        """

    def give_back(self, booked: Any) -> None:
        """Give back what ``settle`` took: the order was cancelled, or all of it returned. Called once."""

    def left_alone(self, *, longer_than: int) -> Mapping[int, int]:
        """Map the offers that leave whoever declined them alone for more days than that to these days.

        What was declined is kept so long, and may be forgotten then. None, where nobody is asked.
        """
        return {}
