"""A circuit breaker: what has failed, or was slow, is left alone for a while.

A cache is there to make pages fast. One that is down or slow would make every page wait for it.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

logger = logging.getLogger("upsell")

T = TypeVar("T")


class Breaker:
    """Asks something as long as it answers in time, and rests for a while once it did not; one a process and thing.

    ``name`` is what the log calls it. ``patience`` and ``rest`` are in seconds.
    """

    def __init__(self, name: str, *, patience: float = 1.0, rest: float = 30.0) -> None:
        self.name, self.patience, self.rest = name, patience, rest
        self._resting_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it is left alone now."""
        return time.monotonic() < self._resting_until

    def close(self) -> None:
        """Ask it again at once."""
        self._resting_until = 0.0

    def ask(self, act: Callable[[], T], default: T) -> T:
        """Return what ``act`` returns, or ``default`` if it fails or is left alone; failures are logged once a rest."""
        if self.is_open:
            return default
        started = time.monotonic()
        try:
            answer = act()
        except Exception:
            self._resting_until = started + self.rest
            said = {"reason": f"{self.name}.failed"}
            logger.exception("upsell leaves the %s alone for %d seconds", self.name, self.rest, extra=said)
            return default
        if time.monotonic() - started > self.patience:
            self._resting_until = started + self.rest
            said = {"reason": f"{self.name}.slow"}
            logger.warning("upsell leaves the slow %s alone for %d seconds", self.name, self.rest, extra=said)
        return answer


cache_breaker = Breaker("cache")
"""For the cache that the shop names for us, whoever asks it."""
