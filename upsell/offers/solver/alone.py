"""The best use of one rule on its own, in closed form, and whether it is proven to be the best.

The greedy method uses the same answers, proven or not: every one is allowed by its rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from upsell.offers.solver.candidates import Candidate
from upsell.offers.solver.shelf import Kind, Use
from upsell.offers.solver.values import AmountOff, Bogo, Bump, QuantityBreaks, Upgrade
from upsell.offers.solver.worth import set_reward, unit_discount, worth

Alone = tuple[Use, int, bool]
"""A use, what it gives, and whether no other gives more."""

NO_USE: Alone = ({}, 0, True)


def alone(one: Candidate, kinds: Sequence[Kind], left: Sequence[int]) -> Alone:
    """Return the best use of the rule from the units left, as far as closed forms go."""
    rule = one.rule
    if one.takes:
        need: dict[int, int] = {}
        for _, place, units in one.takes:
            need[place] = need.get(place, 0) + units
        times = min(one.limit, *(left[place] // units for place, units in need.items()))
        return (one.use(times), times * one.gain, True) if times else NO_USE
    if isinstance(rule, QuantityBreaks):
        use, proven = _breaks(rule, one, kinds, left), True
    elif isinstance(rule, Bogo):
        use, proven = _bogo(rule, one, kinds, left)
    elif isinstance(rule, Bump | Upgrade):
        use, proven = {"add": _dearest(one.slots[0][2], left, one.limit, _by_discount(one, "add", kinds))}, True
    else:
        use, proven = _sets(one, kinds, left)
    value = worth(rule, kinds, use, one.limit)
    return (use, value, proven) if value else ({}, 0, proven)


def _dearest(places: Iterable[int], left: Sequence[int], units: int, worthy: Callable[[int], int]) -> dict[int, int]:
    """Take so many units, those worth most first."""
    taken: dict[int, int] = {}
    for place in sorted(places, key=lambda place: (-worthy(place), place)):
        if units <= 0:
            break
        if left[place]:
            taken[place] = min(units, left[place])
            units -= taken[place]
    return taken


def _by_discount(one: Candidate, slot: str, kinds: Sequence[Kind], units: int = 1) -> Callable[[int], int]:
    return lambda place: unit_discount(one.rule, slot, kinds[place], units)


def _breaks(rule: QuantityBreaks, one: Candidate, kinds: Sequence[Kind], left: Sequence[int]) -> Use:
    """Everything at the break reached: one unit more never lowers the percentage of the others."""
    places = one.slots[0][2]
    units = sum(left[place] for place in places)
    if rule.most is not None:
        units = min(units, rule.most)
    if rule.reached(units) is None:
        return {}
    return {"any": _dearest(places, left, units, _by_discount(one, "any", kinds, units))}


def _sets(one: Candidate, kinds: Sequence[Kind], left: Sequence[int]) -> tuple[Use, bool]:
    """Make sets: any n, and fixed sets of products that come at several prices. Proven where slots share no kind."""
    most = min(one.limit, *(sum(left[place] for place in places) // units for _, units, places in one.slots))
    reward = set_reward(one.rule)
    apart = sum(len(places) for _, _, places in one.slots) == len(one.touched)

    def sets(times: int, worthy: Callable[[int], int]) -> Use:
        rest, use = list(left), {}
        for slot, units, places in one.slots:
            use[slot] = _dearest(places, rest, units * times, worthy)
            for place, count in use[slot].items():
                rest[place] -= count
        return use

    if reward is None:
        return sets(most, lambda place: unit_discount(one.rule, "", kinds[place], 1)), apart
    if isinstance(reward, AmountOff):
        return sets(most, lambda place: kinds[place].headroom), apart
    # Each further group of a price is dearer by less, so that the first that adds nothing ends the search. Where a
    # dearer unit has less headroom, what the price takes off and what the floors allow pull apart: not proven.
    best: Use = {}
    value = 0
    for times in range(1, most + 1):
        use = sets(times, lambda place: kinds[place].price * 10**12 + kinds[place].headroom)
        gain = worth(one.rule, kinds, use, one.limit)
        if gain is None or gain <= value:
            break
        best, value = use, gain
    return best, all(
        _falls_with_price(places, kinds, lambda place: kinds[place].headroom) for _, _, places in one.slots
    )


def _falls_with_price(places: Sequence[int], kinds: Sequence[Kind], worthy: Callable[[int], int]) -> bool:
    """Say whether a dearer unit is never worth less than a cheaper one."""
    ordered = [worthy(place) for place in sorted(places, key=lambda place: (-kinds[place].price, -worthy(place)))]
    return all(one >= other for one, other in pairwise(ordered))


def _bogo(rule: Bogo, one: Candidate, kinds: Sequence[Kind], left: Sequence[int]) -> tuple[Use, bool]:
    """Buy some, get some: closed forms for one pool and for two that share nothing; else one group after another."""
    (_, _, buy), (_, _, get) = one.slots
    worthy = _by_discount(one, "get", kinds)
    if rule.cheaper and buy == get:
        told_by_price = len({(kinds[place].price, worthy(place)) for place in get}) == len(
            {kinds[place].price for place in get}
        )
        return _consecutive(rule, one, kinds, left), told_by_price and _falls_with_price(get, kinds, worthy)
    if not rule.cheaper and buy == get:
        times = min(one.limit, sum(left[place] for place in buy) // (rule.buy_units + rule.get_units))
        got = _dearest(get, left, times * rule.get_units, worthy)
        rest = [units - got.get(place, 0) for place, units in enumerate(left)]
        return {"buy": _dearest(buy, rest, times * rule.buy_units, lambda place: -worthy(place)), "get": got}, True
    if not rule.cheaper and set(buy).isdisjoint(get):
        bought, free = sum(left[place] for place in buy), sum(left[place] for place in get)
        times = min(one.limit, bought // rule.buy_units, free // rule.get_units)
        got = _dearest(get, left, times * rule.get_units, worthy)
        return {"buy": _dearest(buy, left, times * rule.buy_units, lambda place: -kinds[place].price), "get": got}, True
    return _groups(rule, one, kinds, left), False


def _consecutive(rule: Bogo, one: Candidate, kinds: Sequence[Kind], left: Sequence[int]) -> Use:
    """Deal the dearest units first into groups; in each the cheapest are got."""
    group = rule.buy_units + rule.get_units
    times = min(one.limit, sum(left[place] for place in one.touched) // group)
    dealt = _dearest(one.touched, left, times * group, lambda place: kinds[place].price)
    use: Use = {"buy": {}, "get": {}}
    position = 0
    for place, units in dealt.items():
        for _ in range(units):
            slot = use["buy" if position % group < rule.buy_units else "get"]
            slot[place] = slot.get(place, 0) + 1
            position += 1
    return use


def _groups(rule: Bogo, one: Candidate, kinds: Sequence[Kind], left: Sequence[int]) -> Use:
    """Make one group after the other, the best unit got first, with the cheapest units bought that will do."""
    (_, _, buy), (_, _, get) = one.slots
    worthy = _by_discount(one, "get", kinds)
    order = sorted(get, key=lambda place: (-worthy(place), place))
    rest = list(left)
    use: Use = {"buy": {}, "get": {}}
    for _ in range(one.limit):
        group = _group(rule, kinds, rest, buy, order)
        if group is None:
            break
        for slot, chosen in group.items():
            for place, units in chosen.items():
                rest[place] -= units
                use[slot][place] = use[slot].get(place, 0) + units
    return use


def _group(
    rule: Bogo, kinds: Sequence[Kind], rest: Sequence[int], buy: Sequence[int], order: Sequence[int]
) -> Use | None:
    """Find one group: try each kind as the best unit got."""
    for first in range(len(order)):
        got: dict[int, int] = {}
        wanted = rule.get_units
        for place in order[first:]:
            if wanted and rest[place] and (not rule.cheaper or kinds[place].price <= kinds[order[first]].price):
                got[place] = min(wanted, rest[place])
                wanted -= got[place]
        dearest = max((kinds[place].price for place in got), default=0) if rule.cheaper else 0
        free = [units - got.get(place, 0) for place, units in enumerate(rest)]
        enough = [place for place in buy if kinds[place].price >= dearest]
        bought = _dearest(enough, free, rule.buy_units, lambda place: -kinds[place].price)
        if not wanted and sum(bought.values()) == rule.buy_units:
            return {"buy": bought, "get": got}
    return None
