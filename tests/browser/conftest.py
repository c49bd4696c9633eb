"""A small demo shop, served on a port of its own, and what the browser tells us about its pages.

The tests come in from outside, as a shopper or a merchant would: none of them touches the database.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.shop import ROOT, serve_demo_shop
from tests.browser.witness import Witness
from tests.conftest import DemoShop

AXE_PATHS = [
    Path(os.environ.get("UPSELL_AXE", "axe.min.js")),
    ROOT / "node_modules" / "axe-core" / "axe.min.js",
]


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
