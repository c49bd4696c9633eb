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
    found = 0
    chosen: list[Recommendation] = []
    seen: set[int] = set()
    share = Counter[int | None]()
    cap = (places + 1) // 2
    for step in steps:
        if len(chosen) >= places or found >= enough:
            break
        taken: list[tuple[int, Recommendation]] = []
        waiting: list[tuple[int, Recommendation]] = []
        for rank, candidate in enumerate(sorted(step, key=_may_be_chance)):
            if len(chosen) + len(taken) >= places or (found >= enough and _may_be_chance(candidate)):
                break
            if candidate.product_id in seen:
                continue
            seen.add(candidate.product_id)
            if refusal(candidate):
                continue
            category = category_of(candidate.product_id) if category_of else None
            if category is not None and share[category] >= cap and candidate.origin != Origin.PINNED:
                waiting.append((rank, candidate))
                continue
            share[category] += 1
            found += candidate.origin != Origin.PINNED
            taken.append((rank, candidate))
        waiting = waiting[: places - len(chosen) - len(taken)]
        found += len(waiting)
        taken += waiting
        chosen += [candidate for _, candidate in sorted(taken, key=lambda pair: pair[0])]
    return chosen


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
