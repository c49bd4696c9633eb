"""The values that components give, as the API writes them: every amount with the decimals of its currency."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from upsell.bundles.boxes import Addition, Amounts, BundleBox, Item, Part, Progress, Step
from upsell.bundles.models import Bundle
from upsell.core.api.fields import InstantField
from upsell.core.api.shopper import ImageSerializer, amount, image
from upsell.offers.plans import Saving

KINDS = Bundle.Kind.choices


class AmountsSerializer(serializers.Serializer[Any]):
    """What products cost by their single prices, what they cost together, and the difference."""

    full = serializers.CharField(help_text="The sum of the single prices.")
    total = serializers.CharField(help_text="What is charged.")
    saving = serializers.CharField()


class ItemSerializer(serializers.Serializer[Any]):
    """A product."""

    product = serializers.IntegerField(help_text="Its id.")
    title = serializers.CharField()
    url = serializers.URLField(help_text="Its page; absolute.")
    image = ImageSerializer(allow_null=True)
    price = serializers.CharField(allow_null=True, help_text="Of one unit; null where a choice decides.")
    is_available = serializers.BooleanField()
    needs_options = serializers.BooleanField(help_text="Something has to be chosen on its page first.")


class ChoiceSerializer(serializers.Serializer[Any]):
    """One of several products that can fill a part."""

    product = serializers.IntegerField(help_text="Its id.")
    title = serializers.CharField()
    price = serializers.CharField()
    is_available = serializers.BooleanField()


class SetPartSerializer(serializers.Serializer[Any]):
    """A place in a set: `units` of `item`, or of one of `choices`."""

    slot = serializers.CharField(help_text="Names the place when the set is added.")
    item = ItemSerializer()
    units = serializers.IntegerField()
    choices = ChoiceSerializer(many=True, help_text="If there are any, one has to be chosen.")
    in_view = serializers.BooleanField(help_text="Whether it is the product that was asked for.")


class ChosenAmountsSerializer(AmountsSerializer):
    """What a set costs with one choice."""

    products = serializers.ListField(
        child=serializers.IntegerField(), help_text="Chosen, in the order of the parts that have choices."
    )


class StepSerializer(serializers.Serializer[Any]):
    """A quantity break."""

    units = serializers.IntegerField(help_text="From so many on.")
    percent = serializers.CharField(help_text="So many percent off each.")
    each = serializers.CharField(allow_null=True, help_text="What one costs then; null where that differs.")
    amounts = AmountsSerializer(allow_null=True, help_text="For exactly so many units of the product.")


class ProductBundleSerializer(serializers.Serializer[Any]):
    """A bundle beside a product. `fixed` sets have `parts`, quantity breaks `steps`, others `members`."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    rule = serializers.CharField(help_text="In one sentence; for people, in their language.")
    url = serializers.URLField(help_text="Its page; absolute.")
    currency = serializers.CharField(help_text="ISO 4217.")
    owned = serializers.ListField(
        child=serializers.CharField(),
        help_text="What the shopper has bought of a set before, by name: then all else is about the rest of it.",
    )
    parts = SetPartSerializer(many=True)
    amounts = AmountsSerializer(allow_null=True, help_text="Of the whole set; null where a choice decides.")
    amounts_by_choice = ChosenAmountsSerializer(many=True)
    steps = StepSerializer(many=True)
    members = ItemSerializer(many=True, help_text="Some products that take part.")
    more = serializers.BooleanField(help_text="Whether others take part, too.")
    ends_at = InstantField(allow_null=True)


