"""What tests of the swap share: a ladder, a basket with a line of it, and a look at a basket as plain values."""

from typing import Any

import pytest
from oscar.core.loading import get_model
from oscar.test import factories

from upsell.core.serving.lines import own_words
from upsell.testing import make_basket, make_ladder, make_product, make_request
from upsell.tiers.serving.swapping import Swapped, swap

Line = get_model("basket", "Line")


def contents(basket: Any) -> dict[str, Any]:
    """Tell a basket's lines by their references: product, quantity, options, and what the shop's own line says."""
    found = {}
    for line in Line.objects.filter(basket=basket).prefetch_related("attributes"):
        options = sorted((told.option_id, repr(told.value)) for told in line.attributes.all())
        words = own_words(line).partition('"fields"')[2]
        found[line.line_reference] = (line.product_id, line.stockrecord_id, line.quantity, options, words)
    return found


def titles(basket: Any) -> dict[str, int]:
    """Tell a basket by its products' titles."""
    found: dict[str, int] = {}
    for line in Line.objects.filter(basket=basket).select_related("product__parent"):
        found[line.product.get_title()] = found.get(line.product.get_title(), 0) + line.quantity
    return found


def make_option(product: Any, name: str, **fields: Any) -> Any:
    """Let a product be ordered with an option."""
    option = get_model("catalogue", "Option").objects.create(name=name, **fields)
    product.product_options.add(option)
    return option


def line_of(basket: Any, product: Any) -> Any:
    """Find the line of a product."""
    return Line.objects.get(basket=basket, product=product)


def press(basket: Any, left: Any, product: Any, *, request: Any = None, **fields: Any) -> Swapped:
    """Swap the line of a product for another product."""
    request = request or again(basket)
    key = left if isinstance(left, int) else line_of(basket, left).pk
    return swap(line=key, product=getattr(product, "pk", product), request=request, basket=request.basket, **fields)


def again(basket: Any, *, user: Any = None, session: Any = None) -> Any:
    """Ask for a basket anew, as the next request does."""
    fresh = get_model("basket", "Basket").objects.get(pk=basket.pk)
    request = make_request(user=user or basket.owner, basket=fresh)
    if session is not None:
        request.session = session
    return request


@pytest.fixture
def basic() -> Any:
    return make_product("Basic", price="10.00", product_class=factories.ProductClassFactory(name="Software"))


@pytest.fixture
def pro(basic: Any) -> Any:
    return make_product("Pro", price="25.00", product_class=basic.product_class)


@pytest.fixture
def studio(basic: Any) -> Any:
    return make_product("Studio", price="60.00", product_class=basic.product_class)


@pytest.fixture
def ladder(basic: Any, pro: Any, studio: Any) -> Any:
    return make_ladder(basic, pro, studio, levels=("Basic", "Pro", "Studio"))


@pytest.fixture
def basket(ladder: Any, basic: Any) -> Any:
    """Two units of the first step."""
    return make_basket((basic, 2))
