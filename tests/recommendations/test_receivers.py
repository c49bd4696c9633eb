import logging
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar.test.factories import CategoryFactory, CountryFactory, RangeFactory, create_order, create_product

from tests.orders import placed, products, variant
from upsell.recommendations import receivers, services
from upsell.recommendations.base import Table
from upsell.recommendations.models import Affinity, Curation, CurationMember, Generation, LiveGeneration
from upsell.recommendations.services import live_generation

Exclude = Curation.Action.EXCLUDE


def members(curation: Curation, role: str = "subject") -> set[int]:
    return set(CurationMember.objects.filter(curation=curation, role=role).values_list("product", flat=True))


def version() -> int:
    live = LiveGeneration.objects.first()
    return live.version if live else 0


# --- placed orders ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=[False, True], ids=["autocommit", "atomic-requests"])
def atomic_requests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", request.param)
    return bool(request.param)


@pytest.fixture
def goods() -> list[Any]:
    """Two products on sale, and a first generation that knows of one order of both."""
    country = CountryFactory(iso_3166_1_a2="GB", is_shipping_country=True)
    assert country
    found = [create_product(title=f"Good {number}", price=Decimal(10), num_in_stock=10) for number in (1, 2)]
    placed(*found)
    services.rebuild(trigger=Generation.Trigger.COMMAND)
    return found


def checkout(goods: list[Any]) -> Any:
    """Buy the goods as a customer does, page by page; return the last answer."""
    client = Client()
    client.force_login(get_user_model().objects.create_user("sam", "sam@example.com", "secret"))
    for product in goods:
        client.post(reverse("basket:add", args=[product.pk]), {"quantity": 1})
    address = {
        "first_name": "Sam",
        "last_name": "Shopper",
        "line1": "1 High Street",
        "line4": "London",
        "postcode": "N1 9RT",
        "country": "GB",
        "phone_number": "",
        "notes": "",
    }
    client.post(reverse("checkout:shipping-address"), address)
    client.get(reverse("checkout:shipping-method"), follow=True)
    return client.post(reverse("checkout:preview"), {"action": "place_order"}, follow=True)


def together(goods: list[Any]) -> int:
    one, other = goods
    rows = Affinity.objects.filter(generation=live_generation(), table=Table.BASKET, product=one, neighbour=other)
    return rows.get().orders_together


@pytest.mark.django_db(transaction=True)
def test_an_order_placed_in_the_checkout_is_counted_at_once(atomic_requests: bool, goods: list[Any]) -> None:
    answer = checkout(goods)
    assert answer.redirect_chain[-1][0] == reverse("checkout:thank-you")
    assert together(goods) == 2


def fail_in_python(**kwargs: object) -> None:
    raise RuntimeError("no luck")


