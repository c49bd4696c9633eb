"""What the widgets of a page cost: a fixed number of queries, fewer when warm, and never a stale choice."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from upsell.core.breaker import cache_breaker
from upsell.core.serving.memo import forget
from upsell.recommendations.base import Table
from upsell.recommendations.components import shelf
from upsell.recommendations.services import bump_version
from upsell.recommendations.serving import store
from upsell.testing import (
    add_affinity,
    add_curation,
    add_popularity,
    count_queries,
    make_product,
    make_request,
    publish_generation,
)

pytestmark = pytest.mark.django_db

WIDGETS = ("frequently_bought_together", "customers_also_bought", "similar_products", "trending_products")
COLD, WARM = 5, 1


def show_page(product: Any, request: Any = None) -> list[list[str]]:
    request = request or make_request()
    found = [shelf(widget, request=request, product=product if "trend" not in widget else None) for widget in WIDGETS]
    return [[card.title for card in one.cards] if one else [] for one in found]


def make_shop(neighbours: int) -> Any:
    camera = make_product("Camera")
    category = factories.CategoryFactory()
    factories.ProductCategoryFactory(product=camera, category=category)
    for number in range(neighbours):
        neighbour = make_product(f"Neighbour {number}")
        factories.ProductCategoryFactory(product=neighbour, category=category)
        add_affinity(camera, neighbour, table=list(Table)[number % 3])
        add_popularity(neighbour, trend=number)
    parent = make_product("Shirt", price=None, structure="parent")
    for _ in range(3):
        child = get_model("catalogue", "Product").objects.create(structure="child", parent=parent)
        factories.StockRecordFactory(product=child, num_in_stock=3)
    add_affinity(camera, parent, table=Table.BASKET)
    add_curation("pin", neighbour, beside_product=camera)
    add_curation("boost", neighbour)
    get_model("catalogue", "ProductRecommendation").objects.create(primary=camera, recommendation=neighbour)
    return camera


@pytest.mark.parametrize("neighbours", [1, 20])
def test_a_page_with_all_widgets_costs_the_same_whatever_the_catalogue(neighbours: int) -> None:
    camera = make_shop(neighbours)
    with count_queries() as cold:
        first = show_page(camera)
    assert len(cold) == COLD
    with count_queries() as warm:
        assert show_page(camera) == first
    assert len(warm) == WARM
    forget()  # another process, which finds it in the cache
    with count_queries() as warm:
        assert show_page(camera) == first
    assert len(warm) == WARM


def test_a_basket_page_costs_the_same_whatever_the_basket() -> None:
    camera = make_shop(20)
    costs = []
    for lines in (1, 12):
        request = make_request()
        for number in range(lines):
            add_affinity(product := make_product(f"Line {number}"), camera, table=Table.BASKET)
            request.basket.add_product(product)
        list(request.basket.all_lines())  # as the page itself has done
        with count_queries() as cold:
            assert shelf("complete_your_basket", request=request, basket=request.basket)
        costs.append(len(cold))
    assert costs == [COLD, COLD]


def test_an_anonymous_visitor_without_a_basket_costs_no_query_for_it() -> None:
    camera = make_shop(1)
    with count_queries() as queries:
        show_page(camera)
    assert not [query for query in queries if "basket" in query]


def test_rendering_the_cards_costs_no_query() -> None:
    camera = make_shop(20)
    found = shelf("customers_also_bought", request=make_request(), product=camera)
    with count_queries() as queries:
        for card in found.cards:
            str(card.product.get_product_class().name)
            list(card.product.stockrecords.all())
            list(card.product.get_public_children())
            assert card.product.has_options in (True, False)
    assert len(queries) == 0


def test_without_a_cache_a_page_is_cold_each_time() -> None:
    camera = make_shop(3)
    with override_settings(UPSELL_CACHE_SECONDS=0):
        show_page(camera)
        with count_queries() as queries:
            show_page(camera)
    assert len(queries) == COLD


# --- freshness --------------------------------------------------------------------------------------------------------


def test_a_warm_page_follows_a_change_of_the_tables_at_once() -> None:
    camera = make_shop(3)
    before = show_page(camera)
    publish_generation()
    assert show_page(camera) != before


@pytest.mark.parametrize("remembered", ["by the process", "by the cache"])
def test_a_change_by_another_process_is_noticed_without_clearing_anything(remembered: str) -> None:
    camera, bag = make_product("Camera"), make_product("Bag")
    add_affinity(camera, bag)
    curation = add_curation("exclude", bag, is_active=False)
    assert show_page(camera)[0] == ["Bag"]
    type(curation).objects.update(is_active=True)
    bump_version()
    if remembered == "by the cache":
        forget()
    with count_queries() as queries:
        assert show_page(camera)[0] == []
    assert len(queries) <= 6


def test_what_is_remembered_ends_when_a_curation_begins(time_machine: Any) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    camera, bag = make_product("Camera"), make_product("Bag")
    add_affinity(camera, bag)
    add_curation("exclude", bag, starts_at=now + timedelta(minutes=1))
    assert show_page(camera)[0] == ["Bag"]
    time_machine.move_to(now + timedelta(minutes=1), tick=False)
    assert show_page(camera)[0] == []


def test_a_hidden_product_goes_from_a_warm_page_without_any_signal() -> None:
    camera, bag = make_product("Camera"), make_product("Bag")
    add_affinity(camera, bag)
    assert show_page(camera)[0] == ["Bag"]
    type(bag).objects.filter(pk=bag.pk).update(is_public=False)
    assert show_page(camera)[0] == []


def test_nothing_is_kept_while_no_generation_was_ever_published() -> None:
    camera, bag = make_product("Camera"), make_product("Bag")
    recommend = get_model("catalogue", "ProductRecommendation").objects.create
    assert show_page(camera)[1] == []
    recommend(primary=camera, recommendation=bag)
    assert show_page(camera)[0] == ["Bag"]


def test_cached_entries_are_json_without_prices() -> None:
    make_shop_and_show = make_shop(3)
    show_page(make_shop_and_show)
    entries = caches["default"].get_many([key.split(":", 2)[2] for key in caches["default"]._cache])
    assert entries
    assert all(isinstance(entry, str) for key, entry in entries.items() if "upsell" in key)


# --- a cache that misbehaves ------------------------------------------------------------------------------------------


class BrokenCache:
    def __init__(self) -> None:
        self.asked = 0

    def get_many(self, keys: Any) -> Any:
        self.asked += 1
        raise ConnectionError("the cache is gone")

    set_many = get_many


def test_a_broken_cache_is_left_alone_after_the_first_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    camera, bag = make_product("Camera"), make_product("Bag")
    add_affinity(camera, bag)
    broken = BrokenCache()
    monkeypatch.setattr(store, "caches", {"default": broken})
    for _ in range(3):
        forget()
        assert show_page(camera)[0] == ["Bag"]
    assert broken.asked == 1
    assert [record.reason for record in caplog.records if hasattr(record, "reason")] == ["cache.failed"]


def test_a_slow_cache_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    camera, bag = make_product("Camera"), make_product("Bag")
    add_affinity(camera, bag)
    monkeypatch.setattr(cache_breaker, "patience", -1.0)
    show_page(camera)
    assert cache_breaker.is_open
    forget()
    with count_queries() as queries:
        assert show_page(camera)[0] == ["Bag"]
    assert len(queries) == COLD


def test_savepoints_are_no_queries_of_ours() -> None:
    camera = make_shop(1)
    with CaptureQueriesContext(connection) as everything, count_queries() as about_data:
        show_page(camera)
    assert len(everything) >= len(about_data) == COLD
    if connection.vendor == "sqlite":
        assert len(everything) == COLD
