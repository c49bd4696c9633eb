"""Suggestions of ladders with their evidence, and what merchants decide about them."""

from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from upsell.core.api.deciding import DecidingViewSet, described
from upsell.core.api.fields import InstantField
from upsell.core.api.filters import IdFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, read_permissions
from upsell.core.api.shopper import amount
from upsell.tiers.models.suggestions import LadderSuggestion
from upsell.tiers.serving.adopting import (
    adopt_ladder_suggestion,
    dismiss_ladder_suggestion,
    reopen_ladder_suggestion,
)
from upsell.tiers.serving.suggestion_words import doubts, points_table, reasons, titles_of_companions

Status = LadderSuggestion.Status


class SuggestedStepSerializer(serializers.Serializer[Any]):
    """A product of a suggestion; one that was deleted is left out."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    price = serializers.CharField(help_text="When it was found.")


class PointsSerializer(serializers.Serializer[Any]):
    """Points of one kind of evidence."""

    name = serializers.CharField(help_text="For people, in their language.")
    points = serializers.ListField(child=serializers.IntegerField(), help_text="For each step up.")
    most = serializers.IntegerField(help_text="At most so many.")


class LadderSuggestionSerializer(serializers.ModelSerializer[LadderSuggestion]):
    """Products that do the same job at different prices."""

    products = serializers.SerializerMethodField(help_text="The cheapest first.")
    reasons = serializers.SerializerMethodField(help_text="What speaks for it; for people, in their language.")
    doubts = serializers.SerializerMethodField(help_text="What is not known; for people, in their language.")
    points = serializers.SerializerMethodField(help_text="Where the points come from.")
    score = serializers.IntegerField(help_text="Points of a hundred: what speaks for its weakest step.")
    ladder = serializers.IntegerField(source="ladder_id", allow_null=True, help_text="The draft that was made of it.")
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        model = LadderSuggestion
        fields = [
            "id",
            "status",
            "rank",
            "score",
            "products",
            "currency",
            "reasons",
            "doubts",
            "points",
            "ladder",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(SuggestedStepSerializer(many=True))
    def get_products(self, suggestion: LadderSuggestion) -> list[dict[str, Any]]:
        """Name those that are still there, with their prices."""
        known = {product.pk: product for product in suggestion.products.all()}
        return [
            {
                "id": step["product"],
                "title": known[step["product"]].get_title(),
                "price": amount(Decimal(step["price"]), suggestion.currency),
            }
            for step in suggestion.evidence.get("steps", ())
            if step["product"] in known
        ]

    def get_reasons(self, suggestion: LadderSuggestion) -> list[str]:
        """Say them as the admin does."""
        return reasons(suggestion, self.context["titles"])

    def get_doubts(self, suggestion: LadderSuggestion) -> list[str]:
        """Say them as the admin does."""
        return doubts(suggestion)

    @extend_schema_field(PointsSerializer(many=True))
    def get_points(self, suggestion: LadderSuggestion) -> list[dict[str, Any]]:
        """Break them down as the admin does."""
        rows = points_table(suggestion)
        return [{"name": row.name, "points": list(row.points), "most": row.most} for row in rows]


class LadderSuggestionFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of suggestions can be narrowed down to."""

    status = django_filters.ChoiceFilter(choices=Status.choices)
    product = IdFilter(field_name="products")
    ordering = OrderFilter(fields=["rank", "score", "created_at", "updated_at"])

    class Meta:
        model = LadderSuggestion
        fields: list[str] = []


@described(LadderSuggestionSerializer)
class LadderSuggestionViewSet(DecidingViewSet):
    """Which products make a ladder, the most promising first."""

    queryset = LadderSuggestion.objects.prefetch_related("products__parent")
    serializer_class = LadderSuggestionSerializer
    filterset_class = LadderSuggestionFilters
    tag = "Ladders"
    permission_classes = (AsInAdmin,)
    method_permissions = read_permissions("upsell.view_laddersuggestion", "upsell.change_laddersuggestion")
    services: ClassVar = {
        "adopt": adopt_ladder_suggestion,
        "dismiss": dismiss_ladder_suggestion,
        "reopen": reopen_ladder_suggestion,
    }

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Name what the reasons of all rows of an answer speak of, together."""
        serializer: Any = super().get_serializer(*args, **kwargs)
        serializer.context["titles"] = titles_of_companions(args[0] if kwargs.get("many") else args)
        return serializer
