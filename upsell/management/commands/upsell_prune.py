"""``upsell_prune``: remove what no shopper sees any more, without waiting for the next rebuild."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from upsell.core.api.idempotency import prune_answers
from upsell.offers.serving.pruning import KEPT_DAYS, prune_grants
from upsell.recommendations.services import prune

MOST_DAYS = 36_500


class Command(BaseCommand):
    """Removes old generations, the rows of builds that failed or stopped, and offers to shoppers long over."""

    help = (
        "Remove generations beyond UPSELL_GENERATIONS_KEPT, what unfinished builds left behind, answers of the API "
        "that are kept no longer, and offers that were made to shoppers and are long over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add how long is long."""
        parser.add_argument(
            "--days",
            type=days,
            default=KEPT_DAYS,
            help="How long an offer that was made to a shopper is kept once it is over (%(default)s).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove, and say how much went."""
        prune_answers()
        removed = prune()
        self.stdout.write(
            ngettext("%(count)d generation removed.", "%(count)d generations removed.", removed) % {"count": removed}
        )
        forgotten = prune_grants(days=options["days"])
        if not forgotten:
            return
        text = ngettext("%(count)d offer to a shopper forgotten.", "%(count)d offers to shoppers forgotten.", forgotten)
        self.stdout.write(text % {"count": forgotten})


def days(text: str) -> int:
    """Read a number of days."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_DAYS:
        raise ArgumentTypeError(f"Give a number of days from 1 to {MOST_DAYS}.")
    return int(text)
