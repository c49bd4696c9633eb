"""Counts one more order into tables that were learned before it.

Of the products in the order, every pair's weight and count are what learning from the whole history would give (with
the exception named at ``with_order``), and their rows are scored and ranked as there. Rows of other products wait for
the next rebuild; only the popularity in their scores is out of date until then.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from operator import itemgetter

from upsell.recommendations.affinity import Method, basket_score, product_score
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.evidence import Evidence

Key = tuple[bool, float, int, int, int]

LEARNED_TABLES = (Table.PRODUCT, Table.BASKET)


@dataclass(frozen=True, slots=True)
class Sales:
    """How many orders hold something, and the sum of their weights."""

    orders: int
    weight: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a learned table."""

    table: Table
    product: int
    neighbour: int
    rank: int
    score: float
    origin: Origin
    weight: int
    orders_together: int
    reliable: bool


NOTHING = Sales(0, 0)


def with_order(
    products: Collection[int],
    weight: int,
    *,
    rows: Iterable[Row],
    sales: Mapping[int, Sales],
    shop: Sales,
    method: Method,
) -> list[Row]:
    """List the rows of an order's ``products`` after it, best first.

    ``weight`` is the order's own, ``rows`` all rows of the products in both tables before it, ``sales`` (of the
    products and of every neighbour in ``rows``) and ``shop`` (all orders) are those after it.

    A pair that no row knew counts from this order on. That is exact while either product's basket row has room, for
    then it holds every product ever bought with it; else it is a lower bound until the next rebuild.
    """
    together: dict[tuple[int, int], Sales] = {}
    found: dict[tuple[Table, int, int], Row] = {}
    for row in rows:
        found[row.table, row.product, row.neighbour] = row
        before = together.get(_pair(row.product, row.neighbour), NOTHING)
        if row.orders_together > before.orders:
            together[_pair(row.product, row.neighbour)] = Sales(row.orders_together, row.weight)
    for one, other in combinations(sorted(products), 2):
        before = together.get((one, other), NOTHING)
        together[one, other] = Sales(before.orders + 1, before.weight + weight)
    for table in LEARNED_TABLES:
        for one, other in permutations(products, 2):
            new = Row(table, one, other, 0, 0.0, Origin.TOGETHER, 0, 0, reliable=False)
            found.setdefault((table, one, other), new)

    lists: dict[tuple[Table, int], list[tuple[Key, Row]]] = defaultdict(list)
    for row in found.values():
        pair = together.get(_pair(row.product, row.neighbour), NOTHING)
        lists[row.table, row.product].append(_placed(row, pair, sales, shop, method))
    return [
        replace(row, rank=rank)
        for places in lists.values()
        for rank, (_, row) in enumerate(sorted(places, key=itemgetter(0))[: method.neighbours], start=1)
    ]


def _placed(row: Row, pair: Sales, sales: Mapping[int, Sales], shop: Sales, method: Method) -> tuple[Key, Row]:
    """Score a row anew, and give the key that ranks it, smallest first: ties end as they do in a rebuild."""
    own, other = sales.get(row.product, NOTHING), sales.get(row.neighbour, NOTHING)
    if row.origin not in (Origin.TOGETHER, Origin.POPULAR) and not pair.orders:  # borrowed
        return (True, -row.score, 0, -other.orders, row.neighbour), row
    scorer = product_score if row.table is Table.PRODUCT else basket_score
    scored = replace(
        row,
        score=scorer(pair.weight, other.weight, own.weight, shop.weight, shop.orders, method),
        origin=Origin.TOGETHER if pair.orders else Origin.POPULAR,
        weight=pair.weight,
        orders_together=pair.orders,
        reliable=not Evidence(pair.orders, own.orders, other.orders, shop.orders).is_thin,
    )
    strength = scored.score
    if row.table is Table.PRODUCT:  # a whole number, because two fractions may round to the same double
        strength = shop.orders * pair.weight + int(method.popularity_prior) * other.weight
    return (False, -strength, -pair.orders, -other.orders, row.neighbour), scored


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
