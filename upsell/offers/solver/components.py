"""Rules that share no units do not know of each other: each group of rules that do is solved on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from upsell.offers.solver import highs
from upsell.offers.solver.alone import alone
from upsell.offers.solver.branch import Branching
from upsell.offers.solver.candidates import Candidate
from upsell.offers.solver.greedy import greedy, loose_bound
from upsell.offers.solver.model import Model, model_of
from upsell.offers.solver.search import search
from upsell.offers.solver.shelf import Kind, Use
from upsell.offers.solver.worth import worth

SEARCH_COLUMNS = 40
"""A table of more columns is not searched."""

SEARCH_NODES = 300
"""The search gives up after so many positions where a solver can take over."""

SEARCH_COLUMNS_ALONE = 80
SEARCH_NODES_ALONE = 20_000
"""The same where none can."""

Remaining = Callable[[], float | None]
"""Seconds of the budget that are left; nothing where there is no limit."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What the rules of one component take and give; no choice gives more than ``bound``."""

    value: int
    bound: int
    picks: tuple[tuple[Candidate, Use, int], ...]


def components(found: Sequence[Candidate], kinds: int) -> list[list[Candidate]]:
    """Group the candidates that share kinds, directly or through others; small groups first."""
    parent = list(range(kinds))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one in found:
        first = root(one.touched[0])
        for place in one.touched[1:]:
            parent[root(place)] = first
    groups: dict[int, list[Candidate]] = {}
    for one in found:
        groups.setdefault(root(one.touched[0]), []).append(one)
    return sorted(groups.values(), key=lambda group: (len(group), group[0].rule.id))


def solve_component(
    group: Sequence[Candidate], kinds: Sequence[Kind], left: Sequence[int], remaining: Remaining, *, solver: bool
) -> Solved:
    """Solve one component by the first method that answers."""
    if len(group) == 1:
        use, _, proven = alone(group[0], kinds, left)
        if proven:
            return _solved(group, kinds, None, {0: use})
    seconds = remaining()
    if seconds is not None and seconds <= 0:
        return guess(group, kinds, left)
    model = model_of(group, kinds, left)
    solved = _searched(model, kinds, SEARCH_COLUMNS, SEARCH_NODES)
    if solved is not None:
        return solved
    if not solver or not highs.available():
        return _searched(model, kinds, SEARCH_COLUMNS_ALONE, SEARCH_NODES_ALONE) or guess(group, kinds, left)
    run = Branching(model, kinds, left, remaining)
    bound = run.run()
    if bound <= run.value:
        return _solved(group, kinds, None, run.picks)
    guessed = guess(group, kinds, left)
    if guessed.value > run.value:
        return Solved(guessed.value, max(guessed.value, min(bound, guessed.bound)), guessed.picks)
    return _solved(group, kinds, min(bound, guessed.bound), run.picks)


def guess(group: Sequence[Candidate], kinds: Sequence[Kind], left: Sequence[int]) -> Solved:
    """Answer at once, without proof: late, without a solver, or for a basket too large to be solved."""
    _, picks = greedy(group, kinds, left)
    return _solved(group, kinds, loose_bound(group, kinds, left), picks)


def _searched(model: Model, kinds: Sequence[Kind], columns: int, nodes: int) -> Solved | None:
    """Search a table in which less may always be taken, as far as the caps go."""
    if not model.packing or len(model.columns) > columns:
        return None
    found = search(model, nodes)
    if found is None:
        return None
    solved = _solved(model.candidates, kinds, None, model.uses(found[1]))
    return solved if solved.value == found[0] else None


def _solved(group: Sequence[Candidate], kinds: Sequence[Kind], bound: int | None, picks: dict[int, Use]) -> Solved:
    """Value what was picked, exactly; without a bound it is proven to be the best."""
    valued = []
    for number, use in sorted(picks.items()):
        one = group[number]
        value = worth(one.rule, kinds, use, one.limit)
        if value:
            valued.append((one, use, value))
    total = sum(value for _, _, value in valued)
    return Solved(total, total if bound is None else max(total, bound), tuple(valued))
