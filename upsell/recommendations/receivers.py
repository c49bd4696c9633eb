"""Hears the shop: orders placed, and whatever changes whom a curation is about.

Nothing here may be felt by whoever sent the signal. Work is done after the commit, and in one go for all changes of a
transaction: an import that files ten thousand products costs one refresh.
"""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import Signal
from oscar.core.loading import get_class, get_model

from upsell.conf import app_settings
from upsell.core.guard import guarded
from upsell.recommendations import services, tasks
from upsell.recommendations.models import Curation

UID = "upsell.recommendations"

ABOUT_CATEGORIES = Q(category__isnull=False) | Q(beside_category__isnull=False)
NO_CURATION = Q(pk__in=())
ABOUT_RANGES = Q(range__isnull=False) | Q(beside_range__isnull=False)


def connect() -> None:
    """Connect every receiver. May be called again: each has a name of its own."""
    product, recommendation, category, range_ = (
        get_model("catalogue", "Product"),
        get_model("catalogue", "ProductRecommendation"),
        get_model("catalogue", "Category"),
        get_model("offer", "Range"),
    )
    _connect(get_class("order.signals", "order_placed"), on_order_placed, "order_placed")
    for signal, name in ((post_save, "post_save"), (post_delete, "post_delete")):
        _connect(signal, on_curation_change, f"curation_{name}", Curation)
        _connect(signal, on_catalogue_change, f"category_{name}", category)
        _connect(signal, on_catalogue_change, f"product_category_{name}", product.categories.through)
        _connect(signal, on_recommendation_change, f"recommendation_{name}", recommendation)
        _connect(signal, on_range_change, f"range_{name}", range_)
        _connect(signal, on_range_change, f"range_product_{name}", range_.included_products.through)
    _connect(m2m_changed, on_catalogue_change, "product_categories", product.categories.through)
    for field in ("included_products", "excluded_products", "classes", "included_categories", "excluded_categories"):
        _connect(m2m_changed, on_range_change, f"range_{field}", getattr(range_, field).through)


def _connect(signal: Signal, receiver: Callable[..., None], name: str, sender: Any = None) -> None:
    signal.connect(receiver, sender=sender, dispatch_uid=f"{UID}.{name}")


@guarded("recommendations.order_placed")
def on_order_placed(sender: Any, order: Any, **kwargs: Any) -> None:
    """Learn from the order once it is committed."""
    if app_settings.LEARN_FROM_ORDERS:
        transaction.on_commit(_Learning(order.pk), robust=True)


@guarded("recommendations.curation")
def on_curation_change(sender: Any, instance: Curation, raw: bool = False, **kwargs: Any) -> None:
    """Write out anew whom the curation is about."""
    if not raw:
        _after_commit(Q(pk=instance.pk), bump=True)


@guarded("recommendations.recommendation")
def on_recommendation_change(sender: Any, raw: bool = False, **kwargs: Any) -> None:
    """Oscar's own recommendations, which count as pins, were changed."""
    if not raw:
        _after_commit(NO_CURATION, bump=True)


@guarded("recommendations.catalogue")
def on_catalogue_change(sender: Any, raw: bool = False, **kwargs: Any) -> None:
    """Products may have come to a category, or left it, alone or with a whole branch."""
    if not raw and kwargs.get("action", "post_").startswith("post_"):
        _after_commit(ABOUT_CATEGORIES)
        _after_commit(ABOUT_RANGES)


@guarded("recommendations.range")
def on_range_change(sender: Any, raw: bool = False, **kwargs: Any) -> None:
    """Products may have come to a range, or left it."""
    if not raw and kwargs.get("action", "post_").startswith("post_"):
        _after_commit(ABOUT_RANGES)


class _Learning:
    """Hands an order over to the task that counts it in."""

    def __init__(self, order_id: int) -> None:
        self._order_id = order_id

    @guarded("recommendations.learn")
    def __call__(self) -> None:
        tasks.learn_order.enqueue(self._order_id)


class _Refresh:
    """Refreshes the members of curations; the changes of one transaction gather in one of these."""

    def __init__(self) -> None:
        self.curations: set[Q] = set()
        self.bump = False

    @guarded("recommendations.refresh")
    def __call__(self) -> None:
        if not self.curations:  # an earlier call has done it all
            return
        concerned, bump = reduce(or_, self.curations), self.bump
        self.curations, self.bump = set(), False
        changed = [services.refresh_members(curation) for curation in Curation.objects.filter(concerned)]
        if bump and not any(changed):
            services.bump_version()


def _after_commit(curations: Q, *, bump: bool = False) -> None:
    # The list of waiting callbacks is where to gather: a rollback removes from it what no longer happened.
    waiting = (entry[1] for entry in reversed(connection.run_on_commit))
    refresh = next((callback for callback in waiting if isinstance(callback, _Refresh)), None) or _Refresh()
    refresh.curations.add(curations)
    refresh.bump |= bump
    transaction.on_commit(refresh, robust=True)
