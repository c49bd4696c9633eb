"""Where merchants see why a product is recommended beside another, or is not, and overrule it on the spot."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.core.admin import ReadOnlyAdmin, matching
from upsell.core.serving.visitors import as_visitor
from upsell.recommendations import components, reports
from upsell.recommendations.admin.decisions import DecisionForm, decide
from upsell.recommendations.admin.neighbours import (
    TABLES,
    WIDGETS,
    add_pictures,
    neighbours_of,
    widget_label,
)
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.models import Affinity, Curation, Generation, Popularity
from upsell.recommendations.services import live_generation

Product = get_model("catalogue", "Product")

PER_PAGE = 20
DECIDE = ("upsell.add_curation", "upsell.change_curation")


class EvidenceAdmin(ReadOnlyAdmin):
    """Every product with what was learned about it."""

    def get_urls(self) -> list[URLPattern]:
        """Serve a list of products, and a page for each; the rows themselves have no pages."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="upsell_affinity_changelist"),
            path("<int:product_id>/", wrap(self.evidence_view), name="upsell_affinity_evidence"),
            path("<int:product_id>/decide/", wrap(self.decide_view), name="upsell_affinity_decide"),
        ]

    # --- the list of products -----------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List products by name, UPC or SKU, the best sellers first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        generation = live_generation()
        search, without = request.GET.get("q", ""), "without" in request.GET
        products = _products(generation, search, without=without)
        page = Paginator(products, self.list_per_page).get_page(request.GET.get("p"))
        _count_neighbours(generation, page)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Evidence"),
            "subtitle": _(
                "Why products are recommended beside each other. Best sellers first; recent orders count more."
            ),
            "opts": self.opts,
            "media": self.media,
            "generation": generation,
            "page": page,
            "search": search,
            "without": without,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "upsell/admin/evidence_list.html", context)

    # --- the page of one product --------------------------------------------------------------------------------------

    def evidence_view(self, request: HttpRequest, product_id: int) -> HttpResponse:
        """Show what is known beside a product, what a shopper sees of it today, and the buttons to overrule it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        product = get_object_or_404(Product, pk=product_id)
        if product.parent_id:  # a variant is learned about as the product it is a variant of
            return HttpResponseRedirect(_address(product.parent_id))
        shopper = as_visitor(request)
        page = Paginator(neighbours_of(product, shopper), PER_PAGE).get_page(request.GET.get("p"))
        add_pictures(list(page))
        generation = live_generation()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Evidence for “%(product)s”") % {"product": product.get_title()},
            "opts": self.opts,
            "media": self.media,
            "product": product,
            "generation": generation,
            "sales": Popularity.objects.filter(generation=generation, product_id=product.pk).first(),
            "page": page,
            "tables": list(TABLES.values()),
            "shelves": [
                (widget_label(widget), components.shelf(widget, request=shopper, product=product)) for widget in WIDGETS
            ],
            "is_nav_sidebar_enabled": False,  # the table needs the room
            "may_decide": request.user.has_perms(DECIDE),
            "may_see_curations": request.user.has_perm("upsell.view_curation"),
        }
        return TemplateResponse(request, "upsell/admin/evidence.html", context)

    def decide_view(self, request: HttpRequest, product_id: int) -> HttpResponse:
        """Pin or exclude a product beside another, or take that back."""
        if not request.user.has_perms(DECIDE):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        product = get_object_or_404(Product, pk=product_id, parent=None)
        form = DecisionForm(request.POST)
        if form.is_valid() and form.cleaned_data["neighbour"] != product:
            neighbour, decision = form.cleaned_data["neighbour"], form.cleaned_data["decision"]
            decide(product=product, neighbour=neighbour, decision=decision, user=request.user)
            self.message_user(request, _outcome(product, neighbour, decision), messages.SUCCESS)
        else:
            self.message_user(request, _("Nothing was changed: that product is gone. Look again."), messages.ERROR)
        return HttpResponseRedirect(_address(product.pk))


def _address(product: int) -> str:
    return reverse("admin:upsell_affinity_evidence", args=[product])


def _outcome(product: Any, neighbour: Any, decision: str) -> str:
    names = {"neighbour": neighbour.get_title(), "product": product.get_title()}
    match decision:
        case Curation.Action.PIN:
            return _("“%(neighbour)s” is now pinned beside “%(product)s”.") % names
        case Curation.Action.EXCLUDE:
            return _("“%(neighbour)s” is no longer shown beside “%(product)s”.") % names
    return _("“%(neighbour)s” is ranked by the evidence again.") % names


def _products(generation: Generation | None, search: str, *, without: bool) -> QuerySet[Any]:
    """List products, the best sellers first; those shoppers see ``without`` any suggestion, if asked."""
    sales = Popularity.objects.filter(generation=generation, product_id=OuterRef("pk"))
    products: QuerySet[Any] = matching(Product, search).annotate(
        orders_with=Subquery(sales.values("orders")[:1]), seller_rank=Subquery(sales.values("rank")[:1])
    )
    if without and generation is not None:
        products = reports.without_suggestions(products.filter(is_public=True), generation)
    return products.order_by(F("seller_rank").asc(nulls_last=True), "title", "pk")


def _count_neighbours(generation: Generation | None, page: Page[Any]) -> None:
    """Tell of each product on the page how many others were bought together with it."""
    rows = Affinity.objects.filter(
        generation=generation,
        product_id__in=[product.pk for product in page],
        table=Table.PRODUCT,
        origin=Origin.TOGETHER,
    )
    counts = dict(rows.values_list("product_id").annotate(Count("pk")))
    for product in page:
        product.neighbours_together = counts.get(product.pk, 0)
