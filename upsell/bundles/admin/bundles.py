"""Where merchants set up bundles, and see at a glance what runs, how often it is used and what it gives."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import StackedInline
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from upsell.bundles.admin.acting import ActsOnBundles
from upsell.bundles.admin.previews import PreviewsBundles
from upsell.bundles.forms import (
    TRANSLATED,
    BreakFormSet,
    BundlePartForm,
    PartFormSet,
    form_with_languages,
)
from upsell.bundles.models import Bundle, BundleBreak, BundlePart
from upsell.bundles.reports import effects
from upsell.bundles.services import statement_of
from upsell.bundles.serving.sentences import sentence
from upsell.core.admin import FollowsOwner, MerchantAdmin, StateFilter
from upsell.core.findings import Effect
from upsell.core.forms import other_languages, translated
from upsell.core.guard import attempt
from upsell.offers.admin.choosing import AnswersCatalogueSearch, ChoosesFromCatalogue
from upsell.offers.admin.listing import ShowsOffers
from upsell.offers.reports import with_usage
from upsell.offers.serving.index import save_terms

SEARCH = "upsell_bundle_search"


class BundleStateFilter(StateFilter):
    """Running, without effect, draft, paused, scheduled or ended."""

    def blocked(self, running: Any, request: HttpRequest, at: datetime) -> list[int]:
        """Name those that run and nobody gets."""
        judged = effects(with_usage(running.with_parts()), at=at, strategy=getattr(request, "strategy", None))
        return [pk for pk, effect in judged.items() if effect.light == "blocked"]


class BelongsToBundle(FollowsOwner):
    """For an inline of bundles."""

    owner = "bundle"


class CurrencyFilter(admin.SimpleListFilter):
    """Of one currency, or of any."""

    title = _("currency")
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """List the currencies in use."""
        used = Bundle.objects.exclude(currency="").order_by("currency").values_list("currency", flat=True).distinct()
        return [(currency, currency) for currency in used]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> QuerySet[Bundle]:
        """Narrow the list."""
        return queryset.filter(currency=self.value()) if self.value() else queryset


class PartInline(BelongsToBundle, ChoosesFromCatalogue, StackedInline):  # type: ignore[type-arg]
    """What the bundle is about, a row each."""

    model = BundlePart
    form = BundlePartForm
    formset = PartFormSet
    catalogue_fields = ("product", "category", "range")
    search_name = SEARCH
    fields = ("product", ("category", "range"), ("role", "quantity"))
    verbose_name = _("part")
    verbose_name_plural = _("What it is about")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Offer a set's worth of empty rows to begin with, and later one, for those without scripts."""
        return 2 if obj is None else 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[BundlePart]:
        """Read the rows with what their labels name."""
        return super().get_queryset(request).select_related("product__parent", "category", "range")


class BreakInline(BelongsToBundle, StackedInline):  # type: ignore[type-arg]
    """From how many units on how much is given."""

    model = BundleBreak
    formset = BreakFormSet
    fields = (("minimum", "percent"),)
    extra = 1
    verbose_name_plural = _("Quantity breaks")


class BundleAdmin(PreviewsBundles, ShowsOffers, ActsOnBundles, AnswersCatalogueSearch, MerchantAdmin):
    """Bundles of every kind."""

    search_name = SEARCH
    searched_model = BundlePart
    searched_fields = PartInline.catalogue_fields
    inlines = (PartInline, BreakInline)
    list_title = _("Bundles")
    list_subtitle = _("Products together for less: what runs, until when, how often it is used and what it gives.")
    list_display = ("name_and_rule", "today", "schedule", "in_lane", "uses", "discount")
    list_display_links = ("name_and_rule",)
    list_filter = (BundleStateFilter, "kind", "family", CurrencyFilter)
    search_fields = ("name", "text", "parts__product__title", "parts__product__upc", "parts__category__name")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    actions = ("activate", "pause", "end", "duplicate")
    change_form_template = "upsell/admin/bundle_form.html"
    readonly_fields = ("in_words", "today", "uses", "discount", "version", "created_by", "created_at", "updated_at")

    class Media:
        js = ("upsell/form_preview.js", "upsell/bundle_form.js")

    # --- the form -----------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for the texts in every language of the shop."""
        self_form = form_with_languages() if self.may_write(request, obj) else self.form
        return super().get_form(request, obj, change, **{"form": self_form, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show five lines to begin with, and the rest under "More"."""
        fieldsets: list[Any] = [
            (
                None,
                {
                    "fields": (
                        "kind",
                        "name",
                        ("units", "got_units"),
                        ("reward_kind", "reward", "is_free"),
                        "ends_at",
                    )
                },
            ),
            (
                _("More"),
                {
                    "classes": ("collapse",),
                    "fields": (
                        "text",
                        "currency",
                        "starts_at",
                        ("max_per_basket", "max_per_customer", "max_in_all"),
                        "budget",
                        "max_units",
                        "complete_within_days",
                        "cheaper",
                        "with_vouchers",
                        "lane",
                    ),
                },
            ),
        ]
        if other_languages() and self.may_write(request, obj):
            pairs = tuple(tuple(translated(name, code) for name in TRANSLATED) for code, _language in other_languages())
            fieldsets.append((_("In other languages"), {"classes": ("collapse",), "fields": pairs}))
        if obj is not None:
            history = ("version", "created_by", "created_at", "updated_at")
            fieldsets.append((_("History"), {"classes": ("collapse",), "fields": history}))
        return fieldsets

    # --- saving -------------------------------------------------------------------------------------------------------

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write the terms anew once parts and breaks are saved, and say the rule and what is odd about it."""
        super().save_related(request, form, formsets, change)
        bundle = Bundle.objects.with_parts().get(pk=form.instance.pk)  # amounts as the database writes them
        save_terms(bundle)
        self.message_user(request, sentence(bundle), messages.INFO)
        found: Any = attempt("bundles.preview", lambda: self.preview_of(request, bundle))
        for warning in found.warnings if found is not None else ():
            self.message_user(request, warning, messages.WARNING)

    def statement_of(self, row: Bundle) -> dict[str, str]:
        """Word it with its parts."""
        return statement_of(row)

    # --- the list -----------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bundle]:
        """Read the rows with what their sentences and figures need."""
        bundles: Any = super().get_queryset(request)
        return with_usage(bundles.with_parts().select_related("created_by"))

    def effects_of(self, rows: Iterable[Bundle], request: HttpRequest | None = None) -> Mapping[int, Effect]:
        """Judge bundles as this person would be shown them."""
        return effects(rows, strategy=getattr(request, "strategy", None))

    def rule_of(self, row: Bundle) -> str:
        """Say the rule."""
        return sentence(row)

    @admin.display(description=_("bundle"), ordering="name")
    def name_and_rule(self, row: Bundle) -> SafeString:
        """Show the name, and below it the rule in one sentence."""
        return super().name_and_rule(row)
