"""Activating, pausing, ending and duplicating bundles: from the list, and with one press from a bundle's own page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from upsell.bundles.models import Bundle
from upsell.bundles.services import (
    activate_bundle,
    duplicate_bundle,
    end_bundle,
    incomplete_among,
    pause_bundle,
    what_keeps_from_running,
)
from upsell.offers.admin.acting import ActsOnOffers
from upsell.offers.services import switch_offers

ACTS: dict[str, Callable[..., bool]] = {"activate": activate_bundle, "pause": pause_bundle, "end": end_bundle}


class ActsOnBundles(ActsOnOffers):
    """For ``BundleAdmin``: its actions, and the buttons of the form."""

    acts = ACTS
    gone = _("This bundle is gone.")
    done: Mapping[str, Any] = {
        "activate": ngettext_lazy("%(count)d bundle was activated.", "%(count)d bundles were activated.", "count"),
        "pause": ngettext_lazy("%(count)d bundle was paused.", "%(count)d bundles were paused.", "count"),
        "end": ngettext_lazy("%(count)d bundle was ended.", "%(count)d bundles were ended.", "count"),
    }

    def switch(self, offers: Sequence[Bundle], status: str, user: Any) -> Sequence[Bundle]:
        """Give bundles a status."""
        return switch_offers(offers=offers, status=status, user=user)

    def refusals(self, offers: Sequence[Bundle]) -> Mapping[int, str]:
        """Say why some cannot be activated."""
        incomplete = incomplete_among(offers)
        return {bundle.pk: what_keeps_from_running(bundle, incomplete=incomplete) for bundle in offers}

    def copy(self, offer: Bundle, user: Any) -> Bundle:
        """Make a draft like it."""
        return duplicate_bundle(bundle=offer, user=user)
