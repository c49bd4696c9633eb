"""Which offers a basket may earn: found by one indexed query, however many offers there are."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import router
from django.db.models import Exists, F, FilteredRelation, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from oscar.core.loading import get_model

from upsell.conf import app_settings
from upsell.core.currencies import to_minor
from upsell.core.serving.memo import Memo
from upsell.offers.base import Candidate, Family, Terms
from upsell.offers.fitting import Facts, Shelf
from upsell.offers.models.offers import Offer, PriceFloor
from upsell.offers.registry import personal_types
from upsell.offers.serving import families
from upsell.offers.serving.statements import Marks, Statement, compiled
from upsell.offers.terms import from_json

logger = logging.getLogger("upsell")

COLUMNS = (
    "pk",
    "version",
    "type",
    "family",
    "name",
    "text",
    "translations",
    "currency",
    "lane",
    "starts_at",
    "ends_at",
    "with_vouchers",
    "max_per_basket",
    "max_per_customer",
    "max_in_all",
    "budget",
)
ALL_COLUMNS = (*COLUMNS, "used", "spent", "used_by_customer", "written", "has_floors", "has_voucher")
MOST_MARKS = 512
NOBODY = "nobody"  # no digest reads so
MOST_FOUND = 2_000  # sets of products of which it is remembered what was found for them


@dataclass(frozen=True, slots=True)
class Found:
    """The offers that may apply now, and what else the answer depends on.

    ``budgets`` are the minor units that are left of a budget. ``until`` is when another offer starts or one of these
    ends. ``tied`` are offers whose limits or vouchers let the same products find something else another time or for
    somebody else, ``personal`` those that give each shopper something else.
    """

    candidates: Mapping[int, Candidate] = field(default_factory=dict)
    budgets: Mapping[int, int] = field(default_factory=dict)
    has_floors: bool = False
    until: datetime | None = None
    tied: frozenset[int] = frozenset()
    personal: frozenset[int] = frozenset()

    @property
    def is_lasting(self) -> bool:
        """Whether the same products would find the same, whoever asks, until an offer is changed."""
        return not self.tied

    @property
    def is_plain(self) -> bool:
        """Whether everybody would be given the same."""
        return not self.personal

    def within(self, products: Collection[Facts]) -> "Found":
        """Keep the offers of which every slot fits one of fewer products than were asked about."""
        shelf = Shelf.of(products)
        left_out = {
            key
            for key, candidate in self.candidates.items()
            if not all(shelf.fitting(slot.selection) for slot in candidate.terms.slots)
        }
        return replace(
            self,
            candidates={key: candidate for key, candidate in self.candidates.items() if key not in left_out},
            tied=self.tied - left_out,
            personal=self.personal - left_out,
        )


_found: Memo[Found] = Memo(MOST_FOUND)


def find_candidates(
    products: Iterable[int],
    *,
    currency: str,
    customer: str = "",
    basket: Any = None,
    at: datetime | None = None,
    begun: int | None = None,
    revision: Any = None,
) -> Found:
    """Find the offers of which every slot fits one of the products. Give the parents of variants, too.

    ``customer`` is whose uses count against limits per customer; what else depends on who asks is said by
    ``personal.personalised``. ``basket`` tells whether there is a voucher. With
    ``begun``, find at most so many offers for anybody of which at least one slot fits, the newest.

    With a ``revision`` (``families``), what lasts is remembered under it, and found again without a query.
    """
    at = at or timezone.now()
    ids = sorted(set(products))
    key = (revision, currency, begun, *ids)
    if revision is not None:
        known = _found.get([key]).get(key)
        if known is not None and (known.until is None or known.until > at):
            return known
    found = _read(ids, currency, customer, basket, at, begun)
    if revision is not None and found.is_lasting:
        _found.put({key: found}, seconds=app_settings.PRICING_CACHE_SECONDS)
    return found


def _read(ids: list[int], currency: str, customer: str, basket: Any, at: datetime, begun: int | None) -> Found:
    """Ask the database."""
    texts = {"currency": currency, "customer": customer or NOBODY}
    number = getattr(basket, "pk", None) or 0
    if begun is None and ids and len(ids) <= MOST_MARKS:
        size = 1 << (len(ids) - 1).bit_length()  # few sizes, so that few statements serve all baskets
        rows = _statement(router.db_for_read(Offer), size).rows(ids=ids, number=number, moment=at, texts=texts)
    else:
        anybody = Offer.objects.exclude(type__in=personal_types())
        offers = Offer.objects.complete_for(ids) if begun is None else anybody.touching(ids)
        order = "pk" if begun is None else "-pk"
        rows = list(_query(offers.order_by(order), number=number, at=at, **texts)[:begun].values(*ALL_COLUMNS))
    kept: dict[int, Candidate] = {}
    budgets: dict[int, int] = {}
    changes: list[datetime] = []
    tied: set[int] = set()
    for row in rows:
        changes += [moment for moment in (row["starts_at"], row["ends_at"]) if moment is not None and moment > at]
        is_limited = row["max_per_customer"] or row["max_in_all"] or row["budget"] is not None
        if is_limited or not row["with_vouchers"]:
            tied.add(row["pk"])
        if (row["starts_at"] is not None and row["starts_at"] > at) or (
            row["has_voucher"] and not row["with_vouchers"]
        ):
            continue
        terms = terms_of_row(row)
        if terms is None:
            continue
        left = budget_left(row)
        if left is not None:
            budgets[row["pk"]] = to_minor(left, row["currency"])
        kept[row["pk"]] = _candidate(row, terms, left)
    personal = personal_types()
    return Found(
        candidates=kept,
        budgets=budgets,
        has_floors=any(row["has_floors"] for row in rows),
        until=min(changes, default=None),
        tied=frozenset(tied),
        personal=frozenset(row["pk"] for row in rows if row["type"] in personal),
    )


@lru_cache(maxsize=32)
def _statement(alias: str, size: int) -> Statement:
    """Put the question together for up to so many products."""
    marks = Marks.of(size)
    offers = Offer.objects.using(alias).complete_for(marks.ids).order_by("pk")
    asked = _query(
        offers, number=marks.number, at=marks.moment, currency=marks.text("currency"), customer=marks.text("customer")
    )
    return compiled(asked.values_list(*ALL_COLUMNS), ALL_COLUMNS)


def _query(offers: Any, *, number: int, at: datetime, currency: str, customer: str) -> Any:
    """Ask for all at once, those that start later included: they tell how long the answer holds."""
    running = Q()
    for family in families.CONDITIONS:
        running |= Q(Exists(families.open_rows(family, at)), family=family)
    vouchers = get_model("basket", "Basket").vouchers.through._default_manager
    return (
        offers.filter(running, Q(currency="") | Q(currency=currency), Q(ends_at__isnull=True) | Q(ends_at__gt=at))
        .filter(status=Offer.Status.ACTIVE)
        .alias(
            all_uses=FilteredRelation("usages", condition=Q(usages__customer="")),
            own_uses=FilteredRelation("usages", condition=Q(usages__customer=customer)),
        )
        .annotate(
            used=F("all_uses__used"),
            spent=F("all_uses__spent"),
            used_by_customer=F("own_uses__used"),
            written=Cast("terms", TextField()),
            has_floors=Exists(PriceFloor.objects.all()),
            has_voucher=Exists(vouchers.filter(basket=number)),
        )
    )


def terms_of_row(row: Mapping[str, Any]) -> Terms | None:
    """Read an offer's terms; one that cannot be read costs itself only, not the offers beside it."""
    try:
        return _terms(row["written"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        logger.exception("The terms of offer %s cannot be read.", row["pk"], extra={"reason": "offers.terms"})
        return None


@lru_cache(maxsize=20_000)
def _terms(written: str) -> Terms:
    """Read terms once per wording: parsing thousands of them would take longer than solving."""
    return from_json(json.loads(written))


def budget_left(row: Mapping[str, Any]) -> Decimal | None:
    """Tell what is left of an offer's budget, of a row with ``budget`` and ``spent``; ``None`` without one."""
    return None if row["budget"] is None else max(Decimal(0), row["budget"] - (row["spent"] or 0))


def _candidate(row: Mapping[str, Any], terms: Terms, left: Decimal | None) -> Candidate:
    limit, limited_by = limit_of(row, left)
    return Candidate(
        id=row["pk"],
        version=row["version"],
        type=row["type"],
        family=Family(row["family"]),
        name=row["name"],
        text=row["text"],
        terms=terms,
        currency=row["currency"],
        lane=row["lane"],
        limit=limit,
        limited_by=limited_by,
        ends_at=row["ends_at"],
        translations=row["translations"] or {},
    )


def limit_of(row: Mapping[str, Any], left: Decimal | None) -> tuple[int | None, str]:
    """Tell how often the offer may apply, all limits considered, and which of them says so.

    ``left`` is what is left of its budget.
    """
    limits: list[tuple[int, str]] = []
    if row["max_per_basket"] is not None:
        limits.append((row["max_per_basket"], "basket"))
    if row["max_per_customer"] is not None:
        limits.append((max(0, row["max_per_customer"] - (row["used_by_customer"] or 0)), "customer"))
    if row["max_in_all"] is not None:
        limits.append((max(0, row["max_in_all"] - (row["used"] or 0)), "all"))
    if left is not None and left <= 0:
        limits.append((0, "budget"))
    return min(limits, default=(None, ""), key=lambda found: found[0])
