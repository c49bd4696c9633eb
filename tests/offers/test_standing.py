"""Where somebody stands with a special price, whatever was written down of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.offers.standing import Held, Standing, accepted_of, position

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

moments = st.integers(0, 24 * 20).map(lambda hours: START + hours * HOUR)
maybe = st.none() | moments
rows = st.lists(
    st.builds(
        Held,
        id=st.integers(1, 99),
        state=st.sampled_from(["shown", "accepted", "dismissed", "used", "over"]),
        quantity=st.integers(0, 5),
        ends_at=maybe,
        closed_at=maybe,
    ),
    max_size=4,
    unique_by=lambda row: row.id,
)
days = st.integers(0, 10)


@given(rows=rows, at=moments, again=days)
def test_an_accepted_price_that_is_not_over_always_holds(rows: list[Held], at: datetime, again: int) -> None:
    live = [row for row in rows if row.state == "accepted" and (row.ends_at is None or row.ends_at > at)]
    where = position(rows, at, again_after_days=again)
    assert (where.standing == Standing.ACCEPTED) == bool(live)
    if live:
        assert where.held in live
        assert where.held.quantity == max(row.quantity for row in live)
        assert accepted_of(rows, at) == where.held


@given(rows=rows, at=moments, again=days)
def test_nothing_is_offered_within_the_days_after_an_end(rows: list[Held], at: datetime, again: int) -> None:
    where = position(rows, at, again_after_days=again)
    if where.standing not in (Standing.NEW, Standing.SHOWN):
        return
    for row in rows:
        if row.ends_at is not None and row.ends_at <= at:
            assert min(row.ends_at, row.closed_at or row.ends_at) + timedelta(days=again) <= at
        if row.state in ("dismissed", "used", "over"):
            ends = [moment for moment in (row.closed_at, row.ends_at) if moment is not None]
            assert min(ends, default=at) + timedelta(days=again) <= at


@given(rows=rows, at=moments, again=days)
def test_what_is_shown_ends_at_the_first_of_its_ends(rows: list[Held], at: datetime, again: int) -> None:
    where = position(rows, at, again_after_days=again)
    if where.standing == Standing.SHOWN:
        shown = [row.ends_at for row in rows if row.state == "shown" and (row.ends_at is None or row.ends_at > at)]
        assert where.ends_at == min((end for end in shown if end is not None), default=None)
        assert where.ends_at is None or where.ends_at > at


@given(rows=rows, at=moments, again=days)
def test_the_order_of_the_rows_does_not_matter(rows: list[Held], at: datetime, again: int) -> None:
    assert position(rows, at, again_after_days=again) == position(rows[::-1], at, again_after_days=again)


@pytest.mark.parametrize(
    ("state", "ends", "closed", "hours", "standing"),
    [
        ("shown", 1, None, 0, "shown"),
        ("shown", 1, None, 1, "over"),
        ("shown", None, None, 9, "shown"),
        ("accepted", 1, None, 0.99, "accepted"),
        ("accepted", 1, None, 1, "over"),
        ("dismissed", 9, 1, 24, "dismissed"),
        ("dismissed", 9, 1, 25, "new"),
        ("used", 2, 3, 25.9, "used"),
        ("used", 2, 3, 26, "new"),
        ("over", 2, 2, 26, "new"),
    ],
)
def test_a_day_passes(state: str, ends: int | None, closed: int | None, hours: float, standing: str) -> None:
    row = Held(
        1,
        state,
        1,
        None if ends is None else START + ends * HOUR,
        None if closed is None else START + closed * HOUR,
    )
    assert position([row], START + hours * HOUR, again_after_days=1).standing == standing
