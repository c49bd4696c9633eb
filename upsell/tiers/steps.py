"""Whether the steps of a ladder make sense together: every fault in what a merchant set up, as data.

The admin's form and the API judge by the same list.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from upsell.offers.soundness import Fault

ENOUGH = 2
MOST_HIGHLIGHTS = 5


class StepFlaw(StrEnum):
    """What can be wrong with steps."""

    TWICE = "twice"
    TWO_POPULAR = "two_popular"
    NONE_POPULAR = "none_popular"
    TOO_FEW = "too_few"
    TOO_MANY_HIGHLIGHTS = "too_many_highlights"
    CONTAINS_ITSELF = "contains_itself"


@dataclass(frozen=True, slots=True)
class Rung:
    """A step as it was set up: its product, and the family that it is sold as."""

    product: int
    family: int
    is_popular: bool = False


def faults_of_steps(rungs: Sequence[Rung], *, needs_mark: bool, runs: bool) -> list[Fault]:
    """List what is wrong with steps beside each other; those of one step have its position.

    ``needs_mark``: the merchant is to choose the most popular one. ``runs``: the ladder is active.
    """
    found: list[Fault] = []
    families: set[int] = set()
    is_marked = False
    for place, rung in enumerate(rungs):
        if rung.family in families:
            found.append(Fault(StepFlaw.TWICE, "product", place))
        families.add(rung.family)
        if rung.is_popular and is_marked:
            found.append(Fault(StepFlaw.TWO_POPULAR, "is_popular", place))
        is_marked = is_marked or rung.is_popular
    if needs_mark and rungs and not is_marked:
        found.append(Fault(StepFlaw.NONE_POPULAR, "tiers"))
    if runs and len(families) < ENOUGH:
        found.append(Fault(StepFlaw.TOO_FEW, "tiers"))
    return found


def faults_of_highlights(lines: Iterable[str], *, field: str = "highlights") -> list[Fault]:
    """Refuse more lines than can be taken in at a glance."""
    count = sum(bool(line.strip()) for line in lines)
    if count <= MOST_HIGHLIGHTS:
        return []
    return [Fault(StepFlaw.TOO_MANY_HIGHLIGHTS, field, facts={"count": str(count)})]


def faults_of_contents(contents: Collection[int], *, product: int, family: int) -> list[Fault]:
    """Refuse a step that comes with itself."""
    return [Fault(StepFlaw.CONTAINS_ITSELF, "contents")] if {product, family} & set(contents) else []
