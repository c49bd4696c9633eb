"""What a shopper sees and does with ladders, and how a merchant builds one."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shop import basket_count, log_in_as_merchant, open_product

COMPARISON = "[data-upsell=tier_comparison]"
UPGRADE = "[data-upsell=upgrade_offer]"
CAMERA = "Lumarra L1 mirrorless camera"
BETTER = "Lumarra L3 mirrorless camera"
WITH_VARIANTS = "Velmora City 8 belt-drive bicycle"

both_widths = pytest.mark.parametrize("width", [360, 1280])


@both_widths
@pytest.mark.parametrize("title", [CAMERA, WITH_VARIANTS])
def test_a_comparison_passes_axe_holds_still_and_fits(page: Page, axe, witness, title: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_product(page, title)
    page.mouse.wheel(0, 3000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    expect(page.locator(COMPARISON)).to_have_count(1)
    expect(page.locator(UPGRADE)).to_have_count(1)
    assert page.evaluate("window.layoutShifts") == []
    page.locator(COMPARISON).get_by_text("All details side by side").first.click()
    assert axe(page, f"{COMPARISON}, {UPGRADE}") == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert witness.saw_nothing_wrong(), witness


def test_steps_are_columns_where_there_is_room_and_stand_below_each_other_on_a_phone(page: Page) -> None:
    for width, is_stacked in ((1280, False), (360, True)):
        page.set_viewport_size({"width": width, "height": 900})
        open_product(page, CAMERA)
        boxes = [step.bounding_box() for step in page.locator(f"{COMPARISON} .upsell-tier").all()]
        assert len(boxes) == 3
        tops = {round(box["y"]) for box in boxes if box}
        assert len(tops) == (3 if is_stacked else 1)


@both_widths
def test_to_assistive_technology_it_stays_a_table(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_product(page, CAMERA)
    table = page.locator(COMPARISON).get_by_role("table", name="Lumarra cameras")
    headings = table.get_by_role("columnheader").all_inner_texts()
    assert headings == ["Product", "Price", "What you gain", "Choose"]
    row = table.get_by_role("row", name=re.compile(r"^Steady"))
    expect(row.get_by_role("rowheader")).to_contain_text(BETTER)
    expect(row.get_by_role("cell").nth(0)).to_contain_text("+£370.00")


def test_a_step_is_chosen_by_keyboard_and_taken_back(page: Page) -> None:
    open_product(page, CAMERA)
    button = page.locator(COMPARISON).get_by_role("button", name=f"Choose {BETTER}")
    for _press in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    status = page.locator(f"{COMPARISON} .upsell-status")
    expect(status).to_contain_text(f"{BETTER} has been added to your basket")
    expect(basket_count(page)).to_have_text("1")
    status.get_by_role("button", name="Undo").click()
    expect(basket_count(page)).to_have_text("0")


def test_it_works_without_script(page_without_script: Page) -> None:
    page = page_without_script
    open_product(page, CAMERA)
    page.locator(UPGRADE).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(BETTER)
    page.go_back()
    page.locator(COMPARISON).get_by_role("button", name=f"Choose {BETTER}").click()
    expect(page.locator("#messages")).to_contain_text(f"{BETTER} has been added to your basket")
    expect(page.locator(UPGRADE)).not_to_contain_text(BETTER)


def test_variants_are_chosen_on_the_products_own_page(page: Page) -> None:
    open_product(page, WITH_VARIANTS)
    link = page.locator(COMPARISON).get_by_role("link", name="Choose options Velmora City E electric bicycle")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Velmora City E electric bicycle")


def test_a_merchant_moves_steps_and_sees_the_comparison_while_typing(page: Page, axe) -> None:
    page.set_viewport_size({"width": 1280, "height": 1600})
    log_in_as_merchant(page)
    page.goto("/admin/upsell/ladder/?q=Webcams")
    page.locator("#result_list tbody a").first.click()
    preview = page.locator("#upsell-preview")
    expect(preview.locator(".upsell-level")).to_have_text(["HD", "4K"])
    page.locator("#id_tiers-1-level").fill("Ultra")
    expect(preview.locator(".upsell-level")).to_have_text(["HD", "Ultra"])
    held = page.locator("#tiers-1 .upsell-handle").bounding_box()
    above = page.locator("#tiers-0").bounding_box()
    assert held
    assert above
    page.mouse.move(held["x"] + 5, held["y"] + 5)
    page.mouse.down()
    page.mouse.move(held["x"] + 5, above["y"] + 20, steps=8)
    page.mouse.up()
    expect(preview.locator(".upsell-level")).to_have_text(["Ultra", "HD"])
    expect(preview).to_contain_text("Change their order, or a price.")
    assert page.locator("#id_tiers-1-position").input_value() == "1"
    assert axe(page, "#upsell-preview") == []


def test_a_merchant_sees_the_preview_without_scripts_too(page_without_script: Page) -> None:
    page = page_without_script
    log_in_as_merchant(page)
    page.goto("/admin/upsell/ladder/?q=Webcams")
    page.locator("#result_list tbody a").first.click()
    page.locator("#id_tiers-0-position").fill("5")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview").click()
    expect(opened.value.locator(".upsell-level")).to_have_text(["4K", "HD"])
    page.goto("/admin/upsell/ladder/?q=Webcams")
    expect(page.locator("#result_list")).to_contain_text("HD → 4K")
