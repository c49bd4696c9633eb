"""Writes the assortment into Oscar's catalogue: product class, categories, products, prices, stock and pictures."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.text import slugify
from oscar.core.loading import get_model

from demo_shop.online_retail.assortment import Product as Article
from demo_shop.online_retail.categories import MORE, Shelf, shelves
from demo_shop.online_retail.loading.clock import to_utc

Category = get_model("catalogue", "Category")
Partner = get_model("partner", "Partner")
Product = get_model("catalogue", "Product")
ProductAttribute = get_model("catalogue", "ProductAttribute")
ProductAttributeValue = get_model("catalogue", "ProductAttributeValue")
ProductCategory = get_model("catalogue", "ProductCategory")
ProductClass = get_model("catalogue", "ProductClass")
ProductImage = get_model("catalogue", "ProductImage")
StockRecord = get_model("partner", "StockRecord")

BATCH = 500
PARTNER_CODE = "online-retail"  # whose stock all of it is: this marks what the importer made
ATTRIBUTES = (("colour", "Colour", "text"), ("design", "Design", "text"), ("pieces", "Pieces", "integer"))


def load_articles(articles: Iterable[Article], pictures: Mapping[str, str]) -> None:
    """Create the products that are not there yet, with all that belongs to them; no signals are sent.

    Colours of one thing become the children of a parent product. Only what stands by itself, alone or as a parent, is
    put on a shelf. ``pictures`` are paths below ``MEDIA_ROOT`` by code. To be called in a transaction.
    """
    there = skus()
    new = sorted((article for article in articles if article.code not in there), key=lambda a: (a.since, a.code))
    if not new:
        return
    product_class, attributes = _product_class()
    categories = _categories({article.shelf for article in new})
    parents, first_members = _parents(new, product_class)
    products = [(_product(article, product_class, parents.get(_family_code(article))), article) for article in new]
    _create_dated(products)
    ProductCategory.objects.bulk_create(
        ProductCategory(product=product, category=categories[article.shelf])
        for product, article in [*products, *first_members]
        if product.parent_id is None
    )
    ProductImage.objects.bulk_create(
        ProductImage(product=product, original=pictures[article.code], caption=article.title[:200])
        for product, article in [*products, *first_members]
    )
    StockRecord.objects.bulk_create(_stockrecords(products), batch_size=BATCH)
    ProductAttributeValue.objects.bulk_create(_values([*products, *first_members], attributes), batch_size=BATCH)


def skus() -> dict[str, tuple[int, int]]:
    """Return, by code, the ids of the product and the stock record that the importer made."""
    rows = StockRecord.objects.filter(partner__code=PARTNER_CODE).values_list("partner_sku", "product_id", "pk")
    return {sku: (product, stockrecord) for sku, product, stockrecord in rows}


def partner() -> Any:
    """Return the partner whose stock this is."""
    return Partner.objects.get_or_create(code=PARTNER_CODE, defaults={"name": "Online Retail"})[0]


def _product_class() -> tuple[Any, dict[str, Any]]:
    product_class, _ = ProductClass.objects.get_or_create(slug="gift", defaults={"name": "Gift"})
    attributes = {
        code: ProductAttribute.objects.get_or_create(
            product_class=product_class, code=code, defaults={"name": name, "type": kind}
        )[0]
        for code, name, kind in ATTRIBUTES
    }
    return product_class, attributes


def _categories(wanted: set[Shelf]) -> dict[Shelf, Any]:
    """Return the category of each shelf, made where missing, in the order of the menu."""
    categories = {}
    for shelf in shelves():
        if shelf not in wanted:
            continue
        category = None
        for name in shelf.path:
            siblings = category.get_children() if category else Category.get_root_nodes()
            found = siblings.filter(name=name).first()
            if found is None:
                # Read again before it grows: treebeard computes the place from the number of children it remembers.
                category = Category.objects.get(pk=category.pk) if category else None
                values = {"name": name, "slug": slugify(name), "exclude_from_menu": shelf == MORE}
                found = category.add_child(**values) if category else Category.add_root(**values)
            category = found
        categories[shelf] = category
    return categories


def _family_code(article: Article) -> str:
    return f"{PARTNER_CODE}-{article.code[:5]}-{slugify(article.family)}" if article.family else ""


def _parents(new: Sequence[Article], product_class: Any) -> tuple[dict[str, Any], list[tuple[Any, Article]]]:
    """Return the parent product of each family by code; and the ones just made, each with a member to take after."""
    firsts: dict[str, Article] = {}
    for article in new:
        if article.family:
            firsts.setdefault(_family_code(article), article)
    parents = {parent.code: parent for parent in Product.objects.filter(code__in=firsts)}
    made = [
        (
            Product(
                structure=Product.PARENT,
                code=code,
                title=article.family,
                slug=slugify(article.family or ""),
                description=_description(article, with_attributes=False),
                product_class=product_class,
            ),
            article,
        )
        for code, article in firsts.items()
        if code not in parents
    ]
    _create_dated(made)
    return parents | {parent.code: parent for parent, _ in made}, made


def _product(article: Article, product_class: Any, parent: Any | None) -> Any:
    return Product(
        structure=Product.CHILD if parent else Product.STANDALONE,
        parent=parent,
        product_class=None if parent else product_class,
        upc=article.code,
        title=article.title,
        slug=slugify(article.title) or article.code.lower(),
        description=_description(article),
    )


def _description(article: Article, *, with_attributes: bool = True) -> str:
    """Say what the file lets one say, in sentences."""
    attributes = article.attributes
    facts = [f"From our {article.shelf.department} department."]
    if attributes.design:
        facts.append(f"Design: {attributes.design}.")
    if with_attributes and attributes.colour:
        facts.append(f"Colour: {attributes.colour.lower()}.")
    if attributes.pieces:
        facts.append(f"{attributes.pieces} pieces.")
    return " ".join(facts)


def _create_dated(products: Sequence[tuple[Any, Article]]) -> None:
    """Create products as of their first sale: the field dates itself on creation, so the date is written after it."""
    Product.objects.bulk_create([product for product, _ in products], batch_size=BATCH)
    for product, article in products:
        product.date_created = to_utc(article.since)
    Product.objects.bulk_update([product for product, _ in products], ["date_created"], batch_size=BATCH)


def _stockrecords(products: Sequence[tuple[Any, Article]]) -> list[Any]:
    owner = partner()
    return [
        StockRecord(
            product=product,
            partner=owner,
            partner_sku=article.code,
            price=Decimal(article.price).scaleb(-2),
            num_in_stock=article.stock,
        )
        for product, article in products
    ]


def _values(products: Sequence[tuple[Any, Article]], attributes: Mapping[str, Any]) -> list[Any]:
    """Return the products' attribute values: a variant has what tells it from the others, its parent the rest."""
    told = {Product.STANDALONE: {"colour", "design", "pieces"}, Product.CHILD: {"colour"}}
    return [
        ProductAttributeValue(product=product, attribute=attributes[code], **{f"value_{kind}": value})
        for product, article in products
        for code, _, kind in ATTRIBUTES
        if code in told.get(product.structure, {"design", "pieces"})
        and (value := getattr(article.attributes, code)) is not None
    ]
