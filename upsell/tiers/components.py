"""What template tags and pages ask of ladders: the comparison beside a product, and the steps up from what is had.

Nothing here raises because of upsell's own fault: whatever fails is logged once and shown as nothing.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from upsell.conf import app_settings
from upsell.core.guard import attempt
from upsell.tiers.boxes import Column, Comparison, Upgrade
from upsell.tiers.serving.beside import upgrade_beside
from upsell.tiers.serving.building import Steps
from upsell.tiers.serving.specials import Spot
from upsell.tiers.serving.stepping import Ways

__all__ = [
    "Column",
    "Comparison",
    "Upgrade",
    "comparison_for",
    "line_upgrades_for",
    "render",
    "render_preview",
    "upgrade_for",
]


def comparison_for(product: Any, *, request: Any) -> Comparison | None:
    """Set the steps of a product's ladder side by side; ``None`` unless at least two can be bought now."""
    if not app_settings.ENABLED:
        return None

    def find() -> Comparison | None:
        steps = Steps.beside(product, request)
        return steps.comparison() if steps else None

    return attempt("tiers.comparison", find, reads_only=True)


def upgrade_for(product: Any, *, request: Any) -> Upgrade | None:
    """Find the step up from a product in view; ``None`` if there is none, or nothing to say for it."""
    if not app_settings.ENABLED:
        return None
    return attempt("tiers.upgrade", lambda: upgrade_beside(product, request=request), reads_only=True)


def line_upgrades_for(basket: Any, *, request: Any, spot: Spot = "basket") -> Mapping[int, Upgrade]:
    """Find the steps that the lines of a basket are offered, by the key of the line; with three queries for any basket.

    ``spot`` is where they are shown: ``"basket"``, or ``"checkout"`` for the preview before payment.
    """
    if not app_settings.ENABLED or basket is None or basket.pk is None:
        return {}
    ways = _ways_of(basket, request, spot)
    return ways.upgrades if ways else {}


def render(context: Context, spot: str, subject: Any, **more: Any) -> str:
    """Render one of the ``SPOTS`` for a template tag; nothing where there is nothing to say."""
    request = context.get("request")
    if request is None:
        return ""
    return attempt(
        f"render.{spot}", lambda: _render(context, request, spot, subject, more), default="", reads_only=True
    )


def render_preview(comparison: Comparison) -> SafeString:
    """Render a comparison that can be looked at and not pressed, for the merchant who makes the ladder."""
    context = Context({"comparison": comparison, "is_preview": True}, use_l10n=False)
    return SafeString(_template("tier_comparison").render(context))


def _render(context: Context, request: Any, spot: str, subject: Any, more: dict[str, Any]) -> str:
    found = SPOTS[spot](subject, request, **more)
    if not found:
        return ""
    values = {
        **found,
        "next_url": request.path,
        "once": secrets.token_urlsafe(9),
        "csrf_token": context.get("csrf_token") or get_token(request),
    }
    inside = context.new(values)
    inside.use_l10n = False  # the numbers in it are ids and pixels; amounts come as text
    return SafeString(_template(spot).render(inside))


def _comparison(product: Any, request: Any) -> dict[str, Any] | None:
    found = comparison_for(product, request=request)
    return {"comparison": found} if found else None


def _upgrade(product: Any, request: Any) -> dict[str, Any] | None:
    found = upgrade_for(product, request=request)
    return {"upgrade": found} if found else None


def _line_upgrade(line: Any, request: Any, *, at: Spot = "basket", named: bool = False) -> dict[str, Any] | None:
    """Describe what a line is offered; of one that was refused a place is left, to which the press leads back."""
    basket = getattr(request, "basket", None)
    if basket is None or basket.pk is None or line.basket_id != basket.pk:
        return None
    ways = _ways_of(basket, request, at) if app_settings.ENABLED else None
    found = ways.upgrades.get(line.pk) if ways else None
    is_refused = ways is not None and line.pk in ways.refused
    return {"upgrade": found, "line": line, "named": named} if found or is_refused else None


def _ways_of(basket: Any, request: Any, spot: Spot) -> Ways | None:
    return attempt("tiers.lines", lambda: Ways.of(basket, request, spot), reads_only=True)


def _template(spot: str) -> Any:
    template: Any = get_template(f"upsell/tiers/{spot}.html")
    return template.template


# Spot -> what its template gets.
SPOTS: dict[str, Callable[..., dict[str, Any] | None]] = {
    "tier_comparison": _comparison,
    "upgrade_offer": _upgrade,
    "line_upgrade": _line_upgrade,
}
