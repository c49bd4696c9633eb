"""Dates, percentages, amounts and audiences as every page and screen writes them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oscar.templatetags.currency_filters import currency as format_currency

from upsell.core.audience import Customers, from_json
from upsell.core.currencies import decimals_of
from upsell.offers.plans import End

SOON = timedelta(hours=1)  # before the end, when minutes begin to matter


def day(at: Any) -> str:
    """Write a moment as the day it falls on in the shop's own zone."""
    return str(date_format(localtime(at), "DATE_FORMAT"))


def moment(at: Any) -> str:
    """Write a moment with its time of day."""
    return str(date_format(localtime(at), "DATETIME_FORMAT"))


def end_of(at: datetime, now: datetime | None = None) -> End:
    """Write until when a price holds, in the shop's time: the hour if it is today, else the day, too."""
    now = now or timezone.now()
    local = timezone.localtime(at)
    told = {"time": time_format(local, use_l10n=True).removesuffix("."), "day": date_format(local, use_l10n=True)}
    is_today = local.date() == timezone.localdate(now)
    text = _("Until %(time)s.") % told if is_today else _("Until %(day)s, %(time)s.") % told
    return End(at=at, text=text, is_soon=timedelta(0) < at - now <= SOON)


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


def limits_of(offer: Any) -> list[str]:
    """Say each limit of an offer as a part of its sentence."""
    told = []
    if offer.max_per_basket is not None:
        told.append(_times(offer.max_per_basket, _("per basket")))
    if offer.max_per_customer is not None:
        told.append(_times(offer.max_per_customer, _("per customer")))
    if offer.max_in_all is not None:
        told.append(_times(offer.max_in_all, _("in all")))
    if offer.budget is not None:
        told.append(_("until %(amount)s are given") % {"amount": amount_text(offer.budget, offer.currency)})
    return told


def _times(most: int, where: str) -> str:
    told = ngettext("at most once %(where)s", "at most %(most)d times %(where)s", most)
    return told % {"most": most, "where": where}


def dates_of(row: Any) -> list[str]:
    """Say from when and until when something runs, as parts of its sentence."""
    told = []
    if row.starts_at is not None:
        told.append(_("from %(when)s") % {"when": day(row.starts_at)})
    if row.ends_at is not None:
        told.append(_("until %(when)s") % {"when": day(row.ends_at)})
    return told


def audience_sentence(row: Any) -> str:
    """Say for whom something with an ``audience`` is."""
    try:
        audience = from_json(row.audience or {})
    except (ValueError, TypeError):
        return _("nobody: its audience cannot be read")
    told = []
    if audience.customers == Customers.NEW:
        told.append(_("customers without an order yet"))
    if audience.customers == Customers.RETURNING:
        told.append(_("customers who ordered before"))
    if audience.signed_in is not None:
        told.append(_("signed in") if audience.signed_in else _("guests"))
    if audience.countries:
        told.append(_("in %(countries)s") % {"countries": ", ".join(sorted(audience.countries))})
    if audience.languages:
        told.append(_("reading %(languages)s") % {"languages": ", ".join(sorted(audience.languages))})
    if audience.bought:
        told.append(_("who bought certain products"))
    return ", ".join(told) or _("everybody")
