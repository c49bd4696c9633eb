"""Every price that the demo shop prints is what its till takes: a crawl of its pages, mails, previews and API.

The crawl runs in a process of its own, with the settings of the demo shop, on a shop built for it: see ``till/``.
"""

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from tests.browser.shop import environment_of
from tests.conftest import ROOT, DemoShop
from tests.demo_shop.till.ledger import Ledger
from tests.demo_shop.till.printed import marked

EVERYWHERE = {
    *(f"bundle_offers {kind}" for kind in ("price", "full", "total", "saving", "each", "rule")),
    *("choice full", "choice total", "choice saving", "offer price", "offer rule"),
    *("message saving", "changed total"),
    *(f"bundle_progress {kind}" for kind in ("price", "gain", "rule")),
    *(f"cheaper_basket {kind}" for kind in ("price", "gain", "change")),
    *(f"{page}_savings {kind}" for page in ("basket", "order") for kind in ("savings", "saving", "part")),
    *("mail savings", "mail saving", "mail order-total", "text savings", "text offers", "text order-total"),
    *(f"{page} order-total" for page in ("basket", "preview", "thanks")),
    *("order total", "order discount", "history offers", "history parts"),
    *(f"preview-of {kind}" for kind in ("price", "discount", "to_pay", "full", "saving", "total", "rule")),
    *(f"api {kind}" for kind in ("price", "full", "total", "saving", "each", "gain", "pays", "savings", "parts")),
    *("frequently_bought_together price", "frequently_bought_together together"),
    *(f"tier_comparison {kind}" for kind in ("price", "gap")),
    *("upgrade_offer gap", "line_upgrade gap", "step total"),
    *(f"{place} before" for place in ("upgrade_offer", "line_upgrade", "owner", "customer")),
    *("owner gap", "customer gap", "customer total"),
    *(f"checkout_bumps {kind}" for kind in ("extra", "full", "now", "before")),
    *(f"extra {kind}" for kind in ("posted", "told", "free", "undone", "lost", "regained")),
    *(f"{shelf} price" for shelf in ("customers_also_bought", "similar_products", "complete_your_basket", "pop_shelf")),
}
UNMARKED = {  # compared, but as numbers of a program, or as a row of Oscar's own: nothing there bears a mark
    "choice",
    "message",
    "text",
    "order",
    "history",
    "api",
    "step",
    "owner",
    "customer",
    "extra",
}


@pytest.fixture(scope="module")
def report(demo_shop: DemoShop, tmp_path_factory: pytest.TempPathFactory) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo_shop.till"],
        cwd=ROOT,
        env=environment_of(demo_shop.copy_to(tmp_path_factory.mktemp("till") / "shop")),
        capture_output=True,
        text=True,
        timeout=1_500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-5_000:]
    return json.loads(done.stdout)


@pytest.mark.slow
def test_every_printed_price_is_what_the_till_takes(report: Any) -> None:
    assert report["wrong"] == []


@pytest.mark.slow
def test_prices_of_every_kind_were_compared(report: Any) -> None:
    assert set(report["seen"]) >= EVERYWHERE
    assert sum(report["seen"].values()) > 1_000


@pytest.mark.slow
def test_one_penny_more_on_any_kind_of_price_is_noticed(report: Any) -> None:
    assert report["missed"] == []
    bear_marks = {
        place for place in EVERYWHERE if place.partition(" ")[0] not in UNMARKED and "order-total" not in place
    }
    assert set(report["controlled"]) >= bear_marks


# --- the reader itself ------------------------------------------------------------------------------------------------

BOX = """
<section data-upsell="bundle_offers"><h2>3 for 10</h2>
<p data-upsell-amount="total">Now <b>£10.00</b></p><img src="a.jpg"><p>%s</p></section>
"""


def test_a_price_that_is_charged_passes() -> None:
    ledger = Ledger()
    page = ledger.open("product 1", BOX % "instead")
    ledger.compare(page, marked(page.root)[0], Decimal("10.00"))
    ledger.close(page)
    assert ledger.wrong == []
    assert ledger.seen == {("bundle_offers", "total"): 1}


@pytest.mark.parametrize("charged", ["9.99", "10.01", None])
def test_a_price_that_is_not_charged_is_reported(charged: str | None) -> None:
    ledger = Ledger()
    page = ledger.open("product 1", BOX % "instead")
    ledger.compare(page, marked(page.root)[0], charged and Decimal(charged))
    assert len(ledger.wrong) == 1


def test_a_price_that_nobody_compares_is_reported() -> None:
    ledger = Ledger()
    ledger.close(ledger.open("product 1", BOX % "instead"))
    assert ledger.wrong == ["product 1: nobody compared bundle_offers total 'Now £10.00'"]


def test_a_price_of_ours_without_a_mark_is_reported() -> None:
    ledger = Ledger()
    page = ledger.open("product 1", BOX % "instead of £12.00")
    ledger.compare(page, marked(page.root)[0], Decimal("10.00"))
    ledger.close(page)
    assert ledger.wrong == ["product 1: bundle_offers prints £12.00 without a mark"]


def test_a_price_that_is_missing_is_reported() -> None:
    ledger = Ledger()
    ledger.compare(ledger.open("product 1", "<p></p>"), None, Decimal("1.00"), "the total")
    assert ledger.wrong == ["product 1: the total is not printed; charged 1.00"]
