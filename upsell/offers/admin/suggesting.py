"""What screens of suggestions have in common: a list by status, and a button for each decision."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from upsell.core.admin import ReadOnlyAdmin
from upsell.core.services import NotDoneError

PER_PAGE = 24


class SuggestionsAdmin(ReadOnlyAdmin):
    """Suggestions as cards, each to be adopted, dismissed or opened again; there are no pages of single ones.

    The model has a ``Status`` of open, adopted and dismissed. ``adopt``, ``dismiss`` and ``reopen`` are services that
    take ``suggestion`` and ``user``; ``adopt`` returns what it made, whose ``name`` the merchant is told.
    """

    list_template: ClassVar[str]
    title: ClassVar[Any]
    subtitle: ClassVar[Any]
    adopted: ClassVar[Any]  # said when a draft was made, with its name
    dismissed: ClassVar[Any]
    made: ClassVar[str]  # the name of the model whose drafts are made, such as "bundle"
    adopt: Callable[..., Any]
    dismiss: Callable[..., bool]
    reopen: Callable[..., bool]

    @property
    def name(self) -> str:
        """Name the model in addresses and permissions."""
        return str(self.opts.model_name)

    @property
    def statuses(self) -> Any:
        """The statuses that a suggestion may have."""
        return self.model.Status

    def get_urls(self) -> list[URLPattern]:
        """Serve the list, and an address for each act."""
        acts = {"adopt": self.adopt_view, "dismiss": self.dismiss_view, "reopen": self.reopen_view}
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name=f"upsell_{self.name}_changelist"),
            *(path(f"<int:pk>/{act}/", wrap(view), name=f"upsell_{self.name}_{act}") for act, view in acts.items()),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List the suggestions of one status, the most promising first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        status = request.GET.get("status", "")
        status = status if status in self.statuses.values else self.statuses.OPEN.value
        found = self.narrowed(request)
        counted = dict(found.order_by().values_list("status").annotate(Count("pk", distinct=True)))
        order = ("rank", "pk") if status == self.statuses.OPEN else ("-updated_at", "-pk")
        rows = self.to_show(found.filter(status=status)).order_by(*order)
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": self.title,
            "subtitle": self.subtitle,
            "opts": self.opts,
            "media": self.media,
            "page": page,
            "cards": self.cards(list(page)),
            "status": status,
            "tabs": [(value, label, counted.get(value, 0)) for value, label in self.statuses.choices],
            "may_adopt": self.may_decide(request),
            "may_see_made": self.may_see_made(request),
            **self.more_context(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.list_template, context)

    # --- what differs -------------------------------------------------------------------------------------------------

    def narrowed(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep what the request asks for."""
        found: QuerySet[Any] = self.model._default_manager.all()
        return found

    def to_show(self, suggestions: QuerySet[Any]) -> QuerySet[Any]:
        """Read what the cards tell, with as many queries for one as for a page."""
        return suggestions.prefetch_related("products__parent", "products__images")

    @abstractmethod
    def cards(self, suggestions: list[Any]) -> list[Any]:
        """Tell suggestions in words and pictures."""

    def more_context(self, request: HttpRequest) -> dict[str, Any]:
        """Say what else the list shows."""
        return {}

    # --- deciding -----------------------------------------------------------------------------------------------------

    def adopt_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a draft of a suggestion, and lead to it."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        suggestion = get_object_or_404(self.model, pk=pk)
        try:
            draft = type(self).adopt(suggestion=suggestion, user=request.user)
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
            return self._back(request)
        self.message_user(request, self.adopted % {"name": draft.name}, messages.SUCCESS)
        if not self.may_see_made(request):
            return self._back(request)
        return HttpResponseRedirect(reverse(f"admin:upsell_{self.made}_change", args=[draft.pk]))

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a suggestion aside."""
        return self._decide(request, pk, type(self).dismiss, self.dismissed)

    def reopen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a decision back."""
        return self._decide(request, pk, type(self).reopen, _("The suggestion is open again."))

    def may_decide(self, request: HttpRequest) -> bool:
        """Whether who asks may adopt and dismiss."""
        return request.user.has_perm(f"upsell.adopt_{self.name}")

    def may_see_made(self, request: HttpRequest) -> bool:
        """Whether who asks may see what adopting makes."""
        return any(request.user.has_perm(f"upsell.{may}_{self.made}") for may in ("view", "change"))

    def _decide(self, request: HttpRequest, pk: int, act: Callable[..., bool], done: Any) -> HttpResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            changed = act(suggestion=get_object_or_404(self.model, pk=pk), user=request.user)
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
            return self._back(request)
        if changed:
            self.message_user(request, done, messages.SUCCESS)
        else:
            self.message_user(request, _("Nothing was changed: that was decided already."), messages.INFO)
        return self._back(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        if not self.may_decide(request):
            raise PermissionDenied
        return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])

    def _back(self, request: HttpRequest) -> HttpResponse:
        """Lead back to where the button was pressed, for those who may see it."""
        if not self.has_view_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        status = request.POST.get("status", "")
        suffix = f"?status={status}" if status in self.statuses.values else ""
        return HttpResponseRedirect(reverse(f"admin:upsell_{self.name}_changelist") + suffix)


def picture_of(product: Any) -> str:
    """Name the first picture of a product that was read with its images; empty without one."""
    images = product.images.all()[:1]
    return str(images[0].original.name) if images else ""
