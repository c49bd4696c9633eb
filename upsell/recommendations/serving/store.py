"""What is kept between requests in the cache.

The cache may be slow, full or gone without a page noticing more than once.

Values are kept as JSON text: what comes out of a cache is data, never an object. After a failure, or an answer that
took longer than a page can spare, this process leaves the cache alone for a while.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache import caches

from upsell.conf import app_settings
from upsell.core.breaker import cache_breaker


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
