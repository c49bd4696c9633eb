"""The inner loops of the fast engine, compiled on first use. Importing this module needs numba.

Nothing here rounds: whole numbers are added and compared, and a double is divided once, exactly as in the embedded
engine. The loops hold no lock of the interpreter, so blocks of products are counted on all cores.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

ONE = np.uint32(1)  # added to an unsigned place, keeps it one


@njit(nogil=True)
def count(orders: Array, starts: Array, columns: Array, entries: Array, sums: Array, met: Array) -> int:
    """Add, for every product in some orders, the entries of these orders to ``sums``; list the products in ``met``.

    Returns how many were met. ``sums`` must hold zeros.
    """
    size = 0
    for order in orders:
        entry = entries[order]
        for place in range(starts[order], starts[order + ONE]):
            product = columns[place]
            before = sums[product]
            met[size] = product
            size += before == 0  # no branch: whether it is new cannot be foreseen
            sums[product] = before + entry
    return size


@njit(nogil=True)
def is_worse(one: int, other: int, met: Array, strength: Array, remainder: Array, together: Array) -> bool:
    """Whether the candidate met at one place loses against another: the ties of ``engines.base.Keys``."""
    if strength[one] != strength[other]:
        return bool(strength[one] < strength[other])
    a, b = met[one], met[other]
    if remainder[a] != remainder[b]:
        return bool(remainder[a] < remainder[b])
    if together[one] != together[other]:
        return bool(together[one] < together[other])
    return bool(a > b)


@njit(nogil=True)
def rise(heap: Array, child: int, met: Array, strength: Array, remainder: Array, together: Array) -> None:
    """Let a candidate rise while it is worse than its parent: the worst of a heap stands first."""
    while child > 0:
        parent = (child - 1) // 2
        if not is_worse(heap[child], heap[parent], met, strength, remainder, together):
            return
        heap[child], heap[parent] = heap[parent], heap[child]
        child = parent


@njit(nogil=True)
def sink(heap: Array, met: Array, strength: Array, remainder: Array, together: Array) -> None:
    """Let the first candidate of a full heap sink while a child is worse."""
    parent, child = 0, 1
    while child < len(heap):
        if child + 1 < len(heap) and is_worse(heap[child + 1], heap[child], met, strength, remainder, together):
            child += 1
        if not is_worse(heap[child], heap[parent], met, strength, remainder, together):
            return
        heap[child], heap[parent] = heap[parent], heap[child]
        parent, child = child, 2 * child + 1


@njit(nogil=True)
def choose(size: int, met: Array, strength: Array, remainder: Array, together: Array, heap: Array) -> int:
    """Fill ``heap`` with the places of the best candidates; returns how many. One of strength below 0 is none."""
    taken = 0
    for place in range(size):
        if strength[place] < 0:
            continue
        if taken < len(heap):
            heap[taken] = place
            rise(heap, taken, met, strength, remainder, together)
            taken += 1
        elif strength[place] >= strength[heap[0]] and is_worse(heap[0], place, met, strength, remainder, together):
            heap[0] = place
            sink(heap, met, strength, remainder, together)
    return taken


@njit(nogil=True)
def fill(
    start: int,
    stop: int,
    left_starts: Array,
    left_orders: Array,
    starts: Array,
    columns: Array,
    entries: Array,
    bits: int,
    quotient: Array,
    remainder: Array,
    divisor: Array,
    beside_product: Array,
    in_basket: Array,
) -> None:
    """Count the products numbered ``start`` to ``stop - 1`` and write their best candidates.

    ``beside_product`` and ``in_basket`` are [3, rows, places]: neighbour, weight, together. One without rows is not
    wanted.
    """
    products = len(quotient)
    sums = np.zeros(products, dtype=np.int64)
    met = np.empty(products + 1, dtype=np.uint32)
    weight, together = np.empty(products, dtype=np.int64), np.empty(products, dtype=np.int64)
    whole, real = np.empty(products, dtype=np.int64), np.empty(products, dtype=np.float64)
    no_remainder = np.zeros_like(remainder)
    heap = np.empty(max(beside_product.shape[2], in_basket.shape[2]), dtype=np.int64)
    for product in range(start, stop):
        size = count(left_orders[left_starts[product] : left_starts[product + 1]], starts, columns, entries, sums, met)
        for place in range(size):
            packed = sums[met[place]]
            sums[met[place]] = 0
            weight[place] = packed >> bits
            together[place] = packed & ((1 << bits) - 1)
        row = product - start
        if beside_product.shape[1]:
            for place in range(size):
                whole[place] = -1 if met[place] == product else weight[place] + quotient[met[place]]
            taken = choose(size, met, whole, remainder, together, heap)
            write(heap[:taken], met, weight, together, beside_product[:, row])
        if in_basket.shape[1]:
            for place in range(size):
                real[place] = -1.0 if met[place] == product else weight[place] / divisor[met[place]]
            taken = choose(size, met, real, no_remainder, together, heap)
            write(heap[:taken], met, weight, together, in_basket[:, row])


@njit(nogil=True)
def write(chosen: Array, met: Array, weight: Array, together: Array, row: Array) -> None:
    """Copy the chosen candidates into a row: neighbours, weights, orders together."""
    for place, entry in enumerate(chosen):
        row[0, place] = met[entry]
        row[1, place] = weight[entry]
        row[2, place] = together[entry]
