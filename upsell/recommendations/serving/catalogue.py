"""The products of a page with their prices and stock, in two statements however many there are.

Rows are read as plain values; an instance is made only of what gets as far as being looked at, because building
Django models is the dearest part of it. What a strategy or a theme reads of a product is there: every field but the
long texts and the dates, the product class, the stock records, and a parent's public children with theirs.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from oscar.core.loading import get_model

from upsell.recommendations.models import LiveGeneration
from upsell.recommendations.serving.knowledge import Stamp

LEFT_OUT = {"description", "meta_title", "meta_description", "date_created", "date_updated"}  # fetched if asked for


@dataclass(frozen=True, slots=True)
class Offered:
    """What the shop's strategy says of a product: Oscar's price and availability.

    Of a parent they are its cheapest available child's; ``varies`` tells that others cost more.
    """

    price: Any
    availability: Any
    varies: bool = False


@dataclass(slots=True)
class _Found:
    """A product as read: the values of its fields, and what was annotated."""

    values: tuple[Any, ...]
    class_values: tuple[Any, ...]
    parent: int | None
    has_options: tuple[bool, bool]
    category: int | None
    image: str
    product: Any = None


class Catalogue:
    """Loads products once per page and asks the strategy once per product."""

    def __init__(self, strategy: Any) -> None:
        self.strategy = strategy
        self.stamp: Stamp | None = None
        self._asked: set[int] = set()
        self._found: dict[int, _Found] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._stock: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        self._classes: dict[Any, Any] = {}
        self._offered: dict[int, Offered] = {}
        self._Product = get_model("catalogue", "Product")
        self._ProductClass = get_model("catalogue", "ProductClass")
        self._StockRecord = get_model("partner", "StockRecord")
        self._using = self._Product.objects.db
        self._fields = [field.attname for field in self._Product._meta.concrete_fields if field.attname not in LEFT_OUT]
        self._class_fields = [field.attname for field in self._ProductClass._meta.concrete_fields]
        self._stock_fields = [field.attname for field in self._StockRecord._meta.concrete_fields]

    def load(self, products: Iterable[int]) -> None:
        """Read what is not read yet of ``products`` and their public children; hidden ones stay unknown."""
        wanted = set(products) - self._asked
        if not wanted:
            return
        self._asked |= wanted
        parent = self._fields.index("parent_id")
        pk = self._fields.index(self._Product._meta.pk.attname)
        fields, classes = len(self._fields), len(self._class_fields)
        sellable = []
        for row in self._rows(wanted):
            *_, class_options, own_options, category, image, generation, version = row
            values = row[:fields]
            self._found[values[pk]] = _Found(
                values=values,
                class_values=row[fields : fields + classes],
                parent=values[parent],
                has_options=(bool(class_options), bool(own_options)),
                category=category,
                image=image or "",
            )
            sellable.append(values[pk])
            if values[parent]:
                self._children[values[parent]].append(values[pk])
            self.stamp = None if version is None else (generation, version)
        stock_product = self._stock_fields.index("product_id")
        stock = self._StockRecord.objects.filter(product__in=sellable).order_by("pk")
        for record in stock.values_list(*self._stock_fields) if sellable else ():
            self._stock[record[stock_product]].append(record)

    def knows(self, product: int) -> bool:
        """Whether the product exists and is public."""
        return product in self._found

    def is_variant(self, product: int) -> bool:
        """Whether a known product is a variant of another."""
        return self._found[product].parent is not None

    def category(self, product: int) -> int | None:
        """Find the id of the product's first category."""
        found = self._found.get(product)
        return found.category if found else None

    def image(self, product: int) -> str:
        """Find the name of the product's first picture, its parent's if it has none; empty if there is none."""
        found = self._found[product]
        parent = self._found.get(found.parent) if found.parent else None
        return found.image or (parent.image if parent else "")

    def title(self, product: int) -> str:
        """Find the title; empty if the product is not known."""
        return str(self.product(product).get_title()) if product in self._found else ""

    def product(self, product: int) -> Any:
        """Make the instance, wired so that a strategy that asks it for stock or children causes no query."""
        found = self._found[product]
        if found.product is None:
            made = self._Product.from_db(self._using, self._fields, found.values)
            found.product = made
            made.has_product_class_options, made.has_product_options = found.has_options
            if made.product_class_id:
                made.product_class = self._product_class(found.class_values)
            if made.parent_id and made.parent_id in self._found:
                made.parent = self.product(made.parent_id)
            made._prefetched_public_children = [self.product(child) for child in self._children.get(product, ())]
            _prefetched(
                made, "stockrecords", self._StockRecord, [self._record(made, row) for row in self._stock[product]]
            )
        return found.product

    def offered(self, product: int) -> Offered:
        """Ask the strategy for price and availability."""
        if product not in self._offered:
            self._offered[product] = self._offer(self.product(product))
        return self._offered[product]

    def _offer(self, product: Any) -> Offered:
        if not product.is_parent:
            info = self.strategy.fetch_for_product(product)
            return Offered(info.price, info.availability)
        info = self.strategy.fetch_for_parent(product)
        prices = [
            offered.price
            for offered in (self.offered(child.pk) for child in product.get_public_children())
            if offered.price.exists and offered.availability.is_available_to_buy
        ]
        if not prices:
            return Offered(info.price, info.availability)
        amounts = [payable(price) for price in prices]
        cheapest = prices[amounts.index(min(amounts))]
        return Offered(cheapest, info.availability, varies=min(amounts) != max(amounts))

    def _product_class(self, values: tuple[Any, ...]) -> Any:
        if values not in self._classes:
            self._classes[values] = self._ProductClass.from_db(self._using, self._class_fields, values)
        return self._classes[values]

    def _record(self, product: Any, values: tuple[Any, ...]) -> Any:
        record = self._StockRecord.from_db(self._using, self._stock_fields, values)
        record.product = product
        return record

    def _rows(self, wanted: set[int]) -> QuerySet[Any]:
        option = get_model("catalogue", "Option").objects
        categories = get_model("catalogue", "ProductCategory").objects.filter(product=OuterRef("pk")).order_by("pk")
        images = get_model("catalogue", "ProductImage").objects.filter(product=OuterRef("pk"))
        live = LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON)
        rows: QuerySet[Any] = (
            self._Product.objects.public()
            .filter(Q(pk__in=wanted) | Q(parent__in=wanted))
            .order_by("pk")
            .values_list(
                *self._fields,
                *(f"product_class__{name}" for name in self._class_fields),
                Exists(option.filter(productclass=OuterRef("product_class"))),
                Exists(option.filter(product=OuterRef("pk"))),
                Subquery(categories.values("category_id")[:1]),
                Subquery(images.order_by("display_order", "pk").values("original")[:1]),
                Subquery(live.values("generation_id")[:1]),
                Subquery(live.values("version")[:1]),
            )
        )
        return rows


def payable(price: Any) -> Any:
    """Find the amount a shopper is shown: with tax where it is known."""
    return price.incl_tax if price.is_tax_known else price.excl_tax


def _prefetched(instance: Any, relation: str, model: Any, objects: list[Any]) -> None:
    """Let ``instance.<relation>.all()`` answer from ``objects``: what ``prefetch_related`` does once it has them."""
    queryset = model._default_manager.all()
    queryset._result_cache = objects
    queryset._prefetch_done = True
    if not hasattr(instance, "_prefetched_objects_cache"):
        instance._prefetched_objects_cache = {}
    instance._prefetched_objects_cache[relation] = queryset
