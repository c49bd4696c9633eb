"""What proofs of bumps share: a till with one offer at it, and somebody who passes it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from oscar.core.loading import get_class

from tests.checkout import Shopper
from tests.tiers.specials import conftest as specials
from upsell.bumps.serving.accepting import Accepted, accept_bump
from upsell.bumps.serving.declining import decline_bump, undo_decline
from upsell.core.serving.undoing import Undone, undo
from upsell.testing import make_bump, make_product


class Visitor(specials.Visitor):
    """Somebody with a session and a basket, who comes with a new request each time."""

    def units_of(self, product: Any) -> int:
        return int(self.basket.lines.filter(product=product).aggregate(units=Sum("quantity"))["units"] or 0)

    def set_units(self, product: Any, units: int) -> None:
        """Change the quantity of a line, as the form of the basket does; 0 removes it."""
        line = self.basket.lines.filter(product=product).first()
        if line is None:
            return
        line.quantity, line.basket = units, self.basket
        if units:
            line.save()
        else:
            line.delete()
        self.basket.reset_offer_applications()

    def accepts(self, bump: Any, product: Any, units: int = 1, **shown: Any) -> Accepted:
        request = self.request()
        offer, product = getattr(bump, "pk", bump), getattr(product, "pk", product)
        return accept_bump(offer=offer, product=product, units=units, request=request, basket=self.basket, **shown)

    def undoes(self, name: str) -> Undone:
        return undo(self.request(), name)

    def declines(self, bump: Any) -> str:
        return decline_bump(offer=bump.pk, request=self.request())

    def thinks_again(self, bump: Any) -> str:
        return undo_decline(offer=bump.pk, request=self.request())

    def orders(self) -> Any:
        """Place the order of the basket, as Oscar's checkout does. Raises UnableToPlaceOrder."""
        self.pays()
        request, basket = self.request(), self.basket
        self.pays()
        method = get_class("shipping.methods", "NoShippingRequired")()
        charge = method.calculate(basket)
        order = get_class("order.utils", "OrderCreator")().place_order(
            basket=basket,
            total=get_class("checkout.calculators", "OrderTotalCalculator")(request).calculate(basket, charge),
            shipping_method=method,
            shipping_charge=charge,
            user=request.user,
            request=request,
            **({} if self.user else {"guest_email": "guest@example.com"}),
        )
        basket.submit()
        return order


@dataclass
class Till:
    """A camera (100.00) calls for a card (10.00), which is 3.00 off for whoever accepts it; a strap is beside it."""

    camera: Any
    card: Any
    strap: Any
    bump: Any


def presses_add(shopper: Shopper, till: Till, **fields: Any) -> Shopper:
    """Press "Add", as the box at the till posts it."""
    posted = {"offer": till.bump.pk, "product": till.card.pk, **fields}
    assert shopper.client.post(reverse("upsell:bump-accept"), posted).status_code == 302
    return shopper


def open_till(**fields: Any) -> Till:
    """Open it; ``fields`` are the bump's."""
    camera, card = make_product("Camera", price="100.00", stock=999), make_product("Card", price="10.00", stock=999)
    strap = make_product("Strap", price="5.00", stock=999)
    return Till(camera, card, strap, make_bump(card, trigger=camera, **{"off": "3.00", **fields}))
