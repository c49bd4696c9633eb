"""Work shared among threads, with the results in order and never many at a time.

Worth it where the work leaves Python: scipy's sparse products, numpy's sorting and compiled loops hold no lock.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_THREADS = 4
"""Unless asked for more: a shop's pages want some of the machine too."""


def usual_threads() -> int:
    """How many threads a build takes if nobody says: one per core, up to ``MOST_THREADS``."""
    return min(os.cpu_count() or 1, MOST_THREADS)


def in_order(job: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Yield ``job(item)`` for every item, in the order of the items; a few are computed ahead, no more."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            waiting.append(pool.submit(job, item))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
