"""Whether a rule can be met at all: which of its lines speak against each other, whatever a basket holds.

What is found is surely so. What is not found may still be so: conditions on products are compared as they are written,
and a rule with very many alternatives is not looked through.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce
from itertools import combinations, product
from math import prod
from operator import and_

from upsell.core.audience import Shopper, base_of
from upsell.offers.base import Selection
from upsell.offers.eligibility import DAYS, Condition, Contains, During, Meant, PaidIn, Rule, Situation, Worth

MOST_WAYS = 500  # ways to choose one condition of every line that are looked through
MOST_SHOPPERS = 5_000  # kinds of shopper that are thought of
ELSEWHERE = "?"  # a currency, language or country that no condition names
CENT = Decimal("0.01")
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def conflict(rule: Rule, always: Rule = ()) -> tuple[int, ...] | None:
    """Find lines of a rule that can never be met together: their places, as few as possible; ``None`` if none are.

    ``always`` are lines that hold besides, such as an audience. An empty answer means that these alone conflict.
    """
    world = _World([condition for line in (*always, *rule) for condition in line])
    if world.is_impossible(always):
        return ()
    places = range(len(rule))
    for size in (1, 2):
        for chosen in combinations(places, size):
            if world.is_impossible((*always, *(rule[place] for place in chosen))):
                return chosen
    return tuple(places) if len(rule) > 2 and world.is_impossible((*always, *rule)) else None


class _World:
    """All money, moments and shoppers that conditions could tell apart, and which of them meet each condition."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self.met: dict[Condition, int] = {}
        for kind, thought_of in ((Worth | PaidIn, _purses), (During, _moments), (Meant, _shoppers)):
            alike = [one for one in dict.fromkeys(conditions) if isinstance(one.test, kind)]
            situations = list(thought_of(alike)) if alike else []
            for one in alike:
                self.met[one] = sum(1 << place for place, found in enumerate(situations) if one.holds(found))
            if not situations:  # too many to think of
                self.met.update(dict.fromkeys(alike, 1))

    def is_impossible(self, lines: Rule) -> bool:
        """Tell whether no choice of one condition of each line can be met."""
        if prod(len(line) for line in lines) > MOST_WAYS:
            return False
        return not any(self._is_possible(chosen) for chosen in product(*lines))

    def _is_possible(self, chosen: Sequence[Condition]) -> bool:
        """Tell whether conditions may hold together: those of contents, money, time and people each by themselves."""
        return all(
            self._have_one_in_common([one for one in chosen if isinstance(one.test, kind)])
            for kind in (Worth | PaidIn, During, Meant)
        ) and _may_hold([one for one in chosen if isinstance(one.test, Contains)])

    def _have_one_in_common(self, chosen: Sequence[Condition]) -> bool:
        return not chosen or bool(reduce(and_, (self.met[one] for one in chosen)))


# --- what a basket holds ----------------------------------------------------------------------------------------------


def _may_hold(conditions: Sequence[Condition]) -> bool:
    """Tell whether a basket may hold what is asked for without what is not wanted."""
    asked = [one.test for one in conditions if not one.negated and isinstance(one.test, Contains)]
    refused = [one.test for one in conditions if one.negated and isinstance(one.test, Contains)]
    if any(test.selection == Selection() and test.units > 0 for test in asked):
        return False
    wanted = Contains(Selection(everything=True))  # a basket that is shown something holds something
    return not any(
        test.units >= other.units and _within(test.selection, other.selection)
        for test in (*asked, wanted)
        for other in refused
    )


def _within(one: Selection, other: Selection) -> bool:
    """Tell whether everything that fits one surely fits the other."""
    if other.everything and not other.without:
        return True
    return (
        (other.everything or not one.everything)
        and (other.everything or one.products <= other.products)
        and (other.everything or one.categories <= other.categories)
        and (other.everything or one.classes <= other.classes)
        and other.without <= one.without
    )


# --- money, time and people that are thought of -----------------------------------------------------------------------


def _purses(conditions: Sequence[Condition]) -> Iterator[Situation]:
    """Think of baskets on either side of every amount, in every currency that is named and in one that is not."""
    currencies, amounts = {ELSEWHERE}, {Decimal(0)}
    for condition in conditions:
        match condition.test:
            case Worth(currency, least, most):
                currencies.add(currency)
                for amount in (least, most):
                    if amount is not None:
                        amounts |= {amount - CENT, amount, amount + CENT}
            case PaidIn(named):
                currencies |= named
    for currency, amount in product(sorted(currencies), sorted(amounts)):
        if amount >= 0:
            yield _situation(value=amount, currency=currency)


def _moments(conditions: Sequence[Condition]) -> Iterator[Situation]:
    """Think of moments just before and at every time of day that is named, on every day of a week."""
    clocks = {timedelta(0)}
    for condition in conditions:
        if isinstance(condition.test, During):
            for at in (condition.test.since, condition.test.until):
                if at is not None:
                    start = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
                    clocks |= {start, (start - timedelta(microseconds=1)) % timedelta(days=1)}
    for day, clock in product(range(DAYS), sorted(clocks)):
        yield _situation(at=MONDAY + timedelta(days=day) + clock)


def _shoppers(conditions: Sequence[Condition]) -> Iterator[Situation]:
    """Think of shoppers of every kind that is told apart, unless there are too many. Guests are known by place only."""
    countries, languages, days = _told_apart(conditions)
    if len(countries) * len(languages) * 2 * prod(map(len, days.values())) > MOST_SHOPPERS:
        return
    for country, language in product(countries, languages):
        yield _situation(shopper=Shopper(signed_in=False, country=country, language=language))
        for orders, bought in product((0, 1), product(*days.values())):
            past = {key: since for key, since in zip(days, bought, strict=True) if since is not None}
            if orders or not past:
                yield _situation(shopper=Shopper(True, orders, country, language, past))


def _told_apart(conditions: Sequence[Condition]) -> tuple[list[str], list[str], dict[int, list[int | None]]]:
    """List the countries and languages that matter, and for each product the days that may have passed."""
    audiences = [one.test.audience for one in conditions if isinstance(one.test, Meant)]
    countries = _kinds([audience.countries for audience in audiences])
    languages = _kinds([frozenset(map(base_of, audience.languages)) for audience in audiences])
    limits = {audience.bought_days for audience in audiences if audience.bought_days is not None}
    since: list[int | None] = [None, *sorted({0} | limits | {limit + 1 for limit in limits})]
    products = sorted(set[int]().union(*(audience.bought for audience in audiences)))
    return countries, languages, dict.fromkeys(products, since)


def _kinds(named: Sequence[frozenset[str]]) -> list[str]:
    """Choose one code of each kind: those that the same conditions name are alike. And one that none names."""
    alike = {tuple(code in codes for codes in named): code for code in sorted(frozenset().union(*named))}
    return [ELSEWHERE, *alike.values()]


def _situation(
    *, value: Decimal = Decimal(1), currency: str = ELSEWHERE, at: datetime = MONDAY, shopper: Shopper | None = None
) -> Situation:
    return Situation({}, {}, value, currency, at, shopper or Shopper())
