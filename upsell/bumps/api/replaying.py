"""What would have become of a rule in the shop's newest baskets and orders, as the API writes it."""

from typing import Any

from rest_framework import serializers

from upsell.bumps.api.serializers import Product, Range, RequirementsField
from upsell.bumps.forms.requirements import MOST_CONDITIONS
from upsell.bumps.serving.replaying import Example, Replay
from upsell.core.api.fields import InstantField, RowField, StrictSerializer
from upsell.core.api.shopper import amount


class RuleSerializer(StrictSerializer):
    """Conditions to try, and what would be added."""

    requirements = RequirementsField(default=list, help_text=f"At most {MOST_CONDITIONS}.")
    currency = serializers.CharField(max_length=12, allow_blank=True, default="", help_text="Of amounts.")
    product = RowField(queryset=Product._default_manager.select_related("parent"), allow_null=True, default=None)
    range = RowField(queryset=Range._default_manager.all(), allow_null=True, default=None)


class ContentsSerializer(serializers.Serializer[Any]):
    """What was in a basket."""

    title = serializers.CharField()
    units = serializers.IntegerField()


class ExampleSerializer(serializers.Serializer[Any]):
    """A basket or an order that would have met the rule."""

    at = InstantField()
    is_order = serializers.BooleanField()
    value = serializers.CharField(help_text="What it was worth.")
    currency = serializers.CharField(help_text="ISO 4217.")
    contents = ContentsSerializer(many=True, help_text="Some of it.")
    more = serializers.IntegerField(help_text="How many products more it held.")
    is_held = serializers.BooleanField(help_text="Whether it held already what would be added.")


class ReplaySerializer(serializers.Serializer[Any]):
    """What became of the baskets and orders that were looked at."""

    looked_at = serializers.IntegerField()
    met = serializers.IntegerField(help_text="So many would have met the rule.")
    held = serializers.IntegerField(help_text="Of these, so many had already what would be added.")
    shown = serializers.IntegerField(help_text="The others: they would have been shown it.")
    unknown = serializers.IntegerField(help_text="So many hang on what nobody knows of their shoppers.")
    message = serializers.CharField(help_text="All this; for people, in their language.")
    examples = ExampleSerializer(many=True)


class TriedRuleSerializer(serializers.Serializer[Any]):
    """A rule in words, and what it would have done."""

    rule = serializers.CharField(help_text="In one sentence; for people, in their language.")
    replay = ReplaySerializer()


def replayed(found: Replay) -> dict[str, Any]:
    """Write what became of them."""
    return {
        "looked_at": found.looked_at,
        "met": found.met,
        "held": found.held,
        "shown": found.shown,
        "unknown": found.unknown,
        "message": str(found),
        "examples": [_example(one) for one in found.examples],
    }


def _example(one: Example) -> dict[str, Any]:
    return {
        "at": one.at,
        "is_order": one.is_order,
        "value": amount(one.value, one.currency),
        "currency": one.currency,
        "contents": [{"title": title, "units": units} for title, units in one.units],
        "more": one.more,
        "is_held": one.is_held,
    }
