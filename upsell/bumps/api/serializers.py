"""Bumps as the API writes and reads them."""

import copy
import re
from datetime import time
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from oscar.core.loading import get_model
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from upsell.bumps.api.writing import judged, rows_of
from upsell.bumps.forms.bumps import MOST_PRIORITY
from upsell.bumps.forms.requirements import MOST_CONDITIONS, MOST_LINES
from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.bumps.serving.sentences import places_sentence, reward_sentence, sentence
from upsell.core.api.audience import AudienceSerializer
from upsell.core.api.fields import AmountField, CountField, RowField, StrictSerializer, WholeListField
from upsell.core.api.scheduled import LARGEST
from upsell.core.api.texts import errors_of_languages
from upsell.offers.api.serializers import OfferSerializer, TextsSerializer, TranslationsField

Product = get_model("catalogue", "Product")
Category = get_model("catalogue", "Category")
Range = get_model("offer", "Range")

MOST_CODES = 300
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?", re.ASCII)


@extend_schema_field({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"})
class ClockField(serializers.Field[time, str, str, Any]):
    """A time of the day by the shop's clock, such as ``17:30``."""

    default_error_messages = {"invalid": _("Enter a time of the day, such as 17:30.")}

    def to_internal_value(self, data: Any) -> time:
        """Read it, or refuse it."""
        if not isinstance(data, str) or not CLOCK.fullmatch(data):
            self.fail("invalid")
        return time.fromisoformat(data)

    def to_representation(self, value: time) -> str:
        """Write it, seconds only where there are any."""
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")


class RequirementSerializer(StrictSerializer):
    """One condition. A `kind` takes what belongs to it, and refuses the rest.

    `contains`: one of `product`, `category` and `range`, and `units`. `worth`: `least`, `most` or both. `time`: `since`
    and `until`, and as `codes` days of the week (`0` is Monday). `owned`: a `product`, and `days`. The others: `codes`
    of currencies, languages or countries, or `new` or `returning`.
    """

    group = CountField(
        min_value=1,
        max_value=MOST_LINES,
        allow_null=True,
        default=None,
        help_text="Those with the same number are alternatives: one is enough. Null: a number of its own.",
    )
    kind = serializers.ChoiceField(choices=BumpRequirement.Kind.choices)
    negated = serializers.BooleanField(default=False, help_text="Whether it must not be so.")
    product = RowField(queryset=Product._default_manager.select_related("parent"), allow_null=True, default=None)
    category = RowField(queryset=Category._default_manager.all(), allow_null=True, default=None)
    range = RowField(queryset=Range._default_manager.all(), allow_null=True, default=None)
    units = CountField(min_value=1, max_value=1000, default=1, help_text="At least so many.")
    least = AmountField(allow_null=True, default=None)
    most = AmountField(allow_null=True, default=None)
    codes = serializers.ListField(child=serializers.CharField(max_length=16), max_length=MOST_CODES, default=list)
    since = ClockField(allow_null=True, default=None)
    until = ClockField(allow_null=True, default=None, help_text="Before `since`: on the next day.")
    days = CountField(min_value=1, max_value=3650, allow_null=True, default=None, help_text="Bought within so many.")


@extend_schema_field(RequirementSerializer(many=True))
class RequirementsField(WholeListField):
    """The conditions of a bump."""

    item = RequirementSerializer
    most = MOST_CONDITIONS


class BumpTextsSerializer(TextsSerializer):
    """A bump's texts in one language."""

    headline = serializers.CharField(max_length=128, required=False, allow_blank=True)


class BumpImageSerializer(serializers.Serializer[Any]):
    """A picture in place of the product's own; put there in the admin."""

    language = serializers.CharField(allow_blank=True, help_text="Empty: for all others.")
    url = serializers.URLField(help_text="Absolute.")


class BumpSerializer(OfferSerializer[Bump]):
    """One more thing that is offered at the till, when what is in the basket calls for it.

    Of every number of `requirements` one must be met. A new one is a draft; `activate` lets it run. Nothing makes an
    extra begin as chosen: it comes into a basket by a shopper's press alone.
    """

    name = serializers.CharField(
        max_length=128, allow_blank=True, default="", help_text="Shoppers read it; empty: named as what it adds."
    )
    headline = serializers.CharField(
        max_length=128, allow_blank=True, default="", help_text="Empty: “Add” and what it adds."
    )
    translations = TranslationsField(
        child=BumpTextsSerializer(), default=dict, help_text="Language code to name, headline and text."
    )
    product = RowField(
        queryset=Product._default_manager.select_related("parent"),
        allow_null=True,
        default=None,
        help_text="What it adds: this,",
    )
    range = RowField(
        queryset=Range._default_manager.all(),
        allow_null=True,
        default=None,
        help_text="or of this range what goes best with the basket.",
    )
    reward_kind = serializers.ChoiceField(choices=Bump.RewardKind.choices, default=Bump.RewardKind.NONE)
    reward = AmountField(
        min_value=0, allow_null=True, default=None, help_text="The percentage, the amount off a unit, or its price."
    )
    is_free = serializers.BooleanField(default=False, help_text="Confirms that it may cost nothing.")
    per_trigger = CountField(
        min_value=1, max_value=100, default=1, help_text="Units for each time that the basket calls for it."
    )
    max_per_basket = CountField(min_value=1, max_value=LARGEST, allow_null=True, default=1)
    in_basket = serializers.BooleanField(default=True, help_text="Offered in the basket.")
    at_address = serializers.BooleanField(default=False)
    at_delivery = serializers.BooleanField(default=False)
    at_payment = serializers.BooleanField(default=False)
    at_preview = serializers.BooleanField(default=True, help_text="Offered in the preview before payment.")
    priority = CountField(min_value=-MOST_PRIORITY, max_value=MOST_PRIORITY, default=0, help_text="Higher goes first.")
    audience = AudienceSerializer(default=dict, help_text="To whom it is offered.")
    not_if_owned = serializers.BooleanField(default=False, help_text="Not offered to those who bought it before.")
    most_shows = CountField(
        min_value=1, max_value=LARGEST, default=6, help_text="Times shown in a visit; then it gives way."
    )
    again_after_days = CountField(
        min_value=1, max_value=3650, default=30, help_text="Days before it is offered again to who declined it."
    )
    requirements = RequirementsField(
        default=list, help_text=f"Its conditions; at most {MOST_CONDITIONS}. None: any basket."
    )
    images = serializers.SerializerMethodField(help_text="Pictures in place of the product's own.")
    accepted = serializers.IntegerField(read_only=True, help_text="How often shoppers accepted its price.")
    declined = serializers.IntegerField(read_only=True, help_text="How often shoppers declined it.")
    orders = serializers.IntegerField(read_only=True, help_text="How many orders were given its price.")

    class Meta:
        model = Bump
        fields = [
            "id",
            "name",
            "headline",
            "text",
            "translations",
            "status",
            "state",
            "effect",
            "rule",
            "product",
            "range",
            "reward_kind",
            "reward",
            "is_free",
            "currency",
            "requirements",
            "audience",
            "not_if_owned",
            "in_basket",
            "at_address",
            "at_delivery",
            "at_payment",
            "at_preview",
            "priority",
            "most_shows",
            "again_after_days",
            "images",
            "starts_at",
            "ends_at",
            "lane",
            "per_trigger",
            "max_per_basket",
            "max_per_customer",
            "max_in_all",
            "budget",
            "with_vouchers",
            "accepted",
            "declined",
            "orders",
            "used",
            "given",
            "version",
            "created_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["created_by"]

    def get_rule(self, bump: Bump) -> str:
        """Say what it offers, when and where."""
        when = sentence(bump.requirements.all(), currency=bump.currency)
        return " ".join([reward_sentence(bump), when, places_sentence(bump)])

    @extend_schema_field(BumpImageSerializer(many=True))
    def get_images(self, bump: Bump) -> list[dict[str, str]]:
        """Write where each is served."""
        absolute = self.context["request"].build_absolute_uri
        return [{"language": one.language, "url": absolute(one.image.url)} for one in bump.images.all() if one.image]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the bump as it would stand, with its conditions, by the faults that the admin knows."""
        own = dict(attrs)
        version, sent = own.pop("version", None), own.pop("requirements", None)
        if "currency" in own:
            own["currency"] = own["currency"].strip().upper()
        bump: Any = copy.copy(self.instance) if isinstance(self.instance, Bump) else Bump()
        for name, value in own.items():
            setattr(bump, name, value)
        rows = rows_of(sent) if sent is not None else None
        stands = list(bump.requirements.all()) if rows is None and bump.pk is not None else rows or []
        errors = errors_of_languages(bump.translations) | judged(bump, stands)
        if errors:
            raise ValidationError(errors)
        own["currency"] = bump.currency
        super().validate({**own, "name": bump.name or "-"})  # it is named when it is saved
        return {"values": own, "rows": rows, "version": version}
