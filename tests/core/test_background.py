import threading
from collections.abc import Callable

import pytest

from upsell.core.background import watched


def test_the_result_comes_back() -> None:
    assert watched(lambda _: 42, lambda _: None) == 42


def test_work_happens_in_another_thread() -> None:
    assert watched(lambda _: threading.current_thread(), lambda _: None) is not threading.current_thread()


def test_the_caller_hears_the_share_that_is_done() -> None:
    heard: list[float] = []
    enough = threading.Event()

    def work(report: Callable[[float], None]) -> None:
        report(0.5)
        assert enough.wait(5)

    def watch(share: float) -> None:
        heard.append(share)
        if share == 0.5:
            enough.set()

    watched(work, watch, every=0.001)
    assert heard[-1] == 0.5


@pytest.mark.parametrize("error", [ValueError("no"), TimeoutError("late")])
def test_an_error_of_the_work_is_raised(error: Exception) -> None:
    def work(report: Callable[[float], None]) -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        watched(work, lambda _: None)


def test_an_error_of_the_watcher_is_raised() -> None:
    def watch(share: float) -> None:
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        watched(lambda _: threading.Event().wait(0.05), watch, every=0.001)
