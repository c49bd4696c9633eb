"""What a switch costs, in sentences: by how much the basket changes, and which offers give more or less in it."""

from decimal import Decimal

from django.utils.translation import gettext as _
from oscar.templatetags.currency_filters import currency

from upsell.offers.plans import Exchanged, Saving


def difference(exchanged: Exchanged) -> list[str]:
    """Say what a basket costs more or less, and what changes beside the prices."""
    return [_total(exchanged), *(_change(saving, exchanged.currency) for saving in exchanged.savings if saving.amount)]


def button(exchanged: Exchanged) -> str:
    """Name the button that accepts a difference."""
    amount = _amount(exchanged.total, exchanged.currency)
    if exchanged.total > 0:
        return _("Switch for %(amount)s more") % {"amount": amount}
    return _("Switch for %(amount)s less") % {"amount": amount} if exchanged.total else _("Switch")


def _total(exchanged: Exchanged) -> str:
    told = {"amount": _amount(exchanged.total, exchanged.currency)}
    if exchanged.others:
        if exchanged.total > 0:
            return _("Before other discounts it costs %(amount)s more.") % told
        if exchanged.total < 0:
            return _("Before other discounts it costs %(amount)s less.") % told
        return _("Before other discounts it costs the same.")
    if exchanged.total > 0:
        return _("It costs %(amount)s more.") % told
    return _("It costs %(amount)s less.") % told if exchanged.total else _("It costs the same.")


def _change(saving: Saving, code: str) -> str:
    told = {"offer": saving.name, "amount": _amount(saving.amount, code)}
    if saving.amount > 0:
        return _("“%(offer)s” takes %(amount)s more off now.") % told
    return _("“%(offer)s” takes %(amount)s less off now.") % told


def _amount(amount: Decimal, code: str) -> str:
    return str(currency(abs(amount), code))
