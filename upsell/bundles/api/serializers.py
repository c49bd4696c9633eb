"""Bundles as the API writes and reads them."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from upsell.bundles.api.writing import completed, refuse_nonsense
from upsell.bundles.models import Bundle, BundleBreak, BundlePart
from upsell.bundles.reports import effects
from upsell.bundles.serving.sentences import name_of, sentence
from upsell.core.api.fields import (
    AmountField,
    CountField,
    IdField,
    InstantField,
    StrictModelSerializer,
    StrictSerializer,
    WholeListField,
)

STATES = ["draft", "scheduled", "running", "paused", "ended"]
LIGHTS = ["on", "waiting", "blocked", "off"]
LARGEST_SMALL = 32_767
LARGEST = 2_147_483_647
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


class TextsSerializer(StrictSerializer):
    """A bundle's texts in one language."""

    name = serializers.CharField(max_length=128, required=False, allow_blank=True)
    text = serializers.CharField(max_length=255, required=False, allow_blank=True)


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


class EffectSerializer(serializers.Serializer[Any]):
    """What becomes of a bundle in the shop at this moment."""

    light = serializers.ChoiceField(choices=[(light, light) for light in LIGHTS], help_text="For programs.")
    message = serializers.CharField(help_text="Why; for people, in their language.")


class BundleSerializer(StrictModelSerializer[Bundle]):
    """Products sold together for less.

    A new bundle is a draft; `activate` lets it run. Of `fixed`, the parts are products, with units each; a `mix` takes
    `units` of its parts; `breaks` has its `breaks`; of a `bogo`, `units` are bought and `got_units` got. Send `parts`
    and `breaks` whole.
    """

    name = serializers.CharField(max_length=128, help_text="Shoppers read it in their basket.")
    text = serializers.CharField(max_length=255, allow_blank=True, default="", help_text="What it is good for.")
    translations = serializers.DictField(
        child=TextsSerializer(), default=dict, help_text="Language code to name and text."
    )
    status = serializers.ChoiceField(choices=Bundle.Status.choices, read_only=True)
    state = serializers.SerializerMethodField(help_text="What its status and dates make of it now.")
    effect = serializers.SerializerMethodField(help_text="What becomes of it in the shop now.")
    rule = serializers.SerializerMethodField(help_text="All of it in one sentence; for people, in their language.")
    reward = AmountField(
        min_value=0,
        allow_null=True,
        default=None,
        help_text="The percentage, the amount off the set, or its price; null for quantity breaks.",
    )
    reward_kind = serializers.ChoiceField(choices=Bundle.RewardKind.choices, default=Bundle.RewardKind.PERCENT)
    currency = serializers.CharField(
        max_length=12, allow_blank=True, default="", help_text="Of its amounts; empty: the shop's own, if any."
    )
    units = CountField(min_value=1, max_value=1000, default=1)
    got_units = CountField(min_value=1, max_value=1000, default=1)
    max_units = CountField(
        min_value=1, max_value=LARGEST, allow_null=True, default=None, help_text="Most units that breaks discount."
    )
    cheaper = serializers.BooleanField(default=True, help_text="What is got must not cost more than what is bought.")
    is_free = serializers.BooleanField(default=False, help_text="Confirms that something may cost nothing.")
    starts_at = InstantField(allow_null=True, default=None, help_text="Runs from this moment on; null: at once.")
    ends_at = InstantField(allow_null=True, default=None, help_text="Runs until this moment; null: without end.")
    lane = CountField(
        min_value=-LARGEST_SMALL - 1,
        max_value=LARGEST_SMALL,
        default=0,
        help_text="Higher lanes are served first. Leave 0, and shoppers get the best of all offers.",
    )
    max_per_basket = CountField(min_value=1, max_value=LARGEST, allow_null=True, default=None)
    max_per_customer = CountField(min_value=1, max_value=LARGEST, allow_null=True, default=None)
    max_in_all = CountField(min_value=1, max_value=LARGEST, allow_null=True, default=None)
    budget = AmountField(allow_null=True, default=None, help_text="Most discount that it gives in all.")
    with_vouchers = serializers.BooleanField(default=True, help_text="Whether a basket with a voucher may earn it.")
    parts = PartsField(default=list, help_text=f"What it is about, in order; at most {MOST_PARTS}.")
    breaks = BreaksField(default=list, help_text=f"Quantity breaks; at most {MOST_BREAKS}.")
    version = CountField(
        min_value=1,
        max_value=LARGEST,
        required=False,
        help_text="Rises with every change. A change must name the version that it was made on.",
    )
    used = serializers.SerializerMethodField(help_text="How often orders used it.")
    given = serializers.SerializerMethodField(help_text="Discount that it gave, as its limits count it.")
    created_at = InstantField(read_only=True)
    updated_at = InstantField(read_only=True)

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

    @extend_schema_field(serializers.ChoiceField(choices=[(state, state) for state in STATES]))
    def get_state(self, bundle: Bundle) -> str:
        """Ask the bundle."""
        return bundle.state()

    @extend_schema_field(EffectSerializer)
    def get_effect(self, bundle: Bundle) -> dict[str, str]:
        """Look it up among the effects of the rows that are answered with."""
        judged = self.context.get("effects", {}).get(bundle.pk) or effects([bundle])[bundle.pk]
        return {"light": str(judged.light.value), "message": str(judged.message)}

    def get_rule(self, bundle: Bundle) -> str:
        """Say it."""
        return sentence(bundle)

    def get_used(self, bundle: Bundle) -> int:
        """Count the uses."""
        return int(getattr(bundle, "used", None) or 0)

    @extend_schema_field({"type": "string", "format": "decimal"})
    def get_given(self, bundle: Bundle) -> str:
        """Sum the discount."""
        return f"{getattr(bundle, 'given', None) or 0:.2f}"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the bundle as it would stand, with its parts and breaks, by the faults that the admin knows."""
        own = dict(attrs)
        version = own.pop("version", None)
        parts, breaks = own.pop("parts", None), own.pop("breaks", None)
        if "translations" in own:
            own["translations"] = _without_empty(own["translations"])
        names = [field.name for field in Bundle._meta.fields if field.editable and field.name in self.fields]
        stands = {name: getattr(self.instance, name) for name in names} if self.instance else {}
        values = completed({**stands, **own})
        refuse_nonsense(
            values,
            _rows(self.instance, "parts", BundlePart) if parts is None else parts,
            _rows(self.instance, "breaks", BundleBreak) if breaks is None else breaks,
        )
        own = super().validate({**own, "currency": values["currency"]})
        return {"values": own, "parts": parts, "breaks": breaks, "version": version}


def _without_empty(translations: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    kept = {code: {name: text for name, text in texts.items() if text} for code, texts in translations.items()}
    return {code: texts for code, texts in kept.items() if texts}


def _rows(bundle: Any, name: str, model: Any) -> list[dict[str, Any]]:
    """Read the parts or breaks that stay as they are."""
    fields = {
        "parts": ("role", "product_id", "category_id", "range_id", "quantity"),
        "breaks": ("minimum", "percent"),
    }
    return list(model.objects.filter(bundle=bundle.pk).values(*fields[name])) if bundle else []


class VersionSerializer(StrictSerializer):
    """The version that a step is taken on."""

    version = CountField(
        min_value=1, max_value=LARGEST, required=False, help_text="If given, it must be the bundle's version now."
    )
