"""The refund screen: find an order, see both answers, book one with one press, and see what was booked."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_model

from tests.identities import client_of, user_of
from tests.offers.refunds.sold import Item, a_set, sell
from upsell.models import Refund
from upsell.offers.booking.refunds import book_refund
from upsell.testing import count_queries, make_product

pytestmark = pytest.mark.django_db

ADD = "/admin/upsell/refund/add/"
LIST = "/admin/upsell/refund/"


@pytest.fixture
def merchant() -> Client:
    return client_of("merchant")


@pytest.fixture
def order() -> Any:
    """A lamp and a shade as a set for 32.00, 8.00 less than apart."""
    lamp, shade = make_product("Lamp"), make_product("Shade <b>")
    items = [Item(lamp, price=Decimal("30.00")), Item(shade, price=Decimal("10.00"))]
    return sell(items, {"Light set": a_set("32.00", lamp=lamp, shade=shade)})


def shade_of(order: Any) -> Any:
    return order.lines.get(title="Shade <b>")


def ask(client: Client, order: Any, **units: Any) -> Any:
    return client.get(ADD, {"order": order.number, "answer": "1", **units})


def hidden(page: str) -> dict[str, str]:
    """Collect what the form with the two buttons would send."""
    form = page[page.index('<form method="post" action="/admin/upsell/refund/add/">') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[: form.index("</form>")]))


def press(client: Client, page: Any, method: str, **fields: str) -> Any:
    return client.post(ADD, {**hidden(page.content.decode()), "method": method, "note": "", **fields})


# --- the way through --------------------------------------------------------------------------------------------------


def test_from_the_list_to_the_booked_refund_without_a_script(merchant: Client, order: Any) -> None:
    page = merchant.get(LIST).content.decode()
    assert f'href="{ADD}"' in page
    page = merchant.get(ADD).content.decode()
    assert 'name="order"' in page
    page = merchant.get(ADD, {"order": order.number}).content.decode()
    assert f'name="line_{shade_of(order).pk}"' in page
    assert "What goes back" not in page
    answers = ask(merchant, order, **{f"line_{shade_of(order).pk}": 1})
    text = answers.content.decode()
    for told in ("Book £8.00", "Book £2.00", "“Light set” no longer applies; it gave £8.00.", "£6.67 without tax"):
        assert told in text
    assert not Refund.objects.exists()
    response = press(merchant, answers, "reprice", note="Torn")
    refund = Refund.objects.get()
    assert response.status_code == 302
    assert response.url == reverse("admin:upsell_refund_change", args=[refund.pk])
    assert (refund.amount_incl_tax, refund.method, refund.note) == (Decimal("2.00"), "reprice", "Torn")
    assert refund.created_by == user_of("merchant")
    shown = merchant.get(response.url).content.decode()
    for told in (f"Refund {refund.pk} was booked: £2.00 to pay back.", "What was paid, less the price", "Torn"):
        assert told in shown
    assert "Kept, priced again" in shown
    assert f"Refund {refund.pk}" in merchant.get(LIST).content.decode()
    assert merchant.get(reverse("admin:upsell_refund_history", args=[refund.pk])).status_code == 200


def test_what_the_shop_proposes_stands_first(merchant: Client, order: Any, settings: Any) -> None:
    units = {f"line_{shade_of(order).pk}": 1}
    for method, first, second in (("pro_rata", "Book £8.00", "Book £2.00"), ("reprice", "Book £2.00", "Book £8.00")):
        settings.UPSELL_REFUND_METHOD = method
        text = ask(merchant, order, **units).content.decode()
        assert text.index(first) < text.index(second)


def test_pressing_twice_books_once_and_leads_to_the_same_page(merchant: Client, order: Any) -> None:
    answers = ask(merchant, order, **{f"line_{shade_of(order).pk}": 1})
    urls = {press(merchant, answers, "pro_rata").url for _ in range(3)}
    assert len(urls) == 1
    history = merchant.get(reverse("admin:upsell_refund_history", args=[Refund.objects.get().pk]))
    assert len(history.context["action_list"]) == 1
    assert Refund.objects.count() == 1


def test_an_answer_that_is_out_of_date_books_nothing_and_shows_the_new_one(merchant: Client, order: Any) -> None:
    lamp = order.lines.get(title="Lamp")
    answers = ask(merchant, order, **{f"line_{lamp.pk}": 1})
    book_refund(order=order, units={shade_of(order).pk: 1}, method="reprice", reference="elsewhere")
    response = press(merchant, answers, "pro_rata")
    assert response.status_code == 200
    assert "something of this order came back meanwhile" in response.content.decode()
    assert "Book £30.00" in response.content.decode()
    assert Refund.objects.count() == 1


def test_what_came_back_meanwhile_is_said_at_its_line(merchant: Client, order: Any) -> None:
    units = {f"line_{shade_of(order).pk}": 1}
    answers = ask(merchant, order, **units)
    book_refund(order=order, units={shade_of(order).pk: 1}, method="pro_rata", reference="elsewhere")
    response = press(merchant, answers, "pro_rata")
    assert response.status_code == 200
    assert Refund.objects.count() == 1


# --- kind words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["4711", "<script>alert(1)</script>", "\x00", "é" * 500, "' OR 1=1"])
def test_an_order_that_is_not_there_is_said_kindly(merchant: Client, order: Any, number: str) -> None:
    response = merchant.get(ADD, {"order": number})
    assert response.status_code == 200
    text = response.content.decode()
    assert "<script>alert" not in text
    assert ("There is no order" in text) == (number != "\x00")


def test_a_number_is_found_with_a_hash_and_spaces_around_it(merchant: Client, order: Any) -> None:
    assert merchant.get(ADD, {"order": f" #{order.number} "}).context["order"] == order


@pytest.mark.parametrize("count", ["2", "-1", "one", "1e9", "99999999999999999999"])
def test_more_than_is_left_is_refused_at_its_line(merchant: Client, order: Any, count: str) -> None:
    response = ask(merchant, order, **{f"line_{shade_of(order).pk}": count})
    assert response.status_code == 200
    assert "Correct the numbers marked below." in response.content.decode()
    assert response.context["answer"] is None


def test_nothing_returned_is_said(merchant: Client, order: Any) -> None:
    assert "Say of at least one line how many units came back." in ask(merchant, order).content.decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "everything"},
        {"method": ""},
        {"expected_pro_rata": "8000.00"},
        {"expected_pro_rata": "much"},
        {"expected_pro_rata": "NaN"},
        {"reference": ""},
        {"reference": "x" * 100},
    ],
)
def test_a_form_that_was_tampered_with_books_nothing(merchant: Client, order: Any, changed: dict[str, str]) -> None:
    answers = ask(merchant, order, **{f"line_{shade_of(order).pk}": 1})
    fields = {"method": "pro_rata", **changed}
    response = press(merchant, answers, fields.pop("method"), **fields)
    assert response.status_code == 200
    assert "Nothing was booked" in response.content.decode() or "Choose one" in response.content.decode()
    assert not Refund.objects.exists()


def test_an_order_of_which_everything_came_back_has_nothing_to_book(merchant: Client, order: Any) -> None:
    units = {line.pk: 1 for line in order.lines.all()}
    book_refund(order=order, units=units, method="pro_rata", reference="all")
    text = merchant.get(ADD, {"order": order.number}).content.decode()
    assert "All units of this order have come back." in text
    assert "Show the answers" not in text


def test_titles_are_text(merchant: Client, order: Any) -> None:
    text = ask(merchant, order, **{f"line_{shade_of(order).pk}": 1}).content.decode()
    assert "Shade &lt;b&gt;" in text
    assert "Shade <b>" not in text


# --- who --------------------------------------------------------------------------------------------------------------


def test_who_may_look_may_not_book(order: Any) -> None:
    refund = book_refund(order=order, units={shade_of(order).pk: 1}, method="pro_rata", reference="one")
    viewer = client_of("viewer")
    assert viewer.get(LIST).status_code == 200
    assert ADD not in viewer.get(LIST).content.decode()
    assert viewer.get(reverse("admin:upsell_refund_change", args=[refund.pk])).status_code == 200
    assert viewer.get(ADD).status_code == viewer.post(ADD, {"order": order.number}).status_code == 403


def test_nobody_changes_or_deletes_what_was_booked(order: Any) -> None:
    refund = book_refund(order=order, units={shade_of(order).pk: 1}, method="pro_rata", reference="one")
    root = client_of("superuser")
    for name in ("change", "delete"):
        assert root.post(reverse(f"admin:upsell_refund_{name}", args=[refund.pk]), {"post": "yes"}).status_code == 403
    assert Refund.objects.get() == refund


def test_who_serves_a_single_partner_books_nothing_of_others(order: Any) -> None:
    partner = get_model("partner", "Partner").objects.create(name="One of many")
    user = user_of("customer")
    partner.users.add(user)
    order.lines.filter(title="Lamp").update(partner=partner)
    client = client_of("customer")
    assert client.get(ADD, {"order": order.number}).status_code == 302
    assert client.post(ADD, {"order": order.number}).status_code == 302
    assert not Refund.objects.exists()


def test_the_list_finds_refunds_by_order_number(merchant: Client, order: Any) -> None:
    other = sell([Item(make_product("Chair"))])
    for number, one in enumerate((order, other)):
        book_refund(order=one, units={one.lines.last().pk: 1}, method="pro_rata", reference=f"r{number}")
    found = merchant.get(LIST, {"q": other.number}).content.decode()
    assert f"{other.number}</td>" in found
    assert f"{order.number}</td>" not in found


def test_the_list_asks_as_much_for_many_refunds_as_for_one(merchant: Client) -> None:
    def book(count: int) -> None:
        for _ in range(count):
            order = sell([Item(make_product("Chair"))])
            line = order.lines.get().pk
            book_refund(order=order, units={line: 1}, method="pro_rata", reference=order.number, user=user_of("viewer"))

    def asked() -> int:
        with count_queries() as statements:
            assert merchant.get(LIST).status_code == 200
        return len(statements)

    book(1)
    merchant.get(LIST)
    few = asked()
    book(9)
    assert asked() == few


def test_oscars_page_of_the_order_leads_to_the_refund_and_shows_the_note(merchant: Client, order: Any) -> None:
    address = reverse("dashboard:order-detail", kwargs={"number": order.number})
    book_refund(
        order=order, units={shade_of(order).pk: 1}, method="pro_rata", reference="one", user=user_of("merchant")
    )
    page = client_of("superuser").get(address).content.decode()
    assert "£8.00 to pay back for 1 unit that came back" in page
