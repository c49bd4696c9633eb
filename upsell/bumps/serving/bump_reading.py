"""The bumps that a basket calls for: found by one indexed statement, however many there are in the shop.

What does not depend on who asks is kept until an offer changes, starts or ends. What the statement brings is bounded:
of very many bumps that a basket calls for, those of the highest priority are looked at, before others those that are
not called for by just anything.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import router
from django.db.models import BooleanField, Case, Exists, F, FilteredRelation, OuterRef, Q, Subquery, TextField, When
from django.db.models import Value as Constant
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import get_language
from oscar.core.loading import get_model

from upsell.bumps.models.bumps import Bump, BumpImage
from upsell.bumps.offer_type import NOTHING_OFF
from upsell.bumps.placements import Placement
from upsell.core.serving.memo import Memo
from upsell.offers.base import Family, Selection, Terms
from upsell.offers.models.offers import OfferKey, localised
from upsell.offers.serving import families
from upsell.offers.serving.candidates import NOBODY, budget_left, limit_of, terms_of_row
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.shoppers import admits
from upsell.offers.serving.statements import Marks, Statement, compiled
from upsell.offers.standing import Standing

MOST = 50  # bumps that one statement brings
MOST_MARKS = 512  # products of a basket; one of more is looked at without a statement that is kept
TRIGGER, ADD = range(2)  # the slots of a bump's terms

PLACES = {
    Placement.BASKET: "in_basket",
    Placement.ADDRESS: "at_address",
    Placement.DELIVERY: "at_delivery",
    Placement.PAYMENT: "at_payment",
    Placement.PREVIEW: "at_preview",
}
COLUMNS = (
    "pk",
    "status",
    "name",
    "text",
    "headline",
    "translations",
    "currency",
    "product_id",
    "range_id",
    *PLACES.values(),
    "priority",
    "audience",
    "not_if_owned",
    "most_shows",
    "again_after_days",
    "starts_at",
    "ends_at",
    "version",
    "max_per_basket",
    "max_per_customer",
    "max_in_all",
    "budget",
)
ALL_COLUMNS = (
    *COLUMNS,
    "used",
    "spent",
    "used_by_customer",
    "written",
    "is_open",
    "has_images",
    "parent",
    "category",
    "picture",
    "has_options",
)

CardFacts = tuple[int | None, str, bool]  # category, picture and whether options have to be chosen


@dataclass(frozen=True, slots=True)
class BumpFacts:
    """What is known of a bump, whoever asks; all of ``granting.Offered``.

    ``product`` is what it adds, with its ``parent`` if it is a variant and what its ``card`` needs; without, the best
    of what ``adds`` selects is. ``is_live`` tells that its merchant and Oscar's row let it run, whatever the time.
    ``limit`` is how many units a basket may have, all limits considered; ``limited_by`` names the one that leaves none.
    """

    id: int
    version: int
    name: str
    text: str
    headline: str
    translations: Mapping[str, Mapping[str, str]]
    currency: str
    product: int | None
    parent: int | None
    card: CardFacts
    terms: Terms
    has_reward: bool
    has_images: bool
    placements: frozenset[Placement]
    priority: int
    audience: Mapping[str, Any]
    not_if_owned: bool
    most_shows: int
    again_after_days: int
    starts_at: datetime | None
    ends_at: datetime | None
    is_live: bool
    limit: int | None = None
    limited_by: str = ""

    @property
    def quiet_after(self) -> frozenset[Standing]:
        """After what it is not offered to the same shopper for a while: an order does not silence it."""
        return frozenset({Standing.DISMISSED})

    @property
    def adds(self) -> Selection:
        """Which products it may add; none if they are gone."""
        return self.terms.slots[ADD].selection if self.terms.slots else Selection()

    def runs(self, at: datetime) -> bool:
        """Whether it runs at a moment."""
        return (
            self.is_live
            and (self.starts_at is None or self.starts_at <= at)
            and (self.ends_at is None or self.ends_at > at)
        )

    def admits(self, request: Any) -> bool:
        """Whether it is meant for whoever asks."""
        return admits(self.audience, request)

    def end_of_window(self, at: datetime) -> datetime | None:
        """When it is gone for somebody who accepts it at a moment: when it ends for all."""
        return self.ends_at

    def localised(self, field: str) -> str:
        """Return ``name``, ``text`` or ``headline`` in the language of the page, or as it was first written."""
        return localised(self.translations, field, getattr(self, field))


@dataclass(frozen=True, slots=True)
class _Called:
    """Bumps that a basket calls for, and until when nothing else does."""

    facts: tuple[BumpFacts, ...]
    until: datetime | None


_called: Memo[_Called] = Memo(1024)
_none: Memo[datetime | None] = Memo(64)  # places without any bump, and until when
_images: Memo[str] = Memo(512)


def facts_of(offers: Collection[int], *, request: Any) -> dict[int, BumpFacts]:
    """Read bumps as they are now, whether they run or not, with what this shopper's limits leave."""
    if not offers:
        return {}
    at, customer = timezone.now(), asker_of_request(request).customer or NOBODY
    rows = _described(Bump.objects.filter(pk__in=list(offers)), at=at, customer=customer).values(*ALL_COLUMNS)
    return {facts.id: facts for facts in _read(rows)}


