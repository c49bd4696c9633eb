"""What lists and forms of offers and their like show: what each does today, its schedule, its uses, and its history."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upsell.core.admin import light
from upsell.core.findings import Effect
from upsell.offers.services import used_among
from upsell.offers.serving.record import change_message
from upsell.offers.serving.texts import amount_text, day


class ShowsState:
    """For the admin of what runs by a schedule: a light with a sentence, and a history that says what changed."""

    model: Any
    has_add_permission: Callable[..., bool]
    has_change_permission: Callable[..., bool]

    @abstractmethod
    def effects_of(self, rows: Iterable[Any], request: HttpRequest | None = None) -> Mapping[int, Effect]:
        """Judge rows together, by primary key."""

    @abstractmethod
    def rule_of(self, row: Any) -> str:
        """Say what a row is about, in one sentence."""

    @abstractmethod
    def statement_of(self, row: Any) -> dict[str, str]:
        """Put everything a merchant decides about a row into words, label by label, as it is stored."""

    def may_write(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the person may add a row, or change this one."""
        return self.has_change_permission(request, obj) if obj is not None else self.has_add_permission(request)

    # --- the list -----------------------------------------------------------------------------------------------------

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Work out the effects of the rows on the page together."""
        changelist = super().get_changelist_instance(request)  # type: ignore[misc]
        judged = self.effects_of(changelist.result_list, request)
        for row in changelist.result_list:
            row.effect = judged[row.pk]
        return changelist

    def name_and_rule(self, row: Any) -> SafeString:
        """Show the name, and below it the rule in one sentence."""
        lines = [("upsell-name", row.name), ("upsell-quiet upsell-rule", self.rule_of(row))]
        return format_html_join("", '<span class="{}">{}</span>', lines)

    @admin.display(description=_("today"))
    def today(self, row: Any) -> SafeString:
        """Show the traffic light."""
        effect: Effect = getattr(row, "effect", None) or self.effects_of([row])[row.pk]
        return light(effect.light, effect.message)

    @admin.display(description=_("in words"))
    def in_words(self, row: Any) -> str:
        """Say the rule in one sentence."""
        return self.rule_of(row)

    @admin.display(description=_("schedule"), ordering="ends_at")
    def schedule(self, row: Any) -> str:
        """Say from when and until when."""
        if row.starts_at is None and row.ends_at is None:
            return gettext("always")
        first = day(row.starts_at) if row.starts_at else ""
        return f"{first} – {day(row.ends_at) if row.ends_at else ''}".strip()

    # --- the record ---------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Remember how it stood, for the record."""
        if change:
            before = self.statement_of(self.model._default_manager.get(pk=obj.pk))
            request._upsell_before = before  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Tell what changed from what to what, not only which field."""
        before = getattr(request, "_upsell_before", None)
        if add or before is None:
            return super().construct_change_message(request, form, formsets, add)  # type: ignore[misc]
        after = self.statement_of(self.model._default_manager.get(pk=form.instance.pk))
        return change_message(before=before, after=after) or gettext("Saved without a change.")


class ShowsOffers(ShowsState):
    """For the admin of an offer type: its uses and gifts besides, and what orders were given is never deleted."""

    has_delete_permission: Callable[..., bool]

    @admin.display(description=_("lane"), ordering="lane")
    def in_lane(self, offer: Any) -> int:
        """Show its lane, under a heading that fits."""
        return int(offer.lane)

    @admin.display(description=_("used"))
    def uses(self, offer: Any) -> str:
        """Count the uses, against their limit if there is one."""
        used = number_format(getattr(offer, "used", None) or 0, force_grouping=True)
        if offer.max_in_all is None:
            return str(used)
        limit = number_format(offer.max_in_all, force_grouping=True)
        return gettext("%(used)s of %(limit)s") % {"used": used, "limit": limit}

    @admin.display(description=_("given"))
    def discount(self, offer: Any) -> str:
        """Sum what it gave, less what came back; or what counts against its budget, if it has one."""
        amount = getattr(offer, "given" if offer.budget is None else "spent", None)
        told = amount_text(amount, offer.currency) if amount else "–"
        if offer.budget is None:
            return told
        return gettext("%(given)s of %(budget)s") % {
            "given": told,
            "budget": amount_text(offer.budget, offer.currency),
        }

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Protect what orders were given; of anything else, name the offer and not its index."""
        offers, names = list(objs), self.model._meta
        used = used_among(offers)
        protected = [
            gettext("“%(name)s” was used by orders. End it instead: it stops at once, and its history stays.")
            % {"name": offer.name}
            for offer in offers
            if offer.pk in used
        ]
        lacking = set() if self.has_delete_permission(request) else {str(names.verbose_name)}
        counted = {str(names.verbose_name_plural): len(offers)}
        return [str(offer) for offer in offers], counted, lacking, protected

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Remove many, by rows without the figures that the list adds."""
        rows = self.model._default_manager.filter(pk__in=[offer.pk for offer in queryset])
        super().delete_queryset(request, rows)  # type: ignore[misc]
