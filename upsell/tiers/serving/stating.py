"""Keeping what upgrade offers give in step with their ladders."""

from collections.abc import Collection

from django.db.models import Q

from upsell.offers.models.offers import Offer
from upsell.offers.registry import offer_type
from upsell.offers.serving.families import raise_revision
from upsell.offers.serving.index import save_terms
from upsell.offers.terms import to_json
from upsell.recommendations.services import bump_version
from upsell.tiers.models.ladders import Tier
from upsell.tiers.models.upgrades import UpgradeOffer


def refresh_terms(ladders: Collection[int]) -> int:
    """State the terms of the ladders' upgrade offers anew, as far as they read otherwise now; return how many did.

    One whose step is gone states that it gives nothing; it does not go on with the product that it was about.
    """
    changed = 0
    concerned = UpgradeOffer.objects.filter(ladder__in=ladders).values("pk")
    for offer in Offer.objects.filter(pk__in=concerned).exclude(status=Offer.Status.ENDED):
        if to_json(offer_type(offer.type).terms_of(offer)) != offer.terms:
            save_terms(offer)
            changed += 1
    if changed:
        bump_version()
    return changed


def pause_what_would_widen(tier: Tier) -> int:
    """Pause the running offers to which a step that is deleted means "any": return how many there were.

    Of a special price that leads to the step, nothing is left; but one that starts there would be for every lower step,
    and one for owners would lead to every higher one.
    """
    widened = Q(from_tier=tier) | Q(to_tier=tier, kind=UpgradeOffer.Kind.OWNED)
    concerned = UpgradeOffer.objects.filter(widened).values_list("pk", flat=True)
    running = Offer.objects.filter(pk__in=list(concerned), status=Offer.Status.ACTIVE)
    paused = running.update(status=Offer.Status.PAUSED)
    if paused:
        raise_revision()
        bump_version()
    return paused
