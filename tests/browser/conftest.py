"""A small demo shop, built once and served on a port of its own, and what the browser tells us about its pages.

The tests come in from outside, as a shopper or a merchant would: none of them touches the database.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.browser.shop import ROOT, serve_demo_shop

AXE_PATHS = [
    Path(os.environ.get("UPSELL_AXE", "axe.min.js")),
    ROOT / "node_modules" / "axe-core" / "axe.min.js",
]
ORDERS = 1500  # enough to tell what goes together, few enough to be there soon
WATCH_LAYOUT = """
window.layoutShifts = [];
new PerformanceObserver(list => {
  for (const shift of list.getEntries()) {
    if (!shift.hadRecentInput) window.layoutShifts.push(shift.value);
  }
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a small demo shop, built and served for the session; or of the one that ``--base-url`` names."""
    running = request.config.getoption("base_url")
    if running:
        yield running
        return
    with serve_demo_shop(tmp_path_factory.mktemp("demo-shop"), orders=ORDERS) as url:
        yield url


@dataclass
class Witness:
    """What a page did while it was watched."""

    outside_requests: list[str] = field(default_factory=list)
    policy_violations: list[str] = field(default_factory=list)
    script_errors: list[str] = field(default_factory=list)
    failed_files: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Take down everything the page asks for, complains of or breaks."""
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        page.on(
            "response",
            lambda response: (
                self.failed_files.append(response.url)
                if response.status >= 400 and response.request.resource_type != "document"
                else None
            ),
        )

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.hostname != "127.0.0.1":
            self.outside_requests.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.policy_violations.append(message.text)


@pytest.fixture
def witness(page: Page) -> Witness:
    """The test's page, watched; layout shifts are summed up in ``window.layoutShifts``."""
    seen = Witness()
    seen.watch(page)
    page.add_init_script(WATCH_LAYOUT)
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
