"""An accepted price is of exactly the units that were accepted, until its end, and for whoever accepted it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from oscar.core.loading import get_model

from tests.tiers.specials.conftest import NOON, Shop, Visitor, open_shop
from upsell.core.services import NotChangedError
from upsell.models import Grant, OfferUsage
from upsell.offers.serving.customers import VISITOR, customer_of_user, digest
from upsell.offers.serving.families import rows
from upsell.offers.serving.granting import OfferOverError
from upsell.offers.serving.quoting import savings_of
from upsell.tiers.serving.granting import dismiss, note_shown, take_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def refusal(visitor: Visitor, shop: Shop, **options: Any) -> str:
    """Accept, and say in a word why not."""
    before = list(Grant.objects.values())
    with pytest.raises(OfferOverError) as refused:
        visitor.accept(shop, **options)
    assert str(refused.value).endswith(".")
    assert list(Grant.objects.values()) == before
    return refused.value.reason


def test_the_price_is_of_the_units_accepted_and_of_no_other_product(shop: Shop) -> None:
    visitor = Visitor((shop.pro, 3), shop.goods[2])
    assert visitor.pays() == Decimal(90)
    visitor.accept(shop, 2)
    assert visitor.pays() == Decimal(84)
    [saving] = savings_of(visitor.basket)
    assert (saving.family, saving.amount, saving.applications) == ("upgrade", Decimal("6.00"), 2)
    assert [(item.product_id, item.units) for item in saving.items if item.amount] == [(shop.pro.pk, 2)]


def test_units_added_later_cost_what_they_cost(shop: Shop) -> None:
    """A10."""
    visitor = Visitor(shop.pro)
    visitor.accept(shop)
    assert visitor.pays() == Decimal(17)
    visitor.basket.add_product(shop.pro, 4)
    assert visitor.pays() == Decimal(97)


def test_with_fewer_units_the_price_is_of_fewer(shop: Shop) -> None:
    visitor = Visitor((shop.pro, 3))
    visitor.accept(shop, 3)
    line = visitor.basket.all_lines().get()
    for units, pays in ((2, 34), (1, 17), (3, 51)):
        line.quantity = units
        line.save()
        visitor.basket.reset_offer_applications()
        assert visitor.pays() == Decimal(pays)


def test_nobody_else_gets_the_price(shop: Shop, user: Any) -> None:
    Visitor(shop.pro).accept(shop)
    Visitor(shop.pro, user=user).accept(shop)
    stranger = Visitor(shop.pro)
    assert stranger.pays() == Decimal(20)
    stranger.request().session[VISITOR] = "guessed"
    assert stranger.pays() == Decimal(20)
    assert Visitor(shop.pro, user=get_user_model().objects.create(username="b")).pays() == Decimal(20)


def test_an_address_that_a_guest_has_typed_is_no_key_to_anybodys_price(shop: Shop, user: Any) -> None:
    Visitor(shop.pro, user=user).accept(shop)
    guest = Visitor(shop.pro)
    guest.request().session["checkout_data"] = {"guest": {"email": user.email}}
    assert guest.pays() == Decimal(20)
    special = shop.special(guest.request())
    assert special is not None
    assert special.state == "new"


# --- until when -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"ends_at": NOON + HOUR}, {"window_minutes": 60}])
def test_a_second_before_the_end_it_can_be_accepted_and_a_second_after_it_cannot(
    clock: Any, fields: dict[str, Any]
) -> None:
    """A17."""
    shop = open_shop(**fields)
    early, late = Visitor(shop.pro), Visitor(shop.pro)
    for visitor in (early, late):
        note_shown([shop.offer.pk], request=visitor.request())
    clock.move_to(NOON + HOUR - SECOND)
    early.accept(shop)
    assert early.pays() == Decimal(17)
    clock.move_to(NOON + HOUR + SECOND)
    assert refusal(late, shop) in {"over", "ended"}
    assert refusal(early, shop) in {"over", "ended"}
    assert late.pays() == Decimal(20)


def test_the_reason_names_the_end(clock: Any) -> None:
    shop = open_shop(ends_at=NOON + HOUR)
    clock.move_to(NOON + HOUR)
    with pytest.raises(OfferOverError, match=r"good until 22 Nov 2026, 1 p.m., and is over\."):
        Visitor(shop.pro).accept(shop)


@pytest.mark.parametrize("fields", [{"ends_at": NOON + HOUR}, {"window_minutes": 60}])
def test_an_accepted_price_is_gone_a_second_after_its_end(clock: Any, fields: dict[str, Any]) -> None:
    shop = open_shop(**fields)
    visitor = Visitor(shop.pro)
    assert visitor.accept(shop).ends_at == NOON + HOUR
    clock.move_to(NOON + HOUR - SECOND)
    assert visitor.pays() == Decimal(17)
    assert savings_of(visitor.basket)[0].ends_at == NOON + HOUR
    clock.move_to(NOON + HOUR + SECOND)
    visitor.basket.reset_offer_applications()
    assert visitor.pays() == Decimal(20)
    assert not savings_of(visitor.basket)


def test_the_same_basket_object_prices_itself_anew_after_the_end(clock: Any) -> None:
    """No request comes between: what was remembered on the object knows until when it holds."""
    from tests.offers.oscar_shop import apply

    shop = open_shop(window_minutes=60)
    visitor = Visitor(shop.pro)
    visitor.accept(shop)
    assert apply(visitor.basket).total_incl_tax == Decimal(17)
    clock.move_to(NOON + HOUR + SECOND)
    assert apply(visitor.basket).total_incl_tax == Decimal(20)


def test_what_is_accepted_ends_with_the_ladders_schedule_at_the_latest() -> None:
    shop = open_shop(ends_at=NOON + 5 * HOUR)
    type(shop.ladder).objects.update(ends_at=NOON + HOUR)
    visitor = Visitor(shop.pro)
    special = shop.special(visitor.request())
    assert special is not None
    assert special.ends_at == visitor.accept(shop).ends_at == NOON + HOUR


def test_a_paused_offer_suspends_what_was_accepted_and_an_active_one_goes_on(shop: Shop) -> None:
    visitor = Visitor(shop.pro)
    visitor.accept(shop)
    for status, pays in (("paused", 20), ("active", 17)):
        shop.offer.status = status
        shop.offer.save()
        visitor.basket.reset_offer_applications()
        assert visitor.pays() == Decimal(pays)


def test_a_longer_offer_does_not_lengthen_what_was_accepted(clock: Any) -> None:
    shop = open_shop(ends_at=NOON + HOUR)
    visitor = Visitor(shop.pro)
    visitor.accept(shop)
    shop.offer.ends_at = NOON + 5 * HOUR
    shop.offer.save()
    clock.move_to(NOON + 2 * HOUR)
    assert visitor.pays() == Decimal(20)


def test_a_shorter_offer_ends_what_was_accepted(clock: Any) -> None:
    shop = open_shop()
    visitor = Visitor(shop.pro)
    visitor.accept(shop)
    shop.offer.ends_at = NOON + HOUR
    shop.offer.save()
    clock.move_to(NOON + HOUR)
    visitor.basket.reset_offer_applications()
    assert visitor.pays() == Decimal(20)


# --- why not ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "owned", "within_days": 30}, "gone"),
        ({"to_tier": None}, "gone"),
        ({"ends_at": NOON}, "ended"),
        ({"status": "paused"}, "stopped"),
        ({"status": "ended"}, "stopped"),
        ({"starts_at": NOON + HOUR}, "stopped"),
        ({"audience": {"signed_in": True}}, "audience"),
    ],
)
def test_what_cannot_be_had_is_refused_with_the_reason(fields: dict[str, Any], reason: str) -> None:
    shop = open_shop(**fields)
    assert refusal(Visitor(shop.pro), shop) == reason


def test_an_offer_that_does_not_exist_is_refused(shop: Shop) -> None:
    shop.offer.pk = 0
    assert refusal(Visitor(shop.pro), shop) == "gone"


def test_a_ladder_that_was_paused_and_a_family_that_was_suspended_refuse(shop: Shop) -> None:
    type(shop.ladder).objects.update(status="paused")
    assert refusal(Visitor(shop.pro), shop) == "stopped"
    type(shop.ladder).objects.update(status="active")
    rows("upgrade").get().suspend()
    assert refusal(Visitor(shop.pro), shop) == "stopped"


def test_what_was_declined_or_ordered_is_refused(shop: Shop) -> None:
    visitor = Visitor(shop.pro)
    dismiss(offer=shop.offer.pk, request=visitor.request())
    assert refusal(visitor, shop) == "dismissed"
    Grant.objects.update(state="used")
    assert refusal(visitor, shop) == "used"


@pytest.mark.parametrize(
    ("limit", "reason"),
    [({"max_in_all": 1}, "all"), ({"budget": "3.00"}, "budget"), ({"max_per_customer": 1}, "customer")],
)
def test_what_is_used_up_is_refused(limit: dict[str, Any], reason: str, user: Any) -> None:
    shop = open_shop(**limit)
    who = customer_of_user(user) if reason == "customer" else ""
    OfferUsage.objects.create(offer=shop.offer, customer=who, used=1, spent=3)
    assert refusal(Visitor(shop.pro, user=user), shop) == reason


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 2**31])
def test_an_impossible_number_of_units_is_refused(shop: Shop, quantity: int) -> None:
    """A04."""
    with pytest.raises(NotChangedError, match="units"):
        Visitor(shop.pro).accept(shop, quantity)
    assert not Grant.objects.exists()


def test_a_basket_that_is_being_paid_for_accepts_nothing_more(shop: Shop) -> None:
    visitor = Visitor(shop.pro)
    visitor.basket.freeze()
    with pytest.raises(NotChangedError, match="being paid"):
        visitor.accept(shop)
    assert not Grant.objects.exists()


# --- twice, and back --------------------------------------------------------------------------------------------------


def test_accepting_twice_is_accepting_once(shop: Shop) -> None:
    """A19."""
    visitor = Visitor((shop.pro, 2))
    first = visitor.accept(shop, 2)
    again = visitor.accept(shop, 2)
    assert (first.pk, again.quantity) == (again.pk, 2)
    assert visitor.pays() == Decimal(34)


def test_accepting_before_the_units_are_there_counts_once_too(shop: Shop) -> None:
    visitor = Visitor(shop.goods[0])
    for _ in range(3):
        visitor.accept(shop, 2)
    assert Grant.objects.get().quantity == 2


def test_a_second_line_that_is_swapped_adds_its_units(shop: Shop) -> None:
    visitor = Visitor(shop.pro)
    visitor.accept(shop)
    visitor.basket.add_product(shop.pro, 2)
    visitor.accept(shop, 2)
    assert visitor.pays() == Decimal(51)


def test_taking_back_leaves_the_rest_and_the_time_as_it_was(clock: Any) -> None:
    shop = open_shop(window_minutes=60)
    visitor = Visitor((shop.pro, 3))
    visitor.accept(shop, 3)
    clock.move_to(NOON + HOUR / 2)
    take_back(offer=shop.offer.pk, quantity=1, request=visitor.request())
    assert visitor.pays() == Decimal(54)
    take_back(offer=shop.offer.pk, quantity=5, request=visitor.request())
    take_back(offer=shop.offer.pk, quantity=5, request=visitor.request())
    assert visitor.pays() == Decimal(60)
    special = shop.special(visitor.request())
    assert special is not None
    assert (special.state, special.ends_at) == ("shown", NOON + HOUR)
    visitor.accept(shop, 1)
    assert visitor.pays() == Decimal(57)
    assert Grant.objects.get().ends_at == NOON + HOUR


def test_taking_back_what_was_never_accepted_changes_nothing(shop: Shop) -> None:
    visitor = Visitor(shop.pro)
    take_back(offer=shop.offer.pk, quantity=1, request=visitor.request())
    visitor.accept(shop)
    take_back(offer=shop.offer.pk, quantity=-3, request=visitor.request())
    assert visitor.pays() == Decimal(17)


# --- signing in -------------------------------------------------------------------------------------------------------


def test_what_a_visitor_accepted_goes_on_after_signing_in(shop: Shop, user: Any) -> None:
    visitor = Visitor(shop.pro)
    visitor.accept(shop)
    visitor.sign_in(user)
    assert visitor.pays() == Decimal(17)
    assert Grant.objects.get().customer == customer_of_user(user)
    elsewhere = Visitor(shop.pro, user=user)
    assert elsewhere.pays() == Decimal(17), "the customer's other device knows it, too"


def test_two_acceptances_of_one_customer_do_not_add_up(shop: Shop, user: Any) -> None:
    Visitor(shop.pro, user=user).accept(shop, 1)
    visitor = Visitor((shop.pro, 5))
    visitor.accept(shop, 2)
    assert visitor.pays() == Decimal(94)
    visitor.sign_in(user)
    assert visitor.pays() == Decimal(94)
    special = shop.special(visitor.request())
    assert special is not None
    assert special.accepted == 2


def test_the_time_to_decide_goes_on_after_signing_in(clock: Any, user: Any) -> None:
    shop = open_shop(window_minutes=60)
    visitor = Visitor(shop.pro)
    note_shown([shop.offer.pk], request=visitor.request())
    clock.move_to(NOON + HOUR / 2)
    visitor.sign_in(user)
    assert note_shown([shop.offer.pk], request=visitor.request()) == {shop.offer.pk: NOON + HOUR}
    assert Grant.objects.count() == 1


def test_signing_in_where_the_customer_holds_the_offer_already_fails_nowhere(clock: Any, user: Any) -> None:
    shop = open_shop(window_minutes=60)
    note_shown([shop.offer.pk], request=Visitor(shop.pro, user=user).request())
    clock.move_to(NOON + HOUR / 2)
    visitor = Visitor(shop.pro)
    note_shown([shop.offer.pk], request=visitor.request())
    visitor.sign_in(user)
    special = shop.special(visitor.request())
    assert special is not None
    assert special.ends_at == NOON + HOUR, "the customer saw it an hour before the end, wherever that was"


def test_a_guests_address_is_noted_only_with_the_order(shop: Shop) -> None:
    visitor = Visitor(shop.pro)
    visitor.request().session["checkout_data"] = {"guest": {"email": "Guest@example.com"}}
    visitor.accept(shop)
    assert Grant.objects.get().customer == ""
    assert digest("guest@example.com")
    assert get_model("order", "Order").objects.count() == 0
