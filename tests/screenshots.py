"""Take the README's pictures of the demo shop: ``python -m tests.screenshots [--base-url URL]``.

Without an address a demo shop is built and served for the occasion. Every page is taken at the width of a desk and of
a phone, into ``docs/screenshots/<name>-<width>.png``.
"""

import argparse
import io
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.shop import (
    ROOT,
    add_set_to_basket,
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
PRODUCT = "Kestrix K50 mirrorless camera"
HEIGHT = 1800  # the most a picture may have: what a reader would scroll through
SIZE = 280 * 1024  # bytes from which a picture has to do with fewer colours
COLOURS = 256


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


SHOPPER: dict[str, Callable[[Page], object]] = {"home": home, "product": product, "basket": basket}
MERCHANT: dict[str, Callable[[Page], object]] = {
    "overview": open_overview,
    "evidence": open_evidence,
    "curation": open_curation_form,
}


def take(page: Page, path: Path) -> None:
    """Write the page as it stands, with all its pictures, down to the height allowed."""
    page.evaluate("document.querySelectorAll('img').forEach(picture => { picture.loading = 'eager'; })")
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled"))).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, HEIGHT)))
    picture.save(path, optimize=True)
    if path.stat().st_size > SIZE:
        picture.quantize(COLOURS, kmeans=4).save(path, optimize=True)


def take_all(base_url: str) -> None:
    """Take every picture of the shop at this address."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for width in WIDTHS:
            for pages, is_merchant in ((SHOPPER, False), (MERCHANT, True)):
                context = browser.new_context(base_url=base_url, viewport={"width": width, "height": 900})
                page = context.new_page()
                if is_merchant:
                    log_in_as_merchant(page)
                for name, visit in pages.items():
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
    base_url = parser.parse_args().base_url
    with ExitStack() as stack:
        if base_url is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            base_url = stack.enter_context(serve_demo_shop(folder))
        take_all(base_url)


if __name__ == "__main__":
    main()
