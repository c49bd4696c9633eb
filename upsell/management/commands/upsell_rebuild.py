"""``upsell_rebuild``: learn from all orders, and show shoppers the result."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.utils.translation import gettext as _
from rich.table import Table

from upsell.management.console import console_for, plain_table, stages
from upsell.recommendations.models import Generation
from upsell.recommendations.services import AlreadyRunning, RebuildSummary, rebuild

ALREADY_RUNNING = 3
INTERRUPTED = 130


class Command(BaseCommand):
    """Ends with 0 if all went well, with 3 if another rebuild is going on, and with 1 if anything else is wrong."""

    help = "Learn from all orders what is bought together, and show shoppers the result."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the choice to write nothing."""
        parser.add_argument("--dry-run", action="store_true", help="Learn, and write nothing at all.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, and say what was read, learned and left out."""
        console = console_for(self.stdout, colour=not options["no_color"])
        try:
            with stages(console) as report:
                summary = rebuild(
                    trigger=Generation.Trigger.COMMAND,
                    report=report if options["verbosity"] else None,
                    dry_run=options["dry_run"],
                )
        except AlreadyRunning as error:
            cure = _("Wait until it is done; if its process is gone, the next attempt takes over within a minute.")
            raise CommandError(f"{error} {cure}", returncode=ALREADY_RUNNING) from error
        except KeyboardInterrupt:
            raise CommandError(_("Stopped. What shoppers see did not change."), returncode=INTERRUPTED) from None
        except (OperationalError, ProgrammingError) as error:
            cure = _("If tables are missing, run “manage.py migrate”; else see to the database and try again.")
            raise CommandError(_("The database refused: %s. ") % str(error).strip().rstrip(".") + cure) from error
        except ValueError as error:
            cure = _("Correct the UPSELL_* setting that this is about; “manage.py upsell_doctor” finds it.")
            raise CommandError(f"{error} {cure}") from error
        if options["verbosity"]:
            console.print(_table(summary))
            console.print(_conclusion(summary))


def _table(summary: RebuildSummary) -> Table:
    table = plain_table("", "")
    for words, number in (
        (_("Orders learned from"), summary.orders),
        (_("Orders left out for their status"), summary.orders_excluded),
        (_("Order lines learned from"), summary.lines),
        (_("Order lines left out, their product was deleted"), summary.lines_without_product),
        (_("Orders placed meanwhile, counted in as well"), summary.learned_meanwhile),
        (_("Products bought at least once"), summary.products),
        (_("Rows learned"), summary.rows),
    ):
        table.add_row(words, f"{number:,}")
    table.add_row(_("Seconds"), f"{summary.seconds:,.1f}")
    return table


def _conclusion(summary: RebuildSummary) -> str:
    if summary.generation is None:
        result = _("This was a dry run: nothing was written.")
    else:
        result = _("Shoppers see generation %s from now on.") % summary.generation
    if not summary.orders:
        result += " " + _("There are no orders to learn from yet, so widgets show what is similar, and little else.")
    return result
