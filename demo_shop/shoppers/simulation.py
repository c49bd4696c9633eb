"""Two years of simulated orders: who bought what with what, when, and what became of it.

``simulate`` is a pure function of the goods, the last day, the number of orders and the seed: the same four give the
same orders on every machine. The model is described in ``docs/explanation/simulated-shoppers.md``.
"""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from demo_shop.catalogue.goods import Goods, Product, Variant
from demo_shop.shoppers import truth
from demo_shop.shoppers.people import DEPARTMENT_SHARES, Customer, Persona, Population, personas, pick

SEED = 20_240_501
DAYS = 730
ORDERS = 9_000

GROWTH = 1.35  # a year
WEEKDAYS = (1.10, 1.05, 1.00, 0.98, 0.92, 0.85, 1.15)  # from Monday
HOURS = (*(0.0,) * 7, 1, 2, 3, 4, 4, 5, 4, 3, 3, 4, 5, 7, 9, 9, 6, 2, 0.0)  # weight of each hour (UTC)

REPEAT = 0.58
REPEAT_HALF = 900  # customers after which half of REPEAT is reached
SECOND_MISSION = 0.08
TILL = 0.28
STRAY = 0.20
CHAIN = 0.40
CANCELLED = 0.03
RETURNED = 0.025
TASTE_FIT = (1.0, 0.5, 0.2)  # by how many steps a product is away from a shopper's taste
ZIPF = 0.5
PRICE_SHYNESS = 0.35
PULL = 0.35  # what a product brings people in by itself; every strong complement adds 1


@dataclass(slots=True)
class Line:
    """One line of an order: ``product`` as listed, ``sku`` as bought (a variant's, where there are variants)."""

    product: str
    sku: str
    quantity: int
    returned: bool = False


@dataclass(slots=True)
class Order:
    """An order and what became of it. Moments that did not come are ``None``; all are in UTC."""

    number: int
    customer: Customer
    at: datetime
    lines: list[Line]
    cancelled_at: datetime | None = None
    processed_at: datetime | None = None
    completed_at: datetime | None = None
    returned_at: datetime | None = None


@dataclass(slots=True)
class Orders:
    """What ``simulate`` gives: the customers in the order they came, the orders in the order of time."""

    today: date
    customers: list[Customer] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


def simulate(goods: Goods, *, today: date, orders: int = ORDERS, days: int = DAYS, seed: int = SEED) -> Orders:
    """Simulate ``orders`` orders over the ``days`` days before ``today``."""
    return _Simulation(goods, today, days, seed).run(orders)


