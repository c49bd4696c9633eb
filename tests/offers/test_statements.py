"""The question for candidates, put together once, answers like the one that Django builds anew."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from tests.offers.oscar_shop import voucher_on
from upsell.models import OfferUsage, PriceFloor
from upsell.offers.serving import candidates
from upsell.offers.serving.candidates import find_candidates
from upsell.testing import count_queries, make_basket, make_bundle, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> list[Any]:
    """A shop with offers of every kind of limit, over products, a category, a class and everything."""
    products = [make_product(price="10.00") for _ in range(5)]
    category = get_model("catalogue", "Category").add_root(name="All")
    products[4].categories.add(category)
    now = timezone.now()
    limited = make_bundle(
        products[0], off="1.00", max_per_customer=3, max_in_all=9, budget=Decimal("50.00"), max_per_basket=7
    )
    OfferUsage.objects.create(offer=limited, customer="", used=4, spent=Decimal("49.01"))
    OfferUsage.objects.create(offer=limited, customer="ann", used=1, spent=Decimal("1.00"))
    make_bundle(products[0], products[1], percent=5, translations={"ja": {"name": "セット"}})
    make_bundle(category, kind="mix", units=1, percent=5, ends_at=now + timedelta(days=1))
    make_bundle(products[2], percent=5, starts_at=now + timedelta(days=1))
    make_bundle(products[3], percent=5, ends_at=now - timedelta(days=1), starts_at=now - timedelta(days=2))
    make_bundle(products[1], percent=5, with_vouchers=False)
    make_bundle(products[1], percent=5, currency="EUR")
    make_bundle(products[1], percent=5, currency="")
    return products


@pytest.mark.parametrize("customer", ["", "ann", "ben"])
@pytest.mark.parametrize("with_voucher", [False, True])
def test_it_finds_what_the_built_query_finds(
    shop: list[Any], monkeypatch: pytest.MonkeyPatch, customer: str, with_voucher: bool
) -> None:
    PriceFloor.objects.create(percent=Decimal(10))
    basket = make_basket(shop[0])
    if with_voucher:
        voucher_on(basket)
    at = timezone.now()
    for wanted in (shop, shop[:1], shop[1:4], shop[4:], shop[2:3]):
        ids = [product.pk for product in wanted]
        asked: dict[str, Any] = {"currency": "GBP", "customer": customer, "basket": basket, "at": at}
        with count_queries() as queries:
            quick = find_candidates(ids, **asked)
        assert len(queries) == 1
        with monkeypatch.context() as patch:
            patch.setattr(candidates, "MOST_MARKS", 0)
            assert find_candidates(ids, **asked) == quick
        assert not quick.candidates or quick.has_floors


def test_limits_are_what_is_left_for_the_customer(shop: list[Any]) -> None:
    def limit(customer: str) -> tuple[int | None, str]:
        found = find_candidates([shop[0].pk], currency="GBP", customer=customer)
        [candidate] = found.candidates.values()
        assert found.budgets == {candidate.id: 99}
        return candidate.limit, candidate.limited_by

    assert [limit(name) for name in ("ann", "ben", "")] == [(2, "customer"), (3, "customer"), (3, "customer")]


def test_what_starts_later_tells_how_long_the_answer_holds(shop: list[Any]) -> None:
    found = find_candidates([shop[2].pk], currency="GBP")
    assert found.candidates == {}
    assert found.until is not None
    assert find_candidates([shop[3].pk], currency="GBP").until is None


def test_nothing_asked_is_nothing_found(shop: list[Any]) -> None:
    assert find_candidates([], currency="GBP").candidates == {}
