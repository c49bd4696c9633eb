"""What changes a basket by one press and can be taken back: remembered by the session, answered once, leading back."""

from collections.abc import Callable, Iterable, Sequence
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

from upsell.core.services import Added, NotChangedError, add_units, find_products, lock
from upsell.core.serving.undoing import Change, remember, was_answered


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


class AdditionView(BasketChangeView):
    """Adds something by POST, once per press, in a way that can be taken back."""

    def add_once(self, press: str, act: Callable[[], list[Added]]) -> tuple[str, list[Added]]:
        """Act under a lock on the basket, so that of two presses at once the second sees the first.

        Returns the name under which the addition can be taken back, and what was added; nothing if ``press`` was
        answered before.
        """
        request: Any = self.request
        if not request.basket.id:
            request.basket.save()
        with transaction.atomic():
            lock(request.basket)
            if was_answered(request, press):
                return "", []
            added = act()
            quantities: dict[str, int] = {}
            for addition in added:
                quantities[addition.line_reference] = quantities.get(addition.line_reference, 0) + addition.quantity
            name = remember(request, Change(quantities), press=press)
        return name, added

    def add_and_tell(self, wanted: Sequence[tuple[int, int]], *, once: str) -> HttpResponse:
        """Add units of products by their ids, all or none, unless this very press was answered before; tell it."""
        request: Any = self.request
        press = f"{once}:{','.join(f'{product}x{units}' for product, units in wanted)}" if once else ""
        offers_before = request.basket.applied_offers()
        try:
            products = find_products([product for product, _units in wanted])
            units = [(product, count) for product, (_id, count) in zip(products, wanted, strict=True)]
            name, added = self.add_once(press, lambda: add_units(basket=request.basket, units=units))
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

    def send_signals(self, added: Iterable[Added]) -> None:
        """Tell the shop of each product, as Oscar does when its own form adds one."""
        signal = get_class("basket.signals", "basket_addition")
        for addition in added:
            signal.send(sender=self, product=addition.product, user=self.request.user, request=self.request)
