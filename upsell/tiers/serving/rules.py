"""What merchants read of an upgrade offer: its whole rule in one sentence, and for whom it is."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upsell.offers.models.offers import localised
from upsell.offers.serving.texts import amount_text, audience_sentence, dates_of, limits_of, percent_text
from upsell.tiers.models.ladders import Tier
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.serving.trying import Way


def rule(upgrade: UpgradeOffer, *, ways: tuple[Way, ...] = ()) -> str:
    """Say an offer in one sentence: "Who steps up from Basic to Pro pays £8.00 more instead of £12.00.".

    With the ways up that it gives today it names prices, else only what it takes off. Read it with its steps.
    """
    said = _owned(upgrade, ways) if upgrade.kind == UpgradeOffer.Kind.OWNED else _special(upgrade, ways)
    told = [said, *_audience(upgrade), *limits_of(upgrade), *_window(upgrade), *dates_of(upgrade)]
    return _("%(rule)s.") % {"rule": ", ".join(told)}


def _special(upgrade: UpgradeOffer, ways: tuple[Way, ...]) -> str:
    if upgrade.to_tier is None:
        return _("Nothing yet: choose the step that it leads to")
    names = {"to": step_name(upgrade.to_tier)}
    if not ways:
        told = {**names, "reward": _reward(upgrade)}
        if upgrade.from_tier is None:
            return _("Who steps up to %(to)s %(reward)s") % told
        return _("Who steps up from %(from)s to %(to)s %(reward)s") % {**told, "from": step_name(upgrade.from_tier)}
    way = ways[0]
    told = {**names, "from": way.lower.name, "special": way.amount(way.special_gap), "gap": way.amount(way.gap)}
    if len(ways) > 1:
        return _("Who steps up to %(to)s (from %(from)s, say) pays %(special)s more instead of %(gap)s") % told
    return _("Who steps up from %(from)s to %(to)s pays %(special)s more instead of %(gap)s") % told


def _owned(upgrade: UpgradeOffer, ways: tuple[Way, ...]) -> str:
    days = upgrade.within_days or 0
    within = ngettext("within %(count)d day", "within %(count)d days", days) % {"count": days}
    lower = step_name(upgrade.from_tier) if upgrade.from_tier is not None else _("a lower step")
    higher = step_name(upgrade.to_tier) if upgrade.to_tier is not None else _("any higher one")
    told = {"lower": lower, "within": within, "higher": higher}
    if not ways:
        return _("Who bought %(lower)s %(within)s pays only the difference to %(higher)s") % told
    way = ways[0]
    told |= {"from": way.lower.name, "to": way.higher.name}
    told |= {"paid": way.amount(way.lower.price or 0), "special": way.amount(way.special)}
    return (
        _(
            "Who bought %(lower)s %(within)s pays only the difference to %(higher)s: after %(paid)s for %(from)s, "
            "%(special)s for %(to)s"
        )
        % told
    )


def _reward(upgrade: UpgradeOffer) -> str:
    if upgrade.reward is None:
        return _("gains nothing yet")
    match upgrade.reward_kind:
        case UpgradeOffer.RewardKind.PERCENT:
            return _("gets %(percent)s off") % {"percent": percent_text(upgrade.reward)}
        case UpgradeOffer.RewardKind.OFF:
            return _("gets %(amount)s off") % {"amount": amount_text(upgrade.reward, upgrade.currency)}
        case _:
            return _("pays %(amount)s") % {"amount": amount_text(upgrade.reward, upgrade.currency)}


def _audience(upgrade: UpgradeOffer) -> list[str]:
    return [_("for %(whom)s") % {"whom": audience_sentence(upgrade)}] if upgrade.audience else []


def _window(upgrade: UpgradeOffer) -> list[str]:
    minutes = upgrade.window_minutes
    if minutes is None:
        return []
    told = ngettext(
        "for %(count)d minute from when it is first seen", "for %(count)d minutes from when it is first seen", minutes
    )
    return [told % {"count": minutes}]


def step_name(tier: Tier) -> str:
    """Name a step in the page's language; by its product where the merchant gave no name."""
    return localised(tier.translations, "level", tier.level) or str(tier.product.get_title())


def usual_name(upgrade: UpgradeOffer) -> str:
    """Name an offer to which the merchant gave no name; shoppers read it in their basket."""
    if upgrade.to_tier is None:
        return _("Upgrade")
    return _("Upgrade to %(step)s") % {"step": step_name(upgrade.to_tier)}
