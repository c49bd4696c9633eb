"""The one place that reads Oscar's orders and catalogue into plain values.

Products are named by the id of their *sellable level*: a child counts for its parent. Everything is read in slices by
primary key, so that memory stays bounded on any database and no cursor is kept open. A shop's forks are honoured.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.html import strip_tags
from oscar.core.loading import get_class, get_model

if TYPE_CHECKING:
    from numpy import float64, int32, int64
    from numpy.typing import NDArray

SLICE = 50_000  # orders or order lines read by one query
CATALOGUE_SLICE = 2_000  # products, with all their texts
DESCRIPTION_LENGTH = 4_000  # characters of a description that are read; what makes products alike stands at the start

Report = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class PlacedOrders:
    """Orders and their lines as parallel arrays.

    ``id`` and ``at`` (POSIX seconds) have one entry per order, by id; ``order`` (position of the line's order in
    them), ``product`` and ``units`` have one entry per line. Orders of which no line is left do not appear.
    """

    id: "NDArray[int64]"
    at: "NDArray[float64]"
    order: "NDArray[int32]"
    product: "NDArray[int64]"
    units: "NDArray[int32]"
    orders_excluded: int  # by their status
    lines_without_product: int  # their product was deleted
    highest_id: int  # of all orders there were, whatever became of them; 0 without any


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """One order: when it was placed, and how many units of each product it holds."""

    id: int
    at: datetime
    units: dict[int, int]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What a shopper can read about a product: plain texts, categories, attributes.

    ``categories`` are the ids of its categories and their ancestors, ``own_categories`` without these;
    ``product_class`` is the id of its class. ``attributes`` maps an attribute's code to its value, or to the values
    that the product and its children have of it.
    """

    product: int
    title: str
    description: str
    categories: frozenset[int]
    attributes: dict[str, str]
    own_categories: frozenset[int] = frozenset()
    product_class: int = 0


def read_orders(*, excluded_statuses: Sequence[str] = (), report: Report | None = None) -> PlacedOrders:
    """Read every order but those (and those lines) in one of ``excluded_statuses``.

    Needs some 80 bytes a line at its peak. An order that is placed meanwhile is read whole or not at all. An order
    dated in the future counts as placed now. ``report`` hears the share done, 0 to 1.
    """
    import numpy as np

    order_model, line_model = get_model("order", "Order"), get_model("order", "Line")
    highest = order_model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
    orders = order_model._default_manager.filter(pk__lte=highest)
    kept = orders.exclude(status__in=excluded_statuses)
    ids, at = [np.empty(0, np.int64)], [np.empty(0)]
    for rows in _slices(kept.values_list("pk", "date_placed"), SLICE):
        ids.append(np.fromiter((row[0] for row in rows), np.int64, len(rows)))
        at.append(np.fromiter((row[1].timestamp() for row in rows), np.float64, len(rows)))
    id_, at_ = np.concatenate(ids), np.minimum(np.concatenate(at), datetime.now(UTC).timestamp())

    lines = line_model._default_manager.filter(order__lte=highest, quantity__gt=0).exclude(status__in=excluded_statuses)
    last_line = line_model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
    columns = ("pk", "order_id", Coalesce("product_id", 0), "quantity")
    pieces = [np.empty((0, 3), np.int64)]
    without_product = 0
    for rows in _slices(lines.values_list(*columns), SLICE):
        table = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * 4).reshape(-1, 4)[:, 1:]
        position = np.searchsorted(id_, table[:, 0])
        position[position == len(id_)] = 0
        table = table[id_[position] == table[:, 0]] if len(id_) else table[:0]
        known = table[:, 1] > 0
        without_product += int(len(table) - known.sum())
        pieces.append(table[known])
        if report:
            report(min(1.0, rows[-1][0] / last_line))
    table = np.concatenate(pieces)
    del pieces

    used, order = np.unique(table[:, 0], return_inverse=True)
    position = np.searchsorted(id_, used)
    return PlacedOrders(
        id=used,
        at=at_[position],
        order=order.reshape(-1).astype(np.int32),
        product=_sellable(table[:, 1]),
        units=table[:, 2].astype(np.int32),
        orders_excluded=orders.count() - len(id_),
        lines_without_product=without_product,
        highest_id=int(highest),
    )


def read_order(order_id: int, *, excluded_statuses: Sequence[str] = ()) -> PlacedOrder | None:
    """Read one order by the same rules as ``read_orders``; nothing if it is gone, excluded or without products."""
    lines = (
        get_model("order", "Line")
        ._default_manager.filter(order=order_id, quantity__gt=0, product__isnull=False)
        .exclude(Q(status__in=excluded_statuses) | Q(order__status__in=excluded_statuses))
        .values_list(Coalesce("product__parent_id", "product_id"), "quantity", "order__date_placed")
    )
    units: dict[int, int] = defaultdict(int)
    at = None
    for product, quantity, at in lines:  # noqa: B007
        units[product] += quantity
    return None if at is None else PlacedOrder(id=order_id, at=min(at, timezone.now()), units=dict(units))


def orders_after(order_id: int) -> list[int]:
    """List the ids of all orders above ``order_id``, lowest first."""
    return list(
        get_model("order", "Order")._default_manager.filter(pk__gt=order_id).order_by("pk").values_list("pk", flat=True)
    )


