"""Answering and booking refunds of orders: what is paid back, what reports say, and what limits get back."""

import random
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from oscar.core.loading import get_model

from tests.identities import user_of
from tests.offers.refunds.sold import Item, a_set, any_for, second_free, sell
from upsell.models import OfferUsage, OrderOffer, Refund, RefundLine, RefundPart
from upsell.offers.booking.refunds import (
    RefundAnswer,
    RefundError,
    answer_refund,
    book_refund,
    orders_for,
    returnable,
)
from upsell.signals import refund_booked
from upsell.testing import count_queries, make_product

pytestmark = pytest.mark.django_db

METHODS = ("pro_rata", "reprice")


def money(text: str) -> Decimal:
    return Decimal(text)


@pytest.fixture
def lamp() -> Any:
    return make_product("Lamp")


@pytest.fixture
def shade() -> Any:
    return make_product("Shade")


@pytest.fixture
def set_order(lamp: Any, shade: Any) -> Any:
    """A lamp and a shade, 30.00 and 10.00, as a set for 32.00: 6.00 off the lamp, 2.00 off the shade."""
    items = [Item(lamp, price=money("30.00")), Item(shade, price=money("10.00"))]
    return sell(items, {"Light set": a_set("32.00", lamp=lamp, shade=shade)})


def line_of(order: Any, product: Any) -> int:
    return int(order.lines.get(product=product).pk)


def amounts(answer: RefundAnswer) -> tuple[Decimal, Decimal]:
    return answer.methods["pro_rata"].incl_tax, answer.methods["reprice"].incl_tax


def book(order: Any, units: dict[int, int], method: str = "pro_rata", **options: Any) -> Refund:
    options.setdefault("reference", f"test-{order.pk}-{Refund.objects.count()}")
    return book_refund(order=order, units=units, method=method, **options)


# --- answers ----------------------------------------------------------------------------------------------------------


def test_the_shade_of_a_set_is_worth_what_was_paid_for_it_or_what_the_lamp_does_not_cost(
    set_order: Any, shade: Any
) -> None:
    answer = answer_refund(order=set_order, units={line_of(set_order, shade): 1})
    assert amounts(answer) == (money("8.00"), money("2.00"))
    returned, kept = sorted(answer.lines, key=lambda line: -line.units)
    assert (returned.title, returned.units, returned.full, returned.paid) == ("Shade", 1, money("10.00"), money("8.00"))
    assert [(part.name, part.amount) for part in returned.ours] == [("Light set", money("2.00"))]
    assert returned.others == 0
    assert (kept.units, kept.back["pro_rata"].incl_tax, kept.back["reprice"].incl_tax) == (0, 0, money("-6.00"))


def test_the_answer_says_why_in_full_sentences(set_order: Any, shade: Any) -> None:
    with translation.override("en-gb"):
        answer = answer_refund(order=set_order, units={line_of(set_order, shade): 1})
    told = {name: [reason.message for reason in one.why] for name, one in answer.methods.items()}
    assert told == {
        "pro_rata": ["The unit has come back, so all of the £8.00 that it cost goes back."],
        "reprice": [
            "What is kept costs £30.00 with the offers of this order; £32.00 was paid for the goods and not yet paid "
            "back. The difference goes back.",
            "“Light set” no longer applies; it gave £8.00.",
        ],
    }


def test_what_is_kept_still_earns_the_offers_of_the_order() -> None:
    """Three for 10.00 from four at 5.00: one comes back, and the three that are kept are still three for 10.00."""
    sock = make_product("Sock")
    order = sell([Item(sock, 4, money("5.00"))], {"Three for ten": any_for(3, "10.00", sock)})
    answer = answer_refund(order=order, units={line_of(order, sock): 1})
    assert amounts(answer) == (money("3.75"), money("5.00"))
    assert [reason.code for reason in answer.methods["reprice"].why] == ["kept_costs_less", "offer_stays"]


def test_an_offer_is_never_granted_more_often_than_the_order_was() -> None:
    """Five at 10.00 had one three for 25.00 and one pair for 17.00. Two pairs would suit four better."""
    mug = make_product("Mug")
    offers = {"Three": any_for(3, "25.00", mug), "Pair": any_for(2, "17.00", mug)}
    order = sell([Item(mug, 5, money("10.00"))], offers)
    assert order.basket_total_incl_tax == money("42.00")
    answer = answer_refund(order=order, units={line_of(order, mug): 1})
    assert answer.methods["reprice"].incl_tax == money("7.00")


