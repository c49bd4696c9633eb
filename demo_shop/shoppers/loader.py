"""Writes simulated orders into Oscar as the checkout would have: totals, taxes and availability are the strategy's.

Rows are written in bulk, so no signal is sent, no mail goes out and nothing is counted twice. Numbers begin with
``SIM-``, payments are of the type "Simulated": everyone who meets such an order can tell.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.sites.models import Site
from django.db import transaction
from django.db.models import Avg
from oscar.core.loading import get_class, get_model
from oscar.core.utils import get_default_currency

from demo_shop.catalogue.goods import Goods
from demo_shop.given_dates import given_dates
from demo_shop.shoppers.people import Customer
from demo_shop.shoppers.reviews import Review
from demo_shop.shoppers.simulation import Line as SimulatedLine
from demo_shop.shoppers.simulation import Order as SimulatedOrder

BillingAddress = get_model("order", "BillingAddress")
Line = get_model("order", "Line")
LinePrice = get_model("order", "LinePrice")
Order = get_model("order", "Order")
OrderStatusChange = get_model("order", "OrderStatusChange")
PaymentEvent = get_model("order", "PaymentEvent")
PaymentEventQuantity = get_model("order", "PaymentEventQuantity")
PaymentEventType = get_model("order", "PaymentEventType")
Product = get_model("catalogue", "Product")
ProductRecord = get_model("analytics", "ProductRecord")
ProductReview = get_model("reviews", "ProductReview")
ShippingAddress = get_model("order", "ShippingAddress")
ShippingEvent = get_model("order", "ShippingEvent")
ShippingEventQuantity = get_model("order", "ShippingEventQuantity")
ShippingEventType = get_model("order", "ShippingEventType")
Source = get_model("payment", "Source")
SourceType = get_model("payment", "SourceType")
StockRecord = get_model("partner", "StockRecord")
Transaction = get_model("payment", "Transaction")
UserAddress = get_model("address", "UserAddress")
UserRecord = get_model("analytics", "UserRecord")
Country = get_model("address", "Country")

PREFIX = "SIM-"
PENDING, PROCESSING, COMPLETE, CANCELLED = "Pending", "Being processed", "Complete", "Cancelled"
CENT = Decimal("0.01")
AT_ONCE = 1_000  # orders
DATED = (Order, OrderStatusChange, PaymentEvent, ProductReview, ShippingEvent, Transaction)


class Sellable(NamedTuple):
    """What an order line needs to know of a product."""

    product: Any
    stockrecord: Any
    title: str
    unit_incl_tax: Decimal
    unit_excl_tax: Decimal
    tax_code: str | None


def sellables() -> dict[str, Sellable]:
    """Price every product that can be put into a basket, by the partner's sku, as a visitor would see it today."""
    strategy = get_class("partner.strategy", "Selector")().strategy()
    found = {}
    for stockrecord in StockRecord.objects.select_related(
        "partner", "product__product_class", "product__parent__product_class"
    ):
        product = stockrecord.product
        price = strategy.pricing_policy(product, stockrecord)
        found[stockrecord.partner_sku] = Sellable(
            product,
            stockrecord,
            product.get_title(),
            price.incl_tax.quantize(CENT) if price.is_tax_known else price.excl_tax.quantize(CENT),
            price.excl_tax.quantize(CENT),
            getattr(price, "tax_code", None),
        )
    return found


@transaction.atomic
def load_customers(customers: Iterable[Customer], passwords: dict[str, str], first_orders: dict[int, datetime]) -> None:
    """Create an account for every customer who made one. ``passwords`` are those of the personas, by their key."""
    User = get_user_model()  # noqa: N806  # a class
    locked = make_password(None)
    rows = [
        User(
            username=customer.key or f"customer-{customer.number}",
            email=customer.email,
            first_name=customer.given,
            last_name=customer.family,
            password=make_password(passwords[customer.key]) if customer.key else locked,
            date_joined=first_orders[customer.number],
        )
        for customer in customers
        if not customer.guest and customer.number in first_orders
    ]
    User.objects.bulk_create(rows)
    users = {user.email: user for user in rows}
    for customer in customers:
        if customer.key and customer.email in users:
            UserAddress.objects.create(
                user=users[customer.email],
                is_default_for_shipping=True,
                is_default_for_billing=True,
                **_address(customer),
            )


