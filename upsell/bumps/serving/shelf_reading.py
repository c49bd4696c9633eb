"""The one statement behind the shelf: a merchant's picks, small things that sell, and small things beside the basket.

It is a union whose legs all have the columns of ``_leg``. What does not depend on the basket is kept for every basket
of about the same value; both parts are kept until something in the shop's decisions or learned rows changes. Prices and
stock that are shown or promised never come from here: these only sort.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from oscar.core.loading import get_model

from upsell.bumps.models.shelf import ShelfItem
from upsell.bumps.shelf import RECENT_DAYS, Sales
from upsell.core.currencies import to_minor
from upsell.core.serving.memo import Memo
from upsell.recommendations.base import Table
from upsell.recommendations.models import Affinity, Curation, CurationMember, LiveGeneration, Popularity
from upsell.recommendations.serving.reading import current_version

MOST_PICKS = 500  # products a merchant put on the shelf that are looked at; the weightiest of them
MOST_LEARNED = 32  # small best sellers, and small things of the picked categories
MOST_BESIDE = 64  # small things beside the basket
ITEM, PICK, OF_CATEGORY, POPULAR, BESIDE, VERSION = range(6)  # kinds of legs


@dataclass(slots=True)
class Found:
    """A product as read: how it sells, what it costs at least, and the facts of its card.

    ``price`` is in minor units of the basket's currency and without tax; ``None`` where it is not sold in it.
    """

    product: int
    item: int | None
    affinity: float
    rank: int | None
    sales: Sales
    stock: int | None
    price: int | None
    facts: tuple[int | None, str, bool]
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What a merchant said of an item; moments are POSIX seconds, seasons month times 100 plus day."""

    weight: int
    first: int
    last: int
    rule: str
    starts: float | None
    ends: float | None


@dataclass(frozen=True, slots=True)
class Stocked:
    """What the shelf may be filled from, as it was when ``version`` was live."""

    version: str | None
    items: Mapping[int, Terms] = field(default_factory=dict)
    found: Sequence[Found] = ()


_for_all: Memo[Stocked] = Memo(64)
_beside: Memo[Stocked] = Memo(512)


def stocked(
    seeds: Sequence[int], *, currency: str, dearest: int, decimals: int, at: datetime, version: str | None
) -> Stocked:
    """Find what the shelf may be filled from beside some products, with one statement or none.

    ``dearest`` is in minor units; ``version`` names what is live, where that is known: what is older is read anew.
    """
    band = 1 << max(dearest - 1, 1).bit_length()
    key, own_key = (currency, band), (currency, band, tuple(seeds))
    general = _current(_for_all.get([key]).get(key), version)
    own = _current(_beside.get([own_key]).get(own_key), version)
    if general is not None and own is None:
        own = _read_beside(seeds, currency, band, decimals, general.version)
    if general is None or own is None or general.version != own.version:
        items, rows, live = _read(_legs(seeds, currency, band, decimals, at), currency)
        general = Stocked(live, items, [found for kind, found in rows if kind != BESIDE])
        own = Stocked(live, {}, [found for kind, found in rows if kind == BESIDE])
        _for_all.put({key: general})
    _beside.put({own_key: own})
    return Stocked(general.version, general.items, _merged([*general.found, *own.found]))


def _read_beside(seeds: Sequence[int], currency: str, band: int, decimals: int, version: str | None) -> Stocked:
    """Read what differs from basket to basket alone."""
    if not seeds:
        return Stocked(version)
    _items, rows, live = _read([_beside_leg(seeds, currency, _most(band, decimals)), _version()], currency)
    return Stocked(live, {}, [found for _kind, found in rows])


def read_items(items: Iterable[int], currency: str, at: datetime) -> dict[int, list[Found]]:
    """Read the products of some items of the shelf, whatever they cost, by the item's key; for the merchant's list."""
    wanted = ShelfItem.objects.filter(pk__in=list(items))
    legs = [_picks(wanted, currency), _category_leg(wanted, currency, small=None), _version()]
    _items, rows, _live = _read(legs, currency)
    by_item: dict[int, list[Found]] = {}
    for _kind, found in rows:
        by_item.setdefault(found.item or 0, []).append(found)
    return by_item


def _current(kept: Stocked | None, version: str | None) -> Stocked | None:
    return kept if kept is not None and (version is None or kept.version == version) else None


def _merged(rows: Iterable[Found]) -> list[Found]:
    """Make one of what was found in several ways: a pick stays one, and affinities add up."""
    merged: dict[int, Found] = {}
    for row in rows:
        there = merged.get(row.product)
        if there is None:
            merged[row.product] = Found(**{name: getattr(row, name) for name in Found.__slots__})
        else:
            there.affinity += row.affinity
            there.item = there.item or row.item
    return list(merged.values())


