"""The list says of each bump in a sentence what becomes of it today, and a merchant what to mend."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests.orders import variant
from upsell.bumps.models.bumps import Bump
from upsell.bumps.reports import bump_effects, overview, problems_of, with_answers
from upsell.offers.models.grants import Grant
from upsell.offers.models.offers import OfferUsage, PriceFloor
from upsell.offers.reports import with_usage
from upsell.offers.serving.families import rows
from upsell.testing import count_queries, make_bump, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def cloth() -> Any:
    return make_product("Cloth", price="3.00")


def light(bump: Bump) -> tuple[str, str]:
    read = with_usage(Bump.objects.with_parts()).get(pk=bump.pk)
    effect = bump_effects([read])[bump.pk]
    return effect.light.value, effect.message


def blocked(bump: Bump) -> str:
    colour, message = light(bump)
    assert colour == "blocked"
    assert message.startswith("Not shown: ")
    return message.removeprefix("Not shown: ")


def problems(bump: Bump) -> list[str]:
    return problems_of(Bump.objects.with_parts().get(pk=bump.pk))


def test_a_bump_that_runs_is_on(cloth: Any) -> None:
    bump = make_bump(cloth, off="1.00")
    assert light(bump) == ("on", "Active.")
    assert problems(bump) == []


def test_one_that_does_not_run_says_so(cloth: Any) -> None:
    later = make_bump(cloth, starts_at=timezone.now() + timedelta(days=2))
    assert light(later)[0] == "waiting"
    assert light(make_bump(cloth, status="draft"))[0] == "off"


class TestObstacles:
    def test_the_product_is_gone(self, cloth: Any) -> None:
        bump = make_bump(cloth)
        Bump.objects.filter(pk=bump.pk).update(product=None)
        assert blocked(bump) == "it has nothing to add any more. Open it and choose a product."

    def test_the_product_is_hidden(self, cloth: Any) -> None:
        bump = make_bump(cloth)
        cloth.is_public = False
        cloth.save()
        assert blocked(bump) == "“Cloth” is hidden from shoppers."

    def test_the_product_is_sold_out_or_has_no_price(self) -> None:
        assert blocked(make_bump(make_product("Cloth", stock=0))) == "“Cloth” is out of stock."
        assert blocked(make_bump(make_product("Gift", price=None))) == "“Gift” has no price."

    def test_the_product_has_variants(self, cloth: Any) -> None:
        variant(cloth)
        assert blocked(make_bump(cloth)) == "“Cloth” has variants. Choose one of them."

    def test_the_product_has_options(self, cloth: Any) -> None:
        cloth.product_options.add(get_model("catalogue", "Option").objects.create(name="Engraving", code="engraving"))
        assert "options have to be chosen" in blocked(make_bump(cloth))

    def test_the_price_is_in_another_currency(self, cloth: Any) -> None:
        bump = make_bump(cloth, currency="EUR", reward_kind="off", reward=Decimal(1))
        assert blocked(bump) == "“Cloth” is priced in GBP, and this is for baskets in EUR."

    def test_nothing_of_a_range_is_left(self, cloth: Any) -> None:
        empty = make_bump(factories.RangeFactory())
        assert blocked(empty) == "its range has nothing that could be added."
        sold_out = make_bump(factories.RangeFactory(products=[make_product("Wipes", stock=0)]))
        assert blocked(sold_out) == "nothing of its range can be added: “Wipes” is out of stock."
        some = make_bump(factories.RangeFactory(products=[cloth, make_product("Wipes", stock=0)]))
        assert light(some) == ("on", "Active.")
        assert problems(some) == ["“Wipes” is out of stock. Mend that, or take it out of the range."]

    def test_no_place_is_ticked(self, cloth: Any) -> None:
        assert "no place is ticked" in blocked(make_bump(cloth, in_basket=False, at_preview=False))

    def test_all_uses_are_taken(self, cloth: Any) -> None:
        bump = make_bump(cloth, off="1.00", max_in_all=2)
        OfferUsage.objects.create(offer=bump, used=2)
        assert blocked(bump) == "all 2 uses are taken."

    def test_the_family_is_suspended_in_oscar(self, cloth: Any) -> None:
        bump = make_bump(cloth)
        rows().update(status="Suspended")
        assert "suspended in the dashboard" in blocked(bump)

    def test_widgets_are_switched_off(self, cloth: Any, settings: Any) -> None:
        bump = make_bump(cloth)
        settings.UPSELL_BUMPS_PER_PLACEMENT = 0
        assert "UPSELL_BUMPS_PER_PLACEMENT" in blocked(bump)
        settings.UPSELL_ENABLED = False
        assert "UPSELL_ENABLED" in blocked(bump)

    def test_conditions_that_nobody_can_meet(self, cloth: Any) -> None:
        bump = make_bump(cloth)
        bump.requirements.create(kind="currency", codes=["EUR"])
        assert "can meet its conditions" in blocked(bump)

    def test_a_condition_that_has_lost_what_it_asked_for(self, cloth: Any) -> None:
        bump = make_bump(cloth)
        bump.requirements.create()
        assert "is gone" in blocked(bump)

    def test_codes_that_cannot_be_read(self, cloth: Any) -> None:
        bump = make_bump(cloth)
        bump.requirements.create(kind="customers", codes=["odd"])
        assert "cannot be read" in blocked(bump)

    def test_dearer_than_every_basket_that_it_is_for(self, cloth: Any, settings: Any) -> None:
        settings.UPSELL_SHELF_PRICE_FLOOR = {}
        settings.UPSELL_BUMP_PRICE_SHARE = 0.5
        bump = make_bump(cloth, off="0.50")
        row = bump.requirements.create(kind="worth", most=Decimal(4))
        assert blocked(bump) == "it costs £2.50, more than fits any basket that its conditions admit."
        row.most = Decimal(5)
        row.save()
        assert light(bump)[0] == "on"

    def test_a_headline_may_promise_what_is_not_given(self, cloth: Any) -> None:
        bump = make_bump(cloth, reward_kind="price", reward=Decimal(4))
        assert light(bump)[0] == "on"
        Bump.objects.filter(pk=bump.pk).update(headline="For less")
        assert "takes nothing off" in blocked(bump)


class TestWhatToLookAtAgain:
    def test_a_set_price_that_is_none(self, cloth: Any) -> None:
        bump = make_bump(cloth, reward_kind="price", reward=Decimal(3))
        assert problems(bump) == ["“Cloth” costs £3.00 today, so nobody gains anything by it. Give a better price."]

    def test_an_amount_that_is_the_whole_price(self, cloth: Any) -> None:
        assert "would cost nothing" in problems(make_bump(cloth, off="3.00"))[0]
        assert problems(make_bump(cloth, off="3.00", is_free=True)) == []

    def test_a_price_below_its_floor(self, cloth: Any) -> None:
        PriceFloor.objects.create(product=cloth, amount=Decimal("2.50"), currency="GBP")
        assert problems(make_bump(cloth, off="0.50")) == []
        assert problems(make_bump(cloth, off="0.51")) == [
            "“Cloth” would cost £2.49, and its price floor is £2.50. Give less, or lower it."
        ]

    def test_what_keeps_it_from_being_shown_comes_first(self) -> None:
        told = problems(make_bump(make_product("Cloth", stock=0), status="draft"))
        assert told == ["Nobody would be shown it now: “Cloth” is out of stock."]


def test_answers_are_counted(cloth: Any) -> None:
    bump, other = make_bump(cloth, off="1.00"), make_bump(cloth, off="1.00")
    at = timezone.now()
    for number, state in enumerate(["shown", "accepted", "accepted", "dismissed", "used"]):
        taken = at if state in {"accepted", "used"} else None
        Grant.objects.create(offer=bump, visitor=f"v{number}", state=state, accepted_at=taken, closed_at=at)
    counted = {row.pk: (row.accepted, row.declined, row.orders) for row in with_answers(Bump.objects.all())}
    assert counted == {bump.pk: (3, 1, 0), other.pk: (0, 0, 0)}


def test_the_overview_counts_this_month(cloth: Any) -> None:
    bump = make_bump(cloth, off="1.00")
    make_bump(make_product(stock=0), in_basket=False)
    make_bump(cloth, status="draft")
    at = timezone.now()
    Grant.objects.create(offer=bump, visitor="a", state="accepted", accepted_at=at)
    Grant.objects.create(offer=bump, visitor="b", state="dismissed", closed_at=at)
    Grant.objects.create(offer=bump, visitor="c", state="dismissed", closed_at=at - timedelta(days=40))
    facts = overview()
    assert (facts.bumps, facts.blocked, facts.drafts, facts.at_basket) == (2, 1, 1, 1)
    assert (facts.accepted, facts.declined, facts.used, facts.given) == (1, 1, 0, ())


def test_judging_many_costs_no_more_queries_than_judging_few(cloth: Any) -> None:
    def asked(count: int) -> int:
        for _ in range(count):
            bump = make_bump(make_product(), trigger=make_product(), off="1.00")
            bump.requirements.create(group=2, kind="worth", least=Decimal(5))
        with count_queries() as statements:
            bump_effects(with_usage(Bump.objects.with_parts()))
        return len(statements)

    few = asked(2)
    assert asked(8) == few
