"""What ``upsell_doctor`` finds out about ladders and their upgrade offers."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.core.findings import Finding, Light, advice, ok, problem
from upsell.offers.reports import with_usage
from upsell.tiers.models.ladders import Ladder
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.reports import Review, effects, upgrade_effects

Selector = get_class("partner.strategy", "Selector")

MOST_JUDGED = 200  # running rows looked at; the newest of them
NAMED = 5  # problems of one ladder that are told


def find_ladders() -> Iterator[Finding]:
    """Look for running ladders that shoppers do not see, or of which a step is sold out, hidden or priced oddly."""
    running = list(Ladder.objects.active().with_tiers().order_by("-pk")[:MOST_JUDGED])
    strategy = Selector().strategy()
    judged = effects(running, strategy=strategy)
    is_sound = True
    for ladder in running:
        name = {"name": ladder.name}
        if judged[ladder.pk].light == Light.BLOCKED:
            is_sound = False
            yield problem(
                "ladder",
                _("Shoppers do not see the ladder “%(name)s”. %(why)s") % {**name, "why": judged[ladder.pk].message},
                _("Open it, and mend what is named there; or pause it."),
            )
            continue
        for told in Review(ladder, strategy=strategy).problems()[:NAMED]:
            is_sound = False
            yield advice("ladder-step", _("Ladder “%(name)s”: %(problem)s") % {**name, "problem": told}, _("Open it."))
    if running and is_sound:
        yield ok("ladder", _("All steps of the running ladders can be bought, at prices that rise."))


def find_upgrades() -> Iterator[Finding]:
    """Look for running upgrade offers that nobody can be offered."""
    read = UpgradeOffer.objects.active().select_related("ladder", "from_tier", "to_tier")
    running = list(with_usage(read).order_by("-pk")[:MOST_JUDGED])
    judged = upgrade_effects(running, strategy=Selector().strategy())
    blocked = [upgrade for upgrade in running if judged[upgrade.pk].light == Light.BLOCKED]
    for upgrade in blocked:
        yield problem(
            "upgrade-offer",
            _("Nobody is offered “%(name)s”. %(why)s") % {"name": upgrade.name, "why": judged[upgrade.pk].message},
            _("Open it, and mend what is named there; or pause it."),
        )
    if running and not blocked:
        yield ok("upgrade-offer", _("All running upgrade offers can be shown."))


FINDERS: tuple[Callable[[], Iterator[Finding]], ...] = (find_ladders, find_upgrades)
