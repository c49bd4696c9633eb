"""Which special prices may be offered to this shopper, at this place, now.

Whether a ladder has any at all is remembered under the name of what is live, so that ladders without cost nothing. All
others of a page are read by one statement, and what became of them with this shopper by another.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Exists, F, FilteredRelation, Q
from django.utils import timezone

from upsell.conf import app_settings
from upsell.core.serving.memo import Memo
from upsell.offers.base import Family
from upsell.offers.models.offers import localised
from upsell.offers.serving import families
from upsell.offers.serving.accepted import forget_held, held_by
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.shoppers import admits
from upsell.offers.standing import CLOSED, Held, Position, Standing, position
from upsell.recommendations.serving.page import Page
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.serving.owning import credits_for

Spot = Literal["product", "basket", "checkout"]

KEPT = 4096  # ladders of which it is remembered whether they have an offer
KNOWN = "_upsell_specials"  # on the request
NOBODY = "nobody"  # no digest reads so

_memo: Memo[tuple[str, bool]] = Memo(KEPT)
_facts_memo: Memo["Sequence[Facts]"] = Memo(KEPT)


@dataclass(frozen=True, slots=True)
class Special:
    """An upgrade offer as it may be shown to this shopper now.

    ``from_family`` is the product that it steps up from, at the level at which it is sold (any lower one without), and
    ``to_product`` the one that costs less (of ``owned``, without, any higher one). ``state`` is ``new``, ``shown`` or
    ``accepted``, of ``accepted`` units. ``ends_at`` is when the price is gone, as far as that is known yet: of a new
    one with minutes to decide, ``granting.note_shown`` starts them and tells their end.
    """

    offer_id: int
    kind: str
    name: str
    text: str
    ladder: int
    from_family: int | None
    to_product: int | None
    ends_at: datetime | None
    state: str = "new"
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an upgrade offer, whoever asks.

    ``is_live`` tells that its merchant lets it, its ladder and Oscar's row run, whatever the time. ``limited_by`` names
    a limit that leaves no use.
    """

    id: int
    kind: str
    name: str
    text: str
    translations: Mapping[str, Mapping[str, str]]
    ladder: int
    audiences: tuple[Mapping[str, Any], ...]
    spots: frozenset[str]
    from_family: int | None
    to_product: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    window: timedelta | None
    again_after_days: int
    is_live: bool
    has_limits: bool = False
    limited_by: str = ""

    def runs(self, at: datetime) -> bool:
        """Whether it runs at a moment."""
        return (
            self.is_live
            and (self.starts_at is None or self.starts_at <= at)
            and (self.ends_at is None or self.ends_at > at)
        )

    @property
    def quiet_after(self) -> frozenset[Standing]:
        """After what it is not offered to the same shopper for a while: whatever has become of it."""
        return CLOSED

    @property
    def leads_somewhere(self) -> bool:
        """Whether the steps that it speaks of are there."""
        return self.to_product is not None or self.is_owned

    @property
    def is_owned(self) -> bool:
        """Whether it is for owners of a lower step."""
        return self.kind == UpgradeOffer.Kind.OWNED

    def admits(self, request: Any) -> bool:
        """Whether it is meant for whoever asks."""
        return all(admits(audience, request) for audience in self.audiences)

    def end_for(self, where: Position) -> datetime | None:
        """Tell when its price is gone for somebody."""
        return _first(self.ends_at, where.ends_at)

    def end_of_window(self, at: datetime) -> datetime | None:
        """Tell when it is gone for somebody whose time to decide begins at a moment."""
        return _first(self.ends_at, None if self.window is None else at + self.window)


@dataclass(slots=True)
class _Known:
    """What was read in a request: of which ladders, their offers, and what became of those with this shopper."""

    ladders: set[int] = field(default_factory=set)
    offers: dict[int, Facts] = field(default_factory=dict)
    held: dict[int, Sequence[Held]] = field(default_factory=dict)


