"""What makes no sense about a bundle is found, whatever else is right about it."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.bundles.soundness import Draft, Flaw, Part, faults_of_breaks, faults_of_parts, faults_of_terms
from upsell.offers.soundness import Common

KINDS = ["fixed", "mix", "breaks", "bogo"]
kinds = st.sampled_from(KINDS)
percentages = st.decimals(min_value="0.01", max_value=100, places=2)


def flaws(found: Any) -> list[Flaw]:
    return [fault.flaw for fault in found]


def draft(**fields: Any) -> Draft:
    return Draft(**{"kind": "fixed", "reward": Decimal(10), "units": 2, **fields})


@given(kind=kinds, reward=st.decimals(min_value="0.01", max_value="99.99", places=2), units=st.integers(2, 1000))
def test_a_percentage_between_0_and_100_is_sound_for_every_kind(kind: str, reward: Decimal, units: int) -> None:
    assert faults_of_terms(draft(kind=kind, reward=reward, units=units)) == []


@given(
    kind=st.sampled_from(["fixed", "mix", "bogo"]),
    reward=st.decimals(min_value="100.01", max_value=10**9, places=2)
    | st.decimals(max_value=0, min_value=-999, places=2),
)
def test_no_other_percentage_is(kind: str, reward: Decimal) -> None:
    assert set(flaws(faults_of_terms(draft(kind=kind, reward=reward)))) <= {Common.ABOVE_100, Common.NOT_POSITIVE}
    assert faults_of_terms(draft(kind=kind, reward=reward, is_free=True))


@pytest.mark.parametrize(("reward_kind", "reward"), [("percent", 100), ("price", 0)])
def test_what_costs_nothing_has_to_be_confirmed(reward_kind: str, reward: int) -> None:
    given_away = draft(reward_kind=reward_kind, reward=Decimal(reward), currency="GBP")
    assert [(fault.flaw, fault.field) for fault in faults_of_terms(given_away)] == [(Flaw.FREE_UNCONFIRMED, "is_free")]
    confirmed = draft(reward_kind=reward_kind, reward=Decimal(reward), currency="GBP", is_free=True)
    assert faults_of_terms(confirmed) == []


@pytest.mark.parametrize("reward_kind", ["off", "price"])
@pytest.mark.parametrize(
    ("currency", "reward", "flaw"),
    [
        ("KWD", "1.00", Common.CURRENCY_TOO_FINE),
        ("BHD", "1.00", Common.CURRENCY_TOO_FINE),
        ("JPY", "10.50", Common.AMOUNT_TOO_FINE),
        ("QQQ", "1.00", Common.CURRENCY_UNKNOWN),
        ("JPY", "10.00", None),
        ("GBP", "9.99", None),
    ],
)
def test_amounts_are_whole_minor_units_of_a_currency_that_can_be_kept(
    reward_kind: str, currency: str, reward: str, flaw: Flaw | None
) -> None:
    found = faults_of_terms(draft(reward_kind=reward_kind, reward=Decimal(reward), currency=currency))
    assert flaws(found) == ([flaw] if flaw else [])


def test_a_percentage_may_be_restricted_to_a_currency_with_three_decimals() -> None:
    assert faults_of_terms(draft(currency="KWD")) == []
    assert flaws(faults_of_terms(draft(currency="KWD", budget=Decimal(5)))) == [Common.CURRENCY_TOO_FINE]


@pytest.mark.parametrize("kind", ["fixed", "mix", "bogo"])
def test_a_reward_is_needed_unless_breaks_say_it(kind: str) -> None:
    assert flaws(faults_of_terms(draft(kind=kind, reward=None))) == [Common.NO_REWARD]
    assert faults_of_terms(draft(kind="breaks", reward=None)) == []


def test_a_mix_takes_two_units_or_more_and_bogo_gives_a_percentage() -> None:
    assert flaws(faults_of_terms(draft(kind="mix", units=1))) == [Flaw.MIX_OF_ONE]
    assert Flaw.NOT_A_PERCENTAGE in flaws(faults_of_terms(draft(kind="bogo", reward_kind="off", currency="GBP")))


@given(st.lists(st.tuples(st.integers(1, 100), percentages), max_size=5), st.booleans())
def test_breaks_are_sound_exactly_if_they_rise(breaks: list[tuple[int, Decimal]], is_free: bool) -> None:
    ordered = sorted(breaks)
    rises = all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(ordered))
    allowed = is_free or all(percent < 100 for _, percent in breaks)
    sound = bool(breaks) and rises and allowed
    assert (faults_of_breaks(breaks, max_units=None, is_free=is_free) == []) is sound


def test_a_break_is_reached_before_the_most_units_are() -> None:
    breaks = [(2, Decimal(5)), (10, Decimal(9))]
    assert faults_of_breaks(breaks, max_units=10, is_free=False) == []
    assert flaws(faults_of_breaks(breaks, max_units=9, is_free=False)) == [Flaw.MOST_BELOW_BREAK]


product = st.builds(Part, role=st.just("take"), subject=st.just("product"), id=st.integers(1, 50))


@given(kinds, st.lists(product, min_size=1, unique_by=lambda part: part.id))
def test_products_that_differ_are_sound_for_every_kind(kind: str, parts: list[Part]) -> None:
    assert faults_of_parts(kind, parts) == []


@given(kinds, st.lists(product, min_size=1, max_size=5, unique_by=lambda part: part.id), st.data())
def test_the_same_product_twice_is_found_where_it_stands(kind: str, parts: list[Part], data: Any) -> None:
    repeated = data.draw(st.sampled_from(parts))
    [fault] = faults_of_parts(kind, [*parts, repeated])
    assert (fault.flaw, fault.position) == (Flaw.TWICE, len(parts))


def test_a_set_is_made_of_products_and_not_of_a_product_and_its_own_variant() -> None:
    parent, child = Part("take", "product", 1), Part("take", "product", 2, parent=1)
    assert flaws(faults_of_parts("fixed", [parent, child])) == [Flaw.WITH_ITS_PARENT]
    assert faults_of_parts("mix", [parent, child]) == []
    assert flaws(faults_of_parts("fixed", [Part("take", "category", 1)])) == [Flaw.NOT_A_PRODUCT]
    assert flaws(faults_of_parts("fixed", [parent, Part("except", "product", 9)])) == [Flaw.NOTHING_LEFT_OUT_HERE]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_chosen_is_a_fault(kind: str) -> None:
    assert Flaw.NO_PARTS in flaws(faults_of_parts(kind, []))
    assert Flaw.NO_PARTS in flaws(faults_of_parts(kind, [Part("except", "product", 1)]))


def test_what_is_left_out_must_leave_something() -> None:
    taken, child = Part("take", "product", 1), Part("take", "product", 2, parent=1)
    assert flaws(faults_of_parts("mix", [taken, Part("except", "product", 1)])) == [Flaw.ALL_LEFT_OUT]
    assert flaws(faults_of_parts("mix", [child, Part("except", "product", 1)])) == [Flaw.ALL_LEFT_OUT]
    assert faults_of_parts("mix", [taken, Part("except", "product", 2)]) == []


def test_only_a_bogo_has_something_that_is_got_and_only_a_set_counts_units_by_part() -> None:
    taken, got = Part("take", "product", 1), Part("get", "product", 2)
    assert faults_of_parts("bogo", [taken, got]) == []
    assert flaws(faults_of_parts("mix", [taken, got])) == [Flaw.NOTHING_GOT_HERE]
    two = Part("take", "product", 1, quantity=2)
    assert faults_of_parts("fixed", [two]) == []
    assert flaws(faults_of_parts("mix", [two])) == [Flaw.UNITS_ELSEWHERE]
