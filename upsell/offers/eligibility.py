"""When an offer may be had: conditions on the basket, the moment and the shopper, joined by "and" and "or".

A rule is a list of groups. All groups must hold; of a group, one condition is enough. Every combination of "and", "or"
and "not" can be written so, and laid out in a plain form: a group is a line, its conditions stand side by side.

What is not known (the country of a guest, say) is neither met nor missed: answers are yes, no, or ``None``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from upsell.core import audience as audiences
from upsell.core.audience import Audience, Shopper
from upsell.offers import fitting
from upsell.offers.base import Selection
from upsell.offers.fitting import Facts, fits

DAYS = 7


@dataclass(frozen=True, slots=True)
class Situation:
    """A basket at a moment, and whose it is.

    ``units`` are what it holds of each product, ``facts`` what decides whether a product fits. ``value`` is what its
    products cost singly. ``at`` is the moment on the shop's own clock.
    """

    units: Mapping[int, int]
    facts: Mapping[int, Facts]
    value: Decimal
    currency: str
    at: datetime
    shopper: Shopper = field(default_factory=Shopper)

    def held(self, selection: Selection) -> int:
        """Count the units of what fits."""
        return sum(units for product, units in self.units.items() if fits(selection, self.facts[product]))


@dataclass(frozen=True, slots=True)
class Contains:
    """So many units, or more, of what fits."""

    selection: Selection
    units: int = 1

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether the basket has them."""
        return situation.held(self.selection) >= self.units


@dataclass(frozen=True, slots=True)
class Worth:
    """A value of the basket, in a currency, between two amounts; either may be open."""

    currency: str
    least: Decimal | None = None
    most: Decimal | None = None

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether the basket is worth that; one in another currency is not."""
        return (
            situation.currency == self.currency
            and (self.least is None or situation.value >= self.least)
            and (self.most is None or situation.value <= self.most)
        )


@dataclass(frozen=True, slots=True)
class PaidIn:
    """One of these currencies."""

    currencies: frozenset[str]

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether the basket is in one of them."""
        return situation.currency in self.currencies


@dataclass(frozen=True, slots=True)
class During:
    """Days of the week (0 is Monday; none is every day), from one time of day until before another.

    A span that ends before it begins goes on past midnight, and belongs to the day on which it began.
    """

    weekdays: frozenset[int] = frozenset()
    since: time | None = None
    until: time | None = None

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether it is then."""
        at, since, until = situation.at, self.since or time.min, self.until
        clock = at.timetz().replace(tzinfo=None)
        if until is None or since < until:
            return self._is_day(at) and since <= clock and (until is None or clock < until)
        if clock >= since:
            return self._is_day(at)
        return clock < until and self._is_day(at - timedelta(days=1))

    def _is_day(self, at: datetime) -> bool:
        return not self.weekdays or at.weekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class Meant:
    """A shopper who belongs to an audience."""

    audience: Audience

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether the shopper does, as far as that is known."""
        return self.audience.admits(situation.shopper)


Test = Contains | Worth | PaidIn | During | Meant


