"""Looking at the shop as somebody does whom nobody knows: what staff are shown when they ask what shoppers see."""

from copy import copy
from typing import Any

from django.contrib.auth.models import AnonymousUser
from oscar.core.loading import get_class, get_model


def as_visitor(request: Any) -> Any:
    """Copy a request for somebody who is not logged in and has nothing in the basket."""
    visitor: Any = copy(request)
    visitor.user = AnonymousUser()
    visitor.strategy = get_class("partner.strategy", "Selector")().strategy(request=visitor, user=visitor.user)
    visitor.basket = get_model("basket", "Basket")()
    visitor.basket.strategy = visitor.strategy
    return visitor
