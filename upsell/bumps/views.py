"""Yes and no to an extra at the till, by one press each, and taking a no back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from upsell.bumps.serving.accepting import accept_bump
from upsell.bumps.serving.declining import decline_bump, undo_decline
from upsell.bumps.serving.posted import AcceptForm, DeclineForm
from upsell.bumps.serving.telling import button, come, costs
from upsell.core.services import NotChangedError
from upsell.core.views import AdditionView, BasketChangeView
from upsell.offers.serving.pressing import ChangedError, HeldError


class BumpAcceptView(AdditionView):
    """Adds an extra with one press, or asks again if it has become dearer than what was shown."""

    form_class = AcceptForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Add it, unless this very press was answered before; tell what happened, and how to undo it."""
        request: Any = self.request
        posted = form.cleaned_data
        offers_before = request.basket.applied_offers()
        try:
            done = accept_bump(
                offer=posted["offer"],
                product=posted["product"],
                units=posted["units"],
                request=request,
                basket=request.basket,
                shown=posted["total"],
                shown_currency=posted["currency"],
                press=f"{posted['once']}:bump-{posted['offer']}-{posted['product']}" if posted["once"] else "",
            )
        except NotChangedError as reason:
            request.basket.reset_offer_applications()
            self.tell_why_not(reason, posted)
            return self.lead_back()
        message = self.told("accepted", sentences=come(done.added, done.exchanged), name=done.name)
        messages.success(request, message, extra_tags="safe noicon")
        self.tell_total(offers_before)
        if done.added.quantity:
            self.send_signals([done.added])
        return self.lead_back()

    def tell_why_not(self, reason: NotChangedError, posted: dict[str, Any]) -> None:
        """Say why nothing was added; a new price comes with a button that accepts it."""
        match reason:
            case ChangedError(exchanged=now):
                message = self.told("changed", sentences=costs(now), button=button(now), exchanged=now, posted=posted)
                messages.warning(self.request, message, extra_tags="safe noicon")
            case HeldError():
                messages.info(self.request, str(reason))
            case _:
                messages.error(self.request, str(reason))

    def told(self, what: str, **context: Any) -> str:
        """Render a message."""
        values = {**context, "next_url": self.request.POST.get("next", "")}
        return render_to_string(f"upsell/bumps/messages/{what}.html", values, request=self.request)


class BumpDeclineView(BasketChangeView):
    """Remembers a "No, thanks", and leads back to where it was said."""

    form_class = DeclineForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Remember it, and say so in a word, with the way back."""
        offer = form.cleaned_data["offer"]
        try:
            title = decline_bump(offer=offer, request=self.request)
        except NotChangedError as reason:
            messages.info(self.request, str(reason))
            return self.lead_back()
        values = {"title": title, "offer": offer, "next_url": self.request.POST.get("next", "")}
        message = render_to_string("upsell/bumps/messages/declined.html", values, request=self.request)
        messages.info(self.request, message, extra_tags="safe noicon")
        return self.lead_back()


class BumpUndoDeclineView(BasketChangeView):
    """Takes a "No, thanks" back."""

    form_class = DeclineForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Forget it, and say so in a word."""
        try:
            title = undo_decline(offer=form.cleaned_data["offer"], request=self.request)
        except NotChangedError as reason:
            messages.info(self.request, str(reason))
        else:
            messages.info(self.request, _("%(title)s may be suggested again.") % {"title": title})
        return self.lead_back()
