"""Activating, pausing, ending and duplicating ladders: from the list, and with one press from a ladder's own page."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from upsell.core.services import NotDoneError
from upsell.tiers.models import Ladder
from upsell.tiers.services import activate_ladder, duplicate_ladder, end_ladder, pause_ladder

ACTS: dict[str, Callable[..., bool]] = {"activate": activate_ladder, "pause": pause_ladder, "end": end_ladder}
REFUSALS_SHOWN = 3


class ActsOnLadders:
    """For ``LadderAdmin``: its actions, and the buttons of the form."""

    admin_site: admin.AdminSite
    message_user: Callable[..., None]
    has_change_permission: Callable[..., bool]

    def get_urls(self) -> list[URLPattern]:
        """Add the address behind the buttons."""
        view = self.admin_site.admin_view(self.switch_view)
        return [
            path("<int:object_id>/switch/", view, name="upsell_ladder_switch"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def switch_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Do what a button says, and lead back to the ladder."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        ladder = Ladder.objects.filter(pk=object_id).first()
        act = request.POST.get("act", "")
        if act not in ACTS:
            raise BadRequest("act is none of activate, pause and end.")
        if ladder is None:
            self.message_user(request, gettext("This ladder is gone."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:upsell_ladder_changelist"))
        self._act(request, ladder, act)
        return HttpResponseRedirect(reverse("admin:upsell_ladder_change", args=[ladder.pk]))

    def response_add(self, request: HttpRequest, obj: Ladder, post_url_continue: Any = None) -> HttpResponse:
        """Activate what was saved, if that button was pressed."""
        self._act_if_asked(request, obj)
        return super().response_add(request, obj, post_url_continue)  # type: ignore[misc,no-any-return]

    def response_change(self, request: HttpRequest, obj: Ladder) -> HttpResponse:
        """Activate what was saved, if that button was pressed."""
        self._act_if_asked(request, obj)
        return super().response_change(request, obj)  # type: ignore[misc,no-any-return]

    def _act_if_asked(self, request: HttpRequest, ladder: Ladder) -> None:
        if "_activate" in request.POST and self.has_change_permission(request, ladder):
            self._act(request, ladder, "activate")

    def _act(self, request: HttpRequest, ladder: Ladder, act: str) -> None:
        """Act on one, and say what came of it."""
        try:
            changed = ACTS[act](ladder=ladder, user=request.user)
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        told = {
            "activate": gettext("“%(name)s” is active."),
            "pause": gettext("“%(name)s” is paused."),
            "end": gettext("“%(name)s” has ended."),
        }
        self.message_user(request, told[act] % {"name": ladder.name}, messages.SUCCESS if changed else messages.INFO)

    # --- many at once -------------------------------------------------------------------------------------------------

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Let the chosen ladders run, as far as they can."""
        count, refusals = _each(queryset, activate_ladder, request.user)
        told = ngettext("%(count)d ladder was activated.", "%(count)d ladders were activated.", count)
        self._tell(request, told % {"count": count}, refusals)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Stop the chosen ladders that run; drafts and what has ended stay as they are."""
        count, _refusals = _each(queryset.filter(status=Ladder.Status.ACTIVE), pause_ladder, request.user)
        told = ngettext("%(count)d ladder was paused.", "%(count)d ladders were paused.", count)
        self._tell(request, told % {"count": count})

    @admin.action(description=_("End for good"), permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Stop the chosen ladders for good."""
        count, _refusals = _each(queryset, end_ladder, request.user)
        told = ngettext("%(count)d ladder was ended.", "%(count)d ladders were ended.", count)
        self._tell(request, told % {"count": count})

    @admin.action(description=_("Duplicate (as drafts)"), permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Copy the chosen ladders; the copies are drafts."""
        copies = [duplicate_ladder(ladder=ladder, user=request.user) for ladder in queryset.order_by("pk")]
        told = ngettext(
            "%(count)d copy was made. It is a draft until you activate it.",
            "%(count)d copies were made. They are drafts until you activate them.",
            len(copies),
        )
        self._tell(request, told % {"count": len(copies)})

    def _tell(self, request: HttpRequest, done: str, refusals: list[str] | None = None) -> None:
        self.message_user(request, done, messages.SUCCESS)
        for refusal in (refusals or [])[:REFUSALS_SHOWN]:
            self.message_user(request, refusal, messages.WARNING)
        more = len(refusals or []) - REFUSALS_SHOWN
        if more > 0:
            told = ngettext("%(count)d more was left as it is.", "%(count)d more were left as they are.", more)
            self.message_user(request, told % {"count": more}, messages.WARNING)


def _each(queryset: QuerySet[Ladder], act: Callable[..., bool], user: Any) -> tuple[int, list[str]]:
    """Act on one after the other; count those that changed, and collect why others did not."""
    count, refusals = 0, []
    for ladder in queryset.order_by("pk"):
        try:
            count += act(ladder=ladder, user=user)
        except NotDoneError as error:
            refusals.append(str(error))
    return count, refusals