def test_the_offers_of_the_order_hold_after_the_catalogue_and_the_offers_have_changed(
    set_order: Any, lamp: Any, shade: Any
) -> None:
    saucer = make_product("Saucer")
    items = [Item(lamp, 2, money("30.00")), Item(shade, 2, money("10.00")), Item(saucer, 1, money("3.00"))]
    order = sell(items, {"Light set": a_set("32.00", lamp=lamp, shade=shade)})
    units = {line_of(order, saucer): 1}
    OrderOffer.objects.filter(order=order).get().offer.delete()
    shade.delete()
    answer = answer_refund(order=order, units=units)
    assert amounts(answer) == (money("3.00"), money("3.00"))
    assert [reason.code for reason in answer.methods["reprice"].why] == ["kept_costs_less", "offer_stays"]


def test_a_voucher_stays_with_its_share(lamp: Any, shade: Any) -> None:
    """Two lamps with 5.00 of a voucher and no offer of ours: one costs 27.50, by either answer."""
    order = sell([Item(lamp, 2, money("30.00"), voucher=money("5.00")), Item(shade, price=money("10.00"))])
    answer = answer_refund(order=order, units={line_of(order, lamp): 1})
    assert amounts(answer) == (money("27.50"), money("27.50"))
    [line] = [line for line in answer.lines if line.units]
    assert (line.full, line.ours, line.others, line.paid) == (money("30.00"), (), money("2.50"), money("27.50"))


def test_an_order_from_before_there_were_offers_is_answered_too(lamp: Any) -> None:
    order = sell([Item(lamp, 3, money("3.34"), voucher=money("0.02"))])
    line = line_of(order, lamp)
    assert [book(order, {line: 1}).amount_incl_tax for _ in range(3)] == [money("3.33"), money("3.34"), money("3.33")]


@pytest.mark.parametrize("unreadable", [{}, {"kind": "guess", "slots": []}, {"kind": "mix", "slots": []}, [], "x"])
def test_terms_that_cannot_be_read_leave_the_share_to_be_booked(set_order: Any, shade: Any, unreadable: Any) -> None:
    OrderOffer.objects.update(terms=unreadable)
    line = line_of(set_order, shade)
    answer = answer_refund(order=set_order, units={line: 1})
    assert {name: one.incl_tax for name, one in answer.methods.items()} == {"pro_rata": money("8.00")}
    assert "“Light set”" in answer.problem
    with pytest.raises(RefundError, match="cannot be priced again"):
        book(set_order, {line: 1}, "reprice")
    assert book(set_order, {line: 1}).amount_incl_tax == money("8.00")


def test_yen_go_back_whole() -> None:
    tea = make_product("Tea")
    order = sell([Item(tea, 3, Decimal(100), rate=0)], {"Three": any_for(3, "250", tea)}, currency="JPY", shipping="0")
    line = line_of(order, tea)
    assert [book(order, {line: 1}).amount_incl_tax for _ in range(3)] == [83, 84, 83]


def test_shipping_and_surcharges_are_never_touched(set_order: Any) -> None:
    set_order.surcharges.create(name="Card", code="card", incl_tax=money("1.00"), excl_tax=money("1.00"))
    set_order.total_incl_tax += 1
    set_order.total_excl_tax += 1
    set_order.save()
    refund = book(set_order, {line.pk: 1 for line in set_order.lines.all()})
    assert refund.amount_incl_tax == money("32.00") == set_order.total_incl_tax - money("5.00")


def test_never_more_goes_back_than_was_charged_for_the_goods(set_order: Any) -> None:
    set_order.total_incl_tax = money("20.00")  # with 4.00 of shipping: 16.00 for goods of 32.00
    set_order.save()
    assert book(set_order, {line.pk: 1 for line in set_order.lines.all()}).amount_incl_tax == money("16.00")


def test_the_queries_do_not_grow_with_the_order(set_order: Any, lamp: Any, shade: Any) -> None:
    def asked(order: Any) -> int:
        order = get_model("order", "Order").objects.get(pk=order.pk)
        with count_queries() as statements:
            answer_refund(order=order, units={order.lines.all()[0].pk: 1})
        return len(statements)

    products = [make_product(f"Thing {number}") for number in range(20)]
    large = sell([Item(product) for product in products], {"Ten for eighty": any_for(10, "80.00", *products)})
    book(large, {line.pk: 1 for line in large.lines.all()[10:]})
    book(set_order, {line_of(set_order, shade): 1})
    assert asked(large) == asked(set_order) <= 13


