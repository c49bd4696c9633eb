"""Pages beside a basket, as tests of extras ask for them."""

from typing import Any

from oscar.core.loading import get_class, get_model

from upsell.bumps.boxes import Extra
from upsell.bumps.placements import Placement
from upsell.bumps.serving.offering import extras_for
from upsell.testing import make_basket, make_request


def beside(*lines: Any, user: Any = None) -> Any:
    """A page with a basket of these, which Oscar has priced before the page asks."""
    request = make_request(user=user)
    make_basket(*lines, request=request)
    return priced(request)


def again(request: Any, *, user: Any = None) -> Any:
    """The next page of the same shopper."""
    shopper = user or (request.user if request.user.is_authenticated else None)
    fresh = make_request(user=shopper, basket=request.basket)
    fresh.session = request.session
    return priced(fresh)


def priced(request: Any) -> Any:
    """Load and price the basket, as Oscar's middleware does before every page."""
    basket = get_model("basket", "Basket").objects.get(pk=request.basket.pk)
    basket.strategy, request.basket = request.strategy, basket
    if not basket.is_empty:
        get_class("offer.applicator", "Applicator")().apply(basket, request.user, request)
    return request


def extras(request: Any, placement: Placement = Placement.BASKET, **options: Any) -> list[Extra]:
    """What the page offers."""
    return list(extras_for(request.basket, request=request, placement=placement, **options))


def titles(request: Any, placement: Placement = Placement.BASKET, **options: Any) -> list[str]:
    """The titles of what the page offers."""
    return [extra.title for extra in extras(request, placement, **options)]
