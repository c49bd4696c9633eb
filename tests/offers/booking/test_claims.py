"""Limits and budgets are never exceeded, and what is counted is what was granted."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oscar.core.loading import get_class

from tests.orders import placed
from upsell.offers.booking import repair
from upsell.offers.booking.claims import Use, claim, count
from upsell.offers.booking.releasing import release, release_order
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import Offer, OfferUsage
from upsell.offers.querysets import OfferUsageQuerySet
from upsell.testing import count_queries

pytestmark = pytest.mark.django_db

UnableToPlaceOrder = get_class("order.exceptions", "UnableToPlaceOrder")
ANNE, BEN = "a" * 64, "b" * 64


def an_offer(**fields: Any) -> Any:
    return Offer.objects.create(type="bundle", family="bundle", status="active", currency="GBP", **fields)


def use(offer: Any, applications: int = 1, amount: str = "2.00") -> Use:
    return Use(offer.pk, offer.name, applications, Decimal(amount))


def counted(offer: Any, customer: str = "") -> tuple[int, Decimal] | None:
    return OfferUsage.objects.filter(offer=offer, customer=customer).values_list("used", "spent").first()


def refused(*uses: Use, customer: str = ANNE) -> str:
    with pytest.raises(UnableToPlaceOrder) as error, transaction.atomic():
        claim(uses, customer=customer)
    return str(error.value)


def test_uses_and_what_was_given_are_counted() -> None:
    offer = an_offer()
    assert claim([use(offer, 2, "4.50")], customer=ANNE) == {offer.pk: ""}
    claim([use(offer, 1, "2.25")], customer=BEN)
    assert counted(offer) == (3, Decimal("6.75"))


def test_a_customer_is_counted_only_where_the_offer_is_limited_by_customer() -> None:
    free, limited = an_offer(), an_offer(max_per_customer=2)
    assert claim([use(free), use(limited)], customer=ANNE) == {free.pk: "", limited.pk: ANNE}
    assert counted(free, ANNE) is None
    assert counted(limited, ANNE) == (1, Decimal("2.00"))
    assert counted(limited) == (1, Decimal("2.00"))


def test_the_last_use_goes_and_no_more() -> None:
    offer = an_offer(max_in_all=3, name="Tea for two")
    claim([use(offer, 2)], customer=ANNE)
    assert refused(use(offer, 2)) == "“Tea for two” has just been used up. Please check your new total."
    claim([use(offer, 1)], customer=ANNE)
    refused(use(offer, 1))
    assert counted(offer) == (3, Decimal("4.00"))


def test_more_uses_than_the_limit_are_refused_at_once() -> None:
    offer = an_offer(max_in_all=3)
    refused(use(offer, 4))
    assert counted(offer) is None


def test_the_budget_is_given_to_the_last_penny_and_no_more() -> None:
    offer = an_offer(budget=Decimal("5.00"))
    claim([use(offer, amount="3.00")], customer=ANNE)
    refused(use(offer, amount="2.01"))
    claim([use(offer, amount="2.00")], customer=ANNE)
    refused(use(offer, amount="0.01"))
    assert counted(offer) == (2, Decimal("5.00"))


def test_a_customer_is_refused_where_another_is_not() -> None:
    offer = an_offer(max_per_customer=1, name="Once each")
    claim([use(offer)], customer=ANNE)
    assert refused(use(offer)) == "You have used “Once each” as often as one customer can. Please check your new total."
    claim([use(offer)], customer=BEN)
    assert counted(offer) == (2, Decimal("4.00"))


def test_what_is_refused_counts_nothing_not_even_for_other_offers() -> None:
    first, last = an_offer(), an_offer(max_in_all=1)
    claim([use(last)], customer=ANNE)
    refused(use(first), use(last))
    assert counted(first) is None
    assert counted(last) == (1, Decimal("2.00"))


def test_counters_are_taken_in_one_sequence_whatever_order_they_come_in() -> None:
    offers = [an_offer(max_per_customer=1) for _ in range(4)]
    taken: list[tuple[int, str]] = []
    original = OfferUsageQuerySet.claim

    def seen(self: Any, *, offer: int, customer: str, **fields: Any) -> bool:
        taken.append((offer, customer))
        return original(self, offer=offer, customer=customer, **fields)

    with patch.object(OfferUsageQuerySet, "claim", seen):
        claim([use(offer) for offer in (offers[2], offers[0], offers[3], offers[1])], customer=ANNE)
    assert taken == sorted(taken)
    assert len(taken) == 8


def test_an_offer_costs_one_statement_once_it_has_been_used() -> None:
    offer = an_offer(max_in_all=5)
    claim([use(offer)], customer=ANNE)
    with count_queries() as queries:
        claim([use(offer)], customer=ANNE)
    statements = [query for query in queries if "statement_timeout" not in query]
    assert len(statements) == 2, statements  # the limits as they are now, and the count


def test_an_offer_that_was_deleted_is_not_counted() -> None:
    offer = an_offer()
    gone = use(offer)
    offer.delete()
    assert claim([gone], customer=ANNE) == {}


def test_an_order_that_stands_is_counted_whatever_the_limits_are() -> None:
    offer = an_offer(max_in_all=1, max_per_customer=1)
    claim([use(offer)], customer=ANNE)
    assert count([use(offer)], customer=ANNE) == {offer.pk: ANNE}
    assert counted(offer) == (2, Decimal("4.00"))


def test_a_counter_that_others_hold_refuses_where_there_is_a_limit_and_else_stops_no_order(
    caplog: pytest.LogCaptureFixture,
) -> None:
    limited, free = an_offer(max_in_all=5, name="Hot"), an_offer()
    with patch.object(OfferUsageQuerySet, "claim", side_effect=OperationalError("database is locked")):
        assert refused(use(limited)) == "Many people are ordering “Hot” right now. Please try again in a moment."
        assert claim([use(free)], customer=ANNE) == {free.pk: ""}
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_another_failure_of_the_database_is_no_refusal() -> None:
    offer = an_offer(max_in_all=5)
    with (
        patch.object(OfferUsageQuerySet, "claim", side_effect=OperationalError("disk I/O error")),
        pytest.raises(OperationalError),
    ):
        claim([use(offer)], customer=ANNE)


@pytest.mark.postgres
@pytest.mark.parametrize("before", ["0", "500ms"])
def test_the_time_that_statements_may_take_is_left_as_it_was(before: str) -> None:
    offer = an_offer(max_in_all=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
        claim([use(offer)], customer=ANNE)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == before
        refused(use(offer))
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == before


# --- giving back ------------------------------------------------------------------------------------------------------


def booked(
    offer: Any, order: Any = None, customer: str = "", applications: int = 1, amount: str = "2.00"
) -> OrderOffer:
    return OrderOffer.objects.create(
        order=order or placed(),
        offer=offer,
        family="bundle",
        name=offer.name,
        version=1,
        currency="GBP",
        incl_tax=True,
        applications=applications,
        amount=Decimal(amount),
        customer=customer,
    )


def test_what_is_released_can_be_used_by_others_and_is_released_once() -> None:
    offer = an_offer(max_in_all=2, max_per_customer=2)
    claim([use(offer, 2, "3.00")], customer=ANNE)
    row = booked(offer, customer=ANNE, applications=2, amount="3.00")
    assert release([row]) == 1
    assert release([row]) == 0  # the object still says granted; the database decides
    assert release(OrderOffer.objects.all()) == 0
    assert counted(offer) == counted(offer, ANNE) == (0, Decimal("0.00"))
    row.refresh_from_db()
    assert row.state == OrderOffer.State.RELEASED
    assert row.released_at is not None
    assert row.amount == Decimal("3.00")


def test_a_customer_who_was_not_counted_is_not_given_back() -> None:
    """The limit by customer came after the order."""
    offer = an_offer()
    claim([use(offer)], customer=ANNE)
    row = booked(offer)
    type(offer).objects.update(max_per_customer=1)
    claim([use(offer)], customer=ANNE)
    release([row])
    assert counted(offer, ANNE) == (1, Decimal("2.00"))
    assert counted(offer) == (1, Decimal("2.00"))


def test_an_order_gives_back_all_it_used_and_others_keep_theirs() -> None:
    offers = [an_offer(), an_offer()]
    order, other = placed(), placed()
    for offer in offers:
        claim([use(offer)], customer=ANNE)
        booked(offer, order)
    claim([use(offers[0])], customer=BEN)
    booked(offers[0], other)
    assert release_order(order) == 2
    assert counted(offers[0]) == (1, Decimal("2.00"))
    assert counted(offers[1]) == (0, Decimal("0.00"))
    assert OrderOffer.objects.filter(state=OrderOffer.State.GRANTED).count() == 1


def test_an_offer_that_was_deleted_is_released_without_a_counter() -> None:
    offer = an_offer()
    row = booked(offer)
    offer.delete()
    row.refresh_from_db()
    assert release([row]) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cap=st.none() | st.integers(1, 8),
    budget=st.none() | st.integers(1, 300),
    each=st.none() | st.integers(1, 4),
    steps=st.lists(st.tuples(st.sampled_from([ANNE, BEN]), st.integers(1, 3), st.integers(0, 90), st.booleans())),
)
def test_counters_are_the_sum_of_what_stands_and_within_the_limits(
    cap: int | None, budget: int | None, each: int | None, steps: list[tuple[str, int, int, bool]]
) -> None:
    offer = an_offer(max_in_all=cap, max_per_customer=each, budget=None if budget is None else pennies(budget))
    standing: list[tuple[str, int, int]] = []
    for customer, applications, amount, gives_back in steps:
        if gives_back and standing:
            owner, uses, given_ = standing.pop()
            release([booked(offer, customer=owner if each else "", applications=uses, amount=str(pennies(given_)))])
            continue
        mine = sum(uses for owner, uses, _ in standing if owner == customer)
        fits = (
            (cap is None or sum(uses for _, uses, _ in standing) + applications <= cap)
            and (budget is None or sum(given_ for *_, given_ in standing) + amount <= budget)
            and (each is None or mine + applications <= each)
        )
        try:
            with transaction.atomic():
                claim([use(offer, applications, str(pennies(amount)))], customer=customer)
        except UnableToPlaceOrder:
            assert not fits
        else:
            assert fits
            standing.append((customer, applications, amount))
    expected = (sum(uses for _, uses, _ in standing), pennies(sum(given_ for *_, given_ in standing)))
    assert (counted(offer) or (0, Decimal(0))) == expected


def pennies(count: int) -> Decimal:
    return Decimal(count) / 100


def test_many_small_amounts_sum_exactly_on_every_database() -> None:
    """SQLite adds decimals as floats: three times 0.10 must not be more than 0.30."""
    offer = an_offer(budget=Decimal("0.30"))
    for _ in range(3):
        claim([use(offer, amount="0.10")], customer=ANNE)
        booked(offer, amount="0.10")
    refused(use(offer, amount="0.01"))
    assert not repair.miscounted().exists()
    release(OrderOffer.objects.all())
    assert not repair.miscounted().exists()
    claim([use(offer, amount="0.30")], customer=ANNE)
