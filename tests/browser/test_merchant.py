"""What a merchant does: read the evidence, pin, exclude, and see an order counted."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.shop import (
    SET,
    TICK_BOX,
    add_to_basket,
    check_out_as_guest,
    log_in_as_merchant,
    open_curation_form,
    open_evidence,
    open_evidence_list,
    open_overview,
    open_product,
    open_product_with_set,
    title_beside,
)
from tests.browser.witness import Witness

ALSO_BOUGHT = "[data-upsell=customers_also_bought]"


@pytest.fixture
def merchant(browser: Browser, base_url: str) -> Iterator[Page]:
    """A second browser, in which the merchant is logged in."""
    context = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    log_in_as_merchant(page)
    yield page
    context.close()


@contextmanager
def decided(merchant: Page, product: str, verb: str, neighbour: str, back: str) -> Iterator[None]:
    """Press a button of the evidence screen, and its opposite in the end: other tests find the shop as it was."""
    open_evidence(merchant, product)
    merchant.get_by_role("button", name=f"{verb} {neighbour}", exact=True).click()
    expect(merchant.locator(".messagelist")).to_contain_text(neighbour)
    yield
    open_evidence(merchant, product)
    merchant.get_by_role("button", name=f"{back} {neighbour}".strip()).click()


@pytest.mark.parametrize("screen", [open_overview, open_evidence_list, open_evidence, open_curation_form])
@pytest.mark.parametrize("width", [360, 1280])
def test_merchants_screens_keep_to_themselves_and_to_any_width(merchant: Page, screen, width: int) -> None:
    witness = Witness()
    witness.watch(merchant)
    merchant.set_viewport_size({"width": width, "height": 900})
    screen(merchant)
    merchant.wait_for_load_state("networkidle")
    assert witness.saw_nothing_wrong(), witness
    assert merchant.evaluate("document.documentElement.scrollWidth") == width


def test_the_overview_greets_with_facts_and_steps(merchant: Page, axe) -> None:
    open_overview(merchant)
    expect(merchant.get_by_role("heading", level=1)).to_have_text("Upsell")
    expect(merchant.locator(".upsell-numbers").first).to_contain_text("orders read")
    expect(merchant.get_by_role("heading", name="What to do next")).to_be_visible()
    assert axe(merchant, ".upsell-overview") == []


def test_the_evidence_agrees_with_what_shoppers_see(page: Page, merchant: Page, axe) -> None:
    product = open_product_with_set(page)
    open_evidence(merchant, product)
    expect(merchant.get_by_role("heading", level=1)).to_contain_text(product)
    for tick in page.locator(f"{SET} {TICK_BOX}").all():
        row = merchant.get_by_role("row").filter(has=merchant.get_by_role("link", name=title_beside(tick), exact=True))
        expect(row).to_contain_text("Shown in “Frequently bought together”.")
        assert int(row.get_by_role("cell").first.inner_text().split()[0]) > 0
    assert axe(merchant, "#content") == []


def test_a_pinned_product_appears_and_an_excluded_one_goes(page: Page, merchant: Page) -> None:
    product = open_product_with_set(page)
    address = page.url
    shown = [title_beside(tick) for tick in page.locator(f"{SET} {TICK_BOX}").all()]
    pinned = (
        page.locator(f"{ALSO_BOUGHT} li")
        .filter(has=page.get_by_role("button"))
        .last.locator(".upsell-title")
        .inner_text()
    )
    with decided(merchant, product, "Pin", pinned, "Unpin"):
        page.goto(address)
        first = page.locator(f"{SET} li").nth(1)
        expect(first).to_contain_text(pinned)
        expect(first).to_contain_text("Chosen by us")
    with decided(merchant, product, "Exclude", shown[0], "Allow"):
        page.goto(address)
        expect(page.locator(SET)).to_be_visible()
        expect(page.locator("[data-upsell] .upsell-title").filter(has_text=shown[0])).to_have_count(0)
        for box in page.locator(f"{SET} {TICK_BOX}").all():
            assert title_beside(box) != shown[0]
    page.goto(address)
    assert [title_beside(tick) for tick in page.locator(f"{SET} {TICK_BOX}").all()] == shown


def test_the_form_of_a_curation_opens_filled_in(merchant: Page, axe) -> None:
    open_curation_form(merchant)
    expect(merchant.get_by_label("Action")).to_have_value("pin")
    assert axe(merchant, "#content") == []


def test_an_order_for_two_unrelated_products_is_counted(page: Page, merchant: Page) -> None:
    first, second = _two_unrelated_products(page, merchant)
    for title in (first, second):
        open_product(page, title)
        add_to_basket(page)
    check_out_as_guest(page)
    open_evidence(merchant, first)
    row = merchant.get_by_role("row").filter(has=merchant.get_by_role("link", name=second, exact=True))
    expect(row.get_by_role("cell").first).to_contain_text("1")
    expect(row.get_by_role("cell").first).to_contain_text("Thin")


def _two_unrelated_products(page: Page, merchant: Page) -> tuple[str, str]:
    """Find two products without variants that were never bought in one order, among the least sold."""
    open_evidence_list(merchant)
    while merchant.get_by_role("link", name="Next").count():
        merchant.get_by_role("link", name="Next").click()
    least_sold = [link.inner_text() for link in merchant.locator(".upsell-table tbody a").all()][::-1]
    sellable = (title for title in least_sold if _is_sold_as_it_is(page, title))
    first = next(sellable)
    open_evidence(merchant, first)
    neighbours = merchant.locator(".upsell-evidence").inner_text()
    return first, next(title for title in sellable if title not in neighbours)


def _is_sold_as_it_is(page: Page, title: str) -> bool:
    open_product(page, title)
    return page.locator(".buy .btn-primary").count() == 1 and page.locator(".variant").count() == 0