def specials_for(
    ladders: Collection[int], *, request: Any, spot: Spot, owned: bool = False
) -> Mapping[int, Sequence[Special]]:
    """List the upgrade offers of ladders that may be shown to this shopper at a place now, by ladder.

    Ask for all ladders of a page at once: it costs two statements at most, and none if none of them has an offer that
    runs or will. What audiences ask about the shopper comes on top, once in a request.

    With ``owned``, the offers for owners come, too, as far as this customer owns something that they credit
    (``owning.credits_for``). They need no acceptance: the engine counts the credit whenever it prices a basket.
    """
    if not app_settings.ENABLED:
        return {}
    known, at = _known(request, ladders), timezone.now()
    here = [
        facts
        for facts in known.offers.values()
        if facts.ladder in ladders and spot in facts.spots and _may_be_had(facts, at)
    ]
    owners = [facts.id for facts in here if facts.is_owned] if owned else []
    credited = credits_for(owners, request=request) if owners else {}
    found: dict[int, list[Special]] = {}
    for facts in here:
        where = position(known.held.get(facts.id, ()), at, again_after_days=facts.again_after_days)
        is_theirs = facts.id in credited if facts.is_owned else where.standing.is_open
        if is_theirs and facts.admits(request):
            found.setdefault(facts.ladder, []).append(_special(facts, where))
    return found


def forget_specials(request: Any) -> None:
    """Read them anew when they are asked for next: the shopper has accepted or declined something."""
    setattr(request, KNOWN, None)
    forget_held(request)


def facts_of(offers: Collection[int], *, request: Any) -> dict[int, Facts]:
    """Read offers as they are now, whether they run or not."""
    return {facts.id: facts for facts in _facts(UpgradeOffer.objects.filter(pk__in=offers), request)}


def seen_with(offers: Collection[int], *, request: Any) -> dict[int, tuple[Facts, Sequence[Held]]]:
    """Find offers that ``specials_for`` has read in this request, with what became of them; it reads the others."""
    known: _Known = getattr(request, KNOWN, None) or _Known()
    missing = [offer for offer in offers if offer not in known.offers]
    if missing:
        known.offers.update(facts_of(missing, request=request))
        known.held.update(held_by(missing, request=request))
    setattr(request, KNOWN, known)
    return {
        offer: (known.offers[offer], known.held.get(offer, ()))
        for offer in dict.fromkeys(offers)
        if offer in known.offers
    }


def _known(request: Any, ladders: Collection[int]) -> _Known:
    """Read what is not read yet."""
    known: _Known = getattr(request, KNOWN, None) or _Known()
    setattr(request, KNOWN, known)
    asked = set(ladders) - known.ladders
    known.ladders |= asked
    version = Page.of(request).catalogue.version
    if version:
        kept = _memo.get(asked)
        asked -= {ladder for ladder, (under, has_any) in kept.items() if under == version and not has_any}
    if not asked:
        return known
    rows = _facts_beside(asked, version, request)
    if version:
        # The name must not be newer than the rows: it came with the page's products, which were read before.
        some = {facts.ladder for facts in rows}
        _memo.put({ladder: (version, ladder in some) for ladder in asked})
    fresh = {facts.id: facts for facts in rows if facts.id not in known.offers and facts.is_live}
    known.offers.update(fresh)
    special = [key for key, facts in fresh.items() if not facts.is_owned]
    if special:
        known.held.update(held_by(special, request=request))
    return known


def _facts_beside(ladders: Collection[int], version: str | None, request: Any) -> Sequence[Facts]:
    """Read the offers of ladders that are not over, or find them; those with limits are read each time."""
    kept = _facts_memo.get([(version, ladder) for ladder in ladders]) if version else {}
    missing = [ladder for ladder in ladders if (version, ladder) not in kept]
    if missing:
        found: dict[tuple[str | None, int], list[Facts]] = {(version, ladder): [] for ladder in missing}
        for facts in _facts(UpgradeOffer.objects.filter(ladder__in=missing).not_over(), request):
            found[version, facts.ladder].append(facts)
        if version:
            unlimited = {key: rows for key, rows in found.items() if not any(facts.has_limits for facts in rows)}
            _facts_memo.put(unlimited, seconds=app_settings.PRICING_CACHE_SECONDS)
        kept = {**kept, **found}
    return [facts for rows in kept.values() for facts in rows]


