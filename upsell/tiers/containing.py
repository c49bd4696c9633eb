"""What need not be bought apart any more once a step of a ladder is taken, because it comes with that step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """Units of a product in a line of the basket; ``family`` is the product whose variant it is."""

    line: int
    product: int
    units: int
    family: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Units that leave a line; ``each`` is how many at most for every unit of the step."""

    line: int
    units: int
    each: int


def taken_out(
    now: Mapping[int, int], before: Mapping[int, int], held: Sequence[Held], *, quantity: int
) -> tuple[Taken, ...]:
    """List what leaves the basket when ``quantity`` units of a step are taken in place of another.

    ``now`` maps products to the units that come with one unit of the new step, ``before`` those that came with the one
    left behind: what that one brought already is nothing that the new one adds, so whoever has it in the basket besides
    has it on purpose. A family stands for any of its variants. Lines are emptied in the order of ``held``, and never of
    more than what is added.
    """
    gained = _gained(now, before, held)
    left = {one.line: one.units for one in held}
    taken: dict[int, Taken] = {}
    # What a step names exactly goes first, so that a family may still stand for the other variants.
    wanted = [(one, one.product) for one in held] + [(one, one.family) for one in held if one.family is not None]
    owed = {product: each * quantity for product, each in gained.items()}
    for one, product in wanted:
        units = min(left[one.line], owed.get(product, 0))
        if units > 0:
            left[one.line] -= units
            owed[product] -= units
            known = taken.get(one.line, Taken(one.line, 0, 0))
            taken[one.line] = Taken(one.line, known.units + units, known.each + gained[product])
    return tuple(taken.values())


def _gained(now: Mapping[int, int], before: Mapping[int, int], held: Sequence[Held]) -> dict[int, int]:
    """Count what one unit of the new step brings more; what was lost of a family is made up for by its variants."""
    gained = {product: now.get(product, 0) - before.get(product, 0) for product in {*now, *before}}
    for product, family in dict.fromkeys((one.product, one.family) for one in held if one.family is not None):
        for more, less in ((product, family), (family, product)):
            shared = min(gained.get(more, 0), -gained.get(less, 0))
            if shared > 0:
                gained[more] -= shared
                gained[less] += shared
    return {product: units for product, units in gained.items() if units > 0}
