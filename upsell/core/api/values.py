"""Reading single values from text strictly: one spelling, one meaning, nothing that the database cannot hold."""

import re
from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

MAX_ID = 2**63 - 1
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)

_DIGITS = re.compile(r"[0-9]{1,40}", re.ASCII)


def parse_count(text: str) -> int | None:
    """Read a whole number, 0 or more, in ASCII digits; ``None`` for anything else.

    Python's ``int`` would also take signs, blanks, underscores and the digits of every script.
    """
    return int(text) if _DIGITS.fullmatch(text) else None


def parse_id(text: str) -> int | None:
    """Read an id that a database column can hold; ``None`` for anything else."""
    value = parse_count(text)
    return value if value is not None and 1 <= value <= MAX_ID else None


def parse_instant(text: str) -> datetime | None:
    """Read an ISO 8601 date and time with its offset from UTC, as a moment in UTC; ``None`` for anything else.

    Without an offset a local time may name no moment, or two, when clocks change; so one is required. Moments outside
    1970 to 2999 are refused: some time zone could not show them.
    """
    try:
        moment = parse_datetime(text)
        if moment is None or moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST <= moment < LATEST else None
