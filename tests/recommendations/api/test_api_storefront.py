import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oscar.core.loading import get_class, get_model
from oscar.test.factories import ProductImageFactory, UserFactory, create_product

from tests.identities import IDENTITIES, client_of
from tests.learned import Learn, neighbour
from upsell.core.api.shopper import amount
from upsell.models import Curation
from upsell.recommendations.base import Origin, Table
from upsell.testing import count_queries

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/recommendations/"
BESIDE = ("frequently_bought_together", "customers_also_bought", "similar_products")

Product = get_model("catalogue", "Product")


def shelves(client: Client, product: Any = None, *widgets: str, **query: Any) -> list[dict[str, Any]]:
    asked = {"widget": widgets or ("customers_also_bought",), **query}
    if product is not None:
        asked["product"] = product.pk
    response = client.get(URL, asked)
    assert response.status_code == 200, response.content
    return list(response.json()["shelves"])


def titles(shelf: dict[str, Any]) -> list[str]:
    return [item["title"] for item in shelf["items"]]


# --- what is answered -------------------------------------------------------------------------------------------------


def test_a_shelf_says_everything_needed_to_draw_it(client: Client, product: Any, learn: Learn) -> None:
    lens = neighbour()
    learn(product, [lens])
    (shelf,) = shelves(client, product)
    (item,) = shelf["items"]
    assert (shelf["widget"], shelf["heading"]) == ("customers_also_bought", "Customers also bought")
    assert item.pop("availability") == {"is_available": True, "code": "instock", "message": "In stock (5 available)"}
    assert item == {
        "rank": 1,
        "product": lens.pk,
        "title": "Lens",
        "url": f"http://testserver{lens.get_absolute_url()}",
        "image": None,
        "price": {"currency": "GBP", "excl_tax": "20.00", "incl_tax": "20.00", "text": "£20.00"},
        "rating": None,
        "needs_options": False,
        "reason": "Often bought with Camera",
        "origin": "together",
        "because_of": product.pk,
    }


def test_pictures_have_absolute_addresses_and_sizes(client: Client, product: Any, learn: Learn) -> None:
    lens = neighbour()
    ProductImageFactory(product=lens)
    learn(product, [lens])
    image = shelves(client, product)[0]["items"][0]["image"]
    assert image["url"].startswith("http://testserver/")
    assert (type(image["width"]), type(image["height"])) == (int, int)


def test_a_rating_is_a_number_and_hidden_with_the_shops_reviews(
    client: Client, product: Any, learn: Learn, settings: Any
) -> None:
    learn(product, [neighbour(rating=4.5)])
    assert shelves(client, product)[0]["items"][0]["rating"] == 4.5
    settings.OSCAR_HIDDEN_FEATURES = ["reviews"]
    assert shelves(client, product)[0]["items"][0]["rating"] is None


def test_nothing_to_show_is_an_empty_shelf_without_a_heading(client: Client, product: Any) -> None:
    assert shelves(client, product) == [{"widget": "customers_also_bought", "heading": None, "items": []}]


def test_the_widgets_of_a_page_come_in_its_order_and_share_no_product(
    client: Client, product: Any, learn: Learn
) -> None:
    others = [neighbour(f"Part {number}") for number in range(9)]
    learn(product, others)
    asked = ("customers_also_bought", "frequently_bought_together", "similar_products")
    found = shelves(client, product, *asked)
    assert [shelf["widget"] for shelf in found] == list(asked)
    shown = [title for shelf in found for title in titles(shelf)]
    assert len(shown) == len(set(shown)) == 9


def test_a_widget_asked_for_twice_comes_once(client: Client, product: Any, learn: Learn) -> None:
    learn(product, [neighbour()])
    assert len(shelves(client, product, "customers_also_bought", "customers_also_bought")) == 1


def test_trending_products_need_no_product(client: Client, product: Any, learn: Learn) -> None:
    learn(product, [neighbour()])
    (shelf,) = shelves(client, None, "trending_products")
    assert titles(shelf) == ["Camera", "Lens"]
    assert {item["because_of"] for item in shelf["items"]} == {None}
    assert {item["origin"] for item in shelf["items"]} == {"popular"}


def test_a_variant_is_answered_for_as_its_parent(client: Client, learn: Learn) -> None:
    parent = create_product(title="Shirt", structure="parent")
    child = create_product(structure="child", parent=parent, price=30, num_in_stock=3)
    learn(parent, [neighbour()])
    assert titles(shelves(client, child)[0]) == titles(shelves(client, parent)[0]) == ["Lens"]


