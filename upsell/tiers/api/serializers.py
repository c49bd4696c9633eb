"""Ladders as the API writes and reads them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from upsell.core.api.audience import AudienceSerializer
from upsell.core.api.fields import CountField, IdField, StrictSerializer, WholeListField
from upsell.core.api.scheduled import ScheduledSerializer
from upsell.offers.api.serializers import TranslationsField
from upsell.tiers.api.writing import refuse_nonsense
from upsell.tiers.forms.ladders import MOST_TIERS
from upsell.tiers.models.ladders import Ladder, Tier, lines_of
from upsell.tiers.reports import sentence

MOST_CONTENTS = 50
MOST_LINES = 20  # that are read at all; how many are too many is said in the admin's words


@extend_schema_field(serializers.ListField(child=serializers.CharField()))
class LinesField(serializers.ListField):
    """Lines of text, which a row keeps as one."""

    def __init__(self, **kwargs: Any) -> None:
        line = serializers.CharField(max_length=200, allow_blank=True)
        super().__init__(child=line, max_length=MOST_LINES, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        """Read them as lines, whatever breaks there are within."""
        return [line for text in super().to_internal_value(data) for line in text.splitlines()]

    def to_representation(self, data: Any) -> list[str]:
        """Write those that say something."""
        return list(lines_of(data))


class TierTextsSerializer(StrictSerializer):
    """A step's texts in one language."""

    level = serializers.CharField(max_length=64, required=False, allow_blank=True)
    highlights = LinesField(required=False)


class ContentSerializer(StrictSerializer):
    """Something that comes with a step."""

    product = IdField(source="product_id")
    units = CountField(min_value=1, max_value=1000, default=1)
    title = serializers.CharField(source="product.get_title", read_only=True)


@extend_schema_field(ContentSerializer(many=True))
class ContentsField(WholeListField):
    """What comes with a step."""

    item = ContentSerializer
    most = MOST_CONTENTS


class TierSerializer(StrictSerializer):
    """A step: a product of its own, or a variant that stands for its family."""

    id = serializers.IntegerField(read_only=True, help_text="Kept as long as a step of its product is sent.")
    product = IdField(source="product_id")
    level = serializers.CharField(
        max_length=64, allow_blank=True, default="", help_text="Such as “Pro”; empty: the product's name."
    )
    highlights = LinesField(default=list, help_text="What it has beyond the step before; the best first, at most five.")
    translations = TranslationsField(
        child=TierTextsSerializer(), default=dict, help_text="Language code to level and highlights."
    )
    is_popular = serializers.BooleanField(default=False, help_text="Marked as the most popular; at most one is.")
    contents = ContentsField(default=list, help_text="What comes with it, and need not be bought apart.")
    title = serializers.CharField(source="product.get_title", read_only=True)


@extend_schema_field(TierSerializer(many=True))
class TiersField(WholeListField):
    """The steps of a ladder."""

    item = TierSerializer
    most = MOST_TIERS


class NamesSerializer(StrictSerializer):
    """A ladder's name in one language."""

    name = serializers.CharField(max_length=128, required=False, allow_blank=True)


class LadderSerializer(ScheduledSerializer[Ladder]):
    """Products that do the same job better and better, the simplest first.

    A new ladder is a draft; `activate` lets it run. Send `tiers` whole, in their order.
    """

    name = serializers.CharField(max_length=128)
    translations = TranslationsField(child=NamesSerializer(), default=dict, help_text="Language code to name.")
    popular = serializers.ChoiceField(
        choices=Ladder.Popular.choices,
        default=Ladder.Popular.NONE,
        help_text="Which step is marked as the most popular: none, the chosen one, or what sells best.",
    )
    audience = AudienceSerializer(default=dict, help_text="Who sees it.")
    tiers = TiersField(default=list, help_text=f"Its steps, in order; at most {MOST_TIERS}.")

    class Meta:
        model = Ladder
        fields = [
            "id",
            "name",
            "translations",
            "status",
            "state",
            "effect",
            "rule",
            "popular",
            "audience",
            "tiers",
            "starts_at",
            "ends_at",
            "version",
            "created_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["created_by"]

    def get_rule(self, ladder: Ladder) -> str:
        """Name the steps."""
        return sentence(ladder)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the ladder as it would stand, with its steps, by the faults that the admin knows."""
        own = dict(attrs)
        version, tiers = own.pop("version", None), own.pop("tiers", None)
        ladder: Any = self.instance
        refuse_nonsense(
            self.as_it_would_stand(own),
            _rows(ladder) if tiers is None else tiers,
            runs=ladder is not None and ladder.state() in {"running", "scheduled"},
        )
        return {"values": super().validate(own), "tiers": tiers, "version": version}


def _rows(ladder: Any) -> list[dict[str, Any]]:
    """Read the steps that stay as they are."""
    return [_row(tier) for tier in ladder.tiers.all()] if ladder is not None else []


def _row(tier: Tier) -> dict[str, Any]:
    return {"product_id": tier.product_id, "is_popular": tier.is_popular, "highlights": list(lines_of(tier.highlights))}
