"""A good choice without proof, and a bound that needs no solver: what is left when time is up.

One rule after the other takes the best it can from what is left. The order decides; several are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from upsell.offers.solver.alone import alone
from upsell.offers.solver.candidates import Candidate
from upsell.offers.solver.shelf import Kind, Use
from upsell.offers.solver.values import AmountOff, Bogo, QuantityBreaks
from upsell.offers.solver.worth import set_reward, unit_discount

Picks = dict[int, Use]
"""Number of the candidate -> what it takes."""


def greedy(candidates: Sequence[Candidate], kinds: Sequence[Kind], left: Sequence[int]) -> tuple[int, Picks]:
    """Return the better of two choices: rules by what they give, and by what they give for each unit."""
    gives = []
    for one in candidates:
        use, value, _ = alone(one, kinds, left)
        gives.append((value, sum(sum(chosen.values()) for chosen in use.values()) or 1))
    numbers = [number for number, (value, _) in enumerate(gives) if value]
    by_value = sorted(numbers, key=lambda number: (-gives[number][0], number))
    by_unit = sorted(numbers, key=lambda number: (-gives[number][0] / gives[number][1], number))
    return max((in_turn(candidates, order, kinds, left) for order in (by_unit, by_value)), key=lambda found: found[0])


def in_turn(
    candidates: Sequence[Candidate], order: Sequence[int], kinds: Sequence[Kind], left: Sequence[int]
) -> tuple[int, Picks]:
    """Let each candidate in turn take the best it can."""
    rest = list(left)
    total, picks = 0, {}
    for number in order:
        use, value, _ = alone(candidates[number], kinds, rest)
        if value:
            total += value
            picks[number] = use
            for chosen in use.values():
                for place, units in chosen.items():
                    rest[place] -= units
    return total, picks


def loose_bound(candidates: Sequence[Candidate], kinds: Sequence[Kind], left: Sequence[int]) -> int:
    """Return what no choice exceeds: the headroom, or each unit at the largest share it has in any rule."""
    shares: dict[int, float] = {}
    for one in candidates:
        share = _share(one, kinds, left)
        for place in one.touched:
            shares[place] = max(shares.get(place, 0.0), share(place))
    room = sum(kinds[place].headroom * left[place] for place in shares)
    return min(room, int(sum(share * left[place] for place, share in shares.items()) + 1e-4))


def _share(one: Candidate, kinds: Sequence[Kind], left: Sequence[int]) -> Callable[[int], float]:
    """Deal what the rule gives to its units so that no use gives more than the shares of what it takes."""
    rule = one.rule
    if isinstance(rule, QuantityBreaks):
        most = sum(left[place] for place in one.touched)
        most = most if rule.most is None else min(most, rule.most)
        return lambda place: unit_discount(rule, "any", kinds[place], most)
    if isinstance(rule, Bogo):
        got = one.slots[1][2]
        return lambda place: unit_discount(rule, "get", kinds[place], 1) if place in got else 0
    reward = set_reward(rule)
    if reward is None:
        slot = one.slots[0][0]
        return lambda place: unit_discount(rule, slot, kinds[place], 1)
    units = sum(n for _, n, _ in one.slots)
    if one.takes:
        weight = sum(n * kinds[place].price for _, place, n in one.takes)
        return lambda place: one.gain * kinds[place].price / weight if weight else one.gain / units
    if isinstance(reward, AmountOff):
        return lambda place: reward.amount / units
    return lambda place: max(0.0, kinds[place].price - reward.price / units)