def read_catalogue(report: Report | None = None) -> Iterator[CatalogueEntry]:
    """Yield every public product of the sellable level, by id."""
    product_model = get_model("catalogue", "Product")
    products = product_model._default_manager.filter(is_public=True, parent__isnull=True)
    last = products.order_by("-pk").values_list("pk", flat=True).first() or 0
    lineage = _lineage()
    for rows in _slices(products.values_list("pk", "title", "description", "product_class"), CATALOGUE_SLICE):
        ids = [row[0] for row in rows]
        own = _categories(ids)
        attributes = _attributes(ids)
        for product, title, description, product_class in rows:
            yield CatalogueEntry(
                product=product,
                title=title,
                description=_plain(description)[:DESCRIPTION_LENGTH],
                categories=frozenset(chain.from_iterable(lineage.get(category, ()) for category in own[product])),
                attributes={code: ", ".join(sorted(values)) for code, values in attributes[product].items()},
                own_categories=frozenset(own[product]),
                product_class=product_class or 0,
            )
        if report:
            report(ids[-1] / last)


def existing_products(ids: Iterable[int]) -> set[int]:
    """Keep of ``ids`` those of products that (still) exist."""
    wanted = set(ids)
    there: set[int] = set()
    for rows in _slices(get_model("catalogue", "Product")._default_manager.values_list("pk"), SLICE):
        there.update(row[0] for row in rows if row[0] in wanted)
    return there


def products_of_category(category: Any) -> set[int]:
    """Ids of the sellable products in the category or below it."""
    return _sellable_ids(
        get_model("catalogue", "Product")._default_manager.filter(categories__path__startswith=category.path)
    )


def products_of_range(range_: Any) -> set[int]:
    """Ids of the sellable products in the range, as the range itself (or its custom class) defines them."""
    products = range_.all_products()
    if isinstance(products, QuerySet):
        return _sellable_ids(products)
    return {product.parent_id or product.pk for product in products}


def checkout_of(request: Any) -> Any:
    """Return what a shopper has told Oscar's checkout so far; ``None`` if they have not begun.

    Oscar's own reader would write to the session of everybody who only looks at a page.
    """
    checkout = get_class("checkout.utils", "CheckoutSessionData")
    session = getattr(request, "session", None)
    return checkout(request) if session is not None and checkout.SESSION_KEY in session else None


def sellable_id(product: Any) -> int:
    """Id of the level at which the product is bought and recommended: a child's parent, else its own."""
    return int(product.parent_id or product.pk)


def moment(seconds: float) -> datetime:
    """Turn POSIX seconds into the kind of datetime the shop uses."""
    at = datetime.fromtimestamp(seconds, UTC)
    return at if settings.USE_TZ else timezone.make_naive(at, timezone.get_default_timezone())


def _slices(rows: Any, size: int) -> Iterator[list[Any]]:
    """Yield the rows of a ``values_list`` that starts with the primary key, in lists of at most ``size``."""
    last = None
    while True:
        part = list((rows if last is None else rows.filter(pk__gt=last)).order_by("pk")[:size])
        if part:
            yield part
        if len(part) < size:
            return
        last = part[-1][0]


def _sellable(products: "NDArray[int64]") -> "NDArray[int64]":
    """Replace children by their parents."""
    import numpy as np

    children = get_model("catalogue", "Product")._default_manager.filter(parent__isnull=False)
    result = products.copy()
    for rows in _slices(children.values_list("pk", "parent_id"), SLICE):
        family = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * 2).reshape(-1, 2)
        position = np.searchsorted(family[:, 0], products)
        position[position == len(family)] = 0
        is_child = family[position, 0] == products
        result[is_child] = family[position[is_child], 1]
    return result


def _sellable_ids(products: Any) -> set[int]:
    return set(products.order_by().values_list(Coalesce("parent_id", "pk"), flat=True))


def _lineage() -> dict[int, tuple[int, ...]]:
    """Map each category's id to itself and its ancestors."""
    category_model = get_model("catalogue", "Category")
    by_path = dict(category_model._default_manager.values_list("path", "pk"))
    step = category_model.steplen
    return {
        pk: tuple(by_path[path[:end]] for end in range(step, len(path) + 1, step) if path[:end] in by_path)
        for path, pk in by_path.items()
    }


def _categories(products: Sequence[int]) -> dict[int, set[int]]:
    through = get_model("catalogue", "ProductCategory")
    found: dict[int, set[int]] = defaultdict(set)
    rows = through._default_manager.filter(product__gte=products[0], product__lte=products[-1])
    for product, category in rows.order_by().values_list("product_id", "category_id"):
        found[product].add(category)
    return found


# Kinds of attribute of which the value is a fact about the product that another one can share.
VALUE_COLUMNS = {
    "text": "value_text",
    "integer": "value_integer",
    "boolean": "value_boolean",
    "float": "value_float",
    "date": "value_date",
    "option": "value_option__option",
    "multi_option": "value_multi_option__option",
}


def _attributes(products: Sequence[int]) -> dict[int, dict[str, set[str]]]:
    """Map product and attribute code to the values of the product and its children."""
    wanted = set(products)
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    values = get_model("catalogue", "ProductAttributeValue")._default_manager.order_by()
    first, last = products[0], products[-1]
    values = values.filter(
        Q(product__gte=first, product__lte=last) | Q(product__parent__gte=first, product__parent__lte=last)
    )
    for kind, column in VALUE_COLUMNS.items():
        rows = values.filter(attribute__type=kind, **{f"{column}__isnull": False})
        for product, code, value in rows.values_list(
            Coalesce("product__parent_id", "product_id"), "attribute__code", column
        ):
            if product in wanted:
                found[product][code].add(str(value))
    return found


def _plain(html: str) -> str:
    """Strip tags and entities; tags part words, as they do on the page."""
    return " ".join(unescape(strip_tags(html.replace("<", " <"))).split())
