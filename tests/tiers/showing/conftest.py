"""What tests of upgrades share: a basket as it reaches a page, and a look at what its lines are offered."""

from collections.abc import Callable
from typing import Any

import pytest
from oscar.core.loading import get_class

from tests.tiers.conftest import describe
from upsell.testing import make_ladder, make_product, make_request

Filled = Callable[..., Any]


def filled(*contents: Any, user: Any = None) -> Any:
    """Build a request whose basket holds products, or pairs of one and a quantity, with offers applied as on a page."""
    request = make_request(user=user)
    request.basket.owner = user
    request.basket.save()
    for content in contents:
        product, units = content if isinstance(content, tuple) else (content, 1)
        request.basket.add_product(product, units)
    get_class("offer.applicator", "Applicator")().apply(request.basket, request.user, request)
    return request


def again(request: Any) -> Any:
    """Build the next request of the same shopper."""
    basket = type(request.basket).objects.get(pk=request.basket.pk)
    following = make_request(user=request.user if request.user.is_authenticated else None, basket=basket)
    following.session = request.session
    basket.strategy = following.strategy
    get_class("offer.applicator", "Applicator")().apply(basket, following.user, following)
    return following


@pytest.fixture
def shop_with_many_ladders(cameras: list[Any]) -> list[list[Any]]:
    """Twenty ladders of three steps."""
    made = []
    for number in range(20):
        steps = [
            make_product(
                f"Thing {number}-{step}", price=str(10 * step), product_class=cameras[0].product_class, stock=50
            )
            for step in (1, 2, 3)
        ]
        for step, product in enumerate(steps):
            describe(product, megapixels=float(step + 1))
        make_ladder(*steps, name=f"Ladder {number}")
        made.append(steps)
    return made
