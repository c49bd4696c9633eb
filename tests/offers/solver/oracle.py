"""The best discount by trying everything, and what a use is worth by a plain reading of the rules.

Nothing here is shared with the engine but the values it is asked with.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product

from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Bump,
    Fixed,
    Line,
    Mix,
    PercentOff,
    QuantityBreaks,
    Reward,
    Rule,
    Selector,
    Upgrade,
)

Use = Mapping[str, Mapping[int, int]]


def best(lines: Sequence[Line], rules: Sequence[Rule]) -> int:
    """Return the largest total discount that any way of applying the rules gives."""

    @cache
    def from_rule(number: int, left: tuple[int, ...]) -> int:
        if number == len(rules):
            return 0
        top = from_rule(number + 1, left)
        for use in uses(rules[number], lines, left):
            value = worth(rules[number], lines, use)
            if value:
                rest = tuple(units - sum(own.get(i, 0) for own in use.values()) for i, units in enumerate(left))
                top = max(top, value + from_rule(number + 1, rest))
        return top

    return from_rule(0, tuple(line.quantity for line in lines))


def shape(rule: Rule) -> dict[str, tuple[Selector, int]]:
    """Slot -> what fits, and units of one application (1 where any number will do)."""
    if isinstance(rule, Fixed):
        return {f"c:{p}": (Selector(products=frozenset({p})), n) for p, n in rule.items.items()}
    if isinstance(rule, Mix):
        return {"any": (rule.selector, rule.units)}
    if isinstance(rule, QuantityBreaks):
        return {"any": (rule.selector, 1)}
    if isinstance(rule, Bogo):
        return {"buy": (rule.buy, rule.buy_units), "get": (rule.get, rule.get_units)}
    return {"add": (rule.add, 1)}


def most(rule: Rule, lines: Sequence[Line]) -> int:
    """Return how often the rule may be applied."""
    limit = 10**6 if rule.limit is None else rule.limit
    if isinstance(rule, Bump):
        triggers = sum(line.quantity for line in lines if rule.trigger.accepts(line))
        return min(limit, triggers // rule.trigger_units * rule.per_trigger)
    return min(limit, rule.grants) if isinstance(rule, Upgrade) else limit


def uses(rule: Rule, lines: Sequence[Line], left: Sequence[int]) -> Iterator[dict[str, dict[int, int]]]:
    """Yield every way of filling the slots for one application, for two, and so on."""
    slots = shape(rule)
    for times in range(1, min(sum(left), 10**6 if isinstance(rule, QuantityBreaks) else most(rule, lines)) + 1):
        ways: list[tuple[dict[str, dict[int, int]], tuple[int, ...]]] = [({}, tuple(left))]
        for slot, (fits, units) in slots.items():
            places = [i for i, line in enumerate(lines) if fits.accepts(line)]
            ways = [
                ({**use, slot: taken}, tuple(n - taken.get(i, 0) for i, n in enumerate(rest)))
                for use, rest in ways
                for taken in spread(units * times, places, rest)
            ]
        if not ways:
            return
        yield from (use for use, _ in ways)


def spread(units: int, places: Sequence[int], left: Sequence[int]) -> Iterator[dict[int, int]]:
    """Yield every way of taking so many units from these lines."""
    for counts in product(*(range(min(units, left[place]) + 1) for place in places)):
        if sum(counts) == units:
            yield {place: count for place, count in zip(places, counts, strict=True) if count}


def worth(rule: Rule, lines: Sequence[Line], use: Use) -> int | None:
    """Return the discount of a use made of whole applications; nothing if the rule does not allow it."""
    slots = shape(rule)
    units = [(slot, lines[i]) for slot, own in use.items() for i, count in own.items() for _ in range(count)]
    slot, own = next(iter(use.items()))
    times = sum(own.values()) // slots[slot][1]
    if isinstance(rule, QuantityBreaks):
        percents = [percent for minimum, percent in rule.breaks if minimum <= len(units)]
        if not percents or len(units) > (rule.most or 10**6) or rule.limit == 0:
            return None
        return sum(per_unit(PercentOff(max(percents)), line) for _, line in units)
    if times > most(rule, lines):
        return None
    if isinstance(rule, Bogo):
        return (
            None
            if rule.cheaper and not dealt(rule, units, times)
            else sum(per_unit(PercentOff(rule.basis_points), line) for slot, line in units if slot == "get")
        )
    reward = rule.reward
    if isinstance(rule, Bump | Upgrade) or isinstance(reward, PercentOff):
        return sum(per_unit(reward, line) for _, line in units)
    price = sum(line.price for _, line in units)
    wanted = reward.amount * times if isinstance(reward, AmountOff) else price - reward.price * times
    return None if wanted < 0 else min(wanted, sum(max(0, line.price - line.floor) for _, line in units))


def per_unit(reward: Reward, line: Line) -> int:
    """Discount of one unit, down to its floor."""
    if isinstance(reward, PercentOff):
        wanted = (line.price * reward.basis_points + 5_000) // 10_000
    elif isinstance(reward, AmountOff):
        wanted = min(line.price, reward.amount)
    else:
        wanted = max(0, line.price - reward.price)
    return min(wanted, max(0, line.price - line.floor))


def dealt(rule: Bogo, units: Sequence[tuple[str, Line]], groups: int) -> bool:
    """Deal dearest first; in no group may a unit got cost more than a unit bought."""
    bought = sorted((line.price for slot, line in units if slot == "buy"), reverse=True)
    got = sorted((line.price for slot, line in units if slot == "get"), reverse=True)
    return all(
        min(bought[group * rule.buy_units : (group + 1) * rule.buy_units])
        >= max(got[group * rule.get_units : (group + 1) * rule.get_units])
        for group in range(groups)
    )
