"""From kinds back to lines: which units of which lines a rule takes, and what is taken off each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from upsell.core.money import even_split, split
from upsell.offers.solver.shelf import Kind, Use
from upsell.offers.solver.values import Applied, Rule
from upsell.offers.solver.worth import applications, set_reward, unit_discount


class Dealer:
    """Deals the units of each kind out to its lines, by line id; what was dealt is gone."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._kinds = kinds
        self._left = [dict(kind.lines) for kind in kinds]

    def deal(self, rule: Rule, use: Use, discount: int) -> Applied:
        """Say what the rule takes and gives line by line and unit by unit."""
        dealt: dict[str, dict[str, int]] = {}
        place_of: dict[str, int] = {}
        for slot, chosen in sorted(use.items()):
            own = dealt.setdefault(slot, {})
            for place, wanted in sorted(chosen.items()):
                for line_id, count in self._taken(place, wanted):
                    own[line_id] = own.get(line_id, 0) + count
                    place_of[line_id] = place
        kind_of = {line_id: self._kinds[place] for line_id, place in place_of.items()}
        named = {slot: dict(sorted(own.items())) for slot, own in dealt.items() if own}
        units = _whole(rule, named, kind_of, discount) if set_reward(rule) else _single(rule, named, kind_of)
        lines = {line_id: sum(parts) for line_id, parts in units.items()}
        return Applied(rule.id, discount, applications(rule, use) or 1, named, lines, units)

    def _taken(self, place: int, units: int) -> list[tuple[str, int]]:
        taken = []
        left = self._left[place]
        for line_id in left:
            count = min(units, left[line_id])
            if count:
                left[line_id] -= count
                units -= count
                taken.append((line_id, count))
        return taken


def _whole(
    rule: Rule, use: Mapping[str, Mapping[str, int]], kind_of: Mapping[str, Kind], discount: int
) -> dict[str, tuple[int, ...]]:
    """Share one amount for the set over its lines by what their units cost, and over the units of a line evenly."""
    taken: dict[str, int] = {}
    for chosen in use.values():
        for line_id, units in chosen.items():
            taken[line_id] = taken.get(line_id, 0) + units
    order = sorted(taken)
    weights = [kind_of[line_id].price * taken[line_id] for line_id in order]
    caps = [kind_of[line_id].headroom * taken[line_id] for line_id in order]
    parts = split(discount, weights, caps)
    return {line_id: even_split(part, taken[line_id]) for line_id, part in zip(order, parts, strict=True)}


def _single(
    rule: Rule, use: Mapping[str, Mapping[str, int]], kind_of: Mapping[str, Kind]
) -> dict[str, tuple[int, ...]]:
    """Give every unit the discount of its own; the most discounted units of a line come first."""
    count = sum(sum(chosen.values()) for chosen in use.values())
    found: dict[str, list[int]] = {}
    for slot, chosen in use.items():
        for line_id, units in chosen.items():
            found.setdefault(line_id, []).extend([unit_discount(rule, slot, kind_of[line_id], count)] * units)
    return {line_id: tuple(sorted(parts, reverse=True)) for line_id, parts in sorted(found.items())}
