"""Activating, pausing, ending and duplicating bumps: from the list, and with one press from a bump's own page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from upsell.bumps.models.bumps import Bump
from upsell.bumps.services import (
    activate_bump,
    duplicate_bump,
    end_bump,
    pause_bump,
    switch_bumps,
    what_keeps_from_running,
)
from upsell.offers.admin.acting import ActsOnOffers

ACTS: dict[str, Callable[..., bool]] = {"activate": activate_bump, "pause": pause_bump, "end": end_bump}


class ActsOnBumps(ActsOnOffers):
    """For ``BumpAdmin``: its actions, and the buttons of the form."""

    acts = ACTS
    gone = _("This bump is gone.")
    done: Mapping[str, Any] = {
        "activate": ngettext_lazy("%(count)d bump was activated.", "%(count)d bumps were activated.", "count"),
        "pause": ngettext_lazy("%(count)d bump was paused.", "%(count)d bumps were paused.", "count"),
        "end": ngettext_lazy("%(count)d bump was ended.", "%(count)d bumps were ended.", "count"),
    }

    def switch(self, offers: Sequence[Bump], status: str, user: Any) -> Sequence[Bump]:
        """Give bumps a status."""
        return switch_bumps(bumps=offers, status=status, user=user)

    def refusals(self, offers: Sequence[Bump]) -> Mapping[int, str]:
        """Say why some cannot be activated."""
        read = Bump.objects.with_parts().in_bulk([bump.pk for bump in offers])
        return {bump.pk: what_keeps_from_running(read[bump.pk]) if bump.pk in read else "" for bump in offers}

    def copy(self, offer: Bump, user: Any) -> Bump:
        """Make a draft like it."""
        return duplicate_bump(bump=offer, user=user)
