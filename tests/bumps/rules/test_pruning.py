"""What was offered to shoppers is forgotten once it is long over, and not before it may be offered again."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.orders import placed
from upsell.bumps import services
from upsell.models import Bump, Grant, OrderOffer
from upsell.offers.serving import pruning
from upsell.offers.serving.pruning import prune_grants
from upsell.offers.standing import Held, Standing, position
from upsell.testing import make_bump, make_ladder, make_product, make_upgrade_offer

Make = Callable[..., Grant]


@pytest.fixture
def at(db: None) -> datetime:
    return timezone.now()


@pytest.fixture
def bump(db: None) -> Bump:
    return make_bump(make_product(), off="1.00", again_after_days=30)


@pytest.fixture
def make(bump: Bump, at: datetime) -> Make:
    """Make an offer to a shopper, with the days since it was shown, closed or ended."""
    made = iter(range(1000))

    def grant(state: str, *, offer: Any = bump, shown: int = 0, **days: int) -> Grant:
        times = {f"{name}_at": at - timedelta(days=ago) for name, ago in days.items()}
        row = Grant.objects.create(offer=offer, visitor=f"v{next(made)}", state=state, **times)
        Grant.objects.filter(pk=row.pk).update(shown_at=at - timedelta(days=shown))
        return row

    return grant


def kept() -> set[int]:
    return set(Grant.objects.values_list("pk", flat=True))


def test_what_is_long_over_goes_and_what_is_not_stays(make: Make) -> None:
    goes = [
        make("dismissed", closed=181, shown=181),
        make("over", closed=200, shown=200),
        make("used", closed=200, shown=200),
        make("shown", shown=300, ends=190),
        make("accepted", shown=300, accepted=300, ends=190),
        make("shown", shown=181),
    ]
    stays = [
        make("dismissed", closed=179, shown=300),
        make("over", closed=100, shown=300),
        make("shown", shown=300, ends=170),
        make("shown", shown=300, ends=-1),
        make("shown", shown=20),
        make("accepted", shown=900, accepted=900),
    ]
    assert prune_grants() == len(goes)
    assert kept() == {row.pk for row in stays}


def test_what_an_order_came_from_stays(make: Make, bump: Bump) -> None:
    booked = OrderOffer.objects.create(
        order=placed(make_product()),
        offer=bump,
        family="bump",
        name="Extra",
        version=1,
        currency="GBP",
        incl_tax=True,
        applications=1,
        amount=Decimal("1.00"),
    )
    grant = make("used", closed=900, shown=900)
    Grant.objects.filter(pk=grant.pk).update(order_offer=booked)
    assert prune_grants(days=1) == 0
    booked.order.delete()
    assert prune_grants(days=1) == 1


def test_a_refusal_is_remembered_as_long_as_its_offer_wants(make: Make) -> None:
    patient = make_bump(make_product(), again_after_days=400)
    ladder = make_ladder(make_product(price="5"), make_product(price="9"))
    upgrade = make_upgrade_offer(ladder, off="1.00", again_after_days=400)
    rows = [make("dismissed", offer=offer, closed=399, shown=399) for offer in (patient, upgrade)]
    older = [make("dismissed", offer=offer, closed=401, shown=401) for offer in (patient, upgrade)]
    assert prune_grants() == len(older)
    assert kept() == {row.pk for row in rows}


def test_nothing_is_kept_open_of_an_offer_that_has_ended_for_good(make: Make, bump: Bump) -> None:
    make("accepted", shown=200, accepted=200)
    fresh = make("accepted", shown=10, accepted=10)
    services.pause_bump(bump=bump, user=None)
    assert prune_grants() == 0
    services.end_bump(bump=bump, user=None)
    assert prune_grants() == 1
    assert kept() == {fresh.pk}


def test_many_go_in_small_batches(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    for _ in range(5):
        make("dismissed", closed=300)
    assert prune_grants() == 5
    assert not kept()


def test_the_command_tells_and_takes_the_days(make: Make) -> None:
    make("dismissed", closed=50, shown=50)
    out = io.StringIO()
    call_command("upsell_prune", stdout=out)
    assert "forgotten" not in out.getvalue()
    call_command("upsell_prune", "--days", "40", stdout=out)
    assert "1 offer to a shopper forgotten." in out.getvalue()
    for odd in ("0", "-1", "many", "99999", "٣"):
        with pytest.raises(CommandError):
            call_command("upsell_prune", "--days", odd, stdout=out)


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["dismissed", "over", "used", "shown", "accepted"]),
            st.integers(0, 60),
            st.none() | st.integers(-10, 60),
        ),
        max_size=4,
    ),
    days=st.integers(1, 40),
    wait=st.integers(1, 40),
)
def test_forgetting_changes_nothing_of_where_somebody_stands(
    rows: list[tuple[str, int, int | None]], days: int, wait: int
) -> None:
    """Whatever goes by the rule, the answer to "may it be offered again?" is the same without it."""
    at = timezone.now()

    def held(number: int, state: str, closed: int, ends: int | None) -> Held:
        is_closed = state not in {"shown", "accepted"}
        return Held(
            number,
            state,
            1,
            None if ends is None else at - timedelta(days=ends),
            at - timedelta(days=closed) if is_closed else None,
        )

    known = [held(number, *row) for number, row in enumerate(rows)]
    since = at - timedelta(days=max(days, wait))

    def goes(row: Held) -> bool:
        if row.closed_at is not None:
            return row.closed_at < since
        return row.ends_at is not None and row.ends_at < since

    left = [row for row in known if not goes(row)]
    quiet = frozenset({Standing.DISMISSED, Standing.OVER, Standing.USED})
    before = position(known, at, again_after_days=wait, quiet_after=quiet)
    after = position(left, at, again_after_days=wait, quiet_after=quiet)
    assert before == after