@transaction.atomic
def load_orders(orders: Sequence[SimulatedOrder], report: Callable[[float], None] = lambda fraction: None) -> None:
    """Write the orders with all that belongs to them, and what they leave behind: allocations and records."""
    writer = _OrderWriter()
    waiting = iter(orders)
    done = 0
    with given_dates(*DATED):
        while batch := list(islice(waiting, AT_ONCE)):
            writer.write(batch)
            done += len(batch)
            report(done / len(orders))
    writer.close()


@transaction.atomic
def load_reviews(goods: Goods, reviews: Sequence[Review]) -> None:
    """Write the reviews, and the ratings they give."""
    users = dict(get_user_model().objects.values_list("email", "pk"))
    products = dict(Product.objects.exclude(structure=Product.CHILD).values_list("title", "pk"))
    with given_dates(ProductReview):
        ProductReview.objects.bulk_create(
            ProductReview(
                product_id=products[goods.by_sku[review.product].title],
                user_id=users[review.customer.email],
                score=review.score,
                title=review.title,
                body=review.body,
                status=ProductReview.APPROVED,
                date_created=review.at,
            )
            for review in reviews
        )
    ratings = ProductReview.objects.values("product").annotate(mean=Avg("score"))
    Product.objects.bulk_update([Product(pk=row["product"], rating=row["mean"]) for row in ratings], ["rating"])