# --- the statement ----------------------------------------------------------------------------------------------------


def _legs(seeds: Sequence[int], currency: str, band: int, decimals: int, at: datetime) -> list[Any]:
    """List the legs: items, their products, small best sellers, and small things beside the seeds."""
    running = ShelfItem.objects.unended(at)
    most = _most(band, decimals)
    legs = [_items(running), _picks(_sliced(running.filter(product__isnull=False), MOST_PICKS), currency)]
    legs.append(_category_leg(running, currency, small=lambda product: _is_small(product, currency, most)))
    sold = Popularity.objects.filter(
        _is_small("product_id", currency, most), generation=_live(), product__is_public=True
    )
    best = Popularity.objects.filter(pk__in=sold.order_by("rank").values("pk")[:MOST_LEARNED])
    legs += [_leg(best, POPULAR, "product_id", currency), _version()]
    if seeds:
        legs.append(_beside_leg(seeds, currency, most))
    return legs


def _beside_leg(seeds: Sequence[int], currency: str, most: Any) -> Any:
    """Find the small things that orders say go best with the seeds."""
    rows = Affinity.objects.filter(
        _is_small("neighbour_id", currency, most), generation=_live(), product__in=seeds, table=Table.BASKET
    )
    best = Affinity.objects.filter(pk__in=rows.order_by("-score", "pk").values("pk")[:MOST_BESIDE])
    return _leg(best, BESIDE, "neighbour_id", currency, affinity=F("score"))


def _most(band: int, decimals: int) -> Any:
    return Value(band) / Value(10.0**decimals)


def _items(running: Any) -> Any:
    return _columns(
        running,
        ITEM,
        item=F("pk"),
        product=F("weight"),
        category=Coalesce("season_from", 0),
        stock=Coalesce("season_until", 0),
        text=F("stock_rule"),
        starts=F("starts_at"),
        ends=F("ends_at"),
    )


def _picks(items: Any, currency: str) -> Any:
    return _leg(items.filter(product__isnull=False), PICK, "product_id", currency, item=F("pk"))


def _category_leg(items: Any, currency: str, small: Any) -> Any:
    """Find the best sellers among the small things of picked categories, and of what is below them."""
    catalogue = get_model("catalogue", "Category").objects.order_by()
    through = get_model("catalogue", "ProductCategory").objects.order_by()
    products = get_model("catalogue", "Product").objects.order_by()
    picked = items.filter(category__isnull=False).order_by()
    above = picked.annotate(path=ExpressionWrapper(OuterRef("path"), CharField())).filter(
        path__startswith=F("category__path")
    )
    members = through.filter(category__in=catalogue.filter(Exists(above)).values("pk")).values("product")
    rank = Popularity.objects.filter(generation=_live(), product=OuterRef("pk")).values("rank")[:1]
    chosen = products.filter(pk__in=members, parent=None, is_public=True)
    if small is not None:
        chosen = chosen.filter(small("pk"))
    chosen = chosen.annotate(rank=Subquery(rank)).order_by(F("rank").asc(nulls_last=True), "pk").values("pk")
    own = through.filter(product=OuterRef(OuterRef("pk")), category__path__startswith=OuterRef("category__path"))
    item = Subquery(picked.filter(Exists(own)).order_by("-weight", "pk").values("pk")[:1])
    again = products.filter(pk__in=chosen[: MOST_LEARNED * (1 if small else 4)])
    return _leg(again, OF_CATEGORY, "pk", currency, item=Coalesce(item, 0))


def _leg(queryset: Any, kind: int, product: str, currency: str, *, item: Any = None, affinity: Any = None) -> Any:
    """Describe the products that ``product`` names in a queryset."""
    records = _records(product)
    categories = get_model("catalogue", "ProductCategory").objects.filter(product=OuterRef(product)).order_by("pk")
    images = get_model("catalogue", "ProductImage").objects.filter(product=OuterRef(product))
    option = get_model("catalogue", "Option").objects
    sold = Popularity.objects.filter(generation=_live(), product=OuterRef(product))
    left = F("num_in_stock") - Coalesce("num_allocated", 0)
    excluded = excluded_everywhere().filter(product=OuterRef(product))
    return _columns(
        queryset,
        kind,
        item=item,
        product=F(product),
        category=Coalesce(Subquery(categories.values("category_id")[:1]), 0),
        stock=Coalesce(Subquery(_total(records, Sum(left))), -1),
        affinity=affinity,
        text=Coalesce(Subquery(sold.values(text=_joined("rank", "orders", "recent_orders", "units"))[:1]), Value("")),
        image=Coalesce(Subquery(images.order_by("display_order", "pk").values("original")[:1]), Value("")),
        options=Exists(option.filter(productclass__products=OuterRef(product)))
        | Exists(option.filter(product=OuterRef(product))),
        excluded=Exists(excluded),
        price=Subquery(_total(records.filter(price_currency=currency), Min("price"))),
    )