# --- booking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_what_is_booked_is_what_was_answered(set_order: Any, shade: Any, method: str) -> None:
    line = line_of(set_order, shade)
    answer = answer_refund(order=set_order, units={line: 1})
    user = user_of("merchant")
    refund = book(set_order, {line: 1}, method, user=user, note="Torn")
    refund.refresh_from_db()
    assert (refund.amount_incl_tax, refund.amount_excl_tax) == (
        answer.methods[method].incl_tax,
        answer.methods[method].excl_tax,
    )
    rows = {row.line_id: row for row in refund.lines.all()}
    for told in answer.lines:
        if told.line_id in rows:
            row, back = rows[told.line_id], told.back[method]
            assert (row.quantity, row.amount_incl_tax, row.amount_excl_tax, row.discount_returned) == (
                told.units,
                back.incl_tax,
                back.excl_tax,
                back.discount,
            )
    assert sum(row.amount_incl_tax for row in rows.values()) == refund.amount_incl_tax
    assert (refund.created_by, refund.note, refund.currency, refund.method) == (user, "Torn", "GBP", method)


def test_the_same_reference_books_once(set_order: Any, shade: Any) -> None:
    line = line_of(set_order, shade)
    first = book(set_order, {line: 1}, reference="RMA-1")
    assert book(set_order, {line: 1}, reference="RMA-1") == first
    assert Refund.objects.count() == 1
    with pytest.raises(RefundError, match="this reference belongs to another refund"):
        book(set_order, {line: 1}, "reprice", reference="RMA-1")
    with pytest.raises(RefundError, match="this reference belongs to another refund"):
        book(sell([Item(shade)]), {line: 1}, reference="RMA-1")


def test_what_is_wrong_is_refused_in_a_sentence_and_books_nothing(set_order: Any, shade: Any, lamp: Any) -> None:
    line, other = line_of(set_order, shade), sell([Item(lamp)]).lines.get().pk
    book(set_order, {line: 1})
    refused: list[tuple[dict[str, Any], str]] = [
        ({"units": {line: 1}}, "Of “Shade”, between 0 and 0 units can come back."),
        ({"units": {line_of(set_order, lamp): -1}}, "Of “Lamp”, between 0 and 1 unit can come back."),
        ({"units": {}}, "Say of at least one line how many units came back."),
        ({"units": {other: 1}}, "One of these lines is not in this order."),
        ({"units": {line_of(set_order, lamp): 1}, "method": "guess"}, "Choose one of the two ways"),
        ({"units": {line_of(set_order, lamp): 1}, "reference": ""}, "a refund needs a reference"),
        ({"units": {line_of(set_order, lamp): 1}, "reference": "x" * 65}, "a refund needs a reference"),
        ({"units": {line_of(set_order, lamp): 1}, "expected": money("23.99")}, "something of this order came back"),
    ]
    for options, message in refused:
        with pytest.raises(RefundError, match=message):
            book_refund(**{"order": set_order, "method": "pro_rata", "reference": "new", **options})
    assert Refund.objects.count() == 1


