"""What a rule is worth: the definition of value, exact, that every method of the engine must meet.

``worth`` decides alone what a use gives. Whatever proposes a use, by search or by floating-point arithmetic, its
answer becomes money only here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from upsell.core.money import percent_of
from upsell.offers.solver.shelf import Kind, Shelf
from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Bump,
    Fixed,
    Mix,
    PercentOff,
    QuantityBreaks,
    Reward,
    Rule,
    SetPrice,
    Upgrade,
)

UNLIMITED = 10**9
AnyUse = Mapping[str, Mapping[int, int]]


def allowance(rule: Rule, shelf: Shelf) -> int:
    """Most applications of the rule that its own limits allow in this basket."""
    limit = UNLIMITED if rule.limit is None else rule.limit
    if isinstance(rule, Bump):
        units = sum(shelf.kinds[place].bought for place in shelf.fitting(rule.trigger))
        return min(limit, units // rule.trigger_units * rule.per_trigger)
    if isinstance(rule, Upgrade):
        return min(limit, rule.grants)
    if isinstance(rule, QuantityBreaks):
        return min(limit, 1)
    return limit


def set_reward(rule: Rule) -> AmountOff | SetPrice | None:
    """Return the reward of a rule that prices its units together; nothing where each unit has a discount of its own."""
    if isinstance(rule, Fixed | Mix) and not isinstance(rule.reward, PercentOff):
        return rule.reward
    return None


def slot_units(rule: Rule) -> dict[str, int]:
    """Slot -> units that one application takes; 0 where any number will do."""
    if isinstance(rule, Fixed):
        return {f"c:{product}": units for product, units in sorted(rule.items.items())}
    if isinstance(rule, Mix):
        return {"any": rule.units}
    if isinstance(rule, Bogo):
        return {"buy": rule.buy_units, "get": rule.get_units}
    if isinstance(rule, QuantityBreaks):
        return {"any": 0}
    return {"add": 1}


def unit_discount(rule: Rule, slot: str, kind: Kind, units: int) -> int:
    """Discount of one unit in this slot, by a rule that discounts single units and takes ``units`` in all."""
    if isinstance(rule, QuantityBreaks):
        wanted = percent_of(kind.price, rule.reached(units) or 0)
    elif isinstance(rule, Bogo):
        wanted = percent_of(kind.price, rule.basis_points) if slot == "get" else 0
    else:
        wanted = _wanted(rule.reward, kind.price)
    return min(wanted, kind.headroom)


def applications(rule: Rule, use: AnyUse) -> int | None:
    """Count how often the use applies the rule; nothing where its units do not make whole applications."""
    counts = {slot: sum(use.get(slot, {}).values()) for slot in slot_units(rule)}
    if isinstance(rule, QuantityBreaks):
        units = counts["any"]
        within = rule.most is None or units <= rule.most
        return 1 if within and rule.reached(units) is not None else None
    times = {divmod(counts[slot], units) for slot, units in slot_units(rule).items()}
    if len(times) != 1:
        return None
    whole, rest = times.pop()
    return None if rest else whole


def worth(rule: Rule, kinds: Sequence[Kind], use: AnyUse, allowed: int) -> int | None:
    """Return what the rule gives for this use; nothing where the rule does not allow it.

    Each unit must be in a slot that accepts it: that is the caller's promise. ``allowed`` is the rule's allowance.
    """
    if not any(units for chosen in use.values() for units in chosen.values()):
        return 0
    times = applications(rule, use)
    if times is None or times > allowed:
        return None
    if isinstance(rule, Bogo) and rule.cheaper and not _got_is_cheaper(rule, kinds, use):
        return None
    reward = set_reward(rule)
    if reward is None:
        units = sum(sum(chosen.values()) for chosen in use.values())
        return sum(
            count * unit_discount(rule, slot, kinds[place], units)
            for slot, chosen in use.items()
            for place, count in chosen.items()
        )
    price = sum(count * kinds[place].price for chosen in use.values() for place, count in chosen.items())
    room = sum(count * kinds[place].headroom for chosen in use.values() for place, count in chosen.items())
    wanted = reward.amount * times if isinstance(reward, AmountOff) else price - reward.price * times
    return None if wanted < 0 else min(wanted, room)


def _wanted(reward: Reward, price: int) -> int:
    """Discount of one unit at this price, before its floor is looked at."""
    if isinstance(reward, PercentOff):
        return percent_of(price, reward.basis_points)
    if isinstance(reward, AmountOff):
        return min(price, reward.amount)
    return max(0, price - reward.price)


def _got_is_cheaper(rule: Bogo, kinds: Sequence[Kind], use: AnyUse) -> bool:
    """Say whether the units can be dealt into groups in which no unit got is dearer than a unit bought.

    They can exactly if at every price there are enough units bought for the groups that a unit got of this price or
    a dearer one opens, when the dearest are dealt first.
    """
    bought, got = use.get("buy", {}), use.get("get", {})
    for price in {kinds[place].price for place, count in got.items() if count}:
        got_dear = sum(count for place, count in got.items() if kinds[place].price >= price)
        bought_dear = sum(count for place, count in bought.items() if kinds[place].price >= price)
        if bought_dear < -(-got_dear // rule.get_units) * rule.buy_units:
            return False
    return True
