"""A rule is told in one sentence, whatever it is made of, and whether or not its rows are saved."""

from collections.abc import Iterable
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from oscar.test import factories

from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.bumps.serving.sentences import places_sentence, reward_sentence, sentence
from upsell.testing import count_queries, make_bump, make_product

pytestmark = pytest.mark.django_db


def row(**fields: Any) -> BumpRequirement:
    return BumpRequirement(**fields)


def told(*rows: Any) -> str:
    return sentence(rows, currency="GBP")


@pytest.fixture
def coffee() -> Any:
    return make_product("Coffee beans")


@pytest.fixture
def filters() -> Any:
    return factories.CategoryFactory(name="Filters")


def test_without_conditions_any_basket_will_do() -> None:
    assert told() == "Shown with any basket."


def test_the_whole_rule_is_one_sentence(coffee: Any, filters: Any) -> None:
    rows = [
        row(group=1, product=coffee, units=2),
        row(group=1, category=filters),
        row(group=2, kind="worth", least=Decimal(30)),
        row(group=3, kind="time", codes=["6"], negated=True),
    ]
    assert told(*rows) == (
        "Shown when the basket contains at least 2 of Coffee beans or anything in “Filters”, and is worth £30.00 or "
        "more, but not on Sunday."
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "worth", "least": Decimal(5), "most": Decimal(10)}, "the basket is worth £5.00 to £10.00"),
        ({"kind": "worth", "most": Decimal(10)}, "the basket is worth £10.00 or less"),
        ({"kind": "currency", "codes": ["EUR", "GBP"]}, "the basket is in EUR or GBP"),
        ({"kind": "language", "codes": ["ja"]}, "the customer reads Japanese"),
        ({"kind": "country", "codes": ["GB", "JP"]}, "the order goes to United Kingdom or Japan"),
        ({"kind": "customers", "codes": ["new"]}, "the customer has no order yet"),
        ({"kind": "customers", "codes": ["returning"]}, "the customer has ordered before"),
        ({"kind": "time", "codes": ["0", "1", "2", "3", "4"]}, "it is Monday to Friday"),
        ({"kind": "time", "since": time(9), "until": time(12)}, "it is between 9 a.m. and noon"),
        ({"kind": "time", "since": time(22), "until": time(2)}, "it is between 10 p.m. and 2 a.m. of the next day"),
        ({"kind": "time", "codes": ["5"], "since": time(18)}, "it is 6 p.m. or later on Saturday"),
    ],
)
def test_every_condition_has_its_words(fields: dict[str, Any], said: str) -> None:
    assert told(row(**fields)) == f"Shown when {said}."


def test_what_was_bought_before_is_told_with_its_days(coffee: Any) -> None:
    said = told(row(kind="owned", product=coffee, days=30))
    assert said == "Shown when the customer has bought Coffee beans within 30 days."


def test_a_condition_that_must_not_be_met_stands_behind_the_others(coffee: Any, filters: Any) -> None:
    rows = [row(group=1, product=coffee, negated=True), row(group=2, category=filters)]
    assert told(*rows) == (
        "Shown when the basket contains anything in “Filters”, but not when the basket contains Coffee beans."
    )
    assert told(rows[0]) == "Shown with any basket, but not when the basket contains Coffee beans."


def test_alternatives_may_be_negative_and_of_different_kinds(coffee: Any, filters: Any) -> None:
    rows = [
        row(group=1, product=coffee, units=3, negated=True),
        row(group=1, kind="customers", codes=["new"]),
        row(group=2, category=filters, negated=True),
        row(group=2, kind="worth", least=Decimal(9), negated=True),
    ]
    assert told(*rows) == (
        "Shown when the basket either does not contain anything in “Filters” or is worth less than £9.00, and either "
        "the basket contains fewer than 3 of Coffee beans or the customer has no order yet."
    )


def test_two_exceptions_are_both_told(coffee: Any) -> None:
    rows = [row(group=1, kind="time", codes=[6], negated=True), row(group=2, product=coffee, negated=True)]
    assert told(*rows) == "Shown with any basket, but not on Sunday, and not when the basket contains Coffee beans."


def test_what_is_gone_or_not_chosen_is_called_so() -> None:
    assert told(row()) == "Shown when the basket contains something that is not chosen yet."


def test_countries_and_languages_are_named_in_the_reader_s_language() -> None:
    with override("de"):
        assert "Vereinigtes Königreich" in told(row(kind="country", codes=["GB"]))


@pytest.mark.parametrize("odd", [["xx"], ["99"], [""]])
def test_codes_that_nobody_knows_are_told_as_they_are(odd: list[str]) -> None:
    for kind in ("language", "country", "currency", "customers", "time"):
        assert told(row(kind=kind, codes=odd)).startswith("Shown ")


def rewards() -> Iterable[tuple[dict[str, Any], str]]:
    yield {}, "Offers Cloth at its own price, at most once per basket."
    yield {"reward_kind": "percent", "reward": Decimal(20)}, "Offers Cloth with 20 % off, at most once per basket."
    yield {"reward_kind": "off", "reward": Decimal(1)}, "Offers Cloth with £1.00 off, at most once per basket."
    yield {"reward_kind": "price", "reward": Decimal(2)}, "Offers Cloth for £2.00, at most once per basket."
    yield {"reward_kind": "price", "reward": Decimal(0)}, "Offers Cloth for free, at most once per basket."
    yield {"reward_kind": "off"}, "Offers Cloth for less: say how much, at most once per basket."


@pytest.mark.parametrize(("fields", "said"), list(rewards()))
def test_what_it_gives_is_one_sentence(fields: dict[str, Any], said: str) -> None:
    assert reward_sentence(make_bump(make_product("Cloth"), **fields)) == said


def test_for_whom_and_how_often_is_told_too() -> None:
    bump = make_bump(
        make_product("Cloth"), audience={"customers": "new"}, not_if_owned=True, per_trigger=2, max_per_customer=3
    )
    assert reward_sentence(bump) == (
        "Offers Cloth at its own price, 2 units for each product that calls for it, for customers without an order "
        "yet, but not for those who bought it before, at most once per basket, at most 3 times per customer."
    )


def test_the_best_of_a_range_is_called_so_and_nothing_is_called_nothing() -> None:
    bump = make_bump(factories.RangeFactory(name="Care"))
    assert reward_sentence(bump).startswith("Offers the best of “Care” ")
    assert reward_sentence(Bump(name="x")) == "Nothing yet: choose a product or a range."


def test_the_places_are_listed() -> None:
    bump = Bump(at_payment=True)
    assert places_sentence(bump) == "Shown in the basket, at payment and in the preview before payment."
    assert places_sentence(Bump(in_basket=False, at_preview=False)) == "Shown nowhere: tick a place."


def test_telling_rows_that_were_read_costs_no_query(coffee: Any, filters: Any) -> None:
    bump = make_bump(make_product("Cloth"), trigger=coffee)
    bump.requirements.create(group=2, category=filters)
    bump.requirements.create(group=3, kind="country", codes=["GB"])
    read = Bump.objects.with_parts().get(pk=bump.pk)
    with count_queries() as statements:
        assert sentence(read.requirements.all(), currency="GBP")
        assert reward_sentence(read)
        assert places_sentence(read)
    assert not statements
