"""Whether a bundle makes sense: every fault in what a merchant set up, as data.

The admin's form and the API judge by the same list and word it in their own ways, so that neither lets in what the
other would refuse.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from upsell.offers.soundness import (
    WHOLE,
    Common,
    Fault,
    faults_of_currency,
    faults_of_limits,
    faults_of_reward,
    first_of_each_field,
)

FEWEST_IN_MIX = 2


class Flaw(StrEnum):
    """What can be wrong with a bundle, beside what can be wrong with any offer."""

    NOT_A_PERCENTAGE = "not_a_percentage"
    FREE_UNCONFIRMED = "free_unconfirmed"
    MIX_OF_ONE = "mix_of_one"
    MOST_BELOW_BREAK = "most_below_break"
    NO_PARTS = "no_parts"
    NOT_A_PRODUCT = "not_a_product"
    TWICE = "twice"
    WITH_ITS_PARENT = "with_its_parent"
    NOTHING_GOT_HERE = "nothing_got_here"
    NOTHING_LEFT_OUT_HERE = "nothing_left_out_here"
    UNITS_ELSEWHERE = "units_elsewhere"
    ALL_LEFT_OUT = "all_left_out"
    NO_BREAKS = "no_breaks"
    BREAK_TWICE = "break_twice"
    BREAKS_DO_NOT_RISE = "breaks_do_not_rise"


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was set up. ``subject`` is ``product``, ``category`` or ``range``, ``id`` that row's."""

    role: str
    subject: str
    id: int
    parent: int | None = None
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A bundle as it was set up, without its parts and breaks."""

    kind: str
    reward_kind: str = "percent"
    reward: Decimal | None = None
    units: int = 1
    max_units: int | None = None
    is_free: bool = False
    currency: str = ""
    budget: Decimal | None = None
    ends_before_it_starts: bool = False


def has_amounts(draft: Draft) -> bool:
    """Whether anything in it is an amount of money, so that it needs a currency."""
    return draft.budget is not None or (draft.kind not in {"breaks", "bogo"} and draft.reward_kind != "percent")


def faults_of_terms(draft: Draft) -> list[Fault]:
    """List what is wrong with the fields of the bundle itself, at most one fault a field."""
    found = [*_faults_of_reward(draft), *faults_of_currency(draft.currency, _amounts(draft))]
    if draft.kind == "mix" and draft.units < FEWEST_IN_MIX:
        found.append(Fault(Flaw.MIX_OF_ONE, "units"))
    found += faults_of_limits(budget=draft.budget, ends_before_it_starts=draft.ends_before_it_starts)
    return first_of_each_field(found)


def _faults_of_reward(draft: Draft) -> Iterable[Fault]:
    if draft.kind == "breaks":
        return
    if draft.kind == "bogo" and draft.reward_kind != "percent":
        yield Fault(Flaw.NOT_A_PERCENTAGE, "reward_kind")
    yield from faults_of_reward(draft.reward_kind, draft.reward)
    if is_given_away(draft) and not draft.is_free:
        yield Fault(Flaw.FREE_UNCONFIRMED, "is_free")


def is_given_away(draft: Draft) -> bool:
    """Whether something costs nothing by these terms."""
    free = {"percent": WHOLE, "price": Decimal(0)}.get(draft.reward_kind)
    return draft.kind != "breaks" and free is not None and draft.reward == free


def _amounts(draft: Draft) -> dict[str, Decimal | None]:
    """List the fields that are money, by name."""
    is_money = draft.kind not in {"breaks", "bogo"} and draft.reward_kind != "percent"
    return {"budget": draft.budget, "reward": draft.reward if is_money else None}


def faults_of_parts(kind: str, parts: Sequence[Part]) -> list[Fault]:
    """List what is wrong with what the bundle is about."""
    taken = [part for part in parts if part.role == "take"]
    found: list[Fault] = []
    if not taken:
        found.append(Fault(Flaw.NO_PARTS, "parts", facts={"kind": kind}))
    found += _repeated(parts)
    for position, part in enumerate(parts):
        if part.role == "get" and kind != "bogo":
            found.append(Fault(Flaw.NOTHING_GOT_HERE, "parts", position))
        elif kind == "fixed" and part.role == "except":
            found.append(Fault(Flaw.NOTHING_LEFT_OUT_HERE, "parts", position))
        elif kind == "fixed" and part.subject != "product":
            found.append(Fault(Flaw.NOT_A_PRODUCT, "parts", position))
        elif kind != "fixed" and part.quantity != 1:
            found.append(Fault(Flaw.UNITS_ELSEWHERE, "parts", position))
    if kind == "fixed":
        chosen = {part.id for part in taken if part.subject == "product"}
        found += [
            Fault(Flaw.WITH_ITS_PARENT, "parts", position)
            for position, part in enumerate(parts)
            if part.subject == "product" and part.parent in chosen
        ]
    elif taken and _nothing_left(parts):
        found.append(Fault(Flaw.ALL_LEFT_OUT, "parts"))
    return found


def _repeated(parts: Sequence[Part]) -> list[Fault]:
    seen: Counter[tuple[str, str, int]] = Counter()
    found = []
    for position, part in enumerate(parts):
        key = (part.role, part.subject, part.id)
        if seen[key]:
            found.append(Fault(Flaw.TWICE, "parts", position))
        seen[key] += 1
    return found


def _nothing_left(parts: Sequence[Part]) -> bool:
    """Whether everything that is taken is left out, too, as far as can be told without looking into categories."""
    out = {(part.subject, part.id) for part in parts if part.role == "except"}
    return all(
        (part.subject, part.id) in out or (part.subject == "product" and ("product", part.parent) in out)
        for part in parts
        if part.role == "take"
    )


def faults_of_breaks(breaks: Sequence[tuple[int, Decimal]], *, max_units: int | None, is_free: bool) -> list[Fault]:
    """List what is wrong with quantity breaks, given as pairs of a number of units and a percentage."""
    if not breaks:
        return [Fault(Flaw.NO_BREAKS, "breaks")]
    found = [
        Fault(flaw, "breaks", position)
        for position, (_minimum, percent) in enumerate(breaks)
        if (flaw := _flaw_of_percent(percent, is_free=is_free)) is not None
    ]
    minimums = [minimum for minimum, _percent in breaks]
    found += [
        Fault(Flaw.BREAK_TWICE, "breaks", position)
        for position, minimum in enumerate(minimums)
        if minimum in minimums[:position]
    ]
    found = found or [
        Fault(Flaw.BREAKS_DO_NOT_RISE, "breaks", breaks.index(more), {"fewer": str(fewer[0]), "more": str(more[0])})
        for fewer, more in pairwise(sorted(breaks))
        if more[1] <= fewer[1]
    ]
    if max_units is not None and max_units < max(minimums):
        found.append(Fault(Flaw.MOST_BELOW_BREAK, "breaks", None, {"most": str(max_units), "last": str(max(minimums))}))
    return found


def _flaw_of_percent(percent: Decimal, *, is_free: bool) -> StrEnum | None:
    if percent <= 0:
        return Common.NOT_POSITIVE
    if percent > WHOLE:
        return Common.ABOVE_100
    return Flaw.FREE_UNCONFIRMED if percent == WHOLE and not is_free else None
