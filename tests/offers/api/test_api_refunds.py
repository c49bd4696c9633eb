"""Refunds through the API: the services' own answers, booked once, for those who may."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_model

from tests.identities import IDENTITIES, client_of, user_of
from tests.offers.refunds.sold import Item, a_set, sell
from upsell.models import KeptAnswer, Refund
from upsell.offers.booking.refunds import answer_refund, book_refund
from upsell.testing import count_queries, make_product

pytestmark = pytest.mark.django_db

API = "/api/upsell/v1"


@pytest.fixture
def order() -> Any:
    """Two sets of a lamp and a shade, 30.00 and 10.00, for 32.00 each."""
    lamp, shade = make_product("Lamp"), make_product("Shade")
    items = [Item(lamp, 2, price=Decimal("30.00")), Item(shade, 2, price=Decimal("10.00"))]
    return sell(items, {"Light set": a_set("32.00", lamp=lamp, shade=shade)})


@pytest.fixture
def lamp(order: Any) -> int:
    return int(order.lines.get(title="Lamp").pk)


@pytest.fixture
def shade(order: Any) -> int:
    return int(order.lines.get(title="Shade").pk)


def send(client: Client, order: Any, act: str, body: Any, key: str = "") -> Any:
    number = getattr(order, "number", order)
    return client.generic(
        "POST",
        f"{API}/orders/{number}/{act}/",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def back(line: int, units: int = 1, **more: Any) -> dict[str, Any]:
    return {"lines": [{"line": line, "units": units}], **more}


def codes(response: Any) -> dict[str | None, str]:
    assert response.status_code == 400, response.content
    return {error["field"]: error["code"] for error in response.json()["errors"]}


# --- answers ----------------------------------------------------------------------------------------------------------


def test_both_answers_are_the_services_own(merchant: Client, order: Any, lamp: int, shade: int) -> None:
    body = {"lines": [{"line": lamp, "units": 1}, {"line": shade, "units": 2}]}
    response = send(merchant, order, "refund-answer", body)
    assert response.status_code == 200, response.content
    told, found = response.json(), answer_refund(order=order, units={lamp: 1, shade: 2})
    assert (told["order"], told["currency"], told["incl_tax"]) == (order.number, "GBP", found.incl_tax)
    for name, answer in found.methods.items():
        assert Decimal(told["methods"][name]["incl_tax"]) == answer.incl_tax
        assert Decimal(told["methods"][name]["excl_tax"]) == answer.excl_tax
        assert [reason["message"] for reason in told["methods"][name]["why"]] == [one.message for one in answer.why]
    assert [(line["line"], line["units"], line["left"]) for line in told["lines"]] == [
        (line.line_id, line.units, line.left) for line in found.lines
    ]
    for line, own in zip(told["lines"], found.lines, strict=True):
        assert Decimal(line["full"]) == own.full
        assert Decimal(line["paid"]) == own.paid
        assert [(part["name"], Decimal(part["amount"])) for part in line["offers"]] == [
            (part.name, part.amount) for part in own.ours
        ]
        assert Decimal(line["back"]["reprice"]["incl_tax"]) == own.back["reprice"].incl_tax
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"lines": []}, {"lines": "min_length"}),
        ({"lines": "x"}, {"lines": "not_a_list"}),
        ({}, {"lines": "required"}),
        ({"lines": [{"line": 999999, "units": 1}]}, {"lines.0.line": "does_not_exist"}),
        ({"lines": [{"line": "LAMP", "units": 1}, {"line": "LAMP", "units": 1}]}, {"lines.1.line": "twice"}),
        ({"lines": [{"line": "LAMP"}]}, {"lines.0.units": "required"}),
        ({"lines": [{"line": "LAMP", "units": 1, "amount": "99"}]}, {"lines.0.amount": "unknown"}),
        ({"lines": [{"line": "LAMP", "units": 1}], "amount": "99"}, {"amount": "unknown"}),
    ],
)
@pytest.mark.parametrize("act", ["refund-answer", "refunds"])
def test_what_makes_no_sense_is_refused_at_its_place(
    act: str, change: Any, expected: Any, merchant: Client, order: Any, lamp: int
) -> None:
    """A05, H07, H10."""
    body = json.loads(json.dumps(change).replace('"LAMP"', str(lamp)))
    if act == "refunds":
        body["method"] = "pro_rata"
    assert codes(send(merchant, order, act, body, key="k")) == expected
    assert not Refund.objects.exists()
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("units", [0, -1, 1.5, "1e9", 2147483648, "", [1], True, " 1 ", "١", "0x10", None, "1"])
def test_units_are_plain_whole_numbers(units: Any, merchant: Client, order: Any, lamp: int) -> None:
    """A04."""
    for act in ("refund-answer", "refunds"):
        assert send(merchant, order, act, {**back(lamp), **back(lamp, units)}, key="k").status_code == 400
    assert not Refund.objects.exists()


@pytest.mark.parametrize("act", ["refund-answer", "refunds"])
def test_no_more_units_go_back_than_are_left(act: str, merchant: Client, order: Any, lamp: int) -> None:
    """A18."""
    body = back(lamp, 3) | ({"method": "pro_rata"} if act == "refunds" else {})
    refused = send(merchant, order, act, body, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_refundable")
    assert "2 units" in refused.json()["detail"]
    assert not Refund.objects.exists()


def test_a_line_of_another_order_is_none_of_this_one(merchant: Client, order: Any) -> None:
    other = sell([Item(make_product("Desk"))])
    foreign = other.lines.get().pk
    assert codes(send(merchant, order, "refund-answer", back(foreign))) == {"lines.0.line": "does_not_exist"}


# --- booking ----------------------------------------------------------------------------------------------------------


def test_what_was_answered_is_booked(merchant: Client, order: Any, shade: int) -> None:
    answered = send(merchant, order, "refund-answer", back(shade)).json()["methods"]["pro_rata"]
    body = back(shade, method="pro_rata", expected=answered["incl_tax"], note="Cracked")
    response = send(merchant, order, "refunds", body, key="RMA-1")
    assert response.status_code == 201, response.content
    refund = Refund.objects.get()
    assert (refund.created_by, refund.note) == (user_of("merchant"), "Cracked")
    told = response.json()
    assert told == {
        "id": refund.pk,
        "order": order.number,
        "method": "pro_rata",
        "currency": "GBP",
        "incl_tax": answered["incl_tax"],
        "excl_tax": answered["excl_tax"],
        "note": "Cracked",
        "lines": [
            {
                "line": shade,
                "units": 1,
                "incl_tax": answered["incl_tax"],
                "excl_tax": answered["excl_tax"],
                "discount": "2.00",
            }
        ],
        "created_by": user_of("merchant").pk,
        "created_at": told["created_at"],
    }
    assert merchant.get(f"{API}/refunds/{refund.pk}/").json() == told


def test_a_refund_is_booked_once_however_often_it_is_asked_for(merchant: Client, order: Any, shade: int) -> None:
    """A19."""
    body = back(shade, method="reprice")
    first = send(merchant, order, "refunds", body, key="RMA-1")
    again = send(merchant, order, "refunds", body, key="RMA-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert Refund.objects.count() == 1
    reused = send(merchant, order, "refunds", back(shade, method="pro_rata"), key="RMA-1")
    assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")
    assert send(merchant, order, "refunds", body, key="RMA-2").status_code == 201
    assert Refund.objects.count() == 2


def test_a_key_books_once_even_when_its_answer_is_forgotten(merchant: Client, order: Any, shade: int) -> None:
    first = send(merchant, order, "refunds", back(shade, method="pro_rata"), key="RMA-1")
    KeptAnswer.objects.all().delete()
    again = send(merchant, order, "refunds", back(shade, method="pro_rata"), key="RMA-1")
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert Refund.objects.count() == 1


def test_two_people_may_use_the_same_key(merchant: Client, order: Any, shade: int) -> None:
    send(merchant, order, "refunds", back(shade, method="pro_rata"), key="1")
    assert send(client_of("superuser"), order, "refunds", back(shade, method="pro_rata"), key="1").status_code == 201
    assert Refund.objects.count() == 2


def test_a_booking_needs_a_key_and_a_method(merchant: Client, order: Any, shade: int) -> None:
    assert codes(send(merchant, order, "refunds", back(shade, method="pro_rata"))) == {"Idempotency-Key": "required"}
    assert codes(send(merchant, order, "refunds", back(shade), key="k")) == {"method": "required"}
    assert codes(send(merchant, order, "refunds", back(shade, method="all"), key="k")) == {"method": "invalid_choice"}
    assert not Refund.objects.exists()


def test_another_amount_than_was_agreed_to_is_not_booked(merchant: Client, order: Any, shade: int) -> None:
    """A23, for money that goes back."""
    refused = send(merchant, order, "refunds", back(shade, method="pro_rata", expected="999.00"), key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_refundable")
    assert not Refund.objects.exists()
    assert not KeptAnswer.objects.exists()


# --- looking up -------------------------------------------------------------------------------------------------------


def test_refunds_are_found_by_order_method_and_moment(merchant: Client, order: Any, lamp: int, shade: int) -> None:
    other = sell([Item(make_product("Desk"))])
    book_refund(order=order, units={lamp: 1}, method="pro_rata", reference="a")
    book_refund(order=order, units={shade: 1}, method="reprice", reference="b")
    book_refund(order=other, units={other.lines.get().pk: 1}, method="pro_rata", reference="c")
    soon = (timezone.now() + timedelta(minutes=1)).isoformat().replace("+", "%2B")
    for query, count in {
        "": 3,
        f"order={order.number}": 2,
        "order=nope": 0,
        "method=reprice": 1,
        f"created_before={soon}": 3,
        f"created_after={soon}": 0,
    }.items():
        assert merchant.get(f"{API}/refunds/?{query}").json()["count"] == count, query
    for query in ("method=x", "ordering=note", "nope=1", "offset=-1", "order=a%00b", "created_after=2026-03-29T02:30"):
        assert merchant.get(f"{API}/refunds/?{query}").status_code == 400, query


def test_a_long_list_costs_as_many_queries_as_a_short_one(merchant: Client) -> None:
    counts = []
    for more in (1, 12):
        for number in range(more):
            sold = sell([Item(make_product("Desk")), Item(make_product("Pen"))])
            units = dict.fromkeys(sold.lines.values_list("pk", flat=True), 1)
            book_refund(order=sold, units=units, method="pro_rata", reference=f"{more}.{number}")
        merchant.get(f"{API}/refunds/")
        with count_queries() as queries:
            merchant.get(f"{API}/refunds/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_what_was_booked_is_not_changed(method: str, order: Any, shade: int) -> None:
    refund = book_refund(order=order, units={shade: 1}, method="pro_rata", reference="a")
    client = client_of("superuser")
    assert (
        client.generic(method, f"{API}/refunds/{refund.pk}/", "{}", content_type="application/json").status_code == 405
    )
    assert Refund.objects.get().amount_incl_tax == refund.amount_incl_tax


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", IDENTITIES)
def test_who_looks_needs_one_permission_and_who_books_another(identity: str, order: Any, shade: int) -> None:
    """B01, B14."""
    client = client_of(identity)
    may_look, may_act = identity in {"viewer", "merchant", "superuser"}, identity in {"merchant", "superuser"}
    assert client.get(f"{API}/refunds/").status_code == (200 if may_look else 403)
    assert send(client, order, "refund-answer", back(shade)).status_code == (200 if may_look else 403)
    booked = send(client, order, "refunds", back(shade, method="pro_rata"), key="k")
    assert booked.status_code == (201 if may_act else 403)
    assert Refund.objects.exists() is may_act


def test_people_of_a_single_partner_pay_nothing_back(order: Any, shade: int) -> None:
    """B18: Oscar lets them see orders that hold lines of others, too."""
    client, user = client_of("customer"), user_of("customer")
    codenames = ["add_refund", "view_refund", "partner_access"]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    order.lines.first().product.stockrecords.get().partner.users.add(user)
    assert send(client, order, "refund-answer", back(shade)).status_code == 403
    assert send(client, order, "refunds", back(shade, method="pro_rata"), key="k").status_code == 403
    assert client.get(f"{API}/refunds/").status_code == 403


def test_an_order_that_there_is_not_is_said_kindly(merchant: Client, order: Any, shade: int) -> None:
    missing = send(merchant, "999999", "refund-answer", back(shade))
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no such order.")


@pytest.mark.parametrize("number", ["0", "' OR 1=1--", "%00", "..", "x" * 500, "١"])
def test_odd_order_numbers_are_unknown(number: str, merchant: Client, shade: int) -> None:
    """D01, B05."""
    assert send(merchant, number, "refund-answer", back(shade)).status_code in {400, 404}
    assert get_model("order", "Order").objects.count() == 1
