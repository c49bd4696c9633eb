"""Which products are worth offering as a ladder: chains of alternatives, each dearer and better than the one before.

The method stands in ``docs/explanation/ladder-suggestions.md``. Pairs are looked for on one shelf at a time, so that
the work grows with the shop and not with its square.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from upsell.tiers.substitutes import (
    APART,
    COMPANY,
    ENOUGH,
    LEAST_DEARER,
    MOST_DEARER,
    Good,
    Likeness,
    Shelf,
    Vocabulary,
    likeness,
)

LONGEST = 4
WHOLE_SHELF = 60
"""On a shelf of so many products all are compared; on a longer one, those that share a telling word."""

MOST_HOLDERS = 40
"""A word that more products of a long shelf have is not looked at: it does not tell them apart."""

WORDS_LOOKED_AT = 4
"""Of a product of a long shelf, the rarest words that others share."""

BRANCHES = 4
"""So many steps up are tried from each product, those most like it."""

FARTHEST = 12.0
"""The last step of a ladder costs at most so many times what the first costs."""

LITTLE = 40
"""Only what is above so many points counts when ladders of different length are weighed against each other."""

GROWN_BY = 15
"""A dismissed ladder is offered again once so many points more speak for it."""

Pair = tuple[int, int]  # the cheaper product and the dearer one


@dataclass(frozen=True, slots=True)
class Chain:
    """Products in the order of their prices, with what speaks for each step. ``score`` is that of its weakest pair."""

    products: tuple[int, ...]
    prices: tuple[int, ...]
    currency: str
    steps: tuple[Likeness, ...]
    score: int

    @property
    def worth(self) -> int:
        """What chains are chosen by: a step more counts, as long as the ladder stays about as sure."""
        return (self.score - LITTLE) * len(self.steps)


def promising(
    goods: Collection[Good], vocabulary: Vocabulary, *, less_is_better: Collection[str] = ()
) -> dict[Pair, Likeness]:
    """Find the pairs that names and attributes do not rule out, whatever orders may say of them."""
    found: dict[Pair, Likeness] = {}
    for lower, higher in compared(goods):
        alike = likeness(lower, higher, vocabulary, less_is_better=less_is_better)
        if not alike.is_ruled_out and alike.score + APART + COMPANY >= ENOUGH:
            found[lower.product, higher.product] = alike
    return found


def compared(goods: Collection[Good]) -> Iterator[tuple[Good, Good]]:
    """Yield the pairs of one shelf and currency that are worth a look, the cheaper product first, each once."""
    shelves: dict[tuple[Shelf, str], list[Good]] = defaultdict(list)
    for good in sorted(goods, key=lambda good: (good.price, good.product)):
        for shelf in good.shelves:
            shelves[shelf, good.currency].append(good)
    met: set[Pair] = set()
    for key in sorted(shelves):
        for lower, higher in _beside(shelves[key]):
            pair = (lower.product, higher.product)
            if lower.price and LEAST_DEARER <= higher.price / lower.price <= FARTHEST and pair not in met:
                met.add(pair)
                yield lower, higher


def _beside(shelf: Sequence[Good]) -> Iterator[tuple[Good, Good]]:
    if len(shelf) <= WHOLE_SHELF:
        yield from combinations(shelf, 2)
        return
    holders: dict[str, list[int]] = defaultdict(list)
    for place, good in enumerate(shelf):
        for word in good.words:
            holders[word].append(place)
    beside: dict[int, set[int]] = defaultdict(set)
    for place, good in enumerate(shelf):
        shared = sorted((len(holders[word]), word) for word in good.words if 1 < len(holders[word]) <= MOST_HOLDERS)
        for _number, word in shared[:WORDS_LOOKED_AT]:
            for other in holders[word]:
                beside[min(place, other)].add(max(place, other))
    for place in sorted(beside):
        for other in sorted(beside[place] - {place}):
            yield shelf[place], shelf[other]


def chains(alike: Mapping[Pair, Likeness], goods: Mapping[int, Good]) -> Iterator[Chain]:
    """Yield every ladder of two to four steps: each dearer by a step's width, and all of them alternatives of all.

    What the names of two steps share, those between them share, too: nobody steps up to another maker and back.
    """
    scores = {pair: one.score for pair, one in alike.items() if not one.is_ruled_out}
    sure = {pair: alike[pair] for pair, score in scores.items() if score >= ENOUGH}
    above: dict[int, list[int]] = defaultdict(list)
    for pair in sorted(sure, key=lambda pair: (-scores[pair], pair)):
        lower, higher = pair
        is_step = goods[higher].price <= MOST_DEARER * goods[lower].price
        if is_step and len(above[lower]) < BRANCHES:
            above[lower].append(higher)
    for product in sorted(above):
        for products in _upwards((product,), above, sure, goods):
            yield Chain(
                products=products,
                prices=tuple(goods[one].price for one in products),
                currency=goods[product].currency,
                steps=tuple(sure[pair] for pair in pairwise(products)),
                score=min(scores[pair] for pair in combinations(products, 2)),
            )


def _upwards(
    begun: tuple[int, ...],
    above: Mapping[int, Sequence[int]],
    sure: Mapping[Pair, Likeness],
    goods: Mapping[int, Good],
) -> Iterator[tuple[int, ...]]:
    if len(begun) > 1:
        yield begun
    if len(begun) == LONGEST:
        return
    for product in above.get(begun[-1], ()):
        if all((one, product) in sure for one in begun) and all(
            goods[between].words.issuperset(sure[first, product].words) for first, between in combinations(begun, 2)
        ):
            yield from _upwards((*begun, product), above, sure, goods)


def choose(
    found: Iterable[Chain], *, taken: Collection[int] = (), unwanted: Iterable[Collection[int]] = (), most: int
) -> list[Chain]:
    """Choose at most ``most`` ladders of which no two share a product, the best first.

    ``taken`` are products that are in a ladder already. ``unwanted`` are ladders that were dismissed: two products of
    such a one are not put together again.
    """
    used = set(taken)
    refused = [frozenset(products) for products in unwanted]
    chosen: list[Chain] = []
    for chain in sorted(found, key=lambda chain: (-chain.worth, -chain.score, chain.products)):
        if len(chosen) == most:
            break
        if used.isdisjoint(chain.products) and all(len(one & set(chain.products)) < 2 for one in refused):
            chosen.append(chain)
            used.update(chain.products)
    return chosen


def is_news(score: int, dismissed_score: int) -> bool:
    """Whether clearly more speaks for a ladder by now than when it was dismissed."""
    return score >= dismissed_score + GROWN_BY
