"""Where somebody stands with a special price: whether it may be offered, has been accepted, or must be left alone.

What was offered once is not offered again too soon, and a time that is over stays over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Standing(StrEnum):
    """New: may be offered. Shown: is being offered. Accepted: its price holds. The others: not again for a while."""

    NEW = "new"
    SHOWN = "shown"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    USED = "used"
    OVER = "over"

    @property
    def is_open(self) -> bool:
        """Whether it may be shown, and accepted."""
        return self in {Standing.NEW, Standing.SHOWN, Standing.ACCEPTED}


OPEN = {Standing.SHOWN, Standing.ACCEPTED}
CLOSED = frozenset({Standing.DISMISSED, Standing.USED, Standing.OVER})


@dataclass(frozen=True, slots=True)
class Held:
    """A time that the price was offered to somebody, as it was written down; ``id`` is the row.

    ``ends_at`` is when it is over if nothing is done, ``closed_at`` when something was.
    """

    id: int
    state: str
    quantity: int = 0
    ends_at: datetime | None = None
    closed_at: datetime | None = None

    def stands(self, at: datetime) -> Standing:
        """Tell what has become of it."""
        state = Standing(self.state)
        return Standing.OVER if state in OPEN and self.ends_at is not None and self.ends_at <= at else state

    def over_since(self, at: datetime) -> datetime | None:
        """Tell when it came to its end; ``None`` while it has not."""
        if self.stands(at) in OPEN:
            return None
        ends = [moment for moment in (self.closed_at, self.ends_at) if moment is not None]
        return min(ends, default=at)


@dataclass(frozen=True, slots=True)
class Position:
    """Where somebody stands, and by which row: that of the acceptance, or the last one."""

    standing: Standing = Standing.NEW
    held: Held | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When the time to decide, or the accepted price, is over."""
        return self.held.ends_at if self.held else None


def position(
    rows: Iterable[Held], at: datetime, *, again_after_days: int, quiet_after: frozenset[Standing] = CLOSED
) -> Position:
    """Tell where somebody stands who was offered a price as these rows say.

    An accepted price holds, whatever else is known. Else what was declined, ordered or let pass, as far as it is in
    ``quiet_after``, keeps it quiet until ``again_after_days`` are over.
    """
    known = sorted(rows, key=lambda row: row.id)
    accepted = accepted_of(known, at)
    if accepted is not None:
        return Position(Standing.ACCEPTED, accepted)
    wait = timedelta(days=again_after_days)
    closed = [row for row in known if row.stands(at) in quiet_after]
    over = [(since, row) for row in closed if (since := row.over_since(at)) is not None and since + wait > at]
    if over:
        last = max(over, key=lambda pair: (pair[0], pair[1].id))[1]
        return Position(last.stands(at), last)
    shown = [row for row in known if row.stands(at) == Standing.SHOWN]
    if shown:
        return Position(Standing.SHOWN, min(shown, key=_end))
    return Position()


def accepted_of(rows: Iterable[Held], at: datetime) -> Held | None:
    """Find the acceptance that changes a price: the one of most units, where there were several by the same shopper."""
    accepted = [row for row in rows if row.stands(at) == Standing.ACCEPTED]
    return max(accepted, key=lambda row: (row.quantity, -row.id), default=None)


def _end(row: Held) -> tuple[bool, float, int]:
    return (row.ends_at is None, row.ends_at.timestamp() if row.ends_at else 0, row.id)
