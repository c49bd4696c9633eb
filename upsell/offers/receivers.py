"""Hears whatever changes what offers are about, or may take off: offers, floors, ranges, categories, Oscar's rows.

And who the shopper turns out to be.

Nothing here may be felt by whoever sent the signal. What takes long is done after the commit, and in one go for all
changes of a transaction.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth.signals import user_logged_in
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import Signal
from oscar.core.loading import get_model

from upsell.core.guard import guarded
from upsell.offers.models.offers import Offer, PriceFloor
from upsell.offers.registry import offer_types
from upsell.offers.serving import families, granting, index
from upsell.offers.serving.exchanging import forget_others
from upsell.offers.serving.families import raise_revision

logger = logging.getLogger("upsell")

UID = "upsell.offers"
# What a row of ours says about prices; Oscar saves its counters with every order, and those say nothing.
ROW_FIELDS = ("status", "start_datetime", "end_datetime", "exclusive", "priority", "condition_id", "benefit_id")
ROW_CHANGES = "_upsell_row_changes"  # on a row that is being saved

RANGE_FIELDS = ("included_products", "excluded_products", "classes", "included_categories", "excluded_categories")


def connect() -> None:
    """Connect every receiver. May be called again: each has a name of its own."""
    product, category, range_ = (
        get_model("catalogue", "Product"),
        get_model("catalogue", "Category"),
        get_model("offer", "Range"),
    )
    priced: list[type[Model]] = [model for model in apps.get_models() if issubclass(model, Offer | PriceFloor)]
    row = get_model("offer", "ConditionalOffer")
    _connect(pre_save, on_row_to_be_saved, "row_pre_save", row)
    _connect(post_save, on_row_saved, "row_post_save", row)
    _connect(post_delete, on_row_deletion, "row_post_delete", row)
    for signal, name in ((post_save, "post_save"), (post_delete, "post_delete")):
        for model in priced:
            _connect(signal, on_pricing_change, f"{model._meta.label_lower}_{name}", model)
        _connect(signal, on_category_change, f"category_{name}", category)
        _connect(signal, on_filing_change, f"product_category_{name}", product.categories.through)
        _connect(signal, on_range_change, f"range_product_{name}", range_.included_products.through)
    _connect(m2m_changed, on_filing_change, "product_categories", product.categories.through)
    _connect(post_save, on_range_change, "range_post_save", range_)
    _connect(pre_delete, on_range_deletion, "range_pre_delete", range_)
    for signal, name in ((post_save, "post_save"), (post_delete, "post_delete")):
        for model in (row, get_model("voucher", "Voucher")):
            _connect(signal, on_others_change, f"others_{model._meta.label_lower}_{name}", model)
    _connect(user_logged_in, on_login, "login")
    for field in RANGE_FIELDS:
        _connect(m2m_changed, on_range_change, f"range_{field}", getattr(range_, field).through)


def _connect(signal: Signal, receiver: Callable[..., None], name: str, sender: Any = None) -> None:
    signal.connect(receiver, sender=sender, dispatch_uid=f"{UID}.{name}")


@guarded("offers.changed")
def on_pricing_change(sender: Any, raw: bool = False, **kwargs: Any) -> None:
    """Let no remembered plan outlive the offer or the floor that it was made with."""
    if not raw:
        raise_revision()


@guarded("offers.row")
def on_row_to_be_saved(sender: Any, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Look whether a row of Oscar's that stands for a family of ours is about to say something else."""
    if not raw and _is_ours(instance):
        before = families.rows().filter(pk=instance.pk).values_list(*ROW_FIELDS).first()
        setattr(instance, ROW_CHANGES, before != tuple(getattr(instance, name) for name in ROW_FIELDS))


@guarded("offers.row")
def on_row_saved(sender: Any, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Let no remembered plan outlive the row that it acts through, nor that of another family in the same plan."""
    if not raw and instance.__dict__.pop(ROW_CHANGES, False):
        raise_revision()


@guarded("offers.row")
def on_row_deletion(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Plan without the family whose row is gone."""
    if _is_ours(instance):
        raise_revision()


@guarded("offers.others")
def on_others_change(sender: Any, **kwargs: Any) -> None:
    """Look again whether anybody else may take something off."""
    forget_others()


def _is_ours(row: Any) -> bool:
    return row.condition_id is not None and families.family_of(row) is not None


@guarded("offers.category")
def on_category_change(sender: Any, raw: bool = False, **kwargs: Any) -> None:
    """Follow the tree of categories: it says what lies below a category that an offer names."""
    if not raw:
        _after_commit(tree=True)


@guarded("offers.filing")
def on_filing_change(sender: Any, raw: bool = False, **kwargs: Any) -> None:
    """Follow products that have come to a category, or left it."""
    if not raw and kwargs.get("action", "post_").startswith("post_"):
        _after_commit(filing=True)


@guarded("offers.range")
def on_range_change(sender: Any, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Look at a range again, which may contain other products now."""
    if raw or not kwargs.get("action", "post_").startswith("post_"):
        return
    if kwargs.get("reverse"):  # told by a product, of the ranges it was put into
        _after_commit(ranges=kwargs.get("pk_set") or ())
    else:
        _after_commit(ranges=[getattr(instance, "range_id", None) or instance.pk])


@guarded("offers.range_deletion")
def on_range_deletion(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Pause what is about a range that goes: it would stand for other products than the merchant meant."""
    ids = _concerned(ranges=[instance.pk])
    paused = Offer.objects.filter(pk__in=ids, status=Offer.Status.ACTIVE).update(status=Offer.Status.PAUSED)
    if paused:
        raise_revision()
        logger.warning("%d offers were paused: the range “%s” that they are about was deleted.", paused, instance)


@guarded("offers.login")
def on_login(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Let what the session was offered belong to the customer."""
    if request is not None and hasattr(request, "session"):
        granting.adopt(request=request, user=user)


class _Refresh:
    """Brings the index up to date; the changes of one transaction gather in one of these."""

    def __init__(self) -> None:
        self.ranges: set[int] = set()
        self.filing = False
        self.tree = False
        self.is_due = False

    @guarded("offers.refresh")
    def __call__(self) -> None:
        if not self.is_due:  # an earlier call has done it all
            return
        ranges, filing, tree = self.ranges, self.filing, self.tree
        self.ranges, self.filing, self.tree, self.is_due = set(), False, False, False
        if tree:
            index.refile()
        index.refresh(_concerned(ranges=ranges, filing=filing or tree))
        if filing:
            raise_revision()


def _concerned(*, ranges: Iterable[int] = (), filing: bool = False) -> set[int]:
    return set().union(*(kind.concerned(ranges=set(ranges), filing=filing) for kind in offer_types().values()))


def _after_commit(*, ranges: Iterable[int] = (), filing: bool = False, tree: bool = False) -> None:
    # The list of waiting callbacks is where to gather: a rollback removes from it what no longer happened.
    waiting = (entry[1] for entry in reversed(connection.run_on_commit))
    refresh = next((callback for callback in waiting if isinstance(callback, _Refresh)), None) or _Refresh()
    refresh.ranges.update(ranges)
    refresh.filing |= filing
    refresh.tree |= tree
    refresh.is_due = True
    transaction.on_commit(refresh, robust=True)
