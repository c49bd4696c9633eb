"""A "No, thanks" to an extra at the till, remembered for a while, and taken back."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.bumps.serving.bump_reading import BumpFacts, facts_of
from upsell.conf import app_settings
from upsell.core.services import NotChangedError
from upsell.offers.serving import granting


def decline_bump(*, offer: int, request: Any) -> str:
    """Remember that somebody does not want an extra, and name it. What was accepted stays so.

    Raises NotChangedError if it is not offered to this shopper.
    """
    facts = _offered(offer, request)
    granting.dismiss(facts, request=request)
    return _title(facts)


def undo_decline(*, offer: int, request: Any) -> str:
    """Take a "No, thanks" back, and name the extra, which may be offered again. Raises NotChangedError as above."""
    facts = _offered(offer, request)
    granting.think_again(offer=offer, request=request)
    return _title(facts)


def _offered(offer: int, request: Any) -> BumpFacts:
    facts = facts_of([offer], request=request).get(offer) if app_settings.ENABLED else None
    if facts is None or not facts.runs(timezone.now()) or not facts.admits(request):
        raise NotChangedError(_("This is not offered any more."))
    return facts


def _title(facts: BumpFacts) -> str:
    """Name an extra to a shopper: by its product, or as its merchant does where it may be several."""
    products = get_model("catalogue", "Product").objects.public().select_related("parent")
    product = products.filter(pk=facts.product).first() if facts.product is not None else None
    return facts.localised("name") if product is None else str(product.get_title())
