"""Suggestions of bundles with their evidence, and what merchants decide about them."""

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from upsell.bundles.models import BundleSuggestion
from upsell.bundles.serving.adopting import adopt_suggestion, dismiss_suggestion, reopen_suggestion
from upsell.bundles.serving.suggestion_words import assumption_words, evidence_words, in_order
from upsell.core.api.deciding import DecidingViewSet, described
from upsell.core.api.fields import InstantField
from upsell.core.api.filters import IdFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, read_permissions
from upsell.core.api.shopper import amount

Status = BundleSuggestion.Status


class SuggestedProductSerializer(serializers.Serializer[Any]):
    """A product of a suggestion."""

    id = serializers.IntegerField()
    title = serializers.CharField()


class LiftSerializer(serializers.Serializer[Any]):
    """How often it is bought against chance; 1 is chance."""

    value = serializers.FloatField()
    low = serializers.FloatField(help_text="Of the interval.")
    high = serializers.FloatField(help_text="Of the interval.")


class SuggestionSerializer(serializers.ModelSerializer[BundleSuggestion]):
    """A set of products that is bought together beyond chance."""

    products = serializers.SerializerMethodField(help_text="The dearest first.")
    lift = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField(help_text="For people, in their language.")
    total = serializers.SerializerMethodField(help_text="Sum of the single prices when it was found.")
    price = serializers.SerializerMethodField(help_text="The price proposed for the set.")
    gain = serializers.SerializerMethodField(help_text="Expected gain a month: an estimate, not a promise.")
    assumptions = serializers.SerializerMethodField(help_text="What the gain rests on; for people.")
    orders = serializers.IntegerField(help_text="Orders that hold all of them.")
    expected = serializers.FloatField(help_text="Orders that would hold all of them by chance.")
    bundle = serializers.IntegerField(source="bundle_id", allow_null=True, help_text="What was made of it.")
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        model = BundleSuggestion
        fields = [
            "id",
            "status",
            "rank",
            "products",
            "orders",
            "expected",
            "lift",
            "evidence",
            "currency",
            "total",
            "price",
            "gain",
            "assumptions",
            "bundle",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(SuggestedProductSerializer(many=True))
    def get_products(self, suggestion: BundleSuggestion) -> list[dict[str, Any]]:
        """Name those that are still there."""
        known = {product.pk: product for product in suggestion.products.all()}
        return [{"id": pk, "title": known[pk].get_title()} for pk in in_order(suggestion) if pk in known]

    @extend_schema_field(LiftSerializer)
    def get_lift(self, suggestion: BundleSuggestion) -> dict[str, float]:
        """Put the lift and its interval together."""
        return {"value": suggestion.lift, "low": suggestion.lift_low, "high": suggestion.lift_high}

    def get_evidence(self, suggestion: BundleSuggestion) -> str:
        """Say it as the admin does."""
        return evidence_words(suggestion)

    def get_total(self, suggestion: BundleSuggestion) -> str:
        """Write the sum."""
        return amount(suggestion.total, suggestion.currency)

    def get_price(self, suggestion: BundleSuggestion) -> str:
        """Write the price."""
        return amount(suggestion.price, suggestion.currency)

    def get_gain(self, suggestion: BundleSuggestion) -> str:
        """Write the gain."""
        return amount(suggestion.gain, suggestion.currency)

    def get_assumptions(self, suggestion: BundleSuggestion) -> list[str]:
        """Say them as the admin does."""
        return assumption_words(suggestion)


class SuggestionFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of suggestions can be narrowed down to."""

    status = django_filters.ChoiceFilter(choices=Status.choices)
    product = IdFilter(field_name="products")
    ordering = OrderFilter(fields=["rank", "gain", "orders", "lift", "created_at", "updated_at"])

    class Meta:
        model = BundleSuggestion
        fields: list[str] = []


@described(SuggestionSerializer)
class SuggestionViewSet(DecidingViewSet):
    """What customers put together of their own accord, the most promising first."""

    queryset = BundleSuggestion.objects.prefetch_related("products__parent")
    serializer_class = SuggestionSerializer
    filterset_class = SuggestionFilters
    tag = "Bundles"
    permission_classes = (AsInAdmin,)
    method_permissions = read_permissions("upsell.view_bundlesuggestion", "upsell.change_bundlesuggestion")
    services: ClassVar = {"adopt": adopt_suggestion, "dismiss": dismiss_suggestion, "reopen": reopen_suggestion}
