"""How much speaks for two products being alternatives, of which the dearer is the better one.

The rules and what was seen with them stand in ``docs/explanation/ladder-suggestions.md``. Every kind of evidence gives
points; a hundred are all there are.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

NAME, NATURE, WORTH, APART, COMPANY = 45, 10, 20, 20, 5
"""The most points for: names, what attributes say of the kind, what the dearer one has over the other, that orders keep
the two apart, and that they are bought with the same things."""

ENOUGH = 50
"""Points from which two products are alternatives."""

LEAST_NAME = 0.35
"""However much else speaks for it: products of which the names are less alike are no alternatives."""

LEAST_TOLD = 0.2
"""What two names share must tell at least so much of what a word could that one product in the shop has."""

MANY, NEARLY_ALL = 4, 0.8
"""What this share of the products of a shelf have, if they are so many, tells nothing of them."""

LEAST_DEARER, MOST_DEARER = 1.15, 3.5
"""A step costs at least, and at most, so many times what the one before it costs."""

DOUBT = 0.05
"""Two products that meet more often than chance would have it with this probability complete each other."""

Value = bool | float | str
Shelf = tuple[int, int]  # a product class and a category, 0 where there is none


@dataclass(frozen=True, slots=True)
class Good:
    """A product as far as its kind can be told: the words of its title, its shelves, price and attributes by code."""

    product: int
    words: frozenset[str]
    shelves: frozenset[Shelf]
    price: int
    currency: str
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Met:
    """What orders say of two products.

    together: orders that hold both. expected: those that would by chance. either: orders that hold one of them or both.
    shared: what both are surely bought with. companions: how many such things has the one that has fewer.
    """

    together: int = 0
    expected: float = 0.0
    either: int = 0
    shared: tuple[int, ...] = ()
    companions: int = 0

    @property
    def apart(self) -> float:
        """How surely they avoid each other: 0 is what chance does, 1 is beyond doubt."""
        return max(0.0, 2 * above(self.together, self.expected) - 1)

    @property
    def is_company(self) -> bool:
        """Whether they meet more often than chance explains, as things do that complete each other."""
        return self.together > self.expected and above(self.together - 1, self.expected) <= DOUBT

    @property
    def at_most(self) -> float:
        """So many times as often as by chance they meet at the most: the upper end of the 95 % interval."""
        return _highest_mean(self.together) / self.expected if self.expected else math.inf


@dataclass(frozen=True, slots=True)
class Likeness:
    """What speaks for a dearer product being the better alternative to another.

    name, nature: how alike titles and attributes are, 0 to 1. words: those that both titles have, the most telling
    first. stated: attributes that both state; of these the dearer one is ``better`` in so many, and ``worse``.
    """

    name: float
    words: tuple[str, ...]
    nature: float
    stated: int
    better: int
    worse: int
    met: Met

    @property
    def points(self) -> dict[str, int]:
        """The points, by kind of evidence."""
        compared = self.better + self.worse
        share = len(self.met.shared) / self.met.companions if len(self.met.shared) > 1 else 0.0
        return {
            "name": round(NAME * self.name),
            "nature": round(NATURE * self.nature),
            "worth": round(WORTH * self.better / compared) if compared else 0,
            "apart": round(APART * self.met.apart),
            "company": round(COMPANY * share),
        }

    @property
    def score(self) -> int:
        """All points, of a hundred."""
        return sum(self.points.values())

    @property
    def is_ruled_out(self) -> bool:
        """Whether anything speaks against it: the two complete each other, or nothing is better about the dearer one.

        Products of which no attribute is known are given the benefit of the doubt.
        """
        nothing_better = self.stated > 0 and (self.better == 0 or self.worse > self.better)
        return self.name < LEAST_NAME or nothing_better or self.met.is_company


class Vocabulary:
    """What is common in a shop, so that what two products share can be told from what all have.

    ``names`` are the words of the shelves' own names.
    """

    def __init__(self, goods: Collection[Good], names: Mapping[Shelf, Collection[str]] | None = None) -> None:
        self._whole = math.log(max(len(goods), 2))
        self._names = names or {}
        self._held = Counter(word for good in goods for word in good.words)
        self._stood: dict[str, set[Shelf]] = defaultdict(set)
        self._filled: Counter[Shelf] = Counter()
        self._beside: Counter[tuple[Shelf, str]] = Counter()
        for good in goods:
            self._filled.update(good.shelves)
            for word in good.words:
                self._stood[word] |= good.shelves
                self._beside.update((shelf, word) for shelf in good.shelves)
        self._telling: dict[tuple[frozenset[Shelf], str], float] = {}
        self._sums: dict[tuple[frozenset[Shelf], frozenset[str]], float] = {}
        self._values: Counter[tuple[str, str]] = Counter(
            (code, value) for good in goods for code, value in good.attributes.items() if isinstance(value, str)
        )

    def names(self, one: Good, other: Good) -> tuple[float, tuple[str, ...]]:
        """Say how alike two titles are, 0 to 1, and which words they share, the most telling first."""
        shelves = one.shelves & other.shelves or one.shelves | other.shelves
        told = {word: self._tells(shelves, word) for word in one.words & other.words}
        alike = math.fsum(told.values())
        shared = tuple(sorted((word for word in told if told[word]), key=lambda word: (-told[word], word)))
        if not alike or alike < LEAST_TOLD * self._whole:
            return 0.0, shared
        both = self._all_told(shelves, one.words) + self._all_told(shelves, other.words) - alike
        return min(alike / both, 1.0), shared

    def _all_told(self, shelves: frozenset[Shelf], words: frozenset[str]) -> float:
        key = (shelves, words)
        if key not in self._sums:
            self._sums[key] = math.fsum(self._tells(shelves, word) for word in words)
        return self._sums[key]

    def _tells(self, shelves: frozenset[Shelf], word: str) -> float:
        """Say how much a word tells of a kind: the rarer it is and the fewer the shelves it is found on, the more.

        What nearly all of a shelf have (a maker's name, say) tells nothing there. What the shelf is named after tells
        all that its rarity can.
        """
        key = (shelves, word)
        if key not in self._telling:
            self._telling[key] = max(self._tells_on(shelf, word) for shelf in shelves)
        return self._telling[key]

    def _tells_on(self, shelf: Shelf, word: str) -> float:
        held, filled = self._held[word], self._filled[shelf]
        rarity = self._whole - math.log(held) if held > 1 else 0.0  # what one alone has, none can share
        if _says(self._names.get(shelf, ()), word):
            return rarity
        nearly_all = filled >= MANY and self._beside[shelf, word] >= NEARLY_ALL * filled
        return 0.0 if nearly_all else rarity / len(self._stood[word])

    def is_common(self, code: str, value: str) -> bool:
        """Whether two products or more have this text as an attribute: then it may say of what kind they are."""
        return self._values[code, value] > 1


def likeness(
    lower: Good, higher: Good, vocabulary: Vocabulary, met: Met | None = None, *, less_is_better: Collection[str] = ()
) -> Likeness:
    """Weigh what speaks for ``higher``, the dearer one, being the better alternative to ``lower``."""
    name, words = vocabulary.names(lower, higher)
    alike, compared, stated, better, worse = 0.0, 0, 0, 0, 0
    for code in lower.attributes.keys() | higher.attributes.keys():
        before, after = lower.attributes.get(code), higher.attributes.get(code)
        agreement = _agreement(code, before, after, vocabulary)
        if agreement is not None:
            alike, compared = alike + agreement, compared + 1
        stated += before is not None and after is not None
        judged = _judged(before, after, less=code in less_is_better)
        better, worse = better + (judged > 0), worse + (judged < 0)
    return Likeness(
        name=name,
        words=words,
        nature=alike / compared if compared else 0.0,
        stated=stated,
        better=better,
        worse=worse,
        met=met or Met(),
    )


def _says(names: Iterable[str], word: str) -> bool:
    """Whether the name of a shelf has the word, in the singular or the plural."""
    return any(name.startswith(word) or word.startswith(name) for name in names if len(name) >= 2)


def _agreement(code: str, before: Value | None, after: Value | None, vocabulary: Vocabulary) -> float | None:
    """Say how far a value tells that two products are of one kind, 0 to 1; ``None`` if it tells nothing."""
    if before is None or after is None:
        return 0.0
    if isinstance(before, str) or isinstance(after, str):
        if before == after:
            return 1.0
        known = isinstance(before, str) and isinstance(after, str)
        return 0.0 if known and vocabulary.is_common(code, before) and vocabulary.is_common(code, after) else None  # type: ignore[arg-type]
    if isinstance(before, bool) or isinstance(after, bool):
        return 1.0 if before == after else 0.5  # what the better one has, or another kind of thing: who knows
    return 1.0 if bool(before) == bool(after) else 0.0


def _judged(before: Value | None, after: Value | None, *, less: bool) -> int:
    """Say whether a value is better (1), worse (-1) or neither."""
    if isinstance(before, bool) or isinstance(after, bool):
        return (after is True) - (before is True)  # what is not stated is not there
    if before is None or after is None or isinstance(before, str) or isinstance(after, str) or before == after:
        return 0
    return 1 if (after > before) != less else -1


# --- chance -----------------------------------------------------------------------------------------------------------


def above(count: int, mean: float) -> float:
    """Find the probability that chance, with so many on average, brings more than ``count``."""
    if mean <= 0:
        return 0.0 if count >= 0 else 1.0
    return max(0.0, 1.0 - sum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count + 1)))


def _highest_mean(count: int) -> float:
    """Find the mean above which chance brings so few only once in forty times."""
    low, high = float(count), count + 10 * math.sqrt(count + 1) + 10
    for _round in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if above(count, middle) < 0.975 else (low, middle)
    return high
