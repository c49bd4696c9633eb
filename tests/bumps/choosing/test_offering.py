"""Which extras a page offers beside a basket: what is called for, what may be had, and what it costs."""

from decimal import Decimal
from typing import Any

import pytest

from upsell.bumps.boxes import Extra
from upsell.bumps.placements import Placement
from upsell.bumps.serving.offering import extras_for
from upsell.testing import count_queries, make_basket, make_bump, make_product, make_request

pytestmark = pytest.mark.django_db


def beside(*lines: Any, user: Any = None) -> Any:
    """A page with a basket of these, which Oscar has priced."""
    request = make_request(user=user)
    make_basket(*lines, request=request)
    assert request.basket.total_incl_tax >= 0
    return request


def again(request: Any, *, user: Any = None) -> Any:
    """The next page of the same shopper."""
    fresh = make_request(user=user or (request.user if request.user.is_authenticated else None), basket=request.basket)
    list(fresh.basket.all_lines())
    return fresh


def extras(request: Any, placement: Placement = Placement.BASKET, **options: Any) -> list[Extra]:
    return list(extras_for(request.basket, request=request, placement=placement, **options))


def titles(request: Any, placement: Placement = Placement.BASKET, **options: Any) -> list[str]:
    return [extra.title for extra in extras(request, placement, **options)]


def test_what_the_basket_calls_for_is_offered_at_its_price() -> None:
    camera, cloth = make_product("Camera", price="80.00"), make_product("Cloth", price="6.00")
    bump = make_bump(cloth, trigger=camera, off="3.50")
    request = beside(camera)
    with count_queries() as queries:
        [extra] = extras(request)
    print(*queries, sep="\n\n")
    assert (extra.offer_id, extra.product_id, extra.units) == (bump.pk, cloth.pk, 1)
    assert (extra.price, extra.total, extra.is_reduced) == (Decimal("6.00"), Decimal("2.50"), True)
    assert extra.headline == "Add Cloth"
