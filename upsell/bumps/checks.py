"""What ``upsell_doctor`` finds out about bumps."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.bumps.models.bumps import Bump
from upsell.bumps.reports import bump_effects
from upsell.bumps.serving.obstacles import Obstacles
from upsell.core.findings import Finding, Light, advice, ok, problem
from upsell.offers.reports import with_usage
from upsell.recommendations.serving.catalogue import Catalogue

Selector = get_class("partner.strategy", "Selector")

MOST_JUDGED = 200  # running bumps that are looked at; the newest of them
NAMED = 5  # pieces of advice about one bump that are told


def find_bumps() -> Iterator[Finding]:
    """Look for running bumps that nobody is offered, and for those whose price is odd."""
    running = list(with_usage(Bump.objects.active().with_parts()).order_by("-pk")[:MOST_JUDGED])
    strategy = Selector().strategy()
    judged = bump_effects(running, strategy=strategy)
    obstacles = Obstacles(running, Catalogue(strategy))
    is_sound = True
    for bump in running:
        name = {"name": bump.name}
        if judged[bump.pk].light == Light.BLOCKED:
            is_sound = False
            yield problem(
                "bump",
                _("Nobody is offered the bump “%(name)s”. %(why)s") % {**name, "why": judged[bump.pk].message},
                _("Open it, and mend what is named there; or pause it."),
            )
            continue
        for told in obstacles.advice(bump)[:NAMED]:
            is_sound = False
            yield advice("bump-price", _("Bump “%(name)s”: %(problem)s") % {**name, "problem": told}, _("Open it."))
    if running and is_sound:
        yield ok("bump", _("All running bumps can be shown."))


FINDERS: tuple[Callable[[], Iterator[Finding]], ...] = (find_bumps,)
