"""Whatever changes what offers are about reaches the index, and puts remembered prices out of date."""

import time
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from oscar.core.loading import get_class, get_model
from oscar.test.factories import RangeFactory

from upsell.models import Offer, OfferKey, PriceFloor
from upsell.offers.base import Family
from upsell.offers.serving.families import CONDITIONS, raise_revision
from upsell.testing import make_basket, make_bundle, make_product

pytestmark = pytest.mark.django_db


def revision() -> Any:
    return get_model("offer", "Condition").objects.get(proxy_class=CONDITIONS[Family.BUNDLE]).value


def paid(*lines: Any) -> Decimal:
    basket = make_basket(*lines)
    get_class("offer.applicator", "Applicator")().apply(basket)
    return basket.total_incl_tax


def test_a_price_floor_and_an_edited_offer_raise_the_revision() -> None:
    bundle = make_bundle(make_product(), percent=10)
    counters = [revision()]
    floor = PriceFloor.objects.create(percent=50)
    counters.append(revision())
    floor.delete()
    counters.append(revision())
    bundle.name = "Another name"
    bundle.save()
    counters.append(revision())
    Offer.objects.get(pk=bundle.pk).delete()
    counters.append(revision())
    assert counters == sorted(set(counters))


def test_a_revision_that_was_rolled_back_is_never_used_again() -> None:
    make_bundle(make_product(), percent=10)
    used = [revision()]
    for _ in range(3):
        with transaction.atomic():
            raise_revision()
            used.append(revision())
            transaction.set_rollback(True)
        time.sleep(0.02)
    raise_revision()
    raise_revision()
    used.append(revision())
    assert len(set(used)) == len(used)
    assert used == sorted(used)


def test_a_range_that_changes_changes_what_the_offer_takes(django_capture_on_commit_callbacks: Any) -> None:
    inside, later = make_product(price="10.00"), make_product(price="10.00")
    range_ = RangeFactory()
    range_.add_product(inside)
    bundle = make_bundle(range_, kind="mix", units=2, percent=50)
    assert paid(inside, later) == Decimal("20.00")
    with django_capture_on_commit_callbacks(execute=True):
        range_.add_product(later)
    assert paid(inside, later) == Decimal("10.00")
    with django_capture_on_commit_callbacks(execute=True):
        range_.remove_product(inside)
    assert paid(inside, later) == Decimal("20.00")
    before = bundle.version
    bundle.refresh_from_db()
    assert bundle.version == before + 2


def test_a_product_told_of_a_range_counts_too(django_capture_on_commit_callbacks: Any) -> None:
    product = make_product(price="10.00")
    range_ = RangeFactory()
    make_bundle(range_, kind="mix", units=1, percent=50)
    with django_capture_on_commit_callbacks(execute=True):
        product.excludes.add(RangeFactory())
        range_.included_products.add(product)
    assert paid(product) == Decimal("5.00")


def test_a_deleted_range_pauses_what_is_about_it() -> None:
    product = make_product()
    range_ = RangeFactory()
    range_.add_product(product)
    bundle = make_bundle(range_, kind="mix", units=1, percent=50)
    other = make_bundle(product, percent=50)
    range_.delete()
    assert [Offer.objects.get(pk=one.pk).status for one in (bundle, other)] == ["paused", "active"]


def test_a_set_of_which_a_product_was_deleted_gives_nothing_until_the_merchant_says_so(
    django_capture_on_commit_callbacks: Any,
) -> None:
    stays, goes = make_product(price="10.00"), make_product(price="10.00")
    make_bundle(stays, goes, percent=50)
    assert paid(stays, goes) == Decimal("10.00")
    with django_capture_on_commit_callbacks(execute=True):
        goes.delete()
        get_model("catalogue", "Category").add_root(name="Something that refreshes the index")
    assert paid(stays) == Decimal("10.00")


def test_a_category_that_is_moved_takes_its_products_along(django_capture_on_commit_callbacks: Any) -> None:
    model = get_model("catalogue", "Category")
    drinks, kitchen = model.add_root(name="Drinks"), model.add_root(name="Kitchen")
    with django_capture_on_commit_callbacks(execute=True):
        coffee = kitchen.add_child(name="Coffee")
    product = make_product(price="10.00")
    with django_capture_on_commit_callbacks(execute=True):
        product.categories.add(coffee)
    make_bundle(drinks, kind="mix", units=1, percent=50)
    assert paid(product) == Decimal("10.00")
    with django_capture_on_commit_callbacks(execute=True):
        coffee.move(model.objects.get(pk=drinks.pk), "first-child")
        model.objects.get(pk=coffee.pk).save()
    assert paid(product) == Decimal("5.00")


def test_a_new_category_belongs_to_the_offers_of_those_above(django_capture_on_commit_callbacks: Any) -> None:
    root = get_model("catalogue", "Category").add_root(name="Drinks")
    bundle = make_bundle(root, kind="mix", units=1, percent=50)
    with django_capture_on_commit_callbacks(execute=True):
        below = root.add_child(name="Coffee")
    assert set(OfferKey.objects.filter(offer=bundle).values_list("category", flat=True)) == {root.pk, below.pk}


def test_a_product_filed_elsewhere_earns_what_is_given_there(django_capture_on_commit_callbacks: Any) -> None:
    root = get_model("catalogue", "Category").add_root(name="Drinks")
    product = make_product(price="10.00")
    make_bundle(root, kind="mix", units=1, percent=50)
    assert paid(product) == Decimal("10.00")
    with django_capture_on_commit_callbacks(execute=True):
        product.categories.add(root)
    assert paid(product) == Decimal("5.00")
    with django_capture_on_commit_callbacks(execute=True):
        product.categories.clear()
    assert paid(product) == Decimal("10.00")