class _Simulation:
    def __init__(self, goods: Goods, today: date, days: int, seed: int) -> None:
        self.goods = goods
        self.today = today
        self.days = days
        self.chance = Random(f"{seed}:orders")
        self.population = Population(Random(f"{seed}:people"))
        self.market = _Market(goods, today, days, Random(f"{seed}:popularity"))
        self.result = Orders(today)
        self.tickets: list[Customer] = []  # a customer stands in it once for every degree of loyalty

    def run(self, orders: int) -> Orders:
        stories = {persona.key: self.population.persona(persona) for persona in personas()}
        for customer in stories.values():
            self.result.customers.append(customer)
        for at, story in self._moments(orders):
            if story is not None:
                persona, first = story
                self._order(stories[persona.key], at, self.goods.by_sku[first])
            else:
                self._order(self._shopper(at), at)
        return self.result

    def _moments(self, orders: int) -> list[tuple[datetime, tuple[Persona, str] | None]]:
        """Draw the moments of all orders, in order of time, with those that belong to a story."""
        chance = self.chance
        first = self.today - timedelta(days=self.days)
        busyness = list(accumulate(self._busyness(first + timedelta(days=day)) for day in range(self.days)))
        hours = list(accumulate(HOURS))
        moments: list[tuple[datetime, tuple[Persona, str] | None]] = [
            (self._moment(first + timedelta(days=pick(chance, range(self.days), busyness)), hours), None)
            for _ in range(orders)
        ]
        for persona in personas():
            for ago, sku in persona.orders:
                if ago <= self.days:
                    moments.append((self._moment(self.today - timedelta(days=ago), hours), (persona, sku)))
        return sorted(moments, key=lambda moment: moment[0])

    def _moment(self, day: date, hours: Sequence[float]) -> datetime:
        hour = pick(self.chance, range(24), hours)
        seconds = self.chance.randrange(3600)
        return datetime.combine(day, time(hour, seconds // 60, seconds % 60), UTC)

    def _busyness(self, day: date) -> float:
        seasons = sum(truth.SEASONS[name][day.month - 1] * share for name, share in DEPARTMENT_SHARES.items())
        growth = GROWTH ** (-(self.today - day).days / 365)
        return growth * WEEKDAYS[day.weekday()] * seasons * self.chance.uniform(0.8, 1.2)

    def _shopper(self, at: datetime) -> Customer:
        """Let a customer come back, or a new one come."""
        known = len(self.result.customers)
        if self.tickets and self.chance.random() < REPEAT * known / (known + REPEAT_HALF):
            recent = self.chance.random() < 0.5
            return self.chance.choice(self.tickets[-1500:] if recent else self.tickets)
        customer = self.population.newcomer([truth.SEASONS[name][at.month - 1] for name in DEPARTMENT_SHARES])
        self.result.customers.append(customer)
        self.tickets.extend([customer] * (1 + int(self.chance.expovariate(0.5))))
        return customer

    # --- one order ----------------------------------------------------------------------------------------------------

    def _order(self, customer: Customer, at: datetime, first: Product | None = None) -> None:
        basket = _Basket(self.chance, self.goods, customer)
        department = first.department if first else self._department(customer, at)
        self._mission(basket, customer, at, department, first)
        if first is None and len(customer.interests) > 1 and self.chance.random() < SECOND_MISSION:
            self._mission(basket, customer, at, next(name for name in customer.interests if name != department))
        if not basket.products or self.chance.random() < TILL:
            basket.add(self.market.small(self.chance, department))
        if first is None:
            if self.chance.random() < STRAY:
                basket.add(self.market.anything(self.chance, at))
            for sku in self.market.rising(self.chance, department, at):
                basket.add(self.goods.by_sku[sku])
        lines = [self._line(product) for product in basket.products]
        for product in basket.products:
            customer.owned[product.sku] = None
            if product.role is not None:
                customer.roles[product.role] = max(customer.roles.get(product.role, 0), product.level or 1)
        order = Order(len(self.result.orders) + 1, customer, at, lines)
        self._fate(order, is_story=first is not None)
        self.result.orders.append(order)

    def _department(self, customer: Customer, at: datetime) -> str:
        weights = [
            truth.SEASONS[name][at.month - 1] * (1.0 if rank == 0 else 0.5)
            for rank, name in enumerate(customer.interests)
        ]
        return pick(self.chance, customer.interests, list(accumulate(weights)))

    def _mission(
        self, basket: "_Basket", customer: Customer, at: datetime, department: str, first: Product | None = None
    ) -> None:
        """Something the shopper came for, and what they think goes with it."""
        product = first or self._wanted(customer, at, department)
        if product is None or not basket.add(product):
            return
        wave = [(product, 1.0)]
        while wave:
            product, interest = wave.pop()
            for companion, chance in self.market.complements.get(product.sku, ()):
                if self.chance.random() >= chance * interest * customer.eagerness:
                    continue
                companion = self.goods.by_sku[companion]
                if self.market.on_sale(companion.sku, at) and basket.add(companion):
                    wave.append((companion, interest * CHAIN))

    def _wanted(self, customer: Customer, at: datetime, department: str) -> Product | None:
        """Choose what brings the shopper in: a supply to renew, a thing for what they own, or something new."""
        chance = self.chance.random()
        owned = [self.goods.by_sku[sku] for sku in customer.owned if self.goods.by_sku[sku].department == department]
        supplies = [product for product in owned if product.consumable]
        if supplies and chance < 0.35:
            return self.chance.choice(supplies)
        if owned and chance < 0.50:
            companions = [
                self.goods.by_sku[companion]
                for product in owned
                for companion, _ in self.market.complements.get(product.sku, ())
                if companion not in customer.owned and self.market.on_sale(companion, at)
            ]
            if companions:
                return self.chance.choice(companions)
        for _ in range(6):
            product = self.market.attraction(self.chance, department, customer.taste, at)
            done = customer.roles.get(product.role, 0) if product.role else 0
            # Nobody needs a second camera of the same step; some come back for a better one.
            if not done or ((product.level or 1) > done and self.chance.random() < 0.5):
                return product
        return None

    def _line(self, product: Product) -> Line:
        variant = _variant(self.chance, product.variants)
        return Line(product.sku, variant.sku if variant else product.sku, _quantity(self.chance, product))

    def _fate(self, order: Order, is_story: bool) -> None:
        """Cancel, send or take back: what became of an order by now."""
        chance, end = self.chance, datetime.combine(self.today, time(), UTC)
        cancelled = chance.random() < (CANCELLED * 1.5 if order.customer.guest else CANCELLED)
        returned = [chance.random() < _return_chance(self.goods.by_sku[line.product]) for line in order.lines]
        processed = order.at + timedelta(hours=chance.uniform(14, 30))
        completed = processed + timedelta(hours=chance.uniform(20, 48))
        back = completed + timedelta(days=chance.uniform(5, 20))
        if processed >= end:
            return
        if cancelled and not is_story:
            order.cancelled_at = processed
            return
        order.processed_at = processed
        if completed >= end:
            return
        order.completed_at = completed
        if any(returned) and back < end and not is_story:
            order.returned_at = back
            for line, is_returned in zip(order.lines, returned, strict=True):
                line.returned = is_returned


class _Basket:
    """What is in the basket; refuses a second product for the same job, save for the odd present."""

    def __init__(self, chance: Random, goods: Goods, customer: Customer) -> None:
        self.products: list[Product] = []
        self._roles: set[str] = set()
        self._may_double = chance.random() < truth.PRESENT

    def add(self, product: Product | None) -> bool:
        if product is None or product in self.products:
            return False
        if product.role in self._roles and not self._may_double:
            return False
        if product.role is not None:
            self._roles.add(product.role)
        self.products.append(product)
        return True


class _Market:
    """How attractive each product is to whom and when; what people take along."""

    def __init__(self, goods: Goods, today: date, days: int, chance: Random) -> None:
        self.goods = goods
        self.end = datetime.combine(today, time(), UTC)
        self.complements: dict[str, list[tuple[str, float]]] = {}
        for product, companion, strength in truth.complements():
            self.complements.setdefault(product, []).append((companion, strength))
        self._weight: dict[str, float] = {}
        self._attractions: dict[str, list[Product]] = {}
        self._small: dict[str, tuple[list[Product], list[float]]] = {}
        self._tables: dict[tuple, list[float]] = {}
        for department in goods.departments:
            products = [product for product in department.products if product.sku not in truth.NEVER_SOLD]
            ranks = list(range(1, len(products) + 1))
            chance.shuffle(ranks)
            for product, rank in zip(products, ranks, strict=True):
                self._weight[product.sku] = rank**-ZIPF * float(product.price) ** -PRICE_SHYNESS
            # People come for things that others are bought with; the rest they take along.
            self._attractions[department.name] = [p for p in products if p.sku in self.complements or p.consumable]
            small = [product for product in products if product.small]
            self._small[department.name] = (small, list(accumulate(self._weight[product.sku] for product in small)))
        self._all = [product for product in goods if product.sku not in truth.NEVER_SOLD]

    def _pull(self, product: Product) -> float:
        """How much a product is a reason to come, rather than something to take along, whatever it costs."""
        strong = sum(chance == truth.STRONG for _, chance in self.complements.get(product.sku, ()))
        return (PULL + strong) * float(product.price) ** (PRICE_SHYNESS / 2)

    def on_sale(self, sku: str, at: datetime) -> bool:
        return sku not in truth.LAUNCHED or (self.end - at).days < truth.LAUNCHED[sku]

    def attraction(self, chance: Random, department: str, taste: int, at: datetime) -> Product:
        """Choose what a shopper of this taste comes for."""
        products = self._attractions[department]
        return pick(chance, products, self._table(products, (department, taste), taste, at))

    def small(self, chance: Random, department: str) -> Product:
        return pick(chance, *self._small[department])

    def anything(self, chance: Random, at: datetime) -> Product:
        return pick(chance, self._all, self._table(self._all, (), None, at))

    def rising(self, chance: Random, department: str, at: datetime) -> list[str]:
        """List those of the products that many talk about which this shopper takes too."""
        if (self.end - at).days >= truth.RISING_DAYS:
            return []
        return [
            sku
            for sku, share in truth.RISING.items()
            if self.goods.by_sku[sku].department == department and chance.random() < share
        ]

    def _table(self, products: Sequence[Product], key: tuple, taste: int | None, at: datetime) -> list[float]:
        """Return the running sums of the products' weights in the week of ``at``."""
        week = (self.end - at).days // 7
        table = self._tables.get((*key, week))
        if table is None:
            table = list(accumulate(self._weights(products, taste, at)))
            self._tables[(*key, week)] = table
        return table

    def _weights(self, products: Iterable[Product], taste: int | None, at: datetime) -> Iterable[float]:
        for product in products:
            weight = self._weight[product.sku] if self.on_sale(product.sku, at) else 0.0
            if taste is not None:
                weight *= self._pull(product)
                if product.level is not None:
                    weight *= TASTE_FIT[abs(product.level - taste)]
            if product.sku in truth.PRODUCT_SEASONS:
                weight *= truth.PRODUCT_SEASONS[product.sku][at.month - 1]
            if product.sku in truth.FADING and (self.end - at).days < truth.FADING_DAYS:
                weight *= truth.FADING[product.sku]
            yield weight


def _variant(chance: Random, variants: Sequence[Variant]) -> Variant | None:
    """Choose the middle size of three more often, else the first more often than the next."""
    if not variants:
        return None
    weights = (0.25, 0.45, 0.30) if len(variants) == 3 else [1 / (place + 1) for place in range(len(variants))]
    return variants[min(bisect(list(accumulate(weights)), chance.random() * sum(weights)), len(variants) - 1)]


def _quantity(chance: Random, product: Product) -> int:
    if product.category == "Cups and flasks" and product.attributes.get("pieces") == 1:
        return pick(chance, (1, 2, 4, 6), (0.35, 0.75, 0.95, 1.0))
    if product.consumable:
        return pick(chance, (1, 2, 3), (0.70, 0.92, 1.0))
    return 2 if chance.random() < 0.03 else 1


def _return_chance(product: Product) -> float:
    """Clothes and helmets come back for their size, supplies hardly ever."""
    if product.consumable:
        return RETURNED * 0.2
    return RETURNED * (3.0 if product.category in ("Clothing", "Helmets") else 1.0)
