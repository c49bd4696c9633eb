"""The shop's clock: the file's times are British local times without a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def to_utc(local: datetime) -> datetime:
    """Return the moment of a local time.

    In the hour that summer time skips, the time is read as if the clock had not moved (01:30 becomes 02:30 summer
    time); in the hour that comes twice in autumn, as the first of the two.
    """
    return local.replace(tzinfo=LONDON).astimezone(UTC)
