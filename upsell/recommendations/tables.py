"""Everything that a generation consists of, learned in one go from orders and the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from upsell.recommendations.affinity import History, Learned, Method, Rows, learn
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.popularity import Popularity, popularity
from upsell.recommendations.similarity import Document, similar, transfer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upsell.recommendations.engines.base import Engine

FEW_ORDERS = 3
"""Bought in fewer orders than this, a product borrows from those most like it."""

LEARNING_SHARE = 0.7  # of the time all this takes, roughly, goes into counting


@dataclass(frozen=True, slots=True)
class Tables:
    """What was learned, and the rows to keep of each table."""

    learned: Learned
    affinities: Mapping[Table, Rows]
    popularity: Popularity

    @property
    def rows(self) -> int:
        """How many affinities there are."""
        return sum(map(len, self.affinities.values()))

    @property
    def products(self) -> set[int]:
        """The ids of all products that any row is about."""
        found = set(self.popularity.product.tolist())
        for rows in self.affinities.values():
            found.update(np.unique(rows.product).tolist(), np.unique(rows.neighbour).tolist())
        return found


def learn_tables(
    history: History,
    documents: Sequence[Document],
    method: Method,
    engine: Engine,
    *,
    epoch: float,
    report: Callable[[float], None] | None = None,
) -> Tables:
    """Learn all tables. ``report`` hears the finished share, 0 to 1."""
    say = report or (lambda share: None)
    learned = learn(history, method, engine, epoch=epoch, report=lambda share: say(share * LEARNING_SHARE))
    alike = similar(documents, top=method.neighbours)
    say(0.9)
    seldom = learned.products[learned.product_orders < FEW_ORDERS]
    described = np.array([document.product for document in documents], dtype=np.int64)
    cold = np.union1d(seldom, np.setdiff1d(described, learned.products))
    borrowed = transfer(cold, alike, learned.product_table, method.neighbours)
    tables = Tables(
        learned=learned,
        affinities={
            Table.PRODUCT: with_borrowed(learned.product_table, borrowed, method.neighbours),
            Table.BASKET: learned.basket_table,
            Table.SIMILAR: alike,
        },
        popularity=popularity(learned, history),
    )
    say(1.0)
    return tables


def with_borrowed(own: Rows, borrowed: Rows, top: int) -> Rows:
    """Fill the rows of products that borrow: first what orders say, then what is borrowed, then what is popular."""
    both = [np.concatenate(pair) for pair in zip(columns(own), columns(borrowed), strict=True)]
    rows = Rows(*both)
    turn = np.where(rows.origin == Origin.TOGETHER, 0, 1)
    turn[: len(own)][own.origin == Origin.POPULAR] = 2
    order = np.lexsort((rows.rank, turn, rows.product))
    order = order[_first_of_each(rows.product[order], rows.neighbour[order])]
    product = rows.product[order]
    _, starts, length = np.unique(product, return_index=True, return_counts=True)
    rank = np.arange(1, len(product) + 1) - np.repeat(starts, length)
    kept = order[rank <= top]
    return replace(Rows(*(column[kept] for column in columns(rows))), rank=rank[rank <= top])


def columns(rows: Rows | Popularity) -> list[NDArray[Any]]:
    """List the arrays in the order of their declaration."""
    return [getattr(rows, field.name) for field in fields(rows)]


def values(rows: Rows | Popularity, slice_: int = 10_000) -> Iterator[tuple[Any, ...]]:
    """Yield row by row as plain Python numbers, made slice by slice so that they never all exist at once."""
    for start in range(0, len(rows), slice_):
        yield from zip(*(column[start : start + slice_].tolist() for column in columns(rows)), strict=True)


def _first_of_each(product: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark each pair where it is met first."""
    by_pair = np.lexsort((np.arange(len(product)), neighbour, product))
    new = np.ones(len(product), dtype=bool)
    new[1:] = (product[by_pair][1:] != product[by_pair][:-1]) | (neighbour[by_pair][1:] != neighbour[by_pair][:-1])
    first = np.empty(len(product), dtype=bool)
    first[by_pair] = new
    return first
