"""A small demo shop, served on a port of its own, and what the browser tells us about its pages.

The tests come in from outside, as a shopper or a merchant would: none of them touches the database.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.shop import ROOT, log_in_as_merchant, serve_demo_shop
from tests.browser.witness import Witness
from tests.conftest import DemoShop

AXE_PATHS = [
    Path(os.environ.get("UPSELL_AXE", "axe.min.js")),
    ROOT / "node_modules" / "axe-core" / "axe.min.js",
]
WIDTHS = (360, 1280)
SOMEBODY = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0"  # to a robot no time to decide is given
REGIONS = "[data-upsell]"


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a copy of the session's demo shop; or of the one that ``--base-url`` names."""
    running = request.config.getoption("base_url")
    if running:
        yield running
        return
    shop: DemoShop = request.getfixturevalue("demo_shop")
    with serve_demo_shop(shop.copy_to(tmp_path_factory.mktemp("served") / "shop")) as url:
        yield url


@pytest.fixture
def witness(page: Page) -> Witness:
    """The test's page, watched; layout shifts are summed up in ``window.layoutShifts``."""
    seen = Witness()
    seen.watch(page)
    return seen


@pytest.fixture
def page_without_script(browser: Browser, base_url: str) -> Iterator[Page]:
    """A page of a browser that runs no scripts at all."""
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    yield context.new_page()
    context.close()


AxeRun = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def axe() -> AxeRun:
    """Ask axe about a page, or about the parts of it that a selector names; returns its violations."""
    found = next((path for path in AXE_PATHS if path.is_file()), None)
    if found is None:
        pytest.skip("axe-core is missing; enable with: npm install --no-save axe-core@4.14.1")
    source = found.read_text()

    def run(page: Page, selector: str | None = None) -> list[dict[str, Any]]:
        page.evaluate(source)
        context = f"[...document.querySelectorAll({selector!r})]" if selector else "document"
        result: dict[str, Any] = page.evaluate(f"axe.run({context}, {{resultTypes: ['violations']}})")
        return [
            {"rule": violation["id"], "impact": violation["impact"], "html": [n["html"] for n in violation["nodes"]]}
            for violation in result["violations"]
        ]

    return run


Visitors = Callable[[], Page]


@pytest.fixture
def visitor(browser: Browser, base_url: str) -> Iterator[Visitors]:
    """Somebody new at the shop, each in a browser of one's own, which does not say that it is driven."""
    contexts = []

    def comes() -> Page:
        context = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 900}, user_agent=SOMEBODY)
        contexts.append(context)
        return context.new_page()

    yield comes
    for context in contexts:
        context.close()


@pytest.fixture
def merchant(visitor: Visitors) -> Page:
    """A browser in which the merchant is logged in."""
    page = visitor()
    log_in_as_merchant(page)
    return page


@pytest.fixture
def stop(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Look at a page at every width: nothing sticks out of it, and axe, if it is there, finds nothing in a region."""
    has_axe = any(path.is_file() for path in AXE_PATHS)
    axe: AxeRun | None = request.getfixturevalue("axe") if has_axe else None

    def stop(page: Page, name: str, region: str = REGIONS) -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_load_state("networkidle")
            if folder := os.environ.get("UPSELL_PICTURES"):
                page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert axe is None or axe(page, region) == []

    return stop
