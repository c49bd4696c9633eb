"""What template tags and pages ask of ladders: the comparison beside a product, and the step up from it.

Nothing here raises because of upsell's own fault: whatever fails is logged once and shown as nothing.
"""

import secrets
from typing import Any

from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from upsell.conf import app_settings
from upsell.core.guard import attempt
from upsell.tiers.boxes import Column, Comparison, Upgrade
from upsell.tiers.serving.building import Steps

__all__ = ["Column", "Comparison", "Upgrade", "comparison_for", "render", "render_preview", "upgrade_for"]


def comparison_for(product: Any, *, request: Any) -> Comparison | None:
    """Set the steps of a product's ladder side by side; ``None`` unless at least two can be bought now."""
    if not app_settings.ENABLED:
        return None

    def find() -> Comparison | None:
        steps = Steps.beside(product, request)
        return steps.comparison() if steps else None

    return attempt("tiers.comparison", find, reads_only=True)


def upgrade_for(product: Any, *, request: Any) -> Upgrade | None:
    """Find the next better step; ``None`` if there is none, or nothing to say for it."""
    if not app_settings.ENABLED:
        return None

    def find() -> Upgrade | None:
        steps = Steps.beside(product, request)
        return steps.upgrade() if steps else None

    return attempt("tiers.upgrade", find, reads_only=True)


def render(context: Context, spot: str, product: Any) -> str:
    """Render ``tier_comparison`` or ``upgrade_offer`` for a template tag; nothing where there is nothing to say."""
    request = context.get("request")
    if request is None:
        return ""
    return attempt(f"render.{spot}", lambda: _render(context, request, spot, product), default="", reads_only=True)


def render_preview(comparison: Comparison) -> SafeString:
    """Render a comparison that can be looked at and not pressed, for the merchant who makes the ladder."""
    context = Context({"comparison": comparison, "is_preview": True}, use_l10n=False)
    return SafeString(_template("tier_comparison").render(context))


def _render(context: Context, request: Any, spot: str, product: Any) -> str:
    find, name = FOUND[spot]
    found = find(product, request=request)
    if found is None:
        return ""
    values = {
        name: found,
        "next_url": request.path,
        "once": secrets.token_urlsafe(9),
        "csrf_token": context.get("csrf_token") or get_token(request),
    }
    inside = context.new(values)
    inside.use_l10n = False  # the numbers in it are ids and pixels; amounts come as text
    return SafeString(_template(spot).render(inside))


def _template(spot: str) -> Any:
    template: Any = get_template(f"upsell/tiers/{spot}.html")
    return template.template


# Spot -> what it shows, and the name of that in its template.
FOUND: dict[str, tuple[Any, str]] = {
    "tier_comparison": (comparison_for, "comparison"),
    "upgrade_offer": (upgrade_for, "upgrade"),
}
