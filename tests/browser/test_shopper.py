"""What a shopper does with the widgets: look, tick, add, take back, and go on to an order."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.shop import (
    FIXED_TICK_BOX,
    PRODUCT_WITH_VARIANTS_BESIDE_IT,
    SET,
    TICK_BOX,
    add_set_to_basket,
    add_to_basket,
    basket_count,
    open_product,
    open_product_with_set,
)

COMPLETING = "[data-upsell=complete_your_basket]"


def _amount(text: str) -> float:
    """Read the pounds out of a text that names one price."""
    (amount,) = re.findall(r"£([\d,]+\.\d\d)", text)
    return float(amount.replace(",", ""))


def _card_of(tick: Locator) -> Locator:
    return tick.locator("xpath=ancestor::li")


def test_every_product_of_a_set_tells_why_it_is_there(page: Page) -> None:
    title = open_product_with_set(page)
    cards = page.locator(f"{SET} li").all()[1:]
    assert 1 <= len(cards) <= 3
    for card in cards:
        expect(card).to_contain_text(f"bought with {title}")


def test_nothing_is_ticked_beforehand_but_the_product_itself(page: Page) -> None:
    open_product_with_set(page)
    expect(page.locator(f"{SET} {FIXED_TICK_BOX}")).to_be_checked()
    for tick in page.locator(f"{SET} {TICK_BOX}").all():
        expect(tick).not_to_be_checked()


def test_the_sum_follows_the_ticks(page: Page) -> None:
    open_product_with_set(page)
    total = page.locator(f"{SET} .upsell-together")
    alone = _amount(page.locator(f"{SET} li").first.inner_text())
    expect(total).to_contain_text(f"{alone:,.2f}")
    ticks = page.locator(f"{SET} {TICK_BOX}").all()
    together = alone
    for tick in ticks:
        tick.check()
        together += _amount(_card_of(tick).inner_text())
        expect(total).to_contain_text(f"{together:,.2f}")
    ticks[0].uncheck()
    expect(total).to_contain_text(f"{together - _amount(_card_of(ticks[0]).inner_text()):,.2f}")


def test_a_set_is_added_with_one_press_and_taken_back_with_another(page: Page, witness) -> None:
    title = open_product_with_set(page)
    address = page.url
    titles = add_set_to_basket(page)
    status = page.locator(f"{SET} .upsell-status")
    for added in [title, *titles]:
        expect(status).to_contain_text(added)
    expect(basket_count(page)).to_have_text(str(1 + len(titles)))
    assert page.url == address
    status.get_by_role("button", name="Undo").click()
    expect(basket_count(page)).to_have_text("0")
    assert not witness.script_errors


def test_a_set_is_added_and_taken_back_without_script(page_without_script: Page) -> None:
    page = page_without_script
    open_product_with_set(page)
    address = page.url
    expect(page.locator(f"{SET} .upsell-together")).to_contain_text("All together:")
    titles = add_set_to_basket(page)
    assert page.url == address
    expect(basket_count(page)).to_have_text(str(1 + len(titles)))
    page.locator("#messages").get_by_role("button", name="Undo").click()
    assert page.url == address
    expect(basket_count(page)).to_have_text("0")


def test_a_set_can_be_chosen_and_added_by_keyboard_alone(page: Page) -> None:
    open_product_with_set(page)
    first = page.locator(f"{SET} {TICK_BOX}").first
    button = page.locator(SET).get_by_role("button", name="Add selected to basket")
    page.locator(".buy").get_by_role("button", name="Add to basket").focus()
    _tab_to(page, first)
    page.keyboard.press("Space")
    expect(first).to_be_checked()
    _tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.locator(f"{SET} [role=status]")).to_contain_text("have been added to your basket")
    expect(button).to_be_focused()
    expect(basket_count(page)).to_have_text("2")


def _tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, which must be visible as such."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            return
    raise AssertionError("The keyboard does not get there.")


def test_a_double_press_adds_once(page: Page) -> None:
    open_product_with_set(page)
    page.locator(SET).get_by_role("button", name="Add selected to basket").dblclick()
    expect(page.locator("#messages")).to_contain_text("added to your basket")
    page.goto("/basket/")
    expect(page.get_by_label(re.compile("^Quantity of"))).to_have_value("1")


def test_the_basket_suggests_what_is_not_in_it_yet(page: Page) -> None:
    title = open_product_with_set(page)
    add_to_basket(page)
    page.goto("/basket/")
    suggestions = page.locator(COMPLETING)
    expect(suggestions.get_by_role("heading")).to_have_text("Goes well with your basket")
    expect(
        suggestions.get_by_role("listitem").filter(has=page.get_by_role("link", name=title, exact=True))
    ).to_have_count(0)
    card = suggestions.get_by_role("listitem").filter(has=page.get_by_role("button")).first
    suggested = card.locator(".upsell-title").inner_text()
    card.get_by_role("button").click()
    expect(page.locator(".order-lines").first).to_contain_text(suggested)
    expect(page.locator(COMPLETING).locator(".upsell-title").filter(has_text=suggested)).to_have_count(0)


def test_a_product_with_variants_asks_for_a_choice(page: Page) -> None:
    open_product(page, PRODUCT_WITH_VARIANTS_BESIDE_IT)
    choice = page.locator(SET).get_by_role("link", name="Choose options").first
    choice.click()
    page.locator(".variant").first.click()
    add_to_basket(page)
    expect(basket_count(page)).to_have_text("1")


@pytest.mark.parametrize(("language", "code"), [("日本語", "ja"), ("한국어", "ko"), ("ไทย", "th")])
def test_the_shop_changes_its_language_and_stays_whole(page: Page, witness, language: str, code: str) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    open_product_with_set(page)
    page.get_by_label("Language").select_option(label=language)
    page.get_by_role("button", name="Change").click()
    expect(page.locator("html")).to_have_attribute("lang", code)
    page.wait_for_load_state("load")
    expect(page.locator(SET)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert not witness.policy_violations
