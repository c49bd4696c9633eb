"""The products of a page with their prices and stock, in one statement however many there are.

What hardly ever changes (the *facts*: category, picture, whether options have to be chosen) is read by another and
kept in the cache. Rows are read as plain values; an instance is made only of what gets as far as being looked at,
because building Django models is the dearest part of it. What a strategy or a theme reads of a product is there: every
field but the long texts and the dates, the product class, the stock records, and a parent's public children with
theirs.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import Exists, Manager, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from oscar.core.loading import get_model

from upsell.core.serving.memo import Memo
from upsell.recommendations.serving.prepared import Prepared
from upsell.recommendations.serving.reading import current_version

PAGES = 2_000  # of which it is remembered what they looked at
MOST_FORESEEN = 100
LEFT_OUT = {"description", "meta_title", "meta_description", "date_created", "date_updated"}  # fetched if asked for

Facts = dict[int, tuple[int | None, str, bool]]  # product -> its first category, its picture's name, has it options
NO_FACTS: tuple[int | None, str, bool] = (None, "", False)


# Page -> the products that it looked at.
_foreseen: Memo[frozenset[int]] = Memo(PAGES)


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
    """A product as read: the values of its fields and of its class's, its stock records', and later the instance."""

    values: tuple[Any, ...]
    class_values: tuple[Any, ...]
    parent: int | None
    stock: list[tuple[Any, ...]] = field(default_factory=list)
    product: Any = None


class Catalogue:
    """Loads products once per page and asks the strategy once per product."""

    def __init__(self, strategy: Any) -> None:
        self.strategy = strategy
        self.version: str | None = None
        self.facts: Facts = {}
        self._name: Any = None
        self.foreseen: frozenset[int] = frozenset()
        self._guess = self.foreseen  # what of it is not read yet
        self._noted: set[int] = set()
        self._asked: set[int] = set()
        self._found: dict[int, _Found] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._classes: dict[Any, Any] = {}
        self._offered: dict[int, Offered] = {}

    def foresee(self, name: Any) -> None:
        """Read with the first statement what a page of this name looked at the last time.

        Several parts of a page, which know nothing of each other, then cost one statement instead of one each. What is
        remembered is a guess: a wrong one costs a few rows, a missing one a statement.
        """
        if self._name is None:
            self._name = name
            self.foreseen = self._guess = _foreseen.get([name]).get(name, frozenset())

    def load(self, products: Iterable[int]) -> None:
        """Read what is not read yet of ``products``, their public children and their stock; hidden ones stay unknown.

        The version of what is learned comes with them.
        """
        asked = set(products)
        wanted = asked - self._asked
        self._note(asked)
        if not wanted:
            return
        wanted |= self._guess - self._asked
        self._guess = frozenset()
        self._asked |= wanted
        columns = _columns()
        for row in columns.rows(wanted):
            pk = row[columns.pk]
            found = self._found.get(pk)
            if found is None:
                parent = row[columns.parent]
                found = self._found[pk] = _Found(row[columns.product], row[columns.product_class], parent)
                if parent:
                    self._children[parent].append(pk)
            if row[columns.record_pk] is not None:
                found.stock.append(row[columns.record])
            self.version = row[-1]

    def _note(self, asked: set[int]) -> None:
        """Remember what this page looks at, not what it read on a guess."""
        if self._name is not None and not asked <= self._noted and len(self._noted) < MOST_FORESEEN:
            self._noted |= asked
            _foreseen.put({self._name: frozenset(self._noted)})

    def learn_facts(self, products: Iterable[int], families: Iterable[int]) -> bool:
        """Read what is missing of the facts about ``products`` and the members of ``families``; say if anything was."""
        families = set(families) - self.facts.keys()
        missing = families | set(products) - self.facts.keys()
        if missing:
            self.facts.update(dict.fromkeys(missing, NO_FACTS))
            self.facts.update(_read_facts(missing, families))
        return bool(missing)

    def has_asked(self, product: int) -> bool:
        """Whether the product was looked for."""
        return product in self._asked

    def knows(self, product: int) -> bool:
        """Whether the product exists and is public."""
        return product in self._found

    def is_variant(self, product: int) -> bool:
        """Whether it is a variant of another, as far as is known."""
        return product in self._found and self._found[product].parent is not None

    def category(self, product: int) -> int | None:
        """Find the id of the product's first category."""
        return self.facts[product][0] if product in self.facts else None

    def image(self, product: int) -> str:
        """Find the name of the product's first picture, its parent's if it has none; empty if there is none."""
        own = self.facts.get(product, NO_FACTS)[1]
        return own or self.facts.get(self._found[product].parent or 0, NO_FACTS)[1]

    def has_options(self, product: int) -> bool:
        """Whether something has to be (or can be) chosen before the product can be bought."""
        parent = self._found[product].parent or 0
        return self.facts.get(product, NO_FACTS)[2] or self.facts.get(parent, NO_FACTS)[2]

    def title(self, product: int) -> str:
        """Find the title; empty if the product is not known."""
        return str(self.product(product).get_title()) if product in self._found else ""

    def product(self, product: int) -> Any:
        """Make the instance, wired so that a strategy that asks it for stock or children causes no query."""
        found = self._found[product]
        return found.product or self._make(product, found)

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
        prices = [price for price in prices if price.currency == prices[0].currency]
        if not prices:
            return Offered(info.price, info.availability)
        amounts = [payable(price) for price in prices]
        cheapest = prices[amounts.index(min(amounts))]
        return Offered(cheapest, info.availability, varies=min(amounts) != max(amounts))

    def _make(self, product: int, found: _Found) -> Any:
        columns = _columns()
        made = found.product = columns.make_product(found.values)  # before its family is made, which asks for it
        made.has_product_class_options = made.has_product_options = self.has_options(product)
        if made.product_class_id:
            columns.class_of_product.set_cached_value(made, self._product_class(found.class_values))
        if found.parent in self._found:
            columns.parent_of_product.set_cached_value(made, self.product(found.parent))
        made._prefetched_public_children = [self.product(child) for child in self._children.get(product, ())]
        records = [columns.make_record(made, values) for values in sorted(found.stock)]
        # What prefetch_related leaves behind, so that ``product.stockrecords.all()`` causes no query.
        made._prefetched_objects_cache = {"stockrecords": columns.fetched(records)}
        return made

    def _product_class(self, values: tuple[Any, ...]) -> Any:
        if values not in self._classes:
            self._classes[values] = _columns().make_product_class(values)
        return self._classes[values]