@dataclass(frozen=True, slots=True)
class Condition:
    """A test that must hold, or must not."""

    test: Test
    negated: bool = False

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether it is met."""
        answer = self.test.holds(situation)
        return answer if answer is None or not self.negated else not answer


Rule = tuple[tuple[Condition, ...], ...]
"""Groups, of which all must hold; of each, one condition. No group at all is always met, an empty one never."""


def holds(rule: Rule, situation: Situation) -> bool | None:
    """Tell whether a rule is met; ``None`` if that hangs on something unknown."""
    return _every(_some(condition.holds(situation) for condition in group) for group in rule)


def trigger(rule: Rule) -> tuple[Selection, int] | None:
    """Find products of which every basket that meets the rule holds one: what to look the offer up by.

    And how many units of them there are at least. ``None`` if there are no such products: the rule may be met by any
    basket. Of several groups that would do, the one that names fewest is taken.
    """
    found = []
    for group in rule:
        asked = [test for condition in group if (test := _asked_for(condition)) is not None]
        if asked and len(asked) == len(group):
            found.append((_union([test.selection for test in asked]), min(test.units for test in asked)))
    return min(found, key=lambda pair: _size(pair[0]), default=None)


def selections(rule: Rule) -> Iterator[Selection]:
    """List the selections of products that a rule speaks of."""
    for group in rule:
        for condition in group:
            if isinstance(condition.test, Contains):
                yield condition.test.selection


def _asked_for(condition: Condition) -> Contains | None:
    """Find what a condition asks to be in the basket; ``None`` if it may be met without."""
    test = condition.test
    return test if isinstance(test, Contains) and test.units > 0 and not condition.negated else None


def _union(parts: Sequence[Selection]) -> Selection:
    """Join selections. What one leaves out may be in another: leaving out nothing finds too many, never too few."""
    return Selection(
        products=frozenset().union(*(part.products for part in parts)),
        categories=frozenset().union(*(part.categories for part in parts)),
        classes=frozenset().union(*(part.classes for part in parts)),
        everything=any(part.everything for part in parts),
        without=frozenset.intersection(*(part.without for part in parts)),
    )


def _size(selection: Selection) -> tuple[bool, int]:
    wide = selection.everything or bool(selection.classes)
    return wide, len(selection.products) + 100 * len(selection.categories)


def _every(answers: Iterable[bool | None]) -> bool | None:
    known = list(answers)
    if False in known:
        return False
    return None if None in known else True


def _some(answers: Iterable[bool | None]) -> bool | None:
    known = list(answers)
    if True in known:
        return True
    return None if None in known else False


# --- as plain data ----------------------------------------------------------------------------------------------------


def to_json(rule: Rule) -> list[list[dict[str, Any]]]:
    """Write a rule as plain data; ``from_json`` reads it back unchanged."""
    return [[_condition_to_json(condition) for condition in group] for group in rule]


def from_json(data: Iterable[Iterable[Mapping[str, Any]]]) -> Rule:
    """Read a rule as ``to_json`` wrote it. Raises KeyError, ValueError or TypeError for anything else."""
    return tuple(tuple(_condition_from_json(condition) for condition in group) for group in data)


def _condition_to_json(condition: Condition) -> dict[str, Any]:
    return {**_test_to_json(condition.test), **({"not": True} if condition.negated else {})}


def _test_to_json(test: Test) -> dict[str, Any]:
    match test:
        case Contains(selection, units):
            return {"contains": fitting.to_json(selection), "units": units}
        case Worth(currency, least, most):
            bounds = {"least": least, "most": most}
            return {"worth": currency, **{name: str(amount) for name, amount in bounds.items() if amount is not None}}
        case PaidIn(currencies):
            return {"currencies": sorted(currencies)}
        case During(weekdays, since, until):
            clock = {"since": since, "until": until}
            return {
                "weekdays": sorted(weekdays),
                **{name: moment.isoformat("minutes") for name, moment in clock.items() if moment is not None},
            }
        case Meant(audience):
            return {"audience": audiences.to_json(audience)}


def _condition_from_json(data: Mapping[str, Any]) -> Condition:
    return Condition(_test_from_json(data), negated=bool(data.get("not", False)))


def _test_from_json(data: Mapping[str, Any]) -> Test:
    if "contains" in data:
        return Contains(fitting.from_json(data["contains"]), int(data["units"]))
    if "worth" in data:
        least, most = (None if data.get(name) is None else Decimal(data[name]) for name in ("least", "most"))
        return Worth(data["worth"], least, most)
    if "currencies" in data:
        return PaidIn(frozenset(map(str, data["currencies"])))
    if "weekdays" in data:
        told = [data.get(name) for name in ("since", "until")]
        since, until = (None if moment is None else time.fromisoformat(moment) for moment in told)
        days = frozenset(map(int, data["weekdays"]))
        if not days <= frozenset(range(DAYS)):
            raise ValueError("A weekday is a number from 0 to 6.")
        return During(days, since, until)
    return Meant(audiences.from_json(data["audience"]))
