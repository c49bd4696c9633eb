"""Adding what a widget offers, and taking it back. Both answer by leading back to where the shopper was."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from upsell.core.services import NotChangedError, add_products, find_products
from upsell.core.views import SESSION_KEY, AdditionView, BasketChangeView, take_back_addition
from upsell.recommendations.forms import SetForm, UndoForm

__all__ = ["SESSION_KEY", "SetAddView", "SetUndoView"]


class SetAddView(AdditionView):
    """Adds the posted products, one of each, all or none."""

    form_class = SetForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Add them, unless this very press was answered before."""
        request: Any = self.request
        ids, once = form.cleaned_data["product"], form.cleaned_data["once"]
        press = f"{once}:{','.join(map(str, ids))}" if once else ""
        offers_before = request.basket.applied_offers()
        try:
            products = find_products(ids)
            name, added = self.add_once(press, lambda: add_products(basket=request.basket, products=products))
        except NotChangedError as reason:
            request.basket.reset_offer_applications()
            messages.error(request, str(reason))
            return self.lead_back()
        if not added:
            messages.info(request, _("This is in your basket already."))
            return self.lead_back()
        message = render_to_string(
            "upsell/messages/added.html",
            {"products": products, "name": name, "next_url": request.POST.get("next", "")},
            request=request,
        )
        messages.success(request, message, extra_tags="safe noicon")
        self.tell_total(offers_before)
        self.send_signals(added)
        return self.lead_back()


class SetUndoView(BasketChangeView):
    """Takes back what one press added."""

    form_class = UndoForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it back, as far as it is still there."""
        request: Any = self.request
        offers_before = request.basket.applied_offers()
        try:
            taken = take_back_addition(request, form.cleaned_data["added"]) if request.basket.id else 0
        except NotChangedError as reason:
            messages.error(request, str(reason))
            return self.lead_back()
        if taken:
            messages.success(request, _("Taken out of your basket again."))
            self.tell_total(offers_before)
        else:
            messages.info(request, _("There is nothing to undo."))
        return self.lead_back()
