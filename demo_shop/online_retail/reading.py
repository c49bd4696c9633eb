"""Reads the rows of an Online Retail file, whatever it is wrapped in, and names line and reason when one is bad.

Known wrappings, told by content and not by name: ``.xlsx`` and the ``.zip`` around it as UCI publishes them, ``.csv``,
and either gzipped. Columns are found by their names in the header, UCI's or plain ones, in any order; others are
ignored.

Nothing is repaired by guessing: an unreadable number, date or character is an error, because a shop built from
half-understood rows looks right and is wrong. An idea: no Django here.
"""

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any, BinaryIO

from demo_shop.online_retail import workbook


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an invoice, as the file states it."""

    line: int  # its place in the file, the header being 1
    invoice: str
    code: str  # trimmed, in upper case
    title: str
    quantity: int
    at: datetime  # local time of the shop, without a zone
    price: Decimal  # pounds for one unit
    customer: str  # empty when unknown
    country: str


class BadFileError(Exception):
    """The file cannot be read. Says where, when a line is to blame, and why."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(reason if line is None else f"Line {line}: {reason}")


# field: the names its column goes by, in lower case without spaces and underscores
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "invoice": ("invoiceno", "invoice", "orderid"),
    "code": ("stockcode", "productid"),
    "title": ("description", "title"),
    "quantity": ("quantity",),
    "at": ("invoicedate", "orderedat"),
    "price": ("unitprice", "price"),
    "customer": ("customerid",),
    "country": ("country",),
}

MAX_QUANTITY = 2_147_483_647
MAX_AMOUNT = Decimal(10) ** 10  # of a line, in pounds: what a price column of ten digits holds
MAX_TEXT = 1_000

_DATE_FORMATS = ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%y %H:%M")
_WORKBOOK_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  local, as all times of the file
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CUSTOMER = re.compile(r"[A-Za-z0-9_-]{1,40}")
_INVOICE = re.compile(r"[A-Za-z]{0,3}[0-9]{1,20}")
# What UCI's own export holds beyond ASCII when it is saved by a spreadsheet in Windows-1252. A damaged byte is rarely
# one.
_WINDOWS_1252 = frozenset("£€´‘’“”–—°½¼¾²³×éèêëàâäáåçñóòôöøúùûüÉÈÀÂÄÅÇÑÖØÜß\xa0")


def read(path: Path, *, report: Callable[[float], None] | None = None) -> Iterator[Row]:
    """Yield the rows of the file in its order, telling ``report`` from time to time the fraction that is read.

    Raises ``BadFileError`` at the first thing that cannot be understood; ``OSError`` when the file cannot be opened.
    """
    size = max(path.stat().st_size, 1)
    with ExitStack() as stack:
        stream = stack.enter_context(path.open("rb"))
        for number, row in enumerate(_rows(_table(stream, stack))):
            if report and number % 10_000 == 0:
                report(min(stream.tell() / size, 1.0))
            yield row


def _table(stream: BinaryIO, stack: ExitStack) -> Iterator[tuple[int, Sequence[Any]]]:
    """Unwrap the file and return its numbered records, the header first."""
    start = stream.read(8)
    stream.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return _table(_peekable(stack.enter_context(gzip.open(stream, "rb"))), stack)
    if start.startswith(b"PK"):
        return _zipped(stream, stack)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFileError("this is an old .xls workbook; save it as .xlsx or .csv.")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFileError("this text is UTF-16; save it as UTF-8.")
    return _csv_records(stream)


def _peekable(stream: Any) -> BinaryIO:
    """Try the first bytes, so that a damaged wrapping is told from damaged rows."""
    try:
        stream.read(8)
        stream.seek(0)
    except (OSError, EOFError, zlib.error) as error:
        raise BadFileError(f"the compressed file is damaged ({error}).") from error
    return stream  # type: ignore[no-any-return]


def _zipped(stream: BinaryIO, stack: ExitStack) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(stream))
        names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
        if "xl/workbook.xml" in names:
            stream.seek(0)
            return _xlsx_records(stream)
        tables = [name for name in names if name.lower().endswith((".xlsx", ".csv", ".csv.gz"))]
        if len(tables) != 1:
            raise BadFileError(f"the zip file should hold one .xlsx or .csv, and holds {len(tables)}.")
        # Spooled into memory: a workbook is read by seeking, which inside an archive means inflating again and again.
        return _table(io.BytesIO(archive.read(tables[0])), stack)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadFileError(f"the zip file is damaged ({error}).") from error


def _xlsx_records(stream: IO[bytes]) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        yield from workbook.records(stream)
    except workbook.BadWorkbookError as error:
        raise BadFileError(error.reason, line=error.row + 1 if error.row else None) from error


