"""What tests of rewards share: a shop that charges for delivery, its shipping offers, and a basket as pages see it."""

from decimal import Decimal
from typing import Any

import pytest
from oscar.core.loading import get_class, get_model
from oscar.test import factories


@pytest.fixture
def _delivery_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the shop charge 5.00 for delivery."""
    fixed = get_class("shipping.methods", "FixedPrice")
    let_delivery_be(fixed(charge_excl_tax=Decimal("5.00"), charge_incl_tax=Decimal("5.00")), monkeypatch)


def let_delivery_be(method: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the shop deliver by this method only."""
    monkeypatch.setattr(get_class("shipping.repository", "Repository"), "methods", (method,))


def filled(*contents: Any, request: Any = None) -> Any:
    """Build a request whose basket holds products, or pairs of one and a quantity, with offers applied as on a page."""
    from upsell.testing import make_request

    request = request or make_request()
    request.basket.save()
    for content in contents:
        product, units = content if isinstance(content, tuple) else (content, 1)
        request.basket.add_product(product, units)
    return applied(request)


def applied(request: Any) -> Any:
    """Apply the offers anew, as the next request does."""
    request.basket.reset_offer_applications()
    get_class("offer.applicator", "Applicator")().apply(request.basket, request.user, request)
    return request


def free_delivery(value: Any, *, kind: str = "Value", benefit: str = "Shipping percentage", **fields: Any) -> Any:
    """Create an offer of Oscar's: free delivery from an amount, or a number of products, of a range (all)."""
    model = get_model("offer", "ConditionalOffer")
    range_ = fields.pop("range", None) or factories.RangeFactory(name="All", includes_all_products=True)
    condition = factories.ConditionFactory(range=range_, type=kind, value=Decimal(value))
    share = fields.pop("share", Decimal(100) if benefit == "Shipping percentage" else Decimal(0))
    given = factories.BenefitFactory(range=None, type=benefit, value=share)
    return factories.ConditionalOfferFactory(
        **{"condition": condition, "benefit": given, "offer_type": model.SITE, "exclusive": False, "priority": 0}
        | fields
    )


def delivery_price(request: Any) -> Decimal:
    """Ask the shop's own repository what delivery costs now."""
    found = get_class("shipping.repository", "Repository")().get_default_shipping_method(request.basket)
    price: Decimal = found.calculate(request.basket).incl_tax
    return price
