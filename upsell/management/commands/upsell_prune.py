"""``upsell_prune``: remove what no shopper sees any more, without waiting for the next rebuild."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from upsell.recommendations.services import prune


class Command(BaseCommand):
    """Removes old generations, and the rows of builds that failed or stopped, in small batches."""

    help = "Remove generations beyond UPSELL_GENERATIONS_KEPT, and what unfinished builds left behind."

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove, and say how much went."""
        removed = prune()
        self.stdout.write(
            ngettext("%(count)d generation removed.", "%(count)d generations removed.", removed) % {"count": removed}
        )
