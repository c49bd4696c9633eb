"""Where merchants build ladders: the list with what runs and why not, and the editor with its preview."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import StackedInline
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from upsell.core.admin import FollowsOwner, MerchantAdmin, StateFilter
from upsell.core.findings import Effect
from upsell.core.forms import AUDIENCE, other_languages, translated
from upsell.core.guard import attempt
from upsell.offers.admin.choosing import AnswersCatalogueSearch, ChoosesFromCatalogue
from upsell.offers.admin.listing import ShowsState
from upsell.offers.serving.texts import audience_sentence
from upsell.tiers.admin.acting import ActsOnLadders
from upsell.tiers.admin.previews import PreviewsLadders
from upsell.tiers.forms.ladders import MOST_TIERS, TRANSLATED, TierForm, TierFormSet, ladder_form, tier_form
from upsell.tiers.models.ladders import Ladder, Tier
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.reports import effects, sentence
from upsell.tiers.services import note_change, statement_of, upgraded_among

SEARCH = "upsell_ladder_search"


class LadderStateFilter(StateFilter):
    """Running, without effect, draft, paused, scheduled or ended."""

    def blocked(self, running: QuerySet[Any], request: HttpRequest, at: datetime) -> list[int]:
        """Name those that run and are not shown."""
        judged = effects(running, at=at, strategy=getattr(request, "strategy", None))
        return [pk for pk, effect in judged.items() if effect.light == "blocked"]


class TierInline(FollowsOwner, ChoosesFromCatalogue, StackedInline):  # type: ignore[type-arg]
    """The steps of a ladder, a row each. Whoever may write the ladder may write them."""

    owner = "ladder"
    model = Tier
    form = TierForm
    formset = TierFormSet
    catalogue_fields = ("product",)
    search_name = SEARCH
    max_num = MOST_TIERS
    verbose_name = _("step")
    verbose_name_plural = _("Steps, the simplest first")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Offer a ladder's worth of empty rows to begin with, and later one, for those without scripts."""
        return 3 if obj is None else 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tier]:
        """Read the rows with what their labels name."""
        return super().get_queryset(request).select_related("product__parent")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Ask for the texts in every language of the shop, and let no row be left out by a number forged."""
        own = {"form": tier_form()} if self.may_write(request, obj) else {}
        return super().get_formset(request, obj, **{**own, "validate_max": True, "absolute_max": 50, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what a step needs, and its other languages folded."""
        fieldsets: list[Any] = [
            (None, {"fields": ("product", ("position", "level", "is_popular"), "highlights")}),
        ]
        if self.may_write(request, obj):
            fieldsets[0][1]["fields"] += ("contents",)
            if other_languages():
                pairs = tuple(tuple(translated(name, code) for name in TRANSLATED) for code, _l in other_languages())
                fieldsets.append((_("In other languages"), {"classes": ("collapse",), "fields": pairs}))
        return fieldsets


