"""The engine as a function from one JSON object to another, so that any language can ask and check it.

An instance is a basket and the rules that may apply; a result is which units each rule takes and what it gives.
"""

from __future__ import annotations

from typing import Any

from upsell.offers.solver import solve as engine
from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Bump,
    Fixed,
    Line,
    Mix,
    PercentOff,
    Plan,
    QuantityBreaks,
    Reward,
    Rule,
    Selector,
    SetPrice,
    Upgrade,
)

Json = dict[str, Any]


def solve(instance: Json) -> Json:
    """Answer an instance; with ``budget_ms``, as well as the time allows."""
    budget = instance.get("budget_ms")
    plan = engine.solve(
        [read_line(line) for line in instance["lines"]],
        [read_rule(rule) for rule in instance["rules"]],
        budget=None if budget is None else budget / 1000,
    )
    return write_plan(plan)


def read_line(line: Json) -> Line:
    """Read a basket line."""
    categories = frozenset(line.get("cats", ()))
    return Line(line["id"], line["product"], line["qty"], line["price"], line.get("floor", 0), categories)


def read_rule(rule: Json) -> Rule:
    """Read a rule of any type."""
    name, limit = rule["id"], rule.get("max")
    match rule["type"]:
        case "fixed":
            return Fixed(name, dict(rule["items"]), _reward(rule["reward"]), limit)
        case "mix":
            return Mix(name, _selector(rule["from"]), rule["n"], _reward(rule["reward"]), limit)
        case "tier":
            breaks = tuple((minimum, _basis_points(percent)) for minimum, percent in rule["tiers"])
            return QuantityBreaks(name, _selector(rule["from"]), breaks, rule.get("max_units"), limit)
        case "bogo":
            buy, get = rule["buy"], rule["get"]
            return Bogo(
                name,
                _selector(buy["from"]),
                buy["n"],
                _selector(get["from"]),
                get["n"],
                _basis_points(get["percent"]),
                rule.get("cheaper", False),
                limit,
            )
        case "bump":
            trigger, add = rule["trigger"], rule["add"]
            return Bump(
                name,
                _selector(trigger["from"]),
                trigger["n"],
                rule["per_trigger"],
                _selector(add["from"]),
                _reward(add["reward"]),
                limit,
            )
        case "upgrade":
            add = rule["add"]
            return Upgrade(name, _selector(add["from"]), _reward(add["reward"]), rule["grants"], limit)
    raise ValueError(f"Rule {name} has the unknown type {rule['type']!r}.")


def write_plan(plan: Plan) -> Json:
    """Write a plan as a result."""
    return {
        "total": plan.total,
        "bound": plan.bound,
        "optimal": plan.optimal,
        "applied": [
            {
                "rule": entry.rule_id,
                "discount": entry.discount,
                "use": {slot: dict(chosen) for slot, chosen in entry.use.items()},
                "lines": dict(entry.lines),
            }
            for entry in plan.applied
        ],
        "line_discounts": plan.line_discounts,
    }


def _selector(selector: Json) -> Selector:
    return Selector(
        frozenset(selector.get("products", ())),
        frozenset(selector.get("cats", ())),
        bool(selector.get("all", False)),
        frozenset(selector.get("not_products", ())),
    )


def _reward(reward: Json) -> Reward:
    if "percent" in reward:
        return PercentOff(_basis_points(reward["percent"]))
    return AmountOff(reward["off"]) if "off" in reward else SetPrice(reward["price"])


def _basis_points(percent: float) -> int:
    return round(percent * 100)
