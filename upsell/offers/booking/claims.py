"""Counting what an order uses of its offers, so that no limit and no budget is ever exceeded.

The database decides, in one conditional UPDATE per counter, inside the transaction that places the order. Every order
takes its counters in the same sequence, so that two orders never wait for each other in a circle.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, OperationalError, connections, router, transaction
from django.db.models import F, FilteredRelation, Q
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.offers.models.offers import Offer, OfferUsage

logger = logging.getLogger("upsell")

# Seconds to wait for a counter that other orders hold. Where it has moved meanwhile, those before us are being served
# and our turn comes: a refusal may follow a payment. One that stands still is held by somebody who sleeps.
PATIENCE = 3
MOST_PATIENCE = 20
WAITED = {"57014", "55P03"}  # PostgreSQL's codes for a statement, or its wait for a lock, that took too long
BUSY = WAITED | {"40P01", "40001"}  # and for a circle of waits, and for what cannot be put in sequence


@dataclass(frozen=True, slots=True)
class Use:
    """What an order uses of one offer. ``name`` is what the shopper knows it by."""

    offer: int
    name: str
    applications: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class _Counter:
    """One row to count in: of all customers (``customer`` is empty), or of one. ``seen`` is where it stood before."""

    use: Use
    customer: str
    most: int | None
    budget: Decimal | None = None
    seen: int | None = None

    @property
    def is_limited(self) -> bool:
        return self.most is not None or self.budget is not None


def claim(uses: Sequence[Use], *, customer: str) -> dict[int, str]:
    """Count the uses, all or none; return for each offer still there which customer it was counted for, if for one.

    A customer is counted only where the offer limits its uses by a customer. Raises Oscar's ``UnableToPlaceOrder``,
    with a reason for the shopper, if a limit would be exceeded or if a counter is held by others for too long. Call it
    in the transaction that places the order.
    """
    return _count(uses, customer, enforce=True)


def count(uses: Sequence[Use], *, customer: str) -> dict[int, str]:
    """Count the uses of an order that stands already, whatever the limits are."""
    return _count(uses, customer, enforce=False)


def _count(uses: Sequence[Use], customer: str, *, enforce: bool) -> dict[int, str]:
    keys = [use.offer for use in uses]
    together = FilteredRelation("usages", condition=Q(usages__customer=""))
    limits = Offer.objects.alias(together=together).annotate(seen=F("together__used")).in_bulk(keys)
    with transaction.atomic(), _short_waits():
        for counter in _counters(uses, limits, customer):
            _count_in(counter, enforce=enforce)
    return {key: customer if offer.max_per_customer else "" for key, offer in limits.items()}


def _counters(uses: Sequence[Use], limits: Mapping[int, Any], customer: str) -> Iterator[_Counter]:
    """List the rows in the sequence in which every order takes them: by offer, that of all customers first."""
    for use in sorted(uses, key=lambda use: use.offer):
        offer = limits.get(use.offer)
        if offer is None:  # deleted since the basket was priced: nothing is left to count in
            continue
        yield _Counter(use, "", offer.max_in_all, offer.budget, offer.seen or 0)
        if offer.max_per_customer and customer:
            yield _Counter(use, customer, offer.max_per_customer)


def _count_in(counter: _Counter, *, enforce: bool) -> None:
    use = counter.use
    try:
        done = _patiently(counter, enforce=enforce)
    except OperationalError as error:
        if not enforce or not is_busy(error):
            raise
        if counter.is_limited:
            raise _unable(
                _("Many people are ordering “%(offer)s” right now. Please try again in a moment."), use
            ) from error
        # Nothing could have been exceeded, so no order is lost for it; upsell_doctor counts anew.
        logger.warning("Offer %s was used without being counted: its counter was held by others.", use.offer)
        return
    if done:
        return
    if counter.customer:
        raise _unable(_("You have used “%(offer)s” as often as one customer can. Please check your new total."), use)
    raise _unable(_("“%(offer)s” has just been used up. Please check your new total."), use)


def _patiently(counter: _Counter, *, enforce: bool) -> bool:
    """Count in a counter as soon as it is free. Raises the database's error once it has stood still for too long."""
    use, seen = counter.use, counter.seen
    end = time.monotonic() + MOST_PATIENCE
    while True:
        try:
            with transaction.atomic():
                return OfferUsage.objects.claim(
                    offer=use.offer,
                    customer=counter.customer,
                    uses=use.applications,
                    amount=use.amount,
                    most=counter.most if enforce else None,
                    budget=counter.budget if enforce else None,
                )
        except OperationalError as error:
            if _sqlstate(error) not in WAITED or seen is None or time.monotonic() > end:
                raise
            before, seen = seen, _used(use.offer)
            if seen == before:
                raise


def _used(offer: int) -> int:
    """Read how often the offer was used, as far as that is decided; this waits for nobody."""
    return OfferUsage.objects.filter(offer=offer, customer="").values_list("used", flat=True).first() or 0


def is_busy(error: DatabaseError) -> bool:
    """Tell whether a statement failed only because others held what it needed."""
    return _sqlstate(error) in BUSY or "locked" in str(error)


def _sqlstate(error: DatabaseError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


@contextmanager
def _short_waits() -> Iterator[None]:
    """Let no statement wait longer than ``PATIENCE``, and leave the connection as it was.

    A limit for locks alone would not do: a row that many wait for takes two locks, each with a time of its own.
    What is set within a savepoint outlives it unless the savepoint is rolled back: then the database takes the setting
    back itself, as nothing could be executed any more.
    """
    connection = connections[router.db_for_write(OfferUsage)]
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE}s"])
    try:
        yield
    finally:
        # Only a broken transaction refuses, and then the rollback to the savepoint around us does it.
        if not connection.needs_rollback:
            _set_back(connection, before)


def _set_back(connection: Any, before: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


def _unable(reason: str, use: Use) -> Exception:
    error: Exception = get_class("order.exceptions", "UnableToPlaceOrder")(reason % {"offer": use.name})
    return error
