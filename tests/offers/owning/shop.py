"""A shop of Oscar's with a ladder whose owners pay the difference: orders, refunds and cancellations."""

import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from oscar.core.loading import get_class, get_model
from oscar.test import factories

from tests.offers.oscar_shop import apply, everything
from upsell.core.currencies import to_minor
from upsell.models import OrderOffer, Refund, SpentCredit
from upsell.offers.booking.refunds import answer_refund, book_refund, returnable
from upsell.offers.serving.families import install
from upsell.testing import make_basket, make_bundle, make_ladder, make_product, make_request, make_upgrade_offer

PRICES = ("10.00", "20.00", "35.00", "60.00")
TIMES = {"GBP": Decimal(1), "JPY": Decimal(100), "EUR": Decimal("1.13")}
_numbers = itertools.count(1)


class Shop:
    """Sells four steps and a lamp to ``user``; with ``bundle``, the lamp and one of the first two steps cost less."""

    def __init__(self, currency: str = "GBP", *, bundle: bool = False) -> None:
        install()
        self.user = factories.UserFactory()
        self.currency = currency
        self.steps = [make_product(f"Step {place}", price=price, stock=1000) for place, price in enumerate(PRICES, 1)]
        self.lamp = make_product("Lamp", price="5.55", stock=1000)
        self.offer = make_upgrade_offer(make_ladder(*self.steps), kind="owned", currency="")
        if bundle:
            make_bundle(self.steps[0], self.lamp, percent=20, currency="")
            make_bundle(self.steps[1], self.lamp, percent=10, currency="")
        self.trade_in(currency)

    def trade_in(self, currency: str) -> None:
        """Price everything in a currency from now on."""
        self.currency = currency
        for product, price in zip((*self.steps, self.lamp), (*PRICES, "5.55"), strict=True):
            product.stockrecords.update(
                price=(Decimal(price) * TIMES[currency]).quantize(Decimal(1) if currency == "JPY" else Decimal("0.01")),
                price_currency=currency,
            )

    def buy(self, units: Mapping[Any, int], *, voucher: int = 0, user: Any = None) -> Any:
        """Place an order as Oscar's checkout does; ``voucher`` is percent off everything."""
        basket = self.basket(units, voucher=voucher, user=user)
        return self.place(basket)

    def basket(self, units: Mapping[Any, int], *, voucher: int = 0, user: Any = None) -> Any:
        basket = make_basket(*units.items(), request=make_request(user=user or self.user))
        get_model("basket", "Basket").objects.filter(pk=basket.pk).update(owner=user or self.user)
        if voucher:
            basket.vouchers.add(self.voucher(voucher))
        return apply(basket)

    def voucher(self, percent: int) -> Any:
        offers, number = get_model("offer", "ConditionalOffer"), next(_numbers)
        condition = get_model("offer", "Condition").objects.create(range=everything(), type="Count", value=1)
        benefit = get_model("offer", "Benefit").objects.create(range=everything(), type="Percentage", value=percent)
        made = get_model("voucher", "Voucher").objects.create(
            name=f"V{number}", code=f"V{number}", start_datetime="2020-01-01T00:00Z", end_datetime="2099-01-01T00:00Z"
        )
        made.offers.add(
            offers.objects.create(
                name=f"V{number}", offer_type=offers.VOUCHER, condition=condition, benefit=benefit, priority=0
            )
        )
        return made

    def place(self, basket: Any) -> Any:
        method = get_class("shipping.methods", "NoShippingRequired")()
        request = basket.strategy.request
        charge = method.calculate(basket)
        total = get_class("checkout.calculators", "OrderTotalCalculator")(request).calculate(basket, charge)
        basket.freeze()
        order = get_class("order.utils", "OrderCreator")().place_order(
            basket=basket,
            total=total,
            shipping_method=method,
            shipping_charge=charge,
            user=request.user,
            request=request,
            status="Pending",
            order_number=f"N{next(_numbers)}",
        )
        basket.submit()
        return order

    def take_back(self, order: Any, units: Mapping[int, int], method: str = "pro_rata") -> Refund:
        """Refund what the answer says: it is what is booked."""
        answer = answer_refund(order=order, units=units).methods[method]
        refund = book_refund(
            order=order, units=units, method=method, reference=f"r{next(_numbers)}", expected=answer.incl_tax
        )
        assert refund.amount_incl_tax == answer.incl_tax >= 0
        assert refund.amount_excl_tax >= 0
        return refund

    def cancel(self, order: Any) -> None:
        """Cancel it, and pay back what may be."""
        order.set_status("Cancelled")
        left = {line.pk: kept for line, kept in returnable(order=order) if kept}
        if left:
            self.take_back(order, left)

    # --- the books ----------------------------------------------------------------------------------------------------

    def minor(self, amount: Decimal, order: Any) -> int:
        return to_minor(amount, order.currency)

    def net(self, order: Any) -> int:
        """What was paid for the goods of an order, and not paid back."""
        back = sum((refund.amount_incl_tax for refund in order.upsell_refunds.all()), Decimal(0))
        return self.minor(order.total_incl_tax - order.shipping_incl_tax - back, order)

    def kept_costs(self, order: Any) -> int:
        """What is kept of an order and was not credited on costs, without credits, at least."""
        total = 0
        owned = OrderOffer.objects.filter(order=order, offer=self.offer)
        for line, kept in returnable(order=order):
            credited_on = SpentCredit.objects.live().filter(line=line, returned_by=None).count()
            from_credits = sum(
                (unit.part * unit.quantity for unit in line.upsell_units.filter(order_offer__in=owned)), Decimal(0)
            )
            price = self.minor(line.line_price_incl_tax + from_credits, order)
            total += price * (kept - credited_on) // line.quantity
        return total
