"""What views for shoppers share: who is known by a cookie shows a token, and a basket is that of whoever asks."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.conf import settings
from oscar.core.loading import get_class
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.conf import app_settings
from upsell.core.api.idempotency import answer_once
from upsell.core.api.shopper import shopper
from upsell.core.api.views import Guarded

T = TypeVar("T")


class Shopping(Guarded):
    """For shoppers, known or not."""

    permission_classes = (AllowAny,)
    tag = "Storefront"
    throttle_scope = "storefront"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Ask everybody for the token who is known by a cookie: the basket of a guest is one's own, too.

        DRF asks only those who are logged in.
        """
        super().initial(request, *args, **kwargs)
        by_cookie = isinstance(request.successful_authenticator, SessionAuthentication | type(None))
        if request.method not in SAFE_METHODS and by_cookie:
            SessionAuthentication().enforce_csrf(request)


class BasketView(Shopping):
    """About the current basket, which the shop knows by the session or its cookie."""

    permission_classes = (AllowAny,)

    def find_basket(self, request: Request) -> tuple[Any, Any]:
        """Return the shop's own request, and the basket in it if there is one."""
        asking = shopper(request)
        return asking, getattr(asking, "basket", None)

    def basket_to_change(self, request: Request, missing: APIException) -> tuple[Any, Any]:
        """Return the shop's own request, and a stored basket; raise ``missing`` where nothing is sold by us."""
        asking, basket = self.find_basket(request)
        if basket is None or not app_settings.ENABLED:
            raise missing
        if not basket.id:
            basket.save()  # before anything can fail: the cookie must not name a basket that was undone
        return asking, basket

    def act_once(
        self, request: Request, basket: Any, act: Callable[[], T], tell: Callable[[T], Response]
    ) -> tuple[Response, list[T]]:
        """Act in one transaction, once for each idempotency key of this caller.

        Returns the answer, and what was done; nothing if it is the answer that was given before.
        """
        done: list[T] = []

        def work() -> Response:
            done.append(act())
            return tell(done[0])

        caller = f"user:{request.user.pk}" if request.user.is_authenticated else f"basket:{basket.pk}"
        response = answer_once(request, caller=caller, act=work)
        return response, done

    def tell_the_shop(self, products: Iterable[Any], asking: Any) -> None:
        """Tell of each product that was added, as Oscar does when its own form adds one."""
        signal = get_class("basket.signals", "basket_addition")
        for product in products:
            signal.send(sender=self, product=product, user=asking.user, request=asking)


def keep_session(asking: Any) -> None:
    """Store a new session before the transaction in which it is written to: a refusal would take it away again."""
    if asking.session.session_key is None:
        asking.session.save()


def currency_of(basket: Any) -> str:
    """Name the currency of a basket; that of the shop while it is empty."""
    return str((basket.currency if basket is not None else "") or settings.OSCAR_DEFAULT_CURRENCY)
