"""Hears what changes upgrade offers: their own rows, and the steps that they speak of.

And hears that recommendations were learned anew, which is when ladders are looked for.

Nothing here may be felt by whoever sent the signal.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.core.signals import got_request_exception
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import Signal

from upsell import signals
from upsell.conf import app_settings
from upsell.core.guard import guarded
from upsell.recommendations.services import bump_version
from upsell.tiers.models.ladders import Tier
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.serving import granting, stating, suggesting

logger = logging.getLogger("upsell")

UID = "upsell.tiers"


def connect() -> None:
    """Connect every receiver. May be called again: each has a name of its own."""
    for signal, name in ((post_save, "post_save"), (post_delete, "post_delete")):
        _connect(signal, on_upgrade_change, f"upgrade_{name}", UpgradeOffer)
        _connect(signal, on_step_change, f"step_{name}", Tier)
    _connect(pre_delete, on_step_deletion, "step_pre_delete", Tier)
    _connect(got_request_exception, on_page_failed, "page_failed")
    _connect(signals.generation_published, on_generation_published, "generation_published")


def _connect(signal: Signal, receiver: Callable[..., None], name: str, sender: Any = None) -> None:
    signal.connect(receiver, sender=sender, dispatch_uid=f"{UID}.{name}")


@guarded("tiers.upgrade_changed")
def on_upgrade_change(sender: Any, raw: bool = False, **kwargs: Any) -> None:
    """Let nobody remember that a ladder has no offer."""
    if not raw:
        bump_version()


@guarded("tiers.step_changed")
def on_step_change(sender: Any, instance: Tier, raw: bool = False, **kwargs: Any) -> None:
    """State anew what the ladder's offers give, once all its steps are saved."""
    if not raw:
        transaction.on_commit(
            guarded("tiers.refresh")(lambda: stating.refresh_terms([instance.ladder_id])), robust=True
        )


@guarded("tiers.refresh")
def _refresh(ladder: int) -> None:
    stating.refresh_terms([ladder])


@guarded("tiers.step_deleted")
def on_step_deletion(sender: Any, instance: Tier, **kwargs: Any) -> None:
    """Pause the offers that would stand for other steps than the merchant meant, now that one of theirs goes."""
    paused = stating.pause_what_would_widen(instance)
    if paused:
        logger.warning(
            "%d upgrade offers were paused: the step “%s” that they are about was deleted.", paused, instance
        )


@guarded("tiers.page_failed")
def on_page_failed(sender: Any, request: Any = None, **kwargs: Any) -> None:
    """Start nobody's time with a page that they never saw."""
    if request is not None:
        granting.forget_begun(request)


@guarded("tiers.suggest")
def on_generation_published(sender: Any, **kwargs: Any) -> None:
    """Look for ladders, whoever had the tables rebuilt; a failure here leaves the rebuild as it is."""
    if app_settings.SUGGEST_LADDERS:
        suggesting.refresh_ladder_suggestions()
