"""Which of the extras that a basket calls for are offered: the most fitting few, and not the same on every visit.

A merchant's priority decides first, whole steps above all else. Within one priority it is merit: how well the extra
goes with the basket, and what it brings; and what was shown on earlier visits gives way. Within a visit nothing
changes, so that a page that is loaded again looks the same.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass

WELCOME = 0.25
"""The part of merit that every extra has, so that those without a history take turns, too."""

RELEVANCE = 0.5
"""The part that goes with how well the extra goes with the basket."""

MARGIN = 0.2
"""The part that goes with the share of its price that stays with the shop; too small to outweigh relevance."""

HALF = 6
"""Showings on earlier visits after which merit counts half: what was seen that often and not taken is not wanted."""


@dataclass(frozen=True, slots=True)
class Contender:
    """An extra that may be offered: what the bump ``offer`` would add.

    ``family`` is the product that all its variants share. ``relevance`` says how well it goes with the basket, 0 to 1;
    ``margin`` which share of its price stays, 0 to 1. ``seen`` counts how often it was shown on earlier visits.
    """

    offer: int
    product: int
    family: int
    priority: int = 0
    relevance: float = 0.0
    margin: float = 0.0
    seen: int = 0


def merit(contender: Contender) -> float:
    """Weigh an extra among those of the same priority: above 0 and below 1."""
    worth = WELCOME + RELEVANCE * _share(contender.relevance) + MARGIN * _share(contender.margin)
    return worth * HALF / (HALF + max(0, contender.seen))


def arranged(contenders: Iterable[Contender]) -> list[Contender]:
    """Put extras in order, the best first; the order in which they come changes nothing."""
    return sorted(contenders, key=lambda one: (-one.priority, -merit(one), astuple(one)))


def chosen(contenders: Iterable[Contender], most: int, *, of_family: int = 1) -> list[Contender]:
    """Choose at most so many, the best first: one of each bump, and so many of one family of products."""
    found: list[Contender] = []
    offers: set[int] = set()
    families = Counter[int]()
    for one in arranged(contenders):
        if len(found) >= most:
            break
        if one.offer not in offers and families[one.family] < of_family:
            found.append(one)
            offers.add(one.offer)
            families[one.family] += 1
    return found


def cap(value: int, share: float | None, floor: int) -> int | None:
    """Find the most that an extra may cost beside a basket of this value, at least the floor; ``None`` for any."""
    return None if share is None else max(floor, round(value * share))


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
