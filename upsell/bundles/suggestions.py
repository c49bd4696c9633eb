"""Which sets are worth offering, at which price, and what that may bring: the rules behind bundle suggestions.

The method and its assumptions stand in ``docs/explanation/bundle-suggestions.md``. Amounts are whole minor units of the
currency; expectations are fractions of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from upsell.core.money import round_half_up
from upsell.recommendations.evidence import wilson

FEWEST_ORDERS = 10
"""A set in fewer orders is not looked at, whatever the lift."""

STEPS = (3, 5, 10, 15)
"""Percent off that a proposed price may give, the smallest first."""

MOST_SHARING = 2
"""So many suggestions may have a product in common."""

LARGER_SHARE = 4
"""One suggestion in so many is a set of three or four, as long as there are any that pay."""

TIDY_SHARE = 100
"""A proposed price is rounded by at most half of one part in so many."""

MONTH = 30.44
"""Days in a month."""

GROWN_BY = 10
"""A dismissed set is offered again after so many more orders, and half as many again."""


@dataclass(frozen=True, slots=True)
class Together:
    """A set of products and how often orders hold it.

    products: ids, ascending. orders: orders that hold all. expected: orders that would by chance. rarest: orders that
    hold the product that the fewest hold. without: for each product, orders that hold all the others but not it.
    """

    products: tuple[int, ...]
    orders: int
    expected: float
    rarest: int
    without: tuple[int, ...]

    @property
    def lift(self) -> float:
        """How many times as often as by chance."""
        return self.orders / self.expected

    @property
    def lift_interval(self) -> tuple[float, float]:
        """The Wilson interval of the share of the rarest product's orders, against that share by chance."""
        low, high = wilson(self.orders, self.rarest)
        by_chance = self.expected / self.rarest
        return low / by_chance, high / by_chance


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What an expected gain takes for granted.

    response: percent more that are bought for each percent off. margin: percent of its price that a product without a
    floor brings.
    """

    response: float = 3.0
    margin: float = 50.0


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as it is sold today: its price, and the least it may be sold for, if there is such a floor."""

    price: int
    floor: int | None = None

    def margin(self, assumptions: Assumptions) -> float:
        """Tell what selling one at today's price brings: what is above its floor, else the assumed share."""
        return self.price * assumptions.margin / 100 if self.floor is None else float(self.price - self.floor)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A set at a price.

    total: today's sum. price: proposed. a_month: sets bought a month today. more: further sets a month expected.
    gain: expected a month, all sets considered.
    """

    together: Together
    total: int
    price: int
    a_month: float
    more: float
    gain: float

    @property
    def saving(self) -> int:
        """How much less the set costs than its products one by one."""
        return self.total - self.price


def propose(together: Together, goods: Sequence[Goods], *, a_month: float, assumptions: Assumptions) -> Proposal | None:
    """Choose the price with the highest expected gain; none if no price pays.

    ``goods`` are in the order of the set's products. ``a_month`` is how many sets are bought a month today.
    """
    total = sum(one.price for one in goods)
    least = sum(one.floor or 0 for one in goods)
    cheapest = min(one.price for one in goods)
    made = []
    for price in prices(total):
        saving = total - price
        if price < least or 2 * saving > cheapest:
            continue
        more, gain = expect(together, goods, saving=saving, a_month=a_month, assumptions=assumptions)
        made.append(Proposal(together, total, price, a_month, more, gain))
    paying = [proposal for proposal in made if proposal.gain > 0]
    return max(paying, key=lambda proposal: (proposal.gain, proposal.price), default=None)


def expect(
    together: Together, goods: Sequence[Goods], *, saving: int, a_month: float, assumptions: Assumptions
) -> tuple[float, float]:
    """Expect so many more sets a month, and so much more earned, if the set costs ``saving`` less."""
    more = gain = 0.0
    for one, without in zip(goods, together.without, strict=True):
        rise = assumptions.response * saving / one.price / len(goods)
        joining = a_month * min(rise, without / together.orders)
        more += joining
        gain += joining * (one.margin(assumptions) - saving)
    return more, gain - a_month * saving


def prices(total: int) -> Iterator[int]:
    """Yield the tidy prices that may be proposed for what costs ``total`` today, the highest first."""
    unit = tidy_unit(total)
    last = total
    for step in STEPS:
        price = unit * round_half_up(total * (100 - step), 100 * unit)
        if 0 < price < last:
            yield price
            last = price


def tidy_unit(total: int) -> int:
    """Find the largest of 1, 5, 10, 50, 100 ... minor units that is no more than one percent of ``total``."""
    unit, factor = 1, 5
    while unit * factor * TIDY_SHARE <= total:
        unit, factor = unit * factor, 7 - factor  # times 5, times 2, times 5 ...
    return unit


def choose(
    proposals: Iterable[Proposal],
    *,
    taken: Iterable[Sequence[int]] = (),
    unwanted: Iterable[Sequence[int]] = (),
    most: int,
) -> list[Proposal]:
    """Choose at most ``most`` proposals, those of the highest gain, that do not repeat each other; the best first.

    One place in ``LARGER_SHARE`` is kept for sets of more than two: their parts are sold more often than they are.

    ``taken`` are the sets of products that are offered or adopted already: they take part in what may be shared.
    ``unwanted`` are sets that must not be chosen; they stand in nobody's way.
    """
    chosen: list[Proposal] = []
    settled = [frozenset(products) for products in taken]
    refused = {frozenset(products) for products in unwanted}
    sharing = Counter(product for products in settled for product in products)
    by_gain = sorted(proposals, key=_by_gain)
    larger = [proposal for proposal in by_gain if len(proposal.together.products) > 2]
    for place, proposal in enumerate([*larger, *by_gain]):
        if len(chosen) >= (most if place >= len(larger) else most // LARGER_SHARE):
            continue
        products = frozenset(proposal.together.products)
        if products in refused or any(products <= other or other <= products for other in settled):
            continue
        if any(sharing[product] >= MOST_SHARING for product in products):
            continue
        chosen.append(proposal)
        settled.append(products)
        sharing.update(products)
    return sorted(chosen, key=_by_gain)


def _by_gain(proposal: Proposal) -> tuple[float, tuple[int, ...]]:
    return -proposal.gain, proposal.together.products


def is_news(orders: int, dismissed_orders: int) -> bool:
    """Whether a set that was dismissed with so many orders has enough more by now to be offered again."""
    return orders >= dismissed_orders + max(GROWN_BY, math.ceil(dismissed_orders / 2))
