"""What templates get: a shelf of cards, with every text, price and picture ready to print."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import product as combinations
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from oscar.templatetags.currency_filters import currency

from upsell.recommendations.base import Recommendation
from upsell.recommendations.serving.catalogue import Catalogue, payable
from upsell.recommendations.serving.pictures import Picture

MOST_SUMS = 64  # of a set's ticked and unticked products: those of six optional ones


@dataclass(frozen=True, slots=True)
class Card:
    """A product as a widget shows it.

    ``price`` and ``availability`` are Oscar's, by the shop's strategy. ``needs_options`` tells that it cannot be added
    from here, because a variant or an option has to be chosen first. ``rating`` and ``reason`` are texts, or empty.
    """

    id: int
    product: Any
    title: str
    url: str
    image: Picture | None
    price: Any
    price_text: str
    availability: Any
    needs_options: bool
    rating: str = ""
    reason: str = ""
    recommendation: Recommendation | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A widget that has something to show.

    ``subject`` is the product in view, if it belongs to the set that the widget offers. ``id`` is unique on the page.
    """

    widget: str
    id: str
    heading: str
    cards: Sequence[Card] = field(default_factory=tuple)
    subject: Card | None = None

    @property
    def can_add(self) -> bool:
        """Whether anything on it can be added to the basket from here."""
        return any(not card.needs_options for card in self.cards)

    @property
    def optional(self) -> list[Card]:
        """List the cards that can be ticked."""
        return [card for card in self.cards if not card.needs_options]

    @property
    def together_text(self) -> str:
        """What the product in view and everything that can be ticked cost together; empty if that cannot be said."""
        fixed = [self.subject] if self.subject and not self.subject.needs_options else []
        return _total([*fixed, *self.optional]) if fixed and self.optional else ""

    @property
    def sums(self) -> list[str]:
        """What the set costs for every choice of ticks.

        Entry ``n`` has those cards ticked whose bit is set in ``n``, the first card's being the lowest: so that a
        script can show the sum in the shop's own format without reckoning with prices.
        """
        optional = self.optional
        if not self.together_text or 2 ** len(optional) > MOST_SUMS:
            return []
        fixed = [self.subject] if self.subject else []
        return [
            _total([*fixed, *(card for card, ticked in zip(optional, reversed(ticks), strict=True) if ticked)])
            for ticks in combinations((False, True), repeat=len(optional))
        ]

    @property
    def sums_json(self) -> str:
        """The sums as a script reads them."""
        return json.dumps(self.sums, ensure_ascii=False)


def card(
    catalogue: Catalogue,
    product_id: int,
    *,
    picture: Picture | None,
    reason: str = "",
    recommendation: Recommendation | None = None,
) -> Card:
    """Describe a product that the catalogue knows."""
    product = catalogue.product(product_id)
    offered = catalogue.offered(product_id)
    price = price_text(offered.price)
    if offered.varies:
        price = _("From %(price)s") % {"price": price}
    return Card(
        id=product_id,
        product=product,
        title=product.get_title(),
        url=product.get_absolute_url(),
        image=picture,
        price=offered.price,
        price_text=price,
        availability=offered.availability,
        needs_options=product.is_parent or product.has_options,
        rating=_rating(product.rating) if product.rating else "",
        reason=reason,
        recommendation=recommendation,
    )


def _rating(rating: float) -> str:
    if "reviews" in settings.OSCAR_HIDDEN_FEATURES:
        return ""
    return _("Rated %(rating)s of 5") % {"rating": number_format(rating, 1)}


def price_text(price: Any) -> str:
    """Write a price as the shop does."""
    return _written(payable(price), price.currency)


def _total(cards: Sequence[Card]) -> str:
    """Add up prices of one currency and one view of taxes; empty if they do not add up."""
    kinds = {(card.price.currency, bool(card.price.is_tax_known)) for card in cards}
    if len(kinds) != 1:
        return ""
    return _written(sum((payable(card.price) for card in cards), Decimal()), cards[0].price.currency)


def _written(amount: Decimal, code: str) -> str:
    return _formatted(amount, code, get_language(), repr(getattr(settings, "OSCAR_CURRENCY_FORMAT", None)))


@lru_cache(maxsize=2048)
def _formatted(amount: Decimal, code: str, language: str | None, form: str) -> str:
    """Format an amount once: the library behind it takes longer than all the rest of a card."""
    return str(currency(amount, code))
