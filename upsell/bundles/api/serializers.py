"""Bundles as the API writes and reads them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from upsell.bundles.api.writing import completed, refuse_nonsense
from upsell.bundles.models import Bundle, BundleBreak, BundlePart
from upsell.bundles.serving.sentences import name_of, sentence
from upsell.core.api.fields import AmountField, CountField, IdField, StrictSerializer, WholeListField
from upsell.core.api.scheduled import LARGEST
from upsell.offers.api.serializers import OfferSerializer

MOST_PARTS = 200
MOST_BREAKS = 20


class PartSerializer(StrictSerializer):
    """What a bundle is about: exactly one of `product` (any variant of it), `category` and `range`."""

    role = serializers.ChoiceField(
        choices=BundlePart.Role.choices,
        default=BundlePart.Role.TAKE,
        help_text="Part of it; what is got (of buy some, get some); or left out.",
    )
    product = IdField(source="product_id", allow_null=True, default=None)
    category = IdField(source="category_id", allow_null=True, default=None)
    range = IdField(source="range_id", allow_null=True, default=None)
    quantity = CountField(min_value=1, max_value=100, default=1, help_text="Units of it in a fixed set; else 1.")
    title = serializers.SerializerMethodField(help_text="What it is called.")

    def get_title(self, part: BundlePart) -> str:
        """Name it."""
        return name_of(part)


class BreakSerializer(StrictSerializer):
    """From so many units on, so many percent off each."""

    minimum = CountField(min_value=1, max_value=LARGEST)
    percent = AmountField(max_digits=5, min_value=0, max_value=100)


@extend_schema_field(PartSerializer(many=True))
class PartsField(WholeListField):
    """The parts of a bundle."""

    item = PartSerializer
    most = MOST_PARTS


@extend_schema_field(BreakSerializer(many=True))
class BreaksField(WholeListField):
    """The quantity breaks of a bundle."""

    item = BreakSerializer
    most = MOST_BREAKS


class BundleSerializer(OfferSerializer[Bundle]):
    """Products sold together for less.

    A new bundle is a draft; `activate` lets it run. Of `fixed`, the parts are products, with units each; a `mix` takes
    `units` of its parts; `breaks` has its `breaks`; of a `bogo`, `units` are bought and `got_units` got. Send `parts`
    and `breaks` whole.
    """

    reward = AmountField(
        min_value=0,
        allow_null=True,
        default=None,
        help_text="The percentage, the amount off the set, or its price; null for quantity breaks.",
    )
    reward_kind = serializers.ChoiceField(choices=Bundle.RewardKind.choices, default=Bundle.RewardKind.PERCENT)
    units = CountField(min_value=1, max_value=1000, default=1)
    got_units = CountField(min_value=1, max_value=1000, default=1)
    max_units = CountField(
        min_value=1, max_value=LARGEST, allow_null=True, default=None, help_text="Most units that breaks discount."
    )
    cheaper = serializers.BooleanField(default=True, help_text="What is got must not cost more than what is bought.")
    is_free = serializers.BooleanField(default=False, help_text="Confirms that something may cost nothing.")
    complete_within_days = CountField(
        min_value=1,
        max_value=3650,
        allow_null=True,
        default=None,
        help_text="Of a fixed set: who bought parts of it so many days ago at most gets the rest at its price.",
    )
    parts = PartsField(default=list, help_text=f"What it is about, in order; at most {MOST_PARTS}.")
    breaks = BreaksField(default=list, help_text=f"Quantity breaks; at most {MOST_BREAKS}.")

    class Meta:
        model = Bundle
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
            "reward_kind",
            "reward",
            "currency",
            "units",
            "got_units",
            "max_units",
            "cheaper",
            "is_free",
            "complete_within_days",
            "parts",
            "breaks",
            "starts_at",
            "ends_at",
            "lane",
            "max_per_basket",
            "max_per_customer",
            "max_in_all",
            "budget",
            "with_vouchers",
            "used",
            "given",
            "version",
            "created_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["created_by"]

    def get_rule(self, bundle: Bundle) -> str:
        """Say it."""
        return sentence(bundle)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the bundle as it would stand, with its parts and breaks, by the faults that the admin knows."""
        own = dict(attrs)
        version = own.pop("version", None)
        parts, breaks = own.pop("parts", None), own.pop("breaks", None)
        values = completed(self.as_it_would_stand(own))
        refuse_nonsense(
            values,
            _rows(self.instance, "parts", BundlePart) if parts is None else parts,
            _rows(self.instance, "breaks", BundleBreak) if breaks is None else breaks,
        )
        own = super().validate({**own, "currency": values["currency"]})
        return {"values": own, "parts": parts, "breaks": breaks, "version": version}


def _rows(bundle: Any, name: str, model: Any) -> list[dict[str, Any]]:
    """Read the parts or breaks that stay as they are."""
    fields = {
        "parts": ("role", "product_id", "category_id", "range_id", "quantity"),
        "breaks": ("minimum", "percent"),
    }
    return list(model.objects.filter(bundle=bundle.pk).values(*fields[name])) if bundle else []
