"""What every test shares: the browser's start options, the shared data's place, and no way to an outside host."""

import gc
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as effort

from tests.effort import THOROUGH

# What a property holds for is drawn anew each time, so that many small runs see what one large one would. No deadline:
# the first example pays for imports, and the machine may have other work.
effort.register_profile("usual", max_examples=50, deadline=None)
effort.register_profile("thorough", max_examples=1_000, deadline=None)
effort.load_profile("thorough" if THOROUGH else "usual")

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


LONG = ("tests/demo_shop/", "tests/browser/", "tests/test_attack.py")  # what takes minutes
BUILDING_SECONDS = 600


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, and say the command that would enable it.

    Where several processes share the work, each takes whole files, and those that take longest come first.
    """
    no_browser = pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}; enable with: apt-get install chromium")
    no_data = pytest.mark.skip(reason=f"no order data at {SHARED}; the quality tests need it")
    not_thorough = pytest.mark.skip(reason="takes many minutes; enable with: UPSELL_THOROUGH=1 make test")
    no_postgres = pytest.mark.skip(
        reason="needs PostgreSQL; enable with: UPSELL_TEST_DATABASE_URL=postgresql://user@127.0.0.1:5432/name make test"
    )
    for item in items:
        if asks_the_database(item):
            item.add_marker(pytest.mark.database)
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("browser") and not CHROMIUM.exists():
            item.add_marker(no_browser)
        if item.get_closest_marker("shared_data") and not SHARED.exists():
            item.add_marker(no_data)
        if item.get_closest_marker("thorough") and not THOROUGH:
            item.add_marker(not_thorough)
        if item.get_closest_marker("postgres") and "UPSELL_TEST_DATABASE_URL" not in os.environ:
            item.add_marker(no_postgres)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not any(folder in item.nodeid for folder in LONG))


def asks_the_database(item: pytest.Item) -> bool:
    """Say whether a test works on the database of the settings, rather than on none or on one of its own."""
    from django.test import TransactionTestCase

    kind = getattr(item, "cls", None)
    return (
        item.get_closest_marker("django_db") is not None
        or not {"db", "transactional_db"}.isdisjoint(getattr(item, "fixturenames", ()))
        or (kind is not None and issubclass(kind, TransactionTestCase))
    )


def pytest_collection_finish() -> None:
    """Leave the programs and the settings out of every later search for garbage: they stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A demo shop that was built from nothing: where it is, by which options, and what the command said."""

    folder: Path
    options: tuple[str, ...]
    said: str

    def copy_to(self, folder: Path) -> Path:
        """Copy the shop into a folder that is not there yet."""
        return Path(shutil.copytree(self.folder, folder))


@pytest.fixture(scope="session")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> DemoShop:
    """The demo shop of this session, small but with enough orders to tell what goes together. Change a copy of it.

    Where several processes share the work, the first that needs it builds it for all.
    """
    from tests.browser.shop import build_demo_shop

    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, said, options = root / "demo-shop", root / "demo-shop.txt", ("--orders", "1500")
    try:
        folder.mkdir()
    except FileExistsError:
        until = time.monotonic() + BUILDING_SECONDS
        while not said.exists():
            assert time.monotonic() < until, "another process is to build the demo shop, and has not"
            time.sleep(0.5)
        return DemoShop(folder, options, said.read_text())
    text = build_demo_shop(folder, *options)
    whole = said.with_suffix(".part")
    whole.write_text(text)
    whole.rename(said)
    return DemoShop(folder, options, text)


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
