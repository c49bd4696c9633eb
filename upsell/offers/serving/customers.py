"""Who uses an offer, for limits by customer: a digest of the e-mail address, so that guests count, too.

It is as weak as an address is easily had; the screens say so. No address is stored.
"""

import unicodedata
from hashlib import sha256
from typing import Any

from oscar.core.loading import get_class


def digest(email: str) -> str:
    """Return what stands for an e-mail address in our tables; nothing for nobody."""
    known = unicodedata.normalize("NFKC", email).strip().casefold()
    return sha256(known.encode()).hexdigest() if known else ""


def customer_of_user(user: Any) -> str:
    """Return what stands for a signed-in shopper, even for one without an address."""
    if user is None or not user.is_authenticated:
        return ""
    return digest(getattr(user, "email", "") or "") or f"user:{user.pk}"


def customer_of_request(request: Any) -> str:
    """Return what stands for whoever asks: signed in, or a guest who has told an address at the checkout."""
    if request is None:
        return ""
    known = customer_of_user(getattr(request, "user", None))
    if known or not hasattr(request, "session"):
        return known
    return digest(get_class("checkout.utils", "CheckoutSessionData")(request).get_guest_email() or "")


def customer_of_order(order: Any) -> str:
    """Return what stands for whoever placed the order."""
    return customer_of_user(order.user) or digest(getattr(order, "guest_email", "") or "")
