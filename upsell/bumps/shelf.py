"""What stands on the shelf beside the basket today: small things in season, wanted of late, and there to be had.

A shelf that changed with every look would be a nuisance, and one that never changes is not seen any more. So the order
depends on nothing but the goods and the day: near equals take turns from one day to the next.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

RECENT_DAYS = 28
"""The days that are "of late", as the learned tables count them."""

STEADY = 5
"""Orders that both sides of a comparison are given, so that two orders after none are no sensation."""

SHORT_DAYS = 7
"""Stock that lasts no longer than this is left to those who look for it."""

EASY_DAYS = 14
"""Stock that lasts this long need not be spared at all."""

PLENTY_DAYS = 180
"""Stock beyond this is no more plentiful than this."""

PICK = 0.15
"""What a point of a merchant's weight is worth beside how well a good goes with the basket, which is 1 at most."""

TURN = 0.1  # the share of a score that changes from day to day
WHOLE = 10_000  # a share of the basket's value is counted in so many parts


class StockRule(StrEnum):
    """What the stock of a good has to say: spare what is scarce, clear what is plenty, or nothing."""

    PROTECT = "protect"
    CLEAR = "clear"
    NONE = "none"


class Why(StrEnum):
    """Why a good stands on the shelf, or does not."""

    SHOWN = "shown"
    FULL = "full"  # there are better ones
    PAUSED = "paused"
    WAITING = "waiting"  # it is to start later
    ENDED = "ended"
    SEASON = "season"  # out of it
    SCARCE = "scarce"
    DEAR = "dear"
    IN_BASKET = "in_basket"
    ELSEWHERE = "elsewhere"  # the page shows it already
    EXCLUDED = "excluded"  # by a merchant, everywhere
    HIDDEN = "hidden"
    NO_PRICE = "no_price"
    UNAVAILABLE = "unavailable"
    CURRENCY = "currency"
    EMPTY = "empty"  # a category without anything of that price


@dataclass(frozen=True, slots=True)
class Season:
    """A time of every year, from one day through another, as month times 100 plus day; it may wrap the new year.

    29 February is a day of leap years only: what begins on it begins on 1 March in the others, and what ends on it ends
    on 28 February.
    """

    first: int
    last: int

    def holds(self, day: date) -> bool:
        """Whether the day is in season."""
        today = day.month * 100 + day.day
        if self.first <= self.last:
            return self.first <= today <= self.last
        return today >= self.first or today <= self.last

    def last_day(self, day: date) -> date:
        """Find the last day of the season that holds ``day``, or of the one that comes next."""
        this = _in_year(day.year, self.last, is_end=True)
        return this if this >= day else _in_year(day.year + 1, self.last, is_end=True)

    def first_day(self, day: date) -> date:
        """Find the day on or after ``day`` on which it next begins."""
        this = _in_year(day.year, self.first, is_end=False)
        return this if this >= day else _in_year(day.year + 1, self.first, is_end=False)


@dataclass(frozen=True, slots=True)
class Sales:
    """How a product sells: orders that hold it of late and before, over how many days, and units an order takes."""

    recent: int = 0
    before: int = 0
    before_days: float = 0.0
    units: float = 1.0

    @property
    def daily(self) -> float:
        """Units that leave on a day of late."""
        return self.recent * self.units / RECENT_DAYS

    @property
    def trend(self) -> float:
        """The logarithm of recent against expected sales, from -1 to 1; 0.0 with too little before to compare with."""
        if self.before_days < RECENT_DAYS:
            return 0.0
        expected = self.before * RECENT_DAYS / self.before_days
        return max(-1.0, min(1.0, math.log((self.recent + STEADY) / (expected + STEADY))))

    @property
    def percent(self) -> int:
        """The trend as people say it: 40 for four tenths more than expected."""
        return round((math.exp(self.trend) - 1) * 100)


@dataclass(frozen=True, slots=True)
class Good:
    """A product that may stand on the shelf.

    ``weight`` is a merchant's, 1 or more, and 0 for what was learned. ``fit`` is how well it goes with the basket, 0 to
    1. ``stock`` is how many can be sold, ``None`` where nobody counts.
    """

    product: int
    weight: int = 0
    fit: float = 0.0
    season: Season | None = None
    rule: StockRule = StockRule.PROTECT
    sales: Sales = Sales()
    stock: int | None = None

    @property
    def cover(self) -> float:
        """Days for which the stock lasts."""
        if self.stock is None or not self.sales.daily:
            return math.inf
        return self.stock / self.sales.daily


def cap(value: int, share: float, floor: int) -> int:
    """Find the dearest a good may be beside a basket of this value: a share of it, yet at least the floor."""
    return max(floor, value * round(share * WHOLE) // WHOLE)


def obstacle(good: Good, day: date) -> Why | None:
    """Find what keeps a good from the shelf on a day, whatever the basket."""
    if good.season is not None and not good.season.holds(day):
        return Why.SEASON
    if good.rule == StockRule.PROTECT and good.cover < SHORT_DAYS:
        return Why.SCARCE
    return None


def score(good: Good, day: date) -> float:
    """Weigh a good: 0.0 if something keeps it from the shelf.

    From a weight of 7 on, what a merchant chose is above what goes best with the basket, as long as both sell alike.
    """
    if obstacle(good, day):
        return 0.0
    wanted = PICK * good.weight + good.fit
    return wanted * _stock_factor(good) * (1 + good.sales.trend / 2) * (1 - TURN + TURN * turn(good.product, day))


def arranged(goods: Iterable[Good], day: date) -> list[Good]:
    """Put goods in the order of the day, the best first."""
    return sorted(goods, key=lambda good: (-score(good, day), turn(good.product, day), good.product))


def turn(product: int, day: date) -> float:
    """Draw a number from 0 to 1 for a product and a day; the same whenever it is asked for."""
    drawn = hashlib.blake2b(f"{day.toordinal()}:{product}".encode(), digest_size=4).digest()
    return int.from_bytes(drawn, "big") / 2**32


def fit(affinity: float, strongest: float, rank: int | None) -> float:
    """Say how well a product goes with a basket, 0 to 1: mostly by its affinity to it, and by how well it sells."""
    beside = affinity / strongest if strongest > 0 else 0.0
    popular = 1 / (1 + math.log2(rank)) if rank else 0.0
    return (2 * beside + popular) / 3


def _stock_factor(good: Good) -> float:
    if good.rule == StockRule.PROTECT:
        return min(1.0, good.cover / EASY_DAYS)
    if good.rule == StockRule.CLEAR and good.stock is not None:
        return 1 + min(good.cover, PLENTY_DAYS) / PLENTY_DAYS
    return 1.0


def _in_year(year: int, month_day: int, *, is_end: bool) -> date:
    month, day = divmod(month_day, 100)
    if (month, day) == (2, 29) and not _is_leap(year):
        month, day = (2, 28) if is_end else (3, 1)
    return date(year, month, day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
