"""The shelf beside the basket as shoppers meet it, at both widths, by keys and without script; and its preview."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shop import add_to_basket, log_in_as_merchant, open_product

SHELF = "[data-upsell=pop_shelf]"
MACHINE = "Pressaro Compact espresso machine"

both_widths = pytest.mark.parametrize("width", [360, 1280])


def pounds(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text))


def open_basket(page: Page) -> None:
    open_product(page, MACHINE)
    add_to_basket(page)
    page.goto("/basket/")


def total(page: Page) -> float:
    return pounds(page.locator("#basket_totals .total").last.inner_text())


@both_widths
def test_the_shelf_passes_axe_holds_still_and_fits(page: Page, axe, witness, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_basket(page)
    page.locator(SHELF).scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    assert 3 <= page.locator(f"{SHELF} .upsell-card").count() <= 5
    assert page.evaluate("window.layoutShifts") == []
    assert axe(page, SHELF) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for button in page.locator(f"{SHELF} .upsell-button").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44


def test_a_press_adds_one_at_the_price_shown_and_can_be_undone(page: Page) -> None:
    open_basket(page)
    before = total(page)
    card = page.locator(f"{SHELF} .upsell-card").filter(has=page.locator("button")).first
    title, price = card.locator(".upsell-title").inner_text(), pounds(card.locator("[data-upsell-amount]").inner_text())
    card.get_by_role("button").click()
    expect(page.locator(".upsell-undo").first).to_be_visible()
    page.goto("/basket/")
    assert total(page) == pytest.approx(before + price)
    expect(page.locator(SHELF).get_by_text(title, exact=True)).to_have_count(0)


def test_it_works_without_script_and_takes_back_what_it_added(page_without_script: Page) -> None:
    page = page_without_script
    open_product(page, MACHINE)
    add_to_basket(page)
    page.goto("/basket/")
    before = total(page)
    page.locator(f"{SHELF} button[name=product]").first.click()
    assert total(page) > before
    page.locator(".upsell-undo button").first.click()
    assert total(page) == before


def test_the_shelf_stays_the_same_from_one_look_to_the_next(page: Page) -> None:
    open_basket(page)
    first = page.locator(f"{SHELF} .upsell-title").all_inner_texts()
    page.reload()
    assert page.locator(f"{SHELF} .upsell-title").all_inner_texts() == first


@both_widths
def test_a_merchant_sees_the_shelf_beside_any_basket_and_why(page: Page, axe, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    log_in_as_merchant(page)
    page.goto("/admin/upsell/shelfitem/preview/")
    page.get_by_label("Value of the basket").fill("30")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("in a basket of £30.00").first).to_be_visible()
    expect(page.locator(SHELF)).to_be_visible()
    assert axe(page, "#content-main") == []
    page.goto("/admin/upsell/shelfitem/")
    expect(page.locator(".upsell-light").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
