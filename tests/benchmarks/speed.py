"""How fast the tables are built, as ratios of times measured in one run, and how much memory a build takes.

The orders are made up: basket sizes as in a real supermarket (log-normal, 9 products on average), a Zipf popularity of
products, and 400 topics, from one of which half of an order's products come. M: 2.9 million lines, 310,000 orders,
20,000 products. L: 30 million lines, 3.2 million orders, 50,000 products.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from upsell.recommendations.affinity import PLAIN_COUNTS, History, Method, learn
from upsell.recommendations.base import Table
from upsell.recommendations.engines.base import Engine
from upsell.recommendations.engines.embedded import EmbeddedEngine

SIZES = {"S": (30_000, 4_000), "M": (310_000, 20_000), "L": (3_200_000, 50_000)}  # orders, products
TOPICS = 400
ROUNDS = 3
CHUNK = 512  # products, in the plain chunked product
TOP = 20
MEGABYTE = 10**6
BASE_BYTES, BYTES_OF_A_LINE = 200 * MEGABYTE, 50


def orders(size: str, seed: int = 7) -> History:
    """Make up the orders of a shop of a size; the same every time."""
    order_count, products = SIZES[size]
    draw = np.random.default_rng(seed)
    length = np.clip(np.rint(draw.lognormal(2.127, 0.624, order_count)), 1, 200).astype(np.int32)
    order = np.repeat(np.arange(order_count, dtype=np.int32), length)
    product = zipf(draw, products, len(order))
    of_topic = zipf(draw, products // TOPICS, len(order)) * TOPICS
    of_topic += np.repeat(draw.integers(0, TOPICS, order_count, dtype=np.int32), length)
    on_topic = draw.random(len(order), dtype=np.float32) < 0.5
    product[on_topic] = of_topic[on_topic]
    product = draw.permutation(products).astype(np.int32)[product]  # so that an id says nothing about popularity
    once = np.unique(order.astype(np.int64) * products + product)
    order, product = (once // products).astype(np.int32), (once % products).astype(np.int32)
    at = np.arange(order_count) * 60.0
    return History(order, product, np.ones(len(order), dtype=np.int32), at, np.arange(order_count))


def zipf(draw: np.random.Generator, ranks: int, count: int) -> np.ndarray:
    """Draw ranks from 0, each less likely than the one before, by the power 0.9."""
    reached = np.cumsum(np.arange(1, ranks + 1) ** -0.9)
    return (
        np.searchsorted(reached / reached[-1], draw.random(count, dtype=np.float32), side="right")
        .clip(max=ranks - 1)
        .astype(np.int32)
    )


# --- contestants ------------------------------------------------------------------------------------------------------


def plain_chunks(history: History) -> None:
    """Multiply sparse matrices by chunks of products and sort every row: the least that must be done."""
    from scipy.sparse import csr_array

    products = int(history.product.max()) + 1
    ones = np.ones(len(history.order), dtype=np.float32)
    across = csr_array((ones, (history.order, history.product)), shape=(len(history.at), products))
    rows = across.T.tocsr()
    for start in range(0, products, CHUNK):
        block = rows[start : start + CHUNK] @ across
        for row in range(block.shape[0]):
            here = slice(block.indptr[row], block.indptr[row + 1])
            neighbour, count = block.indices[here].astype(np.int64), block.data[here].astype(np.int64)
            key = (-count << 32) + neighbour
            key[neighbour == start + row] = 0
            best = np.argpartition(key, TOP)[:TOP] if len(key) > TOP else np.arange(len(key))
            best[np.argsort(key[best])]


def item_item(history: History) -> None:
    """The best public engine: ``implicit``'s ItemItemRecommender, in C++."""
    from implicit.nearest_neighbours import ItemItemRecommender
    from scipy.sparse import csr_matrix

    ones = np.ones(len(history.order))
    across = csr_matrix((ones, (history.order, history.product)))
    ItemItemRecommender(K=TOP).fit(across, show_progress=False)


def counts_table(history: History, engine: Engine) -> None:
    learn(history, PLAIN_COUNTS, engine, epoch=float(history.at.max()), tables=(Table.PRODUCT,))


def both_tables(history: History, engine: Engine) -> None:
    learn(history, Method(), engine, epoch=float(history.at.max()))


# --- measuring --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Times:
    """The best of some rounds, in seconds."""

    wall: float
    cpu: float


