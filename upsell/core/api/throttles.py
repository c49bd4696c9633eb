"""How many requests a client may make in a while, counted in the cache."""

import hashlib
import ipaddress
import logging
import math
import time
from typing import Any

from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from upsell.conf import app_settings

logger = logging.getLogger(__name__)

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class RateThrottle(BaseThrottle):
    """Counts requests by client and scope (``view.throttle_scope``) in windows of a second, minute, hour or day.

    The count is raised by one atomic step of the cache, so that a parallel burst cannot slip through. A client is the
    user, or else the address. A cache that fails never refuses anybody.
    """

    def __init__(self) -> None:
        self._seconds_left = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; say whether it is still within the rate of its scope."""
        rate = app_settings.API_RATES.get(view.throttle_scope)
        if rate is None:
            return True
        limit, seconds = parse_rate(rate)
        window, elapsed = divmod(time.time(), seconds)
        self._seconds_left = seconds - elapsed
        key = f"upsell.rate.{view.throttle_scope}.{_digest(self.get_ident(request))}.{int(window)}"
        try:
            return _count(key, seconds) <= limit
        except Exception:
            logger.warning("The cache that counts API requests failed; the request is let through.", exc_info=True)
            return True

    def wait(self) -> float:
        """Return the seconds until the window ends."""
        return math.ceil(self._seconds_left)

    def get_ident(self, request: Request) -> str:
        """Name the client: its user, or the address it comes from.

        ``X-Forwarded-For`` is written by anybody; only what our own proxies appended to it is believed. DRF's
        ``NUM_PROXIES`` says how many there are. Unsaid, a connection from a private address is taken for one proxy.
        """
        if request.user.is_authenticated:
            return f"user:{request.user.pk}"
        if api_settings.NUM_PROXIES is not None:
            return str(super().get_ident(request))
        address = str(request.META.get("REMOTE_ADDR", ""))
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        return forwarded.rpartition(",")[2].strip() if forwarded and _is_private(address) else address


def parse_rate(rate: str) -> tuple[int, int]:
    """Read a rate such as ``"300/min"`` as requests and seconds; raise ``ValueError`` when it is none."""
    number, _, period = rate.partition("/")
    seconds = SECONDS.get(period.strip()[:1])
    if seconds is None or not number.strip().isdecimal():
        raise ValueError(f'UPSELL_API_RATES holds "{rate}"; write requests and a period, such as "300/min".')
    return int(number), seconds


def is_rate(value: object) -> bool:
    """Whether it is a rate."""
    try:
        return isinstance(value, str) and parse_rate(value)[0] > 0
    except ValueError:
        return False


def _count(key: str, seconds: int) -> int:
    cache = caches[app_settings.CACHE]
    if cache.add(key, 1, timeout=2 * seconds):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it expired or was evicted in between
        cache.set(key, 1, timeout=2 * seconds)
        return 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _is_private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return not address  # a Unix socket has none, and a proxy before it
