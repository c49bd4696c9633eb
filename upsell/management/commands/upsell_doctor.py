"""``upsell_doctor``: what is missing, what could be better, and what to do about it."""

import json
from argparse import ArgumentParser
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich import box
from rich.table import Table
from rich.text import Text

from upsell.bumps import checks as bumps
from upsell.core.findings import Finding, Severity
from upsell.management.console import console_for
from upsell.offers.checks import doctor as offers
from upsell.recommendations.checks.doctor import ALL, findings
from upsell.tiers import checks as ladders

WORDS = {
    Severity.OK: gettext_lazy("fine"),
    Severity.ADVICE: gettext_lazy("advice"),
    Severity.PROBLEM: gettext_lazy("problem"),
}
STYLES = {Severity.OK: "green", Severity.ADVICE: "yellow", Severity.PROBLEM: "bold red"}


class Command(BaseCommand):
    """Prints every finding with its cure; ends with 1 if there is a problem."""

    help = "Look upsell's installation, settings and data over, and say the cure of each finding."
    requires_system_checks: tuple[str, ...] = ()  # they are part of the findings

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the form of the answer."""
        parser.add_argument("--json", action="store_true", help="Print the findings as JSON, for programs.")
        parser.add_argument(
            "--mend",
            action="store_true",
            help="First put right what needs no decision: Oscar's offers that ours act through, and bookings.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look everything over."""
        if options["mend"]:
            for sentence in offers.mend():
                (self.stderr if options["json"] else self.stdout).write(sentence)
        found = list(findings((*ALL, *offers.FINDERS, *ladders.FINDERS, *bumps.FINDERS)))
        if options["json"]:
            self._print_json(found)
        else:
            self._print_table(found, colour=not options["no_color"])
        if any(finding.severity == Severity.PROBLEM for finding in found):
            raise SystemExit(1)

    def _print_json(self, found: list[Finding]) -> None:
        self.stdout.write(json.dumps([asdict(finding) for finding in found], ensure_ascii=False, indent=2))

    def _print_table(self, found: list[Finding], *, colour: bool) -> None:
        console = console_for(self.stdout, colour=colour)
        table = Table("", _("Finding"), _("What to do"), box=box.SIMPLE_HEAD, pad_edge=False)
        for finding in found:
            table.add_row(
                Text(str(WORDS[finding.severity]), style=STYLES[finding.severity]),
                Text(finding.message),
                Text(finding.cure),
            )
        console.print(table)
        console.print(Text(_summary(found)))


def _summary(found: list[Finding]) -> str:
    """Say in one sentence how it stands."""
    counts = Counter(finding.severity for finding in found)
    if not counts[Severity.PROBLEM] and not counts[Severity.ADVICE]:
        return _("Everything is in order.")
    return _("Problems: %(problems)d. Advice: %(advice)d. Fine: %(fine)d.") % {
        "problems": counts[Severity.PROBLEM],
        "advice": counts[Severity.ADVICE],
        "fine": counts[Severity.OK],
    }
