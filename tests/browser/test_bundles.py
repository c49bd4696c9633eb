"""What a shopper sees and does with bundles: read the price, add the set, complete an offer, find the saving."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shop import basket_count, check_out_as_guest, open_product

BOX = "[data-upsell=bundle_offers]"
SET = "Conelli dripper, plastic"
SET_WITH_CHOICES = "Dometta Town helmet"
ANY_OF = "Potterdale everyday mug"
BREAKS = "Rollande inner tube"
BUY_AND_GET = "Papermoor dotted notebook A5"


def amounts(text: str) -> list[float]:
    """Read the pounds out of a text."""
    return [float(amount.replace(",", "")) for amount in re.findall(r"£([\d,]+\.\d\d)", text)]


def add_variant(page: Page, title: str, units: int) -> None:
    """Add so many of the first variant of a product by the shop's own form."""
    open_product(page, title)
    page.locator(".buy input[type=radio]").first.check()
    page.locator(".buy").get_by_label("Quantity").fill(str(units))
    page.locator(".buy").get_by_role("button", name="Add to basket").click()
    expect(page.locator("#messages")).to_contain_text("added to your basket")


def open_basket_that_is_short_of_one(page: Page) -> None:
    add_variant(page, ANY_OF, 3)
    page.goto("/basket/")


def open_offer(page: Page) -> None:
    open_product(page, ANY_OF)
    page.locator(BOX).get_by_role("link", name="See all products of this offer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Any 4 cups")


def open_a_saved_basket(page: Page) -> None:
    open_product(page, SET)
    page.get_by_role("button", name="Add the set").click()
    expect(page.locator(f"{BOX} .upsell-status")).to_contain_text("added to your basket")
    page.goto("/basket/")


VISITS = {
    "a set": lambda page: open_product(page, SET),
    "a set with choices": lambda page: open_product(page, SET_WITH_CHOICES),
    "any of several": lambda page: open_product(page, ANY_OF),
    "quantity breaks": lambda page: open_product(page, BREAKS),
    "buy and get": lambda page: open_product(page, BUY_AND_GET),
    "a basket short of one": open_basket_that_is_short_of_one,
    "a basket with savings": open_a_saved_basket,
    "an offer": open_offer,
}
every_visit = pytest.mark.parametrize("visit", VISITS.values(), ids=VISITS.keys())
both_widths = pytest.mark.parametrize("width", [360, 1280])


@both_widths
@every_visit
def test_bundles_pass_axe_hold_still_and_fit(page: Page, axe, witness, visit, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit(page)
    page.mouse.wheel(0, 4000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    assert page.locator("[data-upsell]").count() > 0
    assert axe(page, "[data-upsell]") == []
    assert page.evaluate("window.layoutShifts") == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert witness.saw_nothing_wrong(), witness


def test_what_the_box_says_is_what_the_basket_charges(page: Page) -> None:
    open_product(page, SET)
    together, full, saved = amounts(page.locator(f"{BOX} .upsell-deal").inner_text())
    assert round(full - together, 2) == saved
    assert round(sum(amounts(" ".join(page.locator(f"{BOX} li").all_inner_texts()))), 2) == full
    page.get_by_role("button", name="Add the set").click()
    status = page.locator(f"{BOX} .upsell-status")
    expect(status).to_contain_text("has been added to your basket")
    expect(basket_count(page)).to_have_text("3")
    page.goto("/basket/")
    assert amounts(page.locator("[data-upsell=basket_savings] h2").inner_text()) == [saved]
    expect(page.locator(".basket-page__totals")).to_contain_text(f"Order total\n£{together:.2f}", use_inner_text=True)


def test_a_set_is_added_and_taken_back_by_keyboard_alone(page: Page) -> None:
    open_product(page, SET)
    button = page.get_by_role("button", name="Add the set")
    for _press in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    status = page.locator(f"{BOX} .upsell-status")
    expect(status).to_contain_text("has been added to your basket")
    expect(button).to_be_focused()  # where the shopper was, not at the top of the page
    page.keyboard.press("Tab")
    undo = status.get_by_role("button", name="Undo")
    for _press in range(5):
        if undo.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Taken out of your basket again.")
    expect(basket_count(page)).to_have_text("0")


def test_everything_works_without_script(page_without_script: Page) -> None:
    page = page_without_script
    open_product(page, SET_WITH_CHOICES)
    box = page.locator(BOX)
    for choice in box.get_by_role("combobox").all():
        choice.select_option(index=1)
    box.get_by_role("button", name="Add the set").click()
    expect(page.locator("#messages")).to_contain_text("has been added to your basket")
    expect(page.get_by_role("heading", level=1)).to_have_text(SET_WITH_CHOICES)
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("Taken out of your basket again.")
    add_variant(page, ANY_OF, 3)
    page.goto("/basket/")
    row = page.locator("[data-upsell=bundle_progress]").filter(has_text="One more for Any 4 cups")
    [saved] = amounts(row.locator("li").filter(has=page.get_by_role("button")).locator(".upsell-reason").inner_text())
    row.get_by_role("button", name="Add").click()
    expect(page.locator("[data-upsell=basket_savings] h2")).to_contain_text(f"£{saved:.2f}")


def test_the_price_of_a_set_follows_the_choice_of_its_variants(page: Page) -> None:
    open_product(page, SET_WITH_CHOICES)
    box = page.locator(BOX)
    total = box.locator("input[name=total]")
    choices = box.get_by_role("combobox").all()
    assert choices
    for choice in choices:
        choice.select_option(index=1)
    together, full, saved = amounts(box.locator(".upsell-deal").inner_text())
    assert round(full - together, 2) == saved
    expect(total).to_have_value(f"{together:.2f}")


def test_the_saving_of_the_basket_is_the_orders(page: Page) -> None:
    open_a_saved_basket(page)
    saved = page.locator("[data-upsell=basket_savings] ul").first.inner_text()
    check_out_as_guest(page)
    expect(page.locator("[data-upsell=order_savings] h2")).to_contain_text("You saved")
    assert page.locator("[data-upsell=order_savings] ul").first.inner_text() == saved


def test_a_price_that_rose_meanwhile_is_asked_about_before_anything_is_added(page: Page) -> None:
    open_product(page, SET)
    together = amounts(page.locator(f"{BOX} .upsell-deal").inner_text())[0]
    page.locator(f"{BOX} input[name=total]").evaluate("field => { field.value = '1.00' }")
    page.get_by_role("button", name="Add the set").click()
    status = page.locator(f"{BOX} .upsell-status")
    expect(status).to_contain_text("has changed meanwhile")
    expect(basket_count(page)).to_have_text("0")
    status.get_by_role("button", name=f"Add for £{together:.2f}").click()
    expect(page.locator("#messages")).to_contain_text("has been added to your basket")
    expect(basket_count(page)).to_have_text("3")
