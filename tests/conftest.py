"""What every test shares: the browser's start options, the shared data's place, and no way to an outside host."""

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's driver keeps an event loop running

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
CHROMIUM = Path(os.environ.get("UPSELL_CHROMIUM", "/usr/bin/chromium"))
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, and say the command that would enable it."""
    no_browser = pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}; enable with: apt-get install chromium")
    no_data = pytest.mark.skip(reason=f"no order data at {SHARED}; the quality tests need it")
    not_thorough = pytest.mark.skip(reason="takes many minutes; enable with: UPSELL_THOROUGH=1 make test")
    no_postgres = pytest.mark.skip(
        reason="needs PostgreSQL; enable with: UPSELL_TEST_DATABASE_URL=postgresql://user@127.0.0.1:5432/name make test"
    )
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("browser") and not CHROMIUM.exists():
            item.add_marker(no_browser)
        if item.get_closest_marker("shared_data") and not SHARED.exists():
            item.add_marker(no_data)
        if item.get_closest_marker("thorough") and "UPSELL_THOROUGH" not in os.environ:
            item.add_marker(not_thorough)
        if item.get_closest_marker("postgres") and "UPSELL_TEST_DATABASE_URL" not in os.environ:
            item.add_marker(no_postgres)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start Debian's Chromium; Playwright's own download is not used."""
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": CHROMIUM_FLAGS}


@pytest.fixture(autouse=True)
def _no_outside_host(request: pytest.FixtureRequest) -> None:
    """A page under test may ask this machine only."""
    if "page" in request.fixturenames:
        page = request.getfixturevalue("page")
        page.context.route(lambda url: "127.0.0.1" not in url and "localhost" not in url, lambda route: route.abort())


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    """Start every test with empty caches: the database forgets the last test's rows, and so must they."""
    from django.core.cache import caches

    from upsell.core.breaker import cache_breaker
    from upsell.core.serving.memo import forget

    cache_breaker.close()
    for cache in caches.all(initialized_only=True):
        cache.clear()
    forget()
