"""Adding a set and taking it back: one press, all or none, and nothing a client sends is believed but ids."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client, override_settings
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from upsell.recommendations.views import SESSION_KEY
from upsell.testing import make_product

pytestmark = pytest.mark.django_db

ADD, UNDO = "/upsell/set/add/", "/upsell/set/undo/"
Product = get_model("catalogue", "Product")
Basket = get_model("basket", "Basket")
Line = get_model("basket", "Line")

NUMBERS = [
    "abc", "-1", "0", "1.5", "1e3", "1e400", "NaN", "Infinity", "null", "", " ", " 1 ", "+1", "0x10", "١", "１", "²",
    "99999999999999999999", "9" * 5000, "1;drop table", "' OR 1=1--", "%", "_", "1\x00", "\x00", "\ud800", "[1]",
    "true", "<script>", "../1", "\u202e1",
]  # fmt: skip


def texts(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def contents() -> dict[str, int]:
    return {line.product.get_title(): line.quantity for line in Line.objects.select_related("product__parent")}


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="100.00")


@pytest.fixture
def bag() -> Any:
    return make_product("Bag", price="25.00")


def add(client: Client, *products: Any, **fields: Any) -> Any:
    ids = [product.pk if hasattr(product, "pk") else product for product in products]
    return client.post(ADD, {"product": ids, **fields})


def undo_name(response: Any) -> str:
    return re.findall(r'name="added" value="([^"]+)"', " ".join(texts(response)))[-1]


# --- adding -----------------------------------------------------------------------------------------------------------


def test_one_press_adds_the_ticked_set_tells_it_and_leads_back(client: Client, camera: Any, bag: Any) -> None:
    response = add(client, camera, bag, next=camera.get_absolute_url())
    assert (response.status_code, response["Location"]) == (302, camera.get_absolute_url())
    assert contents() == {"Camera": 1, "Bag": 1}
    said = " ".join(texts(response))
    assert "<strong>Camera</strong>, <strong>Bag</strong>" in said
    assert "£125.00" in said
    assert "Undo" in said


def test_a_press_of_one_card_adds_one(client: Client, bag: Any) -> None:
    add(client, bag)
    assert contents() == {"Bag": 1}


def test_a_variant_can_be_added_and_a_parent_cannot(client: Client) -> None:
    parent = make_product("Shirt", price=None, structure=Product.PARENT)
    child = Product.objects.create(structure=Product.CHILD, parent=parent, title="Shirt, red")
    factories.StockRecordFactory(product=child, num_in_stock=2, num_allocated=None)
    assert texts(add(client, parent)) == ["Nothing was added: choose the options of Shirt first."]
    add(client, child)
    assert contents() == {"Shirt, red": 1}


def test_oscars_signal_is_sent_for_each_product(client: Client, camera: Any, bag: Any) -> None:
    heard = []

    def hear(sender: Any, product: Any, user: Any, request: Any, **kwargs: Any) -> None:
        heard.append((product.pk, bool(request)))

    signal = get_class("basket.signals", "basket_addition")
    signal.connect(hear)
    try:
        add(client, camera, bag)
        add(client, "abc")
    finally:
        signal.disconnect(hear)
    assert heard == [(camera.pk, True), (bag.pk, True)]


def test_the_same_product_twice_in_one_press_counts_once(client: Client, bag: Any) -> None:
    add(client, bag, bag)
    assert contents() == {"Bag": 1}


def test_a_repeated_press_adds_nothing_and_a_new_one_does(client: Client, bag: Any) -> None:
    add(client, bag, once="first")
    assert texts(add(client, bag, once="first"))[-1] == "This is in your basket already."
    assert contents() == {"Bag": 1}
    add(client, bag, once="second")
    assert contents() == {"Bag": 2}


# --- all or none ------------------------------------------------------------------------------------------------------


def hide(product: Any) -> None:
    Product.objects.filter(pk=product.pk).update(is_public=False)


def sell_out(product: Any) -> None:
    product.stockrecords.update(num_in_stock=0)


def remove_price(product: Any) -> None:
    product.stockrecords.all().delete()


def clear_price(product: Any) -> None:
    product.stockrecords.update(price=None)


def change_currency(product: Any) -> None:
    product.stockrecords.update(price_currency="EUR")


def delete(product: Any) -> None:
    Product.objects.filter(pk=product.pk).delete()


def require_option(product: Any) -> None:
    product.product_options.add(factories.OptionFactory(required=True))


def become_parent(product: Any) -> None:
    Product.objects.filter(pk=product.pk).update(structure=Product.PARENT)


@pytest.mark.parametrize(
    "spoil",
    [hide, sell_out, remove_price, clear_price, change_currency, delete, require_option, become_parent],
)
def test_if_one_cannot_be_bought_none_is_added(client: Client, camera: Any, bag: Any, spoil: Any) -> None:
    spoil(bag)
    response = add(client, camera, bag.pk)
    assert response.status_code == 302
    assert contents() == {}
    (said,) = texts(response)
    assert said.startswith("Nothing was added")


def test_a_hidden_parents_variant_is_answered_like_one_that_does_not_exist(client: Client) -> None:
    parent = make_product("Shirt", price=None, structure=Product.PARENT, is_public=False)
    child = Product.objects.create(structure=Product.CHILD, parent=parent, title="Shirt, red")
    factories.StockRecordFactory(product=child, num_in_stock=2, num_allocated=None)
    hidden, missing = add(client, child), add(client, 999_999)
    assert texts(hidden)[-1] == texts(missing)[-1] == "Nothing was added: one of the products is not available."
    assert (hidden.status_code, hidden["Location"]) == (missing.status_code, missing["Location"])


@override_settings(OSCAR_MAX_BASKET_QUANTITY_THRESHOLD=1)
def test_the_shops_limit_holds_for_the_whole_set(client: Client, camera: Any, bag: Any) -> None:
    add(client, camera, bag)
    assert contents() == {}


def test_the_last_one_in_stock_is_not_added_twice(client: Client) -> None:
    last = make_product("Last", stock=1)
    add(client, last)
    assert "a maximum of 1 can be bought" in texts(add(client, last))[-1]
    assert contents() == {"Last": 1}


def test_a_basket_that_is_being_paid_for_is_not_changed(client: Client, camera: Any, bag: Any) -> None:
    """The order is begun between reading the basket and adding: Oscar itself would still add the line."""
    add(client, camera)
    view_lock = get_model("basket", "Basket")._default_manager

    original = type(view_lock.get_queryset()).select_for_update

    def freeze_first(queryset: Any, *args: Any, **kwargs: Any) -> Any:
        Basket.objects.update(status=Basket.FROZEN)
        return original(queryset, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(view_lock.get_queryset()), "select_for_update", freeze_first)
        response = add(client, bag)
    assert texts(response)[-1] == "Nothing was changed: this basket is being paid for."
    assert contents() == {"Camera": 1}


def test_a_strategys_refusal_inside_oscar_is_no_error(
    client: Client, camera: Any, bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Basket.add_product

    def refuse(self: Any, product: Any, *args: Any) -> Any:
        if product.title == "Bag":
            raise ValueError("no stock record")
        return original(self, product, *args)

    monkeypatch.setattr(Basket, "add_product", refuse)
    response = add(client, camera, bag)
    assert texts(response) == ["Nothing was added: Bag is not available."]
    assert contents() == {}


# --- hostile input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", NUMBERS, ids=ascii)
def test_junk_ids_are_told_and_never_an_error(client: Client, camera: Any, value: str) -> None:
    value = value.encode("utf-8", "replace").decode()
    response = client.post(ADD, {"product": [camera.pk, value]})
    assert response.status_code == 302
    assert contents() == {}
    assert len(texts(response)) == 1


@pytest.mark.parametrize(
    "fields", [{}, {"product": []}, {"product": range(1, 30)}, {"product": ["1"], "once": "x" * 65}, {"once": "\x00"}]
)
def test_no_products_too_many_or_a_faulty_form_add_nothing(client: Client, fields: Any, camera: Any) -> None:
    response = client.post(ADD, fields)
    assert response.status_code == 302
    assert contents() == {}
    assert len(texts(response)) == 1


MONEY = {
    "price": "0.01", "unit_price": "0", "discount": "100", "total": "0", "currency": "JPY", "tax": "-5",
    "quantity": "9", "is_free": "1", "owner": "1", "status": "Open", "basket": "1", "stockrecord": "1", "offer_id": "1",
}  # fmt: skip


def test_a01_fields_about_money_change_nothing(camera: Any, bag: Any) -> None:
    totals = []
    for extra in ({}, MONEY):
        client = Client()
        client.post(ADD, {"product": [camera.pk, bag.pk], **extra})
        totals.append(sum(line.price_incl_tax * line.quantity for line in Line.objects.order_by("-pk")[:2]))
        assert Line.objects.order_by("-pk").first().quantity == 1
    assert totals == [Decimal("125.00"), Decimal("125.00")]


@pytest.mark.parametrize("address", [ADD, UNDO])
@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete", "trace"])
def test_c01_only_a_post_changes_anything(client: Client, camera: Any, address: str, method: str) -> None:
    response = getattr(client, method)(f"{address}?product={camera.pk}")
    assert response.status_code == 405
    assert contents() == {}


@pytest.mark.parametrize("address", [ADD, UNDO])
def test_c02_a_post_without_its_token_is_refused(camera: Any, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(address, {"product": camera.pk, "added": "x"}).status_code == 403
    assert contents() == {}


def test_c06_a_method_cannot_be_smuggled(client: Client, camera: Any) -> None:
    response = client.get(f"{ADD}?_method=POST&product={camera.pk}", headers={"X-HTTP-Method-Override": "POST"})
    assert response.status_code == 405


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "/\\evil.example", "https:evil.example", "///evil.example", "\tjavascript:alert(1)",
        "javascript:alert(1)", "https://testserver@evil.example/", "https://testserver.evil.example/", "",
        "ftp://testserver/", "https://testserver\\@evil.example", "http://testserver:81/", "data:text/html,x", "\x00/",
        "http://evil.example", "http://[", " //evil.example",
    ],
)  # fmt: skip
def test_e03_a_foreign_next_leads_to_the_basket(client: Client, camera: Any, target: str) -> None:
    response = add(client, camera, next=target)
    assert response.status_code == 302
    assert response["Location"] == "/basket/"


def test_e03_a_safe_next_and_a_safe_referrer_lead_back(client: Client, camera: Any) -> None:
    assert add(client, camera, next="/catalogue/?page=2")["Location"] == "/catalogue/?page=2"
    response = client.post(ADD, {"product": camera.pk}, headers={"Referer": "http://testserver/catalogue/"})
    assert response["Location"] == "http://testserver/catalogue/"
    response = client.post(ADD, {"product": camera.pk}, headers={"Referer": "http://evil.example/"})
    assert response["Location"] == "/basket/"


def test_a_line_break_in_next_makes_no_header(client: Client, camera: Any) -> None:
    response = add(client, camera, next="/a\r\nSet-Cookie: x=1")
    assert response.status_code == 302
    assert "x" not in response.cookies


def test_a_hostile_title_is_text_in_the_message(client: Client) -> None:
    hostile = make_product("<script>alert(1)</script>")
    said = " ".join(texts(add(client, hostile)))
    assert "&lt;script&gt;" in said
    assert "<script" not in said


def test_the_answer_is_never_cached(client: Client, camera: Any) -> None:
    assert "no-store" in add(client, camera)["Cache-Control"]


# --- undo -------------------------------------------------------------------------------------------------------------


def test_undo_takes_out_exactly_what_was_added(client: Client, camera: Any, bag: Any) -> None:
    add(client, camera)
    response = add(client, camera, bag)
    assert contents() == {"Camera": 2, "Bag": 1}
    response = client.post(UNDO, {"added": undo_name(response), "next": "/catalogue/"})
    assert response["Location"] == "/catalogue/"
    assert contents() == {"Camera": 1}
    assert "Taken out of your basket again." in texts(response)


def test_undo_works_once(client: Client, camera: Any) -> None:
    add(client, camera)
    name = undo_name(add(client, camera))
    client.post(UNDO, {"added": name})
    assert texts(client.post(UNDO, {"added": name}))[-1] == "There is nothing to undo."
    assert contents() == {"Camera": 1}


def test_undo_takes_no_more_than_is_left(client: Client, camera: Any, bag: Any) -> None:
    name = undo_name(add(client, camera, bag))
    Line.objects.filter(product=bag).delete()
    client.post(UNDO, {"added": name})
    assert contents() == {}


def test_the_same_press_may_be_repeated_after_an_undo(client: Client, camera: Any) -> None:
    name = undo_name(add(client, camera, once="one"))
    client.post(UNDO, {"added": name})
    add(client, camera, once="one")
    assert contents() == {"Camera": 1}


@pytest.mark.parametrize("name", ["", "x", "x" * 65, "\x00", "' OR 1=1--"])
def test_an_unknown_undo_changes_nothing(client: Client, camera: Any, name: str) -> None:
    add(client, camera)
    response = client.post(UNDO, {"added": name})
    assert response.status_code == 302
    assert contents() == {"Camera": 1}


def test_b03_nobody_can_undo_what_another_added(client: Client, camera: Any) -> None:
    name = undo_name(add(client, camera))
    stranger = Client()
    assert texts(stranger.post(UNDO, {"added": name})) == ["There is nothing to undo."]
    assert contents() == {"Camera": 1}


def test_an_undo_after_logging_in_takes_it_out_of_the_merged_basket(client: Client, camera: Any) -> None:
    user = factories.UserFactory()
    name = undo_name(add(client, camera))
    client.force_login(user)
    client.get("/basket/")
    client.post(UNDO, {"added": name})
    assert contents() == {}


def test_only_the_last_few_additions_are_remembered(client: Client, camera: Any) -> None:
    for _ in range(12):
        camera.stockrecords.update(num_in_stock=100)
        add(client, camera)
    assert len(client.session[SESSION_KEY]) == 8


# --- at the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_g01_a_double_click_adds_once_and_two_presses_add_twice(camera: Any, bag: Any) -> None:
    from threading import Barrier, Thread

    camera.stockrecords.update(num_in_stock=100)
    first = Client()
    first.post(ADD, {"product": bag.pk})

    def press(once: str, gate: Barrier) -> None:
        client = Client()
        client.cookies = first.cookies
        gate.wait(10)
        try:
            client.post(ADD, {"product": camera.pk, "once": once})
        finally:
            connection.close()

    for names, quantity in ((["a"] * 8, 1), ([f"b{number}" for number in range(8)], 9)):
        gate = Barrier(len(names))
        crowd = [Thread(target=press, args=(name, gate), daemon=True) for name in names]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join(30)
        assert Line.objects.get(product=camera).quantity == quantity
