"""Prices finer than the minor unit, such as 3.9960: what offers give is computed from them, and rounded once.

The engine solves with prices as they are displayed. What an offer then gives is computed again from the exact prices,
so that three at 3.9960 "for 8.99" cost 8.99 and nothing else, and is shared over lines and units like any other amount.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from upsell.core.money import WHOLE, even_split, split
from upsell.offers.solver.values import (
    AmountOff,
    Applied,
    Bogo,
    Line,
    PercentOff,
    Plan,
    QuantityBreaks,
    Reward,
    Rule,
    SetPrice,
)

SCALE = 10_000  # weights are whole numbers, exact to a ten-thousandth of a minor unit


def refine(plan: Plan, *, lines: Mapping[str, Line], rules: Mapping[str, Rule], prices: Mapping[str, Decimal]) -> Plan:
    """Compute what the plan's offers give from exact prices.

    ``prices`` are in minor units, by line id, for the lines whose price is finer than a minor unit.
    """
    if not any(line in prices for entry in plan.applied for line in entry.units):
        return plan
    exact = {line.id: prices.get(line.id, Decimal(line.price)) for line in lines.values()}
    refined = [
        _refined(entry, rules[entry.rule_id], lines, exact) if prices.keys() & entry.units.keys() else entry
        for entry in plan.applied
    ]
    applied = tuple(entry for entry in refined if entry.discount > 0)
    total = sum(entry.discount for entry in applied)
    return Plan(total=total, bound=total + plan.bound - plan.total, optimal=plan.optimal, applied=applied)


def _refined(entry: Applied, rule: Rule, lines: Mapping[str, Line], exact: Mapping[str, Decimal]) -> Applied:
    reward, is_per_set = _reward(entry, rule)
    counts = {
        line: len(parts) if is_per_set else sum(1 for part in parts if part) for line, parts in entry.units.items()
    }
    ids = sorted(line for line, count in counts.items() if count)
    caps = [lines[line].headroom * counts[line] for line in ids]
    if is_per_set:
        worth = sum((exact[line] * counts[line] for line in ids), Decimal(0))
        amount = _off(worth, reward, entry.applications)
    else:
        amount = sum((counts[line] * _off_unit(exact[line], lines[line].floor, reward) for line in ids), Decimal(0))
    discount = max(0, min(int(amount.quantize(Decimal(1), ROUND_HALF_UP)), sum(caps)))
    weights = [int(exact[line] * SCALE) * counts[line] for line in ids]
    parts = dict(zip(ids, split(discount, weights, caps), strict=True))
    return replace(
        entry,
        discount=discount,
        lines={line: parts.get(line, 0) for line in entry.lines},
        units={
            line: (
                *(even_split(parts[line], counts[line]) if counts[line] else ()),
                *(0,) * (len(units) - counts[line]),
            )
            for line, units in entry.units.items()
        },
    )


def _reward(entry: Applied, rule: Rule) -> tuple[Reward, bool]:
    """Tell what each unit gets, or the set."""
    if isinstance(rule, QuantityBreaks):
        units = sum(len(parts) for parts in entry.units.values())
        return PercentOff(rule.reached(units) or 0), False
    if isinstance(rule, Bogo):
        return PercentOff(rule.basis_points), False
    is_per_set = not isinstance(rule.reward, PercentOff) and "add" not in entry.use
    return rule.reward, is_per_set


def _off(worth: Decimal, reward: Reward, times: int) -> Decimal:
    match reward:
        case PercentOff(basis_points):
            return worth * basis_points / WHOLE
        case AmountOff(amount):
            return Decimal(amount * times)
        case SetPrice(price):
            return worth - price * times


def _off_unit(price: Decimal, floor: int, reward: Reward) -> Decimal:
    return max(Decimal(0), min(_off(price, reward, 1), price - floor))
