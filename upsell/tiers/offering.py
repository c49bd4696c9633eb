"""Which better step a shopper is offered, one at a time, and what their refusals change."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

ENOUGH = 2
"""Refusals after which nothing more is said of a ladder."""

MOST_LADDERS = 24
"""Ladders of which refusals are kept; the oldest are forgotten."""

Refusals = Mapping[str, Sequence[int]]
"""The products that were refused, by ladder, in the order in which they were."""


def step_offered(
    better: Sequence[int],
    *,
    order: Sequence[int],
    special: Collection[int] = (),
    popular: int | None = None,
    refused: Sequence[int] = (),
) -> int | None:
    """Choose the one step to offer, by its product; ``None`` for silence.

    ``better`` are the steps that could be offered, ``order`` all steps of the ladder, both the lowest first. The lowest
    for which there is a special price goes first, then the most popular, then the next one up. After a refusal it is
    the next step down that is still better than what the shopper has; after the second there is nothing.
    """
    if len(refused) >= ENOUGH:
        return None
    if refused:
        if refused[-1] not in order:
            return None
        limit = order.index(refused[-1])
        return next((step for step in reversed(better) if order.index(step) < limit), None)
    wanted = [*(step for step in better if step in special), *(step for step in better if step == popular), *better]
    return next(iter(wanted), None)


def noted(refusals: Refusals, ladder: int, product: int) -> dict[str, list[int]]:
    """Add a refusal: the newest ladder stands last, and no more is kept than matters."""
    kept = {key: list(products) for key, products in refusals.items() if key != str(ladder)}
    before = [one for one in refusals.get(str(ladder), ()) if one != product]
    kept[str(ladder)] = [*before, product][-ENOUGH:]
    return dict(list(kept.items())[-MOST_LADDERS:])


def refused_of(stored: Any, ladder: int) -> tuple[int, ...]:
    """Read what was refused of a ladder; nothing from what cannot be read."""
    products = stored.get(str(ladder)) if isinstance(stored, dict) else None
    return tuple(one for one in products if isinstance(one, int)) if isinstance(products, list) else ()
