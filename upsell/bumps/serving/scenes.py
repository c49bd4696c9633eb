"""A basket as the conditions of bumps see it: what it holds, what that is worth, and who looks at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from upsell.bumps.serving.bump_reading import TRIGGER, BumpFacts
from upsell.core.audience import Shopper
from upsell.core.oscar import sellable_id
from upsell.core.serving.memo import Memo
from upsell.offers import eligibility
from upsell.offers.base import Selection
from upsell.offers.eligibility import Meant, Rule, Situation
from upsell.offers.fitting import Facts
from upsell.offers.serving.planning import current_row
from upsell.offers.serving.quoting import row_of
from upsell.offers.serving.reading import Reading, read_basket
from upsell.offers.serving.selections import facts_of
from upsell.offers.serving.shoppers import shopper_of
from upsell.offers.serving.solving import situation_of

_facts: Memo[dict[int, Facts]] = Memo(512)


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
        answer = eligibility.holds(rule, self._situation(rule, Shopper()))
        if answer is None:  # it hangs on who the shopper is
            answer = eligibility.holds(rule, self._situation(rule, _shopper(rule, request)))
        return answer is True and facts.admits(request)

    def triggers(self, facts: BumpFacts) -> int:
        """Count how often the basket holds what calls for a bump."""
        if not facts.terms.slots:
            return 0
        slot = facts.terms.slots[TRIGGER]
        known = self.facts_for([slot.selection])
        return situation_of(self.reading, known).held(slot.selection) // max(1, slot.units)

    def facts_for(self, selections: Iterable[Selection]) -> Mapping[int, Facts]:
        """Find what decides whether the basket's products fit; queries only where categories or classes are named."""
        if not any(one.categories or one.classes for one in selections):
            return self._plain
        key = (self.revision, frozenset(self._plain))
        kept = _facts.get([key]).get(key)
        if kept is None:
            kept = facts_of(self._plain)
            _facts.put({key: kept})
        return {**self._plain, **kept}

    def _situation(self, rule: Rule, shopper: Shopper) -> Situation:
        return situation_of(self.reading, self.facts_for(eligibility.selections(rule)), shopper)


def _shopper(rule: Rule, request: Any) -> Shopper:
    """Find out what a rule asks about the shopper."""
    shopper = Shopper()
    for group in rule:
        for condition in group:
            if isinstance(condition.test, Meant):
                shopper = shopper_of(request, condition.test.audience)
    return shopper
