"""Hears what changes the shelf, so that what is remembered of it expires at once."""

from typing import Any

from django.db.models.signals import post_delete, post_save

from upsell.bumps.models.shelf import ShelfItem
from upsell.core.guard import guarded
from upsell.recommendations.services import bump_version


def connect() -> None:
    """Connect every receiver. May be called again: each has a name of its own."""
    for signal, name in ((post_save, "save"), (post_delete, "delete")):
        signal.connect(on_shelf_change, sender=ShelfItem, dispatch_uid=f"upsell.bumps.shelf.{name}")


@guarded("bumps.shelf_changed")
def on_shelf_change(sender: Any, **kwargs: Any) -> None:
    """Let remembered shelves expire."""
    bump_version()
