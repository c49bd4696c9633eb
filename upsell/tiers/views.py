"""Switching a line of the basket to another step of its ladder, and refusing to."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from upsell.core.services import Added, NotChangedError
from upsell.core.views import AdditionView, BasketChangeView
from upsell.offers.serving.pressing import ChangedError, HeldError
from upsell.tiers.serving.declining import decline
from upsell.tiers.serving.posted import DeclineForm, SwapForm, TakeForm
from upsell.tiers.serving.swapping import swap
from upsell.tiers.serving.taking import take
from upsell.tiers.serving.telling import button, difference


class TierSwapView(AdditionView):
    """Switches a line to another step with one press, or asks again if it has become dearer than what was shown."""

    form_class = SwapForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Switch it, unless this very press was answered before; tell what happened, and how to undo it."""
        request: Any = self.request
        posted = form.cleaned_data
        offers_before = request.basket.applied_offers()
        press = f"{posted['once']}:swap-{posted['line']}-{posted['product']}" if posted["once"] else ""
        try:
            done = swap(
                line=posted["line"],
                product=posted["product"],
                request=request,
                basket=request.basket,
                offer=posted["offer"],
                shown=posted["total"],
                shown_currency=posted["currency"],
                press=press,
            )
        except NotChangedError as reason:
            request.basket.reset_offer_applications()
            self.tell_why_not(reason, posted)
            return self.lead_back()
        messages.success(
            request, self.told("swapped", done=done, sentences=difference(done.exchanged)), extra_tags="safe noicon"
        )
        self.tell_total(offers_before)
        self.send_signals([Added("", done.product, done.quantity)])
        return self.lead_back()

    def tell_why_not(self, reason: NotChangedError, posted: dict[str, Any]) -> None:
        """Say why nothing was changed; a new price comes with a button that accepts it."""
        match reason:
            case ChangedError():
                told = {"sentences": difference(reason.exchanged), "button": button(reason.exchanged)}
                message = self.told("changed", exchanged=reason.exchanged, posted=posted, **told)
                messages.warning(self.request, message, extra_tags="safe noicon")
            case HeldError():
                messages.info(self.request, str(reason))
            case _:
                messages.error(self.request, str(reason))

    def told(self, what: str, **context: Any) -> str:
        """Render a message."""
        values = {**context, "next_url": self.request.POST.get("next", "")}
        return render_to_string(f"upsell/tiers/messages/{what}.html", values, request=self.request)


class TierTakeView(AdditionView):
    """Adds a step at its special price with one press."""

    form_class = TakeForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Add it, unless this very press was answered before."""
        request: Any = self.request
        posted = form.cleaned_data
        offers_before = request.basket.applied_offers()
        try:
            added, name = take(
                product=posted["product"],
                offer=posted["offer"],
                request=request,
                basket=request.basket,
                shown=posted["total"],
                shown_currency=posted["currency"],
                press=f"{posted['once']}:take-{posted['product']}" if posted["once"] else "",
            )
        except NotChangedError as reason:
            request.basket.reset_offer_applications()
            tell = messages.info if isinstance(reason, HeldError) else messages.error
            tell(request, str(reason))
            return self.lead_back()
        told = {"products": [added.product], "name": name, "next_url": request.POST.get("next", "")}
        message = render_to_string("upsell/messages/added.html", told, request=request)
        messages.success(request, message, extra_tags="safe noicon")
        self.tell_total(offers_before)
        self.send_signals([added])
        return self.lead_back()


class TierDeclineView(BasketChangeView):
    """Remembers a "No, thanks", and leads back to where it was said."""

    form_class = DeclineForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Remember it, and say so in a word."""
        posted = form.cleaned_data
        try:
            title = decline(product=posted["product"], offer=posted["offer"], request=self.request)
        except NotChangedError as reason:
            messages.info(self.request, str(reason))
        else:
            messages.info(self.request, _("All right: %(title)s will not be suggested again.") % {"title": title})
        return self.lead_back()
