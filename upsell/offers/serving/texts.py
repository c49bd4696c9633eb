"""Dates, percentages and amounts as every page and screen writes them."""

from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from oscar.templatetags.currency_filters import currency as format_currency

from upsell.core.currencies import decimals_of


def day(at: Any) -> str:
    """Write a moment as the day it falls on in the shop's own zone."""
    return str(date_format(localtime(at), "DATE_FORMAT"))


def moment(at: Any) -> str:
    """Write a moment with its time of day."""
    return str(date_format(localtime(at), "DATETIME_FORMAT"))


def percent_text(percent: Decimal) -> str:
    """Write a percentage without needless zeros."""
    plain = percent.normalize()
    places = max(0, -int(plain.as_tuple().exponent))
    return _("%(percent)s %%") % {"percent": number_format(plain, decimal_pos=places)}


def amount_text(amount: Decimal, currency: str) -> str:
    """Write an amount as Oscar's pages do, with the decimals of its currency."""
    if not currency:
        return str(number_format(amount, decimal_pos=2))
    return str(format_currency(round(amount, decimals_of(currency)), currency))
