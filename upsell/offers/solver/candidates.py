"""Which rules can apply to a basket at all, and in what shape.

A rule that each of its slots ties to one kind is *rigid*: its applications take the same units and give the same, so
all that is open is how many there are. Most rules of a shop are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from upsell.offers.solver.shelf import Shelf, Use
from upsell.offers.solver.values import Bogo, Fixed, Mix, QuantityBreaks, Rule
from upsell.offers.solver.worth import allowance, unit_discount, worth


@dataclass(slots=True, eq=False)
class Candidate:
    """A rule that can apply: ``limit`` applications at most, from these kinds.

    slots: name, units of one application (0: any number), places of the kinds that fit. touched: all of those places.
    takes and gain: of a rigid rule, the units of one application (slot, place, units) and what it gives.
    """

    rule: Rule
    limit: int
    slots: tuple[tuple[str, int, tuple[int, ...]], ...]
    touched: tuple[int, ...]
    takes: tuple[tuple[str, int, int], ...] = ()
    gain: int = 0

    def use(self, times: int) -> Use:
        """So many applications of a rigid rule."""
        use: Use = {}
        for slot, place, units in self.takes:
            use.setdefault(slot, {})[place] = units * times
        return use


def candidates(rules: Iterable[Rule], shelf: Shelf, left: Sequence[int]) -> list[Candidate]:
    """List the rules that can give something from the units left, by id."""
    found = (candidate(rule, shelf, left) for rule in rules)
    return sorted((one for one in found if one is not None), key=lambda one: one.rule.id)


def candidate(rule: Rule, shelf: Shelf, left: Sequence[int]) -> Candidate | None:
    """Fit a rule to the shelf; nothing if it lacks units or allowance, or can give nothing."""
    slots = []
    fits = _fitting(rule, shelf)
    if fits is None:
        return None
    limit = allowance(rule, shelf)
    for slot, units, places in fits:
        own = tuple(place for place in places if left[place])
        limit = min(limit, sum(left[place] for place in own) // (units or 1))
        if limit <= 0:
            return None
        slots.append((slot, units, own))
    if isinstance(rule, QuantityBreaks):
        limit = 1
        free = sum(left[place] for place in slots[0][2])
        most = free if rule.most is None else min(free, rule.most)
        if rule.reached(most) is None:
            return None
    touched = tuple(sorted({place for _, _, own in slots for place in own}))
    if any(len(own) > 1 for _, _, own in slots) or isinstance(rule, QuantityBreaks):
        return Candidate(rule, limit, tuple(slots), touched)
    return _rigid(rule, shelf, left, Candidate(rule, limit, tuple(slots), touched))


def _fitting(rule: Rule, shelf: Shelf) -> list[tuple[str, int, list[int]]] | None:
    """Name each slot's units and kinds; nothing as soon as one has none."""
    if isinstance(rule, Fixed):
        if not all(item in shelf.by_product or item in rule.fits for item in rule.items):
            return None
        return [
            (f"c:{item}", n, shelf.fitting(rule.fits[item]) if item in rule.fits else shelf.by_product[item])
            for item, n in sorted(rule.items.items())
        ]
    if isinstance(rule, Mix):
        return [("any", rule.units, shelf.fitting(rule.selector))]
    if isinstance(rule, QuantityBreaks):
        return [("any", 0, shelf.fitting(rule.selector))]
    if isinstance(rule, Bogo):
        buy, get = shelf.fitting(rule.buy), shelf.fitting(rule.get)
        return [("buy", rule.buy_units, buy), ("get", rule.get_units, get)]
    fits = shelf.fitting(rule.add)
    return [("add", 1, [place for place in fits if unit_discount(rule, "add", shelf.kinds[place], 1)])]


def _rigid(rule: Rule, shelf: Shelf, left: Sequence[int], one: Candidate) -> Candidate | None:
    """Give a candidate whose slots have one kind each what one application takes and gives."""
    one.takes = tuple((slot, own[0], units) for slot, units, own in one.slots)
    need: dict[int, int] = {}
    for _, place, units in one.takes:
        need[place] = need.get(place, 0) + units
    one.limit = min(one.limit, *(left[place] // units for place, units in need.items()))
    one.gain = worth(rule, shelf.kinds, one.use(1), one.limit) or 0 if one.limit > 0 else 0
    return one if one.gain > 0 else None
