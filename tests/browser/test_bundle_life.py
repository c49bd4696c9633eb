"""A bundle's life as people see it: suggested, adopted, bought beside a voucher, found in the order, returned in part.

``UPSELL_PICTURES`` names a folder for a picture of every stop, as wide as a desk and as a phone.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.shop import add_to_basket, check_out_as_guest, log_in, log_in_as_merchant, open_product
from tests.browser.test_bundles import amounts

ADMINISTRATOR = "admin@fairlight.example"
BOX = "[data-upsell=bundle_offers]"
SAVINGS = "[data-upsell=basket_savings]"
ALONE = "Spanwell chain lube, 120 ml"  # what is bought beside the set, for the voucher to be worth something
ALONE_COSTS = 8.90
CODE = "TENTH"
WIDTHS = (360, 1280)


def stop(page: Page, name: str, *, fits: bool = True) -> None:
    """Look at a page at every width: nothing sticks out of it; and take its picture where one is wanted."""
    folder = os.environ.get("UPSELL_PICTURES")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_load_state("networkidle")
        if folder:
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        assert not fits or page.evaluate("document.documentElement.scrollWidth") == width


@pytest.fixture
def merchant(browser: Browser, base_url: str) -> Iterator[Page]:
    """A browser in which the merchant is logged in."""
    context = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    log_in_as_merchant(page)
    yield page
    context.close()


def submit(page: Page, address: str, **values: str) -> None:
    """Send a form of Oscar's dashboard, past its scripts; what a list offers is named by its label."""
    page.goto(address)
    form = {"csrfmiddlewaretoken": page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""}
    for name, value in values.items():
        option = page.locator(f"select[name={name}] option").filter(has_text=re.compile(f"^{re.escape(value)}$"))
        form[name] = (option.get_attribute("value") or "") if option.count() else value
    answer = page.request.post(address, form=form, headers={"Referer": page.url})
    assert answer.ok
    assert "Oops" not in answer.text()


@pytest.fixture
def voucher(browser: Browser, base_url: str) -> str:
    """A voucher for a tenth of everything, made in Oscar's dashboard by the administrator."""
    context = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    log_in(page, ADMINISTRATOR)
    page.goto("/dashboard/vouchers/")
    if page.get_by_role("link", name=CODE).count() == 0:
        submit(page, "/dashboard/ranges/create/", name="Everything in the shop", includes_all_products="on")
        submit(page, "/dashboard/offers/new/metadata/", name="A tenth of everything", offer_type="Voucher")
        submit(page, "/dashboard/offers/new/incentive/", range="Everything in the shop", type="Percentage", value="10")
        submit(page, "/dashboard/offers/new/condition/", range="Everything in the shop", type="Count", value="1")
        submit(page, "/dashboard/offers/new/restrictions/", priority="0")
        submit(
            page,
            "/dashboard/vouchers/create/",
            name=CODE,
            code=CODE,
            start_datetime="2020-01-01 00:00",
            end_datetime="2037-01-01 00:00",
            usage="Multi-use",
            offers="A tenth of everything",
        )
        page.goto("/dashboard/vouchers/")
        expect(page.get_by_role("link", name=CODE).first).to_be_visible()
    context.close()
    return CODE


