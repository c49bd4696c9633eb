"""All findings about a shop. A finder that crashes becomes a finding, so that the other answers still come."""

from collections.abc import Callable, Iterable, Iterator

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from upsell.recommendations.checks import data, installation
from upsell.recommendations.checks.findings import Finding, problem

Finder = Callable[[], Iterator[Finding]]

# What the overview can afford to look at on every visit.
QUICK: tuple[Finder, ...] = (
    data.find_orders,
    data.find_live_tables,
    data.find_builds,
    data.find_idle_curations,
    installation.find_placements,
)
ALL: tuple[Finder, ...] = (
    installation.find_settings,
    installation.find_addresses,
    installation.find_placements,
    installation.find_pictures,
    installation.find_cache,
    installation.find_countries,
    data.find_orders,
    data.find_live_tables,
    data.find_builds,
    data.find_dangling_rows,
    data.find_idle_curations,
)


def findings(finders: Iterable[Finder] = ALL) -> Iterator[Finding]:
    """Ask each finder in turn."""
    for finder in finders:
        try:
            with transaction.atomic():  # so that a failed query spoils none of the next finder's
                found = list(finder())
        except DatabaseError as error:
            yield problem(
                "database",
                _("The database refused an answer: %(error)s") % {"error": error},
                _("Run “manage.py migrate”."),
            )
        except Exception as error:
            yield problem(
                "crash",
                _("Looking at “%(what)s” failed: %(error)s")
                % {"what": finder.__name__.removeprefix("find_").replace("_", " "), "error": error},
                _("Mend what the error names, then look again."),
            )
        else:
            yield from found
