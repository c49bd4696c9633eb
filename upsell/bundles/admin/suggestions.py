"""Where merchants see which bundles their customers make of their own accord, and adopt or dismiss them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from upsell.bundles.models import BundleSuggestion
from upsell.bundles.serving.adopting import adopt_suggestion, dismiss_suggestion, reopen_suggestion
from upsell.bundles.serving.sentences import amount_text
from upsell.bundles.serving.suggestion_words import (
    assumption_words,
    dismissal_words,
    evidence_words,
    in_order,
    saving_words,
)
from upsell.offers.admin.suggesting import SuggestionsAdmin, picture_of
from upsell.recommendations.services import live_generation
from upsell.recommendations.serving.pictures import pictures


@dataclass(frozen=True, slots=True)
class Member:
    """A product of a suggestion, with its price at the time the suggestion was found."""

    product: Any
    picture: Any
    price: str


@dataclass(frozen=True, slots=True)
class Card:
    """A suggestion as the screen tells it."""

    suggestion: BundleSuggestion
    members: Sequence[Member]
    name: str
    evidence: str
    total: str
    price: str
    saving: str
    gain: str
    assumptions: Sequence[str]
    dismissal: str


class SuggestionAdmin(SuggestionsAdmin):
    """Sets that customers make of their own accord."""

    list_template = "upsell/admin/suggestion_list.html"
    title = _("Bundle suggestions")
    subtitle = _("Sets that your customers put together of their own accord, beyond chance.")
    adopted = _("“%(name)s” is a draft now. Look it over and activate it: until then no shopper sees it.")
    dismissed = _("Dismissed. It comes back when clearly more customers buy these together.")
    made = "bundle"
    adopt = staticmethod(adopt_suggestion)
    dismiss = staticmethod(dismiss_suggestion)
    reopen = staticmethod(reopen_suggestion)

    def to_show(self, suggestions: QuerySet[Any]) -> QuerySet[Any]:
        """Read the bundles that were made of them, too."""
        return super().to_show(suggestions).select_related("bundle")

    def cards(self, suggestions: list[Any]) -> list[Any]:
        """Tell each with its evidence."""
        return cards(suggestions)

    def more_context(self, request: HttpRequest) -> dict[str, Any]:
        """Say from which tables they were learned."""
        return {
            "generation": live_generation(),
            "may_see_generations": request.user.has_perm("upsell.view_generation"),
        }


def cards(suggestions: Sequence[BundleSuggestion]) -> list[Card]:
    """Tell suggestions in words and pictures; read them with their products and images."""
    images = {product.pk: picture_of(product) for suggestion in suggestions for product in suggestion.products.all()}
    found = pictures(images.values())
    return [_card(suggestion, {pk: found.get(name) for pk, name in images.items()}) for suggestion in suggestions]


def _card(suggestion: BundleSuggestion, found: dict[int, Any]) -> Card:
    currency = suggestion.currency
    products = {product.pk: product for product in suggestion.products.all()}
    prices = {sold["product"]: sold["price"] for sold in suggestion.assumptions.get("products", ())}
    members = [
        Member(
            product=products[pk],
            picture=found.get(pk),
            price=amount_text(Decimal(prices[pk]), currency) if pk in prices else "",
        )
        for pk in in_order(suggestion)
        if pk in products
    ]
    return Card(
        suggestion=suggestion,
        members=members,
        name=" + ".join(str(member.product.get_title()) for member in members),
        evidence=evidence_words(suggestion),
        total=amount_text(suggestion.total, currency),
        price=amount_text(suggestion.price, currency),
        saving=saving_words(suggestion),
        gain=amount_text(suggestion.gain, currency),
        assumptions=assumption_words(suggestion),
        dismissal=dismissal_words(suggestion) if suggestion.status == suggestion.Status.DISMISSED else "",
    )
