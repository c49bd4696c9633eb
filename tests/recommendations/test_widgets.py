"""The widgets as HTML: what a shopper, a screen reader and a theme get; and what a page gets when something fails."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.template import Context, RequestContext, Template
from django.test import override_settings
from django.urls import NoReverseMatch
from django.utils import translation
from oscar.test import factories

from upsell.recommendations.base import Table
from upsell.recommendations.recommenders.also_bought import AlsoBought
from upsell.recommendations.serving.catalogue import Catalogue
from upsell.recommendations.serving.knowledge import LearnedKnowledge
from upsell.recommendations.serving.rendering import OURS, PRINTED
from upsell.testing import add_affinity, add_popularity, make_product, make_request

pytestmark = pytest.mark.django_db

PAGE = (
    "{% load upsell_tags %}<main>before {% frequently_bought_together product %}|{% customers_also_bought product %}|"
    "{% similar_products product %}|{% complete_your_basket basket %}|{% trending_products %} after</main>"
)
WIDGETS = (
    "frequently_bought_together",
    "customers_also_bought",
    "similar_products",
    "complete_your_basket",
    "trending_products",
)


def page(product: Any, request: Any = None, template: str = PAGE) -> str:
    request = request or make_request(path="/catalogue/camera_1/")
    return Template(template).render(RequestContext(request, {"product": product, "basket": request.basket}))


@pytest.fixture
def camera() -> Any:
    camera = make_product("Camera", price="100.00")
    for table, neighbours in ((Table.PRODUCT, 2), (Table.BASKET, 6), (Table.SIMILAR, 6)):
        for number in range(neighbours):
            add_affinity(camera, make_product(f"{table.name.title()} {number}", price="12.50"), table=table)
    add_popularity(make_product("Riser"), trend=1.0)
    return camera


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_every_widget_names_itself_and_has_a_heading_and_a_list(camera: Any) -> None:
    html = page(camera)
    elements = Elements(html)
    sections = elements.all("section")
    assert [section["data-upsell"] for section in sections] == [
        "frequently_bought_together",
        "customers_also_bought",
        "similar_products",
        "trending_products",
    ]
    headings = {heading["id"] for heading in elements.all("h2")}
    assert {section["aria-labelledby"] for section in sections} == headings
    assert len(elements.all("ul")) == len(sections)
    assert len([status for status in elements.all("div") if status.get("role") == "status"]) == len(sections)


def test_nothing_but_the_product_itself_is_ticked(camera: Any) -> None:
    boxes = [box for box in Elements(page(camera)).all("input") if box["type"] == "checkbox"]
    fixed, *optional = boxes
    assert "checked" in fixed
    assert "disabled" in fixed
    assert "name" not in fixed
    assert len(optional) == 2
    assert all("checked" not in box and box["name"] == "product" for box in optional)


def test_the_set_posts_the_product_itself_without_script(camera: Any) -> None:
    html = page(camera, template="{% load upsell_tags %}{% frequently_bought_together product %}")
    hidden = [field for field in Elements(html).all("input") if field["type"] == "hidden"]
    assert {field["name"]: field["value"] for field in hidden if field["name"] in ("product", "next")} == {
        "product": str(camera.pk),
        "next": "/catalogue/camera_1/",
    }
    assert html.count("<button") == 1
    assert "All together:" in html
    assert "£125.00" in html


def test_pictures_have_dimensions_and_load_late(camera: Any) -> None:
    pictures = Elements(page(camera)).all("img")
    assert pictures
    for picture in pictures:
        assert int(picture["width"] or 0) > 0
        assert int(picture["height"] or 0) > 0
        assert picture["loading"] == "lazy"
        assert picture["alt"] == ""


@override_settings(STATIC_URL="/static/")
def test_a_product_with_a_picture_shows_a_thumbnail_of_its_true_size(camera: Any) -> None:
    bag = make_product("Bag")
    factories.ProductImageFactory(product=bag)
    add_affinity(camera, bag)
    html = page(camera)
    (picture,) = [picture for picture in Elements(html).all("img") if "no-picture" not in (picture["src"] or "")]
    assert (picture["width"], picture["height"]) == ("100", "200")


def test_no_inline_style_script_or_handler(camera: Any) -> None:
    html = page(camera)
    for tag, attributes in Elements(html).found:
        assert tag not in ("script", "style", "iframe")
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


@pytest.mark.parametrize(
    "title",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "a&b'c\"d", "\u202eevil"],
)
def test_a_hostile_title_is_text_everywhere(title: str) -> None:
    camera = make_product(title)
    for table in Table:
        add_affinity(camera, make_product(f"{title} {table}"), table=table)
    for tag, attributes in Elements(page(camera)).found:
        assert tag != "script"
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src", "action"):
            assert not (attributes.get(name) or "").strip().lower().startswith(("javascript:", "data:", "vbscript:"))


def test_nothing_is_rendered_where_there_is_no_request(camera: Any) -> None:
    assert Template(PAGE).render(Context({"product": camera, "basket": None})) == "<main>before |||| after</main>"


def test_nothing_is_rendered_when_switched_off(camera: Any) -> None:
    with override_settings(UPSELL_ENABLED=False):
        assert page(camera) == "<main>before |||| after</main>"


def test_a_shop_without_anything_learned_shows_no_empty_headings() -> None:
    assert page(make_product("Lonely")) == "<main>before |||| after</main>"


@pytest.mark.parametrize("subject", [None, "", 5, "5"])
def test_a_tag_that_is_given_no_product_renders_nothing_and_breaks_nothing(subject: Any) -> None:
    html = page(subject)
    assert html.startswith("<main>before |||")


def test_the_assets_are_linked_once_and_deferred() -> None:
    html = Template("{% load upsell_tags %}{% upsell_assets %}").render(Context())
    assert html == (
        '<link rel="stylesheet" href="/static/upsell/upsell.css"><script src="/static/upsell/upsell.js" defer></script>'
    )


def test_a_theme_may_replace_the_card(camera: Any) -> None:
    from django.template.loaders.locmem import Loader

    templates = {"upsell/recommendations/partials/card.html": "<b>{{ card.title }} {{ card.price_text }}</b>"}
    loaders = [
        (f"{Loader.__module__}.Loader", templates),
        "django.template.loaders.app_directories.Loader",
    ]
    from django.conf import settings

    config = [{**settings.TEMPLATES[0], "APP_DIRS": False}]
    config[0]["OPTIONS"] = {**config[0]["OPTIONS"], "loaders": loaders}
    with override_settings(TEMPLATES=config):
        assert "<b>Basket 0 £12.50</b>" in page(camera)


def test_our_cards_print_only_what_they_are_remembered_by() -> None:
    for name in ("card.html", "set_member.html"):
        source = (Path(OURS) / name).read_text().partition("{% endcomment %}")[2]
        assert set(re.findall(r"card\.(\w+)", source)) <= set(PRINTED)
        assert set(re.findall(r"{{ ?(\w+)", source)) == {"card"}


def test_prices_are_written_in_the_language_of_the_page(camera: Any) -> None:
    with translation.override("ja"):
        assert "￡100.00" in page(camera) or "£100.00" in page(camera)
    with translation.override("de"):
        assert re.search(r"100,00\s£", page(camera))


# --- fail soft --------------------------------------------------------------------------------------------------------


def broken_query(*args: Any, **kwargs: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM no_such_table")


def raising(error: BaseException) -> Any:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error

    return fail


FAULTS = {
    "query": broken_query,
    "value": raising(ValueError("x")),
    "key": raising(KeyError("x")),
    "timeout": raising(TimeoutError()),
    "recursion": raising(RecursionError()),
    "no match": raising(NoReverseMatch("x")),
    "garbage": lambda *args, **kwargs: ["garbage"],
    "nothing": lambda *args, **kwargs: None,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_failing_recommender_empties_its_widget_logs_once_and_changes_nothing_else(
    camera: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Any
) -> None:
    monkeypatch.setattr(AlsoBought, "recommend", fault)
    html = page(camera)
    assert 'data-upsell="customers_also_bought"' not in html
    for widget in ("frequently_bought_together", "similar_products", "trending_products"):
        assert f'data-upsell="{widget}"' in html
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.reason == "recommender.also_bought"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
@pytest.mark.parametrize(
    ("owner", "method"),
    [(LearnedKnowledge, "_beside"), (Catalogue, "load"), (Catalogue, "offered"), (Catalogue, "product")],
)
def test_whatever_fails_the_rest_of_the_page_is_byte_for_byte_the_same(
    camera: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, owner: Any, method: str, fault: Any
) -> None:
    monkeypatch.setattr(owner, method, fault)
    html = page(camera)
    assert html == "<main>before |||| after</main>"
    silent = method == "load" and fault in (FAULTS["garbage"], FAULTS["nothing"])  # a catalogue that found nothing
    assert silent or caplog.records
    assert all(hasattr(record, "reason") for record in caplog.records if record.levelname == "ERROR")
    with connection.cursor() as cursor:  # the transaction of the page is as usable as before
        cursor.execute("SELECT 1")


def test_a_broken_template_empties_its_widget(
    camera: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("upsell.recommendations.components.get_template", raising(RuntimeError("no template")))
    assert page(camera) == "<main>before |||| after</main>"
    assert {record.reason for record in caplog.records} == {f"render.{widget}" for widget in WIDGETS} - {
        "render.complete_your_basket"
    }


@override_settings(ROOT_URLCONF="django.contrib.flatpages.urls")
def test_where_our_addresses_are_not_mounted_the_tags_render_nothing(camera: Any) -> None:
    assert page(camera) == "<main>before |||| after</main>"


def test_an_unknown_recommender_in_a_chain_empties_only_its_widget(camera: Any) -> None:
    with override_settings(UPSELL_CHAINS={"similar_products": ("nearby",)}):
        html = page(camera)
    assert 'data-upsell="similar_products"' not in html
    assert 'data-upsell="customers_also_bought"' in html


@pytest.mark.parametrize("cookie", ['[{"a":1}]', '["abc"]', "[1e400]", "[[1]]", "not json", "9" * 5000])
def test_a_corrupt_history_cookie_is_nothing_to_us(camera: Any, cookie: str) -> None:
    request = make_request()
    request.COOKIES["oscar_history"] = cookie
    assert 'data-upsell="customers_also_bought"' in page(camera, request)
