"""Where merchants see which bundles their customers make of their own accord, and adopt or dismiss them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

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
from upsell.core.admin import ReadOnlyAdmin
from upsell.core.services import NotDoneError
from upsell.recommendations.services import live_generation
from upsell.recommendations.serving.pictures import pictures

PER_PAGE = 24
ADOPT = "upsell.adopt_bundlesuggestion"
STATUSES = [status.value for status in BundleSuggestion.Status]


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


class SuggestionAdmin(ReadOnlyAdmin):
    """The suggestions as cards, with two buttons each; there are no pages of single ones."""

    def get_urls(self) -> list[URLPattern]:
        """Serve the list, and an address for each act."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="upsell_bundlesuggestion_changelist"),
            path("<int:pk>/adopt/", wrap(self.adopt_view), name="upsell_bundlesuggestion_adopt"),
            path("<int:pk>/dismiss/", wrap(self.dismiss_view), name="upsell_bundlesuggestion_dismiss"),
            path("<int:pk>/reopen/", wrap(self.reopen_view), name="upsell_bundlesuggestion_reopen"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List the suggestions of one status, the most promising first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        status = request.GET.get("status", "")
        status = status if status in STATUSES else BundleSuggestion.Status.OPEN.value
        counted = dict(BundleSuggestion.objects.order_by().values_list("status").annotate(Count("pk")))
        page = Paginator(_suggestions(status), PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Bundle suggestions"),
            "subtitle": _("Sets that your customers put together of their own accord, beyond chance."),
            "opts": self.opts,
            "media": self.media,
            "page": page,
            "cards": cards(list(page)),
            "status": status,
            "tabs": [(value, label, counted.get(value, 0)) for value, label in BundleSuggestion.Status.choices],
            "generation": live_generation(),
            "may_adopt": request.user.has_perm(ADOPT),
            "may_see_bundles": request.user.has_perm("upsell.view_bundle"),
            "may_see_generations": request.user.has_perm("upsell.view_generation"),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "upsell/admin/suggestion_list.html", context)

    # --- deciding -----------------------------------------------------------------------------------------------------

    def adopt_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a draft of a suggestion, and lead to it."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        suggestion = get_object_or_404(BundleSuggestion, pk=pk)
        try:
            bundle = adopt_suggestion(suggestion=suggestion, user=request.user)
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
            return self._back(request)
        message = _("“%(name)s” is a draft now. Look it over and activate it: until then no shopper sees it.")
        self.message_user(request, message % {"name": bundle.name}, messages.SUCCESS)
        if not request.user.has_perm("upsell.view_bundle") and not request.user.has_perm("upsell.change_bundle"):
            return self._back(request)
        return HttpResponseRedirect(reverse("admin:upsell_bundle_change", args=[bundle.pk]))

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a suggestion aside."""
        done = _("Dismissed. It comes back when clearly more customers buy these together.")
        return self._decide(request, pk, dismiss_suggestion, done)

    def reopen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a dismissal back."""
        return self._decide(request, pk, reopen_suggestion, _("The suggestion is open again."))

    def _decide(self, request: HttpRequest, pk: int, act: Callable[..., bool], done: str) -> HttpResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        if act(suggestion=get_object_or_404(BundleSuggestion, pk=pk), user=request.user):
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
        return HttpResponseRedirect(reverse("admin:upsell_bundlesuggestion_changelist") + suffix)


def cards(suggestions: Sequence[BundleSuggestion]) -> list[Card]:
    """Tell suggestions in words and pictures; read them with their products and images."""
    images = {product.pk: _image(product) for suggestion in suggestions for product in suggestion.products.all()}
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


def _suggestions(status: str) -> QuerySet[Any]:
    """List suggestions of a status: open ones by rank, decided ones by when they were."""
    order = ("rank", "pk") if status == BundleSuggestion.Status.OPEN else ("-updated_at", "-pk")
    return (
        BundleSuggestion.objects.filter(status=status)
        .select_related("bundle")
        .prefetch_related("products__parent", "products__images")
        .order_by(*order)
    )


def _image(product: Any) -> str:
    images = product.images.all()[:1]
    return str(images[0].original.name) if images else ""
