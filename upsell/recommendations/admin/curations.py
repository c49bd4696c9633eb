"""Where merchants pin, boost, bury and exclude, and see at a glance what each decision does today."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from upsell.core.admin import CatalogueSearch, MerchantAdmin, light
from upsell.core.findings import Effect, Light
from upsell.recommendations.admin.curation_form import PLACES, SUBJECTS, CurationForm
from upsell.recommendations.checks.curations import active_at, effects, sentence
from upsell.recommendations.models import Curation
from upsell.recommendations.services import bump_version

MOST_JUDGED = 2_000  # running curations whose effect the filter works out; the newest of them


class StateFilter(admin.SimpleListFilter):
    """Running, without effect, paused, scheduled or ended."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """List the states."""
        return [
            ("running", _("Running")),
            ("blocked", _("Without effect")),
            ("paused", _("Paused")),
            ("scheduled", _("Scheduled")),
            ("ended", _("Ended")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Curation]) -> QuerySet[Curation] | None:
        """Narrow the list."""
        at = now()
        match self.value():
            case "running":
                return queryset.filter(active_at(at))
            case "blocked":
                running = queryset.filter(active_at(at)).order_by("-pk")[:MOST_JUDGED]
                judged = effects(running, at=at, strategy=getattr(request, "strategy", None))
                return queryset.filter(pk__in=[pk for pk, effect in judged.items() if effect.light == Light.BLOCKED])
            case "paused":
                return queryset.filter(is_active=False)
            case "scheduled":
                return queryset.filter(is_active=True, starts_at__gt=at)
            case "ended":
                return queryset.filter(is_active=True, ends_at__lte=at)
        return queryset


class CurationAdmin(CatalogueSearch, MerchantAdmin):
    """Pins, boosts, buries and exclusions."""

    form = CurationForm
    catalogue_fields = (*SUBJECTS, *PLACES)
    list_title = _("Curations")
    list_subtitle = _("Your say in what is recommended: what you decided, and what becomes of it today.")
    list_display = ("sentence", "today", "note", "created_by")
    list_display_links = ("sentence",)
    list_filter = (StateFilter, "action", "widget")
    list_select_related = (*SUBJECTS, *PLACES, "created_by")
    search_fields = (
        "product__title",
        "product__upc",
        "category__name",
        "range__name",
        "beside_product__title",
        "beside_category__name",
        "beside_range__name",
        "note",
    )
    ordering = ("-updated_at",)
    actions = ("pause", "activate", "duplicate")
    save_as = True
    readonly_fields = ("sentence", "today", "evidence", "created_by", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("action", "product", "beside_product", "widget", "is_active")}),
        (
            _("More"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("category", "range"),
                    ("beside_category", "beside_range"),
                    ("position", "factor"),
                    "starts_at",
                    "ends_at",
                    "note",
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Curation]:
        """Read the rows with what their sentences name."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_fieldsets(self, request: HttpRequest, obj: Curation | None = None) -> Any:
        """Begin with what the curation says and does, once there is one."""
        fieldsets: Any = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return (
            (_("In words"), {"fields": ("sentence", "today", "evidence")}),
            *fieldsets,
            (_("History"), {"classes": ("collapse",), "fields": ("created_by", "created_at", "updated_at")}),
        )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Work out the effects of the rows on the page together."""
        changelist = super().get_changelist_instance(request)
        judged = effects(changelist.result_list, at=now(), strategy=getattr(request, "strategy", None))
        for curation in changelist.result_list:
            curation.effect = judged[curation.pk]
        return changelist

    @admin.display(description=_("curation"))
    def sentence(self, curation: Curation) -> str:
        """Say the curation in words."""
        return sentence(curation)

    @admin.display(description=_("today"))
    def today(self, curation: Curation) -> SafeString:
        """Show the traffic light."""
        effect: Effect = getattr(curation, "effect", None) or effects([curation], at=now())[curation.pk]
        return light(effect.light, effect.message)

    @admin.display(description=_("evidence"))
    def evidence(self, curation: Curation) -> SafeString | str:
        """Lead to what was learned about the product in view, or else about the product curated."""
        product = curation.beside_product or curation.product
        if product is None:
            return "-"
        address = reverse("admin:upsell_affinity_evidence", args=[product.pk])
        return format_html('<a href="{}">{}</a>', address, product.get_title())

    # --- actions ------------------------------------------------------------------------------------------------------

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Curation]) -> None:
        """Switch the chosen curations off."""
        count = self._switch(request, queryset, on=False)
        self.message_user(
            request,
            ngettext("%(count)d curation is paused.", "%(count)d curations are paused.", count) % {"count": count},
            messages.SUCCESS,
        )

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Curation]) -> None:
        """Switch the chosen curations on."""
        count = self._switch(request, queryset, on=True)
        self.message_user(
            request,
            ngettext("%(count)d curation is active.", "%(count)d curations are active.", count) % {"count": count},
            messages.SUCCESS,
        )

    def _switch(self, request: HttpRequest, queryset: QuerySet[Curation], *, on: bool) -> int:
        """Switch many at once: one statement, one new version of what shoppers see, and each on the record."""
        with transaction.atomic():
            changed = list(queryset.filter(is_active=not on))
            Curation.objects.filter(pk__in=[curation.pk for curation in changed]).update(is_active=on, updated_at=now())
            if changed:
                self.log_changes(request, changed, gettext("Activated.") if on else gettext("Paused."))
                bump_version()
        return len(changed)

    @admin.action(description=_("Duplicate (paused)"), permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Curation]) -> None:
        """Copy the chosen curations; the copies stay off until someone has looked at them."""
        copies = [self._copy(request, curation) for curation in queryset]
        self.message_user(
            request,
            ngettext(
                "%(count)d copy was made. It is paused until you activate it.",
                "%(count)d copies were made. They are paused until you activate them.",
                len(copies),
            )
            % {"count": len(copies)},
            messages.SUCCESS,
        )

    def _copy(self, request: HttpRequest, curation: Curation) -> Curation:
        curation.pk = None
        curation._state.adding = True
        curation.is_active = False
        curation.created_by = request.user  # type: ignore[assignment]
        curation.save()
        self.log_addition(request, curation, [{"added": {}}])
        return curation
