"""``upsell_prune``: remove what no shopper sees any more, without waiting for the next rebuild."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from upsell.core.api.idempotency import prune_answers
from upsell.recommendations.services import prune


class Command(BaseCommand):
    """Removes old generations, and the rows of builds that failed or stopped, in small batches."""

    help = (
        "Remove generations beyond UPSELL_GENERATIONS_KEPT, what unfinished builds left behind, and answers of the API "
        "that are kept no longer."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove, and say how much went."""
        prune_answers()
        removed = prune()
        self.stdout.write(
            ngettext("%(count)d generation removed.", "%(count)d generations removed.", removed) % {"count": removed}
        )
