"""How strongly products belong together, learned from orders.

The method, its symbols and its sources are written down in ``docs/explanation/affinities.md``; this module follows that
text. Weights are whole numbers of 2^-20 of a fresh order of two products, so that their sums do not depend on the order
of addition, on the engine that adds them or on the machine.

Importing this module loads no numerical library: the scalar functions at its top also serve the update that follows a
single order.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from upsell.recommendations.base import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upsell.recommendations.engines.base import Engine

    Whole = NDArray[np.integer]
    Real = NDArray[np.float64]

UNIT = 2**20
"""Weight of a fresh order of two products."""

MOST_DOUBLINGS = 8
"""An order placed after the epoch weighs at most 2^8 times as much: a wrong date cannot outvote the shop."""

SPARE_CANDIDATES = 12
"""An engine hands over so many candidates more than are kept: room for the last bits of the scores that rank them."""

DAY = 86_400.0

Id = TypeVar("Id", int, str)


@dataclass(frozen=True, slots=True)
class Method:
    """The settings of learning; ``Method()`` holds the defaults that were measured on several shops.

    basket_size_exponent: g; an order of k products weighs (k - 1)^-g.
    half_life_days: h; after so many days an order weighs half. ``None``: age does not matter.
    popularity_prior: m; average orders of "what the shop buys" mixed into every product's own history.
    shrinkage: s; average orders that keep rare products from dominating baskets.
    popularity_discount: b; how far a popular neighbour is held back when a basket is completed.
    max_products_per_order: an order teaches with at most this many products.
    neighbours: rows kept per product and table.
    """

    basket_size_exponent: float = 0.5
    half_life_days: float | None = 90.0
    popularity_prior: int = 10
    shrinkage: float = 5.0
    popularity_discount: float = 0.1
    max_products_per_order: int = 200
    neighbours: int = 20

    def __post_init__(self) -> None:
        for name in ("basket_size_exponent", "popularity_prior", "shrinkage"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be zero or more, not {getattr(self, name)!r}.")
        if self.popularity_prior != int(self.popularity_prior):
            raise ValueError(f"popularity_prior must be a whole number, not {self.popularity_prior!r}.")
        if self.half_life_days is not None and not 0 < self.half_life_days < math.inf:
            raise ValueError(f"half_life_days must be above zero or None, not {self.half_life_days!r}.")
        if not 0 <= self.popularity_discount <= 1:
            raise ValueError(f"popularity_discount must lie between 0 and 1, not {self.popularity_discount!r}.")
        if self.max_products_per_order < 2:
            raise ValueError(f"max_products_per_order must be at least 2, not {self.max_products_per_order!r}.")
        if self.neighbours < 1:
            raise ValueError(f"neighbours must be at least 1, not {self.neighbours!r}.")

    @property
    def candidates(self) -> int:
        """How many candidates an engine hands over per product and table."""
        return self.neighbours + SPARE_CANDIDATES


PLAIN_COUNTS = Method(basket_size_exponent=0.0, half_life_days=None, popularity_prior=0)
"""Every order counts alike and nothing is mixed in: what plug-ins usually do, and the fallback where that is better."""


@dataclass(frozen=True, slots=True)
class History:
    """Order lines as parallel arrays, in any order; lines of one product in one order are one.

    order[lines]: number of the line's order, from 0. product[lines]: id of the sellable product (a child's parent).
    units[lines]: how many. at[orders]: POSIX seconds. key[orders]: the order's own id.
    """

    order: Whole
    product: Whole
    units: Whole
    at: Real
    key: Whole

    def __post_init__(self) -> None:
        if not len(self.order) == len(self.product) == len(self.units):
            raise ValueError("order, product and units must be equally long.")
        if len(self.at) != len(self.key):
            raise ValueError("at and key must be equally long.")
        if len(self.order) and not (self.order.min() >= 0 and self.order.max() < len(self.at)):
            raise ValueError("order must hold numbers of orders, from 0 to less than the length of at.")
        if len(self.product) and self.product.min() < 0:
            raise ValueError("product must hold ids, which are not negative.")
        if len(self.at) and not math.isfinite(float(self.at.min()) + float(self.at.max())):
            raise ValueError("at must hold times: a value is not a number or infinite.")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a learned table as parallel arrays, by product id and then rank.

    product, neighbour: ids. rank: 1 is the best. score: comparable within a product. weight: sum of the weights of
    the orders that hold both. orders_together: how many they are. origin: an ``Origin``. reliable: the evidence is
    not thin.
    """

    product: Whole
    neighbour: Whole
    rank: Whole
    score: Real
    weight: Whole
    orders_together: Whole
    origin: Whole
    reliable: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.product)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a history teaches.

    orders: how many taught (N). order_weight: the sum of their weights. epoch: POSIX seconds; an order of that moment
    has the weight of its size alone. products[p]: ids, ascending. product_orders, product_weight, product_units[p]:
    how many orders hold the product, the sum of their weights, and the units sold.
    """

    orders: int
    order_weight: int
    epoch: float
    products: Whole
    product_orders: Whole
    product_weight: Whole
    product_units: Whole
    product_table: Rows
    basket_table: Rows


# --- one order, one pair ----------------------------------------------------------------------------------------------


def order_weight(size: int, age_days: float, method: Method) -> int:
    """Weigh an order of ``size`` distinct products (u_B), in units of 2^-20; at least one unit.

    ``size`` counts after the cap. ``age_days`` is negative for an order placed after the epoch, which then weighs more.
    """
    return max(1, round(size_factor(size, method) * age_factor(age_days, method) * UNIT))


def size_factor(size: int, method: Method) -> float:
    """(size - 1)^-g; an order of one product weighs as much as an order of two."""
    return float(max(size - 1, 1) ** -method.basket_size_exponent)


def age_factor(age_days: float, method: Method) -> float:
    """0.5^(age / h), at most 2^``MOST_DOUBLINGS``."""
    if method.half_life_days is None:
        return 1.0
    return float(2.0 ** min(-age_days / method.half_life_days, MOST_DOUBLINGS))


def product_score(
    weight: int, neighbour_weight: int, product_weight: int, order_weight: int, orders: int, method: Method
) -> float:
    """Score a neighbour beside a product: (W_ij + m n_j / N) / (n_i + m u), from whole numbers.

    ``weight`` is W_ij, ``neighbour_weight`` n_j, ``product_weight`` n_i, ``order_weight`` the sum of all weights.
    """
    prior = int(method.popularity_prior)
    quotient, remainder = divmod(prior * neighbour_weight, orders)
    return (weight + quotient + remainder / orders) / (product_weight + prior * order_weight / orders)


def basket_score(
    weight: int, neighbour_weight: int, product_weight: int, order_weight: int, orders: int, method: Method
) -> float:
    """Score what completes a basket that holds the product: W_ij / ((n_i + s u)^(1-b) (n_j + s u)^b)."""
    own = basket_divisor(product_weight, order_weight, orders, method, 1 - method.popularity_discount)
    other = basket_divisor(neighbour_weight, order_weight, orders, method, method.popularity_discount)
    return weight / (own * other)


def basket_divisor(product_weight: int, order_weight: int, orders: int, method: Method, exponent: float) -> float:
    """(n + s u)^exponent: one side of the denominator of ``basket_score``."""
    return float((product_weight + method.shrinkage * order_weight / orders) ** exponent)


def capped(order: object, products: Iterable[Id], limit: int) -> list[Id]:
    """Choose which products of an order teach: all, or the ``limit`` with the smallest crc32 of "order|product"."""
    distinct = set(products)
    if len(distinct) > limit:
        by_lot = sorted(distinct, key=lambda product: (zlib.crc32(f"{order}|{product}".encode()), product))
        distinct = set(by_lot[:limit])
    return sorted(distinct)


# --- the whole history ------------------------------------------------------------------------------------------------


def epoch_of(history: History, now: float) -> float:
    """When the newest order was placed: the moment ages are counted from. Dates after ``now`` are not believed."""
    past = history.at[history.at <= now]
    return float(past.max()) if len(past) else now


def learn(
    history: History,
    method: Method,
    engine: Engine,
    *,
    epoch: float,
    report: Callable[[float], None] | None = None,
    tables: Collection[Table] = (Table.PRODUCT, Table.BASKET),
) -> Learned:
    """Learn both tables, or those asked for; the other is empty. The order of the history's lines changes nothing.

    ``report`` hears the finished share, 0 to 1. Memory stays within what the explanation of affinities states.
    """
    from upsell.recommendations.incidence import incidence
    from upsell.recommendations.ranking import Ranker

    orders = incidence(history, method, epoch)
    ranker = Ranker(orders, method, tables)
    for block in engine.blocks(orders, ranker.keys, tuple(tables), method.candidates):
        ranker.add(block)
        if report is not None:
            report(block.stop / len(orders.products))
    by_id = orders.products.argsort()
    return Learned(
        orders=orders.orders,
        order_weight=orders.order_weight,
        epoch=epoch,
        products=orders.products[by_id],
        product_orders=orders.product_orders[by_id],
        product_weight=orders.product_weight[by_id],
        product_units=orders.product_units[by_id],
        product_table=ranker.rows(Table.PRODUCT),
        basket_table=ranker.rows(Table.BASKET),
    )
