"""Stepping up as people live it: compared, switched, taken back, offered for a time, and for less to owners.

``UPSELL_PICTURES`` names a folder for a picture of every stop, as wide as a desk and as a phone.
"""

import re
import time
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import REGIONS, Visitors
from tests.browser.shop import add_to_basket, log_in_as_customer, open_product
from tests.browser.test_bundles import amounts

ZONE = ZoneInfo("Europe/London")  # in which the demo shop tells the time
COMPARISON = "[data-upsell=tier_comparison]"
BESIDE = "[data-upsell=upgrade_offer]"
LINE = "[data-upsell=line_upgrade]"
SAVINGS = "[data-upsell=basket_savings]"

CAMERA, BETTER_CAMERA = "Lumarra L1 mirrorless camera", "Lumarra L3 mirrorless camera"
COURSE, BEST_COURSE = "Seeing Light photography course: Practise", "Seeing Light photography course: With a teacher"
MACHINE, BEST_MACHINE, TAMPER = (
    "Pressaro E1 espresso machine",
    "Pressaro Duo two-boiler espresso machine",
    "Pressaro tamper 58 mm",
)
OWNED, WANTED, BEST = "Millory Drum electric grinder", "Millory Tower electric grinder", "Millory Espresso 64 grinder"
ENDING, ENDING_LADDER, ENDING_STEP = "Kestrix K10 mirrorless camera", "Kestrix cameras", "Everyday"


def total(page: Page) -> float:
    """Read what the basket in view comes to."""
    [found] = amounts(page.locator("#basket_totals .total").last.inner_text())
    return found


def lines(page: Page) -> list[str]:
    return page.locator(".order-line__title").all_inner_texts()


def told(region: Locator) -> list[float]:
    """Read the amounts of a step's sentence: what it costs more, and what it would without its special price."""
    return amounts(region.locator(".upsell-text").inner_text())


def undo(page: Page) -> None:
    page.locator("#messages").get_by_role("button", name="Undo").click()


def press(page: Page, button: Locator) -> None:
    """Go to a button by the keyboard alone, and press it."""
    for _step in range(150):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


def register(page: Page) -> None:
    """Open an account with the shop."""
    page.goto("/accounts/login/")
    form = page.locator("#register_form")
    form.get_by_label("Email address").fill(f"{uuid4().hex}@customers.example")
    form.get_by_label("Password", exact=True).fill("Fairlight-1966")
    form.get_by_label("Confirm password").fill("Fairlight-1966")
    form.get_by_role("button", name="Register").click()
    expect(page).to_have_url(re.compile("/accounts/profile/"))


def empty_basket(page: Page) -> None:
    """Take everything out that an earlier visit left."""
    page.goto("/basket/")
    while page.get_by_role("button", name="Remove").count():
        page.get_by_role("button", name="Remove").first.click()
        page.wait_for_load_state()


def test_a_guest_compares_switches_by_keyboard_and_changes_their_mind(page: Page, stop) -> None:
    # Side by side on the product's page: two prices, and what the better one costs more.
    open_product(page, CAMERA)
    comparison = page.locator(COMPARISON)
    price, better_price, gap = amounts(comparison.locator(".upsell-tier").nth(0).inner_text())[:1] + amounts(
        comparison.locator(".upsell-tier").nth(1).inner_text()
    )
    assert gap == round(better_price - price, 2)
    comparison.get_by_text("All details side by side").first.click()
    stop(page, "01-compared")

    # What is in the basket already is switched from the product's page, and that is told and can be taken back.
    add_to_basket(page)
    open_product(page, CAMERA)
    assert told(page.locator(BESIDE)) == [gap]
    page.locator(BESIDE).get_by_role("button", name=f"Switch to {BETTER_CAMERA}").click()
    messages = page.locator("#messages")
    expect(messages).to_contain_text(f"You have {BETTER_CAMERA} in your basket now, instead of {CAMERA}.")
    stop(page, "02-switched", f"{REGIONS}, #messages")
    undo(page)
    page.goto("/basket/")
    assert lines(page) == [CAMERA]
    assert total(page) == price

    # The line in the basket says the same difference; it is switched, taken back and refused by keys alone.
    assert told(page.locator(LINE)) == [gap]
    stop(page, "03-line")
    press(page, page.locator(LINE).get_by_role("button", name="Switch"))
    expect(page.locator(".order-line__title")).to_have_text([BETTER_CAMERA])
    assert total(page) == better_price
    press(page, messages.get_by_role("button", name="Undo"))
    expect(page.locator(".order-line__title")).to_have_text([CAMERA])
    assert total(page) == price
    press(page, page.locator(LINE).get_by_role("button", name="No, thanks"))
    expect(messages).to_contain_text("will not be suggested again.")
    expect(page.locator(LINE)).to_have_count(0)


