"""Hears what changes the shelf, so that what is remembered of it expires; and who the shopper turns out to be."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_save

from upsell.bumps.models.shelf import ShelfItem
from upsell.bumps.serving.frequency import adopt_shown
from upsell.core.guard import guarded
from upsell.recommendations.services import bump_version


def connect() -> None:
    """Connect every receiver. May be called again: each has a name of its own."""
    for signal, name in ((post_save, "save"), (post_delete, "delete")):
        signal.connect(on_shelf_change, sender=ShelfItem, dispatch_uid=f"upsell.bumps.shelf.{name}")
    user_logged_in.connect(on_login, dispatch_uid="upsell.bumps.login")


@guarded("bumps.shelf_changed")
def on_shelf_change(sender: Any, **kwargs: Any) -> None:
    """Let remembered shelves expire."""
    bump_version()


@guarded("bumps.login")
def on_login(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Let what somebody was shown before signing in count for the customer."""
    if request is not None:
        adopt_shown(request=request, user=user)
