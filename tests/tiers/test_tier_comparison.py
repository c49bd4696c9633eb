"""The comparison beside a product: what it says, when it says nothing, and what it costs."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, override_settings
from django.utils import timezone, translation
from django.utils.html import strip_tags
from oscar.core.loading import get_model
from oscar.test import factories

from tests.orders import placed
from tests.tiers.conftest import describe, make_variants
from upsell.models import TierContent
from upsell.testing import add_popularity, change_live, count_queries, make_ladder, make_product, make_request
from upsell.tiers.components import comparison_for, upgrade_for

pytestmark = pytest.mark.django_db


def compared(product: Any, **options: Any) -> Any:
    return comparison_for(product, request=make_request(**options))


# --- what it says -----------------------------------------------------------------------------------------------------


def test_steps_stand_side_by_side_with_prices_and_gaps_to_the_one_in_view(cameras: list[Any]) -> None:
    make_ladder(*cameras, levels=["First", "Steady", "Pro"])
    found = compared(cameras[1])
    assert [column.level for column in found.columns] == ["First", "Steady", "Pro"]
    assert [column.card.price_text for column in found.columns] == ["£479.00", "£849.00", "£1,649.00"]
    assert [column.gap for column in found.columns] == ["−£370.00", "", "+£800.00"]
    assert [column.in_view for column in found.columns] == [False, True, False]


def test_each_step_says_what_it_adds_to_the_one_before_and_what_merely_differs(cameras: list[Any]) -> None:
    make_ladder(cameras[0], (cameras[1], {"highlights": "Holds still for you\n\nHolds still for you\nTwo dials"}))
    first, second = compared(cameras[0]).columns
    assert (first.beyond, list(first.gains)) == ("", [])
    assert second.beyond == "L1 camera"
    assert list(second.gains) == [
        "Holds still for you",
        "Two dials",
        "Stabilised",
        "Megapixels: 26 instead of 20.1",
    ]
    assert list(second.others) == ["Grams: 448 instead of 372"]  # heavier is no gain


def test_of_a_weight_less_is_a_gain(cameras: list[Any]) -> None:
    light = describe(make_product("Carbon", price="1700", product_class=cameras[0].product_class), grams=300)
    make_ladder(cameras[2], light)
    assert list(compared(light).columns[1].gains) == ["Grams: 300 instead of 638"]
    with override_settings(UPSELL_LESS_IS_BETTER=[]):
        column = compared(light).columns[1]
    assert (list(column.gains), list(column.others)) == ([], ["Grams: 300 instead of 638"])


def test_what_all_share_is_kept_apart_from_what_differs(cameras: list[Any]) -> None:
    make_ladder(*cameras)
    found = compared(cameras[0])
    assert {row.name for row in found.rows} == {"Megapixels", "Stabilised", "Sealed", "Grams"}
    assert [(row.name, set(row.values)) for row in found.same] == [("Mount", {"L mount"})]
    assert next(row.values for row in found.rows if row.name == "Stabilised") == ("No", "Yes", "Yes")


def test_what_comes_with_a_step_is_a_gain(cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras[:2])
    jug, papers = make_product("Case"), make_product("Strap")
    tier = ladder.tiers.get(position=2)
    TierContent.objects.bulk_create(
        [TierContent(tier=tier, product=jug), TierContent(tier=tier, product=papers, units=2)]
    )
    assert list(compared(cameras[0]).columns[1].gains)[:2] == ["Includes Case", "Includes 2 × Strap"]


def test_texts_are_in_the_language_of_the_page(cameras: list[Any]) -> None:
    make_ladder(
        cameras[0],
        (cameras[1], {"level": "Pro", "translations": {"ja": {"level": "プロ", "highlights": "静か"}}}),
        translations={"ja": {"name": "カメラ"}},
    )
    with translation.override("ja"):
        found = compared(cameras[0])
    assert (found.name, found.columns[1].level, found.columns[1].gains[0]) == ("カメラ", "プロ", "静か")
    assert compared(cameras[0]).columns[1].level == "Pro"


def test_a_variant_in_view_stands_for_its_step(cameras: list[Any]) -> None:
    parent, children = make_variants("Bag", "50.00", "60.00")
    make_ladder(cameras[0], parent)
    for seen in (parent, *children):
        found = compared(seen)
        assert found.in_view.card.title == "Bag"
        assert found.in_view.card.price_text == "From £50.00"
        assert found.columns[0].gap == "from +£429.00"
        assert found.in_view.card.needs_options


def test_a_single_variant_can_be_a_step_and_its_siblings_see_the_ladder(cameras: list[Any]) -> None:
    parent, children = make_variants("Bag", "50.00", "60.00")
    make_ladder(children[1], cameras[0])
    for seen in (parent, *children):
        found = compared(seen)
        assert found.in_view.card.price_text == "£60.00"
        assert not found.in_view.card.needs_options


# --- "most popular" ---------------------------------------------------------------------------------------------------


def test_the_merchant_may_choose_what_is_most_popular(cameras: list[Any]) -> None:
    make_ladder(cameras[0], (cameras[1], {"is_popular": True}), popular="chosen")
    assert [column.is_popular for column in compared(cameras[0]).columns] == [False, True]


@pytest.mark.parametrize(
    ("orders", "marked"),
    [((40, 12, 3), 0), ((30, 28, 3), None), ((9, 0, 0), None), ((None, None, None), None), ((3, 2, 60), 2)],
)
def test_sales_mark_a_step_only_if_it_leads_beyond_chance(
    cameras: list[Any], orders: tuple[int | None, ...], marked: int | None
) -> None:
    make_ladder(*cameras, popular="sales")
    for camera, count in zip(cameras, orders, strict=True):
        if count is not None:
            add_popularity(camera, orders=count)
    found = [column.is_popular for column in compared(cameras[0]).columns]
    assert found == [place == marked for place in range(3)]


def test_no_mark_is_shown_unless_asked_for(cameras: list[Any]) -> None:
    make_ladder(cameras[0], (cameras[1], {"is_popular": True}))
    add_popularity(cameras[0], orders=100)
    assert not any(column.is_popular for column in compared(cameras[0]).columns)


# --- when it says nothing ---------------------------------------------------------------------------------------------


def test_nothing_with_fewer_than_two_that_can_be_bought(cameras: list[Any]) -> None:
    make_ladder(*cameras[:2])
    records = get_model("partner", "StockRecord").objects.filter(product=cameras[1])
    records.update(num_in_stock=0)
    assert compared(cameras[0]) is None
    records.update(num_in_stock=1)
    assert compared(cameras[0]) is not None


def test_what_is_sold_out_is_said_and_cannot_be_chosen(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras)
    get_model("partner", "StockRecord").objects.filter(product=cameras[2]).update(num_in_stock=0)
    found = compared(cameras[0])
    assert [column.available for column in found.columns] == [True, True, False]
    html = draw("tier_comparison product", make_request(), product=cameras[0])
    assert html.count("Not available at the moment.") == 1
    assert f'value="{cameras[2].pk}"' not in html


def test_hidden_unpriced_and_foreign_products_are_left_out(cameras: list[Any]) -> None:
    hidden, unpriced = make_product("Hidden", is_public=False), make_product("Unpriced", price=None)
    foreign = make_product("Foreign")
    foreign.stockrecords.update(price_currency="JPY")
    make_ladder(cameras[0], hidden, unpriced, foreign, cameras[1])
    assert [column.card.title for column in compared(cameras[0]).columns] == ["L1 camera", "L3 camera"]


@pytest.mark.parametrize("status", ["draft", "paused", "ended"])
def test_only_active_ladders_are_shown(cameras: list[Any], status: str) -> None:
    make_ladder(*cameras, status=status)
    assert compared(cameras[0]) is None


def test_a_ladder_keeps_its_times_to_the_second_though_it_is_remembered(
    cameras: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    starts, ends = now + timedelta(hours=1), now + timedelta(hours=2)
    make_ladder(*cameras, starts_at=starts, ends_at=ends)
    for moment, is_shown in (
        (now, False),
        (starts - timedelta(seconds=1), False),
        (starts, True),
        (ends - timedelta(seconds=1), True),
        (ends, False),
    ):
        monkeypatch.setattr("upsell.tiers.serving.reading.timezone.now", lambda moment=moment: moment)
        assert (compared(cameras[0]) is not None) == is_shown, moment


def test_a_product_of_no_ladder_has_no_comparison(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras)
    assert draw("tier_comparison product", make_request(), product=make_product()) == ""


@override_settings(UPSELL_ENABLED=False)
def test_the_switch_turns_it_off(cameras: list[Any]) -> None:
    make_ladder(*cameras)
    assert compared(cameras[0]) is None
    assert upgrade_for(cameras[0], request=make_request()) is None


def test_a_failure_shows_nothing_and_leaves_the_page(
    cameras: list[Any], draw: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ladder(*cameras)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("upsell.tiers.serving.building.ladder_of", fail)
    assert draw("tier_comparison product", make_request(), product=cameras[0]) == ""
    assert draw("upgrade_offer product", make_request(), product=cameras[0]) == ""


# --- for whom ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audience", "guest", "newcomer", "regular"),
    [
        ({}, True, True, True),
        ({"signed_in": True}, False, True, True),
        ({"signed_in": False}, True, False, False),
        ({"customers": "new"}, False, True, False),
        ({"customers": "returning"}, False, False, True),
        ({"languages": ["en"]}, True, True, True),
        ({"languages": ["ja"]}, False, False, False),
        ({"countries": ["GB"]}, False, False, True),
        ({"nonsense": 1}, False, False, False),
    ],
)
def test_only_those_are_shown_it_who_surely_belong_to_its_audience(
    cameras: list[Any], audience: dict[str, Any], guest: bool, newcomer: bool, regular: bool
) -> None:
    make_ladder(*cameras, audience=audience)
    people = [AnonymousUser(), factories.UserFactory(), factories.UserFactory()]
    country = factories.CountryFactory(iso_3166_1_a2="GB")
    factories.UserAddressFactory(user=people[2], country=country)
    placed(make_product(), user=people[2])
    shown = [compared(cameras[0], user=person) is not None for person in people]
    assert shown == [guest, newcomer, regular]


def test_past_purchases_can_be_a_condition(cameras: list[Any]) -> None:
    parent, children = make_variants("Lens", "10.00")
    make_ladder(*cameras, audience={"bought": [parent.pk], "bought_days": 30})
    buyer = factories.UserFactory()
    assert compared(cameras[0], user=buyer) is None
    order = placed(children[0], user=buyer)
    assert compared(cameras[0], user=buyer) is not None
    get_model("order", "Order").objects.filter(pk=order.pk).update(date_placed=timezone.now() - timedelta(days=31))
    assert compared(cameras[0], user=buyer) is None


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_four_steps_cost_four_queries_at_first_and_one_from_then_on(cameras: list[Any]) -> None:
    best = describe(make_product("L9", price="2000", product_class=cameras[0].product_class), megapixels=50.0)
    make_ladder(*cameras, best, popular="sales")
    add_popularity(cameras[0], orders=50)
    with count_queries() as cold:
        found = compared(cameras[1])
    assert len(found.columns) == 4
    assert len(cold) <= 4, cold
    assert upgrade_for(cameras[1], request=make_request()) is not None  # knows from now on that no price is special
    request = make_request()
    with count_queries() as warm:
        again = comparison_for(cameras[1], request=request)
        assert upgrade_for(cameras[1], request=request) is not None
    assert len(warm) == 1, warm
    assert [column.gains for column in again.columns] == [column.gains for column in found.columns]


def test_a_product_of_no_ladder_costs_one_query_once_that_is_known(cameras: list[Any]) -> None:
    make_ladder(*cameras)
    lonely = make_product()
    compared(lonely)
    with count_queries() as warm:
        assert compared(lonely) is None
    assert len(warm) == 1, warm


def test_prices_and_stock_are_never_remembered(cameras: list[Any]) -> None:
    make_ladder(*cameras)
    compared(cameras[0])
    cameras[1].stockrecords.update(price=Decimal("500.00"))
    cameras[2].stockrecords.update(num_in_stock=0)
    found = compared(cameras[0])
    assert found.columns[1].gap == "+£21.00"
    assert not found.columns[2].available


def test_facts_change_at_once_when_the_ladder_does(cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras, levels=["A", "B", "C"])
    assert compared(cameras[0]).columns[0].level == "A"
    ladder.tiers.filter(position=1).update(level="Z")
    assert compared(cameras[0]).columns[0].level == "A"
    change_live()
    assert compared(cameras[0]).columns[0].level == "Z"


# --- the step up ------------------------------------------------------------------------------------------------------


def test_the_step_up_has_one_gain_one_gap_and_the_way_there(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras, levels=["First", "Steady", "Pro"])
    html = draw("upgrade_offer product", make_request(), product=cameras[0])
    assert "Step up to Steady for +£370.00: Stabilised." in strip_tags(html)
    assert f'href="{cameras[1].get_absolute_url()}"' in html
    assert draw("upgrade_offer product", make_request(), product=cameras[2]) == ""


def test_the_step_up_passes_over_what_is_sold_out_cheaper_or_has_nothing_to_show(cameras: list[Any]) -> None:
    twin = make_product("Twin", price="600")
    cheap = describe(make_product("Cheap", price="1", product_class=cameras[0].product_class), sealed=True)
    make_ladder(cameras[0], twin, cheap, cameras[1], cameras[2])
    cameras[1].stockrecords.update(num_in_stock=0)
    found = upgrade_for(cameras[0], request=make_request())
    assert (found.level, found.gain) == ("L5 camera", "Stabilised")


# --- on the page ------------------------------------------------------------------------------------------------------


def test_a_press_adds_the_step_that_was_chosen(client: Client, cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras)
    html = draw("tier_comparison product", make_request(), product=cameras[0])
    form = html[: html.index("</form>")]
    assert f'name="product" value="{cameras[1].pk}"' in form
    assert f'name="product" value="{cameras[0].pk}"' not in form
    action = re.search(r'action="([^"]+)"', form)
    assert action
    client.post(action[1], {"product": cameras[1].pk, "next": cameras[0].get_absolute_url()})
    assert get_model("basket", "Line").objects.get().product == cameras[1]


def test_no_text_of_a_merchant_is_executed(cameras: list[Any], draw: Callable[..., str]) -> None:
    payload = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    step = {"level": payload[:64], "highlights": payload}
    make_ladder((cameras[0], step), (cameras[1], {**step, "highlights": payload + "!"}), name=payload)
    for tag in ("tier_comparison product", "upgrade_offer product"):
        html = draw(tag, make_request(), product=cameras[0])
        assert html
        assert "<script" not in html
        assert "<img src=x" not in html