def test_what_comes_with_the_better_one_is_not_paid_for_twice(page: Page, stop) -> None:
    for title in (MACHINE, TAMPER):
        open_product(page, title)
        add_to_basket(page)
    page.goto("/basket/")
    before = total(page)
    region = page.locator(LINE)
    expect(region).to_contain_text(f"Includes “{TAMPER}” from your basket")
    [gap] = told(region)
    stop(page, "04-contents")
    region.get_by_role("button", name=f"Switch to {BEST_MACHINE}").click()
    expect(page.locator(".order-line__title")).to_have_text([BEST_MACHINE])
    expect(page.locator("#messages")).to_contain_text(f"{TAMPER} comes with {BEST_MACHINE}")
    assert total(page) == round(before + gap, 2)
    undo(page)
    expect(page.locator(".order-line__title")).to_have_count(2)
    assert sorted(lines(page)) == sorted([MACHINE, TAMPER])
    assert total(page) == before


def test_an_offer_open_to_all_is_taken_counted_and_taken_back(page: Page, stop) -> None:
    open_product(page, COURSE)
    region = page.locator(BESIDE)
    gap, regular = told(region)
    assert gap < regular
    expect(region.locator("time")).to_have_text(
        re.compile(r"^Until \d+ \w+ \d{4}, ([\d:]+ [ap]\.m\.|noon|midnight)\.$")
    )
    add_to_basket(page)
    page.goto("/basket/")
    before = total(page)
    assert told(page.locator(LINE)) == [gap, regular]
    stop(page, "05-special")
    page.locator(LINE).get_by_role("button", name=f"Switch to {BEST_COURSE}").click()
    expect(page.locator(".order-line__title")).to_have_text([BEST_COURSE])
    assert total(page) == round(before + gap, 2)
    assert amounts(page.locator(f"{SAVINGS} h2").inner_text()) == [round(regular - gap, 2)]
    stop(page, "06-accepted")
    undo(page)
    expect(page.locator(".order-line__title")).to_have_text([COURSE])
    assert total(page) == before
    expect(page.locator(SAVINGS)).to_have_count(0)
    assert told(page.locator(LINE)) == [gap, regular]  # who takes it back may take it again


def test_a_new_customer_has_two_hours_from_the_first_look(visitor: Visitors, stop) -> None:
    page = visitor()
    open_product(page, CAMERA)
    expect(page.locator(f"{BESIDE} time")).to_have_count(0)  # nobody knows whether a guest is new
    register(page)
    looked = datetime.now(ZONE).replace(second=0, microsecond=0)
    open_product(page, CAMERA)
    region = page.locator(BESIDE)
    gap, regular = told(region)
    until = region.locator("time").get_attribute("datetime") or ""
    assert timedelta(0) <= datetime.fromisoformat(until) - looked - timedelta(hours=2) < timedelta(minutes=2)
    stop(page, "07-welcome")
    page.reload()
    assert region.locator("time").get_attribute("datetime") == until  # a second look gives no more time
    region.get_by_role("button", name=f"Add {BETTER_CAMERA}").click()
    expect(page.locator("#messages")).to_contain_text("added to your basket")
    page.goto("/basket/")
    assert lines(page) == [BETTER_CAMERA]
    assert amounts(page.locator(f"{SAVINGS} h2").inner_text()) == [round(regular - gap, 2)]


