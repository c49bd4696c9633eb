"""A bump in words: when it is offered, what it gives, and where it is shown, each in one sentence.

Rows need not be saved: a form echoes what has been entered so far.
"""

from collections.abc import Iterable, Sequence
from datetime import time
from decimal import Decimal
from itertools import groupby
from typing import Any

from babel import Locale, UnknownLocaleError
from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import get_language, get_language_info, ngettext, to_locale
from django.utils.translation import gettext as _

from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.bumps.placements import Placement
from upsell.core.audience import Customers
from upsell.offers.serving.texts import amount_text, audience_sentence, dates_of, limits_of, percent_text

Kind = BumpRequirement.Kind
OF_BASKET = frozenset({Kind.CONTAINS, Kind.WORTH, Kind.CURRENCY})
DAYS = 7
PLACES = {
    Placement.BASKET: "in_basket",
    Placement.ADDRESS: "at_address",
    Placement.DELIVERY: "at_delivery",
    Placement.PAYMENT: "at_payment",
    Placement.PREVIEW: "at_preview",
}


def sentence(requirements: Iterable[Any], *, currency: str) -> str:
    """Say the whole rule: "Shown when the basket contains at least 2 of Filters, and is worth £30.00 or more.".

    ``currency`` is that of amounts. Conditions with the same number are alternatives. Read rows with what they speak of
    (``with_parts``), or each costs queries.
    """
    rows = sorted(requirements, key=lambda row: row.group)
    groups = [list(group) for _number, group in groupby(rows, key=lambda row: row.group)]
    unless = [group[0] for group in groups if len(group) == 1 and group[0].negated]
    asked = [group for group in groups if group[0] not in unless]
    about = [_said(_does, group, currency) for group in asked if all(row.kind in OF_BASKET for row in group)]
    besides = [_said(_clause, group, currency) for group in asked if any(row.kind not in OF_BASKET for row in group)]
    clauses = [_("the basket %(does)s") % {"does": _(", and ").join(about)}] if about else []
    told = _(", and ").join([*clauses, *besides])
    parts = [_("Shown when %(rule)s") % {"rule": told} if told else _("Shown with any basket")]
    parts += [_exception(row, currency, is_first=not place) for place, row in enumerate(unless)]
    return _("%(rule)s.") % {"rule": ", ".join(parts)}


def reward_sentence(bump: Bump) -> str:
    """Say what is offered and for whom: "Offers Lens cloth with 20 % off, at most once per basket, until 1 May.".

    Read it with what it adds (``with_parts``), or each sentence costs queries.
    """
    things = thing_of(bump)
    if not things:
        return _("Nothing yet: choose a product or a range.")
    told = [_("Offers %(thing)s %(reward)s") % {"thing": things, "reward": _reward(bump)}, *_units(bump)]
    if bump.audience:
        told.append(_("for %(whom)s") % {"whom": audience_sentence(bump)})
    if bump.not_if_owned:
        told.append(_("but not for those who bought it before"))
    return _("%(rule)s.") % {"rule": ", ".join([*told, *limits_of(bump), *dates_of(bump)])}


def places_sentence(bump: Bump) -> str:
    """Say where it is shown: "Shown in the basket and in the preview before payment."."""
    meta: Any = bump._meta
    chosen = [str(meta.get_field(name).verbose_name) for name in PLACES.values() if getattr(bump, name)]
    if not chosen:
        return _("Shown nowhere: tick a place.")
    return _("Shown %(places)s.") % {"places": _listed(chosen, _(" and "))}


def thing_of(bump: Bump) -> str:
    """Name what a bump adds; empty if that is gone, or not chosen yet."""
    if bump.product is not None:
        return str(bump.product.get_title())
    return _("the best of “%(name)s”") % {"name": bump.range.name} if bump.range is not None else ""


# --- the rule ---------------------------------------------------------------------------------------------------------


