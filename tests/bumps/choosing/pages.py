"""Pages beside a basket, as tests of extras ask for them."""

from typing import Any

from upsell.bumps.boxes import Extra
from upsell.bumps.placements import Placement
from upsell.bumps.serving.offering import extras_for
from upsell.testing import make_basket, make_request


def beside(*lines: Any, user: Any = None) -> Any:
    """A page with a basket of these, which is read and priced as the page itself would."""
    request = make_request(user=user)
    make_basket(*lines, request=request)
    assert request.basket.total_incl_tax >= 0
    return request


def again(request: Any, *, user: Any = None) -> Any:
    """The next page of the same shopper."""
    shopper = user or (request.user if request.user.is_authenticated else None)
    fresh = make_request(user=shopper, basket=request.basket)
    fresh.session = request.session
    fresh.basket.strategy = fresh.strategy
    list(fresh.basket.all_lines())
    return fresh


def extras(request: Any, placement: Placement = Placement.BASKET, **options: Any) -> list[Extra]:
    """What the page offers."""
    return list(extras_for(request.basket, request=request, placement=placement, **options))


def titles(request: Any, placement: Placement = Placement.BASKET, **options: Any) -> list[str]:
    """The titles of what the page offers."""
    return [extra.title for extra in extras(request, placement, **options)]
