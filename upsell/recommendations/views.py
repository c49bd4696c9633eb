"""Adding what a widget offers, and taking it back. Both answer by leading back to where the shopper was."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from upsell.core.services import NotChangedError
from upsell.core.serving.undoing import SESSION_KEY, undo
from upsell.core.views import AdditionView, BasketChangeView
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
    """Undoes what one press did to the basket: takes out what it added, puts back what it took out."""

    form_class = UndoForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Undo it, as far as it is still there."""
        request: Any = self.request
        offers_before = request.basket.applied_offers()
        try:
            undone = undo(request, form.cleaned_data["added"])
        except NotChangedError as reason:
            request.basket.reset_offer_applications()
            messages.error(request, str(reason))
            return self.lead_back()
        if undone.returned:
            messages.success(request, _("What you had before is in your basket again."))
            self.tell_total(offers_before)
        elif undone.taken:
            messages.success(request, _("Taken out of your basket again."))
            self.tell_total(offers_before)
        elif undone.others:
            messages.success(request, _("Everything is as it was before."))
            self.tell_total(offers_before)
        else:
            messages.info(request, _("There is nothing to undo."))
        return self.lead_back()
