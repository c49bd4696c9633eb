"""What tests of ladders share: products with attributes, and a look at what a tag renders."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template import Context, Template
from oscar.core.loading import get_model
from oscar.test import factories

from upsell.testing import make_product

KINDS = {bool: "boolean", int: "integer", float: "float", str: "text"}


def describe(product: Any, **attributes: Any) -> Any:
    """State attributes of a product; names are the codes, spelled out."""
    for code, value in attributes.items():
        attribute, _made = get_model("catalogue", "ProductAttribute").objects.get_or_create(
            code=code,
            product_class=product.get_product_class(),
            defaults={"name": code.replace("_", " ").capitalize(), "type": KINDS[type(value)]},
        )
        get_model("catalogue", "ProductAttributeValue").objects.create(
            product=product, attribute=attribute, **{f"value_{attribute.type}": value}
        )
    return product


def make_variants(title: str, *prices: str) -> tuple[Any, list[Any]]:
    """Create a product with a variant of each price."""
    model = get_model("catalogue", "Product")
    parent = make_product(title, price=None, structure=model.PARENT)
    children = []
    for number, price in enumerate(prices, start=1):
        child = model.objects.create(structure=model.CHILD, parent=parent, title=f"{title} {number}")
        factories.StockRecordFactory(product=child, price=price, num_in_stock=10, num_allocated=None)
        children.append(child)
    return parent, children


@pytest.fixture
def cameras() -> list[Any]:
    """Three cameras, better and better."""
    product_class = factories.ProductClassFactory(name="Camera", requires_shipping=True, track_stock=True)
    made = [
        make_product(title, price=price, product_class=product_class)
        for title, price in (("L1 camera", "479.00"), ("L3 camera", "849.00"), ("L5 camera", "1649.00"))
    ]
    describe(made[0], megapixels=20.1, stabilised=False, sealed=False, grams=372, mount="L mount")
    describe(made[1], megapixels=26.0, stabilised=True, sealed=False, grams=448, mount="L mount")
    describe(made[2], megapixels=33.2, stabilised=True, sealed=True, grams=638, mount="L mount")
    return made


@pytest.fixture
def draw() -> Callable[..., str]:
    """Render a tag as a page does."""

    def rendered(tag: str, request: Any = None, **values: Any) -> str:
        template = Template("{% load upsell_tags %}{% " + tag + " %}")
        return template.render(Context({**({"request": request} if request else {}), **values}))

    return rendered
