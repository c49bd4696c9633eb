"""The one who asks, as the shop sees them: what they may see, and amounts as they are written for them."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _
from oscar.core.loading import get_class, get_model
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

Product = get_model("catalogue", "Product")
Selector = get_class("partner.strategy", "Selector")


class ImageSerializer(serializers.Serializer[Any]):
    """A picture, with the size to reserve for it."""

    url = serializers.URLField(help_text="Absolute.")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)


def visible_product(product_id: int | None, *, read_with: Sequence[str] = ("parent",)) -> Any:
    """Find a product that anybody may see; hidden and missing ones are told apart by nothing."""
    if product_id is None:
        return None
    product = Product.objects.select_related(*read_with).filter(pk=product_id, is_public=True).first()
    if product is None or (product.parent is not None and not product.parent.is_public):
        raise NotFound(_("There is no such product."))
    return product


def shopper(request: Request) -> Any:
    """Return the request of the shop's middleware, with prices for the one whom the API recognised.

    Oscar chose the strategy before DRF looked at tokens; the basket is looked up later, and so for the right one.
    """
    shop_request: Any = request._request
    strategy = getattr(shop_request, "strategy", None)
    if strategy is None or (request.user.is_authenticated and getattr(strategy, "user", None) != request.user):
        shop_request.strategy = Selector().strategy(request=shop_request, user=request.user)
    return shop_request


def image(request: Request, picture: Any) -> dict[str, Any] | None:
    """Write a picture, with an absolute address."""
    if picture is None:
        return None
    return {"url": request.build_absolute_uri(picture.url), "width": picture.width, "height": picture.height}


def amount(value: Decimal, currency: str) -> str:
    """Write an amount with the currency's own number of decimals: 1200 yen, 12.00 pounds."""
    return f"{value.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), ROUND_HALF_EVEN):f}"
