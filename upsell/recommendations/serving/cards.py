"""What templates get: a shelf of cards, with every text, price and picture ready to print."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import product as combinations
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from oscar.templatetags.currency_filters import currency

from upsell.core.serving.memo import Memo
from upsell.recommendations.base import Recommendation
from upsell.recommendations.serving.catalogue import Catalogue, payable
from upsell.recommendations.serving.pictures import Picture

MOST_SUMS = 64  # of a set's ticked and unticked products: those of six optional ones


_addresses: Memo[str] = Memo(8192)


class Printable:
    """Lets a template find attributes where it looks first, which is twice as fast."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


@dataclass(frozen=True, slots=True)
class Card(Printable):
    """A product as a widget shows it.

    ``price`` and ``availability`` are Oscar's, by the shop's strategy. ``needs_options`` tells that it cannot be added
    from here, because a variant or an option has to be chosen first. ``action`` is what the button or link says.
    ``rating`` and ``reason`` are texts, or empty.
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
    action: str
    rating: str = ""
    reason: str = ""
    recommendation: Recommendation | None = None


@dataclass(frozen=True, slots=True)
class Shelf(Printable):
    """A widget that has something to show. ``id`` is unique on the page.

    ``subject`` is the product in view, if it belongs to the set that the widget offers. ``together_text`` is what it
    and everything that can be ticked cost together, ``sums`` what the set costs for every choice of ticks: entry ``n``
    has those cards ticked whose bit is set in ``n``, the first card's being the lowest. Both are empty if it cannot be
    said.
    """

    widget: str
    id: str
    heading: str
    cards: Sequence[Card]
    subject: Card | None = None
    together_text: str = ""
    sums: Sequence[str] = ()

    @property
    def can_add(self) -> bool:
        """Whether anything on it can be added to the basket from here."""
        return any(not card.needs_options for card in self.cards)

    @property
    def sums_json(self) -> str:
        """The sums as a script reads them; empty without any."""
        return json.dumps(self.sums, ensure_ascii=False) if self.sums else ""


class Writer:
    """Describes products in the language of the page."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._language = get_language()
        self._form = repr(getattr(settings, "OSCAR_CURRENCY_FORMAT", None))
        self._prefix = get_script_prefix()
        self._add, self._choose = _("Add"), _("Choose options")
        self._shows_ratings = "reviews" not in settings.OSCAR_HIDDEN_FEATURES

    def card(
        self,
        product_id: int,
        *,
        picture: Picture | None,
        reason: str = "",
        recommendation: Recommendation | None = None,
    ) -> Card:
        """Describe a product that the catalogue knows."""
        product = self.catalogue.product(product_id)
        offered = self.catalogue.offered(product_id)
        price = self.amount(payable(offered.price), offered.price.currency)
        if offered.varies:
            price = _("From %(price)s") % {"price": price}
        rating = ""
        if product.rating and self._shows_ratings:
            rating = _("Rated %(rating)s of 5") % {"rating": number_format(product.rating, 1)}
        needs_options = product.is_parent or product.has_options
        return Card(
            id=product_id,
            product=product,
            title=product.get_title(),
            url=self.address(product),
            image=picture,
            price=offered.price,
            price_text=price,
            availability=offered.availability,
            needs_options=needs_options,
            action=self._choose if needs_options else self._add,
            rating=rating,
            reason=reason,
            recommendation=recommendation,
        )

    def sums(self, subject: Card, cards: Sequence[Card]) -> list[str]:
        """Write what the subject costs with every choice of those cards that can be ticked; empty if nothing can."""
        optional = [card for card in cards if not card.needs_options]
        kinds = {(card.price.currency, bool(card.price.is_tax_known)) for card in (subject, *optional)}
        if subject.needs_options or not optional or len(kinds) > 1 or 2 ** len(optional) > MOST_SUMS:
            return []
        code = subject.price.currency
        base, amounts = payable(subject.price), [payable(card.price) for card in reversed(optional)]
        return [
            self.amount(sum((amount for amount, ticked in zip(amounts, ticks, strict=True) if ticked), base), code)
            for ticks in combinations((False, True), repeat=len(optional))
        ]

    def address(self, product: Any) -> str:
        """Find the address of the product's page; composing it anew for each card would take too long."""
        key = (product.pk, product.slug, self._language, self._prefix)
        known = _addresses.get((key,))
        if not known:
            known = {key: str(product.get_absolute_url())}
            _addresses.put(known)
        return known[key]

    def amount(self, amount: Decimal, code: str) -> str:
        """Write an amount as the shop does."""
        return _formatted(amount, code, self._language, self._form)


@lru_cache(maxsize=2048)
def _formatted(amount: Decimal, code: str, language: str | None, form: str) -> str:
    """Format an amount once: the library behind it takes longer than all the rest of a card."""
    return str(currency(amount, code))
