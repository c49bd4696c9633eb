"""The rows of the evidence screen: each neighbour once, with its ranks, its evidence, and what becomes of it today."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy
from oscar.core.loading import get_model

from upsell.core.trace import Verdict
from upsell.recommendations import components, reports
from upsell.recommendations.admin.decisions import decisions_between
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.evidence import Evidence
from upsell.recommendations.models import Curation
from upsell.recommendations.serving.pictures import Picture, pictures

Product = get_model("catalogue", "Product")

WIDGETS = ("frequently_bought_together", "customers_also_bought", "similar_products")  # those beside one product

TABLES = {
    Table.PRODUCT: gettext_lazy("Beside it"),
    Table.BASKET: gettext_lazy("Completing a basket"),
    Table.SIMILAR: gettext_lazy("Alike"),
}
ORIGINS = {
    Origin.TOGETHER: gettext_lazy("Bought together"),
    Origin.SIMILAR: gettext_lazy("Alike in words, category and attributes"),
    Origin.NEAREST: gettext_lazy("Borrowed from the products most alike"),
    Origin.CATEGORY: gettext_lazy("Best seller of the category"),
    Origin.POPULAR: gettext_lazy("Best seller of the shop"),
    Origin.TRENDING: gettext_lazy("Sells faster of late"),
    Origin.PINNED: gettext_lazy("Pinned"),
}


@dataclass(slots=True)
class Neighbour:
    """A product beside another. ``evidence`` is ``None`` if no learned row is about the two."""

    product_id: int
    product: Any
    origin: Any
    evidence: Evidence | None
    rank_in: dict[Table, int] = field(default_factory=dict)
    verdicts: list[tuple[str, Verdict]] = field(default_factory=list)
    decision: str = ""
    picture: Picture | None = None

    @property
    def ranks(self) -> list[tuple[Any, int | None]]:
        """Its rank in each table, in the order of ``TABLES``."""
        return [(name, self.rank_in.get(table)) for table, name in TABLES.items()]

    @property
    def counted(self) -> Evidence | None:
        """The evidence, if any order holds both."""
        return self.evidence if self.evidence and self.evidence.together else None

    @property
    def is_thin(self) -> bool:
        """Whether chance, or a handful of orders, would explain it."""
        return self.counted is not None and self.counted.is_thin

    @property
    def share(self) -> str:
        """Of the orders with the product, the share that hold this one too; empty without any."""
        return gettext("%(share)s %%") % {"share": _figure(100 * self.counted.confidence)} if self.counted else ""

    @property
    def share_range(self) -> str:
        """Where the true share lies, at 95 %."""
        return _range(self.counted.confidence_interval, 100) if self.counted else ""

    @property
    def lift(self) -> str:
        """How many times as often as by chance the two meet; empty without orders."""
        return f"{_figure(self.counted.lift)} ×" if self.counted else ""

    @property
    def lift_range(self) -> str:
        """Where the true lift lies, at 95 %."""
        return _range(self.counted.lift_interval, 1) if self.counted else ""

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Say in which widgets it is shown, or else why in none: the widget, if it matters, and the sentence."""
        shown = [(widget, verdict.message) for widget, verdict in self.verdicts if verdict.shown]
        return shown or [("", message) for message in dict.fromkeys(verdict.message for _, verdict in self.verdicts)]


def _figure(number: float) -> str:
    return number_format(round(number, 1), decimal_pos=1, force_grouping=True)


def _range(bounds: tuple[float, float], scale: int) -> str:
    low, high = bounds
    return gettext("(%(low)s to %(high)s)") % {"low": _figure(low * scale), "high": _figure(high * scale)}


def widget_label(widget: str) -> str:
    """Name a widget as the form of curations does."""
    return str(dict(Curation._meta.get_field("widget").flatchoices).get(widget, widget))


def neighbours_of(product: Any, shopper: HttpRequest) -> list[Neighbour]:
    """List what was learned or decided beside ``product``, the best of its best table first."""
    found: dict[int, Neighbour] = {}
    for row in reports.evidence_report(product):
        neighbour = found.setdefault(
            row.neighbour_id, Neighbour(row.neighbour_id, row.neighbour, ORIGINS[row.origin], row.evidence)
        )
        neighbour.rank_in[row.table] = row.rank
    _add_decisions(product, found)
    for widget in WIDGETS:
        for verdict in components.verdicts(widget, request=shopper, product=product):
            if verdict.product_id in found:
                found[verdict.product_id].verdicts.append((widget_label(widget), verdict))
    return list(found.values())


def add_pictures(neighbours: Sequence[Neighbour]) -> None:
    """Find the pictures of those that a page shows."""
    names = {neighbour.product_id: _image(neighbour.product) for neighbour in neighbours}
    found = pictures(names.values())
    for neighbour in neighbours:
        neighbour.picture = found.get(names[neighbour.product_id])


def _image(product: Any) -> str:
    images = product.images.all()[:1] if product else []
    return str(images[0].original.name) if images else ""


def _add_decisions(product: Any, found: dict[int, Neighbour]) -> None:
    """Mark what merchants decided, and add the products that only they put there."""
    decided = decisions_between(product, Product.objects.values("pk")).select_related("product")
    for curation in decided.prefetch_related("product__images"):
        beside = curation.product
        if beside is None:
            continue
        neighbour = found.setdefault(beside.pk, Neighbour(beside.pk, beside, ORIGINS[Origin.PINNED], None))
        neighbour.decision = curation.action