def _said(say: Any, group: Sequence[Any], currency: str) -> str:
    """Join alternatives; those that ask for products share one verb."""
    plain = [row for row in group if _is_plain(row)]
    if say is _does and len(plain) == len(group):
        return _contains(group)
    told = [str(say(row, currency)) for row in group]
    return told[0] if len(told) == 1 else _("either %(alternatives)s") % {"alternatives": _(" or ").join(told)}


def _exception(row: Any, currency: str, *, is_first: bool) -> str:
    """Say of a condition that stands alone that it must not be met."""
    if row.kind == Kind.TIME and row.codes and row.since is None and row.until is None:
        told = {"days": _days(row.codes)}
        return _("but not on %(days)s") % told if is_first else _("and not on %(days)s") % told
    told = {"rule": _clause(_Affirmed(row), currency)}
    return _("but not when %(rule)s") % told if is_first else _("and not when %(rule)s") % told


class _Affirmed:
    """A condition as if it must be met."""

    negated = False

    def __init__(self, row: Any) -> None:
        self.row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _clause(row: Any, currency: str) -> str:
    """Say one condition with its subject."""
    no, codes = row.negated, sorted(map(str, row.codes or ()))
    match row.kind:
        case Kind.LANGUAGE:
            told = {"languages": _(" or ").join(map(_language, codes)) or _("any language")}
            if no:
                return _("the customer does not read %(languages)s") % told
            return _("the customer reads %(languages)s") % told
        case Kind.COUNTRY:
            told = {"countries": _(" or ").join(map(_country, codes)) or _("any country")}
            if no:
                return _("the order does not go to %(countries)s") % told
            return _("the order goes to %(countries)s") % told
        case Kind.TIME:
            told = {"when": _when(row)}
            return _("it is not %(when)s") % told if no else _("it is %(when)s") % told
        case Kind.CUSTOMERS:
            return _customers(codes, no=no)
        case Kind.OWNED:
            return _owned(row)
    return _("the basket %(does)s") % {"does": _does(row, currency)}


def _does(row: Any, currency: str) -> str:
    """Say one condition on the basket, to go on behind its name."""
    match row.kind:
        case Kind.WORTH:
            return _worth(row, currency)
        case Kind.CURRENCY:
            told = {"currencies": _(" or ").join(sorted(map(str, row.codes or ()))) or _("no currency")}
            return _("is not in %(currencies)s") % told if row.negated else _("is in %(currencies)s") % told
    told = {"things": _named(row), "units": row.units}
    if not row.negated:
        return _contains([row])
    if row.units and row.units > 1:
        return _("contains fewer than %(units)d of %(things)s") % told
    return _("does not contain %(things)s") % told


def _is_plain(row: Any) -> bool:
    return row.kind == Kind.CONTAINS and not row.negated


def _contains(group: Sequence[Any]) -> str:
    return _("contains %(things)s") % {"things": _(" or ").join(map(_some, group))}


def _some(row: Any) -> str:
    if not row.units or row.units == 1:
        return _named(row)
    return _("at least %(units)d of %(things)s") % {"units": row.units, "things": _named(row)}


def _named(row: Any) -> str:
    """Name what a condition speaks of."""
    if row.product is not None:
        return str(row.product.get_title())
    if row.category is not None:
        return _("anything in “%(name)s”") % {"name": row.category.name}
    if row.range is not None:
        return _("anything in the range “%(name)s”") % {"name": row.range.name}
    return _("something that is not chosen yet")


def _worth(row: Any, currency: str) -> str:
    told = {"least": _amount(row.least, currency), "most": _amount(row.most, currency)}
    match (row.least is not None, row.most is not None, bool(row.negated)):
        case (True, True, False):
            return _("is worth %(least)s to %(most)s") % told
        case (True, True, True):
            return _("is worth less than %(least)s or more than %(most)s") % told
        case (True, False, False):
            return _("is worth %(least)s or more") % told
        case (True, False, True):
            return _("is worth less than %(least)s") % told
        case (False, True, False):
            return _("is worth %(most)s or less") % told
        case (False, True, True):
            return _("is worth more than %(most)s") % told
        case (False, False, True):
            return _("is not worth anything")
    return _("is worth anything")