class _OrderWriter:
    def __init__(self) -> None:
        self.sellables = sellables()
        self.users = dict(get_user_model().objects.values_list("email", "pk"))
        self.countries = Country.objects.in_bulk()
        self.site = Site.objects.get_current()
        self.currency = get_default_currency()
        self.shipping = get_class("shipping.methods", "Free")()
        self.shipped, self.returned = self._types(ShippingEventType, "Shipped", "Returned")
        self.settled, self.refunded = self._types(PaymentEventType, "Settled", "Refunded")
        self.source_type, _ = SourceType.objects.get_or_create(name="Simulated")
        self.allocated: Counter[int] = Counter()
        self.purchased: Counter[int] = Counter()
        self.records: dict[int, Any] = {}

    def write(self, batch: Sequence[SimulatedOrder]) -> None:
        shipping = ShippingAddress.objects.bulk_create(self._addresses(ShippingAddress, batch))
        billing = BillingAddress.objects.bulk_create(self._addresses(BillingAddress, batch))
        orders = Order.objects.bulk_create(map(self._order, batch, shipping, billing))
        lines = Line.objects.bulk_create(
            self._line(order, line) for order, simulated in zip(orders, batch, strict=True) for line in simulated.lines
        )
        LinePrice.objects.bulk_create(map(self._line_price, lines))
        by_order = defaultdict(list)
        for line in lines:
            by_order[line.order_id].append(line)
        whole = [(order, simulated, by_order[order.pk]) for order, simulated in zip(orders, batch, strict=True)]
        OrderStatusChange.objects.bulk_create(change for each in whole for change in self._status_changes(*each))
        self._ship(whole)
        self._pay(whole)
        self._count(whole)

    def close(self) -> None:
        """Write what the orders leave behind elsewhere, as Oscar's receivers would have."""
        records = StockRecord.objects.in_bulk(self.allocated)
        for pk, quantity in self.allocated.items():
            records[pk].num_allocated = (records[pk].num_allocated or 0) + quantity
        StockRecord.objects.bulk_update(records.values(), ["num_allocated"])
        ProductRecord.objects.bulk_create(
            ProductRecord(product_id=pk, num_basket_additions=quantity, num_purchases=quantity)
            for pk, quantity in self.purchased.items()
        )
        UserRecord.objects.bulk_create(self.records.values())

    # --- rows of one order --------------------------------------------------------------------------------------------

    def _order(self, order: SimulatedOrder, shipping_address: Any, billing_address: Any) -> Any:
        customer = order.customer
        goods = [(self.sellables[line.sku], line.quantity) for line in order.lines]
        return Order(
            number=f"{PREFIX}{100_000 + order.number}",
            site=self.site,
            user_id=self.users.get(customer.email),
            guest_email=customer.email if customer.guest else "",
            billing_address=billing_address,
            shipping_address=shipping_address,
            currency=self.currency,
            total_incl_tax=sum(sellable.unit_incl_tax * quantity for sellable, quantity in goods),
            total_excl_tax=sum(sellable.unit_excl_tax * quantity for sellable, quantity in goods),
            shipping_incl_tax=Decimal(0),
            shipping_excl_tax=Decimal(0),
            shipping_method=str(self.shipping.name),
            shipping_code=self.shipping.code,
            status=_status(order),
            date_placed=order.at,
        )

    def _line(self, order: Any, line: SimulatedLine) -> Any:
        sellable = self.sellables[line.sku]
        stockrecord = sellable.stockrecord
        is_open = order.status in (PENDING, PROCESSING)
        incl_tax, excl_tax = sellable.unit_incl_tax * line.quantity, sellable.unit_excl_tax * line.quantity
        return Line(
            order_id=order.pk,
            partner_id=stockrecord.partner_id,
            partner_name=stockrecord.partner.name,
            partner_sku=stockrecord.partner_sku,
            stockrecord_id=stockrecord.pk,
            product_id=sellable.product.pk,
            title=sellable.title,
            upc=sellable.product.upc,
            quantity=line.quantity,
            line_price_incl_tax=incl_tax,
            line_price_excl_tax=excl_tax,
            line_price_before_discounts_incl_tax=incl_tax,
            line_price_before_discounts_excl_tax=excl_tax,
            unit_price_incl_tax=sellable.unit_incl_tax,
            unit_price_excl_tax=sellable.unit_excl_tax,
            tax_code=sellable.tax_code,
            status=order.status,
            num_allocated=line.quantity if is_open else 0,
            allocation_cancelled=order.status == CANCELLED,
        )

    def _line_price(self, line: Any) -> Any:
        return LinePrice(
            order_id=line.order_id,
            line_id=line.pk,
            quantity=line.quantity,
            price_incl_tax=line.unit_price_incl_tax,
            price_excl_tax=line.unit_price_excl_tax,
            tax_code=line.tax_code,
        )

    def _addresses(self, model: Any, batch: Iterable[SimulatedOrder]) -> list[Any]:
        addresses = []
        for order in batch:
            address = model(**_address(order.customer, self.countries))
            address._update_search_text()  # what save() does, and bulk_create does not
            addresses.append(address)
        return addresses

    def _status_changes(self, order: Any, simulated: SimulatedOrder, lines: Sequence[Any]) -> Iterable[Any]:
        steps = (
            (simulated.processed_at, PENDING, PROCESSING),
            (simulated.completed_at, PROCESSING, COMPLETE),
            (simulated.cancelled_at, PENDING, CANCELLED),
        )
        for at, old, new in steps:
            if at is not None:
                yield OrderStatusChange(order_id=order.pk, old_status=old, new_status=new, date_created=at)

    # --- what happened to many orders ---------------------------------------------------------------------------------

    def _ship(self, whole: Iterable[tuple[Any, SimulatedOrder, Sequence[Any]]]) -> None:
        """Send what was completed, and take back what was returned."""
        events = []
        for order, simulated, lines in whole:
            if simulated.completed_at:
                event = ShippingEvent(order_id=order.pk, event_type=self.shipped, date_created=simulated.completed_at)
                events.append((event, lines))
            if simulated.returned_at:
                event = ShippingEvent(order_id=order.pk, event_type=self.returned, date_created=simulated.returned_at)
                events.append((event, _returned(simulated, lines)))
        ShippingEvent.objects.bulk_create(event for event, _ in events)
        ShippingEventQuantity.objects.bulk_create(
            ShippingEventQuantity(event_id=event.pk, line_id=line.pk, quantity=line.quantity)
            for event, lines in events
            for line in lines
        )

    def _pay(self, whole: Sequence[tuple[Any, SimulatedOrder, Sequence[Any]]]) -> None:
        """Debit when an order is processed, refund what came back."""
        sources, moves, events = [], [], []
        for order, simulated, lines in whole:
            source = self._source(order)
            sources.append(source)
            moves.append((source, Transaction.AUTHORISE, order.total_incl_tax, order.date_placed))
            if simulated.processed_at:
                source.amount_debited = order.total_incl_tax
                moves.append((source, Transaction.DEBIT, order.total_incl_tax, simulated.processed_at))
                events.append((self.settled, order, order.total_incl_tax, simulated.processed_at, lines))
            if simulated.returned_at:
                back = _returned(simulated, lines)
                source.amount_refunded = sum(line.line_price_incl_tax for line in back)
                moves.append((source, Transaction.REFUND, source.amount_refunded, simulated.returned_at))
                events.append((self.refunded, order, source.amount_refunded, simulated.returned_at, back))
        Source.objects.bulk_create(sources)
        Transaction.objects.bulk_create(
            Transaction(source_id=source.pk, txn_type=kind, amount=amount, status="Accepted", date_created=at)
            for source, kind, amount, at in moves
        )
        rows = PaymentEvent.objects.bulk_create(
            PaymentEvent(order_id=order.pk, event_type=kind, amount=amount, date_created=at)
            for kind, order, amount, at, _ in events
        )
        PaymentEventQuantity.objects.bulk_create(
            PaymentEventQuantity(event_id=row.pk, line_id=line.pk, quantity=line.quantity)
            for row, (*_, lines) in zip(rows, events, strict=True)
            for line in lines
        )

    def _source(self, order: Any) -> Any:
        return Source(
            order_id=order.pk,
            source_type=self.source_type,
            currency=self.currency,
            amount_allocated=order.total_incl_tax,
            amount_debited=Decimal(0),
            amount_refunded=Decimal(0),
            reference=order.number,
        )

    def _count(self, whole: Iterable[tuple[Any, SimulatedOrder, Sequence[Any]]]) -> None:
        for order, _, lines in whole:
            for line in lines:
                self.purchased[line.product_id] += line.quantity
                if line.num_allocated:
                    self.allocated[line.stockrecord_id] += line.num_allocated
            if order.user_id is None:
                continue
            record = self.records.setdefault(order.user_id, UserRecord(user_id=order.user_id, total_spent=Decimal(0)))
            record.num_orders += 1
            record.num_order_lines += len(lines)
            record.num_order_items += sum(line.quantity for line in lines)
            record.num_basket_additions += len(lines)
            record.total_spent += order.total_incl_tax
            record.date_last_order = order.date_placed

    @staticmethod
    def _types(model: Any, *names: str) -> list[Any]:
        return [model.objects.get_or_create(name=name)[0] for name in names]


def _status(order: SimulatedOrder) -> str:
    if order.cancelled_at:
        return CANCELLED
    if order.completed_at:
        return COMPLETE
    return PROCESSING if order.processed_at else PENDING


def _returned(simulated: SimulatedOrder, lines: Sequence[Any]) -> list[Any]:
    return [line for line, was in zip(lines, simulated.lines, strict=True) if was.returned]


def _address(customer: Customer, countries: dict[str, Any] | None = None) -> dict[str, Any]:
    country = {"country": countries[customer.country]} if countries else {"country_id": customer.country}
    return {
        "first_name": customer.given,
        "last_name": customer.family,
        "line1": customer.street,
        "line4": customer.city,
        "postcode": customer.postcode,
        **country,
    }
