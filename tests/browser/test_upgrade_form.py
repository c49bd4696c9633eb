"""What a merchant does with upgrade offers: set one up, watch its preview, let it run, with and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.shop import log_in_as_merchant, open_overview
from tests.browser.witness import Witness

UPGRADES = "/admin/upsell/upgradeoffer/"
PREVIEW = "#upsell-preview"
LADDER = "Lumarra cameras"
STEP = "Steady"


@pytest.fixture
def merchant(browser: Browser, base_url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    log_in_as_merchant(page)
    yield page
    context.close()


@pytest.fixture
def without_script(browser: Browser, base_url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    log_in_as_merchant(page)
    yield page
    context.close()


def open_list(page: Page) -> None:
    page.goto(UPGRADES)


def open_new(page: Page) -> None:
    page.goto(UPGRADES + "add/")


def open_new_of_ladder(page: Page) -> None:
    page.goto("/admin/upsell/ladder/?q=Lumarra")
    page.locator("#result_list tbody tr").filter(has_text=LADDER).locator(".field-upgrade_offers a").click()
    if "/add/" not in page.url:
        open_new(page)


def steps_of(page: Page) -> list[str]:
    return [text for text in page.locator("#id_to_tier option").all_inner_texts() if text != "---------"]


def fill(page: Page, reward: str) -> None:
    page.locator("#id_ladder").select_option(label=LADDER)
    page.locator("#id_to_tier").select_option(label=STEP)
    page.locator("#id_reward_kind").select_option("off")
    page.get_by_label("How much").fill(reward)


@pytest.mark.parametrize("screen", [open_list, open_new])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_screens_keep_to_themselves_and_to_any_width(merchant: Page, screen, width: int) -> None:
    witness = Witness()
    witness.watch(merchant)
    merchant.set_viewport_size({"width": width, "height": 900})
    screen(merchant)
    merchant.wait_for_load_state("networkidle")
    assert witness.saw_nothing_wrong(), witness
    assert merchant.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("screen", [open_list, open_new])
def test_the_screens_can_be_read_out(merchant: Page, axe, screen) -> None:
    screen(merchant)
    assert axe(merchant, "#content") == []


def test_the_preview_follows_what_is_typed_and_can_be_read_out(merchant: Page, axe) -> None:
    open_new(merchant)
    merchant.get_by_text("More: what shoppers read").click()
    merchant.locator("#id_name").fill("Browser upgrade")
    fill(merchant, "20.00")
    preview = merchant.locator(PREVIEW)
    expect(preview).to_contain_text("pays £350.00 more instead of £370.00")
    expect(preview.locator("[data-upsell=upgrade_preview]")).to_contain_text("Step up to Steady for +£350.00")
    assert axe(merchant, PREVIEW) == []
    merchant.get_by_label("How much").fill("400.00")
    expect(preview).to_contain_text("less than")
    expect(preview).to_contain_text("Give less, or change that price.")
    open_list(merchant)
    expect(merchant.locator("#content")).not_to_contain_text("Browser upgrade")


def test_the_form_shows_what_the_kind_uses_and_the_steps_of_the_ladder(merchant: Page) -> None:
    open_new(merchant)
    expect(merchant.get_by_label("Bought within days")).to_be_hidden()
    merchant.locator("#id_kind").select_option("owned")
    expect(merchant.get_by_label("Bought within days")).to_be_visible()
    expect(merchant.get_by_label("How much")).to_be_hidden()
    merchant.locator("#id_kind").select_option("special")
    all_steps = len(steps_of(merchant))
    merchant.locator("#id_ladder").select_option(label=LADDER)
    assert STEP in steps_of(merchant)
    assert 2 <= len(steps_of(merchant)) < all_steps
    merchant.locator("#id_ladder").select_option("")
    assert len(steps_of(merchant)) == all_steps


def test_choosing_a_step_chooses_its_ladder(merchant: Page) -> None:
    open_new(merchant)
    merchant.locator("#id_to_tier").select_option(label=STEP)
    assert merchant.locator("#id_ladder option:checked").inner_text() == LADDER


def test_without_scripts_an_offer_is_previewed_saved_activated_and_deleted(without_script: Page) -> None:
    page = without_script
    open_new_of_ladder(page)
    fill(page, "30.00")
    page.get_by_text("More: what shoppers read").click()
    page.locator("#id_name").fill("Plain upgrade")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Preview").click()
    expect(opened.value.locator("#content")).to_contain_text("pays £340.00 more instead of £370.00")
    page.get_by_role("button", name="Save and activate").click()
    expect(page.locator(".messagelist")).to_contain_text("“Plain upgrade” is active.")
    page.get_by_role("link", name="Plain upgrade").first.click()
    expect(page.locator(".upsell-tool")).to_contain_text("Active.")
    page.get_by_role("button", name="End for good").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    expect(page.locator("#content")).not_to_contain_text("Plain upgrade")


def test_the_overview_leads_to_ladders_and_upgrade_offers(merchant: Page, axe) -> None:
    open_overview(merchant)
    expect(merchant.get_by_role("heading", name="Ladders")).to_be_visible()
    assert axe(merchant, ".upsell-overview") == []
    merchant.get_by_role("link", name="See all ladders").click()
    expect(merchant.locator("#result_list")).to_contain_text(LADDER)
