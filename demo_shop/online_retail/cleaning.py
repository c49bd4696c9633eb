"""What a row of the file means to a shop: goods sold, goods brought back, postage, or bookkeeping to leave out.

The file is a wholesaler's ledger. Beside sales it holds cancellations (``C`` before the invoice number, quantities
below zero), corrections of debts (``A``), write-offs of stock, fees, samples and gift vouchers. An idea: no Django
here.
"""

import re
from decimal import Decimal
from enum import Enum

from demo_shop.online_retail.reading import Row

HALF_A_PENNY = Decimal("0.005")


class Kind(Enum):
    """A row that goes into an order."""

    SALE = "sold"
    CANCELLATION = "cancelled"
    POSTAGE = "postage"


class Reason(Enum):
    """Why a row goes into no order; the value says it in words."""

    DEBT = "correction of a debt (invoice A...)"
    WRITE_OFF = "write-off of stock (quantity below zero, not a cancellation)"
    NO_PRICE = "no price (zero or below)"
    NO_QUANTITY = "no quantity"
    MANUAL = "manual entry (M)"
    DISCOUNT = "discount given by hand (D)"
    SAMPLES = "samples (S)"
    FEE = "bank charge, commission or fee"
    VOUCHER = "gift voucher"
    SERVICE = "a service, no goods"
    OTHER_CODE = "code outside the wholesaler's range"
    NO_GOODS = "postage of an invoice without goods"


_GOODS = re.compile(r"\d{5}[A-Z]{0,2}")
_POSTAGE = frozenset({"POST", "DOT", "C2"})
_CODES = {
    "M": Reason.MANUAL,
    "D": Reason.DISCOUNT,
    "S": Reason.SAMPLES,
    "B": Reason.DEBT,
    "AMAZONFEE": Reason.FEE,
    "BANK CHARGES": Reason.FEE,
    "CRUK": Reason.FEE,
}
# A few five-digit codes are no goods either; only their titles tell.
_CARRIAGE = re.compile(r"\b(?:carriage|postage)$", re.IGNORECASE)
_VOUCHER = re.compile(r"gift voucher", re.IGNORECASE)
_SERVICE = re.compile(r"^(?:packing charge|high resolution image)$", re.IGNORECASE)


def judge(row: Row) -> Kind | Reason:
    """Say what the row is.

    Postage stays postage in a cancellation, where it lowers nothing: the cancelled order carries it. Of several
    reasons to leave a row out, the one that tells most about it is given: what it is comes before what it lacks.
    """
    if row.invoice.startswith("A"):
        return Reason.DEBT
    is_cancellation = row.invoice.startswith("C")
    kind = _kind_of_code(row)
    if isinstance(kind, Reason):
        return kind
    if row.quantity == 0:
        return Reason.NO_QUANTITY
    if row.quantity < 0 and not is_cancellation:
        return Reason.WRITE_OFF
    if row.price < HALF_A_PENNY:
        return Reason.NO_PRICE
    if kind is Kind.SALE and is_cancellation:
        return Kind.CANCELLATION
    return kind


def _kind_of_code(row: Row) -> Kind | Reason:
    if row.code in _POSTAGE:
        return Kind.POSTAGE
    if reason := _CODES.get(row.code):
        return reason
    if row.code.startswith("GIFT_") or _VOUCHER.search(row.title):
        return Reason.VOUCHER
    if not _GOODS.fullmatch(row.code):
        return Reason.OTHER_CODE
    if _CARRIAGE.search(row.title):
        return Kind.POSTAGE
    return Reason.SERVICE if _SERVICE.match(row.title) else Kind.SALE