def test_the_order_gets_a_note_and_the_shop_a_signal(
    set_order: Any, shade: Any, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[Refund] = []

    def hear(refund: Refund, **kwargs: Any) -> None:
        heard.append(refund)

    refund_booked.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            refund = book(set_order, {line_of(set_order, shade): 1})
    finally:
        refund_booked.disconnect(hear)
    assert heard == [refund]
    note = set_order.notes.get()
    assert note.message == f"Refund {refund.pk}: £8.00 to pay back for 1 unit that came back. Shipping is not included."
    assert not note.is_editable()


# --- reports and limits -----------------------------------------------------------------------------------------------


def test_reports_say_what_was_given_net_of_returns(set_order: Any, shade: Any, lamp: Any) -> None:
    booked = OrderOffer.objects.given().get(order=set_order)
    assert (booked.amount, booked.returned, booked.given) == (money("8.00"), 0, money("8.00"))
    book(set_order, {line_of(set_order, shade): 1})
    booked = OrderOffer.objects.given().get(order=set_order)
    assert (booked.amount, booked.returned, booked.given) == (money("8.00"), money("2.00"), money("6.00"))
    [total] = OrderOffer.objects.totals()
    assert (total["offer"], total["discount"], total["uses"], total["orders"]) == (booked.offer_id, money("6.00"), 1, 1)


def test_repricing_takes_the_whole_discount_back_and_the_use_of_the_offer(set_order: Any, shade: Any) -> None:
    book(set_order, {line_of(set_order, shade): 1}, "reprice")
    booked = OrderOffer.objects.given().get(order=set_order)
    assert (booked.returned, booked.given, booked.state) == (money("8.00"), 0, "released")
    usage = OfferUsage.objects.get(offer=booked.offer_id)
    assert (usage.used, usage.spent) == (0, 0)


def test_the_use_comes_back_once_and_only_when_nothing_is_left_of_what_the_offer_gave(
    set_order: Any, shade: Any, lamp: Any
) -> None:
    spare = OrderOffer.objects.get(order=set_order)
    usage = OfferUsage.objects.filter(offer=spare.offer_id)
    usage.update(used=5, spent=money("40.00"))
    book(set_order, {line_of(set_order, shade): 1})
    assert usage.get().used == 5
    book(set_order, {line_of(set_order, lamp): 1})
    assert (usage.get().used, usage.get().spent) == (4, money("32.00"))
    spare.refresh_from_db()
    assert spare.state == "released"


def test_a_unit_that_only_had_to_be_bought_does_not_keep_the_use(lamp: Any, shade: Any) -> None:
    order = sell(
        [Item(lamp, price=money("30.00")), Item(shade, price=money("10.00"))],
        {"Free shade": second_free(lamp, shade)},
    )
    book(order, {line_of(order, shade): 1})
    assert OrderOffer.objects.get(order=order).state == "released"
    assert answer_refund(order=order, units={line_of(order, lamp): 1}).methods["reprice"].incl_tax == money("30.00")


def test_every_order_goes_back_to_nothing_whatever_the_steps() -> None:
    """Thirty orders with several offers, vouchers and rates of tax, returned in random steps by random methods."""
    dice = random.Random(7)
    products = [make_product(f"Thing {number}") for number in range(6)]
    for _ in range(30):
        items = [
            Item(product, dice.randint(1, 4), Decimal(dice.randint(50, 3000)) / 100, rate=dice.choice([0, 5, 20]))
            for product in dice.sample(products, 4)
        ]
        some = [item.product for item in items]
        offers = {
            "Any three": any_for(3, "12.00", *some[:3]),
            "A pair": a_set("9.99", one=some[0], other=some[3]),
            "Second free": second_free(some[1], some[2]),
        }
        order = sell(items, offers)
        while any(left for _, left in returnable(order=order)):
            units = {line.pk: dice.randint(0, left) for line, left in returnable(order=order)}
            if any(units.values()):
                book(order, units, dice.choice(METHODS))
        refunds = Refund.objects.filter(order=order)
        assert sum(refund.amount_incl_tax for refund in refunds) == order.basket_total_incl_tax
        assert sum(refund.amount_excl_tax for refund in refunds) == order.basket_total_excl_tax
        assert all(refund.amount_incl_tax >= 0 for refund in refunds)
        for booked in OrderOffer.objects.given().filter(order=order):
            assert booked.returned == booked.amount
            assert booked.given == 0
            assert booked.state == "released"
    assert not OfferUsage.objects.exclude(used=0, spent=0).exists()
    assert RefundLine.objects.filter(quantity=0).exists()
    assert RefundPart.objects.exists()


# --- who --------------------------------------------------------------------------------------------------------------


def test_orders_are_paid_back_by_staff_only(set_order: Any) -> None:
    partner = get_model("partner", "Partner").objects.create(name="One of many")
    set_order.lines.update(partner=partner)
    partner.users.add(user_of("customer"))
    assert set_order in orders_for(user_of("merchant"))
    assert not orders_for(user_of("customer")).exists()


def test_staff_who_serve_a_partner_get_the_orders_that_hold_nothing_of_others(set_order: Any, lamp: Any) -> None:
    own, other = (get_model("partner", "Partner").objects.create(name=name) for name in ("Own", "Other"))
    for user in ("merchant", "superuser"):
        own.users.add(user_of(user))
    set_order.lines.update(partner=own)
    mixed, nobodys = (sell([Item(lamp), Item(lamp)]) for _ in range(2))
    mixed.lines.filter(pk=mixed.lines.first().pk).update(partner=other)
    mixed.lines.filter(pk=mixed.lines.last().pk).update(partner=own)
    assert set(orders_for(user_of("merchant"))) == {set_order}
    assert set(orders_for(user_of("superuser"))) == {set_order, mixed, nobodys}
