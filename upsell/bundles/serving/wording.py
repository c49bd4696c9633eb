"""What shoppers are told of a bundle: its rule in one sentence, and how far they are."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upsell.bundles.boxes import BundleBox
from upsell.bundles.serving.sentences import amount_text, percent_text
from upsell.offers.base import Kind, Reward, RewardKind, Terms

__all__ = ["amount_text", "choice_prices", "more_for", "percent_text", "rule", "what_completes"]


def rule(terms: Terms, currency: str) -> str:
    """Say in one sentence what an offer takes and gives; empty for a kind that is not a bundle's."""
    match terms.kind:
        case Kind.FIXED:
            return _set(terms.reward, currency)
        case Kind.MIX:
            return _mix(terms.slots[0].units, terms.reward, currency)
        case Kind.BREAKS:
            return _breaks(terms.breaks)
        case Kind.BOGO:
            return _bogo(terms)
        case _:
            return ""


def _set(reward: Reward | None, currency: str) -> str:
    if reward is None:
        return ""
    match reward.kind:
        case RewardKind.PERCENT:
            return _("%(percent)s off when bought together.") % {"percent": percent_text(reward.value)}
        case RewardKind.OFF:
            return _("%(amount)s off when bought together.") % {"amount": amount_text(reward.value, currency)}
        case RewardKind.PRICE:
            return _("Together for %(amount)s.") % {"amount": amount_text(reward.value, currency)}


def _mix(units: int, reward: Reward | None, currency: str) -> str:
    if reward is None:
        return ""
    match reward.kind:
        case RewardKind.PERCENT:
            return _("%(percent)s off any %(units)d of these.") % {
                "units": units,
                "percent": percent_text(reward.value),
            }
        case RewardKind.OFF:
            return _("%(amount)s off any %(units)d of these.") % {
                "units": units,
                "amount": amount_text(reward.value, currency),
            }
        case RewardKind.PRICE:
            return _("Any %(units)d of these for %(amount)s.") % {
                "units": units,
                "amount": amount_text(reward.value, currency),
            }


def _breaks(breaks: tuple[tuple[int, Decimal], ...]) -> str:
    steps = [
        _("%(percent)s off from %(units)d") % {"units": units, "percent": percent_text(percent)}
        for units, percent in breaks
    ]
    return _("The more you take, the less each costs: %(steps)s.") % {"steps": _(", ").join(steps)}


def _bogo(terms: Terms) -> str:
    buy, get = terms.slots[0], terms.slots[1]
    told: dict[str, Any] = {"buy": buy.units, "get": get.units}
    free = terms.reward is not None and terms.reward.value == 100
    if not free:
        told |= {"percent": percent_text(terms.reward.value if terms.reward else Decimal(0))}
    same = buy.selection == get.selection
    if free and same:
        told_rule = _("Buy %(buy)d of these, get %(get)d more free.")
    elif free:
        told_rule = _("Buy %(buy)d, get %(get)d of the others free.")
    elif same:
        told_rule = _("Buy %(buy)d of these, get %(get)d more at %(percent)s off.")
    else:
        told_rule = _("Buy %(buy)d, get %(get)d of the others at %(percent)s off.")
    told_rule %= told
    # Of one product alone, nothing is dearer than another; not worth a sentence.
    alike = same and len(buy.selection.products) == 1 and not (buy.selection.categories or buy.selection.classes)
    if not terms.cheaper or alike:
        return told_rule
    bound = _("What you get costs no more than what you buy.")
    return f"{told_rule} {bound}"


def more_for(missing: int, name: str) -> str:
    """Head the row of an offer that a basket is close to: "One more for 3 for 10"."""
    return ngettext("One more for %(name)s", "%(count)d more for %(name)s", missing) % {"count": missing, "name": name}


def what_completes(box: BundleBox) -> str:
    """Say what the shopper has of a set, and what makes it one: "You have A: with B and C it is a set."."""
    missing = [f"{part.units} × {part.item.title}" if part.units > 1 else part.item.title for part in box.parts]
    return _("You have %(owned)s: with %(missing)s it is a set.") % {
        "owned": listed(box.owned),
        "missing": listed(missing),
    }


def listed(names: Sequence[str]) -> str:
    """Join names as people do: "A, B and C"."""
    *first, last = names
    return _("%(names)s and %(last)s") % {"names": _(", ").join(first), "last": last} if first else last


def choice_prices(box: BundleBox) -> str:
    """Write what a set costs for every choice: ids in the order of the parts -> total to post, and what to say."""
    prices = {
        ",".join(map(str, picked)): [
            str(amounts.total),
            amount_text(amounts.total, box.currency),
            _("instead of %(full)s") % {"full": amount_text(amounts.full, box.currency)},
            _("You save %(saving)s") % {"saving": amount_text(amounts.saving, box.currency)},
        ]
        for picked, amounts in box.amounts_by_choice.items()
    }
    return json.dumps(prices, ensure_ascii=False)
