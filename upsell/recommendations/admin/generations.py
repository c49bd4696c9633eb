"""Where merchants see what was learned when, and have it learned anew."""

import json
import logging
from typing import Any

from django.contrib import admin
from django.contrib.messages import ERROR, INFO, SUCCESS
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.timezone import localtime, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upsell.core.admin import MerchantAdmin, ReadOnlyAdmin, light
from upsell.recommendations.checks.data import has_stopped
from upsell.recommendations.models import Affinity, Generation, LiveGeneration, Popularity
from upsell.recommendations.tasks import rebuild_recommendations

logger = logging.getLogger("upsell")

REBUILD = "upsell.rebuild_generation"


class GenerationAdmin(ReadOnlyAdmin):
    """The builds of the learned tables, the newest first."""

    change_list_template = "upsell/admin/generation_list.html"
    list_display = ("name", "state", "started_at", "took", "orders", "products", "rows", "error_in_short")
    list_title = _("Generations")
    list_subtitle = _("Each build of the learned tables. Shoppers see the live one.")
    fieldsets = (
        (None, {"fields": ("state", "started_at", "took", "trigger", "error")}),
        (_("What it read"), {"fields": ("orders", "lines", "products", "first_order_at", "last_order_at")}),
        (_("What it wrote"), {"fields": ("rows",)}),
        (_("How"), {"fields": ("engine", "settings_in_words", "builder", "heartbeat_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Generation]:
        """Know of each row whether it is the live one."""
        generations: QuerySet[Generation] = super().get_queryset(request)
        return generations.annotate(is_live=Exists(LiveGeneration.objects.filter(generation=OuterRef("pk"))))

    # --- what is shown ------------------------------------------------------------------------------------------------

    @admin.display(description=_("build"), ordering="pk")
    def name(self, generation: Generation) -> str:
        """Name a build by its number."""
        return str(generation)

    @admin.display(description=_("state"), ordering="status")
    def state(self, generation: Generation) -> SafeString:
        """Say how the build stands, and whether shoppers see it."""
        if getattr(generation, "is_live", False):
            return light("on", gettext("Live: shoppers see this one."))
        match generation.status:
            case Generation.Status.BUILDING if has_stopped(generation):
                return light("blocked", gettext("Seems to have stopped. The next rebuild takes its place."))
            case Generation.Status.BUILDING:
                return light("waiting", gettext("Is being built."))
            case Generation.Status.READY:
                return light("off", gettext("Ready, but no longer live."))
            case Generation.Status.FAILED:
                return light("blocked", gettext("Failed. What shoppers see has not changed."))
        return light("off", gettext("Abandoned. What shoppers see has not changed."))

    @admin.display(description=_("took"))
    def took(self, generation: Generation) -> str:
        """Say how long the build took, or has been taking."""
        seconds = ((generation.finished_at or now()) - generation.started_at).total_seconds()
        if seconds < 60:
            return gettext("%(seconds).1f s") % {"seconds": seconds}
        return str(timesince(generation.started_at, generation.finished_at or now()))

    @admin.display(description=_("error"))
    def error_in_short(self, generation: Generation) -> str:
        """Show the beginning of what went wrong."""
        return Truncator(generation.error).chars(80) or "-"

    @admin.display(description=_("settings"))
    def settings_in_words(self, generation: Generation) -> SafeString:
        """Show the settings it was learned with."""
        return format_html("<pre>{}</pre>", json.dumps(generation.settings, indent=2, sort_keys=True, default=str))

    # --- rebuilding and removing --------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the address behind "Rebuild now"."""
        view = self.admin_site.admin_view(self.rebuild_view)
        return [path("rebuild/", view, name="upsell_generation_rebuild"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Offer the button to those who may press it."""
        return super().changelist_view(
            request, {"may_rebuild": request.user.has_perm(REBUILD), **(extra_context or {})}
        )

    def rebuild_view(self, request: HttpRequest) -> HttpResponse:
        """Start a rebuild, and lead to where its progress can be followed."""
        if not request.user.has_perm(REBUILD):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self.message_user(request, *_start())
        if not self.has_view_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        return HttpResponseRedirect(reverse("admin:upsell_generation_changelist"))

    def has_delete_permission(self, request: HttpRequest, obj: Generation | None = None) -> bool:
        """Protect what shoppers see, and what is being built; offer no deletion of many at once."""
        if obj is None or obj.status == Generation.Status.BUILDING or _is_live(obj):
            return False
        return MerchantAdmin.has_delete_permission(self, request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Say how much goes with a generation without reading it: it may be millions of rows."""
        rows = sum(generation.rows for generation in objs)
        return [str(generation) for generation in objs], {gettext("Rows"): rows}, set(), []

    def delete_model(self, request: HttpRequest, obj: Generation) -> None:
        """Remove the rows in small batches, between which the shop gets its turn, then the generation."""
        for rows in (Affinity.objects.of(obj), Popularity.objects.of(obj)):
            for _done in rows.delete_in_batches():
                pass
        obj.delete()


def _is_live(generation: Generation) -> bool:
    return LiveGeneration.objects.filter(generation=generation).exists()


def _start() -> tuple[str, int]:
    """Ask for a rebuild, and say what came of it: without a background worker it is done by now."""
    building = Generation.objects.alive()
    if building is not None:
        since = {"time": date_format(localtime(building.started_at), "TIME_FORMAT")}
        return gettext("A rebuild is running already, since %(time)s. There is nothing you need to do.") % since, INFO
    try:
        result = rebuild_recommendations.enqueue(trigger=Generation.Trigger.ADMIN.value)
    except Exception as error:  # whatever the queue's driver raises
        logger.exception("A rebuild could not be asked for.")
        return gettext("The rebuild could not be started: %(error)s") % {"error": error}, ERROR
    if not result.is_finished:
        return gettext("The rebuild has been queued. Reload this page to follow it."), SUCCESS
    if not result.errors:
        return gettext("Done. Shoppers see what was learned from now on."), SUCCESS
    if result.errors[0].exception_class_path.endswith("AlreadyRunning"):
        return gettext("A rebuild is running already. There is nothing you need to do."), INFO
    return gettext("The rebuild failed; the newest build says why. What shoppers see has not changed."), ERROR
