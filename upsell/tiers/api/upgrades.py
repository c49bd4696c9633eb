"""Managing upgrade offers with the validation, permissions and history of the admin."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from upsell.core.api.audience import AudienceSerializer
from upsell.core.api.fields import AmountField, CountField, RowField
from upsell.core.api.filters import IdFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, model_permissions
from upsell.core.api.scheduled import ScheduledFilters, ScheduledViewSet, described
from upsell.core.api.texts import errors_of_languages
from upsell.core.findings import Effect
from upsell.offers.api.serializers import OfferSerializer
from upsell.offers.api.writing import detail_of, on_record
from upsell.offers.models.offers import Offer
from upsell.offers.reports import with_usage
from upsell.offers.serving.index import save_terms
from upsell.tiers import services
from upsell.tiers.forms.upgrades import completed, draft_of, name_as_usual, usual_names, why_nobody, wording
from upsell.tiers.models.ladders import Ladder, Tier
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.reports import upgrade_effects, with_grants
from upsell.tiers.serving.removing import delete_upgrade
from upsell.tiers.serving.rules import rule
from upsell.tiers.soundness import faults

STEPS = Tier.objects.select_related("product__parent", "ladder")
SEARCHED = (
    "name",
    "text",
    "ladder__name",
    "to_tier__level",
    "to_tier__product__title",
    "to_tier__family__title",
    "to_tier__product__upc",
)


class UpgradeOfferSerializer(OfferSerializer[UpgradeOffer]):
    """A better price for a step of a ladder.

    Of `special`, whoever accepts it at one of its places gets the `reward`. Of `owned`, those who bought a lower step
    `within_days` pay the difference. A new one is a draft; `activate` lets it run.
    """

    name = serializers.CharField(
        max_length=128, allow_blank=True, default="", help_text="Shoppers read it; empty: named by its step."
    )
    kind = serializers.ChoiceField(choices=UpgradeOffer.Kind.choices, default=UpgradeOffer.Kind.SPECIAL)
    ladder = RowField(
        queryset=Ladder.objects.all(), allow_null=True, default=None, help_text="May be left out beside `to_tier`."
    )
    from_tier = RowField(
        queryset=STEPS, allow_null=True, default=None, help_text="The step that is had; null: any lower one."
    )
    to_tier = RowField(
        queryset=STEPS, allow_null=True, default=None, help_text="The better step; of `owned` null: any higher one."
    )
    reward_kind = serializers.ChoiceField(
        choices=UpgradeOffer.RewardKind.choices, default=UpgradeOffer.RewardKind.PERCENT
    )
    reward = AmountField(
        min_value=0,
        allow_null=True,
        default=None,
        help_text="The percentage, the amount off the step, or its price; null for owners.",
    )
    within_days = CountField(
        min_value=1, max_value=3650, allow_null=True, default=None, help_text="How long ago owners may have bought."
    )
    audience = AudienceSerializer(default=dict, help_text="To whom it is offered.")
    on_product = serializers.BooleanField(default=True, help_text="Offered on product pages.")
    in_basket = serializers.BooleanField(default=True)
    at_checkout = serializers.BooleanField(default=True, help_text="Offered before payment.")
    window_minutes = CountField(
        min_value=5,
        max_value=60 * 24 * 30,
        allow_null=True,
        default=None,
        help_text="To decide, from when a shopper first sees it; then the price is gone.",
    )
    again_after_days = CountField(min_value=0, max_value=3650, default=90, help_text="Not offered again before.")
    shown = serializers.SerializerMethodField(help_text="To how many shoppers it was shown.")
    accepted = serializers.SerializerMethodField(help_text="How many of them accepted it.")
    ordered = serializers.SerializerMethodField(help_text="How many of them ordered at its price.")

    class Meta:
        model = UpgradeOffer
        fields = [
            "id",
            "kind",
            "name",
            "text",
            "translations",
            "status",
            "state",
            "effect",
            "rule",
            "ladder",
            "from_tier",
            "to_tier",
            "reward_kind",
            "reward",
            "currency",
            "within_days",
            "audience",
            "on_product",
            "in_basket",
            "at_checkout",
            "window_minutes",
            "again_after_days",
            "starts_at",
            "ends_at",
            "lane",
            "max_per_basket",
            "max_per_customer",
            "max_in_all",
            "budget",
            "with_vouchers",
            "shown",
            "accepted",
            "ordered",
            "used",
            "given",
            "version",
            "created_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["created_by"]

    def get_rule(self, upgrade: UpgradeOffer) -> str:
        """Say it as the admin's list does."""
        return rule(upgrade)

    def get_shown(self, upgrade: Any) -> int:
        """Count them."""
        return int(upgrade.shown or 0)

    def get_accepted(self, upgrade: Any) -> int:
        """Count them."""
        return int(upgrade.accepted or 0)

    def get_ordered(self, upgrade: Any) -> int:
        """Count them."""
        return int(upgrade.ordered or 0)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the offer as it would stand, beside the steps of its ladder, by the faults that the admin knows."""
        own = dict(attrs)
        version = own.pop("version", None)
        if "currency" in own:
            own["currency"] = own["currency"].strip().upper()
        values = self.as_it_would_stand(own)
        steps = completed(values)
        errors: dict[str, Any] = errors_of_languages(values.get("translations"))
        for fault in faults(draft_of(values, steps)):
            errors[fault.field] = [detail_of(fault, lambda one: wording(one, values))]
        ladder = values.get("ladder")
        found = why_nobody(values["audience"], ladder=ladder, kind=values["kind"]) if ladder is not None else None
        if found is not None:
            errors["audience"] = {found[0]: [ErrorDetail(found[1], code="nobody")]}
        if errors:
            raise ValidationError(errors)
        own |= {"currency": values["currency"], "ladder": ladder}
        super().validate({**own, "name": values["name"] or "-"})  # it is named when it is saved
        return {"values": own, "version": version}


class UpgradeOfferFilters(ScheduledFilters):
    """What a list of upgrade offers can be narrowed down to."""

    kind = django_filters.ChoiceFilter(choices=UpgradeOffer.Kind.choices)
    ladder = IdFilter(field_name="ladder")
    tier = IdFilter(method="filter_tier", help_text="Leads from or to this step.")
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="Part of its name or text, or of its ladder or step."
    )
    ordering = OrderFilter(fields=["name", "kind", "lane", "starts_at", "ends_at", "created_at", "updated_at"])

    class Meta:
        model = UpgradeOffer
        fields: list[str] = []

    def filter_tier(self, queryset: QuerySet[UpgradeOffer], name: str, value: int) -> QuerySet[UpgradeOffer]:
        """Keep those that speak of a step."""
        return queryset.filter(Q(from_tier=value) | Q(to_tier=value))

    def filter_search(self, queryset: QuerySet[UpgradeOffer], name: str, value: str) -> QuerySet[UpgradeOffer]:
        """Keep what mentions a text, literally."""
        named = Q()
        for field in SEARCHED:
            named |= Q(**{f"{field}__icontains": value})
        return queryset.filter(named)


@described(UpgradeOfferSerializer, one="an upgrade offer", many="upgrade offers")
class UpgradeOfferViewSet(ScheduledViewSet):
    """Upgrade offers of both kinds. A change shows in the shop at once."""

    queryset = with_grants(
        with_usage(
            UpgradeOffer.objects.select_related("ladder", "from_tier__product__parent", "to_tier__product__parent")
        )
    )
    serializer_class = UpgradeOfferSerializer
    filterset_class = UpgradeOfferFilters
    tag = "Upgrade offers"
    permission_classes = (AsInAdmin,)
    method_permissions = model_permissions("upgradeoffer")
    held = Offer
    services: ClassVar = {
        "activate": services.activate_upgrade,
        "pause": services.pause_upgrade,
        "end": services.end_upgrade,
        "duplicate": services.duplicate_upgrade,
        "delete": delete_upgrade,
    }

    def effects(self, rows: Iterable[UpgradeOffer]) -> Mapping[int, Effect]:
        """Judge them as the admin does."""
        return upgrade_effects(rows)

    def write(self, sent: Mapping[str, Any], row: UpgradeOffer | None) -> UpgradeOffer:
        """Save it with its terms, named by its step where the merchant gave no name."""
        user: Any = self.request.user
        upgrade = row or UpgradeOffer(created_by=user)
        version, statement = sent["version"] if row else None, services.upgrade_statement_of
        with on_record(upgrade, version=version, held=Offer, statement_of=statement, user=user):
            before = usual_names(upgrade) if row else {}
            for name, value in sent["values"].items():
                setattr(upgrade, name, value)
            name_as_usual(upgrade, before=before)
            upgrade.save()
            save_terms(upgrade)
        return upgrade
