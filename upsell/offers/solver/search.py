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
    columns = model.columns
    order = sorted(range(len(columns)), key=lambda j: (-columns[j].gain / sum(w for _, w in columns[j].rows), j))
    needs = [tuple(columns[j].rows) for j in order]
    gains = [columns[j].gain for j in order]
    uppers = [columns[j].upper for j in order]
    count = len(order)
    # Prices of the rows at which no column from a position on is worth more than what it takes: they bound the rest.
    prices: list[dict[int, float]] = [{}] * (count + 1)
    for position in range(count - 1, -1, -1):
        price = dict(prices[position + 1])
        lacking = gains[position] - sum(weight * price.get(row, 0.0) for row, weight in needs[position])
        if lacking > 0:
            share = lacking / sum(weight for _, weight in needs[position])
            for row, _ in needs[position]:
                price[row] = price.get(row, 0.0) + share
        prices[position] = price
    later = [tuple(sorted(price_rows)) for price_rows in _later_rows(needs)]
    priced = [tuple(price.items()) for price in prices]
    known: list[dict[tuple[int, ...], tuple[int, Chosen]]] = [{} for _ in range(count)]
    left = [int(units) if units < 10**9 else 10**9 for units in model.upper]
    nodes = 0

    def best(position: int) -> tuple[int, Chosen]:
        nonlocal nodes
        if position == count:
            return 0, ()
        key = tuple([left[row] for row in later[position]])
        if key in known[position]:
            return known[position][key]
        nodes += 1
        if nodes > cap:
            raise TooManyError
        need, gain = needs[position], gains[position]
        most = min(uppers[position], *[left[row] // weight for row, weight in need])
        top, choice = -1, ()
        for row, weight in need:
            left[row] -= weight * most
        for times in range(most, -1, -1):
            rest = sum([left[row] * price for row, price in priced[position + 1]])
            if int(rest + 1e-6) + times * gain > top:
                value, others = best(position + 1)
                if value + times * gain > top:
                    top = value + times * gain
                    choice = ((order[position], times), *others) if times else others
            if times:
                for row, weight in need:
                    left[row] += weight
        known[position][key] = top, choice
        return top, choice

    try:
        return best(0)
    except TooManyError:
        return None


def _later_rows(needs: list[tuple[tuple[int, int], ...]]) -> list[set[int]]:
    """List, for every position, the rows that its column or a later one touches."""
    found: list[set[int]] = [set()]
    for need in reversed(needs):
        found.append(found[-1] | {row for row, _ in need})
    return found[::-1]
