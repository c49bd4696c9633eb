"""A bundle in words: its whole rule in one sentence, and its history's lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upsell.bundles.models import Bundle, BundlePart
from upsell.offers.serving.texts import amount_text, dates_of, day, limits_of, moment, percent_text

__all__ = ["amount_text", "day", "moment", "name_of", "percent_text", "sentence"]

NAMED = 3  # things that a sentence names; of more it says how many


def sentence(bundle: Bundle) -> str:
    """Say the bundle in one sentence: "Buy any 3 of 12 products for £10.00, at most once per basket.".

    Read it with its parts and breaks (``with_parts``), or each sentence costs queries.
    """
    return _("%(rule)s.") % {
        "rule": ", ".join([_rule(bundle), *_owners(bundle), *limits_of(bundle), *dates_of(bundle)])
    }


def _rule(bundle: Bundle) -> str:
    parts = [part for part in bundle.parts.all() if part.role == BundlePart.Role.TAKE]
    if not parts:
        return _("Nothing yet: choose what it is about")
    told = {"things": _things(parts), "reward": _reward(bundle), "units": bundle.units}
    match bundle.kind:
        case Bundle.Kind.FIXED:
            return _("Buy %(things)s together %(reward)s") % {**told, "things": _set(parts)}
        case Bundle.Kind.MIX:
            return _("Buy any %(units)d of %(things)s %(reward)s") % told
        case Bundle.Kind.BREAKS:
            return _breaks(bundle, _things(parts))
        case _:
            return _bogo(bundle, told)


def _owners(bundle: Bundle) -> list[str]:
    days = bundle.complete_within_days
    if not days or bundle.kind != Bundle.Kind.FIXED:
        return []
    told = ngettext(
        "owners of parts bought within %(days)d day complete it",
        "owners of parts bought within %(days)d days complete it",
        days,
    )
    return [told % {"days": days}]


def _breaks(bundle: Bundle, things: str) -> str:
    steps = list(bundle.breaks.all())
    if not steps:
        return _("Buy more of %(things)s for less") % {"things": things}
    first, *more = steps
    told = [
        _("Buy %(units)d or more of %(things)s for %(percent)s off")
        % {"units": first.minimum, "things": things, "percent": percent_text(first.percent)}
    ]
    told += [
        _("%(units)d or more for %(percent)s off") % {"units": step.minimum, "percent": percent_text(step.percent)}
        for step in more
    ]
    if bundle.max_units is not None:
        told.append(_("for up to %(units)d units") % {"units": bundle.max_units})
    return ", ".join(told)


def _bogo(bundle: Bundle, told: dict[str, Any]) -> str:
    got = [part for part in bundle.parts.all() if part.role == BundlePart.Role.GET]
    told = {**told, "got": bundle.got_units, "got_things": _things(got)}
    if bundle.reward == 100:
        if got:
            return _("Buy %(units)d of %(things)s, get %(got)d of %(got_things)s for free") % told
        return _("Buy %(units)d of %(things)s, get %(got)d more for free") % told
    told["percent"] = percent_text(bundle.reward or Decimal(0))
    if got:
        return _("Buy %(units)d of %(things)s, get %(got)d of %(got_things)s with %(percent)s off") % told
    return _("Buy %(units)d of %(things)s, get %(got)d more with %(percent)s off") % told


def _reward(bundle: Bundle) -> str:
    if bundle.reward is None:
        return ""
    match bundle.reward_kind:
        case Bundle.RewardKind.PERCENT:
            return _("with %(percent)s off") % {"percent": percent_text(bundle.reward)}
        case Bundle.RewardKind.OFF:
            return _("with %(amount)s off") % {"amount": amount_text(bundle.reward, bundle.currency)}
        case _:
            return _("for %(amount)s") % {"amount": amount_text(bundle.reward, bundle.currency)}


def _set(parts: Sequence[BundlePart]) -> str:
    names = [f"{part.quantity} x {name_of(part)}" if part.quantity > 1 else name_of(part) for part in parts]
    return " + ".join(names)


def _things(parts: Sequence[BundlePart]) -> str:
    products = [part for part in parts if part.product_id is not None]
    others = [name_of(part) for part in parts if part.product_id is None]
    names = [name_of(part) for part in products]
    if len(products) > NAMED:
        names = [ngettext("%(count)d product", "%(count)d products", len(products)) % {"count": len(products)}]
    return _(" or ").join([*names, *others])


def name_of(part: BundlePart) -> str:
    """Name what a part is about."""
    if part.product is not None:
        return str(part.product.get_title())
    if part.category is not None:
        return _("category “%(name)s”") % {"name": part.category.name}
    return _("range “%(name)s”") % {"name": part.range.name if part.range else ""}
