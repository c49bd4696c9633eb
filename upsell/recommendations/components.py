"""What template tags, screens and the API ask for: what a widget shows, why, and as HTML.

Nothing here raises because of upsell's own fault: whatever fails is logged once and shown as nothing.
"""

import secrets
from typing import Any

from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from upsell.conf import app_settings
from upsell.core.guard import attempt, guarded
from upsell.core.trace import Verdict
from upsell.recommendations.serving.cards import Card, Shelf
from upsell.recommendations.serving.page import Page
from upsell.recommendations.serving.rendering import render_cards
from upsell.recommendations.serving.widgets import WIDGETS

__all__ = ["Card", "Shelf", "Verdict", "render", "render_assets", "shelf", "verdicts"]


def shelf(
    widget: str, *, request: Any, product: Any = None, basket: Any = None, limit: int | None = None
) -> Shelf | None:
    """Choose what a widget shows: filtered, priced, with reasons; ``None`` if there is nothing to show.

    Give the ``product`` in view or the ``basket``, as the widget needs. Widgets asked for with the same request share
    their queries and never show the same product twice. ``limit`` replaces the configured number of products.
    """
    spec = WIDGETS[widget]
    if not app_settings.ENABLED:
        return None

    def choose() -> Shelf | None:
        return Page.of(request).shelf(spec, product=product, basket=basket, limit=limit)

    return attempt(f"widget.{widget}", choose, reads_only=True)


def verdicts(widget: str, *, request: Any, product: Any) -> list[Verdict]:
    """Say of every candidate of a widget beside ``product`` whether a shopper with an empty basket sees it, and why."""
    return Page(request, with_basket=False).verdicts(WIDGETS[widget], product=product)


def render(context: Context, widget: str, *, product: Any = None, basket: Any = None) -> str:
    """Render a widget for a template tag; nothing without a request in the context, as in a mail."""
    request = context.get("request")
    if request is None:
        return ""
    return attempt(
        f"render.{widget}", lambda: _render(context, request, widget, product, basket), default="", reads_only=True
    )


def _render(context: Context, request: Any, widget: str, product: Any, basket: Any) -> str:
    found = shelf(widget, request=request, product=product, basket=basket)
    if found is None:
        return ""
    template: Any = get_template(f"upsell/recommendations/{widget}.html")
    inside = context.new(
        {
            "shelf": found,
            "add_url": Page.of(request).add_url,
            "next_url": request.path,
            "once": secrets.token_urlsafe(9),
            "csrf_token": context.get("csrf_token") or get_token(request),
        }
    )
    inside.use_l10n = False  # the numbers in it are ids and pixels; amounts come as text
    inside["cards"] = render_cards(found, inside)
    return SafeString(template.template.render(inside))


@guarded("assets", default=SafeString(""), reads_only=True)
def render_assets() -> SafeString:
    """Render the links to our style sheet and script; neither is needed for a widget to work."""
    return format_html(
        '<link rel="stylesheet" href="{}"><script src="{}" defer></script>',
        static("upsell/upsell.css"),
        static("upsell/upsell.js"),
    )
