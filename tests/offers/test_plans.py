"""Plans are found with one query, kept as long as nothing has changed, and never cost a shopper the page."""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, ProgrammingError, connection
from django.template import TemplateDoesNotExist
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from oscar.core.loading import get_class, get_model

from tests.offers.oscar_shop import British, apply, discount, parts, priced
from upsell.models import Bundle, Offer, OfferUsage, PriceFloor
from upsell.offers.base import Family
from upsell.offers.serving import families
from upsell.offers.serving.customers import customer_of_user, digest
from upsell.offers.serving.families import install
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.planning import plan_for
from upsell.testing import count_queries, make_basket, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db
FAILURES = [
    ProgrammingError("no such table"),
    OperationalError("the server went away"),
    ObjectDoesNotExist("gone"),
    TemplateDoesNotExist("none.html"),
    TimeoutError("too slow"),
    ImportError("no module"),
]
PLACES = [
    "upsell.offers.serving.planning.read_basket",
    "upsell.offers.serving.planning.find_candidates",
    "upsell.offers.serving.planning.answer",
    "upsell.offers.serving.planning.load_frozen",
    "upsell.offers.serving.planning.state_of",
    "upsell.offers.benefits.recording.message",
]


def ours(queries: list[str]) -> list[str]:
    """Those of the queries that Oscar would not have made."""
    return [query for query in queries if "upsell_" in query or "catalogue_productcategory" in query]


def applied_with(basket: Any) -> list[str]:
    for line in basket.all_lines():
        _ = line.purchase_info  # what the strategy asks for is not ours
    offers = get_class("offer.applicator", "Applicator")()
    with count_queries() as queries:
        offers.apply(basket)
    return queries


def fresh(basket: Any) -> Any:
    """Load the basket as another request would."""
    again = get_model("basket", "Basket").objects.get(pk=basket.pk)
    again.strategy = basket.strategy
    return again


# --- queries ----------------------------------------------------------------------------------------------------------


