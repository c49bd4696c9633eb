"""The best choice of a table of any shape: relax it, and divide where the relaxed answer is not whole.

The relaxed answer (parts of applications allowed) bounds every whole one. What it costs at least to use a column that
it leaves out tells which columns cannot be part of anything better than what is known already: most of them. If a few
divisions do not settle the rest, a mixed-integer solver does, with the time that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from upsell.offers.solver.greedy import Picks, in_turn
from upsell.offers.solver.highs import UNKNOWN, Answer, Table, UnfinishedError
from upsell.offers.solver.model import Model
from upsell.offers.solver.shelf import Kind
from upsell.offers.solver.worth import worth

WHOLE = 1e-6
"""A count that is nearer than this to a whole number is meant to be whole; what it is worth is told exactly."""

LEAST_SECONDS = 0.25
"""The first relaxed answer may take so long though the budget ends sooner: it makes the bound worth reading."""

MOST_NODES = 10
"""So many relaxed answers are asked for before the mixed-integer solver is."""

Limits = dict[int, tuple[int, int]]
"""Column -> the least and the most of it."""

Half = tuple[int, Limits]
"""What is still open: a bound, and the limits within which it holds."""


@dataclass(slots=True)
class Branching:
    """One run over one table. ``value`` and ``picks`` are the best allowed choice so far, valued exactly."""

    model: Model
    kinds: Sequence[Kind]
    left: Sequence[int]
    remaining: Callable[[], float | None]
    value: int = 0
    picks: Picks = field(default_factory=dict)

    def run(self) -> int:
        """Find the best choice; return a bound that no choice exceeds: ``value`` if it is proven to be the best."""
        seconds = self.remaining()
        table = Table(self.model, None if seconds is None else max(seconds, LEAST_SECONDS))
        try:
            root = table.relaxed()
        except UnfinishedError:
            return UNKNOWN
        if root is None:  # taking nothing keeps to every limit: the solver is wrong
            return UNKNOWN
        self._settle(root)
        bound = root.whole_bound
        if bound <= self.value:
            return self.value
        self._guided(root)
        if bound <= self.value:
            return self.value
        self._leave_out(table, root)
        if table.warm:
            bound = min(bound, self._divide(table, root))
        return self._asked(table, bound) if bound > self.value else self.value

    def _settle(self, answer: Answer) -> bool:
        """Take a whole answer for what it is exactly worth; say whether it was whole."""
        rounded = [round(count) for count in answer.counts]
        if any(abs(count - whole) > WHOLE for count, whole in zip(answer.counts, rounded, strict=True)):
            return False
        self._keep(rounded)
        return True

    def _keep(self, counts: Sequence[int]) -> None:
        """Keep a choice if it is allowed and better than the best so far."""
        total, picks = 0, {}
        rest = list(self.left)
        for owner, use in sorted(self.model.uses(enumerate(counts)).items()):
            one = self.model.candidates[owner]
            value = worth(one.rule, self.kinds, use, one.limit)
            if not value:
                continue
            total += value
            picks[owner] = use
            for chosen in use.values():
                for place, units in chosen.items():
                    rest[place] -= units
        if total > self.value and min(rest, default=0) >= 0:
            self.value, self.picks = total, picks

    def _guided(self, answer: Answer) -> None:
        """Let the rules take in turn, those first that a relaxed answer uses most."""
        weight: dict[int, float] = {}
        for column, count in zip(self.model.columns, answer.counts, strict=True):
            if count > WHOLE:
                weight[column.owner] = weight.get(column.owner, 0.0) + count * column.gain
        order = sorted(weight, key=lambda owner: (-weight[owner], owner))
        value, picks = in_turn(self.model.candidates, order, self.kinds, self.left)
        if value > self.value:
            self.value, self.picks = value, picks

    def _leave_out(self, table: Table, root: Answer) -> None:
        """Forbid columns one of which already costs more than could be gained."""
        room = root.bound - self.value - 1
        for number, slack in enumerate(root.slack):
            if slack > room + 1e-3 and root.counts[number] < WHOLE:
                table.limit(number, 0, 0)
                self.model.columns[number].upper = 0

    def _divide(self, table: Table, root: Answer) -> int:
        """Divide, the nearest half first; return the bound of what is still open when it ends."""
        stack: list[Half] = []
        self._children(stack, root, {})
        now: Limits = {}
        for _ in range(MOST_NODES):
            while stack and stack[-1][0] <= self.value:
                stack.pop()
            seconds = self.remaining()
            if not stack or (seconds is not None and seconds <= 0):
                break
            parent, limits = stack.pop()
            self._limit(table, now, limits)
            now = limits
            try:
                answer = table.relaxed()
            except UnfinishedError:
                stack.append((parent, limits))
                break
            if answer is None or answer.whole_bound <= self.value:
                continue
            if not self._settle(answer):
                self._children(stack, answer, limits)
            elif answer.whole_bound > self.value:  # whole, and yet worth less than its bound: only by rounding
                stack.insert(0, (min(parent, answer.whole_bound), limits))
                break
        self._limit(table, now, {})
        return max((bound for bound, _ in stack), default=self.value)

    def _limit(self, table: Table, now: Limits, then: Limits) -> None:
        """Put one half's limits in the place of another's."""
        for column in now.keys() - then.keys():
            table.limit(column, 0, self.model.columns[column].upper)
        for column, (lower, upper) in then.items():
            if now.get(column) != (lower, upper):
                table.limit(column, lower, upper)

    def _children(self, stack: list[Half], answer: Answer, limits: Limits) -> None:
        """Divide at the count that is farthest from whole; the half that it is nearer to comes first."""
        farthest, count = max(
            ((number, count) for number, count in enumerate(answer.counts)),
            key=lambda pair: (abs(pair[1] - round(pair[1])), -pair[0]),
        )
        floor = int(count + WHOLE)
        if abs(count - round(count)) <= WHOLE:
            return
        lower, upper = limits.get(farthest, (0, self.model.columns[farthest].upper))
        down, up = {**limits, farthest: (lower, floor)}, {**limits, farthest: (floor + 1, upper)}
        bound = answer.whole_bound
        nearer_up = count - floor >= 0.5
        stack.extend([(bound, down), (bound, up)] if nearer_up else [(bound, up), (bound, down)])

    def _asked(self, table: Table, bound: int) -> int:
        """Ask the mixed-integer solver, with the time that is left."""
        seconds = self.remaining()
        if seconds is not None and seconds <= 0:
            return bound
        answer = table.whole(seconds)
        if answer is None:
            return bound
        self._keep([round(count) for count in answer.counts])
        return max(self.value, min(bound, answer.whole_bound))
