"""Hears what changes the shelf and bumps, so that what is remembered of them expires, and who the shopper is.

And hears of products and categories that are deleted, without which a bump has nothing to add, or nothing to go by.
"""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_save, pre_delete
from oscar.core.loading import get_model

from upsell.bumps.models.bumps import BumpImage, BumpRequirement
from upsell.bumps.models.shelf import ShelfItem
from upsell.bumps.serving import stating
from upsell.bumps.serving.frequency import adopt_shown
from upsell.core.guard import guarded
from upsell.offers.serving.families import raise_revision
from upsell.recommendations.services import bump_version

logger = logging.getLogger("upsell")


def connect() -> None:
    """Connect every receiver. May be called again: each has a name of its own."""
    for signal, name in ((post_save, "save"), (post_delete, "delete")):
        signal.connect(on_shelf_change, sender=ShelfItem, dispatch_uid=f"upsell.bumps.shelf.{name}")
        signal.connect(on_condition_change, sender=BumpRequirement, dispatch_uid=f"upsell.bumps.condition.{name}")
        signal.connect(on_picture_change, sender=BumpImage, dispatch_uid=f"upsell.bumps.picture.{name}")
    for model in ("Product", "Category"):
        pre_delete.connect(
            on_deletion, sender=get_model("catalogue", model), dispatch_uid=f"upsell.bumps.{model}.pre_delete"
        )
    user_logged_in.connect(on_login, dispatch_uid="upsell.bumps.login")


@guarded("bumps.shelf_changed")
def on_shelf_change(sender: Any, **kwargs: Any) -> None:
    """Let remembered shelves expire."""
    bump_version()


@guarded("bumps.condition_changed")
def on_condition_change(sender: Any, instance: BumpRequirement, raw: bool = False, **kwargs: Any) -> None:
    """State anew what a bump asks for, wherever its conditions were changed."""
    if not raw:
        stating.restate(instance.bump_id)


@guarded("bumps.picture_changed")
def on_picture_change(sender: Any, raw: bool = False, **kwargs: Any) -> None:
    """Let remembered pictures expire."""
    if not raw:
        raise_revision()


@guarded("bumps.subject_deleted")
def on_deletion(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Pause the bumps that have nothing to add any more, or nothing to go by."""
    for name in stating.pause_what_goes_with(instance, sender._meta.model_name):
        logger.warning("The bump “%s” was paused: “%s”, which it is about, was deleted.", name, instance)


@guarded("bumps.login")
def on_login(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Let what somebody was shown before signing in count for the customer."""
    if request is not None:
        adopt_shown(request=request, user=user)
