"""What is kept between requests: in the cache, and in the memory of a process.

The cache may be slow, full or gone without a page noticing more than once.

Values are kept as JSON text: what comes out of a cache is data, never an object. After a failure, or an answer that
took longer than a page can spare, this process leaves the cache alone for a while.
"""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from django.core.cache import caches
from django.core.signals import setting_changed

from upsell.conf import app_settings
from upsell.core.breaker import cache_breaker

V = TypeVar("V")


def recall(keys: Iterable[str]) -> dict[str, Any]:
    """Find what the cache has under ``keys``; nothing when it is switched off, resting or broken."""
    if not app_settings.CACHE_SECONDS:
        return {}

    def read() -> dict[str, Any]:
        found = caches[app_settings.CACHE].get_many(list(keys))
        return {key: json.loads(text) for key, text in found.items()}

    return cache_breaker.ask(read, {})


def remember(entries: Mapping[str, Any]) -> None:
    """Keep ``entries`` for as long as ``UPSELL_CACHE_SECONDS`` says."""
    seconds = app_settings.CACHE_SECONDS
    if not entries or not seconds:
        return
    texts = {key: json.dumps(value, separators=(",", ":")) for key, value in entries.items()}
    cache_breaker.ask(lambda: caches[app_settings.CACHE].set_many(texts, seconds), None)


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

    def put(self, values: Mapping[Any, V]) -> None:
        """Remember ``values``."""
        if not values:
            return
        if len(self._kept) + len(values) > self.most:
            self._kept.clear()
        until = time.monotonic() + app_settings.CACHE_SECONDS
        self._kept.update({key: (until, value) for key, value in values.items()})
