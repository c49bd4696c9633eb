"""What goes with a basket: how strongly, as orders tell, and which products of a range come into question for it.

Both are kept until something is learned anew; they only sort. Prices and stock never come from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from oscar.core.loading import get_model

from upsell.bumps.serving.bump_reading import ADD, BumpFacts, CardFacts, card_facts
from upsell.bumps.serving.shelf_reading import excluded_everywhere
from upsell.core.serving.memo import Memo
from upsell.offers.models.offers import OfferKey
from upsell.recommendations.base import Recommendation, Row, Table
from upsell.recommendations.models import LiveGeneration, Popularity
from upsell.recommendations.serving.knowledge import LearnedKnowledge

MOST_RANGES = 8  # bumps of which the best of a range is looked for
MOST_OPTIONS = 4  # products of a range that come into question, beside as many best sellers
MOST_BESIDE = 64  # products that go with a basket, the strongest


@dataclass(frozen=True, slots=True)
class Beside:
    """What goes with some products, as it was learned when ``version`` was live.

    ``weights`` say how strongly, 1.0 for the strongest; ``rows`` are the strongest rows that say so.
    """

    version: str | None = None
    weights: Mapping[int, float] = field(default_factory=dict)
    rows: Mapping[int, Row] = field(default_factory=dict)

    def told(self, product: int) -> Recommendation | None:
        """Say in the words of recommendations why a product belongs to the basket; ``None`` if nothing says so."""
        row = self.rows.get(product)
        if row is None:
            return None
        return Recommendation(
            product, row.origin, row.score, row.product_id, orders_together=row.orders_together, reliable=row.reliable
        )


@dataclass(frozen=True, slots=True)
class Option:
    """A product that a bump may add, its parent if it is a variant, and what its card needs."""

    product: int
    parent: int | None = None
    card: CardFacts = (None, "", False)

    @property
    def family(self) -> int:
        """The product that all its variants share."""
        return self.parent or self.product


_beside: Memo[Beside] = Memo(512)
_options: Memo[tuple[str | None, dict[int, tuple[Option, ...]]]] = Memo(512)


def beside(seeds: Sequence[int], at: datetime, *, version: str | None) -> Beside:
    """Find what goes with products; one query, or none where it is known already.

    ``version`` names what is live, where that is known: what is older is read anew.
    """
    key = tuple(seeds)
    kept = _beside.get([key]).get(key)
    if kept is not None and version in (None, kept.version):
        return kept
    knowledge = LearnedKnowledge(key, at)
    if not knowledge.may_be_current(version):
        knowledge = LearnedKnowledge(key, at, cached=False)
    weights: dict[int, float] = {}
    rows: dict[int, Row] = {}
    for row in knowledge.rows(Table.BASKET):
        weights[row.neighbour_id] = weights.get(row.neighbour_id, 0.0) + row.score
        if row.neighbour_id not in rows or row.score > rows[row.neighbour_id].score:
            rows[row.neighbour_id] = row
    knowledge.remember()
    best = sorted(weights, key=lambda product: (-weights[product], product))[:MOST_BESIDE]
    strongest = max((weights[product] for product in best), default=0.0) or 1.0
    found = Beside(
        knowledge.version,
        {product: max(0.0, weights[product] / strongest) for product in best},
        {product: rows[product] for product in best},
    )
    if found.version is not None:
        _beside.put({key: found})
    return found


def options_for(
    bumps: Sequence[BumpFacts], known: Beside, seeds: Sequence[int], revision: str
) -> Mapping[int, Sequence[Option]]:
    """List what each bump may add, by its id, the most fitting first; one query at most, for those of a range.

    A range counts with what goes best with the basket, and then its best sellers; a few of each.
    """
    found: dict[int, Sequence[Option]] = {
        facts.id: (Option(facts.product, facts.parent, facts.card),) for facts in bumps if facts.product is not None
    }
    ranges = [facts for facts in bumps if facts.product is None and facts.terms.slots][:MOST_RANGES]
    if ranges:
        key = (revision, tuple(seeds), tuple((facts.id, facts.version) for facts in ranges))
        version, kept = _options.get([key]).get(key, (None, None))
        if kept is None or version != known.version:
            kept = _read_options(ranges, known)
            _options.put({key: (known.version, kept)})
        found |= kept
    return found


def first_options(bumps: Sequence[BumpFacts]) -> Mapping[int, Sequence[Option]]:
    """List what bumps of a range may add beside any basket, by their ids, as it is now: for their merchant."""
    ranges = [facts for facts in bumps if facts.product is None and facts.terms.slots]
    found: dict[int, Sequence[Option]] = {}
    for start in range(0, len(ranges), MOST_RANGES):
        found |= _read_options(ranges[start : start + MOST_RANGES], Beside())
    return found


# --- ranges -----------------------------------------------------------------------------------------------------------


def _read_options(ranges: Sequence[BumpFacts], known: Beside) -> dict[int, tuple[Option, ...]]:
    beside_first = sorted(known.weights, key=lambda product: (-known.weights[product], product))
    legs = [leg for facts in ranges for leg in _legs(facts, beside_first)]
    rows = list(legs[0].union(*legs[1:], all=True).order_by())
    place = {product: number for number, product in enumerate(beside_first)}
    found: dict[int, dict[Option, tuple[int, int, int]]] = {}
    for offer, product, parent, rank, category, picture, has_options in rows:
        option = Option(product, parent or None, (category or None, picture or "", bool(has_options)))
        fitting = place.get(option.family, len(place))
        found.setdefault(offer, {})[option] = (fitting, rank if rank > 0 else 1 << 30, product)
    return {
        offer: tuple(sorted(options, key=lambda option: options[option])[: 2 * MOST_OPTIONS])
        for offer, options in found.items()
    }


def _legs(facts: BumpFacts, beside_first: Sequence[int]) -> list[Any]:
    """Query what of a range goes with the basket, and its best sellers; of variants only, never of their parent."""
    products = get_model("catalogue", "Product")
    sold = Popularity.objects.filter(generation=LiveGeneration.objects.values("generation")[:1])
    inside = (
        products.objects.order_by()
        .filter(_selected(facts), is_public=True)
        .exclude(structure=products.PARENT)
        .exclude(Q(pk__in=facts.adds.without) | Q(parent__in=facts.adds.without, parent__isnull=False))
        .annotate(sellable=Coalesce("parent_id", "pk", output_field=IntegerField()))
        .exclude(sellable__in=excluded_everywhere().values("product"))
    )
    best = inside
    if facts.adds.everything:
        best = inside.filter(sellable__in=sold.order_by("rank").values("product")[: 4 * MOST_OPTIONS])
    rank = Subquery(sold.filter(product=OuterRef("sellable")).values("rank")[:1])
    best = best.annotate(rank=rank).order_by(F("rank").asc(nulls_last=True), "pk")
    legs = [_leg(facts, products.objects.filter(pk__in=best.values("pk")[:MOST_OPTIONS]), sold)]
    if beside_first:
        going = inside.filter(sellable__in=beside_first)
        legs.append(_leg(facts, products.objects.filter(pk__in=going.values("pk")), sold))
    return legs


def _selected(facts: BumpFacts) -> Q:
    """Ask for what the bump's index says that it adds."""
    keys: Any = OfferKey.objects.filter(offer=facts.id, slot=ADD)
    if facts.adds.everything:
        return Q()
    wanted = Q()
    if facts.adds.products:
        named = keys.filter(product__isnull=False).values("product")
        wanted |= Q(pk__in=named) | Q(parent__in=named)
    if facts.adds.categories:
        filed = get_model("catalogue", "ProductCategory").objects.order_by()
        members = filed.filter(category__in=keys.filter(category__isnull=False).values("category")).values("product")
        wanted |= Q(pk__in=members) | Q(parent__in=members)
    if facts.adds.classes:
        classes = keys.filter(product_class__isnull=False).values("product_class")
        wanted |= Q(product_class__in=classes) | Q(parent__product_class__in=classes)
    return wanted or Q(pk__in=[])


def _leg(facts: BumpFacts, chosen: Any, sold: Any) -> Any:
    """Give the columns of all legs: bump, product, parent, rank, category, picture, options."""
    card = card_facts("pk", "parent_id")
    rank = Subquery(sold.filter(product=Coalesce(OuterRef("parent_id"), OuterRef("pk"))).values("rank")[:1])
    return chosen.order_by().values_list(
        Cast(Value(facts.id), IntegerField()),
        F("pk"),
        Coalesce("parent_id", 0, output_field=IntegerField()),
        Coalesce(rank, 0, output_field=IntegerField()),
        Coalesce(card["category"], 0, output_field=IntegerField()),
        Cast(card["picture"], CharField(max_length=255)),
        ExpressionWrapper(card["has_options"], BooleanField()),
    )
