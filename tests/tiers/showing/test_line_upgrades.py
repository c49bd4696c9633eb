"""What the lines of a basket are offered: true differences, one step at a time, at a fixed number of queries."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from django.utils import translation
from django.utils.html import strip_tags
from oscar.core.loading import get_model
from oscar.test import factories

from tests.tiers.conftest import make_variants
from tests.tiers.showing.conftest import again, filled
from upsell.models import TierContent
from upsell.testing import change_live, count_queries, make_bundle, make_ladder, make_product, make_request
from upsell.tiers.boxes import Upgrade
from upsell.tiers.components import line_upgrades_for, upgrade_for
from upsell.tiers.serving.declining import decline
from upsell.tiers.serving.stepping import MOST_LINES
from upsell.tiers.serving.swapping import swap

pytestmark = pytest.mark.django_db


def offered(request: Any, spot: Any = "basket") -> list[Upgrade]:
    return list(line_upgrades_for(request.basket, request=request, spot=spot).values())


def read(html: str) -> str:
    """Read a region as people do."""
    return re.sub(r"\s+", " ", strip_tags(html)).strip()


def lines_of(request: Any) -> list[Any]:
    return list(request.basket.all_lines())


# --- what it says -----------------------------------------------------------------------------------------------------


def test_a_line_says_step_gap_and_gain_and_has_two_presses(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras, levels=["First", "Steady", "Pro"])
    request = filled(cameras[0])
    [line] = lines_of(request)
    html = draw("line_upgrade line", request, line=line)
    assert "Step up to Steady for +£370.00: Stabilised. Switch to L3 camera No, thanks L3 camera" in read(html)
    assert html.count("<form") == 2
    for field, value in (("line", line.pk), ("product", cameras[1].pk), ("total", "370.00"), ("currency", "GBP")):
        assert f'name="{field}" value="{value}"' in html
    assert 'class="upsell-button"' in html
    assert "upsell-primary" not in html  # yes weighs no more than no


def test_the_gap_of_a_line_is_that_of_all_its_units(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras)
    request = filled((cameras[0], 2))
    text = read(draw("line_upgrade line", request, line=lines_of(request)[0]))
    assert "for +£740.00: Stabilised. For all 2 in your basket." in text


def test_a_title_stands_above_it_only_where_the_line_is_out_of_sight(
    cameras: list[Any], draw: Callable[..., str]
) -> None:
    make_ladder(*cameras)
    request = filled(cameras[0])
    [line] = lines_of(request)
    assert read(draw("line_upgrade line named=True", request, line=line)).startswith("L1 camera Step up")
    assert read(draw("line_upgrade line", request, line=line)).startswith("Step up")


def test_an_offer_that_is_lost_by_the_step_is_in_the_gap_and_said(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras)
    bag = make_product("Bag", price="21.00")
    make_bundle(cameras[0], bag, percent=10, name="Travel set")
    request = filled(cameras[0], bag)
    [found] = offered(request)
    assert (found.gap, found.total) == ("+£420.00", Decimal("420.00"))
    text = read(draw("line_upgrade line", request, line=lines_of(request)[0]))
    assert "“Travel set” no longer saves £50.00." in text


def test_an_offer_that_is_won_by_the_step_is_in_the_gap_and_said(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras)
    bag = make_product("Bag", price="51.00")
    make_bundle(cameras[1], bag, percent=50, name="Pro set")
    request = filled(cameras[0], bag)
    [line, _bag] = lines_of(request)
    text = read(draw("line_upgrade line", request, line=line))
    assert "Step up to L3 camera and pay £80.00 less: Stabilised." in text
    assert "“Pro set” saves £450.00 more." in text


@pytest.mark.parametrize("units", [1, 3])
def test_the_gap_is_what_the_basket_costs_more_after_the_swap(cameras: list[Any], units: int) -> None:
    ladder = make_ladder(*cameras)
    bag, strap = make_product("Bag", price="21.00"), make_product("Strap", price="9.90")
    TierContent.objects.create(tier=ladder.tiers.get(position=2), product=strap)
    change_live()
    make_bundle(cameras[0], bag, percent=7, name="Travel set")
    make_bundle(strap, kind="breaks", breaks=[(3, 20)])
    request = filled((cameras[0], units), bag, (strap, 3))
    [found] = offered(request)
    before = request.basket.total_incl_tax
    swap(
        line=found.line or 0,
        product=found.product,
        request=request,
        basket=request.basket,
        shown=found.total,
        shown_currency=found.currency,
    )
    after = again(request).basket.total_incl_tax
    assert after - before == found.total


def test_what_comes_with_the_step_is_said_to_leave_the_basket(cameras: list[Any], draw: Callable[..., str]) -> None:
    ladder = make_ladder(*cameras)
    strap = make_product("Strap", price="20.00")
    TierContent.objects.create(tier=ladder.tiers.get(position=2), product=strap)
    change_live()
    request = filled(cameras[0], strap)
    assert offered(request)[0].gap == "+£350.00"
    text = read(draw("line_upgrade line", request, line=lines_of(request)[0]))
    assert "Includes “Strap” from your basket, so that you do not pay for it twice." in text


def test_where_others_discounts_may_change_it_says_so(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras)
    request = filled(cameras[0])
    assert "Before other discounts." not in draw("line_upgrade line", request, line=lines_of(request)[0])
    factories.ConditionalOfferFactory()
    following = again(request)
    assert "Before other discounts." in draw("line_upgrade line", following, line=lines_of(following)[0])


def test_texts_are_in_the_language_of_the_page(cameras: list[Any]) -> None:
    words = {"ja": "プロ", "ko": "프로", "th": "โปร"}
    translations = {code: {"level": word, "highlights": word * 2} for code, word in words.items()}
    make_ladder(cameras[0], (cameras[1], {"level": "Pro", "translations": translations}))
    request = filled(cameras[0])
    for code, word in [*words.items(), ("en", "Pro")]:
        with translation.override(code):
            [found] = offered(again(request))
        assert found.level == word
        assert found.gain == (word * 2 if code != "en" else "Stabilised")


def test_no_text_of_a_merchant_is_executed(cameras: list[Any], draw: Callable[..., str]) -> None:
    payload = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    get_model("catalogue", "Product").objects.update(title=payload)
    step = {"level": payload[:64], "highlights": payload}
    make_ladder(cameras[0], (cameras[1], step), name=payload)
    make_bundle(cameras[0], percent=10, name=payload)
    request = filled(cameras[0])
    html = draw("line_upgrade line named=True", request, line=lines_of(request)[0])
    assert "Step up to" in html
    assert "<script" not in html
    assert "<img" not in html


# --- which step -------------------------------------------------------------------------------------------------------


def test_the_most_popular_step_goes_before_the_next_one_up(cameras: list[Any]) -> None:
    make_ladder(cameras[0], cameras[1], (cameras[2], {"is_popular": True}), popular="chosen")
    assert offered(filled(cameras[0]))[0].level == "L5 camera"
    assert offered(filled(cameras[1]))[0].level == "L5 camera"
    assert offered(filled(cameras[2])) == []


@pytest.mark.parametrize("stock", [0, 2])
def test_a_step_of_which_too_few_are_left_is_passed_over(cameras: list[Any], stock: int) -> None:
    make_ladder(*cameras)
    get_model("partner", "StockRecord").objects.filter(product=cameras[1]).update(num_in_stock=stock)
    assert offered(filled((cameras[0], 3)))[0].level == "L5 camera"


def test_a_hidden_step_is_passed_over(cameras: list[Any]) -> None:
    make_ladder(*cameras)
    get_model("catalogue", "Product").objects.filter(pk=cameras[1].pk).update(is_public=False)
    assert offered(filled(cameras[0]))[0].level == "L5 camera"


def test_a_step_that_is_in_the_basket_is_not_offered_and_a_ladder_speaks_once(cameras: list[Any]) -> None:
    make_ladder(*cameras)
    request = filled(cameras[0], cameras[1])
    [found] = offered(request)
    assert (found.title, found.level) == ("L1 camera", "L5 camera")
    assert offered(filled(*cameras)) == []


def test_of_several_variants_one_has_to_be_chosen_first(cameras: list[Any], draw: Callable[..., str]) -> None:
    parent, children = make_variants("Big camera", "900.00", "950.00")
    make_ladder(cameras[0], (parent, {"highlights": "Bigger"}))
    request = filled(cameras[0])
    html = draw("line_upgrade line", request, line=lines_of(request)[0])
    assert "Step up to Big camera, from +£421.00: Bigger." in read(html)
    assert f'href="{parent.get_absolute_url()}"' in html
    assert "tiers/swap" not in html
    get_model("partner", "StockRecord").objects.filter(product=children[0]).update(num_in_stock=0)
    [found] = offered(again(request))
    assert (found.product, found.gap, found.needs_options) == (children[1].pk, "+£471.00", False)


def test_a_variant_in_the_basket_pays_the_gap_from_its_own_price(cameras: list[Any]) -> None:
    parent, children = make_variants("Small camera", "100.00", "140.00")
    make_ladder(parent, (cameras[0], {"highlights": "Sharper"}))
    assert [one.gap for one in offered(filled(children[1]))] == ["+£339.00"]


def test_only_so_many_lines_are_offered_a_step_and_none_takes_the_place_of_a_refused_one(
    shop_with_many_ladders: list[list[Any]],
) -> None:
    request = filled(*[steps[0] for steps in shop_with_many_ladders])
    first = offered(request)
    assert len(first) == MOST_LINES["basket"]
    for _twice in range(2):
        for one in offered(request):
            decline(product=one.product, request=request)
        request = again(request)
    assert offered(request) == []


def test_before_payment_one_line_is_enough(shop_with_many_ladders: list[list[Any]]) -> None:
    request = filled(*[steps[0] for steps in shop_with_many_ladders[:4]])
    assert len(offered(request, "checkout")) == 1


# --- when it says nothing ---------------------------------------------------------------------------------------------


def test_only_the_audience_of_a_ladder_is_offered_a_step(cameras: list[Any]) -> None:
    make_ladder(*cameras, audience={"signed_in": True})
    assert offered(filled(cameras[0])) == []
    assert len(offered(filled(cameras[0], user=factories.UserFactory()))) == 1


@pytest.mark.parametrize("status", ["draft", "paused", "ended"])
def test_only_active_ladders_speak(cameras: list[Any], status: str) -> None:
    make_ladder(*cameras, status=status)
    assert offered(filled(cameras[0])) == []


def test_the_switch_turns_it_off_and_a_foreign_line_gets_nothing(cameras: list[Any], draw: Callable[..., str]) -> None:
    make_ladder(*cameras)
    request = filled(cameras[0])
    [line] = lines_of(request)
    assert draw("line_upgrade line", filled(cameras[0]), line=line) == ""
    assert draw("line_upgrade line", make_request(), line=line) == ""
    assert draw("line_upgrade line", line=line) == ""
    with override_settings(UPSELL_ENABLED=False):
        assert draw("line_upgrade line", request, line=line) == ""


@pytest.mark.parametrize("broken", ["ladders_of", "exchanged", "specials_for"])
def test_a_failure_shows_nothing_and_leaves_the_page(
    cameras: list[Any],
    draw: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: str,
) -> None:
    make_ladder(*cameras)
    request = filled(cameras[0])

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(f"upsell.tiers.serving.stepping.{broken}", fail)
    for _again in range(3):
        assert draw("line_upgrade line", request, line=lines_of(request)[0]) == ""
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


# --- what it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ladders", [1, 20])
def test_a_basket_of_any_size_costs_at_most_three_queries(
    shop_with_many_ladders: list[list[Any]], draw: Callable[..., str], ladders: int
) -> None:
    make_bundle(shop_with_many_ladders[0][0], shop_with_many_ladders[1][0], percent=10)
    request = filled(*[steps[0] for steps in shop_with_many_ladders[:ladders]])
    with count_queries() as cold:
        assert offered(request)
    assert len(cold) <= 7, cold
    request.basket.add_product(shop_with_many_ladders[0][0])  # so that no answer of the engine is known
    following = again(request)
    with count_queries() as warm:
        html = "".join(draw("line_upgrade line", following, line=line) for line in lines_of(following))
    assert html.count("Step up to") == min(ladders, MOST_LINES["basket"])
    assert len(warm) <= 3, warm


def test_lines_of_no_ladder_cost_one_query_together(cameras: list[Any]) -> None:
    make_ladder(*cameras)
    request = filled(*[make_product(f"Lonely {number}") for number in range(12)])
    offered(request)
    following = again(request)
    lines_of(following)
    with count_queries() as warm:
        assert offered(following) == []
    assert len(warm) <= 1, warm


# --- the product in view ----------------------------------------------------------------------------------------------


def test_the_product_page_swaps_the_line_if_the_product_is_in_the_basket(
    cameras: list[Any], draw: Callable[..., str]
) -> None:
    make_ladder(*cameras)
    request = filled((cameras[0], 2))
    html = draw("upgrade_offer product", request, product=cameras[0])
    assert "for +£740.00: Stabilised. For all 2 in your basket. Switch to L3 camera" in read(html)
    assert f'name="line" value="{lines_of(request)[0].pk}"' in html
    other = draw("upgrade_offer product", request, product=cameras[1])
    assert "See L5 camera" in read(other)
    assert "<form" not in other


def test_a_step_in_the_basket_is_not_offered_on_a_product_page(cameras: list[Any]) -> None:
    make_ladder(*cameras)
    found = upgrade_for(cameras[0], request=filled(cameras[1]))
    assert found is not None
    assert found.level == "L5 camera"
    assert upgrade_for(cameras[1], request=filled(cameras[2])) is None