def _customers(codes: Sequence[str], *, no: bool) -> str:
    match next(iter(codes), "") if codes else "":
        case Customers.NEW:
            return _("the customer has ordered before") if no else _("the customer has no order yet")
        case Customers.RETURNING:
            return _("the customer has no order yet") if no else _("the customer has ordered before")
    return _("the customer is neither new nor returning") if no else _("the customer is new or returning")


def _owned(row: Any) -> str:
    told: dict[str, Any] = {"things": _named(row)}
    if row.days is None:
        if row.negated:
            return _("the customer has not bought %(things)s before") % told
        return _("the customer has bought %(things)s before") % told
    told["within"] = ngettext("%(days)d day", "%(days)d days", row.days) % {"days": row.days}
    if row.negated:
        return _("the customer has not bought %(things)s within %(within)s") % told
    return _("the customer has bought %(things)s within %(within)s") % told


def _when(row: Any) -> str:
    told = {"from": _clock(row.since), "until": _clock(row.until), "days": _days(row.codes or ())}
    match (row.since is not None, row.until is not None):
        case (True, True) if row.until <= row.since:
            clock = _("between %(from)s and %(until)s of the next day") % told
        case (True, True):
            clock = _("between %(from)s and %(until)s") % told
        case (True, False):
            clock = _("%(from)s or later") % told
        case (False, True):
            clock = _("before %(until)s") % told
        case _:
            return told["days"] or _("any day")
    return _("%(time)s on %(days)s") % {"time": clock, "days": told["days"]} if told["days"] else clock


def _days(codes: Iterable[Any]) -> str:
    """Name days of the week: "Monday to Friday", "Sunday or Monday"."""
    days = sorted({int(code) for code in codes if str(code).isdigit() and int(code) < DAYS})
    names = [str(WEEKDAYS[day]) for day in days]
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return _("%(first)s to %(last)s") % {"first": names[0], "last": names[-1]}
    return _listed(names, _(" or "))


def _clock(at: time | None) -> str:
    return "" if at is None else str(time_format(at, "TIME_FORMAT"))


def _amount(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else amount_text(amount, currency)


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _country(code: str) -> str:
    try:
        return str(Locale.parse(to_locale(get_language() or "en")).territories[code.upper()])
    except (UnknownLocaleError, ValueError, KeyError):
        return code


def _listed(names: Sequence[str], last: str) -> str:
    return last.join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


# --- what it gives ----------------------------------------------------------------------------------------------------


def _reward(bump: Bump) -> str:
    """Say what it takes off, to go on behind the name of the product."""
    if bump.reward_kind == Bump.RewardKind.NONE:
        return _("at its own price")
    if bump.reward is None:
        return _("for less: say how much")
    match bump.reward_kind:
        case Bump.RewardKind.PERCENT if bump.reward >= 100:
            return _("for free")
        case Bump.RewardKind.PRICE if bump.reward == 0:
            return _("for free")
        case Bump.RewardKind.PERCENT:
            return _("with %(percent)s off") % {"percent": percent_text(bump.reward)}
        case Bump.RewardKind.OFF:
            return _("with %(amount)s off") % {"amount": amount_text(bump.reward, bump.currency)}
    return _("for %(amount)s") % {"amount": amount_text(bump.reward, bump.currency)}


def _units(bump: Bump) -> list[str]:
    if bump.per_trigger == 1:
        return []
    told = ngettext(
        "%(units)d unit for each product that calls for it",
        "%(units)d units for each product that calls for it",
        bump.per_trigger,
    )
    return [told % {"units": bump.per_trigger}]
