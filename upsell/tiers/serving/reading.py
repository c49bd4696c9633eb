"""Which ladder a product is a step of, and what is known of its steps: kept by each process until a ladder changes.

What is kept bears the name of what is live (``current_version``), which comes with every page's products, so that to
know that it is current costs no query. Prices and stock are never kept.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from oscar.core.loading import get_model

from upsell.core.serving.memo import Memo
from upsell.recommendations.models import LiveGeneration, Popularity
from upsell.recommendations.serving.catalogue import Catalogue, Facts
from upsell.recommendations.serving.reading import current_version
from upsell.tiers.facts import LadderFacts, RawAttribute, TierFacts
from upsell.tiers.models.ladders import Ladder, Tier

MOST_STEPS = 10_000  # that are remembered together; with more, each product is asked about
KEPT = 4096  # products of which it is remembered whether, and of which ladder, they are a step

# Kinds of attribute that can be set side by side, and where their values are; texts of many lines, files and pictures
# cannot.
VALUES = {
    "text": "value_text",
    "integer": "value_integer",
    "boolean": "value_boolean",
    "float": "value_float",
    "option": "value_option__option",
    "multi_option": "value_multi_option__option",
}


@dataclass(frozen=True, slots=True)
class _Kept:
    version: str
    ladders: tuple[LadderFacts, ...]
    facts: Facts


_memo: Memo[_Kept] = Memo(KEPT)
_steps: Memo[frozenset[int] | None] = Memo(2)


def ladder_of(family: int, catalogue: Catalogue, at: datetime | None = None) -> LadderFacts | None:
    """Find the ladder that a product is a step of at a moment (now), with its products read into the catalogue.

    ``family`` is the product at the level at which it is sold. Asking again costs one statement, which reads prices and
    stock.
    """
    return ladders_of([family], catalogue, at).get(family)


def ladders_of(
    families: Collection[int], catalogue: Catalogue, at: datetime | None = None
) -> Mapping[int, LadderFacts]:
    """Find the ladders of several products at a moment (now), by product, with as many statements as for one."""
    at = at or timezone.now()
    kept = _memo.get(families)
    unknown = [family for family in families if family not in kept]
    if kept:
        _load(families, kept.values(), catalogue)  # first, since what is live comes with it
        if unknown and catalogue.version and (steps := _steps_under(catalogue.version)) is not None:
            without = {family: _Kept(catalogue.version, (), {}) for family in unknown if family not in steps}
            _memo.put(without)
            kept |= without
            unknown = [family for family in unknown if family in steps]
    if unknown:
        kept |= _read(unknown, catalogue)
    _load(families, kept.values(), catalogue)
    outdated = [family for family, one in kept.items() if one.version != (catalogue.version or "")]
    if outdated:
        kept |= _read(outdated, catalogue)
    running = {
        family: next((ladder for ladder in one.ladders if ladder.holds(at)), None) for family, one in kept.items()
    }
    return {family: ladder for family, ladder in running.items() if ladder is not None}


def ladders_with(ladders: Collection[int], catalogue: Catalogue) -> Sequence[LadderFacts]:
    """Read ladders as their rows are now, whatever their status, with their products read into the catalogue.

    One without steps is left out.
    """
    found, _version = _ladders(Tier.objects.filter(ladder__in=ladders))
    _learn(found, catalogue)
    return found


def _steps_under(version: str) -> frozenset[int] | None:
    """Find all products that are a step of a ladder that runs or will run; ``None`` where there are too many."""
    kept = _steps.get([version])
    if version not in kept:
        rows = Tier.objects.filter(ladder__in=Ladder.objects.not_over().values("pk"), family__isnull=False)
        found = list(rows.order_by().values_list("family", flat=True)[: MOST_STEPS + 1])
        kept[version] = frozenset(found) if len(found) <= MOST_STEPS else None
        _steps.put(kept)
    return kept[version]


def _load(families: Iterable[int], kept: Iterable[_Kept], catalogue: Catalogue) -> None:
    """Read the products of ladders, and those that were asked about."""
    products = set(families)
    for one in kept:
        catalogue.facts.update(one.facts)
        products.update(product for ladder in one.ladders for product in ladder.products)
    catalogue.load(products)


def _read(families: Collection[int], catalogue: Catalogue) -> dict[int, _Kept]:
    """Read the ladders of families that run or will run; several of one only if their times differ."""
    # The version that is noted must not be newer than the rows: it came before them, or comes with them.
    version = catalogue.version
    ladders, later = _ladders(_beside(families))
    if not ladders and version is None:
        catalogue.load(families)
        version = catalogue.version
        ladders, later = _ladders(_beside(families)) if version else ((), None)
    version = later or version
    _learn(ladders, catalogue)
    found = {}
    for family in families:
        own = tuple(ladder for ladder in ladders if any(tier.family == family for tier in ladder.tiers))
        found[family] = _Kept(version or "", own, _facts(own, catalogue))
    if version:
        _memo.put(found)
    return found


def _beside(families: Collection[int]) -> Any:
    running = Ladder.objects.not_over().filter(tiers__family__in=families)
    return Tier.objects.filter(ladder__in=running.values("pk"))


def _learn(ladders: Sequence[LadderFacts], catalogue: Catalogue) -> None:
    products = {product for ladder in ladders for product in ladder.products}
    if products:
        catalogue.load(products)
        catalogue.learn_facts(products, families=())


def _facts(ladders: Sequence[LadderFacts], catalogue: Catalogue) -> Facts:
    products = {product for ladder in ladders for product in ladder.products}
    return {product: catalogue.facts[product] for product in products if product in catalogue.facts}


def _ladders(tiers: Any) -> tuple[tuple[LadderFacts, ...], str | None]:
    """Read the ladders of some steps with everything but prices and stock, in two statements."""
    live = LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON).values("generation")[:1]
    sold = Popularity.objects.filter(generation=live, product=OuterRef("family"))
    rows = list(
        tiers.annotate(orders=Subquery(sold.values("orders")[:1]), live=Subquery(current_version()[:1]))
        .order_by("ladder", "position", "pk", "contents__pk")
        .values(
            "pk",
            "product_id",
            "family_id",
            "level",
            "highlights",
            "translations",
            "is_popular",
            "orders",
            "live",
            "ladder_id",
            of=F("ladder__name"),
            popular=F("ladder__popular"),
            names=F("ladder__translations"),
            audience=F("ladder__audience"),
            starts=F("ladder__starts_at"),
            ends=F("ladder__ends_at"),
            content=F("contents__product__title"),
            content_parent=F("contents__product__parent__title"),
            content_id=F("contents__product"),
            units=F("contents__units"),
        )
    )
    if not rows:
        return (), None
    attributes = _attributes({row["product_id"] for row in rows} | {row["family_id"] for row in rows})
    by_ladder: dict[int, dict[int, list[dict[str, Any]]]] = {}
    for row in rows:
        by_ladder.setdefault(row["ladder_id"], {}).setdefault(row["pk"], []).append(row)
    found = tuple(
        _ladder([_tier(of_tier, attributes) for of_tier in steps.values()], next(iter(steps.values()))[0])
        for steps in by_ladder.values()
    )
    return found, rows[0]["live"]


def _ladder(tiers: Iterable[TierFacts], row: dict[str, Any]) -> LadderFacts:
    return LadderFacts(
        ladder=row["ladder_id"],
        name=row["of"],
        popular=row["popular"],
        translations=row["names"] or {},
        audience=row["audience"] or {},
        starts_at=row["starts"],
        ends_at=row["ends"],
        tiers=tuple(tiers),
    )


def _tier(rows: Sequence[dict[str, Any]], attributes: dict[int, dict[str, RawAttribute]]) -> TierFacts:
    row = rows[0]
    own = {**attributes.get(row["family_id"], {}), **attributes.get(row["product_id"], {})}
    return TierFacts(
        product=row["product_id"],
        family=row["family_id"] or row["product_id"],
        level=row["level"],
        highlights=row["highlights"],
        translations=row["translations"] or {},
        is_popular=row["is_popular"],
        orders=row["orders"],
        includes=tuple((one["content"] or one["content_parent"], one["units"]) for one in rows if one["units"]),
        contents=tuple((one["content_id"], one["units"]) for one in rows if one["units"]),
        attributes=tuple(own.values()),
    )


def _attributes(products: set[int]) -> dict[int, dict[str, RawAttribute]]:
    """Read what is known about products by attribute, in the order in which the shop made the attributes."""
    values = get_model("catalogue", "ProductAttributeValue")._default_manager
    stated = Q()
    for kind, column in VALUES.items():
        stated |= Q(attribute__type=kind, **{f"{column}__isnull": False})
    rows = values.filter(stated, product__in=products).order_by("attribute__pk", "value_multi_option__pk")
    found: dict[int, dict[str, RawAttribute]] = {}
    columns = ("product_id", "attribute__code", "attribute__name", "attribute__type", *VALUES.values())
    for product, code, name, kind, *given in rows.values_list(*columns):
        value = given[list(VALUES).index(kind)]
        known = found.setdefault(product, {})
        if kind == "multi_option" and code in known:
            value = f"{known[code].value}, {value}"
        known[code] = RawAttribute(code, name, value)
    return found
