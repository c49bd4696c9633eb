"""Adding a set, adding what completes an offer, and the page of an offer."""

import secrets
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.generic import ListView
from oscar.core.loading import get_model

from upsell.bundles.boxes import Item
from upsell.bundles.serving.adding import AddedSet, ChangedError, add_set
from upsell.bundles.serving.building import set_of
from upsell.bundles.serving.goods import Goods
from upsell.bundles.serving.posted import BundleForm, UnitsForm
from upsell.bundles.serving.reading import Running, bundle_running, fitting, popular_first
from upsell.conf import app_settings
from upsell.core.guard import attempt
from upsell.core.services import Added, NotChangedError
from upsell.core.views import AdditionView


class BundleAddView(AdditionView):
    """Adds a whole set with one press, or asks again if it has become dearer than what was shown."""

    form_class = BundleForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Add it, unless this very press was answered before."""
        request: Any = self.request
        posted = form.cleaned_data
        offers_before = request.basket.applied_offers()
        done: list[AddedSet] = []

        def act() -> list[Added]:
            done.append(
                add_set(
                    offer=posted["offer"],
                    choices=posted["choices"],
                    request=request,
                    basket=request.basket,
                    shown=posted["total"],
                    shown_currency=posted["currency"],
                    owned=posted["owned"],
                )
            )
            return done[0].added

        press = f"{posted['once']}:offer-{posted['offer']}" if posted["once"] else ""
        try:
            name, added = self.add_once(press, act)
        except ChangedError as changed:
            request.basket.reset_offer_applications()
            messages.warning(request, self.ask_again(changed, posted["choices"]), extra_tags="safe noicon")
            return self.lead_back()
        except NotChangedError as reason:
            request.basket.reset_offer_applications()
            messages.error(request, str(reason))
            return self.lead_back()
        if not added:
            messages.info(request, _("This is in your basket already."))
            return self.lead_back()
        message = render_to_string(
            "upsell/bundles/messages/added.html",
            {
                "box": done[0].box,
                "amounts": done[0].amounts,
                "currency": done[0].currency,
                "name": name,
                "next_url": request.POST.get("next", ""),
            },
            request=request,
        )
        messages.success(request, message, extra_tags="safe noicon")
        self.tell_total(offers_before)
        self.send_signals(added)
        return self.lead_back()

    def ask_again(self, changed: ChangedError, choices: dict[str, int]) -> str:
        """Say the new price, with a button that accepts it."""
        return render_to_string(
            "upsell/bundles/messages/changed.html",
            {
                "box": changed.box,
                "amounts": changed.amounts,
                "currency": changed.currency,
                "choices": choices,
                "next_url": self.request.POST.get("next", ""),
            },
            request=self.request,
        )


class UnitsAddView(AdditionView):
    """Adds so many units of one product, as the row of an offer that lacks them says."""

    form_class = UnitsForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Add them, unless this very press was answered before."""
        return self.add_and_tell([form.cleaned_data["item"]], once=form.cleaned_data["once"])


class OfferView(ListView):  # type: ignore[type-arg]  # generic in the stubs only
    """A running offer with the products that take part in it, page by page."""

    http_method_names = ["get", "head"]
    template_name = "upsell/bundles/offer.html"
    paginate_by = 24
    running: Running

    def get_queryset(self) -> Any:
        """Find the ids of what fits any of its slots, best sellers first."""
        running = bundle_running(self.kwargs["offer"]) if app_settings.ENABLED else None
        if running is None:
            raise Http404(_("This offer has ended."))
        self.running = running
        found = get_model("catalogue", "Product")._default_manager.none()
        for place in running.places:
            found = found | fitting(place)
        return popular_first(found).values_list("pk", flat=True)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Describe the offer and the products of this page."""
        context = super().get_context_data(**kwargs)
        request: Any = self.request
        ids = list(context["object_list"])
        box = attempt(
            "bundles.page", lambda: set_of(self.running, request=request, basket=request.basket), reads_only=True
        )
        if box is None:
            raise Http404
        items, currency = self.items(ids)
        context |= {
            "box": box if box.currency else replace(box, currency=currency),
            "items": items,
            "next_url": request.path,
            "once": secrets.token_urlsafe(9),
        }
        return context

    def items(self, ids: list[int]) -> tuple[list[Item], str]:
        """Describe products; say what their prices are in, too, which an offer without amounts does not know."""
        goods = Goods(self.request)
        goods.load(ids)
        found = goods.items(ids)
        shown = [found[product] for product in ids if product in found]
        currency = next((goods.currency_of(item.product_id) for item in shown if item.price is not None), "")
        return shown, currency
