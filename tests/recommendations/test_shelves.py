"""What a widget shows of what was learned, and what never appears."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from upsell.core.trace import Code
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.components import Shelf, shelf, verdicts
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

Product = get_model("catalogue", "Product")
ALSO = "customers_also_bought"
SET = "frequently_bought_together"


def also_bought(product: Any, *neighbours: Any, **fields: Any) -> None:
    for neighbour in neighbours:
        add_affinity(product, neighbour, table=Table.BASKET, **fields)


def titles(found: Shelf | None) -> list[str]:
    return [card.title for card in found.cards] if found else []


def shown(product: Any, widget: str = ALSO, request: Any = None, **given: Any) -> list[str]:
    return titles(shelf(widget, request=request or make_request(), product=product, **given))


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="100.00")


@pytest.fixture
def bag() -> Any:
    return make_product("Bag", price="25.00")


def make_variants(title: str, *prices: str, stock: int = 5) -> Any:
    parent = make_product(title, price=None, structure=Product.PARENT)
    for number, price in enumerate(prices):
        child = Product.objects.create(structure=Product.CHILD, parent=parent, title=f"{title} {number}")
        factories.StockRecordFactory(product=child, price=Decimal(price), num_in_stock=stock, num_allocated=None)
    return parent


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_neighbours_are_shown_in_their_order(camera: Any) -> None:
    also_bought(camera, *(make_product(f"Neighbour {number}") for number in range(5)))
    assert shown(camera) == [f"Neighbour {number}" for number in range(5)]


def test_a_card_has_price_availability_address_and_reason(camera: Any, bag: Any) -> None:
    also_bought(camera, bag)
    (card,) = shelf(ALSO, request=make_request(), product=camera).cards
    assert (card.price_text, card.price.excl_tax) == ("£25.00", Decimal("25.00"))
    assert card.availability.is_available_to_buy
    assert card.url == bag.get_absolute_url()
    assert card.reason == "Often bought with Camera"
    assert not card.needs_options
    assert card.product == bag


def test_a_product_nobody_bought_shows_nothing(camera: Any) -> None:
    assert shelf(ALSO, request=make_request(), product=camera) is None
    publish_generation()
    assert shelf(ALSO, request=make_request(), product=camera) is None


def test_rows_of_another_generation_are_not_shown(camera: Any, bag: Any) -> None:
    also_bought(camera, bag)
    assert shown(camera) == ["Bag"]
    publish_generation()
    assert shown(camera) == []


def test_no_more_than_configured_or_asked_for(camera: Any) -> None:
    also_bought(camera, *(make_product(f"Neighbour {number}") for number in range(9)))
    assert len(shown(camera)) == 6
    assert len(shown(camera, limit=2)) == 2
    with override_settings(UPSELL_MAX_RECOMMENDATIONS=4):
        assert len(shown(camera)) == 4


def test_the_set_has_the_product_itself_and_what_is_bought_with_it(camera: Any, bag: Any) -> None:
    for neighbour in (bag, *(make_product(f"Neighbour {number}") for number in range(4))):
        add_affinity(camera, neighbour)
    found = shelf(SET, request=make_request(), product=camera)
    assert found.subject.title == "Camera"
    assert titles(found) == ["Bag", "Neighbour 0", "Neighbour 1"]
    assert found.together_text == "£145.00"
    assert found.sums == [
        "£100.00", "£125.00", "£110.00", "£135.00", "£110.00", "£135.00", "£120.00", "£145.00"
    ]  # fmt: skip


def test_two_widgets_of_a_page_never_show_the_same_product(camera: Any, bag: Any) -> None:
    other = make_product("Strap")
    add_affinity(camera, bag)
    also_bought(camera, bag, other)
    request = make_request()
    assert shown(camera, SET, request) == ["Bag"]
    assert shown(camera, ALSO, request) == ["Strap"]
    assert shown(camera, ALSO, make_request()) == ["Bag", "Strap"]


def test_a_variants_page_shows_what_was_learned_of_its_parent(bag: Any) -> None:
    shirt = make_variants("Shirt", "10.00", "12.00")
    also_bought(shirt, bag)
    assert shown(shirt.children.first()) == ["Bag"]
    add_affinity(shirt, bag)
    found = shelf(SET, request=make_request(), product=shirt.children.get(title="Shirt 0"))
    assert (found.subject.title, found.subject.needs_options) == ("Shirt 0", False)


def test_a_parent_is_shown_from_the_price_of_its_cheapest_variant(camera: Any) -> None:
    shirt = make_variants("Shirt", "12.00", "10.00")
    also_bought(camera, shirt, make_variants("Cap", "7.00", "7.00"))
    first, second = shelf(ALSO, request=make_request(), product=camera).cards
    assert (first.price_text, first.needs_options, first.price.excl_tax) == ("From £10.00", True, Decimal("10.00"))
    assert second.price_text == "£7.00"


def test_the_cheapest_variant_that_can_be_bought_makes_the_price(camera: Any) -> None:
    shirt = make_variants("Shirt", "12.00", "10.00")
    shirt.children.get(title="Shirt 1").stockrecords.update(num_in_stock=0)
    also_bought(camera, shirt)
    (card,) = shelf(ALSO, request=make_request(), product=camera).cards
    assert card.price_text == "£12.00"


def test_a_product_with_options_has_them_chosen_on_its_own_page(camera: Any, bag: Any) -> None:
    bag.product_options.add(factories.OptionFactory())
    also_bought(camera, bag)
    (card,) = shelf(ALSO, request=make_request(), product=camera).cards
    assert card.needs_options


def test_a_basket_is_completed_and_the_reason_names_the_product_in_it(camera: Any, bag: Any) -> None:
    lamp, strap = make_product("Lamp"), make_product("Strap")
    also_bought(camera, strap, score=0.5)
    also_bought(lamp, strap, score=0.9)
    also_bought(lamp, camera, bag, score=0.4)
    request = make_request()
    for product in (camera, lamp):
        request.basket.add_product(product)
    found = shelf("complete_your_basket", request=request, basket=request.basket)
    assert [(card.title, card.reason) for card in found.cards] == [
        ("Strap", "Often bought with Lamp"),
        ("Bag", "Often bought with Lamp"),
    ]
    assert found.heading == "Goes well with your basket"


def test_an_empty_basket_has_nothing_to_complete() -> None:
    request = make_request()
    assert shelf("complete_your_basket", request=request, basket=request.basket) is None


def test_trending_falls_back_to_best_sellers_and_says_so(camera: Any, bag: Any) -> None:
    add_popularity(camera)
    found = shelf("trending_products", request=make_request())
    assert (found.heading, [card.reason for card in found.cards]) == ("Best sellers", ["Popular here"])
    add_popularity(bag, trend=3.0)
    found = shelf("trending_products", request=make_request())
    assert (found.heading, [card.reason for card in found.cards]) == (
        "Trending now",
        ["Selling well lately", "Popular here"],
    )


def test_a_product_page_does_not_show_the_product_as_trending(camera: Any, bag: Any) -> None:
    add_popularity(camera, trend=3.0)
    add_popularity(bag, trend=2.0)
    request = make_request()
    shelf(ALSO, request=request, product=make_product("Lamp"))
    request = make_request()
    shelf(SET, request=request, product=camera)
    assert titles(shelf("trending_products", request=request)) == ["Bag"]


# --- fallbacks and reasons --------------------------------------------------------------------------------------------


def test_the_chain_ends_in_what_sells_and_then_in_nothing(camera: Any, settings: Any) -> None:
    settings.UPSELL_ENOUGH_RECOMMENDATIONS = 6
    category = factories.CategoryFactory()
    own, alike, near, best = (make_product(title) for title in ("Own", "Alike", "In the category", "Best seller"))
    for product in (camera, near):
        factories.ProductCategoryFactory(product=product, category=category)
    for product in (best, near):
        add_popularity(product)
    also_bought(camera, own, orders_together=1, reliable=False)
    add_affinity(camera, alike, table=Table.SIMILAR)
    found = shelf(ALSO, request=make_request(), product=camera)
    assert [(card.title, card.reason) for card in found.cards] == [
        ("Own", "Also bought with Camera"),
        ("Alike", "Like Camera"),
        ("In the category", "Popular here"),
        ("Best seller", "Popular here"),
    ]


def test_a_heading_claims_no_buyers_that_there_were_not(camera: Any) -> None:
    add_affinity(camera, make_product("Alike"), table=Table.SIMILAR)
    assert shelf(ALSO, request=make_request(), product=camera).heading == "You may also like"
    also_bought(camera, make_product("Own"))
    assert shelf(ALSO, request=make_request(), product=camera).heading == "Customers also bought"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"orders_together": 3, "reliable": True}, "Often bought with Camera"),
        ({"orders_together": 3, "reliable": False}, "Also bought with Camera"),
        ({"orders_together": 2, "reliable": False}, "Also bought with Camera"),
        ({"orders_together": 1, "reliable": False}, "Also bought with Camera"),
        ({"origin": Origin.NEAREST}, "Bought with products like Camera"),
    ],
)
def test_the_reason_says_no_more_than_is_known(camera: Any, bag: Any, fields: dict[str, Any], reason: str) -> None:
    also_bought(camera, bag, **fields)
    (card,) = shelf(ALSO, request=make_request(), product=camera).cards
    assert card.reason == reason


def test_frequently_bought_together_has_no_fallback(camera: Any, bag: Any) -> None:
    add_affinity(camera, bag, table=Table.SIMILAR)
    add_popularity(bag)
    add_affinity(camera, bag, origin=Origin.POPULAR)
    assert shown(camera, SET) == []


def test_a_chain_may_be_the_shops_own(camera: Any, bag: Any) -> None:
    add_popularity(bag)
    with override_settings(UPSELL_CHAINS={"similar_products": ("best_sellers",)}):
        assert shown(camera, "similar_products") == ["Bag"]


# --- what never appears -----------------------------------------------------------------------------------------------


def hide(product: Any) -> None:
    product.is_public = False
    product.save()


def delete(product: Any) -> None:
    product.delete()


def sell_out(product: Any) -> None:
    product.stockrecords.update(num_in_stock=0)


def remove_price(product: Any) -> None:
    product.stockrecords.all().delete()


def clear_price(product: Any) -> None:
    product.stockrecords.update(price=None)


@pytest.mark.parametrize("spoil", [hide, delete, sell_out, remove_price, clear_price])
@pytest.mark.parametrize("widget", [SET, ALSO, "similar_products", "trending_products"])
def test_what_cannot_be_bought_is_never_shown(camera: Any, bag: Any, spoil: Any, widget: str) -> None:
    for table in Table:
        add_affinity(camera, bag, table=table)
    add_popularity(bag, trend=1.0)
    add_curation("pin", bag)
    assert shown(camera, widget) == ["Bag"]
    spoil(bag)
    assert shown(camera, widget) == []


def test_prices_and_stock_are_never_from_the_cache(camera: Any, bag: Any) -> None:
    also_bought(camera, bag)
    assert shown(camera) == ["Bag"]
    bag.stockrecords.update(price=Decimal("31.00"))
    (card,) = shelf(ALSO, request=make_request(), product=camera).cards
    assert card.price_text == "£31.00"


def test_what_the_basket_holds_is_not_shown_in_any_variant(camera: Any, bag: Any) -> None:
    shirt = make_variants("Shirt", "10.00")
    also_bought(camera, bag, shirt)
    request = make_request()
    request.basket.add_product(bag)
    request.basket.add_product(shirt.children.get())
    assert shown(camera, request=request) == []


def test_a_product_is_never_beside_itself_or_its_variants(bag: Any) -> None:
    shirt = make_variants("Shirt", "10.00", "11.00")
    child, sibling = shirt.children.all()
    add_curation("pin", shirt)
    add_curation("pin", sibling)
    add_popularity(shirt)
    assert shown(child) == shown(shirt) == []


def test_a_variant_is_shown_as_its_parent(camera: Any) -> None:
    shirt = make_variants("Shirt", "10.00", "11.00")
    get_model("catalogue", "ProductRecommendation").objects.create(
        primary=camera, recommendation=shirt.children.first()
    )
    assert shown(camera) == ["Shirt"]


def test_a_parent_without_a_variant_to_buy_is_not_shown(camera: Any) -> None:
    also_bought(camera, make_variants("Shirt", "10.00", stock=0), make_variants("Cap"))
    assert shown(camera) == []


def test_hidden_variants_count_for_nothing(camera: Any) -> None:
    shirt = make_variants("Shirt", "10.00")
    shirt.children.update(is_public=False)
    also_bought(camera, shirt)
    assert shown(camera) == []


def test_the_shops_strategy_decides_who_may_buy(camera: Any, bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    also_bought(camera, bag, make_product("Strap"))
    request = make_request()
    policy = type(request.strategy).availability_policy

    def members_only(self: Any, product: Any, stockrecord: Any) -> Any:
        from oscar.apps.partner.availability import Unavailable  # noqa: TID251

        return Unavailable() if product.title == "Bag" else policy(self, product, stockrecord)

    monkeypatch.setattr(type(request.strategy), "availability_policy", members_only)
    assert shown(camera, request=request) == ["Strap"]


def test_another_currency_than_the_baskets_is_not_offered(camera: Any, bag: Any) -> None:
    also_bought(camera, bag, make_product("Strap"))
    bag.stockrecords.update(price_currency="EUR")
    assert shown(camera) == ["Bag", "Strap"]
    request = make_request()
    request.basket.add_product(make_product("Lamp"))
    assert shown(camera, request=request) == ["Strap"]


def test_a_substitute_completes_neither_a_set_nor_a_basket(camera: Any, bag: Any) -> None:
    category = factories.CategoryFactory()
    rival = make_product("Rival camera")
    for product in (camera, rival):
        factories.ProductCategoryFactory(product=product, category=category)
    for table in (Table.PRODUCT, Table.BASKET):
        add_affinity(camera, rival, table=table, orders_together=5, reliable=False)
        add_affinity(camera, bag, table=table, orders_together=5, reliable=True)
    request = make_request()
    assert shown(camera, SET, request) == ["Bag"]
    request.basket.add_product(camera)
    assert titles(
        shelf("complete_your_basket", request=make_request(basket=request.basket), basket=request.basket)
    ) == ["Bag"]


def test_what_rivals_one_thing_in_the_basket_is_not_offered_because_of_another(camera: Any, bag: Any) -> None:
    """A second camera shares its batteries with the first; that makes it no complement of a basket with a camera."""
    category = factories.CategoryFactory()
    rival, battery = make_product("Rival camera"), make_product("Battery")
    for product in (camera, rival):
        factories.ProductCategoryFactory(product=product, category=category)
    add_affinity(battery, rival, table=Table.BASKET, orders_together=9, reliable=True)
    add_affinity(battery, bag, table=Table.BASKET, orders_together=9, reliable=True)
    request = make_request()

    def completed() -> list[str]:
        fresh = make_request(basket=request.basket)
        return titles(shelf("complete_your_basket", request=fresh, basket=fresh.basket))

    request.basket.add_product(battery)
    assert sorted(completed()) == ["Bag", "Rival camera"]
    request.basket.add_product(camera)
    assert completed() == ["Bag"]
    add_affinity(camera, rival, table=Table.BASKET, orders_together=9, reliable=True)
    assert sorted(completed()) == ["Bag", "Rival camera"], "people do buy the two together"


def test_the_set_is_not_offered_when_the_product_itself_cannot_be_bought(camera: Any, bag: Any) -> None:
    add_affinity(camera, bag)
    sell_out(camera)
    assert shown(camera, SET) == []


def test_the_set_is_not_offered_on_the_page_of_a_variant_that_is_sold_out(bag: Any) -> None:
    shirt = make_variants("Shirt", "10.00", "12.00")
    add_affinity(shirt, bag)
    sold_out, available = shirt.children.order_by("pk")
    sell_out(sold_out)
    assert shown(available, SET) == ["Bag"]
    assert shown(sold_out, SET) == []


def test_candidates_behind_many_that_cannot_be_bought_are_still_found(camera: Any) -> None:
    neighbours = [make_product(f"Neighbour {number:02}") for number in range(20)]
    also_bought(camera, *neighbours)
    for product in neighbours[:18]:
        sell_out(product)
    with count_queries() as queries:
        assert shown(camera) == ["Neighbour 18", "Neighbour 19"]
    assert len(queries) <= 6


def test_the_switch_turns_everything_off(camera: Any, bag: Any) -> None:
    also_bought(camera, bag)
    with override_settings(UPSELL_ENABLED=False):
        assert shown(camera) == []


def test_no_category_fills_a_widget_while_others_have_candidates(camera: Any) -> None:
    category = factories.CategoryFactory()
    bags = [make_product(f"Bag {number}") for number in range(6)]
    for product in bags:
        factories.ProductCategoryFactory(product=product, category=category)
    also_bought(camera, *bags, *(make_product(f"Other {number}") for number in range(2)))
    assert shown(camera) == ["Bag 0", "Bag 1", "Bag 2", "Bag 3", "Other 0", "Other 1"]


# --- merchants' decisions ---------------------------------------------------------------------------------------------


def test_a_pin_comes_first_in_its_position(camera: Any, bag: Any) -> None:
    also_bought(camera, make_product("Strap"))
    add_curation("pin", make_product("Second pin"), position=2, beside_product=camera)
    add_curation("pin", bag, position=1, beside_product=camera)
    found = shelf(ALSO, request=make_request(), product=camera)
    assert [(card.title, card.reason) for card in found.cards] == [
        ("Bag", "Chosen by us"),
        ("Second pin", "Chosen by us"),
        ("Strap", "Often bought with Camera"),
    ]


def test_oscars_own_recommendations_are_pins_by_their_ranking(camera: Any, bag: Any) -> None:
    recommend = get_model("catalogue", "ProductRecommendation").objects.create
    recommend(primary=camera, recommendation=bag, ranking=1)
    recommend(primary=camera, recommendation=make_product("Strap"), ranking=5)
    hide(hidden := make_product("Hidden"))
    recommend(primary=camera, recommendation=hidden, ranking=9)
    assert shown(camera) == ["Strap", "Bag"]
    assert shown(camera, "similar_products") == []


def test_a_pin_of_a_category_or_range_holds_beside_its_products(camera: Any, bag: Any) -> None:
    category = factories.CategoryFactory()
    add_curation("pin", bag, beside_category=category, places=[camera])
    assert shown(camera) == ["Bag"]
    assert shown(make_product("Lamp")) == []


def test_a_curation_of_one_widget_leaves_the_others_alone(camera: Any, bag: Any) -> None:
    add_curation("pin", bag, widget="similar_products")
    assert shown(camera, "similar_products") == ["Bag"]
    assert shown(camera) == []


@pytest.mark.parametrize("where", ["everywhere", "here", "elsewhere"])
def test_an_exclusion_wins_where_it_holds(camera: Any, bag: Any, where: str) -> None:
    add_curation("pin", bag)
    also_bought(camera, bag)
    beside = {"here": camera, "elsewhere": make_product("Lamp")}.get(where)
    add_curation("exclude", bag, beside_product=beside)
    assert shown(camera) == (["Bag"] if where == "elsewhere" else [])


def test_the_products_of_an_excluded_category_are_not_shown(camera: Any, bag: Any) -> None:
    also_bought(camera, bag, make_product("Strap"))
    add_curation("exclude", None, category=factories.CategoryFactory(), subjects=[bag])
    assert shown(camera) == ["Strap"]


def test_boosts_and_buries_change_the_order(camera: Any, bag: Any) -> None:
    strap = make_product("Strap")
    also_bought(camera, strap, score=0.6)
    also_bought(camera, bag, score=0.4)
    boost = add_curation("boost", bag, factor=2.0)
    assert shown(camera) == ["Bag", "Strap"]
    add_curation("bury", bag, factor=2.0)
    assert shown(camera) == ["Strap", "Bag"]
    assert boost.is_active


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"starts_at": timedelta(days=-1)}, True),
        ({"starts_at": timedelta(days=1)}, False),
        ({"ends_at": timedelta(days=1)}, True),
        ({"ends_at": timedelta(days=-1)}, False),
    ],
)
@pytest.mark.parametrize("action", ["pin", "exclude"])
def test_a_curation_holds_while_it_is_active(
    camera: Any, bag: Any, action: str, fields: dict[str, Any], holds: bool
) -> None:
    if action == "exclude":
        also_bought(camera, bag)
    given = {name: timezone.now() + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    add_curation(action, bag, **given)
    assert (shown(camera) == ["Bag"]) is (holds == (action == "pin"))


def test_a_cached_pin_begins_and_ends_on_time(camera: Any, bag: Any, time_machine: Any) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    add_curation("pin", bag, starts_at=now + timedelta(minutes=1), ends_at=now + timedelta(minutes=2))
    assert shown(camera) == []
    time_machine.move_to(now + timedelta(minutes=1), tick=False)
    assert shown(camera) == ["Bag"]
    time_machine.move_to(now + timedelta(minutes=2), tick=False)
    assert shown(camera) == []


# --- why --------------------------------------------------------------------------------------------------------------


def test_every_candidate_is_accounted_for(camera: Any, bag: Any) -> None:
    wanted = {Code.SHOWN: bag}
    for code in (Code.HIDDEN, Code.UNAVAILABLE, Code.NO_PRICE, Code.EXCLUDED, Code.ELSEWHERE):
        wanted[code] = make_product(code.value)
    also_bought(camera, *wanted.values())
    hide(wanted[Code.HIDDEN])
    sell_out(wanted[Code.UNAVAILABLE])
    remove_price(wanted[Code.NO_PRICE])
    add_curation("exclude", wanted[Code.EXCLUDED])
    add_affinity(camera, wanted[Code.ELSEWHERE])
    told = verdicts(ALSO, request=make_request(), product=camera)
    assert {verdict.product_id: verdict.code for verdict in told} == {
        product.pk: code for code, product in wanted.items()
    }
    assert all(verdict.shown is (verdict.code == Code.SHOWN) for verdict in told)
    assert all(verdict.message.endswith(".") for verdict in told)


def test_verdicts_agree_with_the_shelf(camera: Any) -> None:
    also_bought(camera, *(make_product(f"Neighbour {number}") for number in range(9)))
    told = verdicts(ALSO, request=make_request(), product=camera)
    assert [verdict.code for verdict in told] == [Code.SHOWN] * 6 + [Code.FULL] * 3


def test_a_verdict_does_not_depend_on_the_merchants_own_basket(camera: Any, bag: Any) -> None:
    also_bought(camera, bag)
    request = make_request()
    request.basket.add_product(bag)
    assert [verdict.code for verdict in verdicts(ALSO, request=request, product=camera)] == [Code.SHOWN]
