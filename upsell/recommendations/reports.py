"""What merchants are told: the evidence behind a product's rows, and the facts of the whole shop.

Everything here reads and nothing writes. Each report costs a fixed number of queries, however much it tells.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.timezone import now
from oscar.core.loading import get_model

from upsell.conf import app_settings
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.evidence import Evidence
from upsell.recommendations.models import Affinity, Curation, Generation, Popularity
from upsell.recommendations.services import live_generation

BEST_SELLERS_LOOKED_AT = 50  # for the strongest pairs: what many orders hold together is among what many orders hold

Product = get_model("catalogue", "Product")


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One learned row and the whole numbers it rests on.

    ``product`` and ``neighbour`` are ``None`` when they no longer exist. Of a row that rests on likeness or popularity
    alone, ``orders_together`` is 0, and ``evidence`` says so.
    """

    table: Table
    rank: int
    product_id: int
    product: Any
    neighbour_id: int
    neighbour: Any
    origin: Origin
    score: float
    orders_together: int
    reliable: bool
    evidence: Evidence


def age_in_days(generation: Generation) -> int:
    """Count the full days since a generation was built."""
    return (now() - (generation.finished_at or generation.started_at)).days


def is_stale(generation: Generation) -> bool:
    """Whether a generation is older than ``UPSELL_STALE_AFTER_DAYS``."""
    return age_in_days(generation) >= app_settings.STALE_AFTER_DAYS


def evidence_report(product: Any, *, table: Table | None = None) -> list[EvidenceRow]:
    """List the live rows of ``product`` by table and rank, each with its evidence. Costs five queries."""
    generation = live_generation()
    if generation is None:
        return []
    rows = Affinity.objects.filter(generation=generation, product_id=product.pk).order_by(
        "table", "rank", "neighbour_id"
    )
    return _with_evidence(generation, rows if table is None else rows.filter(table=table))


def strongest_pairs(limit: int = 5) -> list[EvidenceRow]:
    """List the reliable pairs of best sellers with the most orders together, each pair once. Costs six queries."""
    generation = live_generation()
    if generation is None:
        return []
    sellers = Popularity.objects.filter(generation=generation).order_by("rank").values_list("product_id", flat=True)
    rows = Affinity.objects.filter(
        generation=generation,
        product_id__in=list(sellers[:BEST_SELLERS_LOOKED_AT]),
        table=Table.PRODUCT,
        reliable=True,
    ).order_by("-orders_together", "product_id", "neighbour_id")
    pairs: dict[frozenset[int], Affinity] = {}
    for row in rows[: 4 * BEST_SELLERS_LOOKED_AT]:
        pairs.setdefault(frozenset((row.product_id, row.neighbour_id)), row)
    told = _with_evidence(generation, pairs.values())
    return [row for row in told if row.product and row.neighbour][:limit]


def best_sellers_without_pins(generation: Generation, limit: int) -> list[Any]:
    """List visible best sellers beside which no merchant pinned anything yet, the best first."""
    pinned = Curation.objects.filter(action=Curation.Action.PIN, beside_product=OuterRef("product_id"), is_active=True)
    sellers = (
        Popularity.objects.filter(~Exists(pinned), generation=generation, rank__lte=BEST_SELLERS_LOOKED_AT)
        .filter(product__is_public=True)
        .order_by("rank")
        .select_related("product")[:limit]
    )
    return [seller.product for seller in sellers]


def _with_evidence(generation: Generation, rows: Iterable[Affinity]) -> list[EvidenceRow]:
    rows = list(rows)
    ids = {row.product_id for row in rows} | {row.neighbour_id for row in rows}
    bought = dict(
        Popularity.objects.filter(generation=generation, product_id__in=ids).values_list("product_id", "orders")
    )
    products = Product.objects.select_related("parent").prefetch_related("images").in_bulk(ids)
    return [
        EvidenceRow(
            table=Table(row.table),
            rank=row.rank,
            product_id=row.product_id,
            product=products.get(row.product_id),
            neighbour_id=row.neighbour_id,
            neighbour=products.get(row.neighbour_id),
            origin=Origin(row.origin),
            score=row.score,
            orders_together=row.orders_together,
            reliable=row.reliable,
            evidence=Evidence(
                together=row.orders_together,
                product_orders=bought.get(row.product_id, 0),
                neighbour_orders=bought.get(row.neighbour_id, 0),
                orders=generation.orders,
            ),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Overview:
    """The shop at a glance.

    ``pairs`` counts the learned rows of the product table that rest on orders; ``covered`` counts the visible
    products, of ``products``, that have any learned row. ``last_build`` is the newest build, whatever became of it.
    """

    generation: Generation | None
    last_build: Generation | None
    pairs: int
    products: int
    covered: int

    @property
    def coverage(self) -> int | None:
        """Covered products in percent, rounded down, so that 100 means all; ``None`` without products."""
        return self.covered * 100 // self.products if self.products else None

    @property
    def building(self) -> Generation | None:
        """The build under way, if there is one."""
        last = self.last_build
        return last if last is not None and last.status == Generation.Status.BUILDING else None


def overview() -> Overview:
    """Collect the facts. Costs five queries, two of which count rows."""
    generation = live_generation()
    visible = Product.objects.browsable().order_by()
    products = visible.count()
    pairs = covered = 0
    if generation is not None:
        pairs = Affinity.objects.filter(generation=generation, table=Table.PRODUCT, origin=Origin.TOGETHER).count()
        covered = products - without_suggestions(visible, generation).count()
    return Overview(
        generation=generation,
        last_build=Generation.objects.first(),
        pairs=pairs,
        products=products,
        covered=covered,
    )


def without_suggestions(products: Any, generation: Generation) -> Any:
    """Narrow a queryset of products to those without any learned row in the generation."""
    return products.filter(~Exists(Affinity.objects.filter(generation=generation, product_id=OuterRef("pk"))))
