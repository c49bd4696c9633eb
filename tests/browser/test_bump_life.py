"""Extras at the till as people live them: seen, declined, accepted, lost, regained and paid, and set up by a merchant.

``UPSELL_PICTURES`` names a folder for a picture of every stop, as wide as a desk and as a phone.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import REGIONS, AxeRun, Visitors
from tests.browser.shop import GUEST, add_to_basket, log_in_as_merchant, open_product
from tests.browser.test_bundles import amounts
from tests.browser.test_upgrade_life import lines, press, register, total
from tests.browser.witness import Witness

TILL = "[data-upsell=checkout_bumps]"
EXTRA = f"{TILL} .upsell-extra"
SAVINGS = "[data-upsell=basket_savings]"
MESSAGES = "#messages"

CAMERA, CLOTH = "Kestrix K50 mirrorless camera", "Ovelle microfibre lens cloth"
MACHINE, DESCALER = "Pressaro Compact espresso machine", "Kleenbeck descaler, 500 ml"
GRINDER, BRUSH = "Millory Drum electric grinder", "Kleenbeck grinder brush"
TYRE, LEVERS = "Rollande City Guard tyre", "Spanwell tyre levers, set of 3"
BICYCLE, LOCK = "Velmora City 3 bicycle", "Clasper D-lock"
CLEANER = "Kleenbeck screen cleaner with cloth"
BUMP = "Descaler for the machine"

Stop = Callable[..., None]


def fill_basket(page: Page, *titles: str) -> None:
    """Put products into the basket by the forms of their pages, and look at it."""
    for title in titles:
        open_product(page, title)
        if page.locator(".buy input[type=radio]").count():
            page.locator(".buy input[type=radio]").first.check()
        add_to_basket(page)
    page.goto("/basket/")


def extra(page: Page, title: str) -> Locator:
    return page.locator(EXTRA).filter(has_text=title)


def offered(page: Page) -> set[str]:
    """List what is offered, by the whole names on the buttons."""
    return set(page.locator(f"{EXTRA} .upsell-accept .upsell-hidden").all_inner_texts())


def accept(page: Page, title: str) -> None:
    extra(page, title).get_by_role("button", name=f"Add {title}").click()
    expect(page.locator(MESSAGES)).to_contain_text("Added to your basket")


def decline(page: Page, title: str) -> None:
    extra(page, title).get_by_role("button", name=f"No, thanks {title}").click()
    expect(page.locator(MESSAGES)).to_contain_text(f"All right: {title} will not be suggested for now.")


def line(page: Page, title: str) -> Locator:
    return page.locator(".order-line").filter(has_text=title)


def set_quantity(page: Page, title: str, quantity: int) -> None:
    line(page, title).get_by_role("spinbutton").fill(str(quantity))
    line(page, title).get_by_role("button", name="Update").click()
    page.goto("/basket/")


def to_address(page: Page) -> None:
    """Begin the checkout as a guest."""
    page.goto("/checkout/")
    page.get_by_label("My email address is").fill("till@customers.example")
    page.get_by_label("checkout as a guest").check()
    page.get_by_role("button", name="Continue").click()


def to_payment(page: Page) -> None:
    """State where it goes; the shop has one way to send it and does not ask."""
    for label, text in GUEST.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Country").select_option(label="United Kingdom")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#view_preview")).to_be_visible()


def to_preview(page: Page) -> None:
    page.locator("#view_preview").click()
    expect(page.locator("#place-order")).to_be_visible()


def place_order(page: Page) -> str:
    """Pay; returns the number of the order."""
    page.locator("#place-order").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("confirmation")
    return re.findall(r"\d+", heading.inner_text())[0]


def preview_total(page: Page) -> float:
    [found] = amounts(page.locator("tr", has_text="Order total").last.inner_text())
    return found


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Callable[[Page, int], None]:
    """Look at a page as it was loaded: nothing moved, nothing sticks out, and axe, if there is one, finds nothing."""
    axe: AxeRun = request.getfixturevalue("axe")

    def look(page: Page, width: int) -> None:
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.layoutShifts") == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert axe(page, REGIONS) == []
        sizes = [button.bounding_box() for button in page.locator(f"{EXTRA} .upsell-button").all()]
        assert sizes
        assert all(size and size["height"] >= 44 for size in sizes)
        assert len({round(size["width"]) for size in sizes if size}) == 1  # yes and no weigh the same

    return look


@pytest.mark.parametrize("width", [360, 1280])
def test_at_every_step_extras_hold_still_fit_and_can_be_read_out(visitor: Visitors, look, width: int) -> None:
    page = visitor()
    witness = Witness()
    witness.watch(page)
    page.set_viewport_size({"width": width, "height": 900})
    fill_basket(page, TYRE, CAMERA, MACHINE)
    assert len(offered(page)) == 2  # of three that fit
    assert offered(page) < {LEVERS, CLOTH, DESCALER}
    look(page, width)
    to_address(page)
    assert offered(page) == {LEVERS}
    look(page, width)
    to_payment(page)
    assert offered(page) == {DESCALER}
    look(page, width)
    to_preview(page)
    assert offered(page) == {CLOTH, DESCALER}
    look(page, width)
    assert witness.saw_nothing_wrong(), witness


def test_a_guest_declines_accepts_loses_regains_and_pays(visitor: Visitors, merchant: Page, stop: Stop) -> None:
    page = visitor()
    open_product(page, CAMERA)
    expect(page.locator(TILL)).to_have_count(0)  # the till is where one pays
    fill_basket(page, CAMERA, MACHINE)
    before = total(page)
    assert offered(page) == {CLOTH, DESCALER}
    assert page.locator(f"{TILL} input:not([type=hidden])").count() == 0  # nothing to be ticked in advance

    # One is declined, by keys alone; that can be taken back, and is done again.
    no = extra(page, DESCALER).get_by_role("button", name="No, thanks")
    press(page, no)
    expect(page.locator(MESSAGES)).to_contain_text(f"All right: {DESCALER} will not be suggested for now.")
    assert offered(page) == {CLOTH}
    stop(page, "01-declined", f"{REGIONS}, {MESSAGES}")
    page.locator(MESSAGES).get_by_role("button", name="Undo").click()
    expect(page.locator(MESSAGES)).to_contain_text("may be suggested again.")
    assert offered(page) == {CLOTH, DESCALER}
    decline(page, DESCALER)
    page.reload()
    assert offered(page) == {CLOTH}

    # The other is accepted: its price is what was printed, in the total and in the savings.
    price, full = amounts(extra(page, CLOTH).locator(".upsell-deal").inner_text())
    accept(page, CLOTH)
    assert sorted(lines(page)) == sorted([CAMERA, MACHINE, CLOTH])
    assert total(page) == round(before + price, 2)
    saved = round(full - price, 2)
    assert amounts(page.locator(f"{SAVINGS} h2").inner_text()) == [saved]
    assert offered(page) == set()
    stop(page, "02-accepted", f"{REGIONS}, {MESSAGES}")

    # Of two of them, one is cheaper: that which the camera calls for.
    set_quantity(page, CLOTH, 2)
    assert total(page) == round(before + price + full, 2)
    set_quantity(page, CLOTH, 1)

    # The camera goes, and its price with it; the basket says so, and one press brings both back.
    line(page, CAMERA).get_by_role("button", name="Remove").click()
    lost = page.locator(f"{TILL} .upsell-lost")
    expect(lost).to_contain_text(f"{CLOTH} now costs £{full:.2f}: its price of £{price:.2f} went with {CAMERA}.")
    expect(page.locator(SAVINGS)).to_have_count(0)
    stop(page, "03-lost")
    lost.get_by_role("button", name=f"Add {CAMERA} again").click()
    expect(page.locator(f"{SAVINGS} h2")).to_contain_text(f"£{saved:.2f}")
    expect(lost).to_have_count(0)
    assert total(page) == round(before + price, 2)

    # What was declined stays away up to the payment, and the order says what the basket did.
    to_address(page)
    to_payment(page)
    assert offered(page) == set()
    to_preview(page)
    assert offered(page) == set()
    assert preview_total(page) == round(before + price, 2)
    number = place_order(page)
    expect(page.locator("main")).to_contain_text(f"Order total\n£{before + price:,.2f}", use_inner_text=True)
    assert amounts(page.locator("[data-upsell=order_savings] h2").inner_text()) == [saved]
    stop(page, "04-thanks")
    merchant.goto(f"/dashboard/orders/{number}/")
    merchant.get_by_role("link", name="Discounts").click()
    row = merchant.locator("#discounts tr").filter(has_text="Extras at the till")
    expect(row).to_contain_text(f"£{saved:.2f}")

    # In the next basket, what was declined is still left alone.
    fill_basket(page, MACHINE, CAMERA)
    assert offered(page) == {CLOTH}


def test_a_customer_is_welcomed_once_and_not_sold_twice_what_is_owned(visitor: Visitors, stop: Stop) -> None:
    page = visitor()
    register(page)
    fill_basket(page, BICYCLE)
    before = total(page)
    assert LOCK in offered(page)
    [lock, _full] = amounts(extra(page, LOCK).locator(".upsell-deal").inner_text())
    accept(page, LOCK)

    # Newcomers are offered something more before they pay, and it is added there.
    page.goto("/checkout/shipping-address/")
    to_payment(page)
    to_preview(page)
    assert CLEANER in offered(page)
    [cleaner, _full] = amounts(extra(page, CLEANER).locator(".upsell-deal").inner_text())
    accept(page, CLEANER)
    expect(page).to_have_url(re.compile("/checkout/preview/"))
    stop(page, "05-preview", f"{REGIONS}, {MESSAGES}")
    due = round(before + lock + cleaner, 2)
    assert preview_total(page) == due
    place_order(page)
    expect(page.locator("main")).to_contain_text(f"Order total\n£{due:,.2f}", use_inner_text=True)

    # The second time they are no newcomers, and own a lock; others are still offered one.
    fill_basket(page, BICYCLE)
    assert LOCK not in offered(page)
    page.goto("/checkout/shipping-address/")
    page.get_by_role("button", name="Ship to this address").first.click()
    to_preview(page)
    assert not {LOCK, CLEANER} & offered(page)
    somebody = visitor()
    fill_basket(somebody, BICYCLE)
    assert LOCK in offered(somebody)


def test_without_scripts_yes_no_and_undo_are_one_press_each(page_without_script: Page) -> None:
    page = page_without_script
    fill_basket(page, MACHINE, GRINDER)
    before = total(page)
    assert offered(page) == {DESCALER, BRUSH}
    expect(extra(page, BRUSH)).to_contain_text("Free")
    accept(page, BRUSH)
    assert total(page) == before
    decline(page, DESCALER)
    assert offered(page) == set()
    page.locator(MESSAGES).get_by_role("button", name="Undo").click()
    assert offered(page) == {DESCALER}
    [price, _full] = amounts(extra(page, DESCALER).locator(".upsell-deal").inner_text())
    accept(page, DESCALER)
    assert total(page) == round(before + price, 2)
    page.locator(MESSAGES).get_by_role("button", name="Undo").click()
    assert total(page) == before


def open_bump(page: Page) -> None:
    """Go by the list to the form of a bump."""
    page.goto("/admin/upsell/bump/")
    page.get_by_role("link", name=BUMP).first.click()


def test_a_merchant_reads_the_rule_and_past_baskets_beside_the_form(merchant: Page, axe: AxeRun, stop: Stop) -> None:
    merchant.goto("/admin/upsell/bump/")
    stop(merchant, "06-list", "#content")
    open_bump(merchant)
    preview = merchant.locator("#upsell-preview")
    expect(preview).to_contain_text("with 20 % off")
    expect(preview.locator("[data-upsell-replay]")).to_contain_text(re.compile(r"Of the last \d+ baskets and orders,"))
    expect(preview.locator(".upsell-examples li").first).to_contain_text("£")
    stop(merchant, "07-form", "#content")

    # The preview follows what is typed, and one more condition is in its sentence.
    merchant.set_viewport_size({"width": 1280, "height": 900})
    price, full = amounts(preview.locator(".upsell-deal").inner_text())
    assert price == round(full * 0.8, 2)
    merchant.get_by_role("spinbutton", name="How much").fill("50")
    expect(preview.locator(".upsell-deal")).to_contain_text(f"£{full / 2:.2f}")
    empty = merchant.locator("#requirements-2")
    empty.locator("select[name$=-kind]").select_option("worth")
    expect(empty.get_by_label("Units")).to_be_hidden()
    empty.locator("input[name$=-least]").fill("40")
    expect(preview.locator(".upsell-sentence").nth(1)).to_contain_text("worth £40.00 or more")
    assert axe(merchant, "#content") == []


def test_without_scripts_a_merchant_adds_a_condition_and_keeps_what_was_typed(page_without_script: Page) -> None:
    page = page_without_script
    log_in_as_merchant(page)
    open_bump(page)
    rows = page.locator("#requirements-group .inline-related:not(.empty-form)")
    before = rows.count()
    page.get_by_role("spinbutton", name="How much").fill("35")
    page.get_by_role("button", name="Add a condition").click()
    expect(rows).to_have_count(before + 1)
    expect(page.get_by_role("spinbutton", name="How much")).to_have_value("35")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Preview").click()
    expect(opened.value.locator("#content")).to_contain_text("with 35 % off")