def called_for(
    products: Collection[int], *, placement: Placement, currency: str, revision: str, request: Any
) -> Sequence[BumpFacts]:
    """Find the bumps that products call for at a place, the first to be looked at first. Give parents, too.

    Those that start soon are among them. ``revision`` is that of prices: what is remembered under it lasts until
    something about offers is changed. No query where nothing was found before, or for a shop without any.
    """
    at = timezone.now()
    place = (revision, placement)
    if (known := _none.get([place])) and _holds(known[place], at):
        return ()
    key = (revision, placement, currency, frozenset(products))
    kept = _called.get([key]).get(key)
    if kept is not None and _holds(kept.until, at):
        return kept.facts
    customer = asker_of_request(request).customer or NOBODY
    rows = _rows(sorted(products), placement, currency, customer, at)
    found = sorted(_read(rows), key=lambda facts: (-facts.priority, -facts.id))
    changes = [moment for facts in found for moment in (facts.starts_at, facts.ends_at) if moment and moment > at]
    if not any(row["max_per_customer"] or row["max_in_all"] or row["budget"] is not None for row in rows):
        _called.put({key: _Called(tuple(found), min(changes, default=None))})
    if not found and not _waiting(placement, at).exists():
        _none.put({place: None})
    return tuple(found)


def images_of(bumps: Iterable[BumpFacts], revision: str) -> Mapping[int, str]:
    """Find the merchant's own pictures for bumps in the language of the page, by name; one query at most."""
    language = get_language() or ""
    wanted = {(revision, language, facts.id) for facts in bumps if facts.has_images}
    found = _images.get(wanted)
    missing = {offer for _, _, offer in wanted - found.keys()}
    if missing:
        rows: dict[int, dict[str, str]] = {}
        for offer, code, name in BumpImage.objects.filter(bump__in=missing).values_list("bump", "language", "image"):
            rows.setdefault(offer, {})[code] = name
        codes = (language, language.split("-")[0], "")
        read = {
            (revision, language, offer): next((rows[offer][code] for code in codes if code in rows.get(offer, {})), "")
            for offer in missing
        }
        _images.put(read)
        found = {**found, **read}
    return {offer: name for (_, _, offer), name in found.items() if name}


def _holds(until: datetime | None, at: datetime) -> bool:
    return until is None or until > at


# --- the statement ----------------------------------------------------------------------------------------------------


def _rows(ids: Sequence[int], placement: Placement, currency: str, customer: str, at: datetime) -> Any:
    texts = {"currency": currency, "customer": customer}
    if ids and len(ids) <= MOST_MARKS:
        size = 1 << (len(ids) - 1).bit_length()  # few sizes, so that few statements serve all baskets
        return _statement(router.db_for_read(Bump), size, placement).rows(ids=ids, number=0, moment=at, texts=texts)
    return list(_asked(Bump.objects.all(), ids, placement, at=at, **texts).values(*ALL_COLUMNS))


@lru_cache(maxsize=64)
def _statement(alias: str, size: int, placement: Placement) -> Statement:
    """Put the question together for up to so many products."""
    marks = Marks.of(size)
    asked = _asked(
        Bump.objects.using(alias),
        marks.ids,
        placement,
        at=marks.moment,
        currency=marks.text("currency"),
        customer=marks.text("customer"),
    )
    return compiled(asked.values_list(*ALL_COLUMNS), ALL_COLUMNS)