def _csv_records(stream: BinaryIO) -> Iterator[tuple[int, Sequence[Any]]]:
    lines = _lines(stream)
    try:
        first = next(lines)
    except StopIteration:
        return
    delimiter = max(",;\t", key=first.count)

    def again() -> Iterator[str]:
        yield first
        yield from lines

    reader = csv.reader(again(), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1  # a record may run over several lines: its first one is named
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadFileError(f"this is not valid CSV ({error}).", line=start) from error
        yield start, record


def _lines(stream: BinaryIO) -> Iterator[str]:
    number = 0
    try:
        for number, raw in enumerate(stream, start=1):
            yield _text(raw, number)
    except (OSError, EOFError, zlib.error) as error:
        raise BadFileError(f"the compressed file is damaged or cut off ({error}).", line=number + 1) from error


def _text(raw: bytes, line: int) -> str:
    try:
        text = raw.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        text = raw.decode("windows-1252", errors="replace")
        if any(not (letter.isascii() or letter in _WINDOWS_1252) for letter in text):
            byte = raw[error.start]
            raise BadFileError(
                f"byte 0x{byte:02X} at column {error.start + 1} is no character in UTF-8.", line
            ) from error
    if found := _CONTROL.search(text):
        raise BadFileError(f"control character 0x{ord(found.group()):02X} at column {found.start() + 1}.", line)
    return text


def _rows(records: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[Row]:
    records = iter(records)
    _, header = next(records, (0, ()))
    columns = _columns(header)
    width = len(header)
    parse = _Parser()
    for line, record in records:
        if not any(value not in (None, "") for value in record):
            continue
        if len(record) != width:
            raise BadFileError(f"{len(record)} fields where the header has {width}.", line)
        yield parse.row(line, {field: record[index] for field, index in columns.items()})


def _columns(header: Sequence[Any]) -> dict[str, int]:
    names = [re.sub(r"[\s_]", "", str(name or "")).lower() for name in header]
    if not any(names):
        raise BadFileError("the file is empty.")
    found = {
        field: next((names.index(alias) for alias in aliases if alias in names), None)
        for field, aliases in COLUMNS.items()
    }
    if missing := [field for field, index in found.items() if index is None]:
        wanted = ", ".join(" or ".join(COLUMNS[field]) for field in missing)
        raise BadFileError(f"the header lacks a column for {', '.join(missing)} (named {wanted}).", line=1)
    return {field: index for field, index in found.items() if index is not None}


class _Parser:
    """Turns fields into values. Remembers prices and times, of which half a million rows have a few thousand."""

    def __init__(self) -> None:
        self._times: dict[Any, datetime] = {}
        self._prices: dict[Any, Decimal] = {}

    def row(self, line: int, field: Mapping[str, Any]) -> Row:
        try:
            row = Row(
                line=line,
                invoice=_invoice(field["invoice"]),
                code=_required(field["code"], "product code").upper(),
                title=_string(field["title"], "title"),
                quantity=_quantity(field["quantity"]),
                at=self._time(field["at"]),
                price=self._price(field["price"]),
                customer=_customer(field["customer"]),
                country=_string(field["country"], "country") or "Unspecified",
            )
        except ValueError as error:
            raise BadFileError(str(error), line) from error
        if abs(row.quantity * row.price) >= MAX_AMOUNT:
            raise BadFileError("quantity times price is beyond any order's total.", line)
        return row

    def _time(self, value: Any) -> datetime:
        known = self._times.get(value)
        if known is None:
            known = self._times[value] = _time(value)
        return known

    def _price(self, value: Any) -> Decimal:
        known = self._prices.get(value)
        if known is None:
            known = self._prices[value] = _price(value)
        return known


def _string(value: Any, what: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a spreadsheet's idea of a code or a customer number
    text = str(value).strip()
    if len(text) > MAX_TEXT:
        raise ValueError(f"the {what} has {len(text)} characters; {MAX_TEXT} are the most.")
    return text


def _required(value: Any, what: str) -> str:
    if not (text := _string(value, what)):
        raise ValueError(f"the {what} is missing.")
    if len(text) > 60:
        raise ValueError(f"the {what} {text[:20]!r}... is longer than 60 characters.")
    return text


def _invoice(value: Any) -> str:
    text = _required(value, "invoice number").upper()
    if not _INVOICE.fullmatch(text):
        raise ValueError(f"{text!r} is not an invoice number.")
    return text


def _customer(value: Any) -> str:
    text = _string(value, "customer").removesuffix(".0")
    if text and not _CUSTOMER.fullmatch(text):
        raise ValueError(f"{text!r} is not a customer number.")
    return text


def _quantity(value: Any) -> int:
    try:
        number = Decimal(str(value).strip())
        whole = int(number)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"the quantity {value!r} is not a whole number.") from None
    if number != whole:
        raise ValueError(f"the quantity {value!r} is not a whole number.")
    if abs(whole) > MAX_QUANTITY:
        raise ValueError(f"the quantity {value!r} is beyond {MAX_QUANTITY}.")
    return whole


def _price(value: Any) -> Decimal:
    try:
        price = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"the price {value!r} is not a number.") from None
    if not price.is_finite() or abs(price) >= MAX_AMOUNT:
        raise ValueError(f"the price {value!r} is not an amount of money.")
    return price


def _time(value: Any) -> datetime:
    text = str(value or "").strip()
    if isinstance(value, int | float):
        at = _of_workbook(value)
    else:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = _american(text)
    if at.tzinfo is not None:
        raise ValueError(f"the time {text!r} has a zone; the file's times are local.")
    if not 1970 <= at.year <= 2100:
        raise ValueError(f"the time {text!r} is not between 1970 and 2100.")
    return at


def _of_workbook(days: float) -> datetime:
    """Return the time of a workbook's date: days since 30 December 1899, whose binary fractions miss the second."""
    try:
        return _WORKBOOK_EPOCH + timedelta(seconds=round(days * 86_400))
    except OverflowError:
        raise ValueError(f"{days} is not a date.") from None


def _american(text: str) -> datetime:
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  the zone is the shop's, given later
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a time such as 2010-12-01 08:26 or 12/1/2010 8:26 (month first).")