class _Columns:
    """The columns of the one statement that reads products, and how instances are made of them."""

    def __init__(self) -> None:
        self._Product = get_model("catalogue", "Product")
        self._ProductClass = get_model("catalogue", "ProductClass")
        self._StockRecord = get_model("partner", "StockRecord")
        self._fields = _attributes(self._Product)
        self._class_fields = _attributes(self._ProductClass)
        self._record_fields = _attributes(self._StockRecord)
        end_of_product = len(self._fields)
        end_of_class = end_of_product + len(self._class_fields)
        self.product = slice(0, end_of_product)
        self.product_class = slice(end_of_product, end_of_class)
        self.record = slice(end_of_class, end_of_class + len(self._record_fields))
        self.pk = self._fields.index(self._Product._meta.pk.attname)
        self.parent = self._fields.index("parent_id")
        self.record_pk = end_of_class + self._record_fields.index(self._StockRecord._meta.pk.attname)
        self._using = self._Product.objects.db
        self._product_names, self._record_names = frozenset(self._fields), frozenset(self._record_fields)
        self._records = self._StockRecord._default_manager.all()
        self._product_of_record: Any = self._StockRecord._meta.get_field("product")
        self.class_of_product: Any = self._Product._meta.get_field("product_class")
        self.parent_of_product: Any = self._Product._meta.get_field("parent")
        version, arguments = current_version().query.sql_with_params()
        # Finding the columns takes Django longer than all the rest, and never changes.
        self._all = self._Product.objects.order_by().values_list(
            *self._fields,
            *(f"product_class__{name}" for name in self._class_fields),
            *(f"stockrecords__{name}" for name in self._record_fields),
            RawSQL(f"({version})", arguments),  # noqa: S611  # our own query, written once
        )
        self._prepared = Prepared(self._Product, self._rows)
        # A shop that changed what is public, or which products there are, may have it depend on the day or the visitor.
        everything, public = self._Product.objects.get_queryset, self._all.public
        self._is_prepared = (
            everything.__func__ is Manager.get_queryset and public.__module__ == "oscar.apps.catalogue.managers"
        )

    def rows(self, wanted: set[int]) -> Iterable[Any]:
        """Read products and their children, a row per stock record, each with the version of what is learned."""
        return self._prepared.rows(wanted) if self._is_prepared else self._rows(list(wanted))

    def _rows(self, wanted: Sequence[int]) -> Any:
        return self._all.public().filter(Q(pk__in=wanted) | Q(parent__in=wanted))

    def make_product(self, values: tuple[Any, ...]) -> Any:
        """Make a product; a field that was left out is fetched when it is asked for."""
        return self._Product.from_db(self._using, self._product_names, values)

    def make_product_class(self, values: tuple[Any, ...]) -> Any:
        """Make a product class."""
        return self._ProductClass.from_db(self._using, self._class_fields, values)

    def make_record(self, product: Any, values: tuple[Any, ...]) -> Any:
        """Make a stock record of a product."""
        record = self._StockRecord.from_db(self._using, self._record_names, values)
        self._product_of_record.set_cached_value(record, product)
        return record

    def fetched(self, records: list[Any]) -> Any:
        """Make a queryset that has its result already."""
        queryset = type(self._records)(self._StockRecord, query=self._records.query)
        queryset._result_cache = records
        queryset._prefetch_done = True
        return queryset


@lru_cache(maxsize=1)
def _columns() -> _Columns:
    return _Columns()


def _attributes(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname not in LEFT_OUT]


def _read_facts(products: set[int], families: set[int]) -> Facts:
    option = get_model("catalogue", "Option").objects
    categories = get_model("catalogue", "ProductCategory").objects.filter(product=OuterRef("pk")).order_by("pk")
    images = get_model("catalogue", "ProductImage").objects.filter(product=OuterRef("pk"))
    rows = get_model("catalogue", "Product").objects.filter(Q(pk__in=products) | Q(parent__in=families))
    return {
        product: (category, image or "", bool(class_options or own_options))
        for product, category, image, class_options, own_options in rows.order_by().values_list(
            "pk",
            Subquery(categories.values("category_id")[:1]),
            Subquery(images.order_by("display_order", "pk").values("original")[:1]),
            Exists(option.filter(productclass=OuterRef("product_class"))),
            Exists(option.filter(product=OuterRef("pk"))),
        )
    }


def payable(price: Any) -> Any:
    """Find the amount a shopper is shown: with tax where it is known."""
    return price.incl_tax if price.is_tax_known else price.excl_tax
