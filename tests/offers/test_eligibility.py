"""When an offer may be had: groups of conditions, unknowns, spans past midnight, and what finds it for a basket."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.core.audience import Audience, Customers, Shopper
from upsell.offers.base import Selection
from upsell.offers.eligibility import (
    Condition,
    Contains,
    During,
    Meant,
    PaidIn,
    Rule,
    Situation,
    Worth,
    from_json,
    holds,
    to_json,
    trigger,
)
from upsell.offers.fitting import Facts, fits

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CAMERA, CARD, BAG = 1, 2, 3
CAMERAS = Contains(Selection(categories=frozenset({7})))
SHELF = {
    CAMERA: Facts(CAMERA, categories=frozenset({7})),
    CARD: Facts(CARD, product_class=5),
    BAG: Facts(BAG, parent=30),
}


def situation(units: dict[int, int] | None = None, **fields: Any) -> Situation:
    stated: dict[str, Any] = {"value": Decimal("50.00"), "currency": "GBP", "at": MONDAY}
    return Situation(units=units or {}, facts=SHELF, **stated | fields)


def one(test: Any, *, negated: bool = False) -> Rule:
    return ((Condition(test, negated=negated),),)


def test_without_conditions_every_basket_will_do() -> None:
    assert holds((), situation()) is True
    assert holds(((),), situation()) is False


def test_all_groups_must_hold_and_of_each_one_condition() -> None:
    rule: Rule = (
        (Condition(CAMERAS), Condition(Contains(Selection(products=frozenset({30}))))),
        (Condition(Worth("GBP", least=Decimal(40))),),
    )
    assert holds(rule, situation({CAMERA: 1})) is True
    assert holds(rule, situation({BAG: 1})) is True
    assert holds(rule, situation({CARD: 1})) is False
    assert holds(rule, situation({BAG: 1}, value=Decimal("39.99"))) is False


def test_units_of_everything_that_fits_count_together() -> None:
    both = Contains(Selection(categories=frozenset({7}), classes=frozenset({5})), units=3)
    assert holds(one(both), situation({CAMERA: 1, CARD: 2})) is True
    assert holds(one(both), situation({CAMERA: 1, CARD: 1, BAG: 5})) is False
    assert holds(one(both, negated=True), situation({CAMERA: 1, CARD: 1})) is True


def test_amounts_are_of_a_currency() -> None:
    assert holds(one(Worth("JPY", most=Decimal(9000))), situation()) is False
    assert holds(one(Worth("GBP", most=Decimal(50))), situation()) is True
    assert holds(one(PaidIn(frozenset({"GBP", "EUR"}))), situation()) is True
    assert holds(one(PaidIn(frozenset({"JPY"}))), situation()) is False


def test_what_is_not_known_is_neither_met_nor_missed() -> None:
    new = Condition(Meant(Audience(customers=Customers.NEW)))
    guest, first = situation({CAMERA: 1}), situation(shopper=Shopper(signed_in=True, orders=0))
    assert holds(((new,),), guest) is None
    assert holds(((Condition(new.test, negated=True),),), guest) is None
    assert holds(((new, Condition(CAMERAS)),), guest) is True
    assert holds(((new,), (Condition(Contains(Selection(products=frozenset({CARD})))),)), guest) is False
    assert holds(((new,),), first) is True


@pytest.mark.parametrize(
    ("day", "hour", "minute", "is_then"),
    [
        (27, 21, 59, False),
        (27, 22, 0, True),
        (28, 1, 59, True),
        (28, 2, 0, False),
        (28, 23, 0, False),
        (27, 1, 0, False),
    ],
)
def test_a_span_past_midnight_belongs_to_the_day_on_which_it_began(
    day: int, hour: int, minute: int, *, is_then: bool
) -> None:
    friday_night = During(frozenset({4}), time(22), time(2))
    at = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
    assert holds(one(friday_night), situation(at=at)) is is_then


def test_the_end_of_a_span_is_outside_of_it() -> None:
    noon = During(since=time(9), until=time(12))
    assert holds(one(noon), situation(at=MONDAY)) is False
    assert holds(one(During(since=time(12))), situation(at=MONDAY)) is True
    assert holds(one(During(frozenset({0}))), situation(at=MONDAY)) is True
    assert holds(one(During(frozenset({1}))), situation(at=MONDAY)) is False


# --- looking offers up ------------------------------------------------------------------------------------------------


def test_an_offer_is_looked_up_by_the_group_that_names_fewest_products() -> None:
    few, many = Selection(products=frozenset({1, 2})), Selection(products=frozenset(range(50)))
    rule: Rule = ((Condition(Contains(many)),), (Condition(Contains(few)),), (Condition(Worth("GBP")),))
    assert trigger(rule) == (few, 1)
    assert trigger(((Condition(Contains(few), negated=True),),)) is None
    assert trigger(((Condition(Contains(few)), Condition(Worth("GBP"))),)) is None
    assert trigger(()) is None


ids = st.frozensets(st.integers(1, 3), max_size=3)
chosen = st.builds(
    Selection,
    products=st.frozensets(st.sampled_from([1, 2, 3, 30]), max_size=3),
    categories=st.frozensets(st.sampled_from([7, 8]), max_size=2),
    classes=st.frozensets(st.sampled_from([5, 6]), max_size=1),
    everything=st.booleans(),
    without=ids,
)
amounts = st.none() | st.decimals(0, 100, places=2)
clocks = st.none() | st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
tests = st.one_of(
    st.builds(Contains, chosen, st.integers(1, 3)),
    st.builds(Worth, st.sampled_from(["GBP", "JPY"]), amounts, amounts),
    st.builds(PaidIn, st.frozensets(st.sampled_from(["GBP", "JPY"]), min_size=1)),
    st.builds(During, st.frozensets(st.integers(0, 6)), clocks, clocks),
    st.builds(Meant, st.builds(Audience, customers=st.sampled_from(Customers), signed_in=st.none() | st.booleans())),
)
rules = st.lists(
    st.lists(st.builds(Condition, tests, st.booleans()), min_size=1, max_size=3).map(tuple), max_size=3
).map(tuple)
baskets = st.dictionaries(st.sampled_from(sorted(SHELF)), st.integers(1, 3))


@given(rules, baskets)
def test_a_basket_that_meets_a_rule_holds_what_the_offer_is_looked_up_by(rule: Rule, units: dict[int, int]) -> None:
    found = trigger(rule)
    if found is not None and holds(rule, situation(units)) is not False:
        wanted, least = found
        assert sum(count for product, count in units.items() if fits(wanted, SHELF[product])) >= least


@given(rules)
def test_a_rule_is_read_back_as_it_was_written(rule: Rule) -> None:
    assert from_json(to_json(rule)) == rule


@given(rules, baskets, st.booleans())
def test_knowing_more_never_turns_an_answer_around(rule: Rule, units: dict[int, int], signed_in: bool) -> None:
    before = holds(rule, situation(units))
    after = holds(rule, situation(units, shopper=Shopper(signed_in=signed_in, orders=int(signed_in))))
    assert before is None or after is before


@pytest.mark.parametrize("wrong", [[[{}]], [[{"weekdays": [7]}]], [[{"contains": {}, "units": "x"}]], [[3]], 4])
def test_what_is_no_rule_is_refused(wrong: Any) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        from_json(wrong)
