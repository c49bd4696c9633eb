"""The fence between upsell and the shop: what fails inside must not be felt outside.

Every receiver, tag and hook that a shop's own code runs into goes through ``guarded``. A ``try`` alone would not do: a
failed query leaves the shop's transaction unusable, so that an order that is being placed in it would be lost. The
savepoint is the point.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

logger = logging.getLogger("upsell")

P = ParamSpec("P")
T = TypeVar("T")


def guarded(reason: str, *, default: Any = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return ``default`` instead of raising, with the surrounding transaction as usable as it was.

    A failure is logged once, at level error, with ``reason``: a short code that names the entry point. Only what is
    not an ``Exception`` (a keyboard interrupt, say) passes.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def fenced(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                with _savepoint():
                    return function(*args, **kwargs)
            except Exception:
                logger.exception("upsell failed and stepped aside: %s", reason, extra={"reason": reason})
                return default  # type: ignore[no-any-return]

        return fenced

    return decorate


def _savepoint() -> AbstractContextManager[Any]:
    """Open a savepoint if there is a transaction to protect; without one, a failed query harms nobody."""
    return transaction.atomic() if transaction.get_connection().in_atomic_block else nullcontext()
