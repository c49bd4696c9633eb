"""The values that components give, as the API writes them: every amount with the decimals of its currency."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from upsell.core.api.fields import InstantField
from upsell.core.api.shopper import amount
from upsell.offers.api.pressing import DifferenceSerializer, difference
from upsell.recommendations.api.cards import CardSerializer, card_values
from upsell.tiers.boxes import Column, Comparison, Upgrade
from upsell.tiers.comparison import Row
from upsell.tiers.serving.swapping import Swapped, Units

MORE = "What it costs more than the product in view; below 0 where less."


class LadderStepSerializer(CardSerializer):
    """A step of a ladder, ready to draw."""

    level = serializers.CharField(help_text="As the merchant named the step; else the title.")


class ColumnSerializer(LadderStepSerializer):
    """A step as a comparison shows it."""

    in_view = serializers.BooleanField(help_text="Whether it is the product that was asked for.")
    is_popular = serializers.BooleanField(help_text="Whether it is marked as the most popular.")
    gap = serializers.CharField(allow_null=True, help_text=f"{MORE} Null of the one in view.")
    gap_text = serializers.CharField(allow_blank=True, help_text="The gap as the shop writes it.")
    beyond = serializers.CharField(allow_blank=True, help_text="The step that it is compared with; empty of the first.")
    gains = serializers.ListField(child=serializers.CharField(), help_text="What it adds; the most telling first.")
    others = serializers.ListField(child=serializers.CharField(), help_text="What merely differs.")


class RowSerializer(serializers.Serializer[Any]):
    """An attribute, with its value at each step; empty where a step has none."""

    name = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField(allow_blank=True), help_text="In the order of steps.")


class ComparedSerializer(serializers.Serializer[Any]):
    """The steps of a ladder side by side."""

    ladder = serializers.IntegerField(help_text="Its id.")
    name = serializers.CharField()
    steps = ColumnSerializer(many=True, help_text="The simplest first.")
    rows = RowSerializer(many=True, help_text="What differs.")
    same = RowSerializer(many=True, help_text="What all of them share.")


class ChangeSerializer(serializers.Serializer[Any]):
    """What an offer gives more, or less, once a step is taken."""

    name = serializers.CharField()
    amount = serializers.CharField(help_text="As the shop writes it.")
    is_gain = serializers.BooleanField(help_text="Whether more is saved.")
    is_gone = serializers.BooleanField(help_text="Whether it saves nothing any more.")


class UpgradeSerializer(serializers.Serializer[Any]):
    """A better step that can be had, and what it costs more.

    With a `line` it replaces that line of the basket (swap), else with an `offer` one is added (take); without either
    it can be looked at. Give `total` and `currency` back as what the shopper agreed to.
    """

    step = LadderStepSerializer()
    product = serializers.IntegerField(help_text="Id of what to take of the step: of several variants the cheapest.")
    instead_of = serializers.CharField(help_text="The title of what it is a step up from.")
    line = serializers.IntegerField(allow_null=True, help_text="Id of the basket line that it would replace.")
    quantity = serializers.IntegerField(help_text="Units of that line.")
    gain = serializers.CharField(allow_blank=True, help_text="The first thing gained.")
    currency = serializers.CharField(help_text="ISO 4217.")
    gap = serializers.CharField(allow_null=True, help_text="What is paid more; below 0 where less.")
    gap_text = serializers.CharField(allow_blank=True, help_text="The gap as the shop writes it.")
    regular_gap = serializers.CharField(allow_null=True, help_text="The gap without the special price.")
    total = serializers.CharField(
        allow_null=True, help_text="What the basket costs more in all; null where the gap is just that of two prices."
    )
    others = serializers.BooleanField(help_text="Whether discounts that are not ours may change the total besides.")
    changes = ChangeSerializer(many=True)
    removed = serializers.ListField(
        child=serializers.CharField(), help_text="Titles of what leaves the basket because it comes with the step."
    )
    offer = serializers.IntegerField(allow_null=True, help_text="Id of the special price to accept with it.")
    name = serializers.CharField(allow_blank=True, help_text="Of the special price.")
    text = serializers.CharField(allow_blank=True)
    owned = serializers.CharField(
        allow_blank=True, help_text="What the shopper bought before, and pays only the difference to."
    )
    ends_at = InstantField(allow_null=True, help_text="When the special price is gone, truly.")


class UnitsSerializer(serializers.Serializer[Any]):
    """Units of a product."""

    product = serializers.IntegerField(help_text="Its id.")
    title = serializers.CharField()
    units = serializers.IntegerField()


class SwappedSerializer(serializers.Serializer[Any]):
    """What was done, and the name under which it can be undone."""

    product = serializers.IntegerField(help_text="Id of what came.")
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    before = serializers.CharField(help_text="The title of what went.")
    difference = DifferenceSerializer()
    removed = UnitsSerializer(many=True, help_text="Left the basket, because it comes with the step.")
    missing = UnitsSerializer(many=True, help_text="Came with what was there before, and does not come with this.")
    undo = serializers.CharField(help_text="Its name in `basket/swaps/<name>/undo/`, in this session.")


class Writer:
    """Writes values for one request: addresses are absolute."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def comparison(self, found: Comparison) -> dict[str, Any]:
        """Write the steps of a ladder."""
        return {
            "ladder": found.id,
            "name": found.name,
            "steps": [self._column(column) for column in found.columns],
            "rows": [_row(row) for row in found.rows],
            "same": [_row(row) for row in found.same],
        }

    def upgrade(self, found: Upgrade) -> dict[str, Any]:
        """Write a better step."""
        currency = found.currency
        return {
            "step": self._step(found.card, found.level),
            "product": found.product,
            "instead_of": found.title,
            "line": found.line,
            "quantity": found.quantity,
            "gain": found.gain,
            "currency": currency,
            "gap": _amount(found.difference, currency),
            "gap_text": found.gap,
            "regular_gap": _amount(found.regular, currency),
            "total": _amount(found.total, currency),
            "others": found.others,
            "changes": [
                {"name": one.name, "amount": one.amount, "is_gain": one.is_gain, "is_gone": one.is_gone}
                for one in found.changes
            ],
            "removed": list(found.removed),
            "offer": found.offer,
            "name": found.name,
            "text": found.text,
            "owned": found.owned,
            "ends_at": found.end.at if found.end else None,
        }

    def _column(self, column: Column) -> dict[str, Any]:
        return {
            **self._step(column.card, column.level),
            "in_view": column.in_view,
            "is_popular": column.is_popular,
            "gap": _amount(column.difference, str(column.card.price.currency)),
            "gap_text": column.gap,
            "beyond": column.beyond,
            "gains": list(column.gains),
            "others": list(column.others),
        }

    def _step(self, card: Any, level: str) -> dict[str, Any]:
        return {**card_values(self.request, card), "level": level}


def swapped(done: Swapped) -> dict[str, Any]:
    """Write what a swap has done."""
    return {
        "product": done.product.pk,
        "title": done.title,
        "quantity": done.quantity,
        "before": done.before,
        "difference": difference(done.exchanged),
        "removed": [_units(one) for one in done.removed],
        "missing": [_units(one) for one in done.missing],
        "undo": done.name,
    }


def _units(found: Units) -> dict[str, Any]:
    return {"product": found.product, "title": found.title, "units": found.units}


def _row(row: Row) -> dict[str, Any]:
    return {"name": row.name, "values": list(row.values)}


def _amount(value: Decimal | None, currency: str) -> str | None:
    return None if value is None else amount(value, currency)
