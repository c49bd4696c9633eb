"""Adding what a widget offers, and taking it back. Both answer by leading back to where the shopper was."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from upsell.core.services import NotChangedError
from upsell.core.views import SESSION_KEY, AdditionView, BasketChangeView, take_back_addition
from upsell.recommendations.forms import SetForm, UndoForm

__all__ = ["SESSION_KEY", "SetAddView", "SetUndoView"]


class SetAddView(AdditionView):
    """Adds the posted products, one of each, all or none."""

    form_class = SetForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Add them, unless this very press was answered before."""
        wanted = [(product, 1) for product in form.cleaned_data["product"]]
        return self.add_and_tell(wanted, once=form.cleaned_data["once"])


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
