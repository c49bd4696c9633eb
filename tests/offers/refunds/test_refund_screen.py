"""The refund screen in a browser: by keyboard, without scripts, at any width."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT
from tests.identities import client_of
from tests.offers.refunds.sold import Item, a_set, any_for, sell
from upsell.models import Refund
from upsell.testing import make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = [Path(os.environ.get("UPSELL_AXE", "axe.min.js")), ROOT / "node_modules" / "axe-core" / "axe.min.js"]
PICTURES = os.environ.get("UPSELL_PICTURES")  # a folder, to look at the pages


@pytest.fixture
def order() -> Any:
    lamp, shade = make_product("Hakon floor lamp, brushed brass"), make_product("Hakon linen shade")
    socks = make_product("Merino socks")
    items = [
        Item(lamp, price=Decimal("30.00")),
        Item(shade, price=Decimal("10.00")),
        Item(socks, 4, Decimal("5.00"), rate=0),
    ]
    offers = {"Light set": a_set("32.00", lamp=lamp, shade=shade), "Three for ten": any_for(3, "10.00", socks)}
    return sell(items, offers)


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Any]:
    contexts = []

    def opened(width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, locale="en-GB", **options
        )
        contexts.append(context)
        session = client_of("superuser").cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        context.set_default_timeout(10_000)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def look(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scripts", [True, False])
def test_a_return_is_booked_at_any_width_with_scripts_or_without(
    order: Any, open_page: Any, width: int, scripts: bool
) -> None:
    page = open_page(width, java_script_enabled=scripts)
    page.goto("/admin/upsell/refund/")
    page.get_by_role("link", name="Refund an order").click()
    page.get_by_label("Order number").fill("4711")
    page.get_by_role("button", name="Open the order").click()
    expect(page.get_by_role("status")).to_contain_text("There is no order “4711”.")
    look(page, f"missing-{width}")
    page.get_by_label("Order number").fill(order.number)
    page.get_by_role("button", name="Open the order").click()
    look(page, f"order-{width}")
    page.get_by_role("spinbutton", name="Units that came back Hakon linen shade").fill("1")
    page.get_by_role("spinbutton", name="Units that came back Merino socks").fill("1")
    page.get_by_role("button", name="Show the answers").click()
    expect(page.get_by_role("heading", name="What goes back")).to_be_visible()
    look(page, f"answers-{width}")
    if scripts:
        assert fits(page)
    page.get_by_role("button", name="Book £11.75").click()
    expect(page.get_by_text("£11.75 to pay back for order")).to_be_visible()
    look(page, f"booked-{width}")
    if scripts:
        assert fits(page)
    assert Refund.objects.get().amount_incl_tax == Decimal("11.75")
    page.goto("/admin/upsell/refund/")
    look(page, f"list-{width}")


def test_the_keyboard_is_enough(order: Any, open_page: Any) -> None:
    page = open_page()
    page.goto(f"/admin/upsell/refund/add/?order={order.number}")
    page.get_by_role("spinbutton", name="Units that came back Hakon floor lamp").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == f"line_{order.lines.get(title='Merino socks').pk}"
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Note, for your own records").focus()
    page.keyboard.type("Too small")
    page.keyboard.press("Enter")
    assert not Refund.objects.exists()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("to pay back for order")).to_be_visible()
    assert Refund.objects.get().note.strip() == "Too small"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(order: Any, open_page: Any, scheme: str) -> None:
    found = next((path for path in AXE if path.is_file()), None)
    if found is None:
        pytest.skip("axe-core is missing; enable with: npm install --no-save axe-core@4.14.1")
    page = open_page(color_scheme=scheme)
    shade = order.lines.get(title="Hakon linen shade").pk

    def violations() -> list[str]:
        page.evaluate(found.read_text())
        run = page.evaluate("axe.run(document.querySelector('#content'))")
        return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in run["violations"]]

    for address in (
        "/admin/upsell/refund/",
        "/admin/upsell/refund/add/?order=4711",
        f"/admin/upsell/refund/add/?order={order.number}&answer=1",
        f"/admin/upsell/refund/add/?order={order.number}&answer=1&line_{shade}=9",
        f"/admin/upsell/refund/add/?order={order.number}&answer=1&line_{shade}=1",
    ):
        page.goto(address)
        assert violations() == [], address
    page.get_by_role("button", name="Book £2.00").click()
    expect(page.get_by_text("to pay back for order")).to_be_visible()
    assert violations() == []
