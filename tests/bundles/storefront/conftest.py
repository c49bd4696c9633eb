"""A shopper with a basket of their own, and the ways in which tests look at what is shown."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.template import Context, Template
from oscar.core.loading import get_model

from upsell.testing import make_product, make_request


@pytest.fixture
def request_with_basket() -> Any:
    """A request whose basket is stored."""
    request = make_request()
    request.basket.save()
    return request


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="100.00")


@pytest.fixture
def bag() -> Any:
    return make_product("Bag", price="25.00")


@pytest.fixture
def draw() -> Callable[..., str]:
    """Render a tag as a page does."""

    def rendered(tag: str, request: Any = None, **values: Any) -> str:
        template = Template("{% load upsell_tags %}{% " + tag + " %}")
        return template.render(Context({**({"request": request} if request else {}), **values}))

    return rendered


def plain(text: str) -> str:
    """Read a fragment as a shopper does."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def make_variants(title: str, *prices: str) -> tuple[Any, list[Any]]:
    """Create a product with a variant of each price."""
    from oscar.test import factories

    model = get_model("catalogue", "Product")
    parent = make_product(title, price=None, structure=model.PARENT)
    children = []
    for number, price in enumerate(prices, start=1):
        child = model.objects.create(structure=model.CHILD, parent=parent, title=f"{title} {number}")
        factories.StockRecordFactory(product=child, price=price, num_in_stock=10, num_allocated=None)
        children.append(child)
    return parent, children