def _asked(bumps: Any, ids: Sequence[int], placement: Placement, *, at: datetime, currency: str, customer: str) -> Any:
    """Ask for those that the products call for, and then, of the few that are left, for what there is to know.

    Those that start later are asked for behind all others: they tell how long the answer holds.
    """
    keys: Any = OfferKey.objects.using(bumps.db).filter(slot=TRIGGER)
    anything = keys.filter(offer=OuterRef("pk"), everything=True)
    # A customer's own limit is looked at afterwards: what is remembered must be the same for everybody.
    room = (
        Q(max_in_all__isnull=True) | Q(all_uses__used__isnull=True) | Q(all_uses__used__lt=F("max_in_all")),
        Q(budget__isnull=True) | Q(all_uses__spent__isnull=True) | Q(all_uses__spent__lt=F("budget")),
    )
    chosen = (
        _waiting(placement, at, bumps)
        .filter(Q(currency="") | Q(currency=currency), Exists(families.open_rows(Family.BUMP, at)))
        .filter(pk__in=keys.fitting(ids).values("offer"))
        .alias(all_uses=_uses(customer)["all_uses"])
        .filter(*room)
        .alias(
            later=Case(When(starts_at__gt=at, then=Constant(True)), default=False, output_field=BooleanField()),
            is_wide=Exists(anything),
        )
        .order_by("later", "-priority", "is_wide", "-pk")
    )
    return _described(bumps.filter(pk__in=chosen.values("pk")[:MOST]), at=at, customer=customer)


def _waiting(placement: Placement, at: datetime, bumps: Any = None) -> Any:
    """Query the bumps of a place that run, or will."""
    known = Bump.objects.all() if bumps is None else bumps
    return known.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), status=Bump.Status.ACTIVE, **{PLACES[placement]: True}
    )


def _uses(customer: str) -> dict[str, FilteredRelation]:
    return {
        "all_uses": FilteredRelation("usages", condition=Q(usages__customer="")),
        "own_uses": FilteredRelation("usages", condition=Q(usages__customer=customer)),
    }


def _described(bumps: Any, *, at: datetime, customer: str) -> Any:
    """Add what was used, how the terms read, and what the card of the product needs."""
    return (
        bumps.order_by("pk")
        .alias(**_uses(customer))
        .annotate(
            used=F("all_uses__used"),
            spent=F("all_uses__spent"),
            used_by_customer=F("own_uses__used"),
            written=Cast("terms", TextField()),
            is_open=Exists(families.open_rows(Family.BUMP, at)),
            has_images=Exists(BumpImage.objects.filter(bump=OuterRef("pk"))),
            parent=F("product__parent_id"),
            **card_facts("product_id", "product__parent_id"),
        )
    )


def card_facts(product: str, parent: str) -> dict[str, Any]:
    """Query what a card needs of the product that ``product`` names, its parent's where it has none of its own."""
    option = get_model("catalogue", "Option").objects
    filed = get_model("catalogue", "ProductCategory").objects.order_by("pk")
    images = get_model("catalogue", "ProductImage").objects.order_by("display_order", "pk")
    return {
        "category": Subquery(
            filed.filter(product=Coalesce(OuterRef(parent), OuterRef(product))).values("category")[:1]
        ),
        "picture": Coalesce(
            *(Subquery(images.filter(product=OuterRef(one)).values("original")[:1]) for one in (product, parent)),
            Constant(""),
            output_field=TextField(),
        ),
        "has_options": Exists(option.filter(productclass__products=OuterRef(product)))
        | Exists(option.filter(productclass__products=OuterRef(parent)))
        | Exists(option.filter(product=OuterRef(product)))
        | Exists(option.filter(product=OuterRef(parent))),
    }


# --- what comes back --------------------------------------------------------------------------------------------------


def _read(rows: Iterable[Mapping[str, Any]]) -> list[BumpFacts]:
    """Make facts of rows; a bump whose terms cannot be read costs itself only."""
    return [_facts(row, terms) for row in rows if (terms := terms_of_row(row)) is not None]


def _facts(row: Mapping[str, Any], terms: Terms) -> BumpFacts:
    limit, limited_by = limit_of(row, budget_left(row))
    return BumpFacts(
        id=row["pk"],
        version=row["version"],
        name=row["name"],
        text=row["text"],
        headline=row["headline"],
        translations=row["translations"] or {},
        currency=row["currency"],
        product=row["product_id"],
        parent=row["parent"],
        card=(row["category"], row["picture"] or "", bool(row["has_options"])),
        terms=terms,
        has_reward=terms.reward not in (None, NOTHING_OFF),
        has_images=bool(row["has_images"]),
        placements=frozenset(place for place, field in PLACES.items() if row[field]),
        priority=row["priority"],
        audience=row["audience"] or {},
        not_if_owned=bool(row["not_if_owned"]),
        most_shows=row["most_shows"],
        again_after_days=row["again_after_days"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        is_live=bool(row["status"] == Bump.Status.ACTIVE and row["is_open"]),
        limit=limit,
        limited_by="" if limit != 0 else limited_by,
    )
