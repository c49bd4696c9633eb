"""What tests of special prices share: a ladder of two with an offer, somebody to whom it is made, and a clock."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model

from tests.offers.oscar_shop import apply
from upsell.models import Grant
from upsell.testing import make_basket, make_ladder, make_product, make_request, make_upgrade_offer
from upsell.tiers.serving.granting import accept
from upsell.tiers.serving.specials import Special, specials_for

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Shop:
    """A ladder Basic, Pro (20.00), Studio, and 3.00 off Pro for whoever accepts it."""

    goods: list[Any] = field(default_factory=list)
    ladder: Any = None
    offer: Any = None

    @property
    def pro(self) -> Any:
        return self.goods[1]

    def special(self, request: Any, spot: Any = "product") -> Special | None:
        """What is offered to somebody who comes with a new request."""
        found = specials_for([self.ladder.pk], request=request, spot=spot)
        return next(iter(found.get(self.ladder.pk, ())), None)


def open_shop(**fields: Any) -> Shop:
    """Make the shop; ``fields`` are the offer's."""
    goods = [make_product(title, price=price, stock=999) for title, price in GOODS]
    ladder = make_ladder(*goods)
    offer = make_upgrade_offer(ladder, to=goods[1], **{"off": "3.00", **fields})
    return Shop(goods, ladder, offer)


GOODS = (("Basic", "10.00"), ("Pro", "20.00"), ("Studio", "30.00"))


class Visitor:
    """Somebody with a session and a basket, who comes with a new request each time."""

    def __init__(self, *lines: Any, user: Any = None) -> None:
        self.user, self.session = user, None
        self.basket = make_basket(*lines, request=self.request())

    def request(self, **headers: str) -> Any:
        """Come again."""
        request = make_request(user=self.user)
        if self.session is not None:
            request.session = self.session
        self.session = request.session
        request.META.update(headers)
        if hasattr(self, "basket"):
            self.basket.strategy = request.strategy
            request.basket = self.basket
        return request

    def sign_in(self, user: Any) -> None:
        """Sign in, as Django does it: the session goes on."""
        from django.contrib.auth.signals import user_logged_in

        self.user = user
        request = self.request()
        self.basket.owner = user
        self.basket.save()
        user_logged_in.send(sender=type(user), request=request, user=user)

    def pays(self) -> Decimal:
        """Price the basket anew, as the next page does."""
        from upsell.offers.serving.planning import forget_plan

        self.request()
        forget_plan(self.basket)
        total: Decimal = apply(self.basket).total_incl_tax
        return total

    def accept(self, shop: Shop, quantity: int = 1, **options: Any) -> Grant:
        return accept(offer=shop.offer.pk, quantity=quantity, request=self.request(), **options)


@pytest.fixture
def clock() -> Iterator[Any]:
    """It is noon until the test says otherwise."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def user() -> Any:
    return get_user_model().objects.create_user("ada", "ada@example.com", "secret")