def test_a_parent_is_offered_with_a_choice_to_make(client: Client, product: Any, learn: Learn) -> None:
    parent = create_product(title="Shirt", structure="parent")
    for price in (30, 40):
        create_product(structure="child", parent=parent, price=price, num_in_stock=3)
    learn(product, [parent])
    (item,) = shelves(client, product)[0]["items"]
    assert item["needs_options"]
    assert item["price"]["excl_tax"] == "30.00"
    assert item["price"]["text"] == "From £30.00"


@pytest.mark.parametrize(("limit", "shown"), [("1", 1), ("8", 8), ("99999999999999999999", 24)])
def test_the_limit_is_obeyed_and_clamped(client: Client, product: Any, learn: Learn, limit: str, shown: int) -> None:
    learn(product, [neighbour(f"Part {number}") for number in range(30)])
    assert len(shelves(client, product, limit=limit)[0]["items"]) == shown


def test_the_words_come_in_the_language_of_the_request(client: Client, product: Any, learn: Learn) -> None:
    """The price too: it is formatted by the shop's own filter."""
    learn(product, [neighbour()])
    response = client.get(URL, {"widget": BESIDE[1], "product": product.pk}, headers={"Accept-Language": "th"})
    assert response["Content-Language"] == "th"
    assert "Accept-Language" in response["Vary"]


# --- filters hold -----------------------------------------------------------------------------------------------------


def test_what_may_not_be_seen_or_bought_never_appears(client: Client, product: Any, learn: Learn) -> None:
    hidden = neighbour("Hidden", is_public=False)
    sold_out = neighbour("Sold out", num_in_stock=0)
    priceless = create_product(title="Priceless")
    deleted = neighbour("Deleted")
    excluded = neighbour("Excluded")
    learn(product, [hidden, sold_out, priceless, deleted, excluded, neighbour()])
    deleted.delete()
    Curation.objects.create(action="exclude", product=excluded)
    from upsell.recommendations.services import refresh_members

    refresh_members(Curation.objects.get())
    assert titles(shelves(client, product)[0]) == ["Lens"]


@pytest.mark.parametrize("kind", ["missing", "hidden", "variant of a hidden one"])
def test_a_product_nobody_may_see_is_not_found_whatever_the_cause(client: Client, kind: str) -> None:
    if kind == "missing":
        pk = 10**9
    elif kind == "hidden":
        pk = create_product(is_public=False).pk
    else:
        parent = create_product(structure="parent", is_public=False)
        pk = create_product(structure="child", parent=parent).pk
    response = client.get(URL, {"widget": BESIDE[0], "product": pk})
    assert response.status_code == 404
    assert response.json() == {
        "status": 404,
        "title": "Not Found",
        "code": "not_found",
        "detail": "There is no such product.",
    }


# --- baskets ----------------------------------------------------------------------------------------------------------


def put_into_basket(client: Client, product: Any) -> None:
    response = client.post(f"/basket/add/{product.pk}/", {"quantity": 1})
    assert response.status_code == 302


@pytest.mark.parametrize("identity", ["anonymous", "customer"])
def test_the_current_basket_is_completed_for_everybody(product: Any, learn: Learn, identity: str) -> None:
    client = client_of(identity)
    learn(product, [neighbour()], tables=[Table.BASKET])
    put_into_basket(client, product)
    (shelf,) = shelves(client, None, "complete_your_basket")
    assert titles(shelf) == ["Lens"]
    assert shelf["items"][0]["because_of"] == product.pk


def test_what_is_in_the_basket_is_not_recommended(client: Client, product: Any, learn: Learn) -> None:
    lens, filter_ = neighbour(), neighbour("Filter")
    learn(product, [lens, filter_])
    put_into_basket(client, lens)
    assert titles(shelves(client, product)[0]) == ["Filter"]


def test_another_shoppers_basket_cannot_be_asked_about(client: Client, product: Any, learn: Learn) -> None:
    learn(product, [neighbour()], tables=[Table.BASKET])
    put_into_basket(client_of("customer"), product)
    basket = get_model("basket", "Basket").objects.get()
    client.cookies["oscar_open_basket"] = f"{basket.pk}:forged"
    assert shelves(client, None, "complete_your_basket", basket=basket.pk)[0]["items"] == []


def test_an_empty_basket_is_completed_by_nothing(client: Client, product: Any, learn: Learn) -> None:
    learn(product, [neighbour()])
    assert shelves(client, None, "complete_your_basket")[0]["items"] == []


def test_a_shop_without_the_basket_middleware_is_answered_too(product: Any, learn: Learn, settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "basket" not in name]
    learn(product, [neighbour()])
    found = shelves(Client(), product, "customers_also_bought", "complete_your_basket")
    assert [titles(shelf) for shelf in found] == [["Lens"], []]


