"""The best choice of a small table by trying what could still be better, depth first, remembering what is known.

What is remembered for a position depends on all that later choices can touch, on every row of theirs; no less.
"""

from __future__ import annotations

from upsell.offers.solver.model import Model

Chosen = tuple[tuple[int, int], ...]
"""Column and how many of it, for the columns chosen."""


class TooManyError(Exception):
    """The search has grown past its cap."""


def search(model: Model, cap: int) -> tuple[int, Chosen] | None:
    """Return the largest gain of a packing table and what is chosen; nothing when the cap is reached first."""
    try:
        return _Search(model, cap).best(0)
    except TooManyError:
        return None


class _Search:
    """The columns in order, those that give most for each unit first, and what is known of every position."""

    def __init__(self, model: Model, cap: int) -> None:
        columns = model.columns
        weigh = {number: sum(weight for _, weight in column.rows) for number, column in enumerate(columns)}
        self._order = sorted(weigh, key=lambda number: (-columns[number].gain / weigh[number], number))
        self._needs = [tuple(columns[number].rows) for number in self._order]
        self._gains = [columns[number].gain for number in self._order]
        self._uppers = [columns[number].upper for number in self._order]
        self._count = len(self._order)
        self._left = [int(units) for units in model.upper]
        self._later = [tuple(sorted(rows)) for rows in self._later_rows()]
        self._prices = [tuple(price.items()) for price in self._row_prices()]
        self._known: list[dict[tuple[int, ...], tuple[int, Chosen]]] = [{} for _ in self._order]
        self._nodes_left = cap

    def best(self, position: int) -> tuple[int, Chosen]:
        """Return the largest gain of the columns from a position on, with what is left, and what is chosen."""
        if position == self._count:
            return 0, ()
        left, known = self._left, self._known[position]
        key = tuple([left[row] for row in self._later[position]])
        if key in known:
            return known[key]
        self._nodes_left -= 1
        if self._nodes_left < 0:
            raise TooManyError
        need, gain, number = self._needs[position], self._gains[position], self._order[position]
        most = min(self._uppers[position], *[left[row] // weight for row, weight in need])
        top = -1
        choice: Chosen = ()
        for row, weight in need:
            left[row] -= weight * most
        for times in range(most, -1, -1):
            rest = sum([left[row] * price for row, price in self._prices[position + 1]])
            if int(rest + 1e-6) + times * gain > top:
                value, others = self.best(position + 1)
                if value + times * gain > top:
                    top = value + times * gain
                    choice = ((number, times), *others) if times else others
            if times:
                for row, weight in need:
                    left[row] += weight
        known[key] = top, choice
        return top, choice

    def _later_rows(self) -> list[set[int]]:
        """List, for every position, the rows that its column or a later one touches."""
        found: list[set[int]] = [set()]
        for need in reversed(self._needs):
            found.append(found[-1] | {row for row, _ in need})
        return found[::-1]

    def _row_prices(self) -> list[dict[int, float]]:
        """Price the rows so that no column from a position on is worth more than it takes: that bounds the rest."""
        prices: list[dict[int, float]] = [{}]
        for need, gain in zip(reversed(self._needs), reversed(self._gains), strict=True):
            price = dict(prices[-1])
            lacking = gain - sum(weight * price.get(row, 0.0) for row, weight in need)
            if lacking > 0:
                share = lacking / sum(weight for _, weight in need)
                for row, _ in need:
                    price[row] = price.get(row, 0.0) + share
            prices.append(price)
        return prices[::-1]
