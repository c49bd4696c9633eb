"""Plans that are kept between requests, in the cache that the shop names for us.

A plan is kept as plain data under everything it depends on, so that no entry is ever wrong, only unused. The cache may
be slow, full or gone: after a failure this process leaves it alone for a while, and plans are made anew.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches

from upsell.conf import app_settings

logger = logging.getLogger("upsell")

PATIENCE = 1.0  # seconds an answer may take
REST = 30.0  # seconds the cache is left alone after it failed

_resting_until = 0.0


def recall(key: str) -> Any:
    """Find what is kept under a key; None if nothing is, or the cache is off, resting or broken."""
    if not app_settings.PRICING_CACHE_SECONDS:
        return None
    return _politely(lambda: json.loads(caches[app_settings.CACHE].get(key, "null")))


def keep(key: str, value: Any, *, seconds: float) -> None:
    """Keep plain data for some seconds, and never for longer than ``UPSELL_PRICING_CACHE_SECONDS``."""
    seconds = min(seconds, app_settings.PRICING_CACHE_SECONDS)
    if seconds >= 1:
        text = json.dumps(value, separators=(",", ":"))
        _politely(lambda: caches[app_settings.CACHE].set(key, text, int(seconds)))


def _politely(ask: Callable[[], Any]) -> Any:
    global _resting_until
    started = time.monotonic()
    if started < _resting_until:
        return None
    try:
        answer = ask()
    except Exception:
        _resting_until = started + REST
        logger.exception("upsell leaves the cache alone for %d seconds", REST, extra={"reason": "cache.failed"})
        return None
    if time.monotonic() - started > PATIENCE:
        _resting_until = started + REST
        logger.warning("upsell leaves the slow cache alone for %d seconds", REST, extra={"reason": "cache.slow"})
    return answer
