from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.core.api.values import EARLIEST, LATEST, MAX_ID, parse_count, parse_id, parse_instant

moments = st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.timezones())


@given(st.integers(1, MAX_ID))
def test_an_id_is_read_from_its_digits(value: int) -> None:
    assert parse_id(str(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        str(MAX_ID + 1),
        "-1",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "1_0",
        "1.0",
        "1e3",
        "0x1",
        "٣",
        "३",
        "１",
        "²",
        "a",
        "\x00",
    ],
)
def test_nothing_else_is_an_id(text: str) -> None:
    assert parse_id(text) is None


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    count, moment = parse_count(text), parse_instant(text)
    assert count is None or count >= 0
    assert moment is None or EARLIEST <= moment < LATEST


@given(moments)
def test_a_moment_is_read_from_its_iso_form(moment: datetime) -> None:
    offset = moment.utcoffset()
    assert offset is not None
    if offset % timedelta(minutes=1):  # local mean times of old have seconds in their offset
        return
    assert parse_instant(moment.isoformat()) == moment.astimezone(UTC)


def test_a_moment_comes_in_utc() -> None:
    moment = parse_instant("2026-10-25T02:30:00+02:00")
    assert moment is not None
    assert (moment.isoformat(), moment.tzinfo) == ("2026-10-25T00:30:00+00:00", UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-29T02:30:00",
        "2026-10-25T02:30",
        "2026-11-21",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "1969-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "2026-02-30T00:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T00:00:00+99:00",
    ],
)
def test_a_date_that_names_no_single_moment_is_refused(text: str) -> None:
    assert parse_instant(text) is None
