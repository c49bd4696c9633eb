"""Reading a file in every wrapping, and naming line and reason when it is bad."""

import contextlib
import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from demo_shop.online_retail.reading import BadFileError, Row, read

UCI = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
PLAIN = "order_id,customer_id,ordered_at,product_id,title,quantity,unit_price,country"
LINE = "536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom"
ROW = Row(
    line=2,
    invoice="536365",
    code="85123A",
    title="WHITE HANGING HEART T-LIGHT HOLDER",
    quantity=6,
    at=datetime(2010, 12, 1, 8, 26),
    price=Decimal("2.55"),
    customer="17850",
    country="United Kingdom",
)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


XLSX = workbook(
    UCI.split(","),
    [
        536365,
        "85123A",
        "WHITE HANGING HEART T-LIGHT HOLDER",
        6,
        datetime(2010, 12, 1, 8, 26),
        2.55,
        17850,
        "United Kingdom",
    ],
    ["C536379", "D", None, -1, datetime(2010, 12, 1, 9, 41), 27.5, None, "United Kingdom"],
    [536414, 22139, "", 56, datetime(2010, 12, 1, 11, 52), 0, None, None],
)


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        f"{UCI}\n{LINE}\n",
        f"\ufeff{UCI}\r\n{LINE}\r\n",
        f"{UCI}\n{LINE}".replace("12/1/2010 8:26", "2010-12-01 08:26:00").replace("17850", "17850.0"),
        f"{UCI}\n{LINE}\n\n,,,,,,,\n",
        f"{UCI}\n{LINE}".replace(",", ";"),
        f"{PLAIN}\n536365,17850,2010-12-01T08:26,85123a ,WHITE HANGING HEART T-LIGHT HOLDER,6,2.55,United Kingdom",
    ],
)
def test_rows_are_the_same_however_a_csv_writes_them(content: str, written: Callable[..., Path]) -> None:
    assert list(read(written(content))) == [ROW]


def test_the_wrapping_is_told_by_content_and_not_by_name(written: Callable[..., Path]) -> None:
    text = f"{UCI}\n{LINE}\n".encode()
    for content in (
        gzip.compress(text),
        zipped(Online_Retail__csv=text),
        zipped(readme__txt=b"hello", data__csv=gzip.compress(text)),
        gzip.compress(zipped(a__csv=text)),
    ):
        assert list(read(written(content, "anything"))) == [ROW]


@pytest.mark.parametrize("content", [XLSX, zipped(Online_Retail__xlsx=XLSX)], ids=["workbook", "zip as UCI ships it"])
def test_a_workbook_gives_its_numbers_dates_and_gaps(content: bytes, written: Callable[..., Path]) -> None:
    first, second, third = read(written(content, "Online Retail.xlsx"))
    assert first == ROW
    assert (second.invoice, second.title, second.quantity, second.customer) == ("C536379", "", -1, "")
    assert second.at == datetime(2010, 12, 1, 9, 41)
    assert (third.code, third.title, third.price, third.country) == ("22139", "", Decimal(0), "Unspecified")


def test_windows_1252_is_understood_where_a_spreadsheet_left_it(written: Callable[..., Path]) -> None:
    (row,) = read(written(f"{UCI}\n{LINE}".replace("HOLDER", "VOUCHER £5 CAFÉ").encode("windows-1252")))
    assert row.title == "WHITE HANGING HEART T-LIGHT VOUCHER £5 CAFÉ"


