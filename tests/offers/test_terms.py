"""Terms are stored as data and read back unchanged, and speak to the solver of the basket's products only."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.offers.base import Candidate, Family, Kind, Reward, RewardKind, Selection, Slot, Terms
from upsell.offers.fitting import Facts, fits
from upsell.offers.solver.values import AmountOff, Bogo, Fixed, Mix, PercentOff, QuantityBreaks, SetPrice
from upsell.offers.terms import from_json, rule_for, to_json

ids = st.frozensets(st.integers(1, 50), max_size=4)
amounts = st.decimals(0, 1000, places=2, allow_nan=False)
selections = st.builds(Selection, products=ids, categories=ids, classes=ids, everything=st.booleans(), without=ids)
rewards = st.builds(Reward, st.sampled_from(RewardKind), amounts)
all_terms = st.builds(
    Terms,
    kind=st.sampled_from(Kind),
    slots=st.lists(st.builds(Slot, st.text("abc:1", min_size=1), selections, st.integers(0, 9)), max_size=3).map(tuple),
    reward=st.none() | rewards,
    breaks=st.lists(st.tuples(st.integers(1, 9), amounts), max_size=3).map(tuple),
    max_units=st.none() | st.integers(1, 9),
    cheaper=st.booleans(),
    per_trigger=st.integers(1, 3),
)


@given(all_terms)
def test_terms_are_read_as_they_were_written(terms: Terms) -> None:
    assert from_json(to_json(terms)) == terms


@pytest.mark.parametrize("junk", [{}, {"kind": "gift", "slots": []}, {"kind": "mix", "slots": [{}]}, {"kind": "mix"}])
def test_what_is_no_terms_is_refused(junk: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        from_json(junk)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(products=frozenset({7})), True),
        (Selection(products=frozenset({70})), True),  # its parent
        (Selection(products=frozenset({8})), False),
        (Selection(categories=frozenset({3})), True),
        (Selection(classes=frozenset({5})), True),
        (Selection(everything=True), True),
        (Selection(everything=True, without=frozenset({7})), False),
        (Selection(everything=True, without=frozenset({70})), False),
        (Selection(), False),
    ],
)
def test_a_product_fits_by_itself_its_parent_its_categories_or_its_class(selection: Selection, expected: bool) -> None:
    assert fits(selection, Facts(7, parent=70, categories=frozenset({3, 4}), product_class=5)) is expected


def offer(terms: Terms, **known: object) -> Candidate:
    known = {"limit": None, "lane": 0, **known}
    return Candidate(12, 1, "bundle", Family.BUNDLE, "Set", "", terms, "GBP", **known)  # type: ignore[arg-type]


A, B, C = Facts(1), Facts(2, parent=20), Facts(3, parent=20)


def test_a_fixed_set_takes_any_variant_of_a_parent() -> None:
    slots = (Slot("c:1", Selection(products=frozenset({1}))), Slot("c:20", Selection(products=frozenset({20})), 2))
    terms = Terms(Kind.FIXED, slots, Reward(RewardKind.PRICE, Decimal("15.00")))
    rule = rule_for(offer(terms, limit=2, lane=1), [A, B, C], currency="GBP")
    assert isinstance(rule, Fixed)
    assert rule.items == {"1": 1, "c:20": 2}
    assert {piece: selector.products for piece, selector in rule.fits.items()} == {"c:20": {"2", "3"}}
    assert (rule.id, rule.limit, rule.lane, rule.reward) == ("12", 2, 1, SetPrice(1500))


def test_amounts_are_read_in_the_minor_units_of_the_baskets_currency() -> None:
    terms = Terms(Kind.MIX, (Slot("any", Selection(everything=True), 3),), Reward(RewardKind.OFF, Decimal("500")))
    rule = rule_for(offer(terms), [A], currency="JPY")
    assert isinstance(rule, Mix)
    assert (rule.units, rule.reward) == (3, AmountOff(500))


def test_percentages_are_exact_to_the_hundredth() -> None:
    terms = Terms(Kind.MIX, (Slot("any", Selection(everything=True), 2),), Reward(RewardKind.PERCENT, Decimal("12.55")))
    rule = rule_for(offer(terms), [A], currency="GBP")
    assert isinstance(rule, Mix)
    assert rule.reward == PercentOff(1255)


def test_quantity_breaks_rise() -> None:
    terms = Terms(
        Kind.BREAKS,
        (Slot("any", Selection(everything=True), 0),),
        breaks=((2, Decimal(10)), (5, Decimal(20))),
        max_units=8,
    )
    rule = rule_for(offer(terms), [A], currency="GBP")
    assert isinstance(rule, QuantityBreaks)
    assert (rule.breaks, rule.most) == (((2, 1000), (5, 2000)), 8)


def test_buy_some_get_some_has_two_groups() -> None:
    terms = Terms(
        Kind.BOGO,
        (Slot("buy", Selection(products=frozenset({1})), 2), Slot("get", Selection(products=frozenset({20})), 1)),
        Reward(RewardKind.PERCENT, Decimal(100)),
        cheaper=True,
    )
    rule = rule_for(offer(terms), [A, B, C], currency="GBP")
    assert isinstance(rule, Bogo)
    assert (rule.buy.products, rule.buy_units, rule.get.products, rule.get_units) == ({"1"}, 2, {"2", "3"}, 1)
    assert (rule.basis_points, rule.cheaper) == (10_000, True)
