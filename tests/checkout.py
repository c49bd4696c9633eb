"""A shopper at Oscar's real checkout, from the basket to the order, through the test client."""

import itertools
from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_model

_shoppers = itertools.count(1)


class Shopper:
    """A guest of an address of its own, or a ``user`` who is signed in, on the way from the basket to the order."""

    def __init__(self, user: Any = None, email: str = "") -> None:
        self.client = Client()
        self.email = email or f"guest{next(_shoppers)}@example.com"
        self.user = user
        if user is not None:
            self.client.force_login(user)

    def put(self, product: Any, quantity: int = 1) -> "Shopper":
        """Put units of a product into the basket, by the form of its page."""
        address = reverse("basket:add", kwargs={"pk": product.pk})
        response = self.client.post(address, {"quantity": quantity})
        assert response.status_code == 302, response.content
        return self

    def put_voucher(self, code: str) -> "Shopper":
        """Enter a voucher's code on the basket page."""
        assert self.client.post(reverse("basket:vouchers-add"), {"code": code}).status_code == 302
        return self

    def basket(self) -> Any:
        """Return the basket as the basket page shows it, with its offers applied."""
        return self.client.get(reverse("basket:summary")).context["basket"]

    def go_to_checkout(self) -> "Shopper":
        """Tell who is buying, and skip the shipping: nothing here is shipped."""
        get_model("catalogue", "ProductClass").objects.filter(requires_shipping=True).update(requires_shipping=False)
        if self.user is None:
            self.client.post(reverse("checkout:index"), {"username": self.email, "options": "anonymous"})
        self.client.get(reverse("checkout:shipping-method"))
        return self

    def preview(self) -> Any:
        """Open the preview; return its total."""
        response = self.client.get(reverse("checkout:preview"))
        assert response.status_code == 200, response.headers
        return response.context["order_total"]

    def press(self, *, follow: bool = False) -> Any:
        """Press "Place order" on the preview; return the answer."""
        return self.client.post(reverse("checkout:preview"), {"action": "place_order"}, follow=follow)

    def buy(self) -> Any:
        """Go all the way; return the order."""
        self.go_to_checkout()
        self.preview()
        response = self.press()
        assert response.status_code == 302, response.context["error"] if response.context else response.content
        assert response.url == reverse("checkout:thank-you")
        return get_model("order", "Order").objects.get(pk=self.client.session["checkout_order_id"])


def reprice(product: Any, price: str) -> None:
    """Change what a product costs."""
    product.stockrecords.update(price=Decimal(price))
