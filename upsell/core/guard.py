"""The fence between upsell and the shop: what fails inside must not be felt outside.

Every receiver, tag and hook that a shop's own code runs into goes through ``guarded``. A ``try`` alone would not do: a
failed query leaves the shop's transaction unusable, so that an order that is being placed in it would be lost. The
savepoint is the point.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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
    not an ``Exception`` (a keyboard interrupt, say) passes. What ``reads_only`` leaves nothing behind to undo: it gets
    its savepoint only when it queries, and none on databases that forgive a failed query.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def fenced(*args: P.args, **kwargs: P.kwargs) -> T:
            return attempt(reason, lambda: function(*args, **kwargs), default=default, reads_only=reads_only)

        return fenced

    return decorate


def attempt(reason: str, act: Callable[[], T], *, default: Any = None, reads_only: bool = False) -> T:
    """Act, or return ``default`` if that fails: what ``guarded`` does, for a reason that is known only then."""
    try:
        with _savepoint(reads_only=reads_only):
            return act()
    except Exception:
        logger.exception("upsell failed and stepped aside: %s", reason, extra={"reason": reason})
        return default  # type: ignore[no-any-return]


def _savepoint(*, reads_only: bool) -> AbstractContextManager[Any]:
    """Open a savepoint if there is a transaction to protect; without one, a failed query harms nobody."""
    connection = transaction.get_connection()
    if not connection.in_atomic_block or (reads_only and connection.vendor in FORGIVING):
        return nullcontext()
    return _LateSavepoints.of(connection).one_more() if reads_only else transaction.atomic()


class _LateSavepoints:
    """Savepoints of nested guards, opened from the outermost in when a query comes.

    Most of what a page shows asks nothing of its own, and would pay two statements for each guard around it.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.names: list[str | None] = []
        self.opening = False

    @classmethod
    def of(cls, connection: Any) -> "_LateSavepoints":
        """Find those of a connection."""
        late: _LateSavepoints = connection.__dict__.setdefault("_upsell_late_savepoints", cls(connection))
        return late

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Fence a block off, inside the blocks that are fenced off already."""
        depth = len(self.names)
        self.names.append(None)
        watch = nullcontext() if depth else self.connection.execute_wrapper(self.before_a_query)
        with watch:
            try:
                yield
            except BaseException:
                if name := self.names.pop():
                    self.connection.savepoint_rollback(name)
                    self.connection.set_rollback(False)
                raise
            if name := self.names.pop():
                self.connection.savepoint_commit(name)

    def before_a_query(self, execute: Callable[..., Any], *query: Any) -> Any:
        """Open what is not open yet; the statements that do so pass here, too."""
        if not self.opening:
            self.opening = True
            try:
                for depth, name in enumerate(self.names):
                    if name is None:
                        self.names[depth] = self.connection.savepoint()
            finally:
                self.opening = False
        return execute(*query)
