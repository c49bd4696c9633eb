"""From ranked candidates to what a widget shows: merchants' wishes, refusals, and variety.

The candidates come in *steps*, one per recommender of the widget's chain; a later step is used only where earlier ones
have not brought enough: few good suggestions beat many. Within a step, pairs that chance may explain stand behind the
others, and come in only until there is enough. Apart from that the best come first, but as long as other categories
have candidates, one category gets at most half of the places (rounded up). Scores are compared within a step only: a
best seller's figure says nothing beside a similarity.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from upsell.core.trace import Code
from upsell.recommendations.base import Origin, Recommendation


class Action(StrEnum):
    """What a merchant wants for a product, besides pinning it."""

    BOOST = "boost"
    BURY = "bury"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Wish:
    """A merchant's wish about a product that holds here and now. ``factor`` is at least 1."""

    product_id: int
    action: Action
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a candidate."""

    recommendation: Recommendation
    code: Code


Step = Sequence[Recommendation]
Refusal = Callable[[Recommendation], Code | None]
CategoryOf = Callable[[int], int | None]


def excluded(wishes: Iterable[Wish]) -> frozenset[int]:
    """Collect what must not be shown, whatever else is wished: a no outweighs a pin."""
    return frozenset(wish.product_id for wish in wishes if wish.action == Action.EXCLUDE)


def reranked(step: Step, wishes: Iterable[Wish]) -> list[Recommendation]:
    """Multiply scores by boosts, divide them by buries, and rank anew; ties keep their order. Pins stay in place."""
    factors: dict[int, float] = {}
    for wish in wishes:
        if wish.action == Action.EXCLUDE:
            continue
        factor = wish.factor if wish.action == Action.BOOST else 1 / wish.factor
        factors[wish.product_id] = factors.get(wish.product_id, 1.0) * factor
    if not factors:
        return list(step)
    weighed = [
        candidate
        if candidate.origin == Origin.PINNED
        else replace(candidate, score=candidate.score * factors.get(candidate.product_id, 1.0))
        for candidate in step
    ]
    return sorted(weighed, key=lambda candidate: -candidate.score)


def choose(
    steps: Iterable[Step],
    places: int,
    refusal: Refusal,
    category_of: CategoryOf | None = None,
    enough: int | None = None,
) -> list[Recommendation]:
    """Fill at most ``places`` from the steps; ``refusal`` is asked only for candidates that would be shown.

    Once there are ``enough`` (by default: as many as there are places), pins not counted, no further step is begun and
    no pair is taken that chance may explain: where much is known of a product, such a pair is chance; where little is,
    it is a beginning.
    Without ``category_of`` variety is not looked for. A product proposed twice keeps its first place.
    """
    enough = places if enough is None else min(enough, places)
    shelf = _Shelf(places, enough, refusal, category_of or (lambda product: None))
    for step in steps:
        if len(shelf.chosen) >= places or shelf.found >= enough:
            break
        shelf.fill(step)
    return shelf.chosen


class _Shelf:
    """Places that fill up."""

    def __init__(self, places: int, enough: int, refusal: Refusal, category_of: CategoryOf) -> None:
        self.places, self.enough, self.refusal, self.category_of = places, enough, refusal, category_of
        self.chosen: list[Recommendation] = []
        self.found = 0  # of the chosen, those that are no pins
        self.seen: set[int] = set()
        self.share = Counter[int | None]()

    def fill(self, step: Step) -> None:
        """Take what a step has for the empty places; those whose category has its share wait until the end."""
        first = len(self.chosen)
        ranked = list(enumerate(sorted(step, key=_may_be_chance)))
        taken: dict[int, int] = {}
        waiting = []
        for rank, candidate in ranked:
            if candidate.product_id in self.seen:
                continue
            if self.is_closed_to(candidate):
                break
            self.seen.add(candidate.product_id)
            if self.has_its_share(candidate):
                waiting.append((rank, candidate))
            elif self.take(candidate):
                taken[candidate.product_id] = rank
        for rank, candidate in waiting:
            if not self.is_closed_to(candidate) and self.take(candidate):
                taken[candidate.product_id] = rank
        self.chosen[first:] = sorted(self.chosen[first:], key=lambda candidate: taken[candidate.product_id])

    def is_closed_to(self, candidate: Recommendation) -> bool:
        """Whether there is no room, or enough of better ones."""
        return len(self.chosen) >= self.places or (self.found >= self.enough and _may_be_chance(candidate))

    def has_its_share(self, candidate: Recommendation) -> bool:
        """Whether the candidate's category has half of the places; a pin's place is the merchant's to give."""
        category = self.category_of(candidate.product_id)
        share = (self.places + 1) // 2
        return category is not None and self.share[category] >= share and candidate.origin != Origin.PINNED

    def take(self, candidate: Recommendation) -> bool:
        """Put the candidate on the shelf unless it is refused."""
        if self.refusal(candidate):
            return False
        self.share[self.category_of(candidate.product_id)] += 1
        self.found += candidate.origin != Origin.PINNED
        self.chosen.append(candidate)
        return True


def _may_be_chance(candidate: Recommendation) -> bool:
    return candidate.origin == Origin.TOGETHER and not candidate.reliable


def outcomes(steps: Iterable[Step], chosen: Collection[int], refusal: Refusal) -> list[Outcome]:
    """Say of every candidate what became of it, given the ids that were chosen. A repeated candidate is told once."""
    told: dict[int, Outcome] = {}
    for step in steps:
        for candidate in step:
            if candidate.product_id in told:
                continue
            code = Code.SHOWN if candidate.product_id in chosen else refusal(candidate) or Code.FULL
            told[candidate.product_id] = Outcome(candidate, code)
    return list(told.values())
