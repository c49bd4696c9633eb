"""What a merchant does with bundles: set one up, watch its preview, let it run, with and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.shop import log_in_as_merchant, open_overview
from tests.browser.witness import Witness

BUNDLES = "/admin/upsell/bundle/"
PREVIEW = "#upsell-preview"
SAVED = "Pour-over starter"


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
    page.goto(BUNDLES)


def open_new(page: Page) -> None:
    page.goto(BUNDLES + "add/")


def open_saved(page: Page) -> None:
    page.goto(BUNDLES)
    page.get_by_role("link", name=SAVED).click()
    expect(page.get_by_label("Kind")).to_be_visible()


def open_floors(page: Page) -> None:
    page.goto("/admin/upsell/pricefloor/")


def open_new_floor(page: Page) -> None:
    page.goto("/admin/upsell/pricefloor/add/")


SCREENS = [open_list, open_new, open_saved, open_floors, open_new_floor]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("width", [360, 1280])
def test_the_screens_of_bundles_keep_to_themselves_and_to_any_width(merchant: Page, screen, width: int) -> None:
    witness = Witness()
    witness.watch(merchant)
    merchant.set_viewport_size({"width": width, "height": 900})
    screen(merchant)
    merchant.wait_for_load_state("networkidle")
    assert witness.saw_nothing_wrong(), witness
    assert merchant.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("screen", SCREENS)
def test_the_screens_of_bundles_can_be_read_out(merchant: Page, axe, screen) -> None:
    screen(merchant)
    assert axe(merchant, "#content") == []


def test_the_preview_follows_what_is_typed_and_nothing_is_kept(merchant: Page) -> None:
    open_saved(merchant)
    before = merchant.locator(PREVIEW).inner_text()
    merchant.get_by_label("How much").fill("28.50")
    expect(merchant.locator(PREVIEW)).to_contain_text("together for £28.50")
    expect(merchant.locator(f"{PREVIEW} tfoot")).to_contain_text("£28.50")
    merchant.get_by_label("How much").fill("")
    expect(merchant.locator(PREVIEW)).to_contain_text("as soon as these are mended")
    open_saved(merchant)
    assert merchant.locator(PREVIEW).inner_text() == before


def test_the_form_shows_what_the_kind_uses(merchant: Page) -> None:
    open_new(merchant)
    expect(merchant.get_by_label("Units got")).to_be_hidden()
    expect(merchant.locator("#breaks-group")).to_be_hidden()
    merchant.get_by_label("Kind").select_option("bogo")
    expect(merchant.get_by_label("Units got")).to_be_visible()
    expect(merchant.locator("#id_parts-0-role")).to_be_visible()
    merchant.get_by_label("Kind").select_option("breaks")
    expect(merchant.locator("#breaks-group")).to_be_visible()
    expect(merchant.get_by_label("How much")).to_be_hidden()
    merchant.get_by_label("Kind").select_option("fixed")
    expect(merchant.locator("#id_parts-0-role")).to_be_hidden()
    expect(merchant.locator("#id_parts-0-quantity")).to_be_visible()


def test_a_bundle_is_set_up_by_keyboard_and_mouse_and_previewed_before_it_is_saved(merchant: Page) -> None:
    open_new(merchant)
    merchant.locator("#id_name").fill("Browser set")
    merchant.get_by_label("How much").fill("10")
    for number, search in enumerate(("Conelli dripper, plastic", "Conelli glass server 600 ml")):
        merchant.locator(f"#parts-{number} .field-product .select2-selection").click()
        merchant.locator(".select2-search__field").last.fill(search)
        merchant.locator(".select2-results__option").filter(has_text=search).first.click()
    expect(merchant.locator(PREVIEW)).to_contain_text("together with 10 % off")
    expect(merchant.locator(f"{PREVIEW} tfoot")).to_contain_text("£25.65")
    open_list(merchant)
    expect(merchant.locator("#result_list")).not_to_contain_text("Browser set")


def test_pausing_and_activating_are_one_press_each(merchant: Page) -> None:
    open_saved(merchant)
    merchant.get_by_role("button", name="Pause").click()
    expect(merchant.locator(".upsell-tool")).to_contain_text("Paused.")
    merchant.get_by_role("button", name="Activate", exact=True).click()
    expect(merchant.locator(".upsell-tool")).to_contain_text("Active.")


def test_without_scripts_a_bundle_is_previewed_saved_and_activated(without_script: Page) -> None:
    page = without_script
    open_new(page)
    page.locator("#id_name").fill("Plain set")
    page.get_by_label("How much").fill("10")
    for number, title in enumerate(("Conelli dripper, plastic", "Conelli glass server 600 ml")):
        page.locator(f"input[name=parts-{number}-product]").fill(title)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Preview").click()
    expect(opened.value.locator("#content")).to_contain_text("together with 10 % off")
    page.get_by_role("button", name="Save and activate").click()
    expect(page.locator(".messagelist")).to_contain_text("“Plain set” is active.")
    page.get_by_role("link", name="Plain set").first.click()
    page.get_by_role("button", name="End for good").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    expect(page.locator("#result_list")).not_to_contain_text("Plain set")


def test_the_overview_leads_to_bundles(merchant: Page, axe) -> None:
    open_overview(merchant)
    expect(merchant.get_by_role("heading", name="Bundles")).to_be_visible()
    assert axe(merchant, ".upsell-overview") == []
    merchant.get_by_role("link", name="See all bundles").click()
    expect(merchant.locator("#result_list")).to_contain_text(SAVED)
