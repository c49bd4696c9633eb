"""What a page knows: learned rows, pins, best sellers and merchants' wishes, in at most three statements.

Everything is kept in the cache together with the *version* it was read under, which rises with every new generation and
every change of a curation. The version stands in the same statement as the rows, and the statement that reads the page's
products brings the current one, so that a stale entry is found out at no cost. Prices and stock are never kept.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, Exists, F, FloatField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from oscar.core.loading import get_model

from upsell.recommendations.base import Knowledge, Origin, Row, Table
from upsell.recommendations.models import Affinity, Curation, CurationMember, LiveGeneration, Popularity
from upsell.recommendations.serving import store
from upsell.recommendations.serving.catalogue import Facts
from upsell.recommendations.shaping import Action, Wish

POPULAR = 48  # best sellers and risers that are read: enough to fill a widget after filters
PIN, RECOMMENDED, AFFINITY, VERSION, BEST, RISING, OF_CATEGORY = range(7)  # kinds of rows in a joint statement

# Oscar's own recommendations "accompany the main product": they are no claim that something is alike or on the rise.
WIDGETS_WITH_RECOMMENDED = ("frequently_bought_together", "customers_also_bought", "complete_your_basket")


class LearnedKnowledge(Knowledge):
    """What the live generation and the merchants say beside some products, asked once."""

    def __init__(self, seeds: Sequence[int], at: datetime, *, cached: bool = True) -> None:
        self.seeds = tuple(seeds)
        self.at = at.timestamp()
        self._now = at
        self._read: dict[str, Any] = {}
        self._used: set[int] = set()
        self._fresh: set[str] = set()
        digest = hashlib.blake2b(json.dumps(self.seeds).encode(), digest_size=16).hexdigest()
        self._keys = {"beside": f"upsell:1:beside:{digest}", "popular": "upsell:1:popular"}
        if cached:
            self._recall()

    # --- answers to recommenders --------------------------------------------------------------------------------------

    def rows(self, table: Table) -> Sequence[Row]:
        """List the rows of the seeds, each seed's best first."""
        return [
            Row(product, neighbour, Origin(origin), score, together, bool(reliable))
            for of_table, product, neighbour, _rank, origin, score, together, reliable in self._beside()["rows"]
            if of_table == table
        ]

    def pins(self, widget: str) -> Sequence[int]:
        """List the merchants' pins by position, then what Oscar's own recommendations name."""
        beside = self._beside()
        pins = [
            product
            for _position, _pk, product, of_widget, starts, ends in beside["pins"]
            if of_widget in ("", widget) and self._holds(starts, ends)
        ]
        if widget in WIDGETS_WITH_RECOMMENDED:
            pins += beside["recommended"]
        return list(dict.fromkeys(pins))

    def best_sellers(self) -> Sequence[tuple[int, float]]:
        """List the best sellers."""
        return [(product, score) for product, score in self._popular()["best"]]

    def trending(self) -> Sequence[tuple[int, float]]:
        """List what is on the rise."""
        return [(product, score) for product, score in self._popular()["rising"]]

    def category_best_sellers(self) -> Sequence[tuple[int, float]]:
        """List the best sellers of the seeds' categories."""
        if not self.seeds:
            return []
        self._popular()
        beside = self._beside()
        if "category" not in beside:  # the shop's best sellers came from the cache, the categories' did not
            beside["category"] = self._read_popular(of_category=True)["category"]
            self._fresh.add("beside")
        return [(product, score) for product, score in beside["category"]]

    # --- answers to the page ------------------------------------------------------------------------------------------

    def wishes(self, widget: str, products: Collection[int]) -> list[Wish]:
        """List what merchants wish for ``products`` in a widget. The first call should name all of the page's."""
        beside = self._beside()
        if not set(beside["asked"]) >= set(products):
            beside["asked"] = sorted(products)
            beside["wishes"] = list(self._read_wishes(products))
            self._fresh.add("beside")
        return [
            Wish(product, Action(action), factor)
            for product, action, of_widget, factor, starts, ends in beside["wishes"]
            if of_widget in ("", widget) and self._holds(starts, ends)
        ]

    def load(self) -> None:
        """Read what the seeds have beside them, so that a failure to do so is known before any recommender asks."""
        self._beside()

    @property
    def facts(self) -> Facts:
        """What the cache knows of products; add to it with ``keep_facts``."""
        return {product: (category, image, options) for product, category, image, options in self._beside()["facts"]}

    def keep_facts(self, facts: Facts) -> None:
        """Have facts remembered with the rest."""
        self._beside()["facts"] = [[product, *fact] for product, fact in facts.items()]
        self._fresh.add("beside")

    def is_current(self, version: int | None) -> bool:
        """Whether nothing taken from the cache was read under another version."""
        return self._used <= {version}

    def remember(self) -> None:
        """Keep in the cache what this page had to read."""
        store.remember(
            {self._keys[name]: self._read[name] for name in self._fresh if self._read[name]["version"] is not None}
        )
        self._fresh.clear()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _recall(self) -> None:
        found = store.recall(self._keys.values())
        for name, key in self._keys.items():
            if key in found:
                self._read[name] = found[key]
                self._used.add(found[key]["version"])

    def _holds(self, starts: float | None, ends: float | None) -> bool:
        return (starts is None or starts <= self.at) and (ends is None or self.at < ends)

    def _beside(self) -> dict[str, Any]:
        if "beside" not in self._read:
            self._read["beside"] = self._read_beside()
            self._fresh.add("beside")
        beside: dict[str, Any] = self._read["beside"]
        return beside

    def _popular(self) -> dict[str, Any]:
        if "popular" not in self._read:
            wants_category = bool(self.seeds) and "category" not in self._beside()
            popular = self._read_popular(of_category=wants_category)
            if wants_category:
                self._beside()["category"] = popular["category"]
                self._fresh.add("beside")
            self._read["popular"] = popular
            self._fresh.add("popular")
        found: dict[str, Any] = self._read["popular"]
        return found

    def _read_beside(self) -> dict[str, Any]:
        """Read pins, Oscar's recommendations, the seeds' rows and the version, in one statement."""
        legs = [self._pins(), self._version()]
        if self.seeds:
            legs += [self._recommended(), self._affinities()]
        found: dict[str, Any] = {"version": None, "pins": [], "rows": [], "asked": [], "wishes": [], "facts": []}
        recommended = []
        for kind, a, b, c, d, e, f, score, flag, text, starts, ends in _joint(legs):
            if kind == AFFINITY:
                found["rows"].append([c, a, b, f, d, score, e, int(flag)])
            elif kind == PIN:
                found["pins"].append([c, b, a, text, _seconds(starts), _seconds(ends)])
            elif kind == RECOMMENDED:
                recommended.append((-c, b, a))
            else:
                found["version"] = a
        order = {seed: place for place, seed in enumerate(self.seeds)}
        found["rows"].sort(key=lambda row: (row[0], order[row[1]], row[3], row[2]))
        found["pins"].sort(key=lambda pin: pin[:2])
        found["recommended"] = [product for _ranking, _pk, product in sorted(recommended)]
        return found

    def _pins(self) -> Any:
        return _row(
            Curation.objects.filter(self._in_force(""), self._in_place(""), action=Curation.Action.PIN),
            kind=PIN,
            a=Coalesce("product__parent_id", "product_id"),
            b="pk",
            c="position",
            text="widget",
            starts="starts_at",
            ends="ends_at",
        )

    def _recommended(self) -> Any:
        rows = get_model("catalogue", "ProductRecommendation").objects.filter(primary__in=self.seeds)
        product = Coalesce("recommendation__parent_id", "recommendation_id")
        return _row(rows, kind=RECOMMENDED, a=product, b="pk", c="ranking")

    def _affinities(self) -> Any:
        # A basket is completed from one table; a product page draws on all of them.
        tables = list(Table) if len(self.seeds) == 1 else [Table.BASKET]
        rows = Affinity.objects.filter(generation=_live("generation"), product__in=self.seeds, table__in=tables)
        return _row(
            rows,
            kind=AFFINITY,
            a="product_id",
            b="neighbour_id",
            c="table",
            d="origin",
            e="orders_together",
            f="rank",
            score="score",
            flag="reliable",
        )

    def _version(self) -> Any:
        live = LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON)
        return _row(live, kind=VERSION, a="version", b=Value(0))

    def _read_popular(self, of_category: bool) -> dict[str, Any]:
        """Read best sellers, risers and, if wanted, the best sellers of the seeds' categories, in one statement."""
        sold = Popularity.objects.filter(generation=_live("generation"))
        by_rank = Cast(1.0 / Cast("rank", FloatField()), FloatField())
        best = sold.filter(rank__lte=POPULAR)
        rising = sold.filter(trend__gt=0).order_by("-trend", "product_id")[:POPULAR]
        legs = [
            _row(best, kind=BEST, a="product_id", b="rank", score=by_rank),
            _row(_again(rising), kind=RISING, a="product_id", b="rank", score="trend"),
            self._version(),
        ]
        if of_category:
            through = get_model("catalogue", "ProductCategory").objects.order_by()
            categories = through.filter(product__in=self.seeds).values("category")
            members = through.filter(category__in=categories).values("product")
            in_category = sold.filter(product__in=members).order_by("rank")[:POPULAR]
            legs.append(_row(_again(in_category), kind=OF_CATEGORY, a="product_id", b="rank", score=by_rank))
        found: dict[str, Any] = {"version": None, "best": [], "rising": [], "category": []}
        rows = list(legs[0].union(*legs[1:], all=True))
        names = {BEST: "best", RISING: "rising", OF_CATEGORY: "category"}
        for row in sorted(rows, key=lambda row: (-row[7], row[2], row[1])):
            if row[0] in names:
                found[names[row[0]]].append([row[1], row[7]])
            else:
                found["version"] = row[1]
        return found

    def _read_wishes(self, products: Collection[int]) -> Iterable[list[Any]]:
        wished = CurationMember.objects.filter(
            self._in_force("curation__"),
            self._in_place("curation__"),
            role=CurationMember.Role.SUBJECT,
            product__in=products,
            curation__action__in=[action.value for action in Action],
        )
        for product, action, widget, factor, starts, ends in wished.values_list(
            "product_id",
            "curation__action",
            "curation__widget",
            "curation__factor",
            "curation__starts_at",
            "curation__ends_at",
        ):
            yield [product, action, widget, factor, _seconds(starts), _seconds(ends)]

    def _in_force(self, to_curation: str) -> Q:
        """Keep curations that are switched on and not over; the cache may hold them until they start."""
        ends = f"{to_curation}ends_at"
        return Q(**{f"{to_curation}is_active": True}) & (
            Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": self._now})
        )

    def _in_place(self, to_curation: str) -> Q:
        """Keep curations that hold everywhere or beside one of the seeds."""
        everywhere = Q(**{f"{to_curation}beside_{what}__isnull": True for what in ("product", "category", "range")})
        if not self.seeds:
            return everywhere
        curation = OuterRef(f"{to_curation}pk" if not to_curation else "curation_id")
        here = CurationMember.objects.filter(curation=curation, role=CurationMember.Role.PLACE, product__in=self.seeds)
        return everywhere | Q(Exists(here))


