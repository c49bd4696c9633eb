"""What template tags, pages and the API ask of bundles: what is sold together, how far a basket is, what it saves.

Nothing here raises because of upsell's own fault: whatever fails is logged once and shown as nothing.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from upsell.bundles.boxes import Addition, Amounts, BundleBox, Progress
from upsell.bundles.serving.building import bundles_beside_product
from upsell.bundles.serving.progress import Nearly
from upsell.conf import app_settings
from upsell.core.guard import attempt
from upsell.offers.plans import Saving
from upsell.offers.services import savings_of, savings_of_order
from upsell.offers.serving.told import tell
from upsell.recommendations.serving.page import Page

__all__ = [
    "Addition",
    "Amounts",
    "BundleBox",
    "Progress",
    "Saving",
    "bundles_for",
    "cheaper_for",
    "progress_for",
    "render",
    "savings_for",
    "savings_for_order",
]


def bundles_for(product: Any, *, request: Any) -> list[BundleBox]:
    """Find what a product is sold with for less: at most three bundles that can be had now and save something."""
    if not app_settings.ENABLED:
        return []
    basket = getattr(request, "basket", None)
    return attempt(
        "bundles.offers",
        lambda: bundles_beside_product(product, request=request, basket=basket),
        default=[],
        reads_only=True,
    )


def progress_for(basket: Any, *, request: Any) -> list[Progress]:
    """Find what a basket is close to earning, at most two offers, each with the products that complete it."""
    if not app_settings.ENABLED:
        return []
    return attempt("bundles.progress", lambda: Nearly.of(basket, request).rows, default=[], reads_only=True)


def cheaper_for(basket: Any, *, request: Any) -> Addition | None:
    """Find the one addition after which the least is paid, or that earns the most; ``None`` if nothing earns more."""
    if not app_settings.ENABLED:
        return None
    return attempt("bundles.cheaper", lambda: Nearly.of(basket, request).best(), reads_only=True)


def savings_for(basket: Any, *, request: Any = None) -> Sequence[Saving]:
    """List what each offer gives a basket, from the plan that its totals were made with."""
    if not app_settings.ENABLED:
        return ()
    return attempt("bundles.savings", lambda: savings_of(basket), default=(), reads_only=True)


def savings_for_order(order: Any) -> Sequence[Saving]:
    """List what each offer gave an order, as it was stored with it."""
    return attempt("bundles.order_savings", lambda: savings_of_order(order), default=(), reads_only=True)


def render(context: Context, spot: str, subject: Any, **more: Any) -> str:
    """Render one of the ``SPOTS`` for a template tag; nothing where there is nothing to say."""
    return attempt(f"render.{spot}", lambda: _render(context, spot, subject, more), default="", reads_only=True)


def _render(context: Context, spot: str, subject: Any, more: dict[str, Any]) -> str:
    request = context.get("request")
    find, name = SPOTS[spot]
    found = find(subject, request)
    if not found:
        return ""
    template: Any = get_template(f"upsell/bundles/{name}")
    values = {spot: found, "subject": subject, **more}
    if spot in SAVINGS:
        values |= {"total": sum(saving.amount for saving in found), "currency": subject.currency}
    if request is not None:
        values |= {
            "next_url": request.path,
            "once": secrets.token_urlsafe(9),
            "csrf_token": context.get("csrf_token") or get_token(request),
        }
    inside = context.new(values)
    inside.use_l10n = False  # the numbers in it are ids and pixels; amounts come as text
    return SafeString(template.template.render(inside))


def _bundles(product: Any, request: Any) -> Any:
    if request is None:
        return None
    boxes = bundles_for(product, request=request)
    _note_shown(boxes, Page.of(request))
    return boxes


def _note_shown(boxes: Sequence[BundleBox], page: Page) -> None:
    """Keep the widgets below from recommending what a set has, at a sum that nobody would be charged for the two."""
    ids = {part.item.product_id for box in boxes for part in box.parts if not part.in_view}
    parents = {page.catalogue.product(one).parent_id for one in ids if page.catalogue.knows(one)}
    page.shown |= ids | (parents - {None})


def _progress(basket: Any, request: Any) -> Any:
    if request is None:
        return None
    rows = progress_for(basket, request=request)
    tell(request, [row.offer_id for row in rows])
    return rows


def _cheaper(basket: Any, request: Any) -> Any:
    """Leave out what a row of progress says already, unless it makes the basket cheaper."""
    found = cheaper_for(basket, request=request) if request is not None else None
    if found is None or found.is_cheaper:
        return found
    return None if any(found in row.completing for row in progress_for(basket, request=request)) else found


def _savings(basket: Any, request: Any) -> Any:
    return savings_for(basket, request=request)


def _order_savings(order: Any, request: Any) -> Any:
    return savings_for_order(order)


# Spot -> what it shows, and the template; the value in its context has the name of the spot.
SPOTS: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "bundle_offers": (_bundles, "bundle_offers.html"),
    "bundle_progress": (_progress, "bundle_progress.html"),
    "basket_savings": (_savings, "basket_savings.html"),
    "order_savings": (_order_savings, "order_savings.html"),
    "mail_savings": (_order_savings, "mail_savings.html"),
    "mail_savings_text": (_order_savings, "mail_savings.txt"),
    "cheaper_basket": (_cheaper, "cheaper_basket.html"),
}
SAVINGS = {"basket_savings", "order_savings", "mail_savings", "mail_savings_text"}
