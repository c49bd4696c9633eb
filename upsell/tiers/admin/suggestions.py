"""Where merchants see which of their products make a ladder, why, and adopt or dismiss the suggestion."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from oscar.core.loading import get_class, get_model

from upsell.core.admin import ReadOnlyAdmin
from upsell.core.services import NotDoneError
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

PER_PAGE = 24
ADOPT = "upsell.adopt_laddersuggestion"
LIST = "admin:upsell_laddersuggestion_changelist"
STATUSES = [status.value for status in LadderSuggestion.Status]


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


class LadderSuggestionAdmin(ReadOnlyAdmin):
    """The suggestions as cards, with two buttons each, and a preview of what shoppers would see."""

    def get_urls(self) -> list[URLPattern]:
        """Serve the list, the preview, and an address for each act."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="upsell_laddersuggestion_changelist"),
            path("<int:pk>/preview/", wrap(self.preview_view), name="upsell_laddersuggestion_preview"),
            path("<int:pk>/adopt/", wrap(self.adopt_view), name="upsell_laddersuggestion_adopt"),
            path("<int:pk>/dismiss/", wrap(self.dismiss_view), name="upsell_laddersuggestion_dismiss"),
            path("<int:pk>/reopen/", wrap(self.reopen_view), name="upsell_laddersuggestion_reopen"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List the suggestions of one status, those with most to be said for them first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        status = request.GET.get("status", "")
        status = status if status in STATUSES else LadderSuggestion.Status.OPEN.value
        category = _category(request.GET.get("category", ""))
        counted = dict(_within(category).order_by().values_list("status").annotate(Count("pk", distinct=True)))
        page = Paginator(_suggestions(status, category), PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self._context(request, _("Ladder suggestions")),
            "subtitle": _("Products that do the same job at different prices, step by step."),
            "media": self.media,
            "page": page,
            "cards": cards(list(page)),
            "status": status,
            "tabs": [(value, label, counted.get(value, 0)) for value, label in LadderSuggestion.Status.choices],
            "category": category,
            "categories": _categories(),
            "may_adopt": request.user.has_perm(ADOPT),
            "may_see_ladders": _may_see_ladders(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "upsell/admin/ladder_suggestion_list.html", context)

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
        context.update(self._context(request, _("Preview")), media=self.media)
        return TemplateResponse(request, "upsell/admin/ladder_suggestion_preview.html", context)

    # --- deciding -----------------------------------------------------------------------------------------------------

    def adopt_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a draft of a suggestion, and lead to it."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        suggestion = get_object_or_404(LadderSuggestion, pk=pk)
        try:
            ladder = adopt_ladder_suggestion(suggestion=suggestion, user=request.user)
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
            return self._back(request)
        message = _("“%(name)s” is a draft now. Look over its texts and activate it: until then no shopper sees it.")
        self.message_user(request, message % {"name": ladder.name}, messages.SUCCESS)
        if not _may_see_ladders(request):
            return self._back(request)
        return HttpResponseRedirect(reverse("admin:upsell_ladder_change", args=[ladder.pk]))

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a suggestion aside."""
        done = _("Dismissed. It comes back when clearly more speaks for it.")
        return self._decide(request, pk, dismiss_ladder_suggestion, done)

    def reopen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a decision back."""
        return self._decide(request, pk, reopen_ladder_suggestion, _("The suggestion is open again."))

    def _decide(self, request: HttpRequest, pk: int, act: Callable[..., bool], done: str) -> HttpResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            changed = act(suggestion=get_object_or_404(LadderSuggestion, pk=pk), user=request.user)
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
            return self._back(request)
        if changed:
            self.message_user(request, done, messages.SUCCESS)
        else:
            self.message_user(request, _("Nothing was changed: that was decided already."), messages.INFO)
        return self._back(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        if not request.user.has_perm(ADOPT):
            raise PermissionDenied
        return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])

    def _back(self, request: HttpRequest) -> HttpResponse:
        """Lead back to where the button was pressed, for those who may see it."""
        if not self.has_view_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        status = request.POST.get("status", "")
        suffix = f"?status={status}" if status in STATUSES else ""
        return HttpResponseRedirect(reverse(LIST) + suffix)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts}


def cards(suggestions: Sequence[LadderSuggestion]) -> list[Card]:
    """Tell suggestions in words and pictures; read them with their products and images."""
    images = {product.pk: _image(product) for suggestion in suggestions for product in suggestion.products.all()}
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


def _suggestions(status: str, category: Any) -> QuerySet[Any]:
    """List suggestions of a status: open ones by rank, decided ones by when they were."""
    order = ("rank", "pk") if status == LadderSuggestion.Status.OPEN else ("-updated_at", "-pk")
    found: QuerySet[Any] = _within(category).filter(status=status)
    return found.select_related("ladder").prefetch_related("products__parent", "products__images").order_by(*order)


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


def _may_see_ladders(request: HttpRequest) -> bool:
    return request.user.has_perm("upsell.view_ladder") or request.user.has_perm("upsell.change_ladder")


def _image(product: Any) -> str:
    images = product.images.all()[:1]
    return str(images[0].original.name) if images else ""
