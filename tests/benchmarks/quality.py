"""How good the tables are, on real orders: ours beside what other systems count, in one table per data set.

The protocol, the peers and the data lie beside the project and are not part of it; without them there is nothing to
measure. Every system has the same orders to learn from, and popularity fills what a list leaves empty, for all alike.
"""

import importlib
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.benchmarks.lines import Lines
from tests.conftest import SHARED
from upsell.recommendations.affinity import Rows, epoch_of, learn
from upsell.recommendations.engines.embedded import EmbeddedEngine

SETS = ("online_retail", "belgian_retail", "groceries")
REACH = {  # product NDCG@10, basket HR@10, basket NDCG@10, for learning from everything before the test orders
    "online_retail": (0.222, 0.283, 0.171),
    "belgian_retail": (0.343, 0.314, 0.230),
    "groceries": (0.289, 0.390, 0.216),
}
AMP = 2.0  # our basket scores are squared before they are summed
MINUTE = 60.0


def tool() -> Any:
    """Import the modules of the scoring tool; None where it is absent."""
    folder = SHARED / "tools"
    if not (folder / "recommend_check").exists():
        return None
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    names = ("sets", "protocol", "scoring", "neighbours", "baselines")
    return SimpleNamespace(**{name: importlib.import_module(f"recommend_check.{name}") for name in names})


@dataclass(frozen=True, slots=True)
class Result:
    """One system on one set. values: a row per test basket; the columns are those of ``Contest.measures``."""

    name: str
    values: np.ndarray
    coverage: float
    seconds: float


class Contest:
    """One data set, ready for systems to be scored on."""

    measures = ("HR@10", "Recall@10", "NDCG@10", "MRR@20", "basket HR@10", "basket NDCG@10", "basket MRR@20")

    def __init__(self, name: str, phase: str = "test") -> None:
        self._tool = tool()
        spec = self._tool.sets.find(name, SHARED / "data")
        self.problem = self._tool.protocol.problem(self._tool.sets.read(spec, SHARED / "data"), spec, phase)
        self._dated = spec.clock == "ordered_at"

    def systems(self) -> Iterator[Result]:
        """Score chance, every peer with plain sums, and ours."""
        yield self.scored("random", self._random, 1.0)
        for name, build in self._tool.baselines.PEERS.items():
            if name != "lift":  # ranks what was bought once; nobody's choice
                yield self.scored(name, lambda build=build: build(self.problem), 1.0)
        yield self.ours()

    def ours(self) -> Result:
        """Score both our tables, each on its own task, with the shipped settings."""
        shop, number = self._shop()
        start = time.perf_counter()
        learned = learn(shop.history, shop.method(), EmbeddedEngine(), epoch=epoch_of(shop.history, math.inf))
        seconds = time.perf_counter() - start
        product, basket = (self._table(rows, number) for rows in (learned.product_table, learned.basket_table))
        values = np.hstack((self._pages(product), self._baskets(basket, AMP)))
        return Result("ours", values, product.coverage(), seconds)

    def scored(self, name: str, build: Callable[[], Any], amp: float) -> Result:
        """Build a table and score it on both tasks."""
        start = time.perf_counter()
        table = build()
        seconds = time.perf_counter() - start
        return Result(name, np.hstack((self._pages(table), self._baskets(table, amp))), table.coverage(), seconds)

    def interval(self, values: np.ndarray) -> tuple[float, float, float]:
        """Mean over baskets and its 95 % interval."""
        found: tuple[float, float, float] = self._tool.scoring.mean_and_interval(values)
        return found

    def _pages(self, table: Any) -> np.ndarray:
        values: np.ndarray = self._tool.scoring.score_products(self.problem, table)
        return values[:, 1:]

    def _baskets(self, table: Any, amp: float) -> np.ndarray:
        values: np.ndarray = self._tool.scoring.score_baskets(self.problem, table, amp)
        return values[:, 1:]

    def _random(self) -> Any:
        draw = np.random.default_rng(0)
        table = self._tool.neighbours.empty(len(self.problem.products))
        everybody = np.arange(len(table.who))
        for product in everybody:
            others = draw.permutation(np.delete(everybody, product)[: len(everybody) - 1])[: table.who.shape[1]]
            table.who[product, : len(others)] = others
            table.score[product, : len(others)] = np.linspace(1.0, 0.5, len(others))
        return table

    def _shop(self) -> Any:
        gathered = Lines()
        for place, order in enumerate(self.problem.learn):
            at = datetime.fromisoformat(str(order.at)).timestamp() if self._dated else place * MINUTE
            for product, units in order.products.items():
                gathered.add(order.id, product, units, at)
        shop = gathered.shop()
        numbers = self.problem.number
        return shop, np.array([numbers[name] for name in shop.names])

    def _table(self, rows: Rows, number: np.ndarray) -> Any:
        table = self._tool.neighbours.empty(len(number))
        table.who[number[rows.product], rows.rank - 1] = number[rows.neighbour]
        table.score[number[rows.product], rows.rank - 1] = rows.score
        return table


def verdicts(name: str, contest: Contest, results: dict[str, Result]) -> Iterator[str]:
    """Say what the differences prove, and whether the targets are reached."""
    ours = results["ours"]
    for measure, found, target in reached(name, contest, ours):
        column = contest.measures.index(measure)
        rival = max(("popularity", "co-count"), key=lambda key: results[key].values[:, column].mean())
        mean, low, high = contest.interval((ours.values - results[rival].values)[:, column])
        verdict = "ahead" if low > 0 else "level" if high >= 0 else "BEHIND"
        yield f"{measure}: {found:.4f}, target {target:.3f}: {'reached' if found >= target else 'MISSED'}"
        yield f"  against {rival}: {mean:+.4f} [{low:+.4f}, {high:+.4f}], {verdict}"


def reached(name: str, contest: Contest, ours: Result) -> list[tuple[str, float, float]]:
    """List (measure, ours, target) of the set's targets."""
    names = ("NDCG@10", "basket HR@10", "basket NDCG@10")
    means = dict(zip(contest.measures, ours.values.mean(axis=0).tolist(), strict=True))
    return [(measure, means[measure], target) for measure, target in zip(names, REACH[name], strict=True)]


def run() -> bool:
    """Print a table for each set; whether all targets are reached."""
    if tool() is None:
        print(f"Quality is not measured: there is no scoring tool and no order data at {SHARED}.")
        return True
    good = True
    for name in SETS:
        contest = Contest(name)
        problem = contest.problem
        print(f"\n{name}: {len(problem.learn)} orders to learn from, {len(problem.baskets)} baskets to score")
        print(f"{'':12}" + "".join(f"{measure:>16}" for measure in contest.measures) + "   coverage   seconds")
        results: dict[str, Result] = {}
        for result in contest.systems():
            results[result.name] = result
            means = "".join(f"{mean:16.4f}" for mean in result.values.mean(axis=0))
            print(f"{result.name:12}{means}{result.coverage:11.3f}{result.seconds:10.2f}", flush=True)
        for line in verdicts(name, contest, results):
            print(line, flush=True)
        good &= all(found >= target for _, found, target in reached(name, contest, results["ours"]))
    return good
