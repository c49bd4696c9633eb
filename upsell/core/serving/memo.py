"""What a process remembers between requests, for a while."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from django.core.signals import setting_changed

from upsell.conf import app_settings

V = TypeVar("V")

_memos: list["Memo[Any]"] = []


def forget(**kwargs: Any) -> None:
    """Forget what this process remembers."""
    for memo in _memos:
        memo.forget()


setting_changed.connect(forget)


class Memo(Generic[V]):
    """What a process remembers for as long as ``UPSELL_CACHE_SECONDS`` says.

    It forgets everything when it is full, and when a test changes a setting.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: dict[Any, tuple[float, V]] = {}
        _memos.append(self)

    def forget(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def get(self, keys: Iterable[Any]) -> dict[Any, V]:
        """Find what is remembered under ``keys``."""
        now = time.monotonic()
        kept = self._kept
        return {key: kept[key][1] for key in keys if key in kept and kept[key][0] > now}

    def put(self, values: Mapping[Any, V], *, seconds: float | None = None) -> None:
        """Remember ``values``, for at most so many seconds if they are given."""
        if not values:
            return
        if len(self._kept) + len(values) > self.most:
            self._kept.clear()
        most = app_settings.CACHE_SECONDS
        until = time.monotonic() + (most if seconds is None else min(seconds, most))
        self._kept.update({key: (until, value) for key, value in values.items()})