@pytest.mark.parametrize(
    ("spoil", "line", "reason"),
    [
        (lambda text: text.replace(",6,", ",six,"), 3, "the quantity 'six' is not a whole number."),
        (lambda text: text.replace(",6,", ",6.5,"), 3, "the quantity '6.5' is not a whole number."),
        (lambda text: text.replace(",6,", ",inf,"), 3, "is not a whole number."),
        (lambda text: text.replace(",6,", ",99999999999,"), 3, "beyond 2147483647"),
        (lambda text: text.replace("2.55", "2,55"), 3, "9 fields where the header has 8."),
        (lambda text: text.replace("2.55", "free"), 3, "the price 'free' is not a number."),
        (lambda text: text.replace("2.55", "NaN"), 3, "is not an amount of money."),
        (lambda text: text.replace("2.55", "9999999999"), 3, "beyond any order's total."),
        (lambda text: text.replace("12/1/2010", "13/1/2010"), 3, "(month first)"),
        (lambda text: text.replace("12/1/2010 8:26", ""), 3, "is not a time"),
        (lambda text: text.replace("12/1/2010 8:26", "2010-12-01T08:26+00:00"), 3, "has a zone"),
        (lambda text: text.replace("12/1/2010", "12/1/0010"), 3, "between 1970 and 2100"),
        (lambda text: text.replace("536365,", ","), 3, "the invoice number is missing."),
        (lambda text: text.replace("536365,", "hello,"), 3, "'HELLO' is not an invoice number."),
        (lambda text: text.replace("85123A", ""), 3, "the product code is missing."),
        (lambda text: text.replace("85123A", "8" * 99), 3, "longer than 60 characters"),
        (lambda text: text.replace("17850", "17 850"), 3, "is not a customer number."),
        (lambda text: text.replace("WHITE", "W" * 2000), 3, "1000 are the most."),
        (lambda text: text.replace("WHITE", '"WHITE'), 3, "not valid CSV"),
        (lambda text: text.replace("WHITE", "WHI\x00TE"), 3, "control character 0x00"),
        (lambda text: text.replace(",United Kingdom", ""), 3, "7 fields where the header has 8."),
        (lambda text: text.replace("Quantity", "Amount"), 1, "lacks a column for quantity"),
        (lambda text: text.replace(UCI, "", 1).strip() and "\n", None, "the file is empty."),
        (lambda text: "", None, "the file is empty."),
    ],
)
def test_a_bad_file_is_refused_with_line_and_reason(
    spoil: Callable[[str], str], line: int | None, reason: str, written: Callable[..., Path]
) -> None:
    good = LINE.replace("536365", "536364").replace(",6,", ",5,").replace("2.55", "1.00").replace("17850", "1")
    good = good.replace("12/1/2010 8:26", "11/1/2010 8:26").replace("85123A", "22222").replace("WHITE", "RED")
    good = good.replace("United Kingdom", "France")
    with pytest.raises(BadFileError) as caught:
        list(read(written(spoil(f"{UCI}\n{good}\n{LINE}\n"))))
    assert caught.value.line == line
    assert reason in caught.value.reason


@pytest.mark.parametrize("byte", [b"\xff", b"\xfe", b"\x81"])
def test_a_damaged_byte_is_named(byte: bytes, written: Callable[..., Path]) -> None:
    with pytest.raises(BadFileError, match=r"Line 2: byte 0x.. at column 14 is no character"):
        list(read(written(f"{UCI}\n{LINE}".encode().replace(b"3A,W", b"3A" + byte + b",W"))))


def test_damaged_wrappings_are_named(written: Callable[..., Path]) -> None:
    packed = gzip.compress("\n".join([UCI, *[LINE] * 5000]).encode())
    for content, reason in [
        (packed[: len(packed) // 2], "damaged or cut off"),
        (b"\x1f\x8b nothing", "compressed file is damaged"),
        (b"PK\x03\x04 nothing", "zip file is damaged"),
        (zipped(a__csv=b"", b__csv=b""), "holds 2"),
        (zipped(**{"xl/workbook__xml": b"<no"}), "workbook is damaged"),
        (XLSX[:-300], "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls"),
        ("a,b".encode("utf-16"), "UTF-16"),
    ]:
        with pytest.raises(BadFileError, match=reason):
            list(read(written(content)))


def test_a_bad_cell_of_a_workbook_is_named_by_its_row(written: Callable[..., Path]) -> None:
    book = workbook(UCI.split(","), [536365, 22139, "MUG", "x", datetime(2010, 12, 1), 1, 1, "France"])
    with pytest.raises(BadFileError, match="Line 2: the quantity 'x'"):
        list(read(written(book)))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        list(read(tmp_path))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file, contextlib.suppress(BadFileError):
        file.write(UCI.encode() + b"\n" + content)
        file.flush()
        assert all(isinstance(row, Row) for row in read(Path(file.name)))
