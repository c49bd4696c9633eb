"""Who uses an offer, for limits by customer: a digest of the e-mail address, so that guests count, too.

It is as weak as an address is easily had; the screens say so. No address is stored.
"""

import secrets
import unicodedata
from hashlib import sha256
from typing import Any

from upsell.core.oscar import checkout_of
from upsell.offers.base import Asker

MEMORY = "_upsell_memory"  # on the request
VISITOR = "upsell_visitor"  # in the session, once its owner has accepted or declined something


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
    checkout = checkout_of(request)
    return "" if checkout is None else digest(checkout.get_guest_email() or "")


def customer_of_order(order: Any) -> str:
    """Return what stands for whoever placed the order."""
    return customer_of_user(order.user) or digest(getattr(order, "guest_email", "") or "")


def asker_of_request(request: Any) -> Asker:
    """Say who asks."""
    if request is None:
        return Asker()
    user = getattr(request, "user", None)
    session = getattr(request, "session", None)
    return Asker(
        customer=customer_of_request(request),
        user=user.pk if user is not None and user.is_authenticated else None,
        visitor=str(session.get(VISITOR) or "") if session is not None else "",
        memory=_memory_of(request, user),
    )


def forget_memory(request: Any) -> None:
    """Read anew what a shopper may have: it has changed within the request."""
    if request is not None:
        setattr(request, MEMORY, {})


def _memory_of(request: Any, user: Any) -> dict[str, Any]:
    """Keep what is read of a shopper as long as a page is built; a request that acts keeps nothing."""
    if getattr(request, "method", "") not in ("GET", "HEAD"):
        return {}
    if not hasattr(request, MEMORY):
        setattr(request, MEMORY, {})
    memories: dict[Any, dict[str, Any]] = getattr(request, MEMORY)
    return memories.setdefault(getattr(user, "pk", None), {})


def asker_of_basket(basket: Any) -> Asker:
    """Say for whom a basket is priced: its owner, or whoever asks."""
    strategy = getattr(basket, "strategy", None) if basket.has_strategy else None
    asking = asker_of_request(getattr(strategy, "request", None))
    if not basket.owner_id or basket.owner_id == asking.user:
        return asking
    return Asker(customer=customer_of_user(basket.owner), user=basket.owner_id)


def visitor_of(request: Any) -> str:
    """Return the token of this session; one is made if there is none. Call it only when its owner acts."""
    if not request.session.get(VISITOR):
        request.session[VISITOR] = secrets.token_urlsafe(16)
    return str(request.session[VISITOR])
