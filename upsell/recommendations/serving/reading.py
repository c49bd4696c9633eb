"""The statements that read what was learned and what merchants decided.

Everything about some seeds that can stand in one statement does: a *joint statement* is a union whose legs all have the
columns of ``_leg``. Results are plain numbers and texts, ready for a cache; tables come as columns rather than as rows,
because reading ten long lists from JSON is several times faster than reading hundreds of short ones.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import CharField, DateTimeField, Exists, F, FloatField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat
from oscar.core.loading import get_model

from upsell.recommendations.base import Table
from upsell.recommendations.models import Affinity, Curation, CurationMember, LiveGeneration, Popularity
from upsell.recommendations.shaping import Action

POPULAR = 48  # best sellers and risers that are read: enough to fill a widget after filters
PIN, RECOMMENDED, AFFINITY, VERSION, BEST, RISING, OF_CATEGORY = range(7)  # kinds of legs


def read_beside(seeds: Sequence[int], at: datetime) -> dict[str, Any]:
    """Read the pins, Oscar's own recommendations and the learned rows beside some products, in one statement.

    ``rows`` has columns as ``Row`` has fields, with the table in front; ``pins`` are rows of product, widget, start and
    end (POSIX seconds), by position; ``recommended`` are products; ``version`` names what was live meanwhile.
    """
    pins = Curation.objects.filter(_in_force(at, ""), _in_place(seeds, ""), action=Curation.Action.PIN)
    legs = [
        _leg(
            pins,
            kind=PIN,
            numbers=(Coalesce("product__parent_id", "product_id"), "position", "pk"),
            text="widget",
            starts="starts_at",
            ends="ends_at",
        ),
        _version(),
    ]
    if seeds:
        recommended = get_model("catalogue", "ProductRecommendation").objects.filter(primary__in=seeds)
        product = Coalesce("recommendation__parent_id", "recommendation_id")
        legs.append(_leg(recommended, kind=RECOMMENDED, numbers=(product, "ranking", "pk")))
        # A basket is completed from one table; a product page draws on all of them.
        tables = list(Table) if len(seeds) == 1 else [Table.BASKET]
        rows = Affinity.objects.filter(generation=_live_generation(), product__in=seeds, table__in=tables)
        numbers = ("product_id", "neighbour_id", "table", "origin", "orders_together", "rank")
        legs.append(_leg(rows, kind=AFFINITY, numbers=numbers, score="score", flag="reliable"))
    found: dict[int, list[Any]] = {kind: [] for kind in (PIN, RECOMMENDED, AFFINITY, VERSION)}
    for row in _joint(legs):
        found[row[0]].append(row[1:])
    found[PIN].sort(key=lambda row: row[1:3])
    found[RECOMMENDED].sort(key=lambda row: (-row[1], row[2]))
    order = {seed: place for place, seed in enumerate(seeds)}
    found[AFFINITY].sort(key=lambda row: (row[2], order[row[0]], row[5], row[1]))
    return {
        "version": found[VERSION][0][8] if found[VERSION] else None,
        "pins": [[row[0], row[8], _seconds(row[9]), _seconds(row[10])] for row in found[PIN]],
        "recommended": [row[0] for row in found[RECOMMENDED]],
        "rows": columns([(r[2], r[0], r[1], r[3], r[6], r[4], int(r[7])) for r in found[AFFINITY]]),
    }


def read_popular(seeds: Sequence[int]) -> dict[str, Any]:
    """Read best sellers, risers and the best sellers of the seeds' categories, in one statement.

    Each is two columns: products, and how strong they are, the strongest first.
    """
    sold = Popularity.objects.filter(generation=_live_generation())
    by_rank = Cast(1.0 / Cast("rank", FloatField()), FloatField())
    rising = sold.filter(trend__gt=0).order_by("-trend", "product_id")[:POPULAR]
    legs = [
        _leg(sold.filter(rank__lte=POPULAR), kind=BEST, numbers=("product_id", "rank"), score=by_rank),
        _leg(_again(rising), kind=RISING, numbers=("product_id", "rank"), score="trend"),
        _version(),
    ]
    if seeds:
        through = get_model("catalogue", "ProductCategory").objects.order_by()
        categories = through.filter(product__in=seeds).values("category")
        members = through.filter(category__in=categories).values("product")
        in_category = sold.filter(product__in=members).order_by("rank")[:POPULAR]
        legs.append(_leg(_again(in_category), kind=OF_CATEGORY, numbers=("product_id", "rank"), score=by_rank))
    found: dict[int, list[Any]] = {kind: [] for kind in (BEST, RISING, OF_CATEGORY, VERSION)}
    for row in _joint(legs):
        found[row[0]].append(row[1:])

    def strongest(kind: int) -> list[list[Any]]:
        return columns([(row[0], row[6]) for row in sorted(found[kind], key=lambda row: (-row[6], row[1], row[0]))])

    return {
        "version": found[VERSION][0][8] if found[VERSION] else None,
        "best": strongest(BEST),
        "rising": strongest(RISING),
        "category": strongest(OF_CATEGORY),
    }


def read_wishes(seeds: Sequence[int], products: Collection[int], at: datetime) -> list[list[Any]]:
    """Read what merchants wish for ``products`` beside ``seeds``, besides pins.

    Rows of product, action, widget, factor, start and end (POSIX seconds).
    """
    wished = CurationMember.objects.filter(
        _in_force(at, "curation__"),
        _in_place(seeds, "curation__"),
        role=CurationMember.Role.SUBJECT,
        product__in=products,
        curation__action__in=[action.value for action in Action],
    ).values_list(
        "product_id",
        "curation__action",
        "curation__widget",
        "curation__factor",
        "curation__starts_at",
        "curation__ends_at",
    )
    return [[*wish, _seconds(starts), _seconds(ends)] for *wish, starts, ends in wished]


def columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into columns; ``zip(*columns)`` turns them back."""
    return [list(column) for column in zip(*rows, strict=True)]