def excluded_everywhere() -> Any:
    """Query what merchants want recommended nowhere, now; each row names a ``product``."""
    everywhere = Q(**{f"curation__beside_{what}__isnull": True for what in ("product", "category", "range")})
    return CurationMember.objects.filter(
        everywhere,
        Q(curation__starts_at__isnull=True) | Q(curation__starts_at__lte=timezone.now()),
        Q(curation__ends_at__isnull=True) | Q(curation__ends_at__gt=timezone.now()),
        role=CurationMember.Role.SUBJECT,
        curation__action=Curation.Action.EXCLUDE,
        curation__is_active=True,
        curation__widget="",
    )


def _columns(
    queryset: Any,
    kind: int,
    *,
    item: Any = None,
    product: Any = None,
    category: Any = None,
    stock: Any = None,
    affinity: Any = None,
    text: Any = None,
    image: Any = None,
    options: Any = None,
    excluded: Any = None,
    price: Any = None,
    starts: Any = None,
    ends: Any = None,
) -> Any:
    """Give a leg the columns of all, each of one type."""
    whole, words, moment = IntegerField(), CharField(max_length=255), DateTimeField()
    return queryset.order_by().values_list(
        Value(kind),
        *(Cast(Value(0) if number is None else number, whole) for number in (item, product, category, stock)),
        Cast(Value(0.0) if affinity is None else affinity, FloatField()),
        *(Cast(Value("") if one is None else one, words) for one in (text, image)),
        *(Value(False) if flag is None else Cast(flag, BooleanField()) for flag in (options, excluded)),
        Cast(price, DecimalField(max_digits=12, decimal_places=2)),
        *(Cast(one, moment) for one in (starts, ends)),
    )


def _version() -> Any:
    live = LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON)
    return _columns(
        live,
        VERSION,
        text=Subquery(current_version()),
        starts=F("generation__first_order_at"),
        ends=F("generation__last_order_at"),
    )


def _records(product: str) -> Any:
    """Query the stock records of the product that ``product`` names outside, and of its variants."""
    outside = OuterRef(OuterRef(product))
    family = get_model("catalogue", "Product").objects.order_by().filter(Q(pk=outside) | Q(parent=outside))
    return get_model("partner", "StockRecord").objects.filter(product__in=family.values("pk")).order_by()


def _is_small(product: str, currency: str, most: Any) -> Any:
    return Exists(_records(product).filter(price_currency=currency, price__lte=most))


def _total(records: Any, aggregate: Any) -> Any:
    return records.annotate(one=Value(1)).values("one").annotate(total=aggregate).values("total")


def _joined(*names: str) -> Any:
    parts: list[Any] = []
    for name in names:
        parts += [Cast(name, CharField(max_length=20)), Value(" ")]
    return Concat(*parts, output_field=CharField(max_length=100))


def _live() -> Any:
    return LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON).values("generation")[:1]


def _sliced(queryset: Any, most: int) -> Any:
    """Keep the first rows; wrapped, so that it may stand in a union."""
    return queryset.model.objects.filter(pk__in=queryset.order_by("-weight", "pk").values("pk")[:most])


# --- what comes back --------------------------------------------------------------------------------------------------


def _read(legs: list[Any], currency: str) -> tuple[dict[int, Terms], list[tuple[int, Found]], str | None]:
    rows = list(legs[0].union(*legs[1:], all=True).order_by())
    (live,) = [row for row in rows if row[0] == VERSION] or [None]
    days = (live[12] - live[11]).total_seconds() / 86400 if live and live[11] and live[12] else 0.0
    items = {
        row[1]: Terms(row[2], row[3], row[4], row[6], _seconds(row[11]), _seconds(row[12]))
        for row in rows
        if row[0] == ITEM
    }
    found = [(row[0], _found(row, days, currency)) for row in rows if row[0] not in (ITEM, VERSION)]
    return items, found, live[6] if live else None


def _found(row: Sequence[Any], days: float, currency: str) -> Found:
    _kind, item, product, category, stock, affinity, text, image, options, excluded, price, _starts, _ends = row
    rank, orders, recent, units = map(int, text.split()) if text else (0, 0, 0, 0)
    sales = Sales(recent, max(orders - recent, 0), max(days - RECENT_DAYS, 0.0), units / orders if orders else 1.0)
    return Found(
        product=product,
        item=item or None,
        affinity=affinity,
        rank=rank or None,
        sales=sales,
        stock=None if stock == -1 else stock,
        price=None if price is None else to_minor(price, currency),
        facts=(category or None, image, bool(options)),
        is_excluded=bool(excluded),
    )


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
