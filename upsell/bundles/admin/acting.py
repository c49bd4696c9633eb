"""Activating, pausing, ending and duplicating bundles: from the list, and with one press from a bundle's own page."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

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
from upsell.core.services import NotDoneError

ACTS: dict[str, Callable[..., bool]] = {"activate": activate_bundle, "pause": pause_bundle, "end": end_bundle}
REFUSALS_SHOWN = 3


class ActsOnBundles:
    """For ``BundleAdmin``: its actions, and the buttons of the form."""

    admin_site: admin.AdminSite
    message_user: Callable[..., None]
    has_change_permission: Callable[..., bool]
    get_object: Callable[..., Any]

    def get_urls(self) -> list[URLPattern]:
        """Add the address behind the buttons."""
        view = self.admin_site.admin_view(self.switch_view)
        return [
            path("<int:object_id>/switch/", view, name="upsell_bundle_switch"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def switch_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Do what a button says, and lead back to the bundle."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        bundle = Bundle.objects.filter(pk=object_id).first()
        act = request.POST.get("act", "")
        if act not in ACTS:
            raise BadRequest("act is none of activate, pause and end.")
        if bundle is None:
            self.message_user(request, gettext("This bundle is gone."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:upsell_bundle_changelist"))
        self._act(request, bundle, act)
        return HttpResponseRedirect(reverse("admin:upsell_bundle_change", args=[bundle.pk]))

    def response_add(self, request: HttpRequest, obj: Bundle, post_url_continue: Any = None) -> HttpResponse:
        """Activate what was saved, if that button was pressed."""
        self._act_if_asked(request, obj)
        return super().response_add(request, obj, post_url_continue)  # type: ignore[misc,no-any-return]

    def response_change(self, request: HttpRequest, obj: Bundle) -> HttpResponse:
        """Activate what was saved, if that button was pressed."""
        self._act_if_asked(request, obj)
        return super().response_change(request, obj)  # type: ignore[misc,no-any-return]

    def _act_if_asked(self, request: HttpRequest, bundle: Bundle) -> None:
        if "_activate" in request.POST and self.has_change_permission(request, bundle):
            self._act(request, bundle, "activate")

    def _act(self, request: HttpRequest, bundle: Bundle, act: str) -> None:
        """Act on one, and say what came of it."""
        try:
            changed = ACTS[act](bundle=bundle, user=request.user)
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        name = {"name": bundle.name}
        told = {
            "activate": gettext("“%(name)s” is active."),
            "pause": gettext("“%(name)s” is paused."),
            "end": gettext("“%(name)s” has ended."),
        }
        self.message_user(request, told[act] % name, messages.SUCCESS if changed else messages.INFO)

    # --- many at once -------------------------------------------------------------------------------------------------

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Let the chosen bundles run, as far as they can."""
        chosen = _plain(queryset)
        incomplete = incomplete_among(chosen)
        refusals = {bundle.pk: what_keeps_from_running(bundle, incomplete=incomplete) for bundle in chosen}
        fit = [bundle for bundle in chosen if not refusals[bundle.pk]]
        count = len(switch_bundles(bundles=fit, status=Bundle.Status.ACTIVE, user=request.user))
        told = ngettext("%(count)d bundle was activated.", "%(count)d bundles were activated.", count)
        self._tell(request, told % {"count": count}, [refusal for refusal in refusals.values() if refusal])

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Stop the chosen bundles that run; drafts and what has ended stay as they are."""
        chosen = [bundle for bundle in _plain(queryset) if bundle.status == Bundle.Status.ACTIVE]
        count = len(switch_bundles(bundles=chosen, status=Bundle.Status.PAUSED, user=request.user))
        told = ngettext("%(count)d bundle was paused.", "%(count)d bundles were paused.", count)
        self._tell(request, told % {"count": count})

    @admin.action(description=_("End for good"), permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Stop the chosen bundles for good."""
        count = len(switch_bundles(bundles=_plain(queryset), status=Bundle.Status.ENDED, user=request.user))
        told = ngettext("%(count)d bundle was ended.", "%(count)d bundles were ended.", count)
        self._tell(request, told % {"count": count})

    @admin.action(description=_("Duplicate (as drafts)"), permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Copy the chosen bundles; the copies are drafts."""
        copies = [duplicate_bundle(bundle=bundle, user=request.user) for bundle in _plain(queryset)]
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


def _plain(queryset: QuerySet[Bundle]) -> list[Bundle]:
    """Read the chosen rows without what only the list shows."""
    return list(Bundle.objects.filter(pk__in=queryset.order_by().values("pk")).order_by("pk"))