def _in_force(at: datetime, curation: str) -> Q:
    """Keep curations that are switched on and not over; a cache may hold them until they start."""
    ends = f"{curation}ends_at"
    return Q(**{f"{curation}is_active": True}) & (Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": at}))


def _in_place(seeds: Sequence[int], curation: str) -> Q:
    """Keep curations that hold everywhere or beside one of the seeds."""
    everywhere = Q(**{f"{curation}beside_{what}__isnull": True for what in ("product", "category", "range")})
    if not seeds:
        return everywhere
    here = CurationMember.objects.filter(
        curation=OuterRef(f"{curation}pk"), role=CurationMember.Role.PLACE, product__in=seeds
    )
    return everywhere | Q(Exists(here))


def _live_generation() -> Any:
    return LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON).values("generation")[:1]


def current_version() -> Any:
    """Query the name of what is live: its version and when it changed, so that no two databases share a name."""
    name = Concat(Cast("version", CharField(max_length=20)), Value(" "), Cast("changed_at", CharField(max_length=40)))
    return LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON).values(name=name)


def _version() -> Any:
    return _leg(current_version().annotate(), kind=VERSION, numbers=(), text="name")


def _again(sliced: QuerySet[Popularity]) -> QuerySet[Popularity]:
    """Wrap a sliced query so that it may stand in a union."""
    return Popularity.objects.filter(pk__in=sliced.values("pk"))


def _leg(
    queryset: QuerySet[Any],
    *,
    kind: int,
    numbers: Sequence[str | Combinable],
    score: str | Combinable | None = None,
    flag: str | None = None,
    text: str | None = None,
    starts: str | None = None,
    ends: str | None = None,
) -> Any:
    """Give a leg of a joint statement the columns of all: kind, six numbers, score, flag, text, and two moments."""
    missing = [Value(0)] * (6 - len(numbers))
    chosen = [F(number) if isinstance(number, str) else number for number in numbers]
    no_moment = Cast(Value(None), DateTimeField())
    return queryset.order_by().values_list(
        Value(kind),
        *chosen,
        *missing,
        F(score) if isinstance(score, str) else score or Value(0.0),
        F(flag) if flag else Value(False),
        F(text) if text else Value(""),
        F(starts) if starts else no_moment,
        F(ends) if ends else no_moment,
    )


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _joint(legs: list[Any]) -> Any:
    """Make one statement of the legs; a union would take the first leg's default ordering, which is not a column."""
    return legs[0].union(*legs[1:], all=True).order_by()
