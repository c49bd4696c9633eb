"""``upsell_suggest``: find the sets that are worth offering as bundles, and the ladders among the goods."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.table import Table

from upsell.bundles.serving import suggesting as bundles
from upsell.management.console import console_for, plain_table, stages
from upsell.recommendations.services import live_generation
from upsell.tiers.serving import suggesting as ladders

INTERRUPTED = 130


class Command(BaseCommand):
    """Ends with 0 if all went well, and with 1 if anything is wrong."""

    help = (
        "Find which products are bought together beyond chance, and propose them as bundles; and which do the same job "
        "at different prices, and propose them as ladders."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what to look for; both if nothing is said."""
        parser.add_argument("--bundles", action="store_true", help="look for bundles only")
        parser.add_argument("--ladders", action="store_true", help="look for ladders only")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be found, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find suggestions, and say what was read, found and changed."""
        console = console_for(self.stdout, colour=not options["no_color"])
        wants_both = options["bundles"] == options["ladders"]
        try:
            if wants_both or options["bundles"]:
                self._bundles(console, options)
            if wants_both or options["ladders"]:
                self._ladders(console, options)
        except KeyboardInterrupt:
            raise CommandError(
                _("Stopped. The suggestions that were being looked for did not change."), returncode=INTERRUPTED
            ) from None
        except (OperationalError, ProgrammingError) as error:
            cure = _("If tables are missing, run “manage.py migrate”; else see to the database and try again.")
            raise CommandError(_("The database refused: %s. ") % str(error).strip().rstrip(".") + cure) from error
        if options["verbosity"] and options["dry_run"]:
            console.print(_("This was a dry run: nothing was written."))

    def _bundles(self, console: Console, options: dict[str, Any]) -> None:
        has_learned = live_generation() is not None
        with stages(console) as report:
            outcome = bundles.refresh_suggestions(report if options["verbosity"] else None, dry_run=options["dry_run"])
        if options["verbosity"]:
            console.print(_bundle_table(outcome))
            console.print(_bundle_conclusion(outcome, has_learned=has_learned))

    def _ladders(self, console: Console, options: dict[str, Any]) -> None:
        with stages(console) as report:
            outcome = ladders.refresh_ladder_suggestions(
                report if options["verbosity"] else None, dry_run=options["dry_run"]
            )
        if options["verbosity"]:
            console.print(_ladder_table(outcome))
            console.print(_ladder_conclusion(outcome))


def _bundle_table(outcome: bundles.Outcome) -> Table:
    table = plain_table(_("Bundles"), "")
    for words, number in (
        (_("Orders read"), outcome.orders),
        (_("Reliable pairs looked at"), outcome.pairs),
        (_("Sets bought together beyond chance"), outcome.found),
        (_("Sets that can be offered together today"), outcome.sellable),
        (_("Sets for which a price pays"), outcome.paying),
        *_changes(outcome),
    ):
        table.add_row(words, f"{number:,}")
    table.add_row(_("Seconds"), f"{outcome.seconds:,.1f}")
    return table


def _ladder_table(outcome: ladders.Outcome) -> Table:
    table = plain_table(_("Ladders"), "")
    for words, number in (
        (_("Products that can be bought today"), outcome.products),
        (_("Orders read"), outcome.orders),
        (_("Pairs that may be alternatives, by name and attributes"), outcome.alike),
        (_("Ladders that they make, many with steps in common"), outcome.ladders),
        *_changes(outcome),
    ):
        table.add_row(words, f"{number:,}")
    table.add_row(_("Seconds"), f"{outcome.seconds:,.1f}")
    return table


def _changes(outcome: bundles.Outcome | ladders.Outcome) -> tuple[tuple[str, int], ...]:
    return (
        (_("Suggestions that were not there before"), outcome.new),
        (_("Dismissed suggestions whose evidence has changed"), outcome.back),
        (_("Suggestions taken away"), outcome.gone),
        (_("Suggestions that wait for a decision"), outcome.open),
    )


def _bundle_conclusion(outcome: bundles.Outcome, *, has_learned: bool) -> str:
    if not has_learned:
        return _("Nothing was learned yet. Run “manage.py upsell_rebuild” first.")
    if not outcome.open:
        return _("No set of products has enough evidence yet, so nothing is suggested.")
    return ngettext(
        "%(count)d suggestion waits in the admin, under Upsell, Bundle suggestions.",
        "%(count)d suggestions wait in the admin, under Upsell, Bundle suggestions.",
        outcome.open,
    ) % {"count": outcome.open}


def _ladder_conclusion(outcome: ladders.Outcome) -> str:
    if not outcome.products:
        return _("Nothing can be bought in this shop today, so no ladder is suggested.")
    if not outcome.open:
        return _("No products are surely alternatives of each other, beside those in ladders: nothing is suggested.")
    return ngettext(
        "%(count)d suggestion waits in the admin, under Upsell, Ladder suggestions.",
        "%(count)d suggestions wait in the admin, under Upsell, Ladder suggestions.",
        outcome.open,
    ) % {"count": outcome.open}
