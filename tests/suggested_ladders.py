"""Ladder suggestions made by hand, and a shop in which one can be found."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from oscar.core.loading import get_model
from oscar.test import factories

from upsell.models import LadderSuggestion
from upsell.testing import make_product

UP: Mapping[str, Any] = {
    "points": {"name": 36, "nature": 10, "worth": 20, "apart": 13, "company": 3},
    "words": ["hand", "grinder"],
    "stated": 5,
    "better": 3,
    "worse": 0,
    "either": 412,
    "together": 0,
    "expected": 3.1,
    "at_most": 1.19,
    "shared": [],
    "companions": 0,
}


def make_ladder_suggestion(*products: Any, up: Mapping[str, Any] | None = None, **fields: Any) -> LadderSuggestion:
    """Create an open suggestion of products, the first for 10.00 and each twice as dear as the one before."""
    values: dict[str, Any] = {
        "key": "-".join(str(pk) for pk in sorted(product.pk for product in products)),
        "rank": LadderSuggestion.objects.count() + 1,
        "score": 82,
        "currency": "GBP",
        "evidence": {
            "steps": [
                {"product": product.pk, "price": str(Decimal(10 * 2**place))} for place, product in enumerate(products)
            ],
            "ups": [{**UP, **(up or {})} for _step in products[1:]],
        },
    }
    suggestion = LadderSuggestion.objects.create(**{**values, **fields})
    suggestion.products.set(products)
    return suggestion


def describe(product: Any, **values: Any) -> Any:
    """State attributes of a product, booleans and numbers; their names are the codes, spelled out."""
    for code, value in values.items():
        kind = "boolean" if isinstance(value, bool) else "integer"
        attribute, _made = get_model("catalogue", "ProductAttribute").objects.get_or_create(
            code=code,
            product_class=product.get_product_class(),
            defaults={"name": code.capitalize(), "type": kind},
        )
        get_model("catalogue", "ProductAttributeValue").objects.create(
            product=product, attribute=attribute, **{f"value_{kind}": value}
        )
    return product


def shop_with_a_ladder(**fields: Any) -> list[Any]:
    """Open a shop with three hand grinders, better and better, among ten other things; return the grinders."""
    category = get_model("catalogue", "Category").add_root(name="Grinders")
    product_class = factories.ProductClassFactory(name="Grinder", requires_shipping=True, track_stock=True)
    made = []
    for title, price, settings in (
        ("Acme Hand grinder", "29.00", 18),
        ("Acme Hand Steel grinder", "69.00", 40),
        ("Acme Hand 48 grinder", "159.00", 90),
    ):
        product = make_product(title, price=price, product_class=product_class, **fields)
        category_of(product, category)
        made.append(describe(product, settings=settings, bearings=settings > 20))
    for number in range(10):
        make_product(f"Thing{number} oddment", price=str(5 + number))
    return made


def category_of(product: Any, category: Any) -> None:
    """Put a product into a category."""
    get_model("catalogue", "ProductCategory").objects.create(product=product, category=category)
