"""What is known about the shopper of a request, as far as an audience asks: everybody costs no query."""

from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from oscar.core.loading import get_model

from upsell.core.audience import Audience, Customers, Shopper, from_json
from upsell.core.oscar import checkout_of, sellable_id

MEMO = "_upsell_known_of_shopper"


def admits(stored: Any, request: Any) -> bool:
    """Whether an audience, as it is stored, surely includes whoever asks. One that cannot be read includes nobody."""
    if not stored:
        return True
    try:
        audience = from_json(stored)
    except (ValueError, TypeError, AttributeError):
        return False
    return audience.admits(shopper_of(request, audience)) is True


def shopper_of(request: Any, audience: Audience) -> Shopper:
    """Find out what an audience asks about the shopper, once per request; of guests hardly anything is known."""
    user = getattr(request, "user", None)
    signed_in = bool(user is not None and user.is_authenticated)
    known: dict[str, Any] = getattr(request, MEMO, None) or {}
    if signed_in and audience.customers != Customers.ANY and "orders" not in known:
        known["orders"] = get_model("order", "Order")._default_manager.filter(user=user).count()
    if audience.countries and "country" not in known:
        known["country"] = _country(request, user if signed_in else None)
    if signed_in and audience.bought and "bought" not in known:
        known["bought"] = _bought(user)
    setattr(request, MEMO, known)
    return Shopper(
        signed_in=signed_in,
        orders=known.get("orders"),
        country=known.get("country"),
        language=get_language(),
        bought=known.get("bought"),
    )


def _country(request: Any, user: Any) -> str | None:
    """Find where the order goes: the address of this checkout, else the one that the customer usually takes."""
    checkout = checkout_of(request)
    address = (checkout.new_shipping_address_fields() or {}) if checkout is not None else {}
    if address.get("country_id"):
        return str(address["country_id"])
    if user is None:
        return None
    addresses = user.addresses.order_by("-is_default_for_shipping", "-num_orders_as_shipping_address", "pk")
    found = addresses.values_list("country_id", flat=True).first()
    return None if found is None else str(found)


def _bought(user: Any) -> dict[int, int]:
    """Map products, and the parents of variants, to the days since they were last bought."""
    lines = (
        get_model("order", "Line")
        ._default_manager.filter(order__user=user, product__isnull=False)
        .select_related("product", "order")
    )
    at, bought = timezone.now(), {}
    for line in lines.order_by("order__date_placed", "pk"):
        days = max(0, (at - line.order.date_placed).days)
        bought[line.product_id] = bought[sellable_id(line.product)] = days
    return bought
