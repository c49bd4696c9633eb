"""What makes no sense is refused with its field, its reason and its cure; what makes sense is not."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests.orders import variant
from upsell.bumps.forms.wording import WORDS, wording
from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.bumps.serving.judging import faults_of_bump
from upsell.bumps.soundness import Flaw
from upsell.offers.soundness import Common
from upsell.testing import count_queries, make_product

pytestmark = pytest.mark.django_db

row = BumpRequirement


@pytest.fixture
def cloth() -> Any:
    return make_product("Cloth", price="3.00")


@pytest.fixture
def camera() -> Any:
    return make_product("Camera")


def found(bump: Bump, *rows: Any) -> list[tuple[str, str, int | None]]:
    faults = faults_of_bump(bump, rows)
    for fault in faults:
        assert wording(fault).endswith(".")
        assert "%(" not in wording(fault)
    return [(str(fault.flaw), fault.field, fault.position) for fault in faults]


def sound(product: Any, /, **fields: Any) -> Bump:
    return Bump(**{"name": "Extra", "product": product, "currency": "GBP", **fields})


def test_every_flaw_has_its_words() -> None:
    assert {*Flaw, *Common} <= set(WORDS)


def test_what_makes_sense_is_not_refused(cloth: Any, camera: Any) -> None:
    rows = [
        row(group=1, product=camera),
        row(group=1, category=factories.CategoryFactory(), units=3),
        row(group=2, kind="worth", least=Decimal(30)),
        row(group=3, kind="time", codes=[6], negated=True),
        row(group=4, kind="language", codes=["en"]),
        row(group=5, kind="customers", codes=["new"]),
    ]
    assert found(sound(cloth, reward_kind="off", reward=Decimal(1)), *rows) == []
    assert found(sound(cloth, currency="")) == []


@pytest.mark.parametrize(
    ("fields", "flaw", "field"),
    [
        ({"product": None}, Flaw.NOTHING_TO_ADD, "product"),
        ({"reward_kind": "off"}, Common.NO_REWARD, "reward"),
        ({"reward": Decimal(1)}, Flaw.REWARD_OF_NOTHING, "reward"),
        ({"reward_kind": "percent", "reward": Decimal(101)}, Common.ABOVE_100, "reward"),
        ({"reward_kind": "off", "reward": Decimal(0)}, Common.NOT_POSITIVE, "reward"),
        ({"reward_kind": "percent", "reward": Decimal(100)}, Flaw.FREE_UNCONFIRMED, "is_free"),
        ({"reward_kind": "price", "reward": Decimal(0)}, Flaw.FREE_UNCONFIRMED, "is_free"),
        ({"reward_kind": "off", "reward": Decimal(1), "currency": ""}, Flaw.NO_CURRENCY, "currency"),
        ({"reward_kind": "off", "reward": Decimal(1), "currency": "KWD"}, Common.CURRENCY_TOO_FINE, "currency"),
        ({"reward_kind": "price", "reward": Decimal("1.5"), "currency": "JPY"}, Common.AMOUNT_TOO_FINE, "reward"),
        ({"currency": "POUND"}, Common.CURRENCY_UNKNOWN, "currency"),
        ({"budget": Decimal(0)}, Common.BUDGET_NOT_POSITIVE, "budget"),
        ({"in_basket": False, "at_preview": False}, Flaw.NO_PLACE, "in_basket"),
        ({"again_after_days": 0}, Flaw.NO_REST, "again_after_days"),
        (
            {"starts_at": timezone.now(), "ends_at": timezone.now() - timedelta(days=1)},
            Common.ENDS_BEFORE_IT_STARTS,
            "ends_at",
        ),
    ],
)
def test_terms_that_make_no_sense_are_refused(fields: dict[str, Any], flaw: Any, field: str, cloth: Any) -> None:
    assert found(sound(cloth, **fields)) == [(flaw, field, None)]


def test_what_is_confirmed_may_be_free(cloth: Any) -> None:
    assert found(sound(cloth, reward_kind="price", reward=Decimal(0), is_free=True)) == []


def test_a_product_and_a_range_are_one_too_many(cloth: Any) -> None:
    assert found(sound(cloth, range=factories.RangeFactory())) == [(Flaw.TWO_THINGS_TO_ADD, "range", None)]


@pytest.mark.parametrize(
    ("fields", "flaw", "field"),
    [
        ({}, Flaw.NOTHING_CHOSEN, "product"),
        ({"kind": "owned"}, Flaw.NOTHING_CHOSEN, "product"),
        ({"kind": "worth"}, Flaw.NO_AMOUNT, "least"),
        ({"kind": "worth", "least": Decimal(-1)}, Flaw.BELOW_NOTHING, "least"),
        ({"kind": "worth", "least": Decimal(5), "most": Decimal(4)}, Flaw.MOST_BELOW_LEAST, "most"),
        ({"kind": "worth", "most": Decimal("4.001")}, Common.AMOUNT_TOO_FINE, "most"),
        ({"kind": "currency"}, Flaw.NO_CODES, "codes"),
        ({"kind": "currency", "codes": ["XXQ"]}, Flaw.UNKNOWN_CODE, "codes"),
        ({"kind": "language", "codes": ["tlh"]}, Flaw.UNKNOWN_CODE, "codes"),
        ({"kind": "country", "codes": ["ZZ"]}, Flaw.UNKNOWN_CODE, "codes"),
        ({"kind": "customers", "codes": ["old"]}, Flaw.UNKNOWN_CODE, "codes"),
        ({"kind": "customers", "codes": ["new", "returning"]}, Flaw.TWO_CHOSEN, "codes"),
        ({"kind": "time"}, Flaw.NO_TIME, "codes"),
        ({"kind": "time", "codes": [7]}, Flaw.UNKNOWN_CODE, "codes"),
        ({"kind": "time", "since": time(9), "until": time(9)}, Flaw.EMPTY_TIME, "until"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(
    fields: dict[str, Any], flaw: Any, field: str, cloth: Any, camera: Any
) -> None:
    assert found(sound(cloth), row(product=camera), row(group=2, **fields)) == [(flaw, field, 1)]


def test_a_condition_speaks_of_one_thing(cloth: Any, camera: Any) -> None:
    both = row(product=camera, category=factories.CategoryFactory())
    assert found(sound(cloth), both) == [(Flaw.TWO_CHOSEN, "category", 0)]
    owned = row(kind="owned", category=factories.CategoryFactory())
    assert found(sound(cloth), owned) == [(Flaw.NOT_A_PRODUCT, "product", 0)]


def test_a_country_of_the_shop_is_known(cloth: Any) -> None:
    country = factories.CountryFactory()
    assert found(sound(cloth), row(kind="country", codes=[country.pk])) == []


class TestTheExtraAmongWhatCallsForIt:
    def test_the_same_product_is_refused(self, cloth: Any) -> None:
        assert found(sound(cloth), row(product=cloth)) == [(Flaw.MEETS_ITSELF, "product", 0)]

    def test_a_variant_and_its_parent_are_refused_either_way(self, cloth: Any) -> None:
        child = variant(cloth)
        assert found(sound(cloth), row(product=child)) == [(Flaw.MEETS_ITSELF, "product", 0)]
        assert found(sound(child), row(product=cloth)) == [(Flaw.MEETS_ITSELF, "product", 0)]

    def test_a_sister_variant_is_not(self, cloth: Any) -> None:
        assert found(sound(variant(cloth)), row(product=variant(cloth))) == []

    def test_a_category_that_holds_it_is_refused_even_from_above(self, cloth: Any, camera: Any) -> None:
        root = get_model("catalogue", "Category").add_root(name="All")
        cloth.categories.add(root.add_child(name="Care"))
        rows = [row(product=camera), row(group=2, category=root)]
        assert found(sound(cloth), *rows) == [(Flaw.MEETS_ITSELF, "category", 1)]

    def test_ranges_that_overlap_are_refused_until_one_leaves_it_out(self, cloth: Any, camera: Any) -> None:
        every = factories.RangeFactory(includes_all_products=True)
        care = factories.RangeFactory(products=[cloth])
        bump = sound(None, range=care)
        assert found(bump, row(range=every)) == [(Flaw.MEETS_ITSELF, "range", 0)]
        every.excluded_products.add(cloth)
        assert found(bump, row(range=every)) == []

    def test_it_may_be_for_those_who_have_nothing_like_it(self, cloth: Any) -> None:
        assert found(sound(cloth), row(product=cloth, negated=True)) == []


class TestLinesThatExcludeEachOther:
    def test_a_product_that_must_and_must_not_be_there(self, cloth: Any, camera: Any) -> None:
        rows = [row(group=1, product=camera), row(group=4, product=camera, negated=True)]
        assert found(sound(cloth), *rows) == [(Flaw.NEVER_MET_TOGETHER, "requirements", None)]
        assert "Lines 1, 4" in wording(faults_of_bump(sound(cloth), rows)[0])

    def test_alternatives_are_not_held_against_each_other(self, cloth: Any, camera: Any) -> None:
        assert found(sound(cloth), row(product=camera), row(product=camera, negated=True)) == []

    def test_a_line_that_no_basket_meets(self, cloth: Any) -> None:
        every = factories.RangeFactory(includes_all_products=True)
        every.excluded_products.add(cloth)
        days = row(group=7, kind="time", codes=[0, 1, 2, 3, 4, 5, 6], negated=True)
        assert found(sound(cloth), row(range=every), days) == [(Flaw.NEVER_MET, "requirements", None)]
        assert wording(faults_of_bump(sound(cloth), [days])[0]).count("line 7") == 1

    def test_the_currency_of_its_amounts(self, cloth: Any) -> None:
        euros = row(kind="currency", codes=["EUR"])
        assert found(sound(cloth), euros) == [(Flaw.OTHER_CURRENCY, "requirements", None)]
        assert found(sound(cloth, currency="EUR"), euros) == []

    def test_an_audience_of_which_nobody_is_left(self, cloth: Any) -> None:
        bump = sound(cloth, audience={"signed_in": False})
        assert found(bump, row(kind="customers", codes=["returning"])) == [(Flaw.NOBODY, "audience", None)]

    def test_owners_who_are_left_alone(self, cloth: Any, camera: Any) -> None:
        bump = sound(cloth, not_if_owned=True)
        assert found(bump, row(kind="owned", product=cloth)) == [(Flaw.NOBODY, "audience", None)]
        assert found(bump, row(kind="owned", product=camera)) == []
        assert found(sound(cloth, not_if_owned=True, audience={"signed_in": False})) == []


def test_judging_asks_no_more_of_many_conditions_than_of_few(cloth: Any) -> None:
    def asked(count: int) -> int:
        rows = [row(group=place, product=make_product()) for place in range(count)]
        rows.append(row(group=count, kind="country", codes=[factories.CountryFactory().pk]))
        with count_queries() as statements:
            assert faults_of_bump(sound(cloth), rows) == []
        return len(statements)

    few = asked(2)
    assert asked(12) == few
