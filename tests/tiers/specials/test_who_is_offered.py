"""A special price is offered to whom it is meant for, where and while it can be had, and not again too soon."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from oscar.core.loading import get_model

from tests.checkout import Shopper
from tests.orders import placed
from tests.tiers.specials.conftest import NOON, Visitor, open_shop
from upsell.models import Grant, Offer, OfferUsage, UpgradeOffer
from upsell.offers.serving.customers import customer_of_user
from upsell.offers.serving.families import rows
from upsell.recommendations.serving.page import Page
from upsell.testing import count_queries, make_ladder, make_product, make_request, make_upgrade_offer
from upsell.tiers.serving.granting import dismiss, note_shown, take_back
from upsell.tiers.serving.specials import specials_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOUR = timedelta(hours=1)


def test_a_special_says_what_costs_less_and_until_when() -> None:
    shop = open_shop(
        name="Pro for less", text="Today.", ends_at=NOON + HOUR, translations={"ja": {"name": "プロをお得に"}}
    )
    special = shop.special(make_request())
    assert special is not None
    assert (special.offer_id, special.kind, special.state) == (shop.offer.pk, "special", "new")
    assert (special.name, special.text) == ("Pro for less", "Today.")
    assert (special.from_family, special.to_product) == (None, shop.pro.pk)
    assert special.ends_at == NOON + HOUR


def test_it_says_from_which_step_it_leads() -> None:
    shop = open_shop()
    shop.offer.from_tier = shop.ladder.tiers.first()
    shop.offer.save()
    special = shop.special(make_request())
    assert special is not None
    assert special.from_family == shop.goods[0].pk


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "draft"},
        {"status": "paused"},
        {"starts_at": NOON + HOUR},
        {"ends_at": NOON},
        {"to_tier": None},
        {"on_product": False},
        {"audience": {"signed_in": True}},
        {"audience": {"countries": ["JP"]}},
        {"audience": {"no": "sense"}},
        {"kind": "owned", "within_days": 30},
    ],
)
def test_what_cannot_be_had_is_not_offered(fields: dict[str, Any]) -> None:
    assert open_shop(**fields).special(make_request()) is None


@pytest.mark.parametrize(
    "fields", [{"status": "paused"}, {"ends_at": NOON}, {"starts_at": NOON + HOUR}, {"audience": {"signed_in": True}}]
)
def test_a_ladder_that_does_not_run_offers_nothing(fields: dict[str, Any]) -> None:
    shop = open_shop()
    type(shop.ladder).objects.update(**fields)
    assert shop.special(make_request()) is None


@pytest.mark.parametrize(
    ("spot", "switch"), [("product", "on_product"), ("basket", "in_basket"), ("checkout", "at_checkout")]
)
def test_it_is_offered_at_the_places_chosen(spot: str, switch: str) -> None:
    others = dict.fromkeys(("on_product", "in_basket", "at_checkout"), False)
    shop = open_shop(**{**others, switch: True})
    assert [where for where in ("product", "basket", "checkout") if shop.special(make_request(), where)] == [spot]


def test_it_is_offered_to_its_audience(user: Any) -> None:
    shop = open_shop(audience={"customers": "returning"})
    assert shop.special(make_request(user=user)) is None
    placed(shop.goods[0], user=user)
    assert shop.special(make_request(user=user)) is not None


def test_a_family_that_is_suspended_in_oscars_dashboard_offers_nothing() -> None:
    shop = open_shop()
    rows("upgrade").get().suspend()
    assert shop.special(make_request()) is None


@pytest.mark.parametrize(
    ("limit", "usage"),
    [
        ({"max_in_all": 2}, {"used": 2}),
        ({"budget": "6.00"}, {"used": 2, "spent": "6.00"}),
        ({"max_per_customer": 1}, {"used": 1, "customer": "own"}),
    ],
)
def test_what_is_used_up_is_not_offered(limit: dict[str, Any], usage: dict[str, Any], user: Any) -> None:
    shop = open_shop(**limit)
    assert shop.special(make_request(user=user)) is not None
    who = customer_of_user(user) if usage.pop("customer", "") else ""
    OfferUsage.objects.create(offer=shop.offer, customer=who, **usage)
    assert shop.special(make_request(user=user)) is None
    assert (shop.special(make_request()) is None) is (not who), "the limit of one customer is nobody else's"


def test_an_offer_for_owners_is_listed_for_those_who_own_something_and_only_if_asked_for(user: Any) -> None:
    shop = open_shop(kind="owned", within_days=30)
    other = Visitor(shop.goods[0], user=get_user_model().objects.create(username="other", email="other@example.com"))
    Shopper(user).put(shop.goods[0]).buy()

    def listed(visitor: Visitor, **options: Any) -> list[str]:
        found = specials_for([shop.ladder.pk], request=visitor.request(), spot="product", **options)
        return [special.kind for special in found.get(shop.ladder.pk, ())]

    owner = Visitor(shop.goods[0], user=user)
    assert listed(owner, owned=True) == ["owned"]
    assert listed(owner) == []
    assert listed(other, owned=True) == []


# --- minutes to decide ------------------------------------------------------------------------------------------------


def test_the_time_to_decide_begins_when_it_is_first_shown_and_is_never_moved(clock: Any) -> None:
    shop = open_shop(window_minutes=30)
    visitor = Visitor(shop.goods[0])
    ends = NOON + timedelta(minutes=30)
    assert note_shown([shop.offer.pk], request=visitor.request()) == {shop.offer.pk: ends}
    clock.move_to(NOON + timedelta(minutes=20))
    request = visitor.request()
    special = shop.special(request)
    assert special is not None
    assert (special.state, special.ends_at) == ("shown", ends)
    with count_queries() as queries:
        assert note_shown([shop.offer.pk], request=request) == {shop.offer.pk: ends}
    assert not queries
    assert Grant.objects.get().ends_at == ends
    clock.move_to(ends)
    assert shop.special(visitor.request()) is None


def test_the_time_to_decide_ends_with_the_offer_at_the_latest() -> None:
    shop = open_shop(window_minutes=30, ends_at=NOON + timedelta(minutes=10))
    assert note_shown([shop.offer.pk], request=Visitor(shop.pro).request()) == {
        shop.offer.pk: NOON + timedelta(minutes=10)
    }


def test_an_offer_without_minutes_to_decide_writes_nothing_when_it_is_shown() -> None:
    shop = open_shop(ends_at=NOON + HOUR)
    assert note_shown([shop.offer.pk, 0], request=Visitor(shop.pro).request()) == {shop.offer.pk: NOON + HOUR}
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"REQUEST_METHOD": "HEAD"},
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_PURPOSE": "prefetch"},
        {"HTTP_X_MOZ": "prefetch"},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
    ],
)
def test_no_time_begins_with_a_page_that_nobody_looks_at(headers: dict[str, str]) -> None:
    shop = open_shop(window_minutes=30)
    visitor = Visitor(shop.goods[0])
    request = visitor.request(**headers)
    request.method = headers.get("REQUEST_METHOD", "GET")
    assert note_shown([shop.offer.pk], request=request) == {shop.offer.pk: None}
    assert not Grant.objects.exists()
    note_shown([shop.offer.pk], request=visitor.request(HTTP_USER_AGENT="Mozilla/5.0 Firefox"))
    assert Grant.objects.exists()


def test_no_time_begins_for_somebody_without_an_account_or_a_basket(user: Any) -> None:
    shop = open_shop(window_minutes=30)
    stranger = make_request()
    note_shown([shop.offer.pk], request=stranger)
    assert not Grant.objects.exists()
    assert not stranger.session.keys(), "nothing is written into the session of somebody who only looks"
    note_shown([shop.offer.pk], request=make_request(user=user))
    grant = Grant.objects.get()
    assert (grant.customer, grant.visitor) == (customer_of_user(user), "")


def test_no_time_begins_with_a_page_that_fails(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_shop(window_minutes=30)
    visitor = Visitor(shop.goods[0])
    before = visitor.request()
    note_shown([shop.offer.pk], request=before)
    shown_before = Grant.objects.get().pk

    def fail(request: Any, *args: Any, **kwargs: Any) -> Any:
        client.cookies["sessionid"] = request.session.session_key or ""
        request.basket.save()
        note_shown([shop.offer.pk], request=request)
        assert Grant.objects.count() == 2
        raise ZeroDivisionError

    monkeypatch.setattr("oscar.apps.catalogue.views.CatalogueView.get", lambda self, request, **kwargs: fail(request))
    client.raise_request_exception = False
    assert client.get("/catalogue/").status_code == 500
    assert Grant.objects.get().pk == shown_before


# --- not again too soon -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["declined", "over", "used"])
def test_it_is_not_offered_again_before_its_days_are_over(clock: Any, end: str) -> None:
    shop = open_shop(window_minutes=30, again_after_days=7)
    visitor = Visitor(shop.pro)
    note_shown([shop.offer.pk], request=visitor.request())
    ended = NOON + timedelta(minutes=30 if end == "over" else 5)
    clock.move_to(ended)
    if end == "declined":
        dismiss(offer=shop.offer.pk, request=visitor.request())
        dismiss(offer=shop.offer.pk, request=visitor.request())
    elif end == "used":
        Grant.objects.update(state="used", closed_at=ended)
    assert shop.special(visitor.request()) is None
    assert shop.special(make_request()) is not None
    clock.move_to(ended + timedelta(days=7, seconds=-1))
    assert shop.special(visitor.request()) is None
    clock.move_to(ended + timedelta(days=7))
    special = shop.special(visitor.request())
    assert special is not None
    assert special.state == "new"
    note_shown([shop.offer.pk], request=visitor.request())
    assert sorted(Grant.objects.values_list("state", flat=True)) == sorted(
        [{"declined": "dismissed"}.get(end, end), "shown"]
    )


def test_what_was_declined_before_signing_in_is_not_offered_afterwards(user: Any) -> None:
    shop = open_shop()
    visitor = Visitor(shop.pro)
    dismiss(offer=shop.offer.pk, request=visitor.request())
    visitor.sign_in(user)
    assert shop.special(visitor.request()) is None
    elsewhere = Visitor(shop.pro, user=user)
    assert shop.special(elsewhere.request()) is None
    elsewhere.user, elsewhere.session = AnonymousUser(), None
    assert shop.special(elsewhere.request()) is not None, "who that is, nobody knows"


def test_declining_what_is_not_offered_leaves_no_trace() -> None:
    shop = open_shop(status="paused")
    visitor = Visitor(shop.pro)
    for offer in (shop.offer.pk, 0, -1):
        dismiss(offer=offer, request=visitor.request())
    assert not Grant.objects.exists()


def test_what_was_accepted_is_not_lost_by_a_no() -> None:
    shop = open_shop()
    visitor = Visitor(shop.pro)
    visitor.accept(shop)
    dismiss(offer=shop.offer.pk, request=visitor.request())
    assert Grant.objects.get().state == "accepted"
    special = shop.special(visitor.request())
    assert special is not None
    assert (special.state, special.accepted) == ("accepted", 1)
    take_back(offer=shop.offer.pk, quantity=1, request=visitor.request())
    dismiss(offer=shop.offer.pk, request=visitor.request())
    assert shop.special(visitor.request()) is None


# --- what it costs ----------------------------------------------------------------------------------------------------


def asked(ladders: list[int], request: Any) -> int:
    """Count the queries for a page that has read its products already."""
    Page.of(request).catalogue.load(get_model("catalogue", "Product").objects.values_list("pk", flat=True))
    with count_queries() as queries:
        specials_for(ladders, request=request, spot="basket")
    return len(queries)


def test_twenty_ladders_cost_two_queries_and_none_if_none_has_an_offer(user: Any) -> None:
    ladders = [make_ladder(make_product(), make_product()) for _ in range(20)]
    keys = [ladder.pk for ladder in ladders]
    assert asked(keys, make_request(user=user)) == 1
    assert asked(keys, make_request(user=user)) == 0
    draft = make_upgrade_offer(ladders[3], off="1.00", status="draft")
    assert asked(keys, make_request(user=user)) == 1
    assert asked(keys, make_request(user=user)) == 0
    draft.status = "active"
    draft.save()
    make_upgrade_offer(ladders[7], off="1.00")
    assert asked(keys, make_request(user=user)) == 2
    assert asked(keys, make_request(user=user)) == 1, "the offers are remembered, what was made of them never is"
    assert asked(keys, make_request()) == 0, "of a stranger there is nothing to read"
    assert asked(keys[:3], make_request(user=user)) == 0
    request = make_request(user=user)
    assert asked(keys, request) == 1
    assert asked(keys[2:9], request) == 0
    limited = make_upgrade_offer(ladders[9], off="1.00", max_in_all=5)
    assert asked([limited.ladder_id], make_request()) == 1
    assert asked([limited.ladder_id], make_request()) == 1, "what is left of a limit is read each time"
    UpgradeOffer.objects.all().delete()
    assert asked(keys, make_request(user=user)) == 1
    assert asked(keys, make_request(user=user)) == 0


def test_an_offer_that_is_made_later_is_found_at_once() -> None:
    shop = open_shop(status="draft")
    assert asked([shop.ladder.pk], make_request()) == 1
    assert shop.special(make_request()) is None
    shop.offer.status = "active"
    shop.offer.save()
    request = make_request()
    asked([shop.ladder.pk], request)
    assert shop.special(request) is not None
    Offer.objects.get(pk=shop.offer.pk).delete()
    request = make_request()
    asked([shop.ladder.pk], request)
    assert shop.special(request) is None


def test_switched_off_there_is_nothing(settings: Any) -> None:
    shop = open_shop()
    settings.UPSELL_ENABLED = False
    assert shop.special(make_request()) is None
