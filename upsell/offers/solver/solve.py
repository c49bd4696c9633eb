"""The engine's front door: of all ways to apply the rules to a basket, one with the largest total discount.

The method is written down in ``docs/explanation/pricing.md``. The answer is the best there is, or says by how much at
most it can be beaten; it is the same whatever the order of lines and rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from upsell.offers.solver import highs
from upsell.offers.solver.candidates import Candidate, candidates
from upsell.offers.solver.components import components, guess, solve_component
from upsell.offers.solver.parts import Dealer
from upsell.offers.solver.shelf import Shelf, Use
from upsell.offers.solver.values import Line, Plan, Rule

MOST_LINES = 500
MOST_UNITS = 10_000


def solve(
    lines: Iterable[Line],
    rules: Iterable[Rule],
    *,
    budget: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    use_mip: bool = True,
    most_lines: int = MOST_LINES,
    most_units: int = MOST_UNITS,
) -> Plan:
    """Apply the rules to the lines for the largest total discount.

    budget: seconds after which the best found so far will do; the bound stays honest. clock: tells the seconds.
    use_mip: without it no numerical solver is loaded, and only what closed forms and search settle is proven.
    A basket of more lines or units than the caps gets a good answer with a bound, at once.
    """
    end = None if budget is None else clock() + budget

    def remaining() -> float | None:
        return None if end is None else end - clock()

    lines, rules = list(lines), list(rules)
    _unique("line", [line.id for line in lines])
    _unique("rule", [rule.id for rule in rules])
    large = len(lines) > most_lines or sum(line.quantity for line in lines) > most_units
    shelf = Shelf(lines)
    left = [kind.quantity for kind in shelf.kinds]
    total = bound = 0
    picks: list[tuple[int, Candidate, Use, int]] = []
    for lane in sorted({rule.lane for rule in rules}, reverse=True):
        found = candidates((rule for rule in rules if rule.lane == lane), shelf, left)
        for group in components(found, len(left)):
            if large:
                solved = guess(group, shelf.kinds, left)
            else:
                solved = solve_component(group, shelf.kinds, left, remaining, solver=use_mip)
            total += solved.value
            bound += solved.bound
            picks.extend((-lane, one, use, value) for one, use, value in solved.picks)
            for _, use, _ in solved.picks:
                for chosen in use.values():
                    for place, units in chosen.items():
                        left[place] -= units
    dealer = Dealer(shelf.kinds)
    picks.sort(key=lambda pick: (pick[0], pick[1].rule.id))
    applied = tuple(dealer.deal(one.rule, use, value) for _, one, use, value in picks)
    return Plan(total=total, bound=bound, optimal=bound == total, applied=applied)


def warm_up() -> bool:
    """Load the numerical solver now rather than with the first basket that needs it; say whether there is one."""
    return highs.available()


def _unique(name: str, ids: Sequence[str]) -> None:
    if len(set(ids)) != len(ids):
        raise ValueError(f"Every {name} needs an id of its own.")