def fail_in_the_database(**kwargs: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM no_such_table")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [fail_in_python, fail_in_the_database])
def test_an_order_is_placed_though_learning_from_it_fails(
    atomic_requests: bool,
    goods: list[Any],
    failure: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(services, "learn_from_order", failure)
    answer = checkout(goods)
    assert answer.redirect_chain[-1][0] == reverse("checkout:thank-you")
    assert get_model("order", "Order").objects.count() == 2
    assert get_model("basket", "Basket").objects.get().status == "Submitted"
    assert together(goods) == 1
    assert [record.levelname for record in caplog.records if record.levelno >= logging.ERROR] == ["ERROR"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [fail_in_python, fail_in_the_database])
def test_an_order_is_placed_though_the_receiver_itself_fails(
    atomic_requests: bool,
    goods: list[Any],
    failure: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(receivers, "_Learning", lambda order_id: failure())
    answer = checkout(goods)
    assert answer.redirect_chain[-1][0] == reverse("checkout:thank-you")
    assert get_model("order", "Order").objects.count() == 2
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.reason for record in errors] == ["recommendations.order_placed"]


@pytest.mark.django_db(transaction=True)
def test_an_order_is_placed_though_the_task_backend_is_away(
    atomic_requests: bool, goods: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Away:
        def enqueue(self, *args: object) -> None:
            raise ConnectionError("no broker")

    monkeypatch.setattr(receivers.tasks, "learn_order", Away())
    answer = checkout(goods)
    assert answer.redirect_chain[-1][0] == reverse("checkout:thank-you")
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.reason for record in errors] == ["recommendations.learn"]


@pytest.mark.django_db(transaction=True)
def test_an_order_that_is_rolled_back_is_not_counted(goods: list[Any]) -> None:
    with transaction.atomic():
        place(goods)
        transaction.set_rollback(True)
    assert together(goods) == 1


@pytest.mark.django_db(transaction=True)
def test_learning_from_orders_can_be_switched_off(goods: list[Any], settings: Any) -> None:
    settings.UPSELL_LEARN_FROM_ORDERS = False
    place(goods)
    assert together(goods) == 1


def place(goods: list[Any]) -> Any:
    """Place an order through Oscar's own ``OrderCreator``."""
    basket = get_model("basket", "Basket").objects.create()
    basket.strategy = get_class("partner.strategy", "Default")()
    for product in goods:
        basket.add_product(product)
    return create_order(basket=basket)


@pytest.mark.django_db(transaction=True)
def test_connecting_twice_counts_once(goods: list[Any]) -> None:
    receivers.connect()
    place(goods)
    assert together(goods) == 2


# --- whom curations are about -----------------------------------------------------------------------------------------


@pytest.fixture
def committed(db: None, django_capture_on_commit_callbacks: Any) -> Any:
    """Runs what waits for the end of the transaction, as its end would."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_product_stands_for_itself_and_a_variant_for_its_parent(committed: Any) -> None:
    shirt, belt = products(2)
    red = variant(shirt)
    with committed():
        curation = Curation.objects.create(action=Curation.Action.PIN, product=red, beside_product=belt)
    assert members(curation) == {shirt.pk}
    assert members(curation, "place") == {belt.pk}


def test_a_category_stands_for_its_products_and_those_below(committed: Any) -> None:
    root = CategoryFactory(name="All")
    leaf = type(root).objects.add_child(root, {"name": "Leaf"})
    above, below, outside = products(3)
    above.categories.add(root)
    below.categories.add(leaf)
    with committed():
        curation = Curation.objects.create(action=Exclude, category=root, beside_category=leaf)
    assert members(curation) == {above.pk, below.pk}
    assert members(curation, "place") == {below.pk}
    assert outside.pk not in members(curation)


def test_a_range_stands_for_all_it_holds(committed: Any) -> None:
    category = CategoryFactory()
    listed, filed, excluded = products(3)
    filed.categories.add(category)
    excluded.categories.add(category)
    range_ = RangeFactory()
    range_.add_product(listed)
    range_.included_categories.add(category)
    range_.excluded_products.add(excluded)
    with committed():
        curation = Curation.objects.create(action=Exclude, range=range_)
    assert members(curation) == {listed.pk, filed.pk}


def test_saving_or_deleting_a_curation_ends_what_is_cached(committed: Any) -> None:
    (product,) = products(1)
    before = version()
    with committed():
        curation = Curation.objects.create(action=Exclude, product=product)
    assert version() == before + 1
    with committed():
        curation.is_active = False
        curation.save()
    assert version() == before + 2
    with committed():
        curation.delete()
    assert version() == before + 3


def test_a_changed_curation_forgets_whom_it_was_about(committed: Any) -> None:
    one, other = products(2)
    with committed():
        curation = Curation.objects.create(action=Exclude, product=one)
    with committed():
        curation.product = other
        curation.save()
    assert members(curation) == {other.pk}


@pytest.fixture
def watched_category(committed: Any) -> tuple[Any, Curation]:
    category = CategoryFactory(name="Watched")
    with committed():
        curation = Curation.objects.create(action=Exclude, category=category)
    return category, curation


def test_products_join_and_leave_a_category(committed: Any, watched_category: tuple[Any, Curation]) -> None:
    category, curation = watched_category
    one, other, third = products(3)
    with committed():
        one.categories.add(category)
        get_model("catalogue", "ProductCategory").objects.create(product=other, category=category)
        category.product_set.add(third)
    assert members(curation) == {one.pk, other.pk, third.pk}
    with committed():
        one.categories.clear()
        get_model("catalogue", "ProductCategory").objects.filter(product=other).delete()
    assert members(curation) == {third.pk}


def test_a_branch_moves_under_a_category(committed: Any, watched_category: tuple[Any, Curation]) -> None:
    category, curation = watched_category
    branch = CategoryFactory(name="Branch")
    (product,) = products(1)
    product.categories.add(branch)
    with committed():
        type(branch).objects.move(branch, category, pos="first-child")
        branch.refresh_from_db()
        branch.save()  # as the dashboard's form does
    assert members(curation) == {product.pk}


def test_a_category_below_is_deleted(committed: Any, watched_category: tuple[Any, Curation]) -> None:
    category, curation = watched_category
    leaf = type(category).objects.add_child(category, {"name": "Leaf"})
    (product,) = products(1)
    with committed():
        product.categories.add(leaf)
    assert members(curation) == {product.pk}
    with committed():
        leaf.delete()
    assert not members(curation)


def test_a_deleted_category_takes_its_curations_along(committed: Any, watched_category: tuple[Any, Curation]) -> None:
    category, curation = watched_category
    before = version()
    with committed():
        category.delete()
    assert not Curation.objects.filter(pk=curation.pk).exists()
    assert version() > before


@pytest.mark.parametrize("how", ["add_product", "remove_product", "classes", "excluded_products", "save"])
def test_a_range_changes(committed: Any, how: str) -> None:
    one, other = products(2)
    range_ = RangeFactory()
    range_.add_product(one)
    with committed():
        curation = Curation.objects.create(action=Exclude, range=range_)
    with committed():
        if how == "add_product":
            range_.add_product(other)
        elif how == "remove_product":
            range_.remove_product(one)
        elif how == "classes":
            range_.classes.add(other.product_class)
        elif how == "excluded_products":
            range_.excluded_products.add(one)
        else:
            range_.includes_all_products = True
            range_.save()
    expected = {
        "add_product": {one.pk, other.pk},
        "remove_product": set(),
        "classes": {one.pk, other.pk},
        "excluded_products": set(),
        "save": {one.pk, other.pk},
    }
    assert members(curation) == expected[how]


def test_an_import_of_many_products_refreshes_once(
    committed: Any, watched_category: tuple[Any, Curation], monkeypatch: pytest.MonkeyPatch
) -> None:
    category, curation = watched_category
    refreshed = []
    monkeypatch.setattr(services, "refresh_members", refreshed.append)
    with committed():
        for product in products(20):
            product.categories.add(category)
    assert refreshed == [curation]


def test_what_a_rolled_back_savepoint_changed_is_not_waited_for(
    committed: Any, watched_category: tuple[Any, Curation]
) -> None:
    category, curation = watched_category
    one, other = products(2)
    with committed():
        sid = transaction.savepoint()
        one.categories.add(category)
        transaction.savepoint_rollback(sid)
        other.categories.add(category)
    assert members(curation) == {other.pk}


def test_a_change_that_concerns_no_curation_ends_no_cache(
    committed: Any, watched_category: tuple[Any, Curation]
) -> None:
    elsewhere = CategoryFactory(name="Elsewhere")
    (product,) = products(1)
    before = version()
    with committed():
        product.categories.add(elsewhere)
    assert version() == before


def test_fixtures_are_loaded_without_our_help(committed: Any) -> None:
    (product,) = products(1)
    now = timezone.now()
    curation = Curation(action=Exclude, product=product, created_at=now, updated_at=now)
    with committed():
        curation.save_base(raw=True)
    assert not members(curation)


def test_a_rebuild_writes_everyone_out_anew(committed: Any, watched_category: tuple[Any, Curation]) -> None:
    category, curation = watched_category
    (product,) = products(1)
    get_model("catalogue", "ProductCategory").objects.bulk_create(
        [get_model("catalogue", "ProductCategory")(product=product, category=category)]  # sends no signal
    )
    assert not members(curation)
    services.rebuild(trigger=Generation.Trigger.COMMAND)
    assert members(curation) == {product.pk}


def test_a_failing_refresh_does_not_reach_the_merchant(
    committed: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(services, "refresh_members", fail_in_the_database)
    (product,) = products(1)
    with committed():
        Curation.objects.create(action=Exclude, product=product)
    assert [record.reason for record in caplog.records if record.levelno >= logging.ERROR] == [
        "recommendations.refresh"
    ]


@pytest.mark.django_db(transaction=True)
def test_oscars_own_recommendations_let_what_is_remembered_expire() -> None:
    one, other = products(2)
    before = version()
    recommendation = get_model("catalogue", "ProductRecommendation").objects.create(primary=one, recommendation=other)
    created = version()
    recommendation.delete()
    assert before < created < version()
