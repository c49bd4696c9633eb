"""What template tags ask for at the till: one function per spot.

Nothing here raises because of upsell's own fault: whatever fails is logged once and shown as nothing.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from django.middleware.csrf import get_token
from django.template import Context, TemplateSyntaxError
from django.template.loader import get_template
from django.utils.safestring import SafeString

from upsell.bumps.boxes import Extra, Lost, PopShelf, Reward
from upsell.bumps.placements import Placement
from upsell.bumps.serving import losing, offering
from upsell.bumps.serving.rewarding import Rewards
from upsell.bumps.serving.shelving import Occasion, Shelving
from upsell.conf import app_settings
from upsell.core.guard import attempt
from upsell.core.oscar import sellable_id
from upsell.recommendations.serving.page import Page

__all__ = [
    "Extra",
    "Lost",
    "PopShelf",
    "Reward",
    "extras_for",
    "lost_prices_for",
    "pop_shelf_for",
    "render",
    "render_extras",
    "render_extras_preview",
    "render_rewards",
    "render_shelf_preview",
    "rewards_for",
]


def pop_shelf_for(
    basket: Any, *, request: Any, share: float | None = None, floor: Any = None, size: int | None = None
) -> PopShelf | None:
    """Fill the shelf beside a basket; ``None`` if the basket is empty, or nothing is small enough for it.

    ``share`` of the basket's value and ``floor`` (an amount) bound what a product on it may cost, and ``size`` how many
    there are; each replaces its setting.
    """
    if not app_settings.ENABLED:
        return None

    def fill() -> PopShelf | None:
        Page.of(request).foresee(basket)
        occasion = Occasion.of(basket, share=share, floor=floor)
        return Shelving(Page.of(request), occasion).shelf(size) if occasion else None

    return attempt("bumps.shelf", fill, reads_only=True)


def extras_for(
    basket: Any, *, request: Any, placement: Placement | str, most: int | None = None, counted: bool = True
) -> Sequence[Extra]:
    """Choose the extras that are offered at a place on the way to paying, the best first; empty if none fits.

    ``most`` replaces ``UPSELL_BUMPS_PER_PLACEMENT``. With ``counted``, they count as having been shown.
    """
    if not app_settings.ENABLED or basket is None or basket.pk is None:
        return ()
    place = Placement(placement)
    return attempt(
        "bumps.extras",
        lambda: offering.extras_for(basket, request=request, placement=place, most=most, counted=counted),
        default=(),
        reads_only=True,
    )


def lost_prices_for(basket: Any, *, request: Any) -> Sequence[Lost]:
    """List the extras in a basket whose accepted price does not apply any more, and why."""
    if not app_settings.ENABLED or basket is None or basket.pk is None:
        return ()
    return attempt("bumps.lost", lambda: losing.lost_prices(basket, request=request), default=(), reads_only=True)


def rewards_for(basket: Any, *, request: Any, charge: Any = None) -> Sequence[Reward]:
    """Find what a basket is close to earning, the nearest first, at most two.

    ``charge`` is the price of delivery that the page shows already; without it the shop's repository is asked.
    """
    if not app_settings.ENABLED or basket is None or basket.pk is None:
        return ()
    return attempt("bumps.rewards", lambda: Rewards.of(basket, request, charge).rows, default=(), reads_only=True)


def render(context: Context, spot: str, subject: Any, **more: Any) -> str:
    """Render one of the ``SPOTS`` for a template tag; nothing where there is nothing to say."""
    request = context.get("request")
    if request is None:
        return ""
    return attempt(
        f"render.{spot}", lambda: _render(context, request, spot, subject, more), default="", reads_only=True
    )


def render_extras(context: Context, basket: Any, placement: str, *, most: int | None = None) -> str:
    """Render the extras of a place, and which accepted prices are gone.

    Raises TemplateSyntaxError for a place that there is not.
    """
    if placement not in list(Placement):
        places = ", ".join(f'"{place}"' for place in Placement)
        raise TemplateSyntaxError(f'checkout_bumps knows no place "{placement}". Say one of {places}.')
    return render(context, "checkout_bumps", basket, placement=placement, most=most)


def render_extras_preview(extras: Sequence[Extra], placement: Placement) -> SafeString:
    """Render extras that can be looked at and not pressed, for the merchant who makes them."""
    context = Context({"extras": extras, "placement": placement, "is_preview": True}, use_l10n=False)
    return SafeString(_template("checkout_bumps").render(context))


def render_rewards(context: Context, basket: Any, *, mini: bool = False) -> str:
    """Render how far the basket is from a reward; ``mini`` shows the nearest only, in few lines.

    The price of delivery that the page shows is taken as it is. Before a method is chosen, Oscar's pages of the
    checkout carry one of nothing that is not meant.
    """
    charge = context.get("shipping_charge") if context.get("shipping_method") else None
    return render(context, "reward_progress", basket, mini=mini, charge=charge)


def render_shelf_preview(shelf: PopShelf) -> SafeString:
    """Render a shelf that can be looked at and not pressed, for the merchant who fills it."""
    context = Context({"shelf": shelf, "is_preview": True}, use_l10n=False)
    return SafeString(_template("pop_shelf").render(context))


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


def _pop_shelf(basket: Any, request: Any, **more: Any) -> dict[str, Any] | None:
    found = pop_shelf_for(basket, request=request, **more)
    return {"shelf": found} if found else None


def _extras(basket: Any, request: Any, *, placement: str, most: int | None = None) -> dict[str, Any] | None:
    # A step of the checkout that answers its own form holds what was typed; another press there would lose it.
    answers = placement != Placement.BASKET and request.method not in ("GET", "HEAD")
    extras = () if answers else extras_for(basket, request=request, placement=placement, most=most)
    lost = lost_prices_for(basket, request=request)
    # The widgets below propose other products.
    Page.of(request).shown |= {sellable_id(extra.card.product) for extra in extras}
    return {"extras": extras, "lost": lost, "placement": placement} if extras or lost else None


def _rewards(basket: Any, request: Any, *, mini: bool = False, charge: Any = None) -> dict[str, Any] | None:
    found = rewards_for(basket, request=request, charge=charge)[: 1 if mini else None]
    # The widgets below propose other products.
    Page.of(request).shown |= {sellable_id(row.reach.card.product) for row in found if row.reach}
    return {"rewards": found, "mini": mini} if found else None


def _template(spot: str) -> Any:
    template: Any = get_template(f"upsell/bumps/{spot}.html")
    return template.template


# Spot -> what its template gets.
SPOTS: dict[str, Callable[..., dict[str, Any] | None]] = {
    "checkout_bumps": _extras,
    "pop_shelf": _pop_shelf,
    "reward_progress": _rewards,
}