def _may_be_had(facts: Facts, at: datetime) -> bool:
    return facts.runs(at) and facts.leads_somewhere and not facts.limited_by


def _special(facts: Facts, where: Position) -> Special:
    return Special(
        offer_id=facts.id,
        kind=facts.kind,
        name=localised(facts.translations, "name", facts.name),
        text=localised(facts.translations, "text", facts.text),
        ladder=facts.ladder,
        from_family=facts.from_family,
        to_product=facts.to_product,
        ends_at=facts.end_for(where),
        state=where.standing.value,
        accepted=where.held.quantity if where.held and where.standing == "accepted" else 0,
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def _facts(offers: Any, request: Any) -> list[Facts]:
    """Read offers with what is left of their limits, in one statement."""
    at, customer = timezone.now(), asker_of_request(request).customer
    rows = (
        offers.order_by("pk")
        .alias(
            all_uses=FilteredRelation("usages", condition=Q(usages__customer="")),
            own_uses=FilteredRelation("usages", condition=Q(usages__customer=customer or NOBODY)),
        )
        .annotate(is_open=Exists(families.open_rows(Family.UPGRADE, at)))
        .values(
            "pk",
            "kind",
            "status",
            "name",
            "text",
            "translations",
            "ladder_id",
            "audience",
            "on_product",
            "in_basket",
            "at_checkout",
            "starts_at",
            "ends_at",
            "window_minutes",
            "again_after_days",
            "max_per_customer",
            "max_in_all",
            "budget",
            "is_open",
            used=F("all_uses__used"),
            spent=F("all_uses__spent"),
            used_by_customer=F("own_uses__used"),
            ladder_status=F("ladder__status"),
            ladder_audience=F("ladder__audience"),
            ladder_starts=F("ladder__starts_at"),
            ladder_ends=F("ladder__ends_at"),
            from_family=F("from_tier__family"),
            to_product=F("to_tier__product"),
        )
    )
    return [_read(row) for row in rows]


def _read(row: Mapping[str, Any]) -> Facts:
    starts = [moment for moment in (row["starts_at"], row["ladder_starts"]) if moment is not None]
    ends = _first(row["ends_at"], row["ladder_ends"])
    is_active = row["status"] == row["ladder_status"] == UpgradeOffer.Status.ACTIVE
    places = (("product", row["on_product"]), ("basket", row["in_basket"]), ("checkout", row["at_checkout"]))
    minutes = row["window_minutes"]
    return Facts(
        id=row["pk"],
        kind=row["kind"],
        name=row["name"],
        text=row["text"],
        translations=row["translations"] or {},
        ladder=row["ladder_id"],
        audiences=tuple(audience for audience in (row["audience"], row["ladder_audience"]) if audience),
        spots=frozenset(place for place, is_shown in places if is_shown),
        from_family=row["from_family"],
        to_product=row["to_product"],
        starts_at=max(starts, default=None),
        ends_at=ends,
        window=None if minutes is None else timedelta(minutes=minutes),
        again_after_days=row["again_after_days"],
        is_live=bool(is_active and row["is_open"]),
        has_limits=any(row[limit] is not None for limit in ("max_per_customer", "max_in_all", "budget")),
        limited_by=_limit(row),
    )


def _limit(row: Mapping[str, Any]) -> str:
    """Name the limit that leaves no use, as the engine would find it."""
    if row["max_per_customer"] is not None and (row["used_by_customer"] or 0) >= row["max_per_customer"]:
        return "customer"
    if row["max_in_all"] is not None and (row["used"] or 0) >= row["max_in_all"]:
        return "all"
    if row["budget"] is not None and (row["spent"] or Decimal(0)) >= row["budget"]:
        return "budget"
    return ""


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
