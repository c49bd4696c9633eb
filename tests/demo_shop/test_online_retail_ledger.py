"""What rows mean, what they add up to, and the assortment they make."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_shop.online_retail.assortment import assortment
from demo_shop.online_retail.cleaning import Kind, Reason, judge
from demo_shop.online_retail.ledger import Line, gather
from demo_shop.online_retail.reading import BadFileError, Row
from demo_shop.online_retail.summary import summarise

ROW = Row(2, "536365", "85123A", "WHITE HEART", 6, datetime(2010, 12, 1, 8, 26), Decimal("2.55"), "17850", "France")


def row(**values: object) -> Row:
    return replace(ROW, **values)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({}, Kind.SALE),
        ({"invoice": "C536379", "quantity": -6}, Kind.CANCELLATION),
        ({"code": "POST", "title": "POSTAGE"}, Kind.POSTAGE),
        ({"code": "DOT"}, Kind.POSTAGE),
        ({"code": "C2", "invoice": "C1", "quantity": -1}, Kind.POSTAGE),
        ({"code": "23444", "title": "Next Day Carriage"}, Kind.POSTAGE),
        ({"invoice": "A563185", "code": "B"}, Reason.DEBT),
        ({"quantity": -10, "price": Decimal(0)}, Reason.WRITE_OFF),
        ({"quantity": 0}, Reason.NO_QUANTITY),
        ({"price": Decimal(0)}, Reason.NO_PRICE),
        ({"price": Decimal("-1")}, Reason.NO_PRICE),
        ({"price": Decimal("0.001")}, Reason.NO_PRICE),
        ({"code": "POST", "price": Decimal(0)}, Reason.NO_PRICE),
        ({"code": "M"}, Reason.MANUAL),
        ({"code": "D", "invoice": "C1", "quantity": -1}, Reason.DISCOUNT),
        ({"code": "S"}, Reason.SAMPLES),
        ({"code": "BANK CHARGES"}, Reason.FEE),
        ({"code": "AMAZONFEE"}, Reason.FEE),
        ({"code": "CRUK"}, Reason.FEE),
        ({"code": "GIFT_0001_20"}, Reason.VOUCHER),
        ({"title": "Dotcomgiftshop Gift Voucher £100.00"}, Reason.VOUCHER),
        ({"title": "PACKING CHARGE"}, Reason.SERVICE),
        ({"code": "DCGS0003"}, Reason.OTHER_CODE),
        ({"code": "PADS"}, Reason.OTHER_CODE),
    ],
)
def test_every_row_is_an_order_line_or_has_its_reason(values: dict[str, object], verdict: Kind | Reason) -> None:
    assert judge(row(**values)) is verdict


def test_rows_of_a_product_at_a_price_are_one_line() -> None:
    ledger = gather(
        [row(), row(quantity=2), row(price=Decimal("2.10")), row(code="22222"), row(code="POST", quantity=2)]
    )
    (invoice,) = ledger.invoices
    assert invoice.lines() == [Line(0, 8, 255), Line(0, 6, 210), Line(1, 6, 255)]
    assert invoice.postage == 510
    assert ledger.codes == ["85123A", "22222"]


def test_an_invoice_spread_over_the_file_is_one_and_dated_by_its_earliest_row() -> None:
    later = ROW.at + timedelta(minutes=5)
    ledger = gather([row(at=later), row(invoice="536366", at=later, customer=""), row(code="22222")])
    assert [(invoice.number, invoice.at) for invoice in ledger.invoices] == [("536365", ROW.at), ("536366", later)]
    assert [customer.number for customer in ledger.customers] == ["17850"]


def test_customers_live_where_their_latest_invoice_says() -> None:
    moved = row(invoice="536999", at=ROW.at + timedelta(days=9), country="Spain")
    (customer,) = gather([moved, row()]).customers
    assert (customer.country, customer.since, customer.until) == ("Spain", ROW.at, moved.at)


def test_invoices_without_goods_are_left_out_with_their_postage() -> None:
    tally = gather([row(), row(invoice="1", code="POST"), row(invoice="1", code="M"), row(invoice="2", code="D")]).tally
    assert tally.kept == Counter({Kind.SALE: 1})
    assert tally.skipped == Counter({Reason.NO_GOODS: 1, Reason.MANUAL: 1, Reason.DISCOUNT: 1})
    assert (tally.invoices, tally.invoices_without_goods) == (3, 2)


def test_sums_no_order_can_hold_are_refused_with_their_line() -> None:
    huge = row(quantity=2_000_000_000, price=Decimal("4.00"), line=7)
    with pytest.raises(BadFileError, match=r"Line 7: invoice 536365 adds up to more"):
        gather([huge, huge])


def test_a_file_without_rows_is_refused() -> None:
    with pytest.raises(BadFileError, match="no rows"):
        gather([])


CODES = st.sampled_from(["85123A", "22222", "POST", "M", "D", "PADS", "BANK CHARGES"])
ROWS = st.builds(
    row,
    invoice=st.sampled_from(["1", "2", "C3", "A4", "5"]),
    code=CODES,
    quantity=st.integers(-5, 5),
    price=st.sampled_from([Decimal("-1"), Decimal(0), Decimal("0.85"), Decimal("2.55")]),
    customer=st.sampled_from(["", "1", "2"]),
)


@given(st.lists(ROWS, min_size=1, max_size=40))
def test_every_row_is_counted_once(rows: list[Row]) -> None:
    ledger = gather(rows)
    tally = ledger.tally
    assert sum(tally.kept.values()) + sum(tally.skipped.values()) == tally.rows == len(rows)
    assert min(tally.kept.values(), default=0) >= 0
    goods = [one for one in rows if isinstance(judge(one), Kind) and judge(one) is not Kind.POSTAGE]
    kept = sum(line.quantity for invoice in ledger.invoices for line in invoice.lines())
    assert kept == sum(abs(one.quantity) for one in goods)
    assert len(ledger.invoices) == len({one.invoice for one in goods})


def test_the_price_is_the_median_of_recent_sales() -> None:
    start = ROW.at
    prices = ["9.99"] * 60 + ["2.00"] * 24 + ["3.00"] * 26
    rows = [
        row(invoice=str(number), price=Decimal(price), at=start + timedelta(hours=number))
        for number, price in enumerate(prices, start=100)
    ]
    (product,) = assortment(gather(rows))
    assert product.price == 300
    assert product.since == start + timedelta(hours=100)


def test_stock_is_a_month_of_sales_and_none_of_what_is_no_longer_sold() -> None:
    end = datetime(2011, 12, 9)
    rows = [
        row(invoice="1", code="11111", quantity=23, at=end),
        row(invoice="2", code="11111", quantity=99, at=end - timedelta(days=31)),
        row(invoice="3", code="22222", quantity=5, at=end - timedelta(days=80)),
        row(invoice="4", code="33333", quantity=5, at=end - timedelta(days=91)),
        row(invoice="C5", code="44444", quantity=-5, at=end),
    ]
    stock = {product.code: product.stock for product in assortment(gather(rows))}
    assert stock == {"11111": 30, "22222": 10, "33333": 0, "44444": 0}


def test_codes_that_differ_in_a_colour_only_are_variants() -> None:
    titles = {
        "90200A": "PURPLE SWEETHEART BRACELET",
        "90200B": "BLACK SWEETHEART BRACELET",
        "90200C": "SWEETHEART RING",
        "85099B": "JUMBO BAG RED RETROSPOT",
        "85099F": "JUMBO BAG STRAWBERRY",
        "84279P": "PINK FLASK",
        "84279B": "PINK FLASK",
        "22697": "GREEN REGENCY TEACUP",
        "22698": "PINK REGENCY TEACUP",
    }
    products = assortment(gather(row(code=code, title=title) for code, title in titles.items()))
    families = {product.code: product.family for product in products}
    assert {code for code, family in families.items() if family} == {"90200A", "90200B"}
    assert families["90200A"] == families["90200B"] == "Sweetheart Bracelet"


def test_a_product_nobody_named_is_called_by_its_code() -> None:
    (product,) = assortment(gather([row(title="damaged")]))
    assert product.title == "Article 85123A"


def test_the_summary_accounts_for_every_row_and_shelf() -> None:
    ledger = gather(
        [
            row(),
            row(code="M", title="Manual"),
            row(invoice="C7", quantity=-1, customer=""),
            row(code="33333", title="ODDITY"),
        ]
    )
    summary = summarise(ledger, assortment(ledger), orders_without_country=0, already_there=1, seconds=2.0)
    text = summary.text()
    assert (summary.orders, summary.cancelled, summary.guest_orders, summary.customers) == (2, 1, 1, 1)
    assert summary.coverage == pytest.approx(2 / 3)
    assert "1 orders placed and 1 cancelled" in text
    assert "1  manual entry (M)" in text
    assert "line 2: invoice 536365, M 'Manual', 6 at 2.55" in text