def test_one_second_after_its_end_a_special_price_is_gone_and_the_reason_is_given(
    visitor: Visitors, merchant: Page, stop
) -> None:
    # A merchant makes an offer that ends tomorrow, in the form, and watches its preview.
    merchant.goto("/admin/upsell/upgradeoffer/add/")
    merchant.locator("#id_ladder").select_option(label=ENDING_LADDER)
    merchant.locator("#id_to_tier").select_option(label=ENDING_STEP)
    merchant.locator("#id_reward_kind").select_option("off")
    merchant.get_by_label("How much").fill("50.00")
    set_end(merchant, datetime.now(ZONE) + timedelta(days=1))
    preview = merchant.locator("#upsell-preview [data-upsell=upgrade_preview]")
    expect(preview).to_contain_text(f"Step up to {ENDING_STEP} for +£")
    previewed = told(preview)
    stop(merchant, "08-form", "#upsell-preview")
    merchant.get_by_role("button", name="Save and activate").click()
    expect(merchant.locator(".messagelist")).to_contain_text("is active.")
    merchant.locator("#result_list tbody a").first.click()
    expect(merchant.locator(".upsell-tool")).to_contain_text("Active until")
    try:
        # One shopper accepts it in time; another has the page open, and looks on.
        early, late = visitor(), visitor()
        for page in (early, late):
            open_product(page, ENDING)
            add_to_basket(page)
            page.goto("/basket/")
            assert told(page.locator(LINE)) == previewed
        single = total(late)
        early.locator(LINE).get_by_role("button", name="Switch").click()
        expect(early.locator(SAVINGS)).to_contain_text("£50.00")
        assert total(early) == round(single + previewed[0], 2)

        # The merchant lets it end in a moment. One second later it is over for both, whatever their pages still say.
        end = datetime.now(ZONE).replace(microsecond=0) + timedelta(seconds=3)
        set_end(merchant, end)
        merchant.get_by_role("button", name="Save", exact=True).click()
        expect(merchant.locator(".messagelist")).to_be_visible()
        time.sleep(max(0.0, (end - datetime.now(ZONE)).total_seconds()) + 1)
        late.locator(LINE).get_by_role("button", name="Switch").click()
        expect(late.locator("#messages")).to_contain_text("Nothing was changed. This special price was good until")
        assert lines(late) == [ENDING]
        assert total(late) == single
        assert told(late.locator(LINE)) == previewed[1:]  # the step is still there, at its own price
        stop(late, "09-ended", f"{REGIONS}, #messages")
        early.reload()
        expect(early.locator(SAVINGS)).to_have_count(0)
        assert total(early) == round(single + previewed[1], 2)
    finally:
        merchant.set_viewport_size({"width": 1280, "height": 900})
        merchant.goto("/admin/upsell/upgradeoffer/")
        merchant.locator("#result_list tbody a").first.click()
        if merchant.get_by_role("button", name="End for good").count():
            merchant.get_by_role("button", name="End for good").click()


def set_end(page: Page, at: datetime) -> None:
    """Type when an offer ends."""
    page.locator("#id_ends_at_0").fill(at.strftime("%Y-%m-%d"))
    page.locator("#id_ends_at_1").fill(at.strftime("%H:%M:%S"))


