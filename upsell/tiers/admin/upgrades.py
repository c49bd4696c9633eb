"""Where merchants set up upgrade offers, and see at a glance what runs, who was offered it and what it gave."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class

from upsell.core.admin import MerchantAdmin, StateFilter
from upsell.core.findings import Effect
from upsell.core.forms import AUDIENCE, other_languages, translated
from upsell.core.guard import attempt
from upsell.offers.admin.acting import ActsOnOffers
from upsell.offers.admin.listing import ShowsOffers
from upsell.offers.admin.previewing import PreviewsForms, address_of
from upsell.offers.reports import with_usage
from upsell.offers.serving.index import save_terms
from upsell.tiers.forms.upgrades import PLACES, TRANSLATED, upgrade_form
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.reports import upgrade_effects, with_grants
from upsell.tiers.services import (
    activate_upgrade,
    duplicate_upgrade,
    end_upgrade,
    pause_upgrade,
    switch_upgrades,
    upgrade_statement_of,
    what_keeps_upgrade_from_running,
)
from upsell.tiers.serving.rules import rule, step_name
from upsell.tiers.serving.trying import Shelf, Trial, offered_by, try_out

Selector = get_class("partner.strategy", "Selector")

ACTS: dict[str, Callable[..., bool]] = {"activate": activate_upgrade, "pause": pause_upgrade, "end": end_upgrade}
NAMED = ("ladder", "from_tier__product__parent", "to_tier__product__parent")  # what an offer's sentence names


class UpgradeStateFilter(StateFilter):
    """Running, without effect, draft, paused, scheduled or ended."""

    def blocked(self, running: Any, request: HttpRequest, at: datetime) -> list[int]:
        """Name those that run and nobody is offered."""
        read = with_usage(running.select_related("ladder", "from_tier", "to_tier"))
        judged = upgrade_effects(read, at=at, strategy=getattr(request, "strategy", None))
        return [pk for pk, effect in judged.items() if effect.light == "blocked"]


class UpgradeAdmin(PreviewsForms, ShowsOffers, ActsOnOffers, MerchantAdmin):
    """Upgrade offers of both kinds."""

    acts = ACTS
    gone = _("This upgrade offer is gone.")
    done: Mapping[str, Any] = {
        "activate": ngettext_lazy(
            "%(count)d upgrade offer was activated.", "%(count)d upgrade offers were activated.", "count"
        ),
        "pause": ngettext_lazy("%(count)d upgrade offer was paused.", "%(count)d upgrade offers were paused.", "count"),
        "end": ngettext_lazy("%(count)d upgrade offer was ended.", "%(count)d upgrade offers were ended.", "count"),
    }
    preview_part = "upsell/admin/partials/upgrade_preview.html"
    preview_name = "upgrades.preview"
    list_title = _("Upgrade offers")
    list_subtitle = _("Better prices for stepping up a ladder: what runs, who was offered it and what it gave.")
    list_display = ("name_and_rule", "steps", "today", "schedule", "answers", "given")
    list_display_links = ("name_and_rule",)
    list_filter = (UpgradeStateFilter, "kind")
    search_fields = (
        "name",
        "text",
        "ladder__name",
        "to_tier__level",
        "to_tier__product__title",
        "to_tier__family__title",
        "to_tier__product__upc",
    )
    ordering = ("-pk",)
    actions = ("activate", "pause", "end", "duplicate")
    change_form_template = "upsell/admin/upgrade_form.html"
    readonly_fields = ("in_words", "answers", "uses", "discount", "version", "created_by", "created_at", "updated_at")

    class Media:
        css = {"all": ("upsell/upsell.css",)}
        js = ("upsell/form_preview.js", "upsell/upgrade_form.js")

    # --- the form -----------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for the texts in every language of the shop."""
        own = {"form": upgrade_form()} if self.may_write(request, obj) else {}
        return super().get_form(request, obj, change, **{**own, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show five lines to begin with, and the rest under "More"."""
        reward = ("reward_kind", "reward", "within_days")
        if not self.may_write(request, obj):
            fields = ("kind", "ladder", "to_tier", "from_tier", reward, "currency", "starts_at", "ends_at", "in_words")
            return [(None, {"fields": ("name", "text", *fields)})]
        fieldsets: list[Any] = [
            (None, {"fields": ("kind", "ladder", "to_tier", reward, "ends_at")}),
            (_("More: from where and for whom"), {"classes": ("collapse",), "fields": ("from_tier", *AUDIENCE)}),
            (
                _("More: where, when and how often"),
                {
                    "classes": ("collapse",),
                    "fields": (
                        PLACES,
                        ("window_minutes", "again_after_days"),
                        "starts_at",
                        ("max_per_basket", "max_per_customer", "max_in_all"),
                        ("budget", "currency"),
                        "with_vouchers",
                        "lane",
                    ),
                },
            ),
            (_("More: what shoppers read"), {"classes": ("collapse",), "fields": ("name", "text", *self._pairs())}),
        ]
        if obj is not None:
            history = ("version", "created_by", "created_at", "updated_at")
            fieldsets.append((_("History"), {"classes": ("collapse",), "fields": history}))
        return fieldsets

    def _pairs(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(translated(name, code) for name in TRANSLATED) for code, _language in other_languages())

    # --- saving -------------------------------------------------------------------------------------------------------

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write the terms anew, and say the rule and what is odd about it."""
        super().save_related(request, form, formsets, change)
        upgrade = self.read(form.instance.pk)  # amounts as the database writes them
        save_terms(upgrade)
        found: Trial | None = attempt("upgrades.preview", lambda: try_out(upgrade, self._shelf(request, upgrade)))
        self.message_user(request, rule(upgrade, ways=found.ways if found else ()), messages.INFO)
        for warning in found.warnings if found else ():
            self.message_user(request, warning, messages.WARNING)

    def statement_of(self, row: UpgradeOffer) -> dict[str, str]:
        """Word it with its steps."""
        return upgrade_statement_of(row)

    def switch(self, offers: Sequence[UpgradeOffer], status: str, user: Any) -> Sequence[UpgradeOffer]:
        """Give offers a status."""
        return switch_upgrades(upgrades=offers, status=status, user=user)

    def refusals(self, offers: Sequence[UpgradeOffer]) -> Mapping[int, str]:
        """Say why some cannot be activated."""
        return {offer.pk: what_keeps_upgrade_from_running(offer) for offer in offers}

    def copy(self, offer: UpgradeOffer, user: Any) -> UpgradeOffer:
        """Make a draft like it."""
        return duplicate_upgrade(upgradeoffer=offer, user=user)

    # --- the preview --------------------------------------------------------------------------------------------------

    def read(self, pk: int) -> UpgradeOffer:
        """Read an offer with its steps and figures."""
        upgrade: UpgradeOffer = with_usage(UpgradeOffer.objects.select_related(*NAMED)).get(pk=pk)
        return upgrade

    def shown(self, request: HttpRequest, row: UpgradeOffer) -> dict[str, Any]:
        """Show the rule, what is paid for each step up, and the very words that shoppers will read."""
        shelf = self._shelf(request, row)
        trial = try_out(row, shelf)
        return {
            "trial": trial,
            "sentence": rule(row, ways=trial.ways),
            "box": offered_by(row, trial, shelf),
            "conflicts": [(offer, address_of(offer)) for offer in trial.conflicts],
        }

    def _shelf(self, request: HttpRequest, upgrade: UpgradeOffer) -> Shelf:
        """Price the steps as for shoppers who are not logged in."""
        return Shelf(upgrade.ladder_id, strategy=Selector().strategy(request=request, user=AnonymousUser()))

    # --- the list -----------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[UpgradeOffer]:
        """Read the rows with what their sentences and figures need."""
        upgrades: Any = super().get_queryset(request)
        return with_grants(with_usage(upgrades.select_related(*NAMED, "created_by")))

    def effects_of(self, rows: Iterable[UpgradeOffer], request: HttpRequest | None = None) -> Mapping[int, Effect]:
        """Judge offers as this person would be shown them."""
        return upgrade_effects(rows, strategy=getattr(request, "strategy", None))

    def rule_of(self, row: UpgradeOffer) -> str:
        """Say the rule."""
        return rule(row)

    @admin.display(description=_("upgrade offer"), ordering="name")
    def name_and_rule(self, row: UpgradeOffer) -> SafeString:
        """Show the name, and below it the rule in one sentence."""
        return super().name_and_rule(row)

    @admin.display(description=_("ladder and step"), ordering="ladder__name")
    def steps(self, upgrade: UpgradeOffer) -> SafeString:
        """Name the ladder and the step that it leads to, and below them the kind."""
        step = step_name(upgrade.to_tier) if upgrade.to_tier is not None else gettext("any higher one")
        return _lines(f"{upgrade.ladder.name}: {step}", str(upgrade.get_kind_display()))

    @admin.display(description=_("shoppers"))
    def answers(self, upgrade: UpgradeOffer) -> SafeString:
        """Count to how many it was shown, how many accepted it, and how many ordered at its price.

        Showings are written down where they begin a time to decide; of owners, who accept nothing, none are.
        """
        told = {"shown": gettext("%(count)s shown")} if upgrade.window_minutes else {}
        if upgrade.kind != UpgradeOffer.Kind.OWNED:
            told |= {"accepted": gettext("%(count)s accepted"), "ordered": gettext("%(count)s ordered")}
        lines = [
            (words % {"count": number_format(getattr(upgrade, name, None) or 0, force_grouping=True)},)
            for name, words in told.items()
        ] or [("–",)]
        return format_html_join("", '<div class="upsell-nowrap">{}</div>', lines)

    @admin.display(description=_("given"))
    def given(self, upgrade: UpgradeOffer) -> SafeString:
        """Sum what it gave, and below it count its uses where they are limited."""
        if upgrade.max_in_all is None:
            return _lines(self.discount(upgrade), "")
        return _lines(self.discount(upgrade), gettext("%(uses)s used") % {"uses": self.uses(upgrade)})


def _lines(first: str, second: str) -> SafeString:
    """Set a text in a cell, and below it another quietly."""
    return format_html('{}<div class="upsell-quiet">{}</div>', first, second)
