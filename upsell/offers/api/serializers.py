"""What offers of every type have in common, as the API writes and reads them."""

from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from upsell.core.api.fields import AmountField, CountField, StrictSerializer
from upsell.core.api.scheduled import LARGEST, ScheduledSerializer
from upsell.core.api.texts import without_empty
from upsell.offers.models.offers import Offer

LARGEST_SMALL = 32_767
O = TypeVar("O", bound=Offer)  # noqa: E741  # an offer of some type


class TextsSerializer(StrictSerializer):
    """An offer's texts in one language."""

    name = serializers.CharField(max_length=128, required=False, allow_blank=True)
    text = serializers.CharField(max_length=255, required=False, allow_blank=True)


class TranslationsField(serializers.DictField):
    """Texts by language; those that say nothing are left out."""

    def to_internal_value(self, data: Any) -> Any:
        """Read them."""
        return without_empty(super().to_internal_value(data))


class OfferSerializer(ScheduledSerializer[O]):
    """An offer's texts, limits and figures."""

    name = serializers.CharField(max_length=128, help_text="Shoppers read it in their basket.")
    text = serializers.CharField(max_length=255, allow_blank=True, default="", help_text="What it is good for.")
    translations = TranslationsField(child=TextsSerializer(), default=dict, help_text="Language code to name and text.")
    currency = serializers.CharField(
        max_length=12, allow_blank=True, default="", help_text="Of its amounts; empty: the shop's own, if any."
    )
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
    used = serializers.SerializerMethodField(help_text="How often orders used it.")
    given = serializers.SerializerMethodField(help_text="Discount that it gave, net of what came back.")

    def get_used(self, offer: Any) -> int:
        """Count the uses."""
        return int(getattr(offer, "used", None) or 0)

    @extend_schema_field({"type": "string", "format": "decimal"})
    def get_given(self, offer: Any) -> str:
        """Sum the discount."""
        return f"{getattr(offer, 'given', None) or 0:.2f}"
