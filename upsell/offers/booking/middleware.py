"""No shopper is charged more than the preview said: a dearer order is led back to the preview before payment.

Between the preview and the press on "Place order" an offer may end, its last use may go to somebody else, a price may
rise. Oscar computes the basket anew with every request and charges what it finds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from oscar.core.loading import get_class
from oscar.templatetags.currency_filters import currency as as_money

from upsell.core.guard import attempt

PREVIEW = "checkout:preview"
AGREED = "upsell_agreed_total"


@dataclass(frozen=True, slots=True)
class Total:
    """What a basket costs, as it is shown: with tax wherever it is known."""

    basket: int
    currency: str
    amount: Decimal
    with_tax: bool

    @classmethod
    def of(cls, basket: Any, price: Any) -> "Total":
        """Read it from Oscar's price of an order."""
        amount = price.incl_tax if price.is_tax_known else price.excl_tax
        return cls(basket.pk, price.currency, amount, price.is_tax_known)

    @classmethod
    def from_session(cls, data: Any) -> "Total | None":
        """Read what ``to_session`` wrote."""
        return None if data is None else cls(data[0], data[1], Decimal(data[2]), data[3])

    def to_session(self) -> list[Any]:
        """Write it in the words of JSON."""
        return [self.basket, self.currency, str(self.amount), self.with_tax]

    def exceeds(self, agreed: "Total") -> bool:
        """Whether it must not be charged by whoever agreed to the other."""
        if (self.currency, self.with_tax) != (agreed.currency, agreed.with_tax):
            return True
        return self.amount > agreed.amount

    def __str__(self) -> str:
        return str(as_money(self.amount, self.currency))


class AgreedTotalMiddleware:
    """Compares what would be charged with what the preview showed last, in this session and for this basket.

    Optional, and recommended: a limit that is reached between preview and payment is noticed before a card is charged.
    Put it behind Oscar's ``BasketMiddleware``. If it fails itself, the checkout goes on as without it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Do nothing by itself; the work is in what Django calls around the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Lead the shopper back if the order has become dearer."""
        if request.method != "POST" or not _is_preview(request) or request.POST.get("action") != "place_order":
            return None
        refused: HttpResponseBase | None = attempt("offers.agreed_total", lambda: _refusal(request, view, args, kwargs))
        return refused

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """Remember the total that is about to be shown."""
        if _is_preview(request):
            attempt("offers.agreed_total", lambda: _remember(request, response.context_data or {}))
        return response


def _is_preview(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.view_name == PREVIEW


def _remember(request: HttpRequest, context: Any) -> None:
    price, basket = context.get("order_total"), context.get("basket")
    if price is None or basket is None:
        return
    shown = Total.of(basket, price).to_session()
    if request.session.get(AGREED) != shown:
        request.session[AGREED] = shown


def _refusal(request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
    agreed = Total.from_session(request.session.get(AGREED))
    price = None if agreed is None else _price_of(request, view, args, kwargs)
    if agreed is None or price is None:
        return None
    charged = Total.of(request.basket, price)
    if charged.basket != agreed.basket or not charged.exceeds(agreed):
        return None
    messages.warning(
        request,
        _(
            "Your total was %(old)s and is %(new)s now: an offer has ended, or a price has changed. "
            "Nothing has been charged. Please check your order once more."
        )
        % {"old": agreed, "new": charged},
    )
    return redirect(PREVIEW)


def _price_of(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
    """Ask the shop's own view what it would charge, in the way that it does so itself."""
    checkout = view.view_class(**view.view_initkwargs)
    checkout.setup(request, *args, **kwargs)
    checkout.checkout_session = get_class("checkout.utils", "CheckoutSessionData")(request)
    return checkout.build_submission()["order_total"]
