"""Where merchants see which of their products make a ladder, why, and adopt or dismiss the suggestion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class, get_model

from upsell.core.services import NotDoneError
from upsell.offers.admin.suggesting import SuggestionsAdmin, picture_of
from upsell.offers.serving.texts import amount_text
from upsell.recommendations.serving.pictures import pictures
from upsell.tiers.components import render_preview
from upsell.tiers.models.suggestions import LadderSuggestion
from upsell.tiers.reports import Review
from upsell.tiers.serving.adopting import (
    adopt_ladder_suggestion,
    dismiss_ladder_suggestion,
    draft_of,
    reopen_ladder_suggestion,
)
from upsell.tiers.serving.suggestion_words import (
    PointsRow,
    dismissal_words,
    doubts,
    points_table,
    prices_text,
    products_of,
    reasons,
    titles_of_companions,
)

Selector = get_class("partner.strategy", "Selector")


@dataclass(frozen=True, slots=True)
class Step:
    """A product of a suggestion, with its price at the time the suggestion was found."""

    product: Any
    picture: Any
    price: str


@dataclass(frozen=True, slots=True)
class Card:
    """A suggestion as the screen tells it."""

    suggestion: LadderSuggestion
    steps: Sequence[Step]
    name: str
    prices: str
    reasons: Sequence[str]
    doubts: Sequence[str]
    points: Sequence[PointsRow]
    dismissal: str


class LadderSuggestionAdmin(SuggestionsAdmin):
    """Products that make a ladder, with a preview of what shoppers would see."""

    list_template = "upsell/admin/ladder_suggestion_list.html"
    title = _("Ladder suggestions")
    subtitle = _("Products that do the same job at different prices, step by step.")
    adopted = _("“%(name)s” is a draft now. Look over its texts and activate it: until then no shopper sees it.")
    dismissed = _("Dismissed. It comes back when clearly more speaks for it.")
    made = "ladder"
    adopt = staticmethod(adopt_ladder_suggestion)
    dismiss = staticmethod(dismiss_ladder_suggestion)
    reopen = staticmethod(reopen_ladder_suggestion)

    def get_urls(self) -> list[URLPattern]:
        """Serve the preview, too."""
        view = self.admin_site.admin_view(self.preview_view)
        return [path("<int:pk>/preview/", view, name="upsell_laddersuggestion_preview"), *super().get_urls()]

    def narrowed(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep those of a category."""
        return _within(_category(request.GET.get("category", "")))

    def to_show(self, suggestions: QuerySet[Any]) -> QuerySet[Any]:
        """Read the ladders that were made of them, too."""
        return super().to_show(suggestions).select_related("ladder")

    def cards(self, suggestions: list[Any]) -> list[Any]:
        """Tell each with its reasons."""
        return cards(suggestions)

    def more_context(self, request: HttpRequest) -> dict[str, Any]:
        """Say which category is asked for, of which."""
        return {"category": _category(request.GET.get("category", "")), "categories": _categories()}

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the comparison that shoppers would see; nothing of it is kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        suggestion = get_object_or_404(LadderSuggestion, pk=pk)
        context: dict[str, Any] = {"preview": "", "problems": [], "faults": []}
        try:
            with transaction.atomic():  # the draft is made, looked at and taken back
                context.update(_shown(request, suggestion))
                transaction.set_rollback(True)
        except NotDoneError as error:
            context["faults"] = [str(error)]
        context.update(self.admin_site.each_context(request), title=_("Preview"), opts=self.opts, media=self.media)
        return TemplateResponse(request, "upsell/admin/ladder_suggestion_preview.html", context)


def cards(suggestions: Sequence[LadderSuggestion]) -> list[Card]:
    """Tell suggestions in words and pictures; read them with their products and images."""
    images = {product.pk: picture_of(product) for suggestion in suggestions for product in suggestion.products.all()}
    found = pictures(images.values())
    titles = titles_of_companions(suggestions)
    shown = {pk: found.get(name) for pk, name in images.items()}
    return [_card(suggestion, shown, titles) for suggestion in suggestions]


def _card(suggestion: LadderSuggestion, found: Mapping[int, Any], titles: Mapping[int, str]) -> Card:
    products = {product.pk: product for product in suggestion.products.all()}
    prices = {step["product"]: Decimal(step["price"]) for step in suggestion.evidence.get("steps", ())}
    steps = [
        Step(products[pk], found.get(pk), amount_text(prices[pk], suggestion.currency))
        for pk in products_of(suggestion)
        if pk in products
    ]
    return Card(
        suggestion=suggestion,
        steps=steps,
        name=" → ".join(str(step.product.get_title()) for step in steps),
        prices=prices_text(suggestion),
        reasons=reasons(suggestion, titles),
        doubts=doubts(suggestion),
        points=points_table(suggestion),
        dismissal=dismissal_words(suggestion) if suggestion.status == suggestion.Status.DISMISSED else "",
    )


def _shown(request: HttpRequest, suggestion: LadderSuggestion) -> dict[str, Any]:
    ladder = draft_of(suggestion, None)
    review = Review(ladder, strategy=Selector().strategy(request=request, user=AnonymousUser()))
    comparison = review.comparison()
    return {"preview": render_preview(comparison) if comparison else "", "problems": review.problems()}


def _within(category: Any) -> QuerySet[Any]:
    """Keep those with a product in a category, or below it."""
    if category is None:
        return LadderSuggestion.objects.all()
    return LadderSuggestion.objects.filter(products__categories__path__startswith=category.path).distinct()


def _category(text: str) -> Any:
    model = get_model("catalogue", "Category")
    return model._default_manager.filter(pk=text).first() if text.isdecimal() and len(text) < 19 else None


def _categories() -> QuerySet[Any]:
    """List the categories that any suggestion is about."""
    products = LadderSuggestion.objects.values("products")
    found: QuerySet[Any] = get_model("catalogue", "Category")._default_manager.filter(product__in=products)
    return found.distinct().order_by("path")
