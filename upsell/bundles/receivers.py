"""Hears the rebuilds of recommendations: new tables, new suggestions of bundles.

Recommendations lie below bundles and cannot call up to them; so this is heard as a shop would hear it, whether the
rebuild was asked for by a command, in the admin, through the API or by a task.
"""

from typing import Any

from upsell import signals
from upsell.bundles.serving.suggesting import refresh_suggestions
from upsell.conf import app_settings
from upsell.core.guard import guarded

UID = "upsell.bundles"


def connect() -> None:
    """Connect every receiver. May be called again: each has a name of its own."""
    signals.generation_published.connect(on_generation_published, dispatch_uid=f"{UID}.generation_published")


@guarded("bundles.suggest")
def on_generation_published(sender: Any, **kwargs: Any) -> None:
    """Look for suggestions, whoever had the tables rebuilt; a failure here leaves the rebuild as it is."""
    if app_settings.SUGGEST_BUNDLES:
        refresh_suggestions()
