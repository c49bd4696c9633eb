"""What one more unit would change: what to propose beside a basket, and how near it is to the next offer.

Only rules that can use the added unit, and those that compete with them for units directly or through others, can
change. All others form the same components with and without it, so that they add the same to both totals and need not
be solved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from upsell.offers.solver.candidates import candidates
from upsell.offers.solver.components import components
from upsell.offers.solver.explain import lacking, most_applications, slots_of
from upsell.offers.solver.shelf import Shelf
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import Bump, Line, QuantityBreaks, Rule, Selector

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Addition:
    """What adding a line would do.

    discount: by how much it raises the total discount. paid: by how much it changes what is paid, below zero if the
    basket becomes cheaper. proven: both totals are the best there are.
    """

    line: Line
    discount: int
    paid: int
    proven: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How near a rule is to its next application, or to its next break.

    lacking: slot -> units. discount: by how much the total discount would rise if the cheapest known units that fit
    were added; nothing where the price of none is known.
    """

    rule_id: str
    lacking: Mapping[str, int]
    discount: int | None


def worth_of(
    lines: Sequence[Line],
    rules: Iterable[Rule],
    extra: Line,
    *,
    budget: float | None = None,
    clock: Clock = time.monotonic,
) -> int:
    """Return by how much the total discount rises with a line more. With lanes it can fall."""
    return _addition(lines, list(rules), (extra,), budget, clock).discount


def best_addition(
    lines: Sequence[Line],
    rules: Iterable[Rule],
    offered: Iterable[Line],
    *,
    budget: float | None = None,
    clock: Clock = time.monotonic,
) -> list[Addition]:
    """Judge each offered line as the only one added, best first.

    Those that lower what is paid come first, the one that lowers it most leading; then those that give most discount.
    What the budget, in seconds for all of them, does not reach is left out.
    """
    rules = list(rules)
    end = None if budget is None else clock() + budget
    found = []
    for extra in sorted(offered, key=lambda line: line.id):
        seconds = None if end is None else end - clock()
        if seconds is not None and seconds <= 0:
            break
        found.append(_addition(lines, rules, (extra,), seconds, clock))
    return sorted(found, key=lambda one: (min(one.paid, 0), -one.discount, one.paid, one.line.id))


def progress(
    lines: Sequence[Line],
    rules: Iterable[Rule],
    *,
    offered: Iterable[Line] = (),
    budget: float | None = None,
    clock: Clock = time.monotonic,
) -> list[Progress]:
    """List the rules that are partly met, with what they lack and what the basket would gain.

    Prices of what is lacking are taken from ``offered`` and from the basket's own lines. A rule that would give nothing
    more, since others use its units better, is left out.
    """
    rules = list(rules)
    end = None if budget is None else clock() + budget
    known = [*offered, *lines]
    found = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        seconds = None if end is None else end - clock()
        if seconds is not None and seconds <= 0:
            break
        short = _next(rule, lines)
        if short is None:
            continue
        added = _cheapest(rule, short, known)
        gain = None if added is None else _addition(lines, rules, added, seconds, clock).discount
        if gain is None or gain > 0:
            found.append(Progress(rule.id, short, gain))
    return found


def affected(lines: Sequence[Line], rules: Iterable[Rule], extra: Sequence[Line]) -> list[Rule]:
    """List the rules whose part in the total can change when the last lines, ``extra``, are added to the basket."""
    rules = list(rules)
    if not any(_accepts(rule, line) for rule in rules for line in extra):
        return []
    shelf = Shelf([*lines, *extra])
    names = {line.id for line in extra}
    places = {n for n, kind in enumerate(shelf.kinds) if names & {line_id for line_id, _ in kind.lines}}
    found = candidates(rules, shelf, [kind.quantity for kind in shelf.kinds])
    return [
        one.rule
        for group in components(found, len(shelf.kinds))
        if any(not places.isdisjoint(one.touched) or _triggered(one.rule, extra) for one in group)
        for one in group
    ]


def _addition(
    lines: Sequence[Line], rules: Sequence[Rule], extra: Sequence[Line], budget: float | None, clock: Clock
) -> Addition:
    price = sum(line.price * line.quantity for line in extra)
    touched = affected(lines, rules, extra)
    if not touched:
        return Addition(extra[0], 0, price, proven=True)
    end = None if budget is None else clock() + budget
    before = solve(lines, touched, budget=budget, clock=clock)
    seconds = None if end is None else end - clock()
    after = solve([*lines, *extra], touched, budget=seconds, clock=clock)
    gain = after.total - before.total
    return Addition(extra[0], gain, price - gain, before.optimal and after.optimal)


def _accepts(rule: Rule, line: Line) -> bool:
    return any(selector.accepts(line) for selector, _ in slots_of(rule).values()) or _triggered(rule, (line,))


def _triggered(rule: Rule, extra: Sequence[Line]) -> bool:
    return isinstance(rule, Bump) and any(rule.trigger.accepts(line) for line in extra)


def _next(rule: Rule, lines: Sequence[Line]) -> dict[str, int] | None:
    """Say what the next application or break lacks; nothing for a rule of which nothing is there, or at its limit."""
    if isinstance(rule, QuantityBreaks):
        units = sum(line.quantity for line in lines if rule.selector.accepts(line))
        steps = [
            minimum for minimum, percent in rule.breaks if minimum > units and percent > (rule.reached(units) or 0)
        ]
        if not units or not steps or rule.limit == 0 or (rule.most is not None and min(steps) > rule.most):
            return None
        return {"any": min(steps) - units}
    times = _times(rule, lines)
    most = most_applications(rule)
    if most is not None and times >= most:
        return None
    short = lacking(rule, lines, times + 1)
    wanted = sum(units for _, units in slots_of(rule).values())
    if isinstance(rule, Bump):
        wanted += rule.trigger_units
    return short if 0 < sum(short.values()) < wanted else None


def _times(rule: Rule, lines: Sequence[Line]) -> int:
    """Count the applications for which the basket has enough units, wherever they are used now."""
    times = min(
        sum(line.quantity for line in lines if selector.accepts(line)) // units
        for selector, units in slots_of(rule).values()
    )
    while times and lacking(rule, lines, times):
        times -= 1
    return times


def _cheapest(rule: Rule, short: Mapping[str, int], known: Sequence[Line]) -> tuple[Line, ...] | None:
    """Fill every slot that lacks units with the cheapest known ones; nothing if a slot finds none."""
    selectors: dict[str, Selector] = {slot: selector for slot, (selector, _) in slots_of(rule).items()}
    if isinstance(rule, Bump):
        selectors["trigger"] = rule.trigger
    added = []
    for number, (slot, units) in enumerate(sorted(short.items())):
        fits = [line for line in known if selectors[slot].accepts(line)]
        if not fits:
            return None
        cheapest = min(fits, key=lambda line: (line.price, line.id))
        added.append(replace(cheapest, id=f"{cheapest.id}+{number}", quantity=units, whole=None))
    return tuple(added)
