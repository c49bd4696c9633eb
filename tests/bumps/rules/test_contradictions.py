"""What is called impossible is so: no basket, moment or shopper meets it."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upsell.bumps.contradictions import conflict
from upsell.core.audience import Audience, Customers, Shopper
from upsell.offers.base import Selection
from upsell.offers.eligibility import Condition, Contains, During, Meant, PaidIn, Rule, Situation, Worth, holds
from upsell.offers.fitting import Facts

CURRENCIES = ("GBP", "EUR", "JPY")
COUNTRIES = ("GB", "JP", "FR")
LANGUAGES = ("en", "ja", "pt-br")
FACTS = {
    1: Facts(1, categories=frozenset({7})),
    2: Facts(2, parent=1, categories=frozenset({7, 8})),
    3: Facts(3, product_class=5),
}


def some(values: tuple[Any, ...], **fields: Any) -> Any:
    return st.frozensets(st.sampled_from(values), **fields)


selections = st.builds(
    Selection,
    products=some((1, 2, 3)),
    categories=some((7, 8)),
    classes=some((5,)),
    everything=st.booleans(),
    without=some((1, 3)),
)
amounts = st.none() | st.integers(0, 6).map(Decimal)
clocks = st.none() | st.sampled_from([time(0), time(9), time(12, 30), time(22)])
audiences = st.builds(
    Audience,
    customers=st.sampled_from(Customers),
    signed_in=st.none() | st.booleans(),
    countries=some(COUNTRIES, max_size=2),
    languages=some(LANGUAGES, max_size=2),
    bought=some((1, 2), max_size=2),
    bought_days=st.none() | st.integers(1, 3),
)
tests = st.one_of(
    st.builds(Contains, selections, st.integers(1, 3)),
    st.builds(Worth, st.sampled_from(CURRENCIES), amounts, amounts),
    st.builds(PaidIn, some(CURRENCIES)),
    st.builds(During, some(tuple(range(7))), clocks, clocks),
    st.builds(Meant, audiences),
)
rules = st.lists(
    st.lists(st.builds(Condition, tests, st.booleans()), min_size=1, max_size=2).map(tuple), max_size=4
).map(tuple)


@st.composite
def shoppers(draw: Any) -> Shopper:
    where, spoken = draw(st.sampled_from([*COUNTRIES, "US"])), draw(st.sampled_from([*LANGUAGES, "de"]))
    if draw(st.booleans()):
        return Shopper(signed_in=False, country=where, language=spoken)
    orders = draw(st.integers(0, 3))
    bought = draw(st.dictionaries(st.sampled_from([1, 2]), st.integers(0, 5))) if orders else {}
    return Shopper(signed_in=True, orders=orders, country=where, language=spoken, bought=bought)


situations = st.builds(
    Situation,
    units=st.dictionaries(st.sampled_from(sorted(FACTS)), st.integers(1, 4), min_size=1),
    facts=st.just(FACTS),
    value=st.integers(0, 700).map(lambda pence: Decimal(pence) / 100),
    currency=st.sampled_from([*CURRENCIES, "USD"]),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1), timezones=st.just(UTC)),
    shopper=shoppers(),
)


@given(rules, situations)
@settings(max_examples=400)
def test_a_rule_that_something_meets_is_never_called_impossible(rule: Rule, situation: Situation) -> None:
    met = tuple(line for line in rule if holds((line,), situation))
    assert conflict(met) is None


def one(test: Any, *, no: bool = False) -> tuple[Condition, ...]:
    return (Condition(test, negated=no),)


MILK, EVERYTHING = Selection(products=frozenset({1})), Selection(everything=True)
NEVER = {
    "less than the least": [one(Worth("GBP", Decimal(5), Decimal(4)))],
    "no currency": [one(PaidIn(frozenset()))],
    "nothing at all": [one(Contains(Selection()))],
    "an empty basket": [one(Contains(EVERYTHING), no=True)],
    "every day is refused": [one(During(frozenset(range(7))), no=True)],
    "both new and not": [
        one(Meant(Audience(customers=Customers.NEW)), no=True),
        one(Meant(Audience(customers=Customers.NEW))),
    ],
}
TOGETHER = {
    "with and without milk": [one(Contains(MILK, 2)), one(Contains(MILK, 2), no=True)],
    "milk but no product": [one(Contains(MILK)), one(Contains(Selection(products=frozenset({1, 2}))), no=True)],
    "dear and cheap": [one(Worth("GBP", least=Decimal(9))), one(Worth("GBP", most=Decimal(8)))],
    "pounds and euros": [one(Worth("GBP", least=Decimal(9))), one(PaidIn(frozenset({"EUR"})))],
    "Sunday and Monday": [one(During(frozenset({6}), since=time(2))), one(During(frozenset({0})))],
    "morning and evening": [one(During(until=time(9))), one(During(since=time(9)))],
    "new and an owner": [one(Meant(Audience(customers=Customers.NEW))), one(Meant(Audience(bought=frozenset({1}))))],
    "a guest who ordered": [
        one(Meant(Audience(signed_in=False))),
        one(Meant(Audience(customers=Customers.RETURNING))),
    ],
    "two countries": [
        one(Meant(Audience(countries=frozenset({"GB"})))),
        one(Meant(Audience(countries=frozenset({"JP"})))),
    ],
}


@pytest.mark.parametrize("lines", NEVER.values(), ids=NEVER)
def test_a_line_that_can_never_be_met_is_found(lines: list[Any]) -> None:
    assert conflict(tuple(lines)) == tuple(range(len(lines)))


@pytest.mark.parametrize("lines", TOGETHER.values(), ids=TOGETHER)
def test_two_lines_that_exclude_each_other_are_found_among_others(lines: list[Any]) -> None:
    others = [one(PaidIn(frozenset({"GBP", "EUR"}))), one(Contains(EVERYTHING))]
    assert conflict((others[0], lines[0], others[1], lines[1])) == (1, 3)


def test_an_alternative_saves_a_line() -> None:
    assert conflict((one(Contains(MILK)), one(Contains(MILK), no=True) + one(PaidIn(frozenset({"GBP"}))))) is None


def test_a_span_past_midnight_meets_the_next_morning() -> None:
    night = During(frozenset({6}), since=time(22), until=time(2))
    assert conflict((one(night), one(During(frozenset({0}), until=time(1))))) is None
    assert conflict((one(night), one(During(frozenset({0}), since=time(2))))) == (0, 1)


def test_three_lines_may_only_conflict_together() -> None:
    def either(*codes: str) -> tuple[Condition, ...]:
        return one(PaidIn(frozenset(codes)))

    assert conflict((either("GBP", "EUR"), either("EUR", "JPY"), either("GBP", "JPY"))) == (0, 1, 2)


def test_what_holds_besides_may_conflict_alone_or_with_a_line() -> None:
    guests = one(Meant(Audience(signed_in=False)))
    returning = one(Meant(Audience(customers=Customers.RETURNING)))
    assert conflict((), (guests, returning)) == ()
    assert conflict((returning,), (guests,)) == (0,)
    assert conflict((one(Worth("GBP", least=Decimal(1))),), (guests,)) is None


def test_a_language_and_its_regional_kind_meet() -> None:
    named = [frozenset({"pt", "zu"}), frozenset({"pt-br", "zz"})]
    assert conflict(tuple(one(Meant(Audience(languages=codes))) for codes in named)) is None
    assert conflict(tuple(one(Meant(Audience(languages=codes))) for codes in (named[0], frozenset({"zz"})))) == (0, 1)


def test_as_many_conditions_as_a_form_has_are_held_against_each_other_at_once() -> None:
    lines = tuple(
        tuple(Condition(During(frozenset({hour % 7}), time(hour), time(hour, 30))) for hour in (place, place + 10))
        for place in range(10)
    )
    begun = datetime.now(UTC)
    assert conflict(lines) == (0, 1)
    assert conflict(lines[:1] + tuple((line[0], Condition(line[0].test, negated=True)) for line in lines[1:])) is None
    assert datetime.now(UTC) - begun < timedelta(seconds=5)


def test_very_many_alternatives_are_not_looked_through() -> None:
    line = tuple(Condition(PaidIn(frozenset())) for _ in range(30))
    begun = datetime.now(UTC)
    assert conflict((line,) * 4) == (0,)
    assert conflict((line + one(PaidIn(frozenset({"GBP"}))),) * 4) is None
    assert datetime.now(UTC) - begun < timedelta(seconds=2)