def test_a_token_brings_its_users_own_prices_and_basket(
    client: Client, product: Any, learn: Learn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind Oscar's middleware the shopper is anonymous; the API's own log-in comes later and must count."""
    from rest_framework.authentication import BaseAuthentication

    from upsell.recommendations.api.storefront import RecommendationView

    user = UserFactory()

    class Token(BaseAuthentication):
        def authenticate(self, request: Any) -> Any:
            return (user, "token") if request.headers.get("Authorization") == "Token right" else None

    seen: list[Any] = []
    selector = get_class("partner.strategy", "Selector")
    original = selector.strategy
    monkeypatch.setattr(
        selector, "strategy", lambda self, **options: seen.append(options["user"]) or original(self, **options)
    )
    monkeypatch.setattr(RecommendationView, "authentication_classes", [Token])
    lens, filter_ = neighbour(), neighbour("Filter")
    learn(product, [lens, filter_])
    basket = get_model("basket", "Basket").objects.create(owner=user)
    basket.strategy = original(selector())
    basket.add_product(lens)
    query = {"widget": "customers_also_bought", "product": product.pk}
    answer = client.get(URL, query, headers={"Authorization": "Token right"}).json()
    assert titles(answer["shelves"][0]) == ["Filter"]
    assert seen[-1] == user


# --- prices -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def strategy(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the shop price by another of Oscar's strategies."""

    def use(name: str) -> None:
        chosen = get_class("partner.strategy", name)
        selector = SimpleNamespace(strategy=lambda request=None, user=None, **kwargs: chosen(request))
        monkeypatch.setattr("oscar.apps.basket.middleware.selector", selector)

    return use


def price_of(client: Client, product: Any) -> Any:
    return shelves(client, product)[0]["items"][0]["price"]


def test_a_british_shop_knows_the_tax(client: Client, product: Any, learn: Learn, strategy: Any) -> None:
    strategy("UK")
    learn(product, [neighbour(price=Decimal("19.99"))])
    price = price_of(client, product)
    assert (price["excl_tax"], price["incl_tax"]) == ("19.99", "23.99")
    assert price["text"] == "£23.99"


def test_an_american_shop_does_not_know_the_tax_yet(client: Client, product: Any, learn: Learn, strategy: Any) -> None:
    strategy("US")
    learn(product, [neighbour(price=Decimal("19.99"))])
    price = price_of(client, product)
    assert (price["excl_tax"], price["incl_tax"]) == ("19.99", None)


def test_yen_have_no_decimals(client: Client, product: Any, learn: Learn) -> None:
    lens = neighbour(price=1200)
    lens.stockrecords.update(price_currency="JPY")
    learn(product, [lens])
    price = price_of(client, product)
    assert (price["excl_tax"], price["text"]) == ("1200", "JP¥1,200")


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        ("12", "GBP", "12.00"),
        ("12.00", "JPY", "12"),
        ("12.50", "JPY", "12"),
        ("13.50", "JPY", "14"),
        ("23.988", "GBP", "23.99"),
        ("1.2", "KWD", "1.200"),
        ("1E+3", "JPY", "1000"),
        ("0", "USD", "0.00"),
        ("0.01", "XYZ", "0.01"),
    ],
)
def test_amounts_are_written_in_the_currencys_own_form(value: str, currency: str, written: str) -> None:
    assert amount(Decimal(value), currency) == written


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"widget": "required"}),
        ("widget=", {"widget": "invalid_choice"}),
        ("widget=homepage&product=1", {"widget.0": "invalid_choice"}),
        ("widget=a%00b", None),
        ("widget=%ED%A0%80", None),
        ("widget=customers_also_bought", {"product": "required"}),
        *(
            (f"widget=customers_also_bought&product={value}", {"product": "invalid"})
            for value in ["abc", "1.5", "-1", "0", "99999999999999999999", "%D9%A3", "+1", "1e3", "0x10", "true"]
        ),
        ("widget=customers_also_bought&product=", {"product": "required"}),
        ("widget=customers_also_bought&product=1%00", None),
        ("widget=customers_also_bought&product=%ED%A0%80", None),
        *(
            (f"widget=trending_products&limit={value}", {"limit": "invalid"})
            for value in ["-1", "0", "abc", "1.5", "%D9%A3", "NaN"]
        ),
        ("&".join(["widget=trending_products"] * 100), {"widget": "max_length"}),
    ],
)
def test_nonsense_is_refused(client: Client, query: str, expected: dict[str, str] | None) -> None:
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 400, response.content
    problem = response.json()
    if expected is None:
        assert problem["code"] == "parse_error"
    else:
        assert {error["field"].removesuffix(".0"): error["code"] for error in problem["errors"]} == {
            name.removesuffix(".0"): code for name, code in expected.items()
        }


