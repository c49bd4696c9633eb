"""What tests of pricing need of a shop: strategies of other countries, vouchers, and Oscar's engine in one call."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from upsell.testing import make_basket, make_request

Default = get_class("partner.strategy", "Default")
FixedPrice = get_class("partner.prices", "FixedPrice")
TaxInclusiveFixedPrice = get_class("partner.prices", "TaxInclusiveFixedPrice")


class British(Default):
    """Prices with 20 % tax, in four decimals, as Oscar's own UK strategy quotes them."""

    rate = Decimal("0.20")

    def pricing_policy(self, product: Any, stockrecord: Any) -> Any:
        tax = (stockrecord.price * self.rate).quantize(Decimal("0.0001"))
        return TaxInclusiveFixedPrice(currency=stockrecord.price_currency, excl_tax=stockrecord.price, tax=tax)


class American(Default):
    """Prices whose tax is not known before the address is."""

    def pricing_policy(self, product: Any, stockrecord: Any) -> Any:
        return FixedPrice(currency=stockrecord.price_currency, excl_tax=stockrecord.price, tax=None)


def apply(basket: Any) -> Any:
    """Reset the basket's offers and apply them all, as Oscar's pages do."""
    basket.reset_offer_applications()
    return apply_again(basket)


def apply_again(basket: Any) -> Any:
    """Apply all offers without a reset, as adding a voucher does."""
    request = getattr(basket.strategy, "request", None)
    get_class("offer.applicator", "Applicator")().apply(basket, getattr(request, "user", AnonymousUser()), request)
    return basket


def priced(*lines: Any, strategy: Any = None) -> Any:
    """Make a basket of these lines, and apply all offers."""
    request = make_request()
    if strategy is not None:
        request.strategy = strategy(request)
    return apply(make_basket(*lines, request=request))


def discount(*lines: Any, **options: Any) -> Decimal:
    """Tell what all offers take off these lines."""
    found: Decimal = sum((one["discount"] for one in priced(*lines, **options).offer_applications), Decimal(0))
    return found


def parts(basket: Any) -> list[Decimal]:
    """List what was taken off each line."""
    return [line.discount_value for line in basket.all_lines()]


def everything() -> Any:
    """Find or make a range of all products."""
    return get_model("offer", "Range").objects.get_or_create(name="All", includes_all_products=True)[0]


def site_offer(*, name: str = "Site offer", benefit: dict[str, Any] | None = None, **fields: Any) -> Any:
    """Make an offer of Oscar's own, of 10 % on everything."""
    benefit = {"type": "Percentage", "value": Decimal(10), "range": everything(), **(benefit or {})}
    return get_model("offer", "ConditionalOffer").objects.create(
        name=name,
        condition=get_model("offer", "Condition").objects.create(type="Count", value=1, range=everything()),
        benefit=get_model("offer", "Benefit").objects.create(**benefit),
        **{"priority": 0, **fields},
    )


def voucher_on(basket: Any, **fields: Any) -> Any:
    """Put a voucher of 10 % on the basket."""
    now = timezone.now()
    voucher = get_model("voucher", "Voucher").objects.create(
        name="Ten", code="TEN", start_datetime=now, end_datetime=now + timezone.timedelta(days=1)
    )
    voucher.offers.add(site_offer(name="Voucher", offer_type="Voucher", **fields))
    basket.vouchers.add(voucher)
    return voucher
