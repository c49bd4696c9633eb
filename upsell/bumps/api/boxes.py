"""What pages get at the till, as the API writes it: every amount with the decimals of its currency."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from upsell.bumps.boxes import Extra, Lost, PopShelf, Reach, Reward
from upsell.core.api.fields import InstantField
from upsell.core.api.shopper import amount
from upsell.recommendations.api.cards import CardSerializer, card_values

REWARDS = [(kind, kind) for kind in ("delivery", "gift", "break")]


class ExtraSerializer(serializers.Serializer[Any]):
    """One more thing that is offered at the till. Give `total` and `currency` back as what the shopper agreed to."""

    bump = serializers.IntegerField(help_text="Id of the offer, to accept or to decline.")
    product = serializers.IntegerField(help_text="Id of what is added.")
    units = serializers.IntegerField(help_text="How many are added by one press.")
    headline = serializers.CharField()
    text = serializers.CharField(allow_blank=True, help_text="What it is good for.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it is offered here.")
    picture = serializers.URLField(
        allow_null=True, help_text="The merchant's own, in place of the card's; absolute. Null for none."
    )
    card = CardSerializer(help_text="The product.")
    currency = serializers.CharField(help_text="ISO 4217.")
    price = serializers.CharField(help_text="What the units cost by themselves today.")
    total = serializers.CharField(help_text="What the basket costs more with them, by the offer.")
    is_reduced = serializers.BooleanField(help_text="Whether the total is below the price.")
    others = serializers.BooleanField(help_text="Whether discounts that are not ours may change the total besides.")
    ends_at = InstantField(allow_null=True, help_text="When the offer ends, truly.")


class MissedSerializer(serializers.Serializer[Any]):
    """What brings a price back."""

    product = serializers.IntegerField(help_text="Its id.")
    title = serializers.CharField()
    units = serializers.IntegerField()


class LostSerializer(serializers.Serializer[Any]):
    """An extra in the basket whose accepted price does not apply any more."""

    bump = serializers.IntegerField(help_text="Id of the offer.")
    product = serializers.IntegerField(help_text="Id of what it is about.")
    title = serializers.CharField()
    text = serializers.CharField(help_text="What it costs now, and why; for people, in their language.")
    currency = serializers.CharField(help_text="ISO 4217.")
    now = serializers.CharField(help_text="What a unit costs now.")
    before = serializers.CharField(help_text="What a unit cost by the offer.")
    missed = MissedSerializer(allow_null=True, help_text="What brings the price back, if that is known.")


class ReachSerializer(serializers.Serializer[Any]):
    """The product that reaches a reward for least."""

    card = CardSerializer()
    product = serializers.IntegerField(help_text="Id of what to add: of several variants the cheapest.")
    units = serializers.IntegerField()
    price = serializers.CharField(help_text="What the units cost by themselves.")
    pays = serializers.CharField(help_text="What the basket costs more with them; below 0 where less.")


class RewardSerializer(serializers.Serializer[Any]):
    """How far the basket is from a reward: `have` of `need`."""

    kind = serializers.ChoiceField(choices=REWARDS)
    key = serializers.CharField(help_text="Stays the same for the same reward.")
    heading = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    meter = serializers.CharField(allow_blank=True, help_text="How far it is, in words.")
    have = serializers.IntegerField(help_text="Units of products; of an amount, in the currency's smallest unit.")
    need = serializers.IntegerField()
    missing = serializers.CharField(allow_null=True, help_text="The amount that lacks; null where units are counted.")
    missing_units = serializers.IntegerField(allow_null=True, help_text="The units that lack; null of an amount.")
    currency = serializers.CharField(help_text="ISO 4217.")
    is_reached = serializers.BooleanField()
    reach = ReachSerializer(allow_null=True, help_text="One product that gets there.")
    offer = serializers.IntegerField(allow_null=True, help_text="Id of the offer of ours that gives it, if one does.")


class Writer:
    """Writes values for one request: addresses are absolute."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def extras(self, found: Iterable[Extra]) -> list[dict[str, Any]]:
        """Write what is offered."""
        return [self._extra(one) for one in found]

    def lost(self, found: Iterable[Lost]) -> list[dict[str, Any]]:
        """Write which accepted prices do not apply any more."""
        return [_lost(one) for one in found]

    def shelf(self, found: PopShelf | None) -> list[dict[str, Any]]:
        """Write what stands on the shelf; nothing without one."""
        return [card_values(self.request, card) for card in found.cards] if found is not None else []

    def rewards(self, found: Iterable[Reward]) -> list[dict[str, Any]]:
        """Write how far it is to each."""
        return [self._reward(one) for one in found]

    def _extra(self, extra: Extra) -> dict[str, Any]:
        return {
            "bump": extra.offer_id,
            "product": extra.product_id,
            "units": extra.units,
            "headline": extra.headline,
            "text": extra.text,
            "reason": extra.reason,
            "picture": self.request.build_absolute_uri(extra.image) if extra.image else None,
            "card": card_values(self.request, extra.card),
            "currency": extra.currency,
            "price": amount(extra.price, extra.currency),
            "total": amount(extra.total, extra.currency),
            "is_reduced": extra.is_reduced,
            "others": extra.others,
            "ends_at": extra.ends_at,
        }

    def _reward(self, reward: Reward) -> dict[str, Any]:
        units = max(0, reward.need - reward.have) if not reward.missing and not reward.is_reached else None
        return {
            "kind": reward.kind,
            "key": reward.key,
            "heading": reward.heading,
            "text": reward.text,
            "meter": reward.meter,
            "have": reward.have,
            "need": reward.need,
            "missing": amount(reward.missing, reward.currency) if units is None else None,
            "missing_units": units,
            "currency": reward.currency,
            "is_reached": reward.is_reached,
            "reach": self._reach(reward.reach) if reward.reach else None,
            "offer": reward.offer,
        }

    def _reach(self, reach: Reach) -> dict[str, Any]:
        currency = str(reach.card.price.currency)
        return {
            "card": card_values(self.request, reach.card),
            "product": reach.product_id,
            "units": reach.units,
            "price": amount(reach.price, currency),
            "pays": amount(reach.pays, currency),
        }


def _lost(lost: Lost) -> dict[str, Any]:
    missed = lost.missed
    return {
        "bump": lost.offer_id,
        "product": lost.product_id,
        "title": lost.title,
        "text": lost.text,
        "currency": lost.currency,
        "now": amount(lost.now, lost.currency),
        "before": amount(lost.before, lost.currency),
        "missed": {"product": missed.product_id, "title": missed.title, "units": missed.units} if missed else None,
    }