class AdditionSerializer(serializers.Serializer[Any]):
    """What adding some units of a product to the basket would do."""

    item = ItemSerializer()
    units = serializers.IntegerField()
    price = serializers.CharField(help_text="Of the units, by their single price.")
    gain = serializers.CharField(help_text="The discount that they earn.")
    pays = serializers.CharField(help_text="By how much what is paid rises; below 0 where it falls.")
    is_cheaper = serializers.BooleanField(help_text="Whether the basket costs less with them than without.")
    currency = serializers.CharField(help_text="ISO 4217.")
    offers = serializers.ListField(child=serializers.CharField(), help_text="Names of the offers served.")


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the basket is from earning an offer."""

    bundle = serializers.IntegerField(help_text="Its id.")
    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    rule = serializers.CharField(help_text="In one sentence; for people, in their language.")
    url = serializers.URLField(help_text="Its page; absolute.")
    have = serializers.IntegerField()
    need = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="Units still to add.")
    gain = serializers.CharField(help_text="What completing it earns.")
    currency = serializers.CharField(help_text="ISO 4217.")
    completing = AdditionSerializer(many=True, help_text="What fills the gap; what earns the most first.")


class SavedUnitsSerializer(serializers.Serializer[Any]):
    """Units of a basket line that an offer took."""

    line = serializers.IntegerField(help_text="Id of the basket line.")
    product = serializers.IntegerField(help_text="Its id.")
    title = serializers.CharField()
    units = serializers.IntegerField()
    amount = serializers.CharField(help_text="Off these units; 0 for what had to be bought for another.")


class SavingSerializer(serializers.Serializer[Any]):
    """What one offer gives the basket."""

    offer = serializers.IntegerField(help_text="Its id.")
    name = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    family = serializers.CharField(help_text="For programs.")
    applications = serializers.IntegerField(help_text="How often it applies.")
    amount = serializers.CharField()
    items = SavedUnitsSerializer(many=True)
    ends_at = InstantField(allow_null=True)


class Writer:
    """Writes values for one request: addresses are absolute."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def bundle(self, box: BundleBox) -> dict[str, Any]:
        """Write a bundle."""
        currency = box.currency
        return {
            "id": box.offer_id,
            "kind": box.kind,
            "name": box.name,
            "text": box.text,
            "rule": box.rule,
            "url": self.request.build_absolute_uri(box.url),
            "currency": currency,
            "owned": list(box.owned),
            "parts": [self._part(part, currency) for part in box.parts],
            "amounts": amounts(box.amounts, currency),
            "amounts_by_choice": [
                {"products": list(products), **(amounts(found, currency) or {})}
                for products, found in box.amounts_by_choice.items()
            ],
            "steps": [self._step(step, currency) for step in box.steps],
            "members": [self.item(item, currency) for item in box.members],
            "more": box.more,
            "ends_at": box.ends_at,
        }

    def addition(self, addition: Addition) -> dict[str, Any]:
        """Write an addition."""
        currency = addition.currency
        return {
            "item": self.item(addition.item, currency),
            "units": addition.units,
            "price": amount(addition.price, currency),
            "gain": amount(addition.gain, currency),
            "pays": amount(addition.pays, currency),
            "is_cheaper": addition.is_cheaper,
            "currency": currency,
            "offers": list(addition.offers),
        }

    def progress(self, progress: Progress) -> dict[str, Any]:
        """Write how far it is."""
        return {
            "bundle": progress.offer_id,
            "kind": progress.kind,
            "name": progress.name,
            "text": progress.text,
            "rule": progress.rule,
            "url": self.request.build_absolute_uri(progress.url),
            "have": progress.have,
            "need": progress.need,
            "missing": progress.missing,
            "gain": amount(progress.gain, progress.currency),
            "currency": progress.currency,
            "completing": [self.addition(addition) for addition in progress.completing],
        }

    def item(self, item: Item, currency: str) -> dict[str, Any]:
        """Write a product."""
        return {
            "product": item.product_id,
            "title": item.title,
            "url": self.request.build_absolute_uri(item.url),
            "image": image(self.request, item.picture),
            "price": None if item.price is None else amount(item.price, currency),
            "is_available": item.available,
            "needs_options": item.needs_options,
        }

    def _part(self, part: Part, currency: str) -> dict[str, Any]:
        return {
            "slot": part.slot,
            "item": self.item(part.item, currency),
            "units": part.units,
            "choices": [
                {
                    "product": choice.product_id,
                    "title": choice.title,
                    "price": amount(choice.price, currency),
                    "is_available": choice.available,
                }
                for choice in part.choices
            ],
            "in_view": part.in_view,
        }

    def _step(self, step: Step, currency: str) -> dict[str, Any]:
        return {
            "units": step.units,
            "percent": f"{step.percent:f}",
            "each": None if step.each is None else amount(step.each, currency),
            "amounts": amounts(step.amounts, currency),
        }


def amounts(found: Amounts | None, currency: str) -> dict[str, str] | None:
    """Write what products cost together."""
    if found is None:
        return None
    return {name: amount(getattr(found, name), currency) for name in ("full", "total", "saving")}


def saving(found: Saving, currency: str) -> dict[str, Any]:
    """Write what one offer gives."""
    return {
        "offer": found.offer_id,
        "name": found.name,
        "text": found.text,
        "family": found.family,
        "applications": found.applications,
        "amount": amount(found.amount, currency),
        "items": [
            {
                "line": units.line_id,
                "product": units.product_id,
                "title": units.title,
                "units": units.units,
                "amount": amount(units.amount, currency),
            }
            for units in found.items
        ],
        "ends_at": found.ends_at,
    }


def total(savings: Any, currency: str) -> str:
    """Sum what all of them give."""
    return amount(sum((found.amount for found in savings), Decimal(0)), currency)