def test_the_number_of_offers_does_not_change_the_number_of_queries() -> None:
    products = [make_product(price="10.00") for _ in range(10)]
    category = get_model("catalogue", "Category").add_root(name="All")
    for product in products:
        product.categories.add(category)
    basket = make_basket(*products)
    counts = []
    for wanted in (10, 200):
        while Offer.objects.count() < wanted:
            place = Offer.objects.count()
            make_bundle(products[place % 10], products[(place + 1 + place // 10) % 10], percent=1 + place % 9)
            if place % 50 == 0:
                make_bundle(category, kind="mix", units=2, percent=5)
        counts.append(len(ours(applied_with(fresh(basket)))))
    assert counts[0] == counts[1] <= 3


def test_the_same_basket_again_costs_no_query() -> None:
    a, b = make_product(price="10.00"), make_product(price="10.00")
    make_bundle(a, b, percent=10)
    basket = make_basket(a, b)
    assert ours(applied_with(basket))
    again = fresh(basket)
    assert ours(applied_with(again)) == []
    assert again.total_discount == Decimal("2.00")
    twin = make_basket(a, b)
    assert ours(applied_with(twin)) == []
    assert twin.total_discount == Decimal("2.00")


def test_a_basket_that_no_offer_touches_costs_at_most_one_query_and_stays_as_it_is() -> None:
    touched, other = make_product(price="10.00"), make_product(price="10.00")
    basket = make_basket((other, 2))
    before = applied_with(fresh(basket))
    make_bundle(touched, percent=10)
    after = fresh(basket)
    assert len(applied_with(after)) <= len(before) + 1
    assert (list(after.offer_applications), after.total_incl_tax) == ([], Decimal("20.00"))
    assert len(applied_with(fresh(basket))) == len(before)


def test_a_family_that_gives_nothing_costs_no_query_beside_one_that_gives() -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="1.00")
    basket = make_basket((product, 2))
    both = [len(applied_with(fresh(basket))) for _ in range(2)]
    families.rows(Family.UPGRADE).delete()
    families.raise_revision()
    assert both == [len(applied_with(fresh(basket))) for _ in range(2)]


def test_an_empty_basket_costs_nothing() -> None:
    make_bundle(make_product(), percent=10)
    assert ours(applied_with(make_basket())) == []


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_a_changed_offer_counts_at_once() -> None:
    product = make_product(price="10.00")
    bundle = make_bundle(product, off="1.00")
    basket = make_basket(product)
    assert apply(fresh(basket)).total_discount == Decimal("1.00")
    Bundle.objects.filter(pk=bundle.pk).update(reward=Decimal("2.00"))
    save_terms(bundle)
    assert apply(fresh(basket)).total_discount == Decimal("2.00")
    PriceFloor.objects.create(percent=Decimal(90))
    assert apply(fresh(basket)).total_discount == Decimal("1.00")


def test_a_changed_price_counts_at_once() -> None:
    product = make_product(price="10.00")
    make_bundle(product, percent=10)
    basket = make_basket(product)
    assert apply(fresh(basket)).total_discount == Decimal("1.00")
    product.stockrecords.update(price=Decimal("20.00"))
    assert apply(fresh(basket)).total_discount == Decimal("2.00")


def test_offers_start_and_end_on_the_second(settings: Any) -> None:
    settings.UPSELL_PRICING_CACHE_SECONDS = 3600
    product = make_product(price="10.00")
    start = timezone.now().replace(microsecond=0) + timedelta(minutes=2)
    make_bundle(product, off="1.00", starts_at=start, ends_at=start + timedelta(minutes=5))
    for moment, expected in ((-60, 0), (-1, 0), (1, 1), (299, 1), (301, 0)):
        with time_machine.travel(start + timedelta(seconds=moment), tick=False):
            assert discount(product) == expected, moment


def test_a_limit_is_counted_for_each_customer_and_never_kept() -> None:
    product = make_product(price="10.00", stock=100)
    bundle = make_bundle(product, off="1.00", max_per_customer=2)
    first, second = (
        get_user_model().objects.create_user(username=name, email=f"{name}@example.com") for name in ("ann", "ben")
    )
    OfferUsage.objects.create(offer=bundle, customer=customer_of_user(first), used=1)

    def given(user: Any) -> Any:
        return apply(make_basket((product, 5), request=make_request(user=user))).total_discount

    assert (given(first), given(second), given(None)) == (Decimal("1.00"), Decimal("2.00"), Decimal("2.00"))
    OfferUsage.objects.filter(customer=customer_of_user(first)).update(used=2)
    assert given(first) == 0


def test_a_guest_is_known_by_the_address_given_at_the_till() -> None:
    product = make_product(price="10.00")
    bundle = make_bundle(product, off="1.00", max_per_customer=1)
    OfferUsage.objects.create(offer=bundle, customer=digest("Ann@Example.com "), used=1)
    request = make_request()
    assert apply(make_basket(product, request=request)).total_discount == Decimal("1.00")
    request.session["checkout_data"] = {"guest": {"email": "ann@example.com"}}
    assert apply(make_basket(product, request=request)).total_discount == 0


def test_junk_in_the_cache_costs_nothing_but_the_time() -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="1.00")
    basket = apply(make_basket(product))
    for key in list(caches["default"]._cache):  # type: ignore[attr-defined]
        caches["default"].set(key.split(":", 2)[2], "{not json")
    assert apply(fresh(basket)).total_discount == Decimal("1.00")


# --- failing softly ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_an_error_of_ours_costs_the_discount_and_one_line_in_the_log(
    client: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any, place: str, failure: Exception
) -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="1.00")
    client.post(reverse("basket:add", kwargs={"pk": product.pk}), {"quantity": 1})

    def fail(*args: Any, **kwargs: Any) -> None:
        raise failure

    monkeypatch.setattr(place, fail)
    caches["default"].clear()
    with caplog.at_level(logging.ERROR, logger="upsell"):
        page = client.get(reverse("basket:summary"))
    assert page.status_code == 200
    basket = page.context["basket"]
    assert basket.total_incl_tax == Decimal("10.00")
    assert parts(basket) == [0]
    assert len([record for record in caplog.records if record.name == "upsell"]) == 1