def best_times(contestants: dict[str, Callable[[], None]], rounds: int = ROUNDS) -> dict[str, Times]:
    """Run all in turn, so many rounds: what slows the machine down slows down all alike."""
    best: dict[str, Times] = {}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            wall, cpu = time.perf_counter(), time.process_time()
            contestant()
            spent = Times(time.perf_counter() - wall, time.process_time() - cpu)
            before = best.get(name, spent)
            best[name] = Times(min(before.wall, spent.wall), min(before.cpu, spent.cpu))
    return best


def peak_bytes(size: str) -> tuple[int, int]:
    """Lines, and the most memory that a process held which read the orders from a file and built both tables."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders.npz"
        history = orders(size)
        np.savez(file, **{name: getattr(history, name) for name in History.__slots__})
        lines = len(history.order)
        del history
        run = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.speed", str(file)], capture_output=True, text=True, check=True
        )
    return lines, int(json.loads(run.stdout))


def build_from(file: Path) -> int:
    """Build both tables from a file; the most memory held on the way, in bytes."""
    with np.load(file) as arrays:
        history = History(**arrays)
    both_tables(history, EmbeddedEngine())
    status = Path("/proc/self/status").read_text()  # unlike getrusage, it forgets the parent's memory
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


# --- the report -------------------------------------------------------------------------------------------------------


def run(sizes: Sequence[str] = ("M",)) -> bool:
    """Print times and ratios for every size; whether all targets are reached."""
    good = True
    for size in sizes:
        history = orders(size)
        length = np.bincount(history.order).astype(np.int64)
        print(
            f"\n{size}: {len(history.order):,} lines, {len(history.at):,} orders, {SIZES[size][1]:,} products, "
            f"{int((length * (length - 1)).sum()):,} directed pairs; best of {ROUNDS}, seconds"
        )
        contestants: dict[str, Callable[[], Any]] = {
            "counts, plain chunks": lambda h=history: plain_chunks(h),
            "counts, embedded": lambda h=history: counts_table(h, EmbeddedEngine()),
            "both weighted, embedded": lambda h=history: both_tables(h, EmbeddedEngine()),
            **_optional(history),
        }
        times = best_times(contestants)
        for name, spent in times.items():
            print(f"  {name:26} wall {spent.wall:7.2f}   cpu {spent.cpu:7.2f}")
        for one, other, target in (
            ("counts, embedded", "counts, plain chunks", 1.1),
            ("counts, embedded", "counts, implicit", 2.0),
            ("both weighted, embedded", "counts, embedded", 1.5),
            ("counts, fast", "counts, implicit", 1.0),
            ("both weighted, fast", "counts, fast", 1.5),
        ):
            if one in times and other in times:
                good &= _judged(one, other, times, target)
        lines, peak = peak_bytes(size)
        bound = BASE_BYTES + BYTES_OF_A_LINE * lines
        good &= peak <= bound
        verdict = "held" if peak <= bound else "EXCEEDED"
        print(f"  memory of a build {peak / MEGABYTE:,.0f} MB, bound {bound / MEGABYTE:,.0f} MB: {verdict}", flush=True)
    return good


def _optional(history: History) -> dict[str, Callable[[], Any]]:
    """What can only be measured where it is installed."""
    found: dict[str, Callable[[], Any]] = {}
    try:
        from upsell.recommendations.engines.fast import FastEngine

        engine = FastEngine()
        both_tables(orders("S"), engine)  # compile
        found["counts, fast"] = lambda: counts_table(history, engine)
        found["both weighted, fast"] = lambda: both_tables(history, engine)
    except ImportError as error:
        print(f"  not measured: {error}")
    try:
        import implicit  # noqa: F401

        found["counts, implicit"] = lambda: item_item(history)
    except ImportError:
        print("  not measured: implicit is not installed; enable with: pip install implicit")
    return found


def _judged(one: str, other: str, times: dict[str, Times], target: float) -> bool:
    """Judge by processor time, which other work on the machine disturbs least; threads earn nothing by it."""
    ratio = times[one].cpu / times[other].cpu
    on_the_clock = times[one].wall / times[other].wall
    verdict = "reached" if ratio <= target else "MISSED"
    print(f"  {one} / {other}: {ratio:.2f} (wall {on_the_clock:.2f}), target {target}: {verdict}")
    return ratio <= target


if __name__ == "__main__":
    print(json.dumps(build_from(Path(sys.argv[1]))))