@pytest.mark.parametrize(
    "injected", ["'", '"', "1 OR 1=1--", "1') UNION SELECT 1--", "pg_sleep(3)", "%", "_", "\\", ";--"]
)
def test_sql_in_an_id_is_no_id(client: Client, product: Any, injected: str) -> None:
    assert client.get(URL, {"widget": BESIDE[0], "product": injected}).status_code == 400


def test_a_parameter_for_somebody_else_is_ignored(client: Client, product: Any, learn: Learn) -> None:
    learn(product, [neighbour()])
    assert shelves(client, product, utm_source="x" * 5000, format="xml", fields="password", _="1") == shelves(
        client, product
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("identity", IDENTITIES)
def test_it_can_only_be_read(identity: str, method: str) -> None:
    response = client_of(identity).generic(method, URL, "{}", content_type="application/json")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_a_head_request_has_no_body(client: Client, product: Any) -> None:
    response = client.head(URL, {"widget": BESIDE[0], "product": product.pk})
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/html"},
        {"Accept": "a/b; q=nonsense"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Prefix": "/evil"},
        {"Cookie": "oscar_history=[1e400]; oscar_open_basket=1:x; sessionid=" + "x" * 4000},
        {"Accept-Language": "x" * 5000},
    ],
    ids=str,
)
def test_odd_headers_change_nothing(client: Client, product: Any, learn: Learn, headers: dict[str, str]) -> None:
    learn(product, [neighbour()])
    response = client.get(URL, {"widget": BESIDE[1], "product": product.pk}, headers=headers)
    assert response.status_code == 200
    assert b"evil" not in response.content
    assert response["Content-Type"] == "application/json"


def test_titles_are_data_and_never_markup(client: Client, product: Any, learn: Learn) -> None:
    learn(product, [neighbour("<script>alert(1)</script>")])
    response = client.get(URL, {"widget": BESIDE[1], "product": product.pk})
    assert json.loads(response.content)["shelves"][0]["items"][0]["title"] == "<script>alert(1)</script>"
    assert response["Content-Type"] == "application/json"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_answers_are_not_kept_by_any_cache(client: Client, product: Any) -> None:
    response = client.get(URL, {"widget": BESIDE[1], "product": product.pk})
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}


def test_a_failure_of_ours_is_an_empty_shelf(
    client: Client, product: Any, learn: Learn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("boom")

    learn(product, [neighbour()])
    monkeypatch.setattr("upsell.recommendations.serving.page.Page.shelf", fail)
    assert shelves(client, product)[0]["items"] == []
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


def test_the_switch_turns_it_off(client: Client, product: Any, learn: Learn, settings: Any) -> None:
    settings.UPSELL_ENABLED = False
    learn(product, [neighbour()])
    assert shelves(client, product, *BESIDE)[0]["items"] == []


def test_the_number_of_queries_does_not_grow(client: Client, product: Any, learn: Learn) -> None:
    def queries(count: int) -> int:
        learn(product, [neighbour(f"Part {count}.{number}") for number in range(count)])
        caches["default"].clear()
        with count_queries() as captured:
            assert len(shelves(client, product, limit=20)[0]["items"]) == count
        return len(captured)

    few, many = queries(1), queries(20)
    assert few <= many <= few + 1 <= 8  # what is behind the first places is read in one more statement


ANYTHING = st.dictionaries(
    st.sampled_from(["widget", "product", "limit", "offset", "format", "lang", "basket"]) | st.text(max_size=8),
    st.sampled_from([*BESIDE, "complete_your_basket", "trending_products", "1", "-1", "1e9", "٣", "\x00", "\ud800"])
    | st.integers().map(str)
    | st.text(max_size=40),
    max_size=5,
)


@given(query=ANYTHING)
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_whatsoever_is_a_server_error(client: Client, query: dict[str, str]) -> None:
    encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in query.items()}
    names = {name.encode("utf-8", "replace").decode(): value for name, value in encoded.items()}
    assert client.get(URL, names).status_code in {200, 400, 404}


def test_origins_and_widgets_are_named_as_documented() -> None:
    from upsell.recommendations.api import choices
    from upsell.recommendations.serving.widgets import WIDGETS

    assert [name for name, _ in choices.ORIGINS] == [origin.name.lower() for origin in Origin]
    assert {name for name, _ in choices.WIDGETS} == set(WIDGETS)