def test_an_owner_pays_the_difference_once_and_gets_it_back_with_a_refund(
    visitor: Visitors, merchant: Page, stop
) -> None:
    page = visitor()
    log_in_as_customer(page)
    empty_basket(page)

    # Whoever owns the lower one reads what is left to pay, and the basket takes no more.
    open_product(page, WANTED)
    owner = page.locator(BESIDE).filter(has_text="You own")
    left, full = told(owner)
    stop(page, "10-owner")
    add_to_basket(page)
    page.goto("/basket/")
    assert total(page) == left
    credit = round(full - left, 2)
    assert amounts(page.locator(f"{SAVINGS} h2").inner_text()) == [credit]
    stop(page, "11-owners-basket")

    # Through the checkout to the order, which says the same.
    page.get_by_role("link", name="Proceed to checkout").click()
    page.get_by_role("button", name="Ship to this address").first.click()
    page.get_by_role("link", name="Continue").click()
    expect(page.locator(SAVINGS)).to_contain_text(f"£{credit:.2f}")
    stop(page, "12-before-payment")
    page.get_by_role("button", name="Place order").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("confirmation")
    expect(page.locator("main")).to_contain_text(f"Order total\n£{left:.2f}", use_inner_text=True)
    assert amounts(page.locator("[data-upsell=order_savings] h2").inner_text()) == [credit]
    stop(page, "13-thanks")
    number = re.findall(r"\d+", heading.inner_text())[0]

    # What was credited is used up: now the better one is owned, at its full worth, and the lower one counts no more.
    open_product(page, BEST)
    best_left, best_full = told(owner)
    assert best_left == round(best_full - full, 2)

    # The merchant sees it on the order, and takes the better one back: only what was paid for it goes back.
    merchant.goto(f"/dashboard/orders/{number}/")
    merchant.get_by_role("link", name="Discounts").click()
    expect(merchant.locator("#discounts")).to_contain_text("Upgrade savings")
    merchant.get_by_role("link", name="Refund units of this order").click()
    merchant.get_by_role("row").filter(has_text=WANTED).get_by_role("spinbutton").first.fill("1")
    merchant.get_by_role("button", name="Show the answers").click()
    answer = merchant.locator(".upsell-answers .upsell-shelf-preview").first
    assert amounts(answer.locator(".upsell-amount strong").inner_text()) == [left]
    answer.get_by_role("button").click()
    expect(merchant.locator("#content")).to_contain_text(f"to pay back for order {number}")
    open_product(page, WANTED)
    assert told(owner) == [left, full]


def test_a_suggested_ladder_is_adopted_activated_and_seen(merchant: Page, page: Page, stop) -> None:
    merchant.goto("/admin/upsell/laddersuggestion/")
    card = merchant.locator(".upsell-card").first
    name = card.locator(".upsell-card-title").inner_text()
    steps = [one.inner_text().partition("\n")[0].strip() for one in card.locator(".upsell-product").all()]
    prices = amounts(card.locator(".upsell-set").inner_text())
    assert len(steps) == len(prices) >= 2
    stop(merchant, "14-suggestions", "#content")
    merchant.set_viewport_size({"width": 1280, "height": 900})
    merchant.get_by_role("button", name=f"Adopt {name}", exact=True).click()
    expect(merchant.locator(".messagelist")).to_contain_text("draft")
    expect(merchant.locator("#upsell-preview .upsell-tier")).to_have_count(len(steps))
    stop(merchant, "15-draft", "#upsell-preview")
    open_product(page, steps[0])
    expect(page.locator(COMPARISON)).to_have_count(0)  # a draft is the merchant's alone
    merchant.set_viewport_size({"width": 1280, "height": 900})
    merchant.get_by_role("button", name="Activate", exact=True).click()
    expect(merchant.locator(".upsell-tool")).to_contain_text("Active.")

    page.reload()
    rows = page.locator(f"{COMPARISON} .upsell-tier")
    assert [amounts(row.inner_text())[0] for row in rows.all()] == prices
    stop(page, "16-ladder")
    rows.nth(1).get_by_role("button", name=f"Choose {steps[1]}").click()
    expect(page.locator(f"{COMPARISON} .upsell-status")).to_contain_text("added to your basket")
    page.goto("/basket/")
    assert total(page) == prices[1]
