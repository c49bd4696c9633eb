"""Several rules that compete, as one table of whole numbers: what to choose, how often, and what it must keep to.

A *column* is a choice (units of a kind in a slot, applications of a rule) with what one of it gives; a *row* limits a
weighted sum of columns. Every combination that the rules allow is a solution and is worth what the rules say; nothing
is enumerated, so that the table grows with what is in the basket, never with the ways to combine it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

from upsell.offers.solver.candidates import Candidate
from upsell.offers.solver.shelf import Kind, Use
from upsell.offers.solver.values import AmountOff, Bogo, Bump, QuantityBreaks, Upgrade
from upsell.offers.solver.worth import set_reward, unit_discount

Take = tuple[str, int, int]
"""Slot, place of the kind, units."""


@dataclass(slots=True, eq=False)
class Column:
    """A choice for the candidate ``owner``: at most ``upper`` of it, each worth ``gain`` and taking ``takes``."""

    owner: int
    gain: int
    upper: int
    rows: list[tuple[int, int]]
    takes: tuple[Take, ...] = ()


@dataclass(slots=True, eq=False)
class Model:
    """The table. The first rows are the kinds that are touched, in order of their places.

    packing: all rows are upper limits of sums with positive weights, so that taking less is always allowed.
    """

    candidates: Sequence[Candidate]
    columns: list[Column] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    kinds: int = 0
    packing: bool = True

    def row(self, lower: float, upper: float, entries: Iterable[tuple[Column, int]]) -> None:
        """Limit a weighted sum of columns."""
        number = len(self.lower)
        self.lower.append(lower)
        self.upper.append(upper)
        for column, weight in entries:
            column.rows.append((number, weight))
            self.packing &= weight > 0
        self.packing &= lower == -inf

    def uses(self, chosen: Iterable[tuple[int, int]]) -> dict[int, Use]:
        """Translate (column, how many) into what each candidate takes."""
        found: dict[int, Use] = {}
        for number, count in chosen:
            column = self.columns[number]
            for slot, place, units in column.takes if count > 0 else ():
                own = found.setdefault(column.owner, {}).setdefault(slot, {})
                own[place] = own.get(place, 0) + units * count
        return found


def model_of(candidates: Sequence[Candidate], kinds: Sequence[Kind], left: Sequence[int]) -> Model:
    """Write down what the candidates can choose from the units left."""
    touched = sorted({place for one in candidates for place in one.touched})
    row_of = {place: number for number, place in enumerate(touched)}
    model = Model(candidates, lower=[-inf] * len(touched), upper=[float(left[place]) for place in touched])
    model.kinds = len(touched)
    for owner, one in enumerate(candidates):
        _Writer(model, owner, one, kinds, left, row_of).write()
    _drop_dominated(model)
    return model


@dataclass(slots=True)
class _Writer:
    """Writes the columns and rows of one candidate."""

    model: Model
    owner: int
    one: Candidate
    kinds: Sequence[Kind]
    left: Sequence[int]
    row_of: dict[int, int]

    def write(self) -> None:
        rule = self.one.rule
        if self.one.takes:
            self._rigid()
        elif isinstance(rule, Bump | Upgrade):
            self._units(rule)
        elif isinstance(rule, QuantityBreaks):
            self._breaks(rule)
        elif isinstance(rule, Bogo):
            self._bogo(rule)
        else:
            self._sets()

    def _column(self, gain: int, upper: int, takes: tuple[Take, ...] = ()) -> Column:
        column = Column(self.owner, gain, upper, [], takes)
        need: dict[int, int] = {}
        for _, place, units in takes:
            need[self.row_of[place]] = need.get(self.row_of[place], 0) + units
        column.rows.extend(sorted(need.items()))
        self.model.columns.append(column)
        return column

    def _each(
        self, slot: str, places: Sequence[int], gains: Sequence[int], most: int | None = None
    ) -> dict[int, Column]:
        """Make a column for the units of each kind in a slot."""
        return {
            place: self._column(
                gain, self.left[place] if most is None else min(most, self.left[place]), ((slot, place, 1),)
            )
            for place, gain in zip(places, gains, strict=True)
        }

    def _discounts(self, slot: str, places: Sequence[int], units: int = 1) -> list[int]:
        return [unit_discount(self.one.rule, slot, self.kinds[place], units) for place in places]

    def _rigid(self) -> None:
        self._column(self.one.gain, self.one.limit, self.one.takes)

    def _units(self, rule: Bump | Upgrade) -> None:
        """Take any single units, as many as allowed."""
        ((slot, _, places),) = self.one.slots
        limit = self.one.limit
        columns = self._each(slot, places, self._discounts(slot, places), limit)
        if sum(self.left[place] for place in places) > limit:
            self.model.row(-inf, limit, [(column, 1) for column in columns.values()])

    def _sets(self) -> None:
        """Take so many units in each slot for every application; where floors bite, the amount is a column too."""
        one, kinds = self.one, self.kinds
        reward = set_reward(one.rule)
        whole = isinstance(reward, AmountOff) and reward.amount <= sum(
            units * min(kinds[place].headroom for place in places) for _, units, places in one.slots
        )
        priced = reward is not None and not isinstance(reward, AmountOff)
        without_floors = all(kinds[place].headroom == kinds[place].price for place in one.touched)
        slots: list[dict[int, Column]] = []
        for slot, _, places in one.slots:
            if reward is None:
                slots.append(self._each(slot, places, self._discounts(slot, places)))
            elif priced and without_floors:
                slots.append(self._each(slot, places, [kinds[place].price for place in places]))
            else:
                slots.append(self._each(slot, places, [0] * len(places)))
        off = reward.amount if isinstance(reward, AmountOff) else 0
        price = 0 if reward is None or isinstance(reward, AmountOff) else reward.price
        times = self._column(off if whole else -price if priced and without_floors else 0, one.limit)
        for (_, units, _), columns in zip(one.slots, slots, strict=True):
            self.model.row(0, 0, [(times, -units), *((column, 1) for column in columns.values())])
        if reward is None or whole or (priced and without_floors):
            return
        taken = [(place, column) for columns in slots for place, column in columns.items()]
        room = sum(kinds[place].headroom * column.upper for place, column in taken)
        amount = self._column(1, room)
        self.model.row(-inf, 0, [(amount, 1), *((column, -kinds[place].headroom) for place, column in taken)])
        if priced:
            by_price = [(column, -kinds[place].price) for place, column in taken]
            self.model.row(-inf, 0, [(amount, 1), (times, price), *by_price])
        else:
            self.model.row(-inf, 0, [(amount, 1), (times, -off)])

    def _bogo(self, rule: Bogo) -> None:
        """Take units bought and got for as many groups; with ``cheaper``, enough dear ones bought at every price."""
        kinds = self.kinds
        (_, _, buy), (_, _, get) = self.one.slots
        bought = self._each("buy", buy, [0] * len(buy))
        got = self._each("get", get, self._discounts("get", get))
        times = self._column(0, self.one.limit)
        self.model.row(0, 0, [(times, -rule.buy_units), *((column, 1) for column in bought.values())])
        self.model.row(0, 0, [(times, -rule.get_units), *((column, 1) for column in got.values())])
        if not rule.cheaper:
            return
        cheapest = min(kinds[place].price for place in buy)
        for price in sorted({kinds[place].price for place in get if kinds[place].price > cheapest}):
            dear_got = [column for place, column in got.items() if kinds[place].price >= price]
            dear_bought = [(column, 1) for place, column in bought.items() if kinds[place].price >= price]
            if rule.get_units == 1:
                opened = [(column, -rule.buy_units) for column in dear_got]
            else:
                groups = self._column(0, self.one.limit)
                self.model.row(0, inf, [(groups, rule.get_units), *((column, -1) for column in dear_got)])
                opened = [(groups, -rule.buy_units)]
            self.model.row(0, inf, [*opened, *dear_bought])

    def _breaks(self, rule: QuantityBreaks) -> None:
        """Choose a break within reach, and units at its percentage."""
        ((slot, _, places),) = self.one.slots
        free = sum(self.left[place] for place in places)
        most = free if rule.most is None else min(free, rule.most)
        best: dict[int, int] = {}  # percentage -> least units that earn it
        for minimum, _ in rule.breaks:
            if minimum <= most:
                percent = rule.reached(minimum) or 0
                best[percent] = min(minimum, best.get(percent, minimum))
        chosen = []
        for _, minimum in sorted(best.items()):
            columns = self._each(slot, places, self._discounts(slot, places, minimum), most)
            yes = self._column(0, 1)
            chosen.append((yes, 1))
            self.model.row(0, inf, [(yes, -minimum), *((column, 1) for column in columns.values())])
            if len(best) > 1 or minimum > 1:
                for column in columns.values():
                    self.model.row(-inf, 0, [(column, 1), (yes, -column.upper)])
            if most < free:
                self.model.row(-inf, 0, [(yes, -most), *((column, 1) for column in columns.values())])
        if len(chosen) > 1:
            self.model.row(-inf, 1, chosen)


def _drop_dominated(model: Model) -> None:
    """Leave out choices that others make needless.

    One reason after the other, each judged by what the last has left: two choices must not excuse each other.
    """
    for needless in (_outnumbered, _outdone):
        free = [
            column
            for column in model.columns
            if column.takes and all(model.lower[row] == -inf for row, _ in column.rows)
        ]
        dropped = needless(model, free)
        if dropped:
            model.columns = [column for column in model.columns if id(column) not in dropped]


def _outnumbered(model: Model, free: Sequence[Column]) -> set[int]:
    """Find choices with the needs of others that give as much and suffice for all the units there are."""
    alike: dict[tuple[tuple[int, int], ...], list[Column]] = {}
    for column in free:
        if column.rows[-1][0] < model.kinds:
            alike.setdefault(tuple(column.rows), []).append(column)
    found = set()
    for rows, columns in alike.items():
        most = min(int(model.upper[row]) // weight for row, weight in rows)
        for column in sorted(columns, key=lambda column: -column.gain):
            if most <= 0:
                found.add(id(column))
            most -= column.upper
    return found


def _outdone(model: Model, free: Sequence[Column]) -> set[int]:
    """Find choices whose units give as much one by one, each at the best one that all units of a kind can have."""
    single: dict[int, Column] = {}
    for column in free:
        row, weight = column.rows[0]
        if len(column.rows) == 1 and weight == 1 and column.upper >= model.upper[row]:
            best = single.setdefault(row, column)
            if column.gain > best.gain:
                single[row] = column
    found = set()
    for column in free if single else ():
        rest = sum(weight * single[row].gain for row, weight in column.rows if row in single)
        if rest >= column.gain and single.get(column.rows[0][0]) is not column:
            found.add(id(column))
    return found
