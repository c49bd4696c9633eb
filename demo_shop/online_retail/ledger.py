"""Gathers the file's rows into invoices, customers and an account of what was left out.

Half a million rows are held as whole numbers, some 24 bytes each, so that a file is understood to its last line before
anything is written. An idea: no Django here.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from demo_shop.online_retail.cleaning import Kind, Reason, judge
from demo_shop.online_retail.reading import MAX_AMOUNT, MAX_QUANTITY, BadFileError, Row

EXAMPLES = 3
_PENCE_MAX = int(MAX_AMOUNT) * 100


@dataclass(frozen=True, slots=True)
class Line:
    """What an order holds of one product at one price: all the invoice's rows of it together."""

    product: int  # its place in Ledger.codes
    quantity: int
    pence: int  # for one unit


@dataclass(slots=True)
class Invoice:
    """One invoice, sold or cancelled, of a customer or of a guest."""

    number: str
    at: datetime  # its earliest row; local time of the shop
    customer: str  # empty for a guest
    country: str
    first_row: int
    postage: int = 0  # pence
    postage_rows: int = 0
    _lines: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def is_cancellation(self) -> bool:
        """Whether goods came back instead of going out."""
        return self.number.startswith("C")

    @property
    def has_goods(self) -> bool:
        """Whether any row of it is goods."""
        return bool(self._lines)

    def add(self, product: int, quantity: int, pence: int) -> None:
        """Note a row of goods."""
        self._lines.extend((product, quantity, pence))

    def lines(self) -> list[Line]:
        """Return its lines, a product at a price once, in the order of the file."""
        together: dict[tuple[int, int], int] = {}
        values = iter(self._lines)
        for product, quantity, pence in zip(values, values, values, strict=True):
            together[product, pence] = together.get((product, pence), 0) + quantity
        return [Line(product, quantity, pence) for (product, pence), quantity in together.items()]


@dataclass(slots=True)
class Customer:
    """A numbered customer: where they live by their latest invoice, and since when they buy."""

    number: str
    country: str
    since: datetime
    until: datetime


@dataclass(slots=True)
class Tally:
    """How many rows there were, and what became of them: ``rows`` is the sum of ``kept`` and ``skipped``."""

    rows: int = 0
    kept: Counter[Kind] = field(default_factory=Counter)
    skipped: Counter[Reason] = field(default_factory=Counter)
    examples: defaultdict[Reason, list[str]] = field(default_factory=lambda: defaultdict(list))
    invoices: int = 0
    invoices_without_goods: int = 0

    def skip(self, reason: Reason, row: Row) -> None:
        """Count a row that goes nowhere, and remember the first few of each reason."""
        self.skipped[reason] += 1
        if len(self.examples[reason]) < EXAMPLES:
            self.examples[reason].append(
                f"line {row.line}: invoice {row.invoice}, {row.code} {row.title!r}, {row.quantity} at {row.price}"
            )


@dataclass(slots=True)
class Ledger:
    """The whole file, understood."""

    codes: list[str]  # product codes; lines name them by their place here
    titles: list[Counter[str]]  # rows by description, of each product
    invoices: list[Invoice]  # with goods, by time and number
    customers: list[Customer]  # of these invoices, by number
    tally: Tally

    def first(self, limit: int | None) -> "Ledger":
        """Return this ledger with its earliest invoices only, and their customers as the whole file knows them."""
        if limit is None:
            return self
        invoices = self.invoices[:limit]
        numbers = {invoice.customer for invoice in invoices}
        return replace(
            self, invoices=invoices, customers=[customer for customer in self.customers if customer.number in numbers]
        )


def gather(rows: Iterable[Row]) -> Ledger:
    """Return the ledger of the rows.

    Raises ``BadFileError`` without any row, and where an invoice adds up to more than a price column holds.
    """
    tally = Tally()
    invoices: dict[str, Invoice] = {}
    places: dict[str, int] = {}
    titles: list[Counter[str]] = []
    postage_rows: dict[str, Row] = {}
    numbers: set[str] = set()
    for row in rows:
        tally.rows += 1
        numbers.add(row.invoice)
        kind = judge(row)
        if isinstance(kind, Reason):
            tally.skip(kind, row)
            continue
        tally.kept[kind] += 1
        invoice = invoices.get(row.invoice)
        if invoice is None:
            invoice = Invoice(row.invoice, row.at, row.customer, row.country, row.line)
            invoices[row.invoice] = invoice
        invoice.at = min(invoice.at, row.at)
        pence = _pence(row.price)
        if kind is Kind.POSTAGE:
            invoice.postage += pence * abs(row.quantity)
            invoice.postage_rows += 1
            postage_rows.setdefault(row.invoice, row)
            continue
        place = places.setdefault(row.code, len(places))
        if place == len(titles):
            titles.append(Counter())
        titles[place][row.title] += 1
        invoice.add(place, abs(row.quantity), pence)
    if not tally.rows:
        raise BadFileError("the file has a header and no rows.")
    _leave_out_empty(invoices, postage_rows, tally)
    tally.invoices = len(numbers)
    tally.invoices_without_goods = len(numbers) - len(invoices)
    kept = sorted(invoices.values(), key=lambda invoice: (invoice.at, invoice.number))
    for invoice in kept:
        _check_sums(invoice)
    return Ledger(list(places), titles, kept, _customers(kept), tally)


def _pence(price: Decimal) -> int:
    return int((price * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _leave_out_empty(invoices: dict[str, Invoice], postage_rows: dict[str, Row], tally: Tally) -> None:
    """Drop the invoices that hold postage only, and count their rows as left out."""
    for number in [number for number, invoice in invoices.items() if not invoice.has_goods]:
        rows = invoices.pop(number).postage_rows
        tally.kept[Kind.POSTAGE] -= rows
        tally.skip(Reason.NO_GOODS, postage_rows[number])
        tally.skipped[Reason.NO_GOODS] += rows - 1


def _check_sums(invoice: Invoice) -> None:
    lines = invoice.lines()
    total = invoice.postage + sum(line.quantity * line.pence for line in lines)
    if total >= _PENCE_MAX or any(line.quantity > MAX_QUANTITY for line in lines):
        raise BadFileError(f"invoice {invoice.number} adds up to more than an order can hold.", invoice.first_row)


def _customers(invoices: Iterable[Invoice]) -> list[Customer]:
    customers: dict[str, Customer] = {}
    for invoice in invoices:
        if not invoice.customer:
            continue
        customer = customers.get(invoice.customer)
        if customer is None:
            customers[invoice.customer] = Customer(invoice.customer, invoice.country, invoice.at, invoice.at)
        else:
            customer.country, customer.until = invoice.country, invoice.at
    return sorted(customers.values(), key=lambda customer: customer.number)
