"""How often an extra was shown to somebody: counted in the cache, so that looking costs no query.

Somebody is a customer who is signed in, or whoever holds a basket. What is counted is forgotten after a while, and
sooner if the cache is emptied; then extras are merely shown again.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import caches

from upsell.conf import app_settings
from upsell.core.breaker import cache_breaker
from upsell.offers.serving.customers import customer_of_user
from upsell.offers.serving.granting import is_seen_by_somebody

VISIT = 4 * 60 * 60  # seconds without a showing after which a visit is over
KEPT = 30 * 24 * 60 * 60  # seconds for which showings are remembered
MOST = 200  # extras that are remembered of somebody, those that were shown last
MEMO = "_upsell_bumps_shown"  # on the request


@dataclass(slots=True)
class Shown:
    """How often which bumps were shown, by id: in this visit, and in those ``before``; ``at`` in POSIX seconds."""

    at: float = 0.0
    visit: dict[int, int] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)

    def today(self, now: float) -> "Shown":
        """Look at it now: a visit that is over belongs to those before."""
        if now - self.at < VISIT:
            return self
        return Shown(now, {}, _sum(self.before, self.visit))

    def joined(self, other: "Shown") -> "Shown":
        """Count what two were shown as shown to one."""
        return Shown(max(self.at, other.at), _sum(self.visit, other.visit), _sum(self.before, other.before))


def shown_before(request: Any) -> Shown:
    """Tell what was shown to whoever asks, before this page."""
    memo: _Page | None = getattr(request, MEMO, None)
    if memo is None:
        memo = _Page(_recall(_name(request)).today(time.time()))
        setattr(request, MEMO, memo)
    return memo.before


def note_shown(offers: Iterable[int], *, request: Any) -> None:
    """Count bumps as shown, each once in a page view; nothing for robots and pages that nobody looks at."""
    name = _name(request)
    if not name or request.method != "GET" or not is_seen_by_somebody(request):
        return
    before = shown_before(request)
    memo: _Page = getattr(request, MEMO)
    fresh = [offer for offer in offers if offer not in memo.noted]
    if not fresh:
        return
    memo.noted += fresh
    visit = _sum(before.visit, dict.fromkeys(memo.noted, 1))
    _remember(name, Shown(time.time(), visit, before.before))


def adopt_shown(*, request: Any, user: Any) -> None:
    """Let what this basket was shown count for whoever has just signed in."""
    customer, guest = customer_of_user(user), _name_of_basket(request)
    if not customer or not guest:
        return
    now = time.time()
    seen = _recall(guest).today(now)
    if seen.visit or seen.before:
        _remember(_key(customer), _recall(_key(customer)).today(now).joined(seen))
        cache_breaker.ask(lambda: caches[app_settings.CACHE].delete(guest), None)
    setattr(request, MEMO, None)


@dataclass(slots=True)
class _Page:
    before: Shown
    noted: list[int] = field(default_factory=list)


def _name(request: Any) -> str:
    customer = customer_of_user(getattr(request, "user", None))
    return _key(customer) if customer else _name_of_basket(request)


def _name_of_basket(request: Any) -> str:
    basket = getattr(request, "basket", None)
    return _key(f"basket:{basket.id}") if basket is not None and basket.id else ""


def _key(name: str) -> str:
    return f"upsell:1:bumps-shown:{name}"


def _recall(name: str) -> Shown:
    if not name:
        return Shown()
    text = cache_breaker.ask(lambda: caches[app_settings.CACHE].get(name), None)
    try:
        at, visit, before = json.loads(text) if text else (0.0, (), ())
        return Shown(float(at), _counts(visit), _counts(before))
    except (TypeError, ValueError):
        return Shown()


def _remember(name: str, shown: Shown) -> None:
    data = [shown.at, _latest(shown.visit), _latest(shown.before)]
    cache_breaker.ask(lambda: caches[app_settings.CACHE].set(name, json.dumps(data), KEPT), None)


def _counts(pairs: Iterable[Any]) -> dict[int, int]:
    return {int(offer): int(times) for offer, times in pairs}


def _latest(counts: Mapping[int, int]) -> list[tuple[int, int]]:
    return list(counts.items())[-MOST:]


def _sum(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    """Add counts; what is in the second comes last."""
    found = {offer: times for offer, times in one.items() if offer not in other}
    return {**found, **{offer: one.get(offer, 0) + times for offer, times in other.items()}}
