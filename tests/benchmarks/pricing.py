"""How fast the discount engine answers, how often it proves its answer, and what a simpler method would lose.

The shops are made up: popular products, which many offers share and many baskets hold, by Zipf's law. 70 in 100 offers
are fixed sets, 10 bumps, 8 quantity breaks, 7 any-n, 5 buy-one-get-one. Only the solve is timed: the rules that have
something to do with the basket are given, as the query for candidates would. The budget is counted in CPU time, so that
other work on the machine disturbs little; only the mixed-integer solver looks at the clock on the wall.

python -m tests.benchmarks.pricing [--baskets 100] [--shops 3]
"""

import argparse
import gc
import random
import sys
import time
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from upsell.offers.solver.alone import alone
from upsell.offers.solver.candidates import candidate, candidates
from upsell.offers.solver.greedy import in_turn
from upsell.offers.solver.shelf import Shelf
from upsell.offers.solver.solve import solve, warm_up
from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Bump,
    Fixed,
    Line,
    Mix,
    PercentOff,
    QuantityBreaks,
    Reward,
    Rule,
    Selector,
    SetPrice,
)

PRODUCTS = 2_000
CATEGORIES = 60
BUDGET = 0.25


@dataclass(frozen=True, slots=True)
class Row:
    """A size to measure, with what must be reached and what would be good.

    must, good: CPU milliseconds of half of the baskets, and of 99 in 100. gap: by how much, at most, all answers
    together may stay below their bounds.
    """

    lines: int
    offers: int
    must: tuple[float, float]
    good: tuple[float, float]
    gap: float = 0.001


ROWS = (
    Row(20, 100, must=(2, 10), good=(0.5, 3)),
    Row(20, 1_000, must=(10, 40), good=(5, 15)),
    Row(50, 1_000, must=(40, 150), good=(15, 60)),
    Row(20, 10_000, must=(40, 120), good=(20, 60)),
    Row(50, 10_000, must=(150, 300), good=(80, 220), gap=0.06),
)


