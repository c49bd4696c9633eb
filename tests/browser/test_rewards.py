"""What a shopper sees and does with progress towards a reward: before payment, at both widths, and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shop import GUEST, open_product

REWARD = "[data-upsell=reward_progress]"
NOTEBOOK = "Papermoor dotted notebook A5"  # the third is free

both_widths = pytest.mark.parametrize("width", [360, 1280])


def go_to_preview_with_two_notebooks(page: Page) -> None:
    """Put two into the basket by the form of their page, and walk up to the preview as a guest."""
    open_product(page, NOTEBOOK)
    form = page.locator("form[action*='/basket/add/']").first
    form.locator("input[type=radio]").first.check()
    form.locator("input[name=quantity]").fill("2")
    form.get_by_role("button", name="Add to basket").click()
    expect(page.locator("#messages")).to_contain_text("added to your basket")
    page.goto("/checkout/")
    page.locator("input[name=username]").fill("reward@example.com")
    page.locator("input[name=options][value=anonymous]").check()
    page.locator("main form button[type=submit]").last.click()
    for label, text in GUEST.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Continue").click()
    while "preview" not in page.url:
        way = page.locator("main").get_by_role("link", name=re.compile("Continue"))
        way.or_(page.locator("main").get_by_role("button", name=re.compile("Continue"))).first.click()
        page.wait_for_load_state()


def order_total(page: Page) -> str:
    return page.locator("tr", has_text="Order total").last.inner_text().split()[-1]


@both_widths
def test_a_gift_before_payment_passes_axe_holds_still_and_fits(page: Page, axe, witness, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    go_to_preview_with_two_notebooks(page)
    page.wait_for_load_state("networkidle")
    expect(page.locator(REWARD)).to_contain_text("One more for a gift")
    expect(page.locator(f"{REWARD} progress")).to_have_accessible_name("One more for a gift")
    assert page.evaluate("window.layoutShifts") == []
    assert axe(page, REWARD) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    box = page.locator(f"{REWARD} .upsell-button").bounding_box()
    assert box
    assert box["height"] >= 44


def test_the_gift_is_taken_by_one_press_and_the_total_stays(page: Page) -> None:
    go_to_preview_with_two_notebooks(page)
    before = order_total(page)
    page.locator(f"{REWARD} button").click()
    expect(page).to_have_url(re.compile("/checkout/preview/"))
    expect(page.locator("main")).to_contain_text("Quantity: 3")
    assert order_total(page) == before
    expect(page.locator(REWARD)).to_have_count(0)


def test_without_script_one_press_takes_the_gift_too(page_without_script: Page) -> None:
    go_to_preview_with_two_notebooks(page_without_script)
    before = order_total(page_without_script)
    page_without_script.locator(f"{REWARD} button").click()
    expect(page_without_script.locator("main")).to_contain_text("Quantity: 3")
    assert order_total(page_without_script) == before
