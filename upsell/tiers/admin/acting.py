"""Activating, pausing, ending and duplicating ladders: from the list, and with one press from a ladder's own page."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from upsell.core.admin import ActsOnRows
from upsell.core.services import NotDoneError
from upsell.tiers.models.ladders import Ladder
from upsell.tiers.services import activate_ladder, duplicate_ladder, end_ladder, pause_ladder

ACTS: dict[str, Callable[..., bool]] = {"activate": activate_ladder, "pause": pause_ladder, "end": end_ladder}


class ActsOnLadders(ActsOnRows):
    """For ``LadderAdmin``: its actions, and the buttons of the form."""

    acts = ACTS
    gone = _("This ladder is gone.")

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Let the chosen ladders run, as far as they can."""
        count, refusals = _each(queryset, activate_ladder, request.user)
        told = ngettext("%(count)d ladder was activated.", "%(count)d ladders were activated.", count)
        self.tell(request, told % {"count": count}, refusals)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Stop the chosen ladders that run; drafts and what has ended stay as they are."""
        count, _refusals = _each(queryset.filter(status=Ladder.Status.ACTIVE), pause_ladder, request.user)
        told = ngettext("%(count)d ladder was paused.", "%(count)d ladders were paused.", count)
        self.tell(request, told % {"count": count})

    @admin.action(description=_("End for good"), permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Stop the chosen ladders for good."""
        count, _refusals = _each(queryset, end_ladder, request.user)
        told = ngettext("%(count)d ladder was ended.", "%(count)d ladders were ended.", count)
        self.tell(request, told % {"count": count})

    @admin.action(description=_("Duplicate (as drafts)"), permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Copy the chosen ladders; the copies are drafts."""
        copies = [duplicate_ladder(ladder=ladder, user=request.user) for ladder in queryset.order_by("pk")]
        told = ngettext(
            "%(count)d copy was made. It is a draft until you activate it.",
            "%(count)d copies were made. They are drafts until you activate them.",
            len(copies),
        )
        self.tell(request, told % {"count": len(copies)})


def _each(queryset: QuerySet[Ladder], act: Callable[..., bool], user: Any) -> tuple[int, list[str]]:
    """Act on one after the other; count those that changed, and collect why others did not."""
    count, refusals = 0, []
    for ladder in queryset.order_by("pk"):
        try:
            count += act(ladder=ladder, user=user)
        except NotDoneError as error:
            refusals.append(str(error))
    return count, refusals
