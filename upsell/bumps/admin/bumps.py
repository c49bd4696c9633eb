"""Where merchants set up bumps, and see at a glance what runs, where it is shown, who took it and what it gave."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import StackedInline
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_model

from upsell.bumps.admin.acting import ActsOnBumps
from upsell.bumps.admin.previews import PreviewsBumps
from upsell.bumps.forms.bumps import PLACES, TRANSLATED, bump_form
from upsell.bumps.forms.images import MOST_PICTURES, BumpImageForm, ImageFormSet
from upsell.bumps.forms.requirements import (
    ADD_CONDITION,
    AS_YET_EMPTY,
    MOST_CONDITIONS,
    USED,
    RequirementForm,
    RequirementFormSet,
)
from upsell.bumps.models.bumps import Bump, BumpImage, BumpRequirement
from upsell.bumps.reports import bump_effects, with_answers
from upsell.bumps.services import statement_of
from upsell.bumps.serving.sentences import reward_sentence, sentence
from upsell.core.admin import FollowsOwner, MerchantAdmin, StateFilter, labels_of
from upsell.core.findings import Effect
from upsell.core.forms import AUDIENCE, other_languages, translated
from upsell.core.guard import attempt
from upsell.offers.admin.choosing import AnswersCatalogueSearch, ChoosesFromCatalogue
from upsell.offers.admin.listing import ShowsOffers
from upsell.offers.reports import with_usage
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.record import label_of

SEARCH = "upsell_bump_search"
MOST_LISTED = 100  # products that a filter lists

Product = get_model("catalogue", "Product")


class BumpStateFilter(StateFilter):
    """Running, without effect, draft, paused, scheduled or ended."""

    def blocked(self, running: Any, request: HttpRequest, at: datetime) -> list[int]:
        """Name those that run and nobody is offered."""
        judged = bump_effects(with_usage(running.with_parts()), at=at, strategy=getattr(request, "strategy", None))
        return [pk for pk, effect in judged.items() if effect.light == "blocked"]


class PlaceFilter(admin.SimpleListFilter):
    """Shown at one place."""

    title = _("place")
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """List the places on the way to paying."""
        return [(name, label_of(Bump, name)) for name in PLACES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bump]) -> QuerySet[Bump]:
        """Narrow the list."""
        place = self.value()
        return queryset.filter(**{place: True}) if place in PLACES else queryset


class ProductFilter(admin.SimpleListFilter):
    """One of the products that bumps add."""

    title = _("product")
    parameter_name = "adds"
    path = "product"  # from a bump

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """List the products in use, by name."""
        used = Bump.objects.order_by().values(self.path)
        products = list(Product._default_manager.filter(pk__in=used).select_related("parent")[:MOST_LISTED])
        named = zip(products, labels_of(products), strict=True)
        return sorted(((str(product.pk), label) for product, label in named), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bump]) -> QuerySet[Bump]:
        """Narrow the list, by their keys so that none is listed twice."""
        value = self.value() or ""
        if not (value.isdecimal() and len(value) < 19):
            return queryset
        return queryset.filter(pk__in=Bump.objects.filter(Q(**{self.path: value})).order_by().values("pk"))


class TriggerFilter(ProductFilter):
    """One of the products that conditions speak of."""

    title = _("product in a condition")
    parameter_name = "trigger"
    path = "requirements__product"


class BelongsToBump(FollowsOwner):
    """For an inline of bumps."""

    owner = "bump"


class RequirementInline(BelongsToBump, ChoosesFromCatalogue, StackedInline):  # type: ignore[type-arg]
    """When it is offered, a condition a row."""

    model = BumpRequirement
    form = RequirementForm
    formset = RequirementFormSet
    catalogue_fields = ("product", "category", "range")
    search_name = SEARCH
    max_num = MOST_CONDITIONS
    verbose_name = _("condition")
    verbose_name_plural = _("When it is offered")
    fields = (
        ("group", "kind", "negated"),
        "product",
        ("category", "range"),
        "units",
        ("least", "most"),
        "currencies",
        "languages",
        "countries",
        "weekdays",
        ("since", "until"),
        "customers",
        "days",
    )

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Offer some empty rows to begin with, and later one, for those without scripts."""
        return 2 if obj is None else 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[BumpRequirement]:
        """Read the rows with what their labels name."""
        return super().get_queryset(request).select_related("product__parent", "category", "range")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Let no row be left out by a number forged."""
        return super().get_formset(request, obj, **{"validate_max": True, "absolute_max": 50, **kwargs})


class ImageInline(BelongsToBump, StackedInline):  # type: ignore[type-arg]
    """Pictures in place of the product's own, one for each language."""

    model = BumpImage
    form = BumpImageForm
    formset = ImageFormSet
    fields = (("language", "image"),)
    extra = 1
    max_num = MOST_PICTURES
    verbose_name = _("picture")
    verbose_name_plural = _("Pictures of its own")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Let no row be left out by a number forged."""
        return super().get_formset(request, obj, **{"validate_max": True, "absolute_max": 50, **kwargs})


class BumpAdmin(PreviewsBumps, ShowsOffers, ActsOnBumps, ChoosesFromCatalogue, AnswersCatalogueSearch, MerchantAdmin):
    """One more thing at the till."""

    search_name = SEARCH
    searched_model = BumpRequirement
    searched_fields = RequirementInline.catalogue_fields
    catalogue_fields = ("product", "range")
    inlines = (RequirementInline, ImageInline)
    list_title = _("Extras at the till")
    list_subtitle = _("One more thing beside a basket: what runs, where it is shown, who took it and what it gave.")
    list_display = ("name_and_rule", "today", "schedule", "places", "answers", "given")
    list_display_links = ("name_and_rule",)
    list_filter = (BumpStateFilter, PlaceFilter, "reward_kind", ProductFilter, TriggerFilter)
    search_fields = (
        "name",
        "headline",
        "text",
        "product__title",
        "product__upc",
        "product__parent__title",
        "range__name",
        "requirements__product__title",
        "requirements__product__upc",
        "requirements__category__name",
    )
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    actions = ("activate", "pause", "end", "duplicate")
    change_form_template = "upsell/admin/bump_form.html"
    readonly_fields = ("in_words", "places", "version", "created_by", "created_at", "updated_at")

    class Media:
        css = {"all": ("upsell/upsell.css",)}
        js = ("upsell/form_preview.js", "upsell/bump_form.js")

    # --- the form -----------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for the texts in every language of the shop."""
        own = {"form": bump_form()} if self.may_write(request, obj) else {}
        return super().get_form(request, obj, change, **{**own, **kwargs})

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Tell those who may only look the conditions in words."""
        return self.inlines if self.may_write(request, obj) else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show five lines to begin with, and the rest under "More"."""
        reward = ("reward_kind", "reward", "is_free")
        if not self.may_write(request, obj):
            fields = ("name", "headline", "text", "product", "range", reward, "currency", "starts_at", "ends_at")
            return [(None, {"fields": (*fields, "places", "in_words")})]
        fieldsets: list[Any] = [
            (None, {"fields": ("product", "range", reward, PLACES, "ends_at")}),
            (_("More: what shoppers read"), {"classes": ("collapse",), "fields": (*TRANSLATED, *self._texts())}),
            (_("More: for whom"), {"classes": ("collapse",), "fields": (*AUDIENCE, "not_if_owned")}),
            (
                _("More: when, how much and how often"),
                {
                    "classes": ("collapse",),
                    "fields": (
                        "starts_at",
                        ("per_trigger", "max_per_basket"),
                        ("max_per_customer", "max_in_all"),
                        ("budget", "currency"),
                        ("most_shows", "again_after_days"),
                        "priority",
                        "with_vouchers",
                        "lane",
                    ),
                },
            ),
        ]
        if obj is not None:
            history = ("version", "created_by", "created_at", "updated_at")
            fieldsets.append((_("History"), {"classes": ("collapse",), "fields": history}))
        return fieldsets

    def _texts(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(translated(name, code) for name in TRANSLATED) for code, _language in other_languages())

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show one more empty row where that is asked for, without saving anything."""
        if request.method == "POST" and ADD_CONDITION in request.POST:
            data: Any = request.POST.copy()
            counted = data.get("requirements-TOTAL_FORMS", "")
            rows = int(counted) if counted.isdecimal() and len(counted) < 4 else 0
            data["requirements-TOTAL_FORMS"] = str(min(rows + 1, MOST_CONDITIONS))
            for name, value in AS_YET_EMPTY.items():
                data.setdefault(f"requirements-{rows}-{name}", value)
            request.POST = data
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Name the button that asks for one more row, and say which fields each kind of condition has."""
        context.update(add_condition=ADD_CONDITION, used_fields=json.dumps(USED))
        return super().render_change_form(request, context, *args, **kwargs)

    # --- saving -------------------------------------------------------------------------------------------------------

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write the terms anew once conditions are saved, and say the rule and what is odd about it."""
        super().save_related(request, form, formsets, change)
        bump = self.read(form.instance.pk)  # amounts as the database writes them
        save_terms(bump)
        self.message_user(request, self.rule_of(bump), messages.INFO)
        # What was saved must not be lost because the look at it fails.
        found: list[str] = attempt("bumps.warnings", lambda: self.warnings_of(request, bump), default=[])
        for warning in found:
            self.message_user(request, warning, messages.WARNING)

    def statement_of(self, row: Bump) -> dict[str, str]:
        """Word it with its conditions and pictures."""
        return statement_of(row)

    # --- the list -----------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bump]:
        """Read the rows with what their sentences and figures need."""
        bumps: Any = super().get_queryset(request)
        read: QuerySet[Bump] = with_answers(with_usage(bumps.with_parts().select_related("created_by")))
        return read

    def effects_of(self, rows: Iterable[Bump], request: HttpRequest | None = None) -> Mapping[int, Effect]:
        """Judge bumps as this person would be shown them."""
        return bump_effects(rows, strategy=getattr(request, "strategy", None))

    def rule_of(self, row: Bump) -> str:
        """Say what it offers, and when."""
        return f"{reward_sentence(row)} {sentence(row.requirements.all(), currency=row.currency)}"

    @admin.display(description=_("bump"), ordering="name")
    def name_and_rule(self, row: Bump) -> SafeString:
        """Show the name, and below it the rule in two sentences."""
        return super().name_and_rule(row)

    @admin.display(description=_("where"))
    def places(self, bump: Bump) -> SafeString:
        """Say where it is shown."""
        chosen = [(label_of(Bump, name),) for name in PLACES if getattr(bump, name)]
        return format_html_join("", "<div>{}</div>", chosen or [("–",)])

    @admin.display(description=_("shoppers"))
    def answers(self, bump: Bump) -> SafeString:
        """Count how many accepted it, declined it, and ordered at its price."""
        told = {
            "accepted": gettext("%(count)s accepted"),
            "declined": gettext("%(count)s declined"),
            "orders": gettext("%(count)s ordered"),
        }
        lines = [
            (words % {"count": number_format(getattr(bump, name, None) or 0, force_grouping=True)},)
            for name, words in told.items()
        ]
        return format_html_join("", '<div class="upsell-nowrap">{}</div>', lines)

    @admin.display(description=_("given"))
    def given(self, bump: Bump) -> SafeString:
        """Sum what it gave, and below it count its uses where they are limited."""
        uses = "" if bump.max_in_all is None else gettext("%(uses)s used") % {"uses": self.uses(bump)}
        return format_html_join("", "<div>{}</div>", [(line,) for line in (self.discount(bump), uses) if line])
