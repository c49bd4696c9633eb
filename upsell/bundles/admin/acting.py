"""Activating, pausing, ending and duplicating bundles: from the list, and with one press from a bundle's own page."""

from collections.abc import Callable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from upsell.bundles.models import Bundle
from upsell.bundles.services import (
    activate_bundle,
    duplicate_bundle,
    end_bundle,
    incomplete_among,
    pause_bundle,
    switch_bundles,
    what_keeps_from_running,
)
from upsell.core.admin import ActsOnRows

ACTS: dict[str, Callable[..., bool]] = {"activate": activate_bundle, "pause": pause_bundle, "end": end_bundle}


class ActsOnBundles(ActsOnRows):
    """For ``BundleAdmin``: its actions, and the buttons of the form."""

    acts = ACTS
    gone = _("This bundle is gone.")

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Let the chosen bundles run, as far as they can."""
        chosen = _plain(queryset)
        incomplete = incomplete_among(chosen)
        refusals = {bundle.pk: what_keeps_from_running(bundle, incomplete=incomplete) for bundle in chosen}
        fit = [bundle for bundle in chosen if not refusals[bundle.pk]]
        count = len(switch_bundles(bundles=fit, status=Bundle.Status.ACTIVE, user=request.user))
        told = ngettext("%(count)d bundle was activated.", "%(count)d bundles were activated.", count)
        self.tell(request, told % {"count": count}, [refusal for refusal in refusals.values() if refusal])

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Stop the chosen bundles that run; drafts and what has ended stay as they are."""
        chosen = [bundle for bundle in _plain(queryset) if bundle.status == Bundle.Status.ACTIVE]
        count = len(switch_bundles(bundles=chosen, status=Bundle.Status.PAUSED, user=request.user))
        told = ngettext("%(count)d bundle was paused.", "%(count)d bundles were paused.", count)
        self.tell(request, told % {"count": count})

    @admin.action(description=_("End for good"), permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Stop the chosen bundles for good."""
        count = len(switch_bundles(bundles=_plain(queryset), status=Bundle.Status.ENDED, user=request.user))
        told = ngettext("%(count)d bundle was ended.", "%(count)d bundles were ended.", count)
        self.tell(request, told % {"count": count})

    @admin.action(description=_("Duplicate (as drafts)"), permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Copy the chosen bundles; the copies are drafts."""
        copies = [duplicate_bundle(bundle=bundle, user=request.user) for bundle in _plain(queryset)]
        told = ngettext(
            "%(count)d copy was made. It is a draft until you activate it.",
            "%(count)d copies were made. They are drafts until you activate them.",
            len(copies),
        )
        self.tell(request, told % {"count": len(copies)})


def _plain(queryset: QuerySet[Bundle]) -> list[Bundle]:
    """Read the chosen rows without what only the list shows."""
    return list(Bundle.objects.filter(pk__in=queryset.order_by().values("pk")).order_by("pk"))