def test_one_offer_that_cannot_be_read_leaves_the_others_alone() -> None:
    product = make_product(price="10.00")
    broken, sound = make_bundle(product, off="5.00"), make_bundle(product, off="1.00")
    Offer.objects.filter(pk=broken.pk).update(terms={"kind": "nonsense"})
    assert sound.pk
    assert discount(product) == Decimal("1.00")


def test_a_failing_floor_of_the_shop_gives_no_discount(settings: Any) -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="5.00")
    settings.UPSELL_PRICE_FLOOR = "upsell.offers.nowhere.floor"
    assert discount(product) == 0


def test_half_a_family_is_never_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = make_product(price="10.00"), make_product(price="10.00")
    make_bundle(a, b, percent=10)
    line = get_model("basket", "Line")
    original = line.discount
    calls = []

    def fail_second(self: Any, *args: Any, **kwargs: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("Oscar refuses")
        original(self, *args, **kwargs)

    monkeypatch.setattr(line, "discount", fail_second)
    basket = priced(a, b)
    assert len(calls) == 2
    assert parts(basket) == [0, 0]
    assert [each.quantity_without_discount for each in basket.all_lines()] == [1, 1]
    assert basket.total_incl_tax == Decimal("20.00")


# --- baskets of every kind --------------------------------------------------------------------------------------------


class TestRandomBaskets(TestCase):
    """What Oscar shows is what the plan says, to the minor unit, and every way of applying it is the same."""

    @settings(deadline=None, max_examples=60)
    @given(
        prices=st.lists(st.integers(1, 5000), min_size=2, max_size=4),
        quantities=st.lists(st.integers(1, 4), min_size=4, max_size=4),
        kinds=st.lists(st.sampled_from(["fixed", "mix", "breaks", "bogo"]), min_size=1, max_size=4),
        percent=st.integers(1, 100),
        off=st.integers(1, 3000),
        incl_tax=st.booleans(),
    )
    def test_lines_rows_and_plan_agree(
        self, prices: list[int], quantities: list[int], kinds: list[str], percent: int, off: int, incl_tax: bool
    ) -> None:
        products = [make_product(price=Decimal(price) / 100, stock=100) for price in prices]
        for place, kind in enumerate(kinds):
            chosen = products[place % len(products) :] or products
            reward: dict[str, Any] = {"off": Decimal(off) / 100} if place % 2 and kind in ("fixed", "mix") else {}
            reward = reward or ({"breaks": [(2, percent)]} if kind == "breaks" else {"percent": percent})
            make_bundle(*chosen, kind=kind, units=min(2, len(chosen)), **reward)
        install()
        with self.settings(OSCAR_OFFERS_INCL_TAX=incl_tax):
            basket = priced(*zip(products, quantities, strict=False), strategy=British)
            found = plan_for(basket)
            total = sum((one["discount"] for one in basket.offer_applications), Decimal(0))
            assert total == sum(parts(basket)) == Decimal(found.plan.total if found else 0) / 100
            for line in basket.all_lines():
                price = line.line_price_incl_tax if incl_tax else line.line_price_excl_tax
                # Prices are finer than a penny here: each offer rounds once, and several may meet on a line.
                assert 0 <= line.discount_value <= price + Decimal("0.005") * (len(kinds) + 1)
                assert line.discounts.num_consumed() <= line.quantity
            before = parts(basket)
            assert parts(apply(basket)) == before
            assert connection.in_atomic_block
