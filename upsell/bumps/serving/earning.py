"""Which gifts and quantity breaks a basket is close to: how far it is to each, and what would fill the gap."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from upsell.bumps.rewards import Distance
from upsell.core.serving.memo import Memo
from upsell.offers.base import Candidate, Family, Kind, RewardKind, Selection, Terms
from upsell.offers.fitting import Facts, fits
from upsell.offers.serving.candidates import Found, find_candidates
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.quoting import row_of, savings_of
from upsell.offers.serving.selections import facts_of

MOST_OFFERS = 50  # that touch the basket; the newest
MOST_GOALS = 4
MOST_NAMED = 4  # products that an offer names itself

_found: Memo[Found] = Memo(512)
_facts: Memo[dict[int, Facts]] = Memo(512)


@dataclass(frozen=True, slots=True)
class Goal:
    """An offer that is near: ``products`` can fill what lacks.

    ``gifts`` are what comes free then, ``gift_units`` of one of them, where they are not what fills the gap.
    ``is_waiting``: what lacks is the gift itself.
    """

    offer: Candidate
    distance: Distance
    products: tuple[int, ...]
    gifts: tuple[int, ...] = ()
    gift_units: int = 0
    is_waiting: bool = False

    @property
    def is_break(self) -> bool:
        """Whether it is the next quantity break, and not a gift."""
        return self.offer.terms.kind == Kind.BREAKS


def goals(basket: Any, request: Any, held: Counter[int], beside: Collection[int]) -> list[Goal]:
    """Find the nearest gifts and breaks; one query, and two or three if an offer speaks of categories.

    None if the same products were asked about before, unless an offer that touches them has limits.
    """
    row = row_of(request, basket)
    if row is None:
        return []
    parents = {line.product_id: line.product.parent_id for line in basket.all_lines()}
    keys = frozenset(held) | {parent for parent in parents.values() if parent}
    wanted = [one for one in _candidates(keys, row, basket, request).values() if _gives_a_reward(one)]
    if not wanted:
        return []
    facts = {product: Facts(product, parents[product]) for product in held}
    if any(_is_wide(slot.selection) for one in wanted for slot in one.terms.slots):
        facts = _facts_of(frozenset(held) | frozenset(beside))
    near = [goal for one in wanted for goal in _goals_of(one, basket, held, beside, facts)]
    near.sort(key=lambda goal: (goal.distance.missing, goal.distance.share, -goal.offer.lane, goal.offer.id))
    return near[:MOST_GOALS]


def _candidates(keys: frozenset[int], row: Any, basket: Any, request: Any) -> Mapping[int, Candidate]:
    currency = str(next(iter(basket.all_lines())).price_currency)
    key = (str(row.condition.value), keys, currency)  # the first is raised by every change of an offer
    now = timezone.now()
    kept = _found.get([key]).get(key)
    if kept is None or (kept.until is not None and kept.until <= now):
        customer = asker_of_request(request).customer
        kept = find_candidates(keys, currency=currency, customer=customer, basket=basket, begun=MOST_OFFERS)
        if kept.is_lasting:
            _found.put({key: kept})
    return kept.candidates


def _facts_of(products: frozenset[int]) -> dict[int, Facts]:
    kept = _facts.get([products]).get(products)
    if kept is None:
        kept = facts_of(products)
        _facts.put({products: kept})
    return kept


def _gives_a_reward(offer: Candidate) -> bool:
    if offer.family != Family.BUNDLE or offer.limit == 0:
        return False
    return offer.terms.kind == Kind.BREAKS or (offer.terms.kind == Kind.BOGO and _is_free(offer.terms))


def _is_free(terms: Terms) -> bool:
    match terms.reward:
        case None:
            return False
        case reward if reward.kind == RewardKind.PERCENT:
            return reward.value >= 100
        case reward:
            return reward.kind == RewardKind.PRICE and reward.value == Decimal(0)


def _is_wide(selection: Selection) -> bool:
    return bool(selection.categories or selection.classes)


def _goals_of(
    offer: Candidate, basket: Any, held: Counter[int], beside: Collection[int], facts: Mapping[int, Facts]
) -> Iterator[Goal]:
    """Say how far the basket is; units that serve an offer already do not count, but towards the next break they do."""
    is_break = offer.terms.kind == Kind.BREAKS
    free = _free(basket, held, except_of=offer.id if is_break else None)
    slots = offer.terms.slots
    have = [sum(free[one] for one in held if free[one] > 0 and _fits(slot.selection, one, facts)) for slot in slots]
    fill = [_filling(slot.selection, held, beside, facts) for slot in slots]
    if is_break:
        need = min((minimum for minimum, _percent in offer.terms.breaks if minimum > have[0]), default=0)
        goal = Goal(offer, Distance(have[0], need, in_units=True), fill[0])
    elif slots[0].selection == slots[1].selection:
        need = slots[0].units + slots[1].units
        goal = Goal(offer, Distance(have[0] % need, need, in_units=True), fill[0])
    elif have[0] >= slots[0].units:
        wanted = slots[1].units
        got = min(wanted, have[1])
        # The gift alone may be all that lacks: what was bought for it is there, and makes it near.
        total = slots[0].units + wanted
        distance = Distance(total - (wanted - got), total, in_units=True)
        goal = Goal(offer, distance, fill[1], gifts=fill[1], is_waiting=True)
    else:
        goal = Goal(
            offer,
            Distance(have[0], slots[0].units, in_units=True),
            fill[0],
            gifts=fill[1],
            gift_units=max(0, slots[1].units - have[1]),
        )
    if goal.distance.is_near and goal.products:
        yield goal


def _free(basket: Any, held: Counter[int], *, except_of: int | None) -> Counter[int]:
    free = Counter(held)
    for saving in savings_of(basket):
        if saving.offer_id != except_of:
            for saved in saving.items:
                free[saved.product_id] -= saved.units
    return free


def _filling(
    selection: Selection, held: Collection[int], beside: Collection[int], facts: Mapping[int, Facts]
) -> tuple[int, ...]:
    """List what fits: what the basket holds, what goes with it, and some that the offer names."""
    known = [one for one in (*held, *beside) if _fits(selection, one, facts)]
    named = sorted(selection.products - selection.without)[:MOST_NAMED]
    return tuple(dict.fromkeys([*known, *named]))


def _fits(selection: Selection, product: int, facts: Mapping[int, Facts]) -> bool:
    return fits(selection, facts.get(product) or Facts(product))
