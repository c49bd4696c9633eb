"""What shoppers are told of rewards: what lacks, what it brings, and that it is there."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upsell.bumps.boxes import Reach, Reward
from upsell.bumps.rewards import Distance
from upsell.bumps.serving.earning import Goal
from upsell.core.currencies import to_amount
from upsell.offers.models.offers import localised
from upsell.offers.serving.texts import amount_text


def delivery_is_free() -> Reward:
    """Say that it is reached."""
    return Reward("delivery", "delivery", _("Delivery is free."), is_reached=True)


def to_free_delivery(distance: Distance, currency: str, reach: Reach | None, *, before_tax: bool) -> Reward:
    """Head the row with what lacks: "£8.20 to free delivery"."""
    if distance.in_units:
        heading = ngettext(
            "One more product for free delivery", "%(count)d more products for free delivery", distance.missing
        ) % {"count": distance.missing}
        meter = _("%(have)s of %(need)s") % {"have": distance.have, "need": distance.need}
    else:
        told = {
            "missing": amount_text(to_amount(distance.missing, currency), currency),
            "amount": amount_text(to_amount(distance.have, currency), currency),
            "whole": amount_text(to_amount(distance.need, currency), currency),
        }
        before = _("%(missing)s before tax to free delivery")
        heading = (before if before_tax else _("%(missing)s to free delivery")) % told
        meter = _("%(amount)s of %(whole)s") % told
    text = _("With this, your basket is delivered free.") if reach else ""
    return _row("delivery", "delivery", heading, text, meter, distance, currency, reach)


def earned(goal: Goal, reach: Reach, currency: str, gift: str) -> Reward:
    """Head the row of a gift or a quantity break."""
    name = localised(goal.offer.translations, "name", goal.offer.name)
    missing = goal.distance.missing
    meter = _("%(have)s of %(need)s") % {"have": goal.distance.have, "need": goal.distance.need}
    if goal.is_break:
        heading = ngettext("One more for %(name)s", "%(count)d more for %(name)s", missing) % {
            "count": missing,
            "name": name,
        }
        return _row("break", f"offer-{goal.offer.id}", heading, "", meter, goal.distance, currency, reach, goal)
    if goal.is_waiting:
        heading, text = _("A gift for you, if you like"), _("It costs you nothing, and you may leave it.")
    else:
        heading = ngettext("One more for a gift", "%(count)d more for a gift", missing) % {"count": missing}
        text = _("Then %(title)s is free for you, if you like.") % {"title": gift} if goal.gift_units else name
    return _row("gift", f"offer-{goal.offer.id}", heading, text, meter, goal.distance, currency, reach, goal)


def _row(
    kind: str,
    key: str,
    heading: str,
    text: str,
    meter: str,
    distance: Distance,
    currency: str,
    reach: Reach | None,
    goal: Goal | None = None,
) -> Reward:
    missing = to_amount(distance.missing, currency) if not distance.in_units else to_amount(0, currency)
    return Reward(
        kind=kind,
        key=key,
        heading=heading,
        text=text,
        meter=meter,
        have=distance.have,
        need=distance.need,
        missing=missing,
        currency=currency,
        reach=reach,
        offer=goal.offer.id if goal else None,
    )