def test_a_bundle_from_its_suggestion_to_a_refund(merchant: Page, page: Page, voucher: str) -> None:
    # The merchant adopts what the shop suggests, looks at it and lets it run.
    merchant.goto("/admin/upsell/bundlesuggestion/")
    card = merchant.locator(".upsell-card").first
    name = card.locator(".upsell-card-title").inner_text()
    titles = [one.inner_text().partition("\n")[0].strip() for one in card.locator(".upsell-product").all()]
    single_prices = amounts(card.locator(".upsell-set").inner_text())
    singly, proposed, less = amounts(card.locator(".upsell-figures").inner_text())[:3]
    assert round(singly - proposed, 2) == less
    assert round(sum(single_prices), 2) == singly
    stop(merchant, "01-suggestions")
    merchant.get_by_role("button", name=f"Adopt {name}", exact=True).click()
    expect(merchant.locator(".messagelist")).to_contain_text("draft")
    stop(merchant, "02-draft")
    assert amounts(merchant.locator("#upsell-preview tfoot").inner_text()) == [singly, less, proposed]
    merchant.get_by_role("button", name="Activate", exact=True).click()
    expect(merchant.locator(".upsell-tool")).to_contain_text("Active.")
    stop(merchant, "03-running")

    # A shopper finds it beside the product, at the price that was proposed, and adds it with one press.
    open_product(page, titles[0])
    box = page.locator(BOX).filter(has_text=f"Better together: {name}")
    assert amounts(box.locator(".upsell-deal").inner_text()) == [proposed, singly, less]
    also = page.locator("[data-upsell=frequently_bought_together]")
    expect(also.get_by_role("link", name=titles[1], exact=True)).to_have_count(0)  # at a sum that is not charged
    stop(page, "04-product")
    box.get_by_role("button", name="Add the set").click()
    expect(box.locator(".upsell-status")).to_contain_text(f"You save £{less:.2f}")
    stop(page, "05-added")

    # The basket says line by line what is saved; a voucher for something else stands beside it.
    page.goto("/basket/")
    savings = page.locator(SAVINGS)
    assert amounts(savings.locator("h2").inner_text()) == [less]
    parts = savings.locator(".upsell-savings-units li").all_inner_texts()
    assert [part.partition(" × ")[2].partition("£")[0].strip() for part in parts] == titles
    assert round(sum(amounts(" ".join(parts))), 2) == less
    stop(page, "06-basket")
    open_product(page, ALONE)
    add_to_basket(page)
    page.goto("/basket/")
    page.get_by_text("I have a voucher code").click()
    page.get_by_label("Code").fill(voucher)
    page.get_by_role("button", name="Add voucher").click()
    expect(page.locator("#messages")).to_contain_text("added to basket")
    total = round(proposed + ALONE_COSTS * 0.9, 2)
    expect(page.locator(".basket-page__totals")).to_contain_text(f"Order total\n£{total:.2f}", use_inner_text=True)
    assert amounts(savings.locator("h2").inner_text()) == [less]
    stop(page, "07-voucher")

    # The order says the same.
    shown = savings.locator("ul").first.inner_text().split()
    check_out_as_guest(page)
    assert page.locator("[data-upsell=order_savings] ul").first.inner_text().split() == shown
    expect(page.locator("main")).to_contain_text(f"£{total:.2f}")
    stop(page, "08-thanks")
    number = re.findall(r"\b1\d{5,}\b", page.locator("main").inner_text())[0]

    # The merchant finds the discounts in Oscar's dashboard, and pays one part back.
    merchant.set_viewport_size({"width": 1280, "height": 900})
    merchant.goto(f"/dashboard/orders/{number}/")
    merchant.get_by_role("link", name="Discounts").click()
    discounts = merchant.locator("#discounts")
    expect(discounts).to_contain_text("Bundle savings")
    expect(discounts).to_contain_text(f"£{less:.2f}")
    expect(discounts).to_contain_text(voucher)
    stop(merchant, "09-dashboard", fits=False)
    merchant.set_viewport_size({"width": 1280, "height": 900})
    merchant.get_by_role("link", name="Refund units of this order").click()
    merchant.get_by_role("row").filter(has_text=titles[1]).get_by_role("spinbutton").first.fill("1")
    stop(merchant, "10-return")
    merchant.get_by_role("button", name="Show the answers").click()
    stop(merchant, "11-answers")
    given = amounts(" ".join(parts[1:]))
    proposal = merchant.locator(".upsell-answers .upsell-shelf-preview").first
    assert amounts(proposal.locator(".upsell-amount strong").inner_text()) == [round(single_prices[1] - given[0], 2)]
    proposal.get_by_role("button").click()
    expect(merchant.locator("#content")).to_contain_text(f"to pay back for order {number}")
    stop(merchant, "12-refund")
