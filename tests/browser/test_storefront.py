"""Every kind of storefront page: nothing from outside, nothing inline, nothing that moves, nobody shut out."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shop import add_to_basket, log_in_as_customer, open_product_with_set

PHONE = {"width": 360, "height": 780}
PUBLIC_PAGES = [
    "/",
    "/catalogue/",
    "/basket/",
    "/accounts/login/",
    "/password-reset/",
    "/offers/",
    "/search/?q=grinder",
]
ACCOUNT_PAGES = ["/accounts/profile/", "/accounts/orders/", "/accounts/addresses/", "/accounts/addresses/add/"]


def _visit_department(page: Page) -> None:
    page.goto("/")
    page.locator(".department a").first.click()
    expect(page).to_have_url(re.compile("/category/"))


def _visit_basket_with_product(page: Page) -> None:
    open_product_with_set(page)
    add_to_basket(page)
    page.goto("/basket/")


def _visit_checkout(page: Page) -> None:
    _visit_basket_with_product(page)
    page.get_by_role("link", name="Proceed to checkout").click()
    expect(page).to_have_url(re.compile("/checkout/"))


def _visit_shipping_address_as_customer(page: Page) -> None:
    log_in_as_customer(page)
    _visit_checkout(page)


def _visit_order(page: Page) -> None:
    log_in_as_customer(page)
    page.goto("/accounts/orders/")
    page.locator("main table a").first.click()
    expect(page).to_have_url(re.compile(r"/orders/\w+"))


VISITS = {
    **{path: lambda page, path=path: page.goto(path) for path in PUBLIC_PAGES},
    "a department": _visit_department,
    "a product": open_product_with_set,
    "a basket with a product": _visit_basket_with_product,
    "the checkout as a guest": _visit_checkout,
    "the shipping address as a customer": _visit_shipping_address_as_customer,
    "a customer's order": _visit_order,
    **{path: lambda page, path=path: (log_in_as_customer(page), page.goto(path)) for path in ACCOUNT_PAGES},
}
every_page = pytest.mark.parametrize("visit", VISITS.values(), ids=VISITS.keys())


@every_page
def test_pages_keep_to_themselves_and_to_a_phones_width(page: Page, witness, visit) -> None:
    page.set_viewport_size(PHONE)
    visit(page)
    page.wait_for_load_state("networkidle")
    assert witness.saw_nothing_wrong(), witness
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_policy_is_enforced_and_not_only_reported(page: Page) -> None:
    response = page.goto("/")
    assert response is not None
    assert response.headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in response.headers["content-security-policy"]
    assert "content-security-policy-report-only" not in response.headers


@every_page
def test_axe_finds_nothing_serious_on_the_page(page: Page, axe, visit) -> None:
    visit(page)
    page.wait_for_load_state("load")
    assert [violation for violation in axe(page) if violation["impact"] in {"serious", "critical"}] == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("visit", [open_product_with_set, _visit_basket_with_product, lambda page: page.goto("/")])
def test_widgets_pass_axe_at_every_width(page: Page, axe, visit, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit(page)
    expect(page.locator("[data-upsell]").first).to_be_visible()
    assert axe(page, "[data-upsell]") == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("visit", [open_product_with_set, _visit_basket_with_product, lambda page: page.goto("/")])
def test_nothing_moves_while_a_page_with_widgets_loads_and_scrolls(page: Page, witness, visit, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit(page)
    page.mouse.wheel(0, 4000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    assert page.evaluate("window.layoutShifts") == []


def test_pictures_in_widgets_bring_their_size(page: Page) -> None:
    open_product_with_set(page)
    for picture in page.locator("[data-upsell] img").all():
        assert re.fullmatch(r"\d+", picture.get_attribute("width") or "")
        assert re.fullmatch(r"\d+", picture.get_attribute("height") or "")


def test_buttons_and_links_in_widgets_are_big_enough_to_press(page: Page) -> None:
    page.set_viewport_size(PHONE)
    open_product_with_set(page)
    for button in page.locator("[data-upsell] button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, button.inner_text()


def test_headings_never_stand_over_nothing(page: Page) -> None:
    open_product_with_set(page)
    for widget in page.locator("[data-upsell]").all():
        assert widget.get_by_role("listitem").count() > 0


def test_the_footer_says_that_people_are_simulated(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("contentinfo")).to_contain_text(
        "A demonstration shop; people, orders and reviews are simulated."
    )


def test_the_menu_opens_and_closes_by_keyboard_on_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/")
    menu = page.get_by_role("navigation", name="Departments")
    button = page.get_by_role("button", name="Menu")
    expect(menu).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