def _live(field: str) -> Any:
    return LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON).values(field)[:1]


def _again(sliced: QuerySet[Popularity]) -> QuerySet[Popularity]:
    """Wrap a sliced query so that it may stand in a union."""
    return Popularity.objects.filter(pk__in=sliced.values("pk"))


def _row(
    queryset: QuerySet[Any],
    *,
    kind: int,
    a: str | Combinable,
    b: str | Combinable,
    c: str | int = 0,
    d: str | int = 0,
    e: str | int = 0,
    f: str | int = 0,
    score: str | Combinable | float = 0.0,
    flag: str | bool = False,
    text: str = "",
    starts: str | None = None,
    ends: str | None = None,
) -> Any:
    """Give every leg of a joint statement the same columns."""
    columns = [kind, a, b, c, d, e, f, score, flag]
    expressions: list[Any] = [
        column if isinstance(column, Combinable) else F(column) if isinstance(column, str) else Value(column)
        for column in columns
    ]
    expressions.append(F(text) if text else Value(""))
    nothing = Cast(Value(None), DateTimeField())
    expressions += [F(moment) if moment else nothing for moment in (starts, ends)]
    return queryset.order_by().values_list(*expressions)


def _joint(legs: list[Any]) -> Any:
    """Make one statement of the legs; a union would take the first leg's default ordering, which is not a column."""
    return legs[0].union(*legs[1:], all=True).order_by()


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
