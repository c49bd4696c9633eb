"""The plan that a basket was granted when it was frozen for payment, kept until it is thawed or ordered.

Payment pages let Oscar apply all offers anew on the way back. An offer may have ended meanwhile, or changed; whoever
agreed to a total pays that total.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from upsell.core.guard import attempt
from upsell.offers.granted import Granted, GrantedLine, from_json, to_json
from upsell.offers.models.bookings import FrozenPlan
from upsell.offers.solver.values import NOTHING

if TYPE_CHECKING:
    from upsell.offers.serving.planning import BasketPlan  # which asks this module for what is kept

logger = logging.getLogger("upsell")


def granted_to(basket: Any) -> Granted | None:
    """Return what the basket is granted as it stands, as a value that can be kept; nothing if no offer applies."""
    from upsell.offers.serving.planning import plan_for

    found = plan_for(basket)
    if found is None or not found.plan.applied:
        return None
    names = {line.pk: name for name, line in found.lines.items()}
    applied = {int(applied.rule_id) for applied in found.plan.applied}
    return Granted(
        currency=found.currency,
        incl_tax=found.incl_tax,
        lines=_held(basket, names),
        candidates={key: found.candidates[key] for key in applied},
        plan=found.plan,
    )


def freeze(basket: Any) -> None:
    """Keep what the basket is granted; that it is nothing, too, or an offer that starts now would change the total."""
    if basket.has_strategy:
        granted = granted_to(basket) or Granted(
            "", incl_tax=False, lines=_held(basket, {}), candidates={}, plan=NOTHING
        )
        FrozenPlan.objects.update_or_create(basket=basket, defaults={"plan": to_json(granted)})


def forget(basket: Any) -> None:
    """Drop what was kept; what an order still has to be booked from stays."""
    FrozenPlan.objects.filter(basket=basket, order__isnull=True).delete()


def load_frozen(basket: Any) -> "BasketPlan | None":
    """Find what a frozen basket was granted, as a plan for its lines; nothing if nothing was, or it holds others now.

    One query, and none for a basket that is not frozen.
    """
    from upsell.offers.serving.planning import BasketPlan

    if basket.status != basket.FROZEN:
        return None
    kept = FrozenPlan.objects.filter(basket=basket).values_list("plan", flat=True).first()
    if kept is None:
        return None
    granted: Granted | None = attempt("offers.frozen", lambda: from_json(kept), reads_only=True)
    if granted is None:
        return None
    lines = list(basket.all_lines())
    held = [(line.product_id, line.quantity) for line in lines]
    if held != [(line.product, line.quantity) for line in granted.lines]:
        logger.warning("Basket %s was changed while it was being paid; its offers are computed anew.", basket.pk)
        return None
    return BasketPlan(
        currency=granted.currency,
        incl_tax=granted.incl_tax,
        candidates=granted.candidates,
        plan=granted.plan,
        lines={known.id: line for known, line in zip(granted.lines, lines, strict=True)},
    )


def _held(basket: Any, names: Mapping[int, str]) -> tuple[GrantedLine, ...]:
    """List what the basket holds, by the plan's names of its lines where it has any."""
    return tuple(
        GrantedLine(names.get(line.pk, f"line-{line.pk}"), line.product_id, line.quantity)
        for line in basket.all_lines()
    )


def keep_for_repair(*, basket: Any, order: Any, granted: Granted | None) -> None:
    """Keep what the order has to be booked from later: what it was granted, or what was kept when it was frozen."""
    if granted is None:
        FrozenPlan.objects.filter(basket=basket).update(order=order)
    else:
        FrozenPlan.objects.update_or_create(basket=basket, defaults={"plan": to_json(granted), "order": order})
