"""The demo shop as a thing to visit: building and serving it, and the ways through it that several tests take."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
START_SECONDS = 60

MERCHANT = "merchant@fairlight.example"
CUSTOMER = "amelia@customers.example"
PASSWORD = "fairlight"
GUEST = {
    "First name": "Ada",
    "Last name": "Guest",
    "First line of address": "1 High Street",
    "City": "London",
    "Post/Zip-code": "N1 9GU",
}


class ShopError(Exception):
    """The demo shop could not be built or served; the message ends with what it said."""


def environment_of(folder: Path) -> dict[str, str]:
    """Name the variables with which commands work on the demo shop in ``folder``."""
    return {**os.environ, "UPSELL_DEMO_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "demo_shop.settings"}


def build_demo_shop(folder: Path, *options: str) -> str:
    """Build a demo shop in ``folder``, and return what the command said; a shop that is built is left alone."""
    built = subprocess.run([*MANAGE, "demo", *options], env=environment_of(folder), capture_output=True, text=True)
    if built.returncode:
        raise ShopError(f"The demo shop could not be built:\n{built.stdout[-3000:]}\n{built.stderr[-3000:]}")
    return built.stdout


@contextmanager
def serve_demo_shop(folder: Path) -> Iterator[str]:
    """Serve the demo shop in ``folder``, which is built if it is empty, on a free port; yields its address."""
    if not (folder / "demo.json").exists():
        build_demo_shop(folder)
    environment = environment_of(folder)
    port, log_path = _free_port(), folder / "server.log"
    command = [*MANAGE, "runserver", f"127.0.0.1:{port}", "--noreload"]
    with log_path.open("w") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_served(url, server, log_path)
            yield url
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_served(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=START_SECONDS):
                return
        except URLError:
            time.sleep(0.2)
    raise ShopError(f"The demo shop does not answer:\n{log.read_text()[-3000:]}")


# --- ways through the shop ------------------------------------------------------------------------------------------

SET = "[data-upsell=frequently_bought_together]"
TICK_BOX = "input[type=checkbox]:enabled"
FIXED_TICK_BOX = "input[type=checkbox]:disabled"
PRODUCT_WITH_SET = "Spanwell chain lube, 120 ml"
PRODUCT_WITH_VARIANTS_BESIDE_IT = "Pressaro Lever espresso maker"

_addresses: dict[str, str] = {}


def open_product_with_set(page: Page) -> str:
    """Open a product that is sold as it is, beside three others that are; returns its title."""
    open_product(page, PRODUCT_WITH_SET)
    return PRODUCT_WITH_SET


def open_product(page: Page, title: str) -> None:
    """Find a product by the shop's search and open it; its address is remembered."""
    if title not in _addresses:
        page.goto("/search/?" + urlencode({"q": title}))
        _addresses[title] = page.get_by_role("link", name=title, exact=True).first.get_attribute("href") or ""
    page.goto(_addresses[title])


def add_to_basket(page: Page) -> None:
    """Add the product in view by the shop's own button."""
    page.locator(".buy").get_by_role("button", name="Add to basket").click()
    expect(page.locator("#messages")).to_contain_text("added to your basket")


def add_set_to_basket(page: Page) -> list[str]:
    """Tick everything that is bought together with the product in view and add it; returns what was ticked."""
    ticks = page.locator(f"{SET} {TICK_BOX}")
    titles = [title_beside(tick) for tick in ticks.all()]
    for tick in ticks.all():
        tick.check()
    page.locator(SET).get_by_role("button", name="Add selected to basket").click()
    expect(page.locator("#messages")).to_contain_text("added to your basket")
    return titles


def title_beside(tick: Locator) -> str:
    """Title of the product that a box of a set ticks."""
    return (tick.locator("xpath=ancestor::label").inner_text()).removeprefix("Add").strip()


def check_out_as_guest(page: Page) -> None:
    """Place an order for what is in the basket, through every step of the checkout."""
    page.goto("/basket/")
    page.get_by_role("link", name="Proceed to checkout").click()
    page.get_by_label("My email address is").fill("guest@customers.example")
    page.get_by_label("checkout as a guest").check()
    page.get_by_role("button", name="Continue").click()
    for label, text in GUEST.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("Country").select_option(label="United Kingdom")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("confirmation")


def basket_count(page: Page) -> Locator:
    """The number beside the basket in the header."""
    return page.locator(".header-link__count")


def log_in(page: Page, email: str) -> None:
    """Log in by the shop's own form, as one of the people whom ``manage.py demo`` lists."""
    page.goto("/accounts/login/")
    form = page.locator("#login_form")
    form.get_by_label("Email address").fill(email)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Log In").click()
    expect(form).to_have_count(0)


_sessions: dict[str, str] = {}  # of the merchant, by the shop's address


def log_in_as_merchant(page: Page) -> None:
    """Log in as the merchant who is no superuser: by the form the first time, after that with the same session."""
    page.goto("/accounts/login/")
    shop = "/".join(page.url.split("/")[:3])
    if shop in _sessions:
        page.context.add_cookies([{"name": "sessionid", "value": _sessions[shop], "url": shop}])
        return
    log_in(page, MERCHANT)
    _sessions[shop] = next(one["value"] for one in page.context.cookies(shop) if one["name"] == "sessionid")


def log_in_as_customer(page: Page) -> None:
    """Log in as a regular customer."""
    log_in(page, CUSTOMER)


def open_overview(page: Page) -> None:
    """Go by the dashboard's menu to upsell's overview."""
    page.goto("/dashboard/")
    menu = page.locator("#bottom_nav_bar")
    if not menu.is_visible():
        page.locator(".navbar-primary .navbar-toggler").click()
        expect(menu).to_have_class(re.compile(r"\bshow\b"))  # it has unfolded
    menu.get_by_role("button", name="Upsell").click()
    menu.get_by_role("link", name="Overview", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Upsell")


def open_evidence_list(page: Page) -> None:
    """Open the list of products with evidence, to which the same menu leads."""
    page.goto("/admin/upsell/affinity/")


def open_evidence(page: Page, product: str = "") -> None:
    """Go on from there to the evidence of a product; of the best seller unless another is named."""
    open_evidence_list(page)
    if product:
        page.get_by_role("searchbox", name="Product").fill(product)
        page.get_by_role("button", name="Search").click()
    page.locator(".upsell-table tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Evidence for")


def open_curation_form(page: Page) -> None:
    """Go by the best seller's evidence to the form that pins something beside it."""
    open_evidence(page)
    page.get_by_role("link", name="Pin something else beside it").click()
    expect(page.get_by_label("Action")).to_be_visible()
