"""The seam of recommendations: what is asked for, what is answered, and who can answer.

A *recommender* turns an occasion ("this product is being looked at", "this basket is being filled") into ranked
candidates with the truth about where each came from. What a shopper may see of them is decided later, in one place,
for all recommenders alike.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple


class Table(IntEnum):
    """Which question a learned row answers."""

    PRODUCT = 1  # seen beside one product
    BASKET = 2  # completing a basket
    SIMILAR = 3  # like this product, by text, category and attributes


class Origin(IntEnum):
    """Where a candidate comes from; the reason shown to the shopper follows from it and must be true."""

    TOGETHER = 1  # at least one order holds both products
    SIMILAR = 2  # alike in title, description, category and attributes
    NEAREST = 3  # borrowed from the lists of the products most alike, for want of a history of its own
    CATEGORY = 4  # best seller of the same category
    POPULAR = 5  # best seller of the shop
    TRENDING = 6  # sells faster of late than before
    PINNED = 7  # a merchant put it there


class Row(NamedTuple):
    """A learned row: ``neighbour_id`` is proposed for ``product_id``, for the reason that ``origin`` names."""

    product_id: int
    neighbour_id: int
    origin: Origin
    score: float
    orders_together: int = 0
    reliable: bool = False


class Knowledge:
    """What is known about an occasion: learned rows, merchants' pins, what sells.

    Recommenders ask it instead of the database, so that everything on a page shares a fixed number of queries. This
    class knows nothing; the one that serves pages overrides all of it, a test the answers it needs.
    """

    def rows(self, table: Table) -> Sequence[Row]:
        """List the rows of the occasion's seeds, each seed's best first."""
        return ()

    def pins(self, widget: str) -> Sequence[int]:
        """List the products that merchants pinned in a widget for this occasion, the first place first."""
        return ()

    def best_sellers(self) -> Sequence[tuple[int, float]]:
        """List the shop's best sellers, best first, each with how strong it is."""
        return ()

    def category_best_sellers(self) -> Sequence[tuple[int, float]]:
        """List the best sellers of the seeds' own categories, best first."""
        return ()

    def trending(self) -> Sequence[tuple[int, float]]:
        """List what sells faster of late than before, steepest first."""
        return ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is being looked at or bought.

    ``seeds`` are the ids of the sellable products in view (a child's parent stands for it), the most telling first;
    ``present`` are ids that must not be proposed (in the basket, or the seeds' families). ``at`` is the moment asked
    about; ``limit`` is how many candidates are wanted before filters. ``knowledge`` answers what was learned.
    """

    widget: str
    seeds: tuple[int, ...]
    at: datetime
    limit: int
    present: frozenset[int] = field(default_factory=frozenset)
    knowledge: Knowledge = field(default_factory=Knowledge, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One proposed product.

    ``score`` ranks within its recommender only. ``because_of`` is the seed with the largest part in it.
    ``orders_together`` counts orders that hold the product and ``because_of``; ``reliable`` says whether they meet more
    often than chance explains (see the explanation of affinities).
    """

    product_id: int
    origin: Origin
    score: float
    because_of: int | None = None
    orders_together: int = 0
    reliable: bool = False


class Recommender(ABC):
    """Answers an occasion with candidates, best first. Subclass it, name it in ``UPSELL_RECOMMENDERS``."""

    name: str  # as in UPSELL_RECOMMENDERS and UPSELL_CHAINS

    @abstractmethod
    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List candidates for the occasion, best first; none is a valid answer."""
