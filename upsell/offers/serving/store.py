"""Plans that are kept between requests, in the cache that the shop names for us.

A plan is kept as plain data under everything it depends on, so that no entry is ever wrong, only unused. The cache may
be slow, full or gone: after a failure this process leaves it alone for a while, and plans are made anew.
"""

import json
from typing import Any

from django.core.cache import caches

from upsell.conf import app_settings
from upsell.core.breaker import cache_breaker


def recall(key: str) -> Any:
    """Find what is kept under a key; None if nothing is, or the cache is off, resting or broken."""
    if not app_settings.PRICING_CACHE_SECONDS:
        return None
    return cache_breaker.ask(lambda: json.loads(caches[app_settings.CACHE].get(key, "null")), None)


def keep(key: str, value: Any, *, seconds: float) -> None:
    """Keep plain data for some seconds, and never for longer than ``UPSELL_PRICING_CACHE_SECONDS``."""
    seconds = min(seconds, app_settings.PRICING_CACHE_SECONDS)
    if seconds >= 1:
        text = json.dumps(value, separators=(",", ":"))
        cache_breaker.ask(lambda: caches[app_settings.CACHE].set(key, text, int(seconds)), None)
