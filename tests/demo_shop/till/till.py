"""What the shop really takes: baskets filled and paid as shoppers do, or priced by Oscar without a page."""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_class, get_model

from upsell.offers.serving import families

ADDRESS = {
    "first_name": "Sam",
    "last_name": "Shopper",
    "line1": "1 High Street",
    "line4": "London",
    "postcode": "N1 9RT",
    "country": "GB",
    "phone_number": "",
    "notes": "",
}
_guests = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a basket costs: before discounts, what our offers take off, and what is paid; what is left of each line."""

    full: Decimal
    ours: Decimal
    total: Decimal
    lines: Mapping[int, tuple[Decimal, Decimal]]  # product -> at single prices, discount

    @property
    def saving(self) -> Decimal:
        """What is taken off in all."""
        return self.full - self.total


def charge_of(basket: Any) -> Charge:
    """Read what Oscar takes for a basket whose offers have been applied."""
    ours = set(families.rows().values_list("pk", flat=True))
    lines = {
        line.product_id: (line.line_price_incl_tax, line.line_price_incl_tax - line.line_price_incl_tax_incl_discounts)
        for line in basket.all_lines()
    }
    return Charge(
        full=basket.total_incl_tax_excl_discounts,
        ours=sum((one["discount"] for one in basket.offer_applications if one["offer"].pk in ours), Decimal(0)),
        total=basket.total_incl_tax,
        lines=lines,
    )


@transaction.atomic
def charge(items: Iterable[tuple[int, int]]) -> Charge:
    """Fill a basket with products, let Oscar apply its offers, and take it back."""
    wanted = list(items)
    products = get_model("catalogue", "Product")._default_manager.in_bulk([product for product, _units in wanted])
    basket = get_model("basket", "Basket")._default_manager.create()
    basket.strategy = get_class("partner.strategy", "Selector")().strategy(user=AnonymousUser())
    for product, units in wanted:
        basket.add_product(products[product], units)
    get_class("offer.applicator", "Applicator")().apply(basket, AnonymousUser())
    found = charge_of(basket)
    transaction.set_rollback(True)
    return found


@cache
def single(product: int) -> Decimal:
    """Take one unit of a product; of one with variants, the cheapest."""
    return min(charge([(variant, 1)]).total for variant in sellable(product))


@cache
def sellable(product: int) -> tuple[int, ...]:
    """List what can be bought of a product: itself, or its variants."""
    found = get_model("catalogue", "Product")._default_manager.get(pk=product)
    strategy = get_class("partner.strategy", "Selector")().strategy(user=AnonymousUser())
    options = list(found.get_public_children()) if found.is_parent else [found]
    return tuple(option.pk for option in options if strategy.fetch_for_product(option).availability.is_available_to_buy)


class OnePicture:
    """Show the same picture of every size: to draw them all takes longer than to read all prices beside them."""

    url, width, height = "/static/picture.png", 200, 200

    def generate_thumbnail(self, source: Any, **options: Any) -> "OnePicture":
        """Answer as Oscar's thumbnailers do."""
        return self


class Shopper:
    """Someone at the shop's pages: a guest of an address of one's own, or a customer."""

    def __init__(self, user: Any = None) -> None:
        self.client = Client()
        self.user = user
        self.email = user.email if user else f"guest{next(_guests)}@till.example"
        if user:
            self.client.force_login(user)

    def get(self, address: str) -> Any:
        """Open a page."""
        response = self.client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return response

    def post(self, address: str, values: Mapping[str, Any]) -> Any:
        """Press a button, and see the page that it leads to."""
        response = self.client.post(address, values, follow=True)
        assert response.status_code == 200, (address, response.status_code)
        return response

    def put(self, product: int, units: int = 1) -> None:
        """Put units of a product into the basket, by the form of its page."""
        found = get_model("catalogue", "Product")._default_manager.get(pk=product)
        address = reverse("basket:add", args=[found.parent_id or found.pk])
        # Of a basket that is half full no page is compared: a page that shows its message and no more will do.
        values: dict[str, Any] = {
            "quantity": units,
            "next": reverse("customer:profile-view" if self.user else "customer:login"),
        }
        if found.parent_id:
            values["child_id"] = found.pk
        self.post(address, values)

    def basket_page(self) -> tuple[Any, Charge]:
        """Open the basket; what it costs comes with it."""
        response = self.get(reverse("basket:summary"))
        return response, charge_of(response.context["basket"])

    def take_back(self, response: Any) -> None:
        """Press "Undo" in the message of a page."""
        found = re.search(r'name="added" value="([^"]+)"', response.content.decode())
        assert found, "nothing to undo"
        self.client.post(reverse("upsell:set-undo"), {"added": found[1]})

    def check_out(self) -> tuple[Any, Any, Any, Any]:
        """Go all the way; return the preview, the thank-you page, the order and its mail."""
        mail.outbox.clear()
        if self.user is None:
            self.post(reverse("checkout:index"), {"username": self.email, "options": "anonymous"})
        self.post(reverse("checkout:shipping-address"), ADDRESS)
        preview = self.get(reverse("checkout:preview"))
        thanks = self.post(reverse("checkout:preview"), {"action": "place_order"})
        order = get_model("order", "Order")._default_manager.get(pk=thanks.context["order"].pk)
        [sent] = [one for one in mail.outbox if order.number in one.body]
        return preview, thanks, order, sent
