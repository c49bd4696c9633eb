"""Where merchants fill the shelf beside the basket, see why things stand on it, and look at it beside any basket."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_model

from upsell.bumps.components import render_shelf_preview
from upsell.bumps.forms.shelf import PHONE, ShelfItemForm, TrialForm
from upsell.bumps.models.shelf import ShelfItem
from upsell.bumps.reports import effects, try_out
from upsell.bumps.serving.shelf_words import season_text
from upsell.core.admin import MOST_JUDGED, MerchantAdmin, light, matching
from upsell.core.findings import Effect, Light
from upsell.core.serving.visitors import as_visitor
from upsell.offers.admin.choosing import AnswersCatalogueSearch, ChoosesFromCatalogue
from upsell.recommendations.services import bump_version

Product = get_model("catalogue", "Product")

MOST_ROWS = 100  # of what might stand on the shelf, in the preview


class ShelfStateFilter(admin.SimpleListFilter):
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

    def queryset(self, request: HttpRequest, queryset: QuerySet[ShelfItem]) -> QuerySet[ShelfItem]:
        """Narrow the list."""
        at = now()
        running = ShelfItem.objects.active(at)
        match self.value():
            case "running":
                return queryset.filter(pk__in=running.order_by().values("pk"))
            case "blocked":
                judged = effects(running.order_by("-pk")[:MOST_JUDGED], request=as_visitor(request), at=at)
                return queryset.filter(pk__in=[pk for pk, effect in judged.items() if effect.light != Light.ON])
            case "paused":
                return queryset.filter(is_active=False)
            case "scheduled":
                return queryset.filter(is_active=True, starts_at__gt=at)
            case "ended":
                return queryset.filter(is_active=True, ends_at__lte=at)
        return queryset


class SeasonFilter(admin.SimpleListFilter):
    """For a season, or for all year."""

    title = _("season")
    parameter_name = "season"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """List the two."""
        return [("season", _("For a season")), ("year", _("All year"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ShelfItem]) -> QuerySet[ShelfItem]:
        """Narrow the list."""
        if self.value() in ("season", "year"):
            return queryset.filter(Q(season_from__isnull=self.value() == "year"))
        return queryset


class ShelfItemAdmin(ChoosesFromCatalogue, AnswersCatalogueSearch, MerchantAdmin):
    """The shelf beside the basket."""

    form = ShelfItemForm
    search_name = "upsell_shelfitem_search"
    catalogue_fields = ("product", "category")
    searched_model = ShelfItem
    searched_fields = catalogue_fields
    list_title = _("The shelf beside the basket")
    list_subtitle = _("Small things people like to have: what you put forward, and what becomes of it today.")
    list_display = ("subject", "today", "season_days", "weight", "stock_rule", "note")
    list_display_links = ("subject",)
    list_filter = (ShelfStateFilter, SeasonFilter, "stock_rule")
    list_select_related = ("product__parent", "category", "created_by")
    search_fields = ("product__title", "product__upc", "category__name", "note")
    actions = ("pause", "activate")
    change_list_template = "upsell/admin/shelf_list.html"
    readonly_fields = ("today", "created_by", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("product", "category", "weight", "is_active")}),
        (_("Season and stock"), {"fields": ("season_from", "season_until", "stock_rule")}),
        (_("More"), {"classes": ("collapse",), "fields": ("starts_at", "ends_at", "note")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: ShelfItem | None = None) -> Any:
        """Begin with what becomes of it today, once there is one."""
        fieldsets: Any = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return (
            (_("Today"), {"fields": ("today",)}),
            *fieldsets,
            (_("History"), {"classes": ("collapse",), "fields": ("created_by", "created_at", "updated_at")}),
        )

    # --- the list -----------------------------------------------------------------------------------------------------

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Work out the effects of the rows on the page together."""
        changelist = super().get_changelist_instance(request)
        judged = effects(changelist.result_list, request=as_visitor(request))
        for item in changelist.result_list:
            item.effect = judged[item.pk]
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ShelfItem | None:
        """Read a row with what becomes of it."""
        item: Any = super().get_object(request, object_id, from_field)
        if item is not None:
            item.effect = effects([item], request=as_visitor(request))[item.pk]
        return item  # type: ignore[no-any-return]

    @admin.display(description=_("on the shelf"))
    def subject(self, item: ShelfItem) -> str:
        """Name the product, or the category with a word that it is one."""
        return item.name if item.product_id else gettext("Category “%(name)s”") % {"name": item.name}

    @admin.display(description=_("today"))
    def today(self, item: ShelfItem) -> SafeString | str:
        """Show the traffic light with the reason."""
        effect: Effect | None = getattr(item, "effect", None)
        return light(effect.light, effect.message) if effect else "–"

    @admin.display(description=_("season"), ordering="season_from")
    def season_days(self, item: ShelfItem) -> str:
        """Write its season."""
        return season_text(item.season)

    # --- actions ------------------------------------------------------------------------------------------------------

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[ShelfItem]) -> None:
        """Switch the chosen items off."""
        count = self._switch(request, queryset, on=False)
        told = ngettext("%(count)d item is paused.", "%(count)d items are paused.", count)
        self.message_user(request, told % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[ShelfItem]) -> None:
        """Switch the chosen items on."""
        count = self._switch(request, queryset, on=True)
        told = ngettext("%(count)d item is active.", "%(count)d items are active.", count)
        self.message_user(request, told % {"count": count}, messages.SUCCESS)

    @transaction.atomic
    def _switch(self, request: HttpRequest, queryset: QuerySet[ShelfItem], *, on: bool) -> int:
        """Switch many at once, and put each on the record."""
        changed = list(queryset.filter(is_active=not on))
        ShelfItem.objects.filter(pk__in=[item.pk for item in changed]).update(is_active=on, updated_at=now())
        if changed:
            self.log_changes(request, changed, gettext("Activated.") if on else gettext("Paused."))
            bump_version()
        return len(changed)

    # --- the preview --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the preview."""
        view = self.admin_site.admin_view(self.preview_view)
        return [path("preview/", view, name="upsell_shelfitem_preview"), *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Show the shelf beside a basket that is described, and why each thing stands on it or does not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TrialForm(request.GET or {"value": "80"})
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": gettext("Preview"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
        }
        if form.is_valid():
            context.update(self._tried(request, form.cleaned_data))
        return TemplateResponse(request, "upsell/admin/shelf_preview.html", context)

    def _tried(self, request: HttpRequest, asked: dict[str, Any]) -> dict[str, Any]:
        product = matching(Product, asked["search"]).first() if asked["search"].strip() else None
        trial = try_out(
            request=as_visitor(request),
            product=product,
            value=asked["value"],
            currency=str(settings.OSCAR_DEFAULT_CURRENCY),
        )
        with override(asked["language"] or None):
            seen = try_out(
                request=as_visitor(request), product=product, value=asked["value"], currency=trial.occasion.currency
            )
            preview = render_shelf_preview(seen.shelf) if seen.shelf else ""
        return {
            "product": product,
            "is_unknown": product is None and bool(asked["search"].strip()),
            "preview": preview,
            "language": asked["language"] or settings.LANGUAGE_CODE,
            "is_phone": asked["width"] == PHONE,
            "rows": trial.rows[:MOST_ROWS],
        }
