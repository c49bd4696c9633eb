"""``upsell_suggest``: find the sets that are worth offering as bundles."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.table import Table

from upsell.bundles.serving.suggesting import Outcome, refresh_suggestions
from upsell.management.console import console_for, plain_table, stages
from upsell.recommendations.services import live_generation

INTERRUPTED = 130


class Command(BaseCommand):
    """Ends with 0 if all went well, and with 1 if anything is wrong."""

    help = "Find which products are bought together beyond chance, and propose them as bundles."

    def handle(self, *args: Any, **options: Any) -> None:
        """Find suggestions, and say what was read, found and changed."""
        console = console_for(self.stdout, colour=not options["no_color"])
        try:
            has_learned = live_generation() is not None
            with stages(console) as report:
                outcome = refresh_suggestions(report if options["verbosity"] else None)
        except KeyboardInterrupt:
            raise CommandError(_("Stopped. The suggestions did not change."), returncode=INTERRUPTED) from None
        except (OperationalError, ProgrammingError) as error:
            cure = _("If tables are missing, run “manage.py migrate”; else see to the database and try again.")
            raise CommandError(_("The database refused: %s. ") % str(error).strip().rstrip(".") + cure) from error
        if options["verbosity"]:
            console.print(_table(outcome))
            console.print(_conclusion(outcome, has_learned=has_learned))


def _table(outcome: Outcome) -> Table:
    table = plain_table("", "")
    for words, number in (
        (_("Orders read"), outcome.orders),
        (_("Reliable pairs looked at"), outcome.pairs),
        (_("Sets bought together beyond chance"), outcome.found),
        (_("Sets that can be offered together today"), outcome.sellable),
        (_("Sets for which a price pays"), outcome.paying),
        (_("Suggestions that were not there before"), outcome.new),
        (_("Dismissed suggestions whose evidence has changed"), outcome.back),
        (_("Suggestions taken away"), outcome.gone),
        (_("Suggestions that wait for a decision"), outcome.open),
    ):
        table.add_row(words, f"{number:,}")
    table.add_row(_("Seconds"), f"{outcome.seconds:,.1f}")
    return table


def _conclusion(outcome: Outcome, *, has_learned: bool) -> str:
    if not has_learned:
        return _("Nothing was learned yet. Run “manage.py upsell_rebuild” first.")
    if not outcome.open:
        return _("No set of products has enough evidence yet, so nothing is suggested.")
    return ngettext(
        "%(count)d suggestion waits in the admin, under Upsell, Bundle suggestions.",
        "%(count)d suggestions wait in the admin, under Upsell, Bundle suggestions.",
        outcome.open,
    ) % {"count": outcome.open}
