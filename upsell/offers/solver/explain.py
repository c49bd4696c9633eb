"""Why a rule gave what it gave, or nothing: reasons as data, worded elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from upsell.offers.solver.candidates import candidate
from upsell.offers.solver.shelf import Shelf
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import Bogo, Bump, Fixed, Line, Mix, Plan, QuantityBreaks, Rule, Selector, Upgrade


class Reason(StrEnum):
    """What became of a rule. The values are stable."""

    APPLIED = "applied"
    MISSING = "missing"  # the basket lacks units
    USED_ELSEWHERE = "used_elsewhere"  # others hold the units, and the basket gains by it
    LIMIT = "limit"  # it may not be applied in this basket (any more)
    NO_GAIN = "no_gain"  # floors, or its price, leave nothing to give
    LANE = "lane"  # a higher lane holds the units
    NOT_PROVEN = "not_proven"  # time ran out: it could have given something


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a rule, and the facts.

    discount, applications: of an applied rule. at_limit: it was applied as often as it may be. lacking: slot -> units
    that the basket lacks for one application; ``trigger`` stands for what triggers a bump. held_by: ids of the rules
    that hold units which this one could use.
    """

    rule_id: str
    reason: Reason
    discount: int = 0
    applications: int = 0
    at_limit: bool = False
    lacking: Mapping[str, int] = field(default_factory=dict)
    held_by: tuple[str, ...] = ()


def explain(lines: Iterable[Line], rules: Iterable[Rule], plan: Plan) -> list[Verdict]:
    """Give a verdict on every rule of a plan, by rule id."""
    asked = _Explanation(list(lines), list(rules), plan)
    return [asked.verdict(rule) for rule in sorted(asked.rules, key=lambda rule: rule.id)]


def slots_of(rule: Rule) -> dict[str, tuple[Selector, int]]:
    """Slot -> what fits, and the units of one application; of quantity breaks, the units of the first break."""
    if isinstance(rule, Fixed):
        return {
            f"c:{item}": (rule.fits.get(item) or Selector(products=frozenset({item})), units)
            for item, units in sorted(rule.items.items())
        }
    if isinstance(rule, Mix):
        return {"any": (rule.selector, rule.units)}
    if isinstance(rule, QuantityBreaks):
        return {"any": (rule.selector, min(minimum for minimum, _ in rule.breaks))}
    if isinstance(rule, Bogo):
        return {"buy": (rule.buy, rule.buy_units), "get": (rule.get, rule.get_units)}
    return {"add": (rule.add, 1)}


def lacking(rule: Rule, lines: Sequence[Line], times: int = 1) -> dict[str, int]:
    """Slot -> units that the basket lacks for so many applications, wherever its units are used now."""
    found: dict[str, int] = {}
    if isinstance(rule, Bump):
        wanted = -(-times // rule.per_trigger) * rule.trigger_units if rule.per_trigger else 0
        found["trigger"] = wanted - sum(line.bought for line in lines if rule.trigger.accepts(line))
    for slot, (selector, units) in slots_of(rule).items():
        found[slot] = units * times - sum(line.quantity for line in lines if selector.accepts(line))
    found = {slot: units for slot, units in found.items() if units > 0}
    if isinstance(rule, Bogo):  # a unit cannot be both bought and got
        either = sum(line.quantity for line in lines if rule.buy.accepts(line) or rule.get.accepts(line))
        short = (rule.buy_units + rule.get_units) * times - either - sum(found.values())
        if short > 0:
            found["get"] = found.get("get", 0) + short
    return found


def most_applications(rule: Rule) -> int | None:
    """Return how often the rule may be applied by its own limits alone; nothing where it has none."""
    limits = [] if rule.limit is None else [rule.limit]
    if isinstance(rule, Upgrade):
        limits.append(rule.grants)
    if isinstance(rule, QuantityBreaks):
        limits.append(1)
    return min(limits, default=None)


class _Explanation:
    """What is needed to judge every rule of one plan."""

    def __init__(self, lines: list[Line], rules: list[Rule], plan: Plan) -> None:
        self.lines, self.rules, self.plan = lines, rules, plan
        self._lanes = {rule.id: rule.lane for rule in rules}
        self._holders: dict[str, set[str]] = {}
        taken: dict[str, int] = {}
        for entry in plan.applied:
            for line_id, units in entry.units.items():
                self._holders.setdefault(line_id, set()).add(entry.rule_id)
                taken[line_id] = taken.get(line_id, 0) + len(units)
        self._rest = [
            replace(line, quantity=line.quantity - taken.get(line.id, 0), whole=line.bought) for line in lines
        ]

    def verdict(self, rule: Rule) -> Verdict:
        """Judge one rule."""
        applied = self.plan.of(rule.id)
        most = most_applications(rule)
        if applied is not None:
            at_limit = most is not None and applied.applications >= most
            return Verdict(rule.id, Reason.APPLIED, applied.discount, applied.applications, at_limit)
        if most == 0 or (isinstance(rule, Bump) and not rule.per_trigger):
            return Verdict(rule.id, Reason.LIMIT, at_limit=True)
        short = lacking(rule, self.lines)
        if short:
            return Verdict(rule.id, Reason.MISSING, lacking=short)
        if not _gives(rule, self.lines):
            return Verdict(rule.id, Reason.NO_GAIN)
        if _gives(rule, self._rest):
            return Verdict(rule.id, Reason.NOT_PROVEN)
        held_by = self._held_by(rule)
        higher = held_by and all(self._lanes.get(holder, 0) > rule.lane for holder in held_by)
        return Verdict(rule.id, Reason.LANE if higher else Reason.USED_ELSEWHERE, held_by=held_by)

    def _held_by(self, rule: Rule) -> tuple[str, ...]:
        fits = [selector for selector, _ in slots_of(rule).values()]
        held = {
            holder
            for line in self.lines
            if any(selector.accepts(line) for selector in fits)
            for holder in self._holders.get(line.id, ())
        }
        return tuple(sorted(held))


def _gives(rule: Rule, lines: Sequence[Line]) -> bool:
    """Say whether the rule on its own gives anything for these lines."""
    shelf = Shelf(lines)
    if candidate(rule, shelf, [kind.quantity for kind in shelf.kinds]) is None:
        return False
    return solve(lines, [rule]).total > 0
