"""What others ask about extras: which are offered at a place, whether one fits, how many units a basket may have."""

from collections.abc import Sequence
from typing import Any

from upsell.bumps.boxes import Extra
from upsell.bumps.placements import Placement
from upsell.bumps.serving.bump_reading import BumpFacts
from upsell.bumps.serving.frequency import note_shown
from upsell.bumps.serving.scenes import Scene
from upsell.bumps.serving.till import Till, dearest
from upsell.conf import app_settings
from upsell.core.guard import attempt

__all__ = ["dearest", "entitled", "extras_for", "fits", "forget_extras"]

MEMO = "_upsell_extras"  # on the request


def extras_for(
    basket: Any, *, request: Any, placement: Placement, most: int | None = None, counted: bool = True
) -> Sequence[Extra]:
    """Choose what is offered beside a basket at a place, the best first; nothing if something fails.

    At most ``UPSELL_BUMPS_PER_PLACEMENT``, or ``most``. The same page gets the same, however often it asks. With
    ``counted``, the page counts as having shown them.
    """
    places = app_settings.BUMPS_PER_PLACEMENT if most is None else most
    if not app_settings.ENABLED or places < 1 or basket is None or basket.pk is None or not basket.can_be_edited:
        return ()
    kept = _kept(request)
    key = (placement, places, basket.pk, tuple((line.pk, line.quantity) for line in basket.all_lines()))
    if key not in kept:
        kept[key] = attempt(
            "bumps.extras", lambda: Till(basket, request, placement).extras(places), default=(), reads_only=True
        )
    found: Sequence[Extra] = kept[key]
    if found and counted:
        attempt("bumps.shown", lambda: note_shown([extra.offer_id for extra in found], request=request))
    return found


def fits(facts: BumpFacts, basket: Any, request: Any) -> bool:
    """Whether a bump's conditions and its audience are surely met now by this basket and its shopper."""
    scene = Scene.of(basket, request)
    return scene is not None and scene.meets(facts, request)


def entitled(facts: BumpFacts, basket: Any) -> int:
    """Count the units that a basket may have at the price of a bump, as far as its limits leave them."""
    scene = Scene.of(basket)
    return 0 if scene is None else scene.entitled(facts)


def forget_extras(request: Any) -> None:
    """Choose anew when the page asks next: the shopper has accepted or declined something."""
    setattr(request, MEMO, None)


def _kept(request: Any) -> dict[Any, Any]:
    """Keep what was chosen as long as a page is built; a request that acts keeps nothing."""
    if getattr(request, "method", "") not in ("GET", "HEAD"):
        return {}
    kept: dict[Any, Any] | None = getattr(request, MEMO, None)
    if kept is None:
        kept = {}
        setattr(request, MEMO, kept)
    return kept
