"""Take the README's pictures of the demo shop: ``python -m tests.screenshots [--base-url URL] [--only NAME]``.

Without an address a demo shop is built and served for the occasion. Every page is taken at the width of a desk and of
a phone, into ``docs/screenshots/<name>-<width>.png``.
"""

import argparse
import io
import re
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.shop import (
    ROOT,
    add_set_to_basket,
    add_to_basket,
    check_out_as_guest,
    log_in_as_customer,
    log_in_as_merchant,
    open_curation_form,
    open_evidence,
    open_overview,
    open_product,
    serve_demo_shop,
)
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS

FOLDER = ROOT / "docs" / "screenshots"
WIDTHS = (1280, 360)
BOX = "[data-upsell=bundle_offers]"
BUNDLE = "Pour-over starter"
PRODUCT_OF_SET = "Conelli dripper, plastic"
PRODUCT_OF_MIX = "Potterdale everyday mug"
PRODUCT = "Kestrix K50 mirrorless camera"
COMPARISON = "[data-upsell=tier_comparison]"
BESIDE = "[data-upsell=upgrade_offer]"
LADDER_PRODUCT = "Lumarra L3 mirrorless camera"
COURSE = "Seeing Light photography course: Practise"  # has a special price open to all, with an end
STEPPED = ("Rollande floor pump", COURSE)  # of which better ones are offered in the basket
OWNERS_STEP = "Millory Tower electric grinder"  # the customer owns the one below
UPGRADE = "First season of live evenings"
CALLS_FOR_EXTRAS = ("Pressaro Compact espresso machine", "Millory Drum electric grinder")
BUMP = "Descaler for the machine"
HEIGHT = 1800  # the most a picture may have: what a reader would scroll through
SIZE = 280 * 1024  # bytes from which a picture has to do with fewer colours
COLOURS = 256

_orders: list[str] = []  # numbers of those placed here


def home(page: Page) -> None:
    """The front door with what is trending."""
    page.goto("/")


def product(page: Page) -> None:
    """A product with everything that goes with it."""
    open_product(page, PRODUCT)


def basket(page: Page) -> None:
    """A set in the basket, and what completes it."""
    product(page)
    add_set_to_basket(page)
    page.goto("/basket/")


def bundle_product(page: Page) -> None:
    """A product with the set that it is sold in for less."""
    open_product(page, PRODUCT_OF_SET)
    _bring_up(page, BOX)


def bundle_basket(page: Page) -> None:
    """A basket that saves something, and is short of one for something else."""
    open_product(page, PRODUCT_OF_SET)
    page.locator(BOX).get_by_role("button", name="Add the set").click()
    expect(page.locator(f"{BOX} .upsell-status")).to_contain_text("added to your basket")
    open_product(page, PRODUCT_OF_MIX)
    page.locator(".buy input[type=radio]").first.check()
    page.locator(".buy").get_by_label("Quantity").fill("3")
    add_to_basket(page)
    page.goto("/basket/")
    expect(page.locator("[data-upsell=bundle_progress]").first).to_be_visible()


def _bring_up(page: Page, selector: str) -> None:
    """Wait for a region to be there."""
    expect(page.locator(selector).first).to_be_visible()


def ladder(page: Page) -> None:
    """The steps of a ladder side by side."""
    open_product(page, LADDER_PRODUCT)
    _scroll_to(page, COMPARISON)


def special(page: Page) -> None:
    """A better step at a special price, with its end."""
    open_product(page, COURSE)
    _bring_up(page, f"{BESIDE} time")


def line_upgrades(page: Page) -> None:
    """A basket of which two lines are offered a better step, one of them for less than usual."""
    for title in STEPPED:
        open_product(page, title)
        add_to_basket(page)
    page.goto("/basket/")
    _bring_up(page, "[data-upsell=line_upgrade]")


def owner(page: Page) -> None:
    """What is left to pay for who owns the step below."""
    open_product(page, OWNERS_STEP)
    expect(page.locator(BESIDE)).to_contain_text("You own")


def upgrade_list(page: Page) -> None:
    """All upgrade offers at a glance."""
    page.goto("/admin/upsell/upgradeoffer/")


def upgrade_form(page: Page) -> None:
    """An upgrade offer's form, and what shoppers would read."""
    upgrade_list(page)
    page.get_by_role("link", name=UPGRADE).first.click()
    _bring_up(page, "#upsell-preview table")


def ladder_suggestions(page: Page) -> None:
    """Products that could be the steps of a ladder."""
    page.goto("/admin/upsell/laddersuggestion/")


def bump_basket(page: Page) -> None:
    """Two extras below what they go with, each with a yes and a no."""
    for title in CALLS_FOR_EXTRAS:
        open_product(page, title)
        add_to_basket(page)
    page.goto("/basket/")
    expect(page.locator("[data-upsell=checkout_bumps] .upsell-extra")).to_have_count(2)