class LadderAdmin(PreviewsLadders, ShowsState, ActsOnLadders, AnswersCatalogueSearch, MerchantAdmin):
    """Ladders."""

    search_name = SEARCH
    searched_model = Tier
    searched_fields = TierInline.catalogue_fields
    inlines = (TierInline,)
    list_title = _("Ladders")
    list_subtitle = _("Products that do the same job better and better: what shoppers compare, and what does not show.")
    list_display = ("name_and_rule", "today", "schedule", "for_whom", "upgrade_offers")
    list_display_links = ("name_and_rule",)
    list_filter = (LadderStateFilter, "popular")
    search_fields = ("name", "tiers__level", "tiers__family__title", "tiers__product__title", "tiers__product__upc")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    actions = ("activate", "pause", "end", "duplicate")
    change_form_template = "upsell/admin/ladder_form.html"
    readonly_fields = ("version", "created_by", "created_at", "updated_at")

    class Media:
        css = {"all": ("upsell/upsell.css",)}
        js = ("upsell/form_preview.js", "upsell/ladder_form.js")

    # --- the form -----------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for the name in every language of the shop."""
        own = {"form": ladder_form()} if self.may_write(request, obj) else {}
        return super().get_form(request, obj, change, **{**own, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show name and mark to begin with, and the rest under "More"."""
        if not self.may_write(request, obj):
            return [(None, {"fields": ("name", "popular", "starts_at", "ends_at")})]
        fieldsets: list[Any] = [
            (None, {"fields": ("name", "popular")}),
            (_("More: when and for whom"), {"classes": ("collapse",), "fields": self._more()}),
        ]
        if other_languages():
            names = tuple(translated("name", code) for code, _language in other_languages())
            fieldsets.append((_("In other languages"), {"classes": ("collapse",), "fields": names}))
        if obj is not None:
            fieldsets.append((_("History"), {"classes": ("collapse",), "fields": self.readonly_fields}))
        return fieldsets

    def _more(self) -> tuple[str, ...]:
        return ("starts_at", "ends_at", *AUDIENCE)

    # --- saving -------------------------------------------------------------------------------------------------------

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Let remembered comparisons expire once the steps are saved, and say what is to be mended."""
        super().save_related(request, form, formsets, change)
        note_change(form.instance)
        # What was saved must not be lost because the look at it fails.
        told: list[str] = attempt("tiers.review", lambda: self.review_of(request, form.instance).problems(), default=[])
        for problem in told:
            self.message_user(request, problem, messages.WARNING)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Protect what has upgrade offers, and say the cure; of anything else, name the ladder and its steps alone."""
        ladders, names = list(objs), Ladder._meta
        kept = upgraded_among([ladder.pk for ladder in ladders])
        protected = [
            gettext(
                "“%(name)s” has upgrade offers. Delete them first; or end the ladder: it stops at once, and its "
                "history stays."
            )
            % {"name": ladder.name}
            for ladder in ladders
            if ladder.pk in kept
        ]
        lacking = set() if self.has_delete_permission(request) else {str(names.verbose_name)}
        return [str(ladder) for ladder in ladders], {str(names.verbose_name_plural): len(ladders)}, lacking, protected

    def delete_model(self, request: HttpRequest, obj: Ladder) -> None:
        """Delete it, and let remembered comparisons expire."""
        super().delete_model(request, obj)
        note_change(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Ladder]) -> None:
        """Delete several, and let remembered comparisons expire."""
        ladders = list(queryset)
        super().delete_queryset(request, queryset)
        for ladder in ladders[:1]:
            note_change(ladder)

    def statement_of(self, row: Ladder) -> dict[str, str]:
        """Word it with its steps."""
        return statement_of(row)

    # --- the list -----------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ladder]:
        """Read the rows with what their sentences name."""
        ladders: Any = super().get_queryset(request)
        counted = UpgradeOffer.objects.filter(ladder=OuterRef("pk")).exclude(status=UpgradeOffer.Status.ENDED)
        upgrades = counted.order_by().values("ladder").annotate(count=Count("pk")).values("count")
        read: QuerySet[Ladder] = ladders.with_tiers().select_related("created_by").annotate(offers=Subquery(upgrades))
        return read

    def effects_of(self, rows: Iterable[Ladder], request: HttpRequest | None = None) -> Mapping[int, Effect]:
        """Judge ladders as this person would be shown them."""
        return effects(rows, strategy=getattr(request, "strategy", None))

    def rule_of(self, row: Ladder) -> str:
        """Name the steps."""
        return sentence(row)

    @admin.display(description=_("ladder"), ordering="name")
    def name_and_rule(self, row: Ladder) -> SafeString:
        """Show the name, and below it the steps."""
        return super().name_and_rule(row)

    @admin.display(description=_("for whom"))
    def for_whom(self, ladder: Ladder) -> str:
        """Say who sees it."""
        return audience_sentence(ladder)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Note of each row where its upgrade offers lead this person, if anywhere."""
        changelist = super().get_changelist_instance(request)
        user, listed = request.user, reverse("admin:upsell_upgradeoffer_changelist")
        for ladder in changelist.result_list:
            ladder.offers_address = ladder.offer_address = ""
            if user.has_perm("upsell.view_upgradeoffer") or user.has_perm("upsell.change_upgradeoffer"):
                ladder.offers_address = f"{listed}?ladder__id__exact={ladder.pk}"
            if user.has_perm("upsell.add_upgradeoffer"):
                ladder.offer_address = f"{reverse('admin:upsell_upgradeoffer_add')}?ladder={ladder.pk}"
        return changelist

    @admin.display(description=_("upgrade offers"))
    def upgrade_offers(self, ladder: Any) -> SafeString | str:
        """Lead to its offers that have not ended, or to a new one."""
        count = ladder.offers or 0
        told = (
            ngettext("%(count)d offer", "%(count)d offers", count) % {"count": count} if count else gettext("Make one")
        )
        address = ladder.offers_address if count else ladder.offer_address
        if not address:
            return told if count else "–"
        return format_html('<a href="{}">{}</a>', address, told)
