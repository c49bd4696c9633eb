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

FORGIVING = {"sqlite", "mysql", "oracle"}  # a failed query leaves the rest of the transaction usable

P = ParamSpec("P")
T = TypeVar("T")


def guarded(
    reason: str, *, default: Any = None, reads_only: bool = False
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return ``default`` instead of raising, with the surrounding transaction as usable as it was.

    A failure is logged once, at level error, with ``reason``: a short code that names the entry point. Only what is
    not an ``Exception`` (a keyboard interrupt, say) passes. What ``reads_only`` leaves nothing behind to undo, and is
    spared the savepoint's two statements on databases that forgive a failed query.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def fenced(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                with _savepoint(reads_only=reads_only):
                    return function(*args, **kwargs)
            except Exception:
                logger.exception("upsell failed and stepped aside: %s", reason, extra={"reason": reason})
                return default  # type: ignore[no-any-return]

        return fenced

    return decorate


def _savepoint(*, reads_only: bool) -> AbstractContextManager[Any]:
    """Open a savepoint if there is a transaction to protect; without one, a failed query harms nobody."""
    connection = transaction.get_connection()
    needed = connection.in_atomic_block and not (reads_only and connection.vendor in FORGIVING)
    return transaction.atomic() if needed else nullcontext()
