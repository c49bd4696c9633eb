"""What a shopper sees and does with a better step for a basket line, at both widths, by keys, and without script."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.shop import GUEST, add_to_basket, open_product

LINE = "[data-upsell=line_upgrade]"
UPGRADE = "[data-upsell=upgrade_offer]"
PUMP = "Rollande floor pump"
BETTER_PUMP = "Rollande floor pump Pro"
MACHINE = "Pressaro Compact espresso machine"
ROOMY = {"width": 1280, "height": 900}

both_widths = pytest.mark.parametrize("width", [360, 1280])


def put_into_basket(page: Page, *titles: str) -> None:
    """Put products into the basket by their own pages, and go there."""
    for title in titles:
        open_product(page, title)
        add_to_basket(page)
    page.goto("/basket/")


def total(page: Page) -> str:
    """Read the basket's total."""
    return page.locator("#basket_totals .total").last.inner_text()


def pounds(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text))


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until an element has the focus."""
    for _press in range(120):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    expect(target).to_be_focused()


@both_widths
def test_line_upgrades_pass_axe_hold_still_and_fit(page: Page, axe, witness, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    put_into_basket(page, PUMP, MACHINE)
    page.reload()
    page.mouse.wheel(0, 2000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    expect(page.locator(LINE)).to_have_count(2)
    assert page.evaluate("window.layoutShifts") == []
    assert axe(page, LINE) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for button in page.locator(f"{LINE} .upsell-button").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44
    assert witness.saw_nothing_wrong(), witness


def test_yes_and_no_weigh_the_same(page: Page) -> None:
    put_into_basket(page, PUMP)
    looks = [
        button.evaluate(
            "b => { const s = getComputedStyle(b); return [s.backgroundColor, s.borderColor, s.color, s.fontWeight]; }"
        )
        for button in page.locator(f"{LINE} .upsell-button").all()
    ]
    assert len(looks) == 2
    assert looks[0] == looks[1]


@both_widths
def test_one_press_switches_the_line_at_the_shown_difference_and_undo_brings_it_back(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    put_into_basket(page, PUMP)
    before = pounds(total(page))
    gap = pounds(page.locator(f"{LINE} [data-upsell-amount=gap]").inner_text())
    page.locator(LINE).get_by_role("button", name=f"Switch to {BETTER_PUMP}").click()
    expect(page.locator(".order-line__title")).to_have_text([BETTER_PUMP])
    expect(page.locator("#messages")).to_contain_text(BETTER_PUMP)
    assert pounds(total(page)) == pytest.approx(before + gap)
    expect(page.locator(LINE)).to_have_count(0)
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.locator(".order-line__title")).to_have_text([PUMP])
    assert pounds(total(page)) == before


def test_enter_in_a_quantity_updates_and_never_switches(page: Page) -> None:
    put_into_basket(page, PUMP, MACHINE)
    page.locator(".quantity").first.fill("2")
    page.locator(".quantity").first.press("Enter")
    expect(page.locator(".quantity").first).to_have_value("2")
    expect(page.locator(".order-line__title")).to_have_text([PUMP, MACHINE])
    expect(page.locator(LINE).first).to_contain_text("For all 2 in your basket.")


def test_no_thanks_by_keyboard_leads_back_to_the_line_and_then_there_is_silence(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    put_into_basket(page, PUMP, MACHINE)
    region = page.get_by_role("region", name=f"Step up from {MACHINE}")
    tab_to(page, region.get_by_role("button", name="No, thanks"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/basket/#upsell-line-\d+$"))
    expect(page.locator("#messages")).to_contain_text("will not be suggested again.")
    place = page.url.rpartition("#")[2]
    expect(page.locator(f"#{place}")).to_be_in_viewport()
    while page.get_by_role("region", name=f"Step up from {MACHINE}").count():
        page.get_by_role("region", name=f"Step up from {MACHINE}").get_by_role("button", name="No, thanks").click()
        page.wait_for_load_state()
    expect(page.get_by_role("region", name=f"Step up from {PUMP}")).to_have_count(1)
    open_product(page, MACHINE)
    expect(page.locator(UPGRADE)).to_have_count(0)


def test_it_works_without_script(page_without_script: Page) -> None:
    page = page_without_script
    put_into_basket(page, PUMP)
    page.locator(LINE).get_by_role("button", name=f"Switch to {BETTER_PUMP}").click()
    expect(page.locator(".order-line__title")).to_have_text([BETTER_PUMP])
    page.locator("#messages").get_by_role("button", name="Undo").click()
    page.locator(LINE).get_by_role("button", name="No, thanks").click()
    expect(page.locator(LINE)).to_have_count(0)


def test_the_product_page_switches_what_is_in_the_basket(page: Page) -> None:
    open_product(page, PUMP)
    expect(page.locator(UPGRADE).get_by_role("link", name=f"See {BETTER_PUMP}")).to_be_visible()
    add_to_basket(page)
    open_product(page, PUMP)
    page.locator(UPGRADE).get_by_role("button", name=f"Switch to {BETTER_PUMP}").click()
    expect(page.locator("#messages")).to_contain_text(BETTER_PUMP)
    page.goto("/basket/")
    expect(page.locator(".order-line__title")).to_have_text([BETTER_PUMP])


@both_widths
def test_before_payment_one_line_is_offered_a_step_and_a_press_stays_there(page: Page, axe, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    put_into_basket(page, PUMP, MACHINE)
    page.get_by_role("link", name="Proceed to checkout").click()
    page.get_by_label("My email address is").fill("guest@customers.example")
    page.get_by_label("checkout as a guest").check()
    page.get_by_role("button", name="Continue").click()
    for label, text in GUEST.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("Country").select_option(label="United Kingdom")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Continue").click()
    expect(page.locator(LINE)).to_have_count(1)
    assert axe(page, LINE) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator(LINE).get_by_role("button", name=f"Switch to {BETTER_PUMP}").click()
    expect(page).to_have_url(re.compile("/checkout/preview/"))
    expect(page.locator(".order-line__title").filter(has_text=BETTER_PUMP)).to_have_count(1)
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("confirmation")


def test_it_reads_from_right_to_left_too(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    put_into_basket(page, PUMP)
    page.evaluate("document.documentElement.dir = 'rtl'")
    region, words = page.locator(LINE).bounding_box(), page.locator(f"{LINE} .upsell-text").bounding_box()
    assert region
    assert words
    assert words["x"] + words["width"] <= region["x"] + region["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == 360


# --- the countdown: the script alone, on a page of the shop -----------------------------------------------------------

COUNTED = """<p class="upsell-until"><time datetime="{at}" data-upsell-until data-upsell-over="This price has ended."
>Until 2:32 p.m.</time> <span class="upsell-left" data-upsell-left></span></p>"""


def test_the_last_minutes_are_counted_to_the_printed_moment_and_the_end_is_told(page: Page, base_url: str) -> None:
    page.clock.install(time="2026-11-22T14:20:30Z")
    counted = COUNTED.format(at="2026-11-22T14:32:00+00:00")
    styles = (
        '<link rel="stylesheet" href="/static/upsell/upsell.css"><script src="/static/upsell/upsell.js" defer></script>'
    )
    page.route(
        "**/counted", lambda route: route.fulfill(body=f'<html lang="en">{styles}{counted}', content_type="text/html")
    )
    page.goto("/counted")
    until, left = page.locator(".upsell-until"), page.locator("[data-upsell-left]")
    expect(until).to_have_text("Until 2:32 p.m. (in 12 minutes)")
    height = until.bounding_box()
    page.clock.run_for(31_000)
    expect(left).to_have_text("(in 11 minutes)")
    page.clock.run_for(11 * 60_000 - 2_000)
    expect(left).to_have_text("(in 1 minute)")
    page.clock.run_for(2_000)
    expect(until).to_have_text("This price has ended.")
    assert until.bounding_box() == height
    assert page.locator("[aria-live]").count() == 0
