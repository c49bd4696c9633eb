"""The words of a comparison: attributes as texts, what is gained in a line, and gaps between prices."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from upsell.offers.models.offers import localised
from upsell.offers.serving.texts import end_of as end_of  # said here as everywhere
from upsell.tiers.comparison import Attribute, Gain, Sort, Tier
from upsell.tiers.facts import LadderFacts, RawValue, TierFacts
from upsell.tiers.models.ladders import lines_of

MINUS = "−"


def name_of(ladder: LadderFacts) -> str:
    """Name a ladder in the page's language."""
    return localised(ladder.translations, "name", ladder.name)


def level_of(tier: TierFacts, title: str) -> str:
    """Name a step in the page's language; by its product where the merchant gave no name."""
    return localised(tier.translations, "level", tier.level) or title


def level_beside(gain: str, tier: TierFacts, title: str) -> str:
    """Name a step in a sentence that tells a gain of it; by its product where its name says no more than the gain."""
    level = level_of(tier, title)
    return title if level.casefold() == gain.casefold() else level


def compared(tier: TierFacts) -> Tier:
    """Put a step into the words of the page's language, ready to be compared."""
    return Tier(
        product=tier.product,
        highlights=lines_of(localised(tier.translations, "highlights", tier.highlights)),
        includes=tuple(_units(title, units) for title, units in tier.includes),
        attributes={one.code: Attribute(one.name, one.value, text_of(one.value)) for one in tier.attributes},
    )


def text_of(value: RawValue) -> str:
    """Write a value as people do."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, float):
        return str(number_format(Decimal(str(value)).normalize() + 0, use_l10n=True, force_grouping=True))
    if isinstance(value, int):
        return str(number_format(value, use_l10n=True, force_grouping=True))
    return str(value)


def gain_text(gain: Gain) -> str:
    """Say in a line what is gained, or what is different."""
    match gain.sort:
        case Sort.HIGHLIGHT:
            return gain.name
        case Sort.INCLUDES:
            return _("Includes %(name)s") % {"name": gain.name}
    if not gain.value:
        return gain.name
    told = {"name": gain.name, "value": gain.value, "before": gain.before}
    if not gain.before:
        return _("%(name)s: %(value)s") % told
    return _("%(name)s: %(value)s instead of %(before)s") % told


def gap_text(gap: Decimal, amount: str, *, varies: bool) -> str:
    """Write what something costs more or less; ``amount`` is the gap without its sign, as the shop writes it.

    ``varies``: one of the two prices is the lowest of several.
    """
    if not gap:
        return _("Same price")
    written = signed(gap, amount)
    return _("from %(price)s") % {"price": written} if varies else written


def signed(gap: Decimal, amount: str) -> str:
    """Write an amount with the sign of a gap."""
    return f"{'+' if gap > 0 else MINUS}{amount}" if gap else amount


def _units(title: str, units: int) -> str:
    return title if units == 1 else f"{number_format(units)} × {title}"
