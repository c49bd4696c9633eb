"""Writes the goods into Oscar: classes, categories, products, attributes, stock and pictures, with few queries."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from typing import Any
from zlib import crc32

from django.db import transaction
from django.utils.text import slugify
from oscar.core.loading import get_model

from demo_shop.catalogue.goods import Department, Goods, Product, Value, Variant
from demo_shop.given_dates import given_dates
from demo_shop.pictures.names import category_picture, product_pictures

AttributeOption = get_model("catalogue", "AttributeOption")
AttributeOptionGroup = get_model("catalogue", "AttributeOptionGroup")
AttributeValue = get_model("catalogue", "ProductAttributeValue")
Category = get_model("catalogue", "Category")
OscarProduct = get_model("catalogue", "Product")
Partner = get_model("partner", "Partner")
ProductAttribute = get_model("catalogue", "ProductAttribute")
ProductCategory = get_model("catalogue", "ProductCategory")
ProductClass = get_model("catalogue", "ProductClass")
ProductImage = get_model("catalogue", "ProductImage")
StockRecord = get_model("partner", "StockRecord")

PARTNER = "Fairlight"
LOW_STOCK = 5


@transaction.atomic
def load_goods(goods: Goods, *, today: date, launched: Mapping[str, int], never_sold: frozenset[str]) -> None:
    """Write all ``goods``. ``launched`` says how many days ago a product came in; ``never_sold`` came in yesterday."""
    dates = {sku: today - timedelta(days=days) for sku, days in launched.items()}
    dates |= {sku: today - timedelta(days=1) for sku in never_sold}
    _Loader(goods, today, dates).load()


class _Loader:
    def __init__(self, goods: Goods, today: date, dates: Mapping[str, date]) -> None:
        self.goods = goods
        self.today = today
        self.dates = dates
        self.classes: dict[str, Any] = {}
        self.attributes: dict[tuple[str, str], Any] = {}
        self.options: dict[tuple[int, str], Any] = {}
        self.categories: dict[str, Any] = {}

    def load(self) -> None:
        for department in self.goods.departments:
            self._classes(department)
            self._categories(department)
        with given_dates(OscarProduct, ProductImage):
            rows = self._products()
        self._attribute_values(rows)
        self._stock(rows)

    # --- what products belong to --------------------------------------------------------------------------------------

    def _classes(self, department: Department) -> None:
        for name, attributes in department.classes.items():
            self.classes[name] = ProductClass.objects.create(
                name=name, requires_shipping=not department.digital, track_stock=not department.digital
            )
            for attribute in attributes:
                group = None
                if attribute.type == "option":
                    group = AttributeOptionGroup.objects.create(name=f"{name}: {attribute.name}")
                    choices = [
                        AttributeOption(group=group, option=option) for option in self._choices(name, attribute.code)
                    ]
                    for choice in AttributeOption.objects.bulk_create(choices):
                        self.options[group.pk, choice.option] = choice
                self.attributes[name, attribute.code] = ProductAttribute.objects.create(
                    product_class=self.classes[name],
                    name=attribute.name,
                    code=attribute.code,
                    type=attribute.type,
                    option_group=group,
                )

    def _choices(self, product_class: str, code: str) -> list[str]:
        """List the values of an option in the order in which the goods name them."""
        found: dict[str, None] = {}
        for product in self.goods:
            if product.product_class == product_class:
                for values in (product.attributes, *(variant.attributes for variant in product.variants)):
                    if code in values:
                        found[str(values[code])] = None
        return list(found)

    def _categories(self, department: Department) -> None:
        root = Category.objects.add_root(
            instance=Category(
                name=department.name,
                description=_html(department.description),
                image=category_picture(department.name),
            )
        )
        for category in department.categories:
            child = Category(name=category.name, description=_html(category.description))
            self.categories[category.name] = Category.objects.add_child(root, instance=child)

    # --- products -----------------------------------------------------------------------------------------------------

    def _products(self) -> list[tuple[Any, Product, Variant | None]]:
        """Create the products and their children; list the rows with what they were made from."""
        listed = OscarProduct.objects.bulk_create(map(self._row, range(len(self.goods)), self.goods))
        children = [
            (parent, product, variant)
            for parent, product in zip(listed, self.goods, strict=True)
            for variant in product.variants
        ]
        variants = OscarProduct.objects.bulk_create(
            [self._child(number, *child) for number, child in enumerate(children, start=len(listed))]
        )
        ProductCategory.objects.bulk_create(
            ProductCategory(product=row, category=self.categories[product.category])
            for row, product in zip(listed, self.goods, strict=True)
        )
        ProductImage.objects.bulk_create(
            ProductImage(product=row, original=name, display_order=place, date_created=row.date_created)
            for row, product in zip(listed, self.goods, strict=True)
            for place, name in enumerate(product_pictures(product))
        )
        return [(row, product, None) for row, product in zip(listed, self.goods, strict=True)] + [
            (row, product, variant) for row, (_, product, variant) in zip(variants, children, strict=True)
        ]

    def _row(self, number: int, product: Product) -> Any:
        added = self._added(product)
        return OscarProduct(
            structure=OscarProduct.PARENT if product.variants else OscarProduct.STANDALONE,
            product_class=self.classes[product.product_class],
            title=product.title,
            slug=slugify(product.title),
            upc=_upc(number),
            description=_html(product.description),
            is_public=True,
            date_created=added,
            date_updated=added,
        )

    def _child(self, number: int, parent: Any, product: Product, variant: Variant) -> Any:
        title = f"{product.title}, {variant.label}"
        return OscarProduct(
            structure=OscarProduct.CHILD,
            parent=parent,
            title=title,
            slug=slugify(title),
            upc=_upc(number),
            is_public=True,
            date_created=parent.date_created,
            date_updated=parent.date_created,
        )

    def _added(self, product: Product) -> datetime:
        """Say when a product came into the shop: on a known day, or in the quarter before the first orders."""
        day = self.dates.get(product.sku, self.today - timedelta(days=735 + crc32(product.sku.encode()) % 90))
        return datetime.combine(day, time(8), UTC)

    # --- what products have -------------------------------------------------------------------------------------------

    def _attribute_values(self, rows: list[tuple[Any, Product, Variant | None]]) -> None:
        AttributeValue.objects.bulk_create(
            AttributeValue(product=row, attribute=attribute, **self._value(attribute, value))
            for row, product, variant in rows
            for attribute, value in self._values(product, (variant or product).attributes)
        )

    def _values(self, product: Product, values: Mapping[str, Value]) -> Iterator[tuple[Any, Value]]:
        for code, value in values.items():
            yield self.attributes[product.product_class, code], value

    def _value(self, attribute: Any, value: Value) -> dict[str, Any]:
        if attribute.type == "option":
            return {"value_option": self.options[attribute.option_group_id, str(value)]}
        return {f"value_{attribute.type}": value}

    def _stock(self, rows: list[tuple[Any, Product, Variant | None]]) -> None:
        partner, _ = Partner.objects.get_or_create(name=PARTNER)
        StockRecord.objects.bulk_create(
            StockRecord(
                product=row,
                partner=partner,
                partner_sku=(variant or product).sku,
                price=(variant or product).price,
                num_in_stock=(variant or product).stock,
                num_allocated=0,
                low_stock_threshold=LOW_STOCK,
            )
            for row, product, variant in rows
            if variant or not product.variants
        )


def _html(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def _upc(number: int) -> str:
    """Make a 13-digit code with its check digit, from the range that a shop may use within its own walls."""
    digits = f"2040{number:08d}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10
    return f"{digits}{check}"
