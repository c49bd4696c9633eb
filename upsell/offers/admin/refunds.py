"""Where staff see what a return is worth, book it with one press, and look up what was booked."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.templatetags.currency_filters import currency as as_money

from upsell.conf import app_settings
from upsell.core.admin import MerchantAdmin, ReadOnlyAdmin
from upsell.offers.booking.refunds import (
    RefundAnswer,
    RefundError,
    answer_refund,
    book_refund,
    orders_for,
    returnable,
)
from upsell.offers.models.refunds import Refund, RefundLine

NUMBER_LENGTH = 128  # of an order, in Oscar
NOTE_LENGTH = 255
ADDRESS = "admin:upsell_refund_add"


class UnitsForm(forms.Form):
    """How many units of each line came back: between none and what is left of it."""

    def __init__(self, data: Any, *, lines: list[tuple[Any, int]]) -> None:
        super().__init__(data)
        self.lines = lines
        for line, left in lines:
            widget = forms.NumberInput(
                attrs={"inputmode": "numeric", "aria-labelledby": f"came-back line-{line.pk}", "class": "upsell-units"}
            )
            field = forms.IntegerField(
                min_value=0, max_value=left, required=False, initial=0, disabled=not left, widget=widget
            )
            self.fields[f"line_{line.pk}"] = field

    @property
    def rows(self) -> list[tuple[Any, int, Any]]:
        """List each line with what is left of it and its field."""
        return [(line, left, self[f"line_{line.pk}"]) for line, left in self.lines]

    @property
    def units(self) -> dict[int, int]:
        """Return what was typed, by line; nothing typed is none."""
        found = {line.pk: self.cleaned_data.get(f"line_{line.pk}") or 0 for line, _ in self.lines}
        return {line: count for line, count in found.items() if count}


class RefundAdmin(ReadOnlyAdmin):
    """Refunds that were booked, the newest first, and the page that books one."""

    change_list_template = "upsell/admin/refund_list.html"
    list_display = ("name", "order_number", "units", "amount", "method", "created_by", "created_at")
    list_display_links = ("name",)
    list_title = _("Refunds")
    list_subtitle = _("What was booked for units that came back. Search by order number.")
    list_select_related = ("order", "created_by")
    search_fields = ("order__number",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those book who may add refunds; what was booked is changed by nobody."""
        return MerchantAdmin.has_add_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        """Show refunds of orders that this user may see, with the number of units that came back."""
        found: QuerySet[Refund] = super().get_queryset(request)
        return found.filter(order__in=orders_for(request.user).order_by().values("pk")).annotate(
            units_back=Sum("lines__quantity")
        )

    # --- the list -----------------------------------------------------------------------------------------------------

    @admin.display(description=_("refund"), ordering="pk")
    def name(self, refund: Refund) -> str:
        """Name a refund by its number."""
        return gettext("Refund %(number)s") % {"number": refund.pk}

    @admin.display(description=_("order"), ordering="order__number")
    def order_number(self, refund: Refund) -> str:
        """Name the order."""
        return str(refund.order.number)

    @admin.display(description=_("units"), ordering="units_back")
    def units(self, refund: Refund) -> int:
        """Count the units that came back."""
        return int(getattr(refund, "units_back", 0) or 0)

    @admin.display(description=_("to pay back"), ordering="amount_incl_tax")
    def amount(self, refund: Refund) -> str:
        """Show the amount with tax."""
        return as_money(refund.amount_incl_tax, refund.currency)  # type: ignore[no-any-return]

    # --- the page that books ------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Find an order, answer what the units that came back are worth, and book it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        number = asked.get("order", "").replace("\x00", "").strip().removeprefix("#")[:NUMBER_LENGTH]
        order = orders_for(request.user).filter(number=number).first() if number else None
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": gettext("Refund order %(number)s") % {"number": number} if order else gettext("Refund an order"),
            "opts": self.opts,
            "media": self.media,
            "number": number,
            "order": order,
            "is_nav_sidebar_enabled": False,  # the answers need the room
            "may_see_list": self.has_view_permission(request),
            **(extra_context or {}),
        }
        if order is not None:
            booked = self._book(request, order) if request.method == "POST" else None
            if booked is not None:
                return booked
            is_asked = "answer" in asked or request.method == "POST"
            form = UnitsForm(asked if is_asked else None, lines=returnable(order=order))
            context.update(self._about(order, form, request))
        return TemplateResponse(request, "upsell/admin/refund_form.html", context)

    def _about(self, order: Any, form: UnitsForm, request: HttpRequest) -> dict[str, Any]:
        """Describe the order, and the answers if units were named."""
        answer, problem = None, ""
        if form.is_bound and form.is_valid():
            try:
                answer = answer_refund(order=order, units=form.units)
            except RefundError as error:
                problem = str(error)
        return {
            "form": form,
            "answer": answer,
            "problem": problem,
            "proposed": _in_order(answer) if answer else [],
            "reference": uuid4().hex,
            "note": request.POST.get("note", ""),
            "note_length": NOTE_LENGTH,
            "any_left": any(left for _line, left in form.lines),
            "before": Refund.objects.filter(order=order).order_by("pk"),
            "order_url": _order_url(order),
        }

    def _book(self, request: HttpRequest, order: Any) -> HttpResponse | None:
        """Book what was pressed and show it; or say why not, and return nothing."""
        method, reference = request.POST.get("method", ""), request.POST.get("reference", "").replace("\x00", "")
        # What is left of a line is judged when it is booked: of a second press, all of it is gone, and that is fine.
        form = UnitsForm(request.POST, lines=[(line, line.quantity) for line, _left in returnable(order=order)])
        if not form.is_valid():
            return None
        is_new = not Refund.objects.filter(reference=reference).exists()
        try:
            refund = book_refund(
                order=order,
                units=form.units,
                method=method,
                reference=reference,
                user=request.user,
                note=request.POST.get("note", "").replace("\x00", ""),
                expected=_amount(request.POST.get(f"expected_{method}", "")),
            )
        except RefundError as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        if is_new:
            self.log_addition(request, refund, [{"added": {}}])
        amount = as_money(refund.amount_incl_tax, refund.currency)
        self.message_user(
            request,
            gettext("Refund %(number)s was booked: %(amount)s to pay back.") % {"number": refund.pk, "amount": amount},
            messages.SUCCESS,
        )
        if not self.has_view_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        return HttpResponseRedirect(reverse("admin:upsell_refund_change", args=[refund.pk]))

    # --- what was booked ----------------------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was booked; nothing can be changed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            raise PermissionDenied
        refund = self.get_object(request, object_id)
        if refund is None:
            raise Http404
        lines = RefundLine.objects.filter(refund=refund).select_related("line").prefetch_related("parts__order_offer")
        context = {
            **self.admin_site.each_context(request),
            "title": self.name(refund),
            "opts": self.opts,
            "media": self.media,
            "refund": refund,
            "lines": lines,
            "order_url": _order_url(refund.order),
            "may_refund": self.has_add_permission(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "upsell/admin/refund.html", context)


def _in_order(answer: RefundAnswer) -> list[dict[str, Any]]:
    """List both answers, the one that the shop's setting proposes first."""
    labels = dict(Refund.Method.choices)
    ways = sorted(answer.methods.values(), key=lambda way: way.method != app_settings.REFUND_METHOD)
    return [
        {
            "method": way.method,
            "label": labels[way.method],
            "answer": way,
            "lines": [(line, line.back[way.method]) for line in answer.lines],
        }
        for way in ways
    ]


def _order_url(order: Any) -> str:
    """Return the address of the order in Oscar's dashboard, if the shop serves it."""
    try:
        return reverse("dashboard:order-detail", kwargs={"number": order.number})
    except NoReverseMatch:
        return ""


def _amount(text: str) -> Decimal:
    """Read the amount that was shown beside the button."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise RefundError(gettext("Nothing was booked: press one of the two answers.")) from error
