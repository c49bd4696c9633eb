"""What a shopper has refused of ladders: kept in the session, only because they pressed, and for no longer than it."""

from typing import Any

from django.utils.translation import gettext as _

from upsell.conf import app_settings
from upsell.core.oscar import sellable_id
from upsell.core.services import NotChangedError
from upsell.offers.serving.shoppers import admits
from upsell.recommendations.serving.page import Page
from upsell.tiers.offering import noted, refused_of
from upsell.tiers.serving.granting import dismiss
from upsell.tiers.serving.reading import ladder_of
from upsell.tiers.serving.wording import level_of

SESSION_KEY = "upsell_declined"


def refused(ladder: int, request: Any) -> tuple[int, ...]:
    """List the steps of a ladder that this shopper has refused, by product, in the order in which they did."""
    session = getattr(request, "session", None)
    return refused_of(session.get(SESSION_KEY), ladder) if session is not None else ()


def note_refused(ladder: int, product: int, *, request: Any) -> None:
    """Remember that a step was refused."""
    stored = request.session.get(SESSION_KEY)
    request.session[SESSION_KEY] = noted(stored if isinstance(stored, dict) else {}, ladder, product)


def decline(*, product: int, request: Any, offer: int | None = None) -> str:
    """Remember that a step was refused, and name it; ``product`` is the step's, or a variant of it.

    ``offer`` is a special price that was offered with it, and is declined, too. Raises NotChangedError if it is no step
    that is offered to this shopper.
    """
    catalogue = Page.of(request).catalogue
    catalogue.load([product])
    if app_settings.ENABLED and catalogue.knows(product):
        family = sellable_id(catalogue.product(product))
        ladder = ladder_of(family, catalogue)
        tier = next((tier for tier in ladder.tiers if tier.family == family), None) if ladder else None
        if ladder is not None and tier is not None and admits(ladder.audience, request):
            note_refused(ladder.ladder, tier.product, request=request)
            if offer is not None:
                dismiss(offer=offer, request=request)
            return level_of(tier, catalogue.title(tier.product))
    raise NotChangedError(_("This is not offered any more."))