def bump_form(page: Page) -> None:
    """A bump's form, its rule in sentences, what shoppers would see, and which baskets would have met it."""
    page.goto("/admin/upsell/bump/")
    page.get_by_role("link", name=BUMP).first.click()
    _bring_up(page, "#upsell-preview [data-upsell-replay]")


def _scroll_to(page: Page, selector: str) -> None:
    """Begin the picture at a region."""
    _bring_up(page, selector)
    top = page.locator(selector).first.evaluate("element => element.getBoundingClientRect().top + window.scrollY")
    page.evaluate("top => { document.body.style.marginTop = `-${top - 24}px`; }", top)


def bundle_list(page: Page) -> None:
    """All bundles at a glance."""
    page.goto("/admin/upsell/bundle/")


def bundle_form(page: Page) -> None:
    """A bundle's form, and what example baskets would pay."""
    bundle_list(page)
    page.get_by_role("link", name=BUNDLE).first.click()
    _bring_up(page, "#upsell-preview table")


def bundle_suggestions(page: Page) -> None:
    """Sets that customers put together themselves."""
    page.goto("/admin/upsell/bundlesuggestion/")


def refund(page: Page) -> None:
    """What goes back when one part of a set does, of the order that the shopper placed before."""
    page.goto("/admin/upsell/refund/add/?order=" + _orders[-1])
    page.get_by_role("spinbutton").first.fill("1")
    page.get_by_role("button", name="Show the answers").click()
    _bring_up(page, ".upsell-answers")


def buy_a_set(page: Page) -> None:
    """Place the order that a part of comes back."""
    open_product(page, PRODUCT_OF_SET)
    page.locator(BOX).get_by_role("button", name="Add the set").click()
    expect(page.locator(f"{BOX} .upsell-status")).to_contain_text("added to your basket")
    check_out_as_guest(page)
    _orders.append(re.findall(r"\d+", page.get_by_role("heading", level=1).inner_text())[0])


SHOPPER: dict[str, Callable[[Page], object]] = {"home": home, "product": product, "basket": basket}
BUNDLE_SHOPPER: dict[str, Callable[[Page], object]] = {
    "bundle-product": bundle_product,
    "bundle-basket": bundle_basket,
}
LADDER_SHOPPER: dict[str, Callable[[Page], object]] = {
    "ladder-product": ladder,
    "ladder-special": special,
    "ladder-basket": line_upgrades,
}
BUMP_SHOPPER: dict[str, Callable[[Page], object]] = {"bump-basket": bump_basket}
OWNER: dict[str, Callable[[Page], object]] = {"ladder-owner": owner}
MERCHANT: dict[str, Callable[[Page], object]] = {
    "overview": open_overview,
    "evidence": open_evidence,
    "curation": open_curation_form,
    "bundle-list": bundle_list,
    "bundle-form": bundle_form,
    "bundle-suggestions": bundle_suggestions,
    "bundle-refund": refund,
    "ladder-upgrade-list": upgrade_list,
    "ladder-upgrade-form": upgrade_form,
    "ladder-suggestions": ladder_suggestions,
    "bump-form": bump_form,
}


def as_guest(_page: Page) -> None:
    """Do not log in."""


VISITS = (
    (SHOPPER, as_guest),
    (BUNDLE_SHOPPER, as_guest),
    (LADDER_SHOPPER, as_guest),
    (BUMP_SHOPPER, as_guest),
    (OWNER, log_in_as_customer),
    (MERCHANT, log_in_as_merchant),
)


def take(page: Page, path: Path) -> None:
    """Write the page as it stands, with all its pictures, down to the height allowed."""
    page.evaluate("document.querySelectorAll('img').forEach(picture => { picture.loading = 'eager'; })")
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled"))).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, HEIGHT)))
    picture.save(path, optimize=True)
    if path.stat().st_size > SIZE:
        picture.quantize(COLOURS, kmeans=4).save(path, optimize=True)


def take_all(base_url: str, only: str = "") -> None:
    """Take every picture of the shop at this address, or those whose names begin so."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        buy_a_set(browser.new_context(base_url=base_url).new_page())
        for width in WIDTHS:
            for pages, log_in in VISITS:
                context = browser.new_context(base_url=base_url, viewport={"width": width, "height": 900})
                page = context.new_page()
                log_in(page)
                for name, visit in ((name, visit) for name, visit in pages.items() if name.startswith(only)):
                    visit(page)
                    path = FOLDER / f"{name}-{width}.png"
                    take(page, path)
                    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")
                context.close()
        browser.close()


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", help="address of a running demo shop")
    parser.add_argument("--only", default="", help="how the names of the pictures begin that are taken")
    arguments = parser.parse_args()
    base_url = arguments.base_url
    with ExitStack() as stack:
        if base_url is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            base_url = stack.enter_context(serve_demo_shop(folder))
        take_all(base_url, arguments.only)


if __name__ == "__main__":
    main()
