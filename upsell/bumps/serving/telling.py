"""What an extra at the till costs, in sentences."""

from decimal import Decimal

from django.utils.translation import gettext as _

from upsell.core.services import Added
from upsell.offers.plans import Exchanged
from upsell.offers.serving.texts import amount_text


def come(added: Added, exchanged: Exchanged) -> list[str]:
    """Say what came into the basket, or became cheaper in it, and for how much."""
    title = str(added.product.get_title())
    told = {"title": title if added.quantity == 1 else f"{added.quantity} × {title}", "amount": _amount(exchanged)}
    if not added.quantity:
        text = _("Your basket costs %(amount)s less: the special price of %(title)s is yours.")
        return [text % {**told, "title": title}, *_others(exchanged)]
    if exchanged.total > 0:
        text = _("Added to your basket for %(amount)s: %(title)s.")
    elif exchanged.total < 0:
        text = _("Added to your basket, which costs %(amount)s less with it: %(title)s.")
    else:
        text = _("Added to your basket at no charge: %(title)s.")
    return [text % told, *_others(exchanged)]


def costs(exchanged: Exchanged) -> list[str]:
    """Say what it would cost now."""
    if exchanged.total < 0:
        text = _("Your basket costs %(amount)s less with it now.")
    elif exchanged.total > 0:
        text = _("It costs %(amount)s now.")
    else:
        text = _("It costs nothing now.")
    return [text % {"amount": _amount(exchanged)}, *_others(exchanged)]


def button(exchanged: Exchanged) -> str:
    """Name the button that accepts what it costs now."""
    return _("Add for %(amount)s") % {"amount": _amount(exchanged)} if exchanged.total > 0 else _("Add")


def _others(exchanged: Exchanged) -> list[str]:
    return [_("Before other discounts.")] if exchanged.others else []


def _amount(exchanged: Exchanged) -> str:
    return amount_text(abs(Decimal(exchanged.total)), exchanged.currency)
