"""Long arithmetic in a thread of its own, while the caller stays awake."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def watched(work: Callable[[Callable[[float], None]], T], watch: Callable[[float], None], *, every: float = 0.1) -> T:
    """Return what ``work`` returns (or raise what it raises), calling ``watch`` every so many seconds until then.

    ``work`` is given a function to say which share of it is done, 0 to 1; ``watch`` hears the share said last. If
    ``watch`` raises, or the caller is interrupted, the thread is left to end by itself and its result is dropped.
    """
    future: Future[T] = Future()
    done = [0.0]

    def run() -> None:
        try:
            future.set_result(work(lambda share: done.__setitem__(0, share)))
        except BaseException as error:  # raised again where the result is asked for
            future.set_exception(error)

    Thread(target=run, daemon=True, name="upsell-background").start()
    while not future.done():
        with suppress(TimeoutError):
            future.exception(timeout=every)
        watch(done[0])
    return future.result()
