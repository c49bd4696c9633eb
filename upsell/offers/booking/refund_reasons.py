"""Why an amount is paid back: reasons as data, each with its sentence."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oscar.templatetags.currency_filters import currency as as_money

from upsell.core.currencies import to_amount
from upsell.offers.crediting import Withheld
from upsell.offers.refunding import Money, Repriced, Returned, Standing, share


class Code(StrEnum):
    """What a reason says. The values are stable; the sentence beside them is for people."""

    ALL_UNITS = "all_units"  # of a line
    SHARE = "share"  # of what was paid for a line
    CREDITED = "credited"  # to a later order, so it is not paid back
    CREDIT_STAYS = "credit_stays"  # what is kept was credited, so its price stays
    FREE = "free"  # nothing was paid for the line
    PAID_BEFORE = "paid_before"  # part of it went back already
    PRICED_AGAIN = "priced_again"  # an earlier refund gave the line a new price
    NOTHING_KEPT = "nothing_kept"
    KEPT_COSTS_LESS = "kept_costs_less"
    KEPT_COSTS_MORE = "kept_costs_more"
    OFFER_ENDS = "offer_ends"
    OFFER_CHANGES = "offer_changes"
    OFFER_STAYS = "offer_stays"
    NOT_PROVEN = "not_proven"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; ``message`` is a full sentence, ``facts`` are what it speaks of."""

    code: Code
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def of_share(one: Standing, returned: Returned, currency: str) -> Iterator[Reason]:
    """Say how the share of a line comes about, with tax."""
    gone, price = one.gone + returned.units, one.price.with_tax
    facts: dict[str, Any] = {
        "gone": gone,
        "units": one.units,
        "price": to_amount(price, currency),
        "share": to_amount(share(price, gone, one.units), currency),
        "before": to_amount(one.back.with_tax, currency),
    }
    words = {**facts, **{name: as_money(facts[name], currency) for name in ("price", "share", "before")}}
    if not price:
        yield Reason(Code.FREE, _("Nothing was paid for this line, so nothing goes back."), facts)
        return
    if one.units != one.bought.units or one.price != one.bought.paid:
        message = _("An earlier refund priced this line again: what was kept of it then costs %(price)s.")
        yield Reason(Code.PRICED_AGAIN, message % words, facts)
    if gone == one.units:
        message = ngettext(
            "The unit has come back, so all of the %(price)s that it cost goes back.",
            "All %(units)s units have come back, so all of the %(price)s that they cost goes back.",
            one.units,
        )
        yield Reason(Code.ALL_UNITS, message % words, facts)
    else:
        message = ngettext(
            "%(gone)s of %(units)s units has come back: its share of the %(price)s that they cost is %(share)s.",
            "%(gone)s of %(units)s units have come back: their share of the %(price)s that they cost is %(share)s.",
            gone,
        )
        yield Reason(Code.SHARE, message % words, facts)
    if one.back.with_tax > 0:
        yield Reason(Code.PAID_BEFORE, _("Of that, %(before)s was paid back before.") % words, facts)


def of_credit(rows: Iterable[Any], kept: Mapping[int, Money], currency: str) -> Iterator[Reason]:
    """Say what is not paid back since it was credited, and to which orders; ``kept`` is how much, by credit."""
    for row in rows:
        if row.pk in kept:
            amount, order = to_amount(kept[row.pk].with_tax, currency), row.order_offer.order.number
            message = _("%(amount)s of it was credited to order %(order)s, so it is not paid back.")
            words = {"amount": as_money(amount, currency), "order": order}
            yield Reason(Code.CREDITED, message % words, {"amount": amount, "order": order})


def of_credit_that_stays(found: Repriced, less: Withheld) -> Iterator[Reason]:
    """Say that what was credited of what is kept stays in its price, where that makes a difference."""
    if sum((row.amount + row.credited).with_tax for row in less.rows) < sum(r.amount.with_tax for r in found.rows):
        message = _("Part of what is kept was credited to a later order, so it keeps the price that was paid for it.")
        yield Reason(Code.CREDIT_STAYS, message)


def of_price(
    found: Repriced, *, before: Mapping[int, int], names: Mapping[int, str], kept: bool, currency: str
) -> Iterator[Reason]:
    """Say what is kept costs now, and what becomes of each offer; ``before`` is what the offers gave until now."""
    facts: dict[str, Any] = {"price": to_amount(found.price, currency), "paid": to_amount(found.held, currency)}
    words = {name: as_money(amount, currency) for name, amount in facts.items()}
    if not kept:
        message = _("Nothing is kept, so all that was paid and not yet paid back goes back: %(paid)s.")
        yield Reason(Code.NOTHING_KEPT, message % words, facts)
        return
    if found.price <= found.held:
        message = _(
            "What is kept costs %(price)s with the offers of this order; %(paid)s was paid for the goods and not yet "
            "paid back. The difference goes back."
        )
        yield Reason(Code.KEPT_COSTS_LESS, message % words, facts)
    else:
        message = _(
            "What is kept costs %(price)s with the offers of this order; only %(paid)s was paid for the goods and not "
            "yet paid back. So nothing goes back."
        )
        yield Reason(Code.KEPT_COSTS_MORE, message % words, facts)
    for offer, name in sorted(names.items()):
        if before.get(offer) or found.gives.get(offer):
            yield _of_offer(name, to_amount(before.get(offer, 0), currency), found.gives.get(offer, 0), currency)
    if not found.proven:
        message = _("The offers could not all be compared in time, so what is kept may cost a little less.")
        yield Reason(Code.NOT_PROVEN, message)


def _of_offer(name: str, before: Decimal, now: int, currency: str) -> Reason:
    gives = to_amount(now, currency)
    facts: dict[str, Any] = {"name": name, "before": before, "now": gives}
    words = {"name": name, "before": as_money(before, currency), "now": as_money(gives, currency)}
    if not gives:
        message = _("“%(name)s” no longer applies; it gave %(before)s.")
        return Reason(Code.OFFER_ENDS, message % words, facts)
    if gives == before:
        return Reason(Code.OFFER_STAYS, _("“%(name)s” still gives %(now)s.") % words, facts)
    message = _("“%(name)s” gives %(now)s on what is kept; it gave %(before)s.")
    return Reason(Code.OFFER_CHANGES, message % words, facts)
