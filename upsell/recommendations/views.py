"""Adding what a widget offers, and taking it back. Both answer by leading back to where the shopper was."""

import secrets
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.generic import FormView
from oscar.core.loading import get_class
from oscar.core.utils import safe_referrer

from upsell.core.services import Added, NotChangedError, add_products, find_products, lock, take_back
from upsell.recommendations.forms import SetForm, UndoForm

SESSION_KEY = "upsell_added"  # name -> [what a repeated press repeats, quantities by line reference]
REMEMBERED = 8  # additions that can be taken back


@method_decorator([csrf_protect, never_cache], name="dispatch")
class BasketChangeView(FormView):  # type: ignore[type-arg]  # generic in the stubs only
    """Changes the basket by POST, tells what happened, and leads back."""

    http_method_names = ["post"]
    request: HttpRequest

    def form_invalid(self, form: Any) -> HttpResponse:
        """Tell the first thing that is wrong with what was posted."""
        messages.error(self.request, next(iter(form.errors.values()))[0])
        return self.lead_back()

    def lead_back(self) -> HttpResponse:
        """Redirect to the page named by ``next`` if it is the shop's own, else to where the browser came from."""
        request = self.request
        target = request.POST.get("next", "")
        if "\x00" not in target and url_has_allowed_host_and_scheme(
            target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            return HttpResponseRedirect(target)
        return HttpResponseRedirect(safe_referrer(request, "basket:summary"))

    def tell_total(self, offers_before: Any) -> None:
        """Tell the new total, and which offers came or went, in Oscar's own words."""
        get_class("basket.utils", "BasketMessageGenerator")().apply_messages(self.request, offers_before)


class SetAddView(BasketChangeView):
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
            name, added = self.add(products, press)
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
        signal = get_class("basket.signals", "basket_addition")
        for addition in added:
            signal.send(sender=self, product=addition.product, user=request.user, request=request)
        return self.lead_back()

    def add(self, products: list[Any], press: str) -> tuple[str, list[Added]]:
        """Add under a lock on the basket, so that of two presses at once the second sees the first."""
        request: Any = self.request
        if not request.basket.id:
            request.basket.save()
        with transaction.atomic():
            lock(request.basket)
            additions = _stored_additions(request.session)
            if press and any(press == earlier for earlier, _quantities in additions.values()):
                return "", []
            added = add_products(basket=request.basket, products=products)
            quantities: dict[str, int] = {}
            for addition in added:
                quantities[addition.line_reference] = quantities.get(addition.line_reference, 0) + addition.quantity
            name = secrets.token_urlsafe(9)
            additions[name] = [press, quantities]
            request.session[SESSION_KEY] = dict(list(additions.items())[-REMEMBERED:])
            request.session.save()
        return name, added


class SetUndoView(BasketChangeView):
    """Takes back what one press added."""

    form_class = UndoForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it back, as far as it is still there."""
        request: Any = self.request
        offers_before = request.basket.applied_offers()
        try:
            taken = self.take_back(form.cleaned_data["added"]) if request.basket.id else 0
        except NotChangedError as reason:
            messages.error(request, str(reason))
            return self.lead_back()
        if taken:
            messages.success(request, _("Taken out of your basket again."))
            self.tell_total(offers_before)
        else:
            messages.info(request, _("There is nothing to undo."))
        return self.lead_back()

    def take_back(self, name: str) -> int:
        """Take back what was added under a name, once, and forget the name; return how many units."""
        request: Any = self.request
        with transaction.atomic():
            lock(request.basket)
            additions = _stored_additions(request.session)
            _press, quantities = additions.pop(name, ("", {}))
            taken = take_back(basket=request.basket, quantities=quantities) if quantities else 0
            request.session[SESSION_KEY] = additions
            request.session.save()
        return taken


def _stored_additions(session: Any) -> dict[str, Any]:
    """Read what was added from the session's store: a press at the same moment may have written since."""
    if session.session_key is None:
        return {}
    return dict(type(session)(session.session_key).get(SESSION_KEY, {}))
