"""What speaks for two products being alternatives: names, attributes, what the dearer one has, and what orders say."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from upsell.tiers.substitutes import (
    APART,
    COMPANY,
    NAME,
    NATURE,
    WORTH,
    Good,
    Likeness,
    Met,
    Vocabulary,
    above,
    likeness,
)

GRINDERS, DESKS = (1, 10), (2, 20)
WORDS = ("acme", "hand", "steel", "grinder", "desk", "oak", "pro", "lift")


def good(product: int, title: str, price: int = 1000, shelf: Any = GRINDERS, **attributes: Any) -> Good:
    return Good(product, frozenset(title.split()), frozenset([shelf]), price, "GBP", attributes)


def goods() -> st.SearchStrategy[Good]:
    value = st.one_of(st.booleans(), st.integers(0, 3).map(float), st.sampled_from(("Steel", "Oak")))
    return st.builds(
        Good,
        product=st.integers(1, 10**6),
        words=st.sets(st.sampled_from(WORDS)).map(frozenset),
        shelves=st.sets(st.sampled_from((GRINDERS, DESKS)), min_size=1).map(frozenset),
        price=st.integers(1, 10**6),
        currency=st.just("GBP"),
        attributes=st.dictionaries(st.sampled_from("abcdef"), value),
    )


def met() -> st.SearchStrategy[Met]:
    return st.builds(
        Met,
        together=st.integers(0, 50),
        expected=st.floats(0, 50),
        either=st.integers(50, 500),
        shared=st.just((1, 2, 3)),
        companions=st.integers(3, 9),
    )


def shop(*more: Good) -> list[Good]:
    """Ten desks beside what is given, so that words of other goods are rare."""
    return [*more, *(good(100 + number, f"oak desk model{number}", shelf=DESKS) for number in range(10))]


def alike(lower: Good, higher: Good, *others: Good, orders: Met | None = None, **options: Any) -> Likeness:
    return likeness(lower, higher, Vocabulary(shop(lower, higher, *others)), orders, **options)


# --- points -----------------------------------------------------------------------------------------------------------


@given(goods(), goods(), st.lists(goods(), max_size=8), met())
def test_points_stay_within_what_each_kind_of_evidence_may_give(
    lower: Good, higher: Good, others: list[Good], orders: Met
) -> None:
    found = likeness(lower, higher, Vocabulary([lower, higher, *others]), orders)
    most = {"name": NAME, "nature": NATURE, "worth": WORTH, "apart": APART, "company": COMPANY}
    assert found.points.keys() == most.keys()
    assert all(0 <= points <= most[kind] for kind, points in found.points.items())
    assert found.score == sum(found.points.values()) <= sum(most.values()) == 100


@given(goods(), goods(), st.lists(goods(), max_size=8))
def test_how_alike_they_are_does_not_depend_on_which_is_dearer_but_what_is_better_does(
    one: Good, other: Good, others: list[Good]
) -> None:
    vocabulary = Vocabulary([one, other, *others])
    up, down = likeness(one, other, vocabulary), likeness(other, one, vocabulary)
    assert (up.name, up.words, up.nature, up.stated) == (down.name, down.words, down.nature, down.stated)
    assert (up.better, up.worse) == (down.worse, down.better)


@given(goods(), st.lists(goods(), max_size=8))
def test_a_product_is_as_like_its_twin_as_can_be(one: Good, others: list[Good]) -> None:
    found = likeness(one, one, Vocabulary([one, one, *others]))
    assert found.name in (0.0, 1.0)
    assert found.nature == (1.0 if one.attributes else 0.0)
    assert found.better == found.worse == 0


# --- names ------------------------------------------------------------------------------------------------------------


def test_rare_words_on_one_shelf_tell_the_kind() -> None:
    found = alike(good(1, "acme hand grinder"), good(2, "acme hand steel grinder"))
    assert found.name == 1.0
    assert set(found.words) == {"acme", "hand", "grinder"}


def test_a_word_that_nobody_else_has_counts_against_nobody() -> None:
    assert alike(good(1, "grinder tower"), good(2, "grinder drum")).name == 1.0


def test_a_word_of_another_kind_counts_against_it() -> None:
    hand, finer, electric, faster = (
        good(number, f"{kind} grinder") for number, kind in enumerate(("hand", "hand", "electric", "electric"), start=1)
    )
    vocabulary = Vocabulary(shop(hand, finer, electric, faster), {GRINDERS: {"grinders"}})
    assert 0 < vocabulary.names(hand, electric)[0] < vocabulary.names(hand, finer)[0] == 1.0


def test_what_a_whole_shelf_has_tells_nothing_unless_the_shelf_is_named_after_it() -> None:
    beans = [good(number, f"fennimoor bean{number}") for number in range(1, 5)]
    assert Vocabulary(shop(*beans)).names(beans[0], beans[1]) == (0.0, ())
    named = Vocabulary(shop(*beans), {GRINDERS: {"fennimoors"}})
    assert named.names(beans[0], beans[1]) == (1.0, ("fennimoor",))


def test_a_word_on_many_shelves_alone_is_no_name_in_common() -> None:
    one, other = good(1, "set brush"), good(2, "set cloth")
    elsewhere = [good(10 + number, "set", shelf=(3, number)) for number in range(8)]
    assert alike(one, other, *elsewhere).name == 0.0


def test_however_much_else_speaks_for_it_names_that_differ_rule_it_out() -> None:
    found = alike(good(1, "hand grinder", speed=1.0), good(2, "kettle", speed=2.0), orders=Met(0, 30.0, 200, (7, 8), 2))
    assert found.points["apart"] == APART
    assert found.is_ruled_out


# --- attributes -------------------------------------------------------------------------------------------------------


def test_better_numbers_and_features_are_told_from_worse_ones() -> None:
    lower = good(1, "hand grinder", settings=18.0, electric=False, sealed=True, grams=300.0, burrs="Ceramic")
    higher = good(2, "hand grinder", settings=40.0, electric=True, sealed=False, grams=250.0, burrs="Steel")
    found = alike(lower, higher, less_is_better=("grams",))
    assert (found.stated, found.better, found.worse) == (5, 3, 1)
    assert found.points["worth"] == 15
    assert not found.is_ruled_out


def test_a_feature_that_the_lesser_one_does_not_state_is_a_gain() -> None:
    assert alike(good(1, "hand grinder", settings=9.0), good(2, "hand grinder", settings=9.0, clock=True)).better == 1


@pytest.mark.parametrize(
    ("lower", "higher"),
    [({"sealed": True}, {"sealed": True}), ({"speed": 3.0, "sealed": True, "a": 1.0}, {"speed": 4.0, "a": 0.5})],
    ids=["nothing better", "more worse than better"],
)
def test_a_dearer_one_with_nothing_to_show_for_it_is_ruled_out(lower: Any, higher: Any) -> None:
    assert alike(good(1, "hand grinder", **lower), good(2, "hand grinder", **higher)).is_ruled_out


def test_products_without_attributes_get_the_benefit_of_the_doubt() -> None:
    assert not alike(good(1, "hand grinder"), good(2, "hand grinder")).is_ruled_out


def test_texts_that_others_have_too_tell_of_another_kind() -> None:
    one, same, other = (good(n, "zoom lens", mount=mount) for n, mount in ((1, "K"), (2, "K"), (3, "L")))
    rest = (good(4, "lens", mount="L"),)
    assert alike(one, same, other, *rest).nature == 1.0
    assert alike(one, other, same, *rest).nature == 0.0
    assert alike(good(1, "lens", focal="16 mm", stops=1.0), good(2, "lens", focal="18 mm", stops=2.0)).nature == 1.0


# --- orders -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 200), st.floats(0.01, 150))
def test_chance_is_that_of_poisson(count: int, mean: float) -> None:
    assert above(count, mean) == pytest.approx(float(poisson.sf(count, mean)), abs=1e-9)


def test_the_fewer_the_orders_the_less_they_say() -> None:
    assert [round(Met(0, expected).apart, 2) for expected in (0.0, 0.5, 1.0, 3.0, 8.0)] == [0, 0, 0.26, 0.9, 1.0]


def test_what_meets_as_often_as_chance_has_it_is_neither_apart_nor_company() -> None:
    usual = Met(together=10, expected=10.0)
    assert usual.apart < 0.2
    assert not usual.is_company


def test_what_completes_each_other_is_ruled_out() -> None:
    body, lens = good(1, "acme k camera", a=1.0), good(2, "acme k camera", a=2.0)
    assert alike(body, lens, orders=Met(together=9, expected=2.0)).is_ruled_out
    assert not alike(body, lens, orders=Met(together=3, expected=2.0)).is_ruled_out


@given(st.integers(0, 40), st.floats(0.1, 60))
def test_the_interval_ends_above_what_was_counted(together: int, expected: float) -> None:
    found = Met(together, expected)
    assert found.at_most * expected >= together
    assert above(together, found.at_most * expected) == pytest.approx(0.975, abs=1e-3)


def test_without_orders_nothing_is_said() -> None:
    assert (Met().apart, Met().is_company, Met().at_most) == (0.0, False, math.inf)
