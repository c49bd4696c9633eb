"""A basket as the conditions of bumps see it: what it holds, what that is worth, and who looks at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from upsell.bumps.serving.bump_reading import TRIGGER, BumpFacts
from upsell.core.audience import Shopper
from upsell.core.oscar import sellable_id
from upsell.offers import eligibility
from upsell.offers.base import Selection
from upsell.offers.eligibility import Meant, Rule, Situation
from upsell.offers.fitting import Facts
from upsell.offers.serving.planning import current_row
from upsell.offers.serving.quoting import row_of
from upsell.offers.serving.reading import Reading, read_basket
from upsell.offers.serving.selections import facts_under
from upsell.offers.serving.shoppers import shopper_of
from upsell.offers.serving.solving import apart_from_extras, situation_of

MOST_UNITS = 100  # that may be offered at once


@dataclass(slots=True)
class Scene:
    """A basket that is being looked at, read as the engine reads it.

    ``revision`` is that of prices; ``held`` are the products of the basket, variants under their parents.
    """

    basket: Any
    lines: list[Any]
    reading: Reading
    revision: str
    held: frozenset[int]
    _plain: Mapping[int, Facts] = field(default_factory=dict)
    _seen: dict[bool, Situation] = field(default_factory=dict)
    _triggers: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, basket: Any, request: Any = None) -> "Scene | None":
        """Look at a basket; ``None`` if nothing in it can be priced, or offers of ours apply to nothing at all."""
        lines = [] if basket is None or basket.id is None or not basket.has_strategy else list(basket.all_lines())
        if not lines:
            return None
        row = current_row(basket) if request is None else row_of(request, basket)
        reading = None if row is None else read_basket(basket, row)
        if reading is None or not reading.pieces:
            return None
        return cls(
            basket=basket,
            lines=lines,
            reading=reading,
            revision=str(row.condition.value),
            held=frozenset(sellable_id(line.product) for line in lines),
            _plain={piece.product: Facts(piece.product, piece.parent) for piece in reading.pieces},
        )

    def meets(self, facts: BumpFacts, request: Any) -> bool:
        """Whether the basket, the moment and the shopper surely meet what a bump asks for."""
        rule = facts.terms.when
        if not facts.terms.slots or facts.currency not in ("", self.reading.currency) or not self.triggers(facts):
            return False
        situation = self._situation([*eligibility.selections(rule), facts.adds])
        beside = apart_from_extras(facts.terms, self.reading, situation.facts)
        if beside is not self.reading:
            situation = situation_of(beside, situation.facts)
        answer = eligibility.holds(rule, situation)
        if answer is None:  # it hangs on who the shopper is
            answer = eligibility.holds(rule, replace(situation, shopper=_shopper(rule, request)))
        return answer is True and facts.admits(request)

    def triggers(self, facts: BumpFacts) -> int:
        """Count how often the basket holds what calls for a bump."""
        if facts.id not in self._triggers:
            self._triggers[facts.id] = 0
            if facts.terms.slots:
                slot = facts.terms.slots[TRIGGER]
                held = self._situation([slot.selection]).held(slot.selection)
                self._triggers[facts.id] = held // max(1, slot.units)
        return self._triggers[facts.id]

    def entitled(self, facts: BumpFacts) -> int:
        """Count the units that the basket may have at the price of a bump, as far as its limits leave them."""
        units = facts.terms.per_trigger * self.triggers(facts)
        return min(units, MOST_UNITS if facts.limit is None else facts.limit, MOST_UNITS)

    def _situation(self, selections: Iterable[Selection]) -> Situation:
        """Say what selections are held against; queries only where one names categories or classes."""
        is_wide = any(one.categories or one.classes for one in selections)
        if is_wide not in self._seen:
            self._seen[is_wide] = situation_of(self.reading, self._facts() if is_wide else self._plain)
        return self._seen[is_wide]

    def _facts(self) -> Mapping[int, Facts]:
        return {**self._plain, **facts_under(self.revision, self._plain)}


def _shopper(rule: Rule, request: Any) -> Shopper:
    """Find out what a rule asks about the shopper."""
    shopper = Shopper()
    for group in rule:
        for condition in group:
            if isinstance(condition.test, Meant):
                shopper = shopper_of(request, condition.test.audience)
    return shopper
