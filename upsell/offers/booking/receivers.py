"""Hears Oscar's baskets and orders, for booking. Nothing here may be felt by whoever sent the signal."""

import logging
from typing import Any

from django.db.models.signals import post_save
from oscar.core.loading import get_class, get_model

from upsell.conf import app_settings
from upsell.core.guard import attempt
from upsell.offers.booking import credited, freezing, recording, releasing

logger = logging.getLogger("upsell")

UID = "upsell.offers.booking"


def connect() -> None:
    """Connect every receiver. May be called again: each has a name of its own."""
    basket, line = get_model("basket", "Basket"), get_model("order", "Line")
    post_save.connect(on_basket_saved, sender=basket, dispatch_uid=f"{UID}.basket")
    post_save.connect(on_order_line_saved, sender=line, dispatch_uid=f"{UID}.order_line")
    get_class("order.signals", "order_placed").connect(on_order_placed, dispatch_uid=f"{UID}.order_placed")
    get_class("order.signals", "order_status_changed").connect(on_status_changed, dispatch_uid=f"{UID}.order_status")


def on_basket_saved(sender: Any, instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Keep what a basket is granted while it is paid, and forget it afterwards."""
    if created or raw:
        return
    if instance.status == instance.FROZEN:
        attempt("offers.freeze", lambda: freezing.freeze(instance))
    elif instance.status in (instance.OPEN, instance.SUBMITTED):
        attempt("offers.thaw", lambda: freezing.forget(instance))


def on_order_line_saved(sender: Any, instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Tie the units that wait for this line."""
    order = instance._state.fields_cache.get("order")  # set where an order is being placed; else not worth a query
    waiting = getattr(order, recording.WAITING, None)
    if created and not raw and waiting is not None:
        attempt("offers.tie", lambda: recording.tie(waiting, instance))


def on_order_placed(sender: Any, order: Any, **kwargs: Any) -> None:
    """See to it that units without a line are not forgotten."""
    waiting = getattr(order, recording.WAITING, None)
    if waiting is not None and waiting.units:
        logger.warning("Order %s has discounts of offers that found no line; upsell_doctor ties them.", order.number)
        attempt(
            "offers.keep",
            lambda: freezing.keep_for_repair(basket=order.basket, order=order, granted=waiting.granted),
        )


def on_status_changed(sender: Any, order: Any, new_status: str, **kwargs: Any) -> None:
    """Give back what a cancelled order used."""
    if new_status in app_settings.EXCLUDED_ORDER_STATUSES:
        attempt("offers.release", lambda: releasing.release_order(order))
        attempt("offers.credits", lambda: credited.tell_of_cancelled(order))
