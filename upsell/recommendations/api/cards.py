"""Cards as the API writes them: a product's price, availability and rating."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from upsell.core.api.shopper import ImageSerializer, amount, image
from upsell.recommendations.serving.cards import Card


class PriceSerializer(serializers.Serializer[Any]):
    """What it costs the one who asks, by the shop's own strategy."""

    currency = serializers.CharField(help_text="ISO 4217.")
    excl_tax = serializers.CharField(help_text="A decimal number, without tax.")
    incl_tax = serializers.CharField(allow_null=True, help_text="With tax; null while the tax is not known.")
    text = serializers.CharField(help_text='As the shop writes it; with "From" where variants cost more.')


class AvailabilitySerializer(serializers.Serializer[Any]):
    """Whether it can be bought."""

    is_available = serializers.BooleanField()
    code = serializers.CharField()
    message = serializers.CharField(help_text="For people, in their language.")


class CardSerializer(serializers.Serializer[Any]):
    """A product, ready to draw."""

    product = serializers.IntegerField(help_text="Its id.")
    title = serializers.CharField()
    url = serializers.URLField(help_text="Its page; absolute.")
    image = ImageSerializer(allow_null=True)
    price = PriceSerializer()
    availability = AvailabilitySerializer()
    rating = serializers.FloatField(allow_null=True, help_text="From 0 to 5; null without reviews.")
    needs_options = serializers.BooleanField(
        help_text="Whether a variant or an option must be chosen before it can go into the basket."
    )


def card_values(request: Request, card: Card) -> dict[str, Any]:
    """Write a card; addresses are absolute."""
    return {
        "product": card.id,
        "title": card.title,
        "url": request.build_absolute_uri(card.url),
        "image": image(request, card.image),
        "price": price(card),
        "availability": availability(card),
        "rating": rating(card),
        "needs_options": card.needs_options,
    }


def price(card: Card) -> dict[str, str | None]:
    """Write the price."""
    found = card.price
    return {
        "currency": found.currency,
        "excl_tax": amount(found.excl_tax, found.currency),
        "incl_tax": amount(found.incl_tax, found.currency) if found.is_tax_known else None,
        "text": card.price_text,
    }


def availability(card: Card) -> dict[str, Any]:
    """Write whether it can be bought."""
    return {
        "is_available": bool(card.availability.is_available_to_buy),
        "code": str(card.availability.code),
        "message": str(card.availability.message),
    }


def rating(card: Card) -> float | None:
    """Write the rating that the card shows, if it shows one."""
    return card.product.rating if card.rating else None