class Shop:
    """A catalogue and its offers; the same every time for a seed."""

    def __init__(self, seed: int, offers: int) -> None:
        self._draw = random.Random(seed)
        self._reach = list(accumulate((rank + 10) ** -0.9 for rank in range(PRODUCTS)))
        self.price = [self._draw.choice((99, 199, 249, 499, 799, 999, 1499, 2499, 4999)) for _ in range(PRODUCTS)]
        self.category = [self._draw.randrange(CATEGORIES) for _ in range(PRODUCTS)]
        kinds = self._draw.choices(
            (self._fixed, self._bump, self._breaks, self._mix, self._bogo), (70, 10, 8, 7, 5), k=offers
        )
        self.rules: list[Rule] = [make(f"R{number:06}") for number, make in enumerate(kinds)]

    def product(self) -> int:
        """Draw a product, popular ones more often."""
        return min(bisect(self._reach, self._draw.random() * self._reach[-1]), PRODUCTS - 1)

    def products(self, count: int) -> list[int]:
        """Draw so many different products."""
        found: dict[int, None] = {}
        while len(found) < count:
            found[self.product()] = None
        return list(found)

    def basket(self, lines: int) -> list[Line]:
        """Fill a basket with so many lines, mostly of one or two units."""
        return [
            Line(
                f"L{number:03}",
                f"P{product}",
                self._draw.choices((1, 2, 3, 6), (65, 20, 10, 5))[0],
                self.price[product],
                categories=frozenset({f"C{self.category[product]}"}),
            )
            for number, product in enumerate(self.products(lines))
        ]

    def _named(self, products: Sequence[int]) -> Selector:
        return Selector(products=frozenset(f"P{product}" for product in products))

    def _group(self) -> Selector:
        if self._draw.random() < 0.5:
            return Selector(categories=frozenset({f"C{self._draw.randrange(CATEGORIES)}"}))
        return self._named(self.products(self._draw.randint(3, 12)))

    def _fixed(self, name: str) -> Rule:
        products = self.products(self._draw.choice((2, 2, 2, 3, 3, 4)))
        items = {f"P{product}": self._draw.choice((1, 1, 1, 1, 2)) for product in products}
        whole = sum(self.price[product] * items[f"P{product}"] for product in products)
        reward: Reward = self._draw.choice(
            (
                PercentOff(100 * self._draw.randint(5, 25)),
                AmountOff(whole * self._draw.randint(5, 25) // 100),
                SetPrice(whole * self._draw.randint(75, 95) // 100),
            )
        )
        return Fixed(name, items, reward, self._limit())

    def _bump(self, name: str) -> Rule:
        trigger, added = self.products(2)
        reward = PercentOff(100 * self._draw.randint(10, 50))
        return Bump(name, self._named([trigger]), 1, 1, self._named([added]), reward)

    def _breaks(self, name: str) -> Rule:
        breaks = ((2, 500), (4, 1000), (6, 1500)) if self._draw.random() < 0.5 else ((3, 1000), (10, 2000))
        selector = self._named([self.product()]) if self._draw.random() < 0.7 else self._group()
        return QuantityBreaks(name, selector, breaks)

    def _mix(self, name: str) -> Rule:
        units = self._draw.choice((2, 3, 3, 4))
        reward: Reward = self._draw.choice((PercentOff(2000), SetPrice(units * self._draw.choice((399, 799, 1299)))))
        return Mix(name, self._group(), units, reward, self._limit())

    def _bogo(self, name: str) -> Rule:
        selector = self._named([self.product()]) if self._draw.random() < 0.6 else self._group()
        percent = self._draw.choice((5_000, 10_000))
        return Bogo(name, selector, self._draw.choice((1, 2)), selector, 1, percent, cheaper=True)

    def _limit(self) -> int | None:
        return self._draw.choice((None, None, None, 1, 2))


def best_single_first(lines: Sequence[Line], rules: Sequence[Rule]) -> int:
    """Let the rule that gives most on its own take first, then the next: what shops without an engine can do."""
    shelf = Shelf(lines)
    left = [kind.quantity for kind in shelf.kinds]
    found = candidates(rules, shelf, left)
    worth = [alone(one, shelf.kinds, left)[1] for one in found]
    order = sorted(range(len(found)), key=lambda number: (-worth[number], number))
    return in_turn(found, order, shelf.kinds, left)[0]


def touching(lines: Sequence[Line], rules: Sequence[Rule]) -> list[Rule]:
    """Keep the rules whose every slot finds something in the basket, as the query for candidates does."""
    shelf = Shelf(lines)
    left = [kind.quantity for kind in shelf.kinds]
    return [rule for rule in rules if candidate(rule, shelf, left) is not None]


def measure(row: Row, shops: int, baskets: int, *, budget: float) -> bool:
    """Print one row of the table; whether its targets are reached."""
    spent, proven, total, single, bounds, given = [], 0, 0, 0, 0, 0
    below = 0
    for seed in range(shops):
        shop = Shop(seed, row.offers)
        for _ in range(baskets):
            lines = shop.basket(row.lines)
            rules = touching(lines, shop.rules)
            given += len(rules)
            started = time.process_time()
            plan = solve(lines, rules, budget=budget, clock=time.process_time)
            spent.append((time.process_time() - started) * 1000)
            proven += plan.optimal
            total += plan.total
            bounds += plan.bound
            baseline = best_single_first(lines, rules)
            single += baseline
            below += plan.total < baseline
    spent.sort()
    count = len(spent)
    p50, p99 = spent[count // 2], spent[min(count - 1, int(count * 0.99))]
    gap = bounds / max(total, 1) - 1
    reached = p50 <= row.must[0] and p99 <= row.must[1] and gap <= row.gap and not below
    good = reached and p50 <= row.good[0] and p99 <= row.good[1]
    print(
        f"{row.lines:>3} lines {row.offers:>7,} offers  {given / count:6.0f} apply   "
        f"p50 {p50:6.1f} (at most {row.must[0]:g})   p99 {p99:6.1f} (at most {row.must[1]:g})   "
        f"proven {proven / count:6.1%}   gap {gap:.3%}   "
        f"over best single first {total / max(single, 1) - 1:+.2%}, below it in {below}: "
        f"{'good' if good else 'reached' if reached else 'MISSED'}",
        flush=True,
    )
    return reached


def run(shops: int = 3, baskets: int = 100, budget: float = BUDGET) -> bool:
    """Print the table; whether all targets are reached."""
    warm_up()
    solve([Line("a", "a", 2, 100), Line("b", "b", 2, 90)], [Mix("m", Selector(everything=True), 2, SetPrice(150), 1)])
    gc.collect()
    gc.freeze()
    print(f"\nDiscounts: CPU milliseconds of a solve, {shops} shops of {baskets} baskets, budget {budget * 1000:g} ms")
    good = True
    for row in ROWS:
        good &= measure(row, shops, baskets, budget=budget)
    return good


def main() -> int:
    """Measure; 1 if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pricing")
    parser.add_argument("--baskets", type=int, default=100)
    parser.add_argument("--shops", type=int, default=3)
    parser.add_argument("--budget", type=float, default=BUDGET)
    options = parser.parse_args()
    return 0 if run(options.shops, options.baskets, options.budget) else 1


if __name__ == "__main__":
    sys.exit(main())
