"""What shoppers find on the shelf beside their basket, what it costs to look, and what a press on it does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.template import engines
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from oscar.core.loading import get_model
from oscar.test import factories

from upsell.bumps.components import pop_shelf_for
from upsell.models import Popularity, ShelfItem
from upsell.recommendations.base import Table
from upsell.recommendations.components import shelf
from upsell.recommendations.services import bump_version
from upsell.testing import (
    add_affinity,
    add_curation,
    add_popularity,
    change_live,
    count_queries,
    make_product,
    make_request,
    make_shelf_item,
    publish_generation,
)

pytestmark = pytest.mark.django_db

COLD, WARM = 2, 1


@pytest.fixture(autouse=True)
def generation() -> Any:
    now = timezone.now()
    return publish_generation(first_order_at=now - timedelta(days=140), last_order_at=now)


def with_basket(*products: Any) -> Any:
    request = make_request()
    for product in products:
        request.basket.add_product(product)
    assert request.basket.total_incl_tax >= 0  # read and priced, as the page itself has done
    return request


def again(request: Any) -> Any:
    """Ask for the page once more."""
    fresh = make_request(basket=request.basket)
    list(fresh.basket.all_lines())
    return fresh


def shown(request: Any, **options: Any) -> list[str]:
    found = pop_shelf_for(request.basket, request=request, **options)
    return [card.title for card in found.cards] if found else []


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="80.00")


def test_an_empty_basket_sees_no_shelf(camera: Any) -> None:
    make_shelf_item(make_product("Cloth", price="4.00"))
    assert shown(make_request()) == []


def test_a_merchants_first_picks_stand_before_what_was_learned_and_the_last_behind(camera: Any) -> None:
    cloth, strap = make_product("Cloth", price="4.00"), make_product("Strap", price="9.00")
    add_popularity(strap)
    add_affinity(camera, strap, table=Table.BASKET)
    item = make_shelf_item(cloth, weight=10)
    assert shown(with_basket(camera)) == ["Cloth", "Strap"]
    item.weight = 1
    item.save()
    assert shown(with_basket(camera)) == ["Strap", "Cloth"]


def test_what_goes_with_the_basket_stands_before_what_merely_sells(camera: Any) -> None:
    for number in range(5):
        add_popularity(make_product(f"Seller {number}", price="3.00"), orders=100)
    strap = make_product("Strap", price="9.00")
    add_affinity(camera, strap, table=Table.BASKET)
    found = shown(with_basket(camera))
    assert found[0] == "Strap"
    assert len(found) == 4


def test_nothing_is_dearer_than_the_share_of_the_basket_allows(camera: Any) -> None:
    for price in ("4.00", "12.00", "12.01", "60.00"):
        make_shelf_item(make_product(price, price=price))
    assert set(shown(with_basket(camera))) == {"4.00", "12.00"}
    assert set(shown(with_basket(camera), share=0.05)) == {"4.00"}
    assert set(shown(with_basket(camera), share=0.9)) == {"4.00", "12.00", "12.01", "60.00"}


def test_a_small_basket_still_sees_what_is_under_the_floor() -> None:
    cheap = make_product("Sticker", price="2.00")
    for price in ("4.00", "5.01"):
        make_shelf_item(make_product(price, price=price))
    assert shown(with_basket(cheap)) == ["4.00"]
    assert set(shown(with_basket(cheap), floor="6")) == {"4.00", "5.01"}
    assert shown(with_basket(cheap), floor=0) == []


def test_the_floor_of_another_currency_is_not_taken(settings: Any) -> None:
    settings.UPSELL_SHELF_PRICE_FLOOR = {"EUR": 5}
    make_shelf_item(make_product("Cloth", price="4.00"))
    assert shown(with_basket(make_product("Sticker", price="2.00"))) == []


def test_what_is_in_the_basket_hidden_sold_out_or_without_a_price_never_stands(camera: Any) -> None:
    held, hidden, sold_out, unpriced = (
        make_product("Held", price="3.00"),
        make_product("Hidden", price="3.00", is_public=False),
        make_product("Sold out", price="3.00", stock=0),
        make_product("Unpriced", price=None),
    )
    for product in (held, hidden, sold_out, unpriced, make_product("Cloth", price="4.00")):
        make_shelf_item(product)
        add_popularity(product)
        add_affinity(camera, product, table=Table.BASKET)
    assert shown(with_basket(camera, held)) == ["Cloth"]


def test_what_sold_out_a_moment_ago_is_gone_at_once(camera: Any) -> None:
    cloth = make_product("Cloth", price="4.00")
    make_shelf_item(cloth)
    request = with_basket(camera)
    assert shown(request) == ["Cloth"]
    get_model("partner", "StockRecord").objects.filter(product=cloth).update(num_in_stock=0)
    assert shown(again(request)) == []


def test_a_price_that_rose_above_the_cap_a_moment_ago_is_gone_at_once(camera: Any) -> None:
    cloth = make_product("Cloth", price="4.00")
    make_shelf_item(cloth)
    request = with_basket(camera)
    assert shown(request) == ["Cloth"]
    get_model("partner", "StockRecord").objects.filter(product=cloth).update(price=Decimal(40))
    assert shown(again(request)) == []


def test_what_a_merchant_excludes_everywhere_never_stands(camera: Any) -> None:
    cloth, strap = make_product("Cloth", price="4.00"), make_product("Strap", price="4.00")
    for product in (cloth, strap):
        make_shelf_item(product)
    add_curation("exclude", cloth)
    assert shown(with_basket(camera)) == ["Strap"]


def test_nothing_is_shown_twice_on_a_page(camera: Any) -> None:
    cloth = make_product("Cloth", price="4.00")
    add_affinity(camera, cloth, table=Table.BASKET)
    make_shelf_item(cloth)
    request = with_basket(camera)
    assert shelf("complete_your_basket", request=request, basket=request.basket)
    assert shown(request) == []


def test_a_season_comes_and_goes_by_the_calendar(camera: Any) -> None:
    make_shelf_item(make_product("Gift wrap", price="3.00"), season_from=1124, season_until=106)
    for month, day, expected in ((11, 23, []), (11, 24, ["Gift wrap"]), (12, 31, ["Gift wrap"])):
        with time_machine.travel(datetime(2026, month, day, 12, tzinfo=UTC), tick=False):
            assert shown(with_basket(camera)) == expected
    with time_machine.travel(datetime(2027, 1, 7, 12, tzinfo=UTC), tick=False):
        assert shown(with_basket(camera)) == []


def test_a_schedule_that_begins_meanwhile_is_followed_from_memory(camera: Any) -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        make_shelf_item(make_product("Cloth", price="4.00"), starts_at=at + timedelta(minutes=5))
        make_shelf_item(make_product("Strap", price="4.00"), ends_at=at + timedelta(minutes=5))
        request = with_basket(camera)
        assert shown(request) == ["Strap"]
    with time_machine.travel(at + timedelta(minutes=6), tick=False):
        assert shown(again(request)) == ["Cloth"]


def test_what_is_switched_off_does_not_stand_and_a_change_shows_at_once(camera: Any) -> None:
    item = make_shelf_item(make_product("Cloth", price="4.00"))
    request = with_basket(camera)
    assert shown(request) == ["Cloth"]
    item.is_active = False
    item.save()
    assert shown(again(request)) == []
    item.is_active = True
    item.save()
    assert shown(again(request)) == ["Cloth"]
    item.delete()
    assert shown(again(request)) == []


def test_a_category_puts_its_best_small_things_forward_with_those_below_it(camera: Any) -> None:
    root = get_model("catalogue", "Category").add_root(name="Care")
    below, other = root.add_child(name="Cloths"), get_model("catalogue", "Category").add_root(name="Other")
    for title, price, category in (("Cloth", "4.00", below), ("Case", "50.00", root), ("Toy", "3.00", other)):
        factories.ProductCategoryFactory(product=make_product(title, price=price), category=category)
    make_shelf_item(root)
    assert shown(with_basket(camera)) == ["Cloth"]


def test_what_sells_out_within_a_week_is_spared_and_plenty_is_cleared_first(camera: Any, generation: Any) -> None:
    scarce, plenty, usual = (
        make_product(title, price="4.00", stock=stock)
        for title, stock in (("Scarce", 3), ("Plenty", 500), ("Usual", 40))
    )
    for product in (scarce, plenty, usual):
        row = add_popularity(product, orders=140)
        Popularity.objects.filter(pk=row.pk).update(recent_orders=28, units=140)
    change_live()
    make_shelf_item(scarce)
    make_shelf_item(plenty, stock_rule=ShelfItem.Stock.CLEAR)
    make_shelf_item(usual)
    assert shown(with_basket(camera)) == ["Plenty", "Usual"]


def test_the_shelf_keeps_still_within_a_day_and_moves_with_the_days(camera: Any) -> None:
    for number in range(6):
        make_shelf_item(make_product(f"Thing {number}", price="4.00"))
    seen = []
    for hour in range(0, 24 * 14, 8):
        with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour), tick=False):
            seen.append(tuple(shown(with_basket(camera))))
    by_day = [set(seen[start : start + 3]) for start in range(0, len(seen), 3)]
    assert all(len(orders) == 1 for orders in by_day)
    assert len(set(seen)) > 1


def test_what_comes_in_variants_leads_to_its_page(camera: Any) -> None:
    parent = make_product("Sock", price=None, structure="parent")
    child = get_model("catalogue", "Product").objects.create(structure="child", parent=parent)
    factories.StockRecordFactory(product=child, num_in_stock=3, price=Decimal("4.00"))
    make_shelf_item(parent)
    request = with_basket(camera)
    (card,) = pop_shelf_for(request.basket, request=request).cards
    assert (card.needs_options, card.action) == (True, "Choose options")


@pytest.mark.parametrize("number", [1, 60])
def test_a_look_costs_two_queries_at_first_and_one_later_whatever_there_is(camera: Any, number: int) -> None:
    category = get_model("catalogue", "Category").add_root(name="Care")
    make_shelf_item(category)
    for one in range(number):
        product = make_product(f"Thing {one}", price="4.00")
        factories.ProductCategoryFactory(product=product, category=category)
        factories.ProductImageFactory(product=product)
        add_popularity(product)
        add_affinity(camera, product, table=Table.BASKET)
        make_shelf_item(make_product(f"Pick {one}", price="4.00"))
    request = with_basket(camera)
    shown(request)  # lets pictures be made
    bump_version()
    first = again(request)
    with count_queries() as cold:
        seen = shown(first)
    assert seen
    later = again(request)
    with count_queries() as warm:
        assert shown(later) == seen
    assert (len(cold), len(warm)) == (COLD, WARM)


def test_another_basket_of_much_the_same_value_reads_but_once_more(camera: Any) -> None:
    make_shelf_item(make_product("Cloth", price="4.00"))
    shown(with_basket(camera))
    other = with_basket(make_product("Lens", price="82.00"))
    with count_queries() as queries:
        assert shown(other) == ["Cloth"]
    assert len(queries) == 2
    assert "shelfitem" not in "".join(queries)


def test_a_change_between_two_baskets_is_seen_by_both(camera: Any) -> None:
    item = make_shelf_item(make_product("Cloth", price="4.00"))
    assert shown(with_basket(camera)) == ["Cloth"]
    item.is_active = False
    item.save()
    assert shown(with_basket(make_product("Lens", price="82.00"))) == []
    assert shown(with_basket(camera)) == []


def test_a_fault_shows_no_shelf_and_spares_the_page(camera: Any, monkeypatch: Any, caplog: Any) -> None:
    make_shelf_item(make_product("Cloth", price="4.00"))
    monkeypatch.setattr("upsell.bumps.serving.shelving.arranged", lambda *args: 1 / 0)
    assert shown(with_basket(camera)) == []
    assert "bumps.shelf" in caplog.text or caplog.records


def test_the_tag_marks_the_price_and_the_press_charges_just_that(client: Client, camera: Any) -> None:
    cloth = make_product("Cloth", price="4.20")
    make_shelf_item(cloth)
    client.post(reverse("basket:add", kwargs={"pk": camera.pk}), {"quantity": 1})
    basket = get_model("basket", "Basket").objects.get()
    request = make_request(basket=basket, path="/basket/")
    source = "{% load upsell_tags %}{% pop_shelf basket %}"
    page = engines["django"].from_string(source).render({"basket": basket}, request)
    assert 'data-upsell="pop_shelf"' in page
    assert 'data-upsell-amount="price">£4.20<' in page
    assert "Small things people like to have" in strip_tags(page)
    answer = client.post(
        reverse("upsell:set-add"), {"product": cloth.pk, "next": "/basket/", "once": "x", "price": "0.01"}
    )
    assert answer.status_code == 302
    line = basket.lines.get(product=cloth)
    assert (line.quantity, line.price_incl_tax) == (1, Decimal("4.20"))
    undo = client.get("/basket/").content.decode()
    assert reverse("upsell:set-undo") in undo


def test_without_a_request_or_switched_off_there_is_no_shelf(camera: Any, settings: Any) -> None:
    make_shelf_item(make_product("Cloth", price="4.00"))
    request = with_basket(camera)
    template = engines["django"].from_string("{% load upsell_tags %}{% pop_shelf basket %}")
    assert template.render({"basket": request.basket}) == ""
    settings.UPSELL_ENABLED = False
    assert template.render({"basket": request.basket}, request) == ""
