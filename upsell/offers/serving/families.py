"""The rows of Oscar's that our offers act through: one per family, each with a condition and a benefit of ours.

Each condition's ``value`` is a counter, the *revision*. Oscar reads the row with its own query whenever it applies
offers, so that what was remembered under an older revision is found out of date without a query of ours.
"""

import time
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from threading import Lock
from typing import Any

from django.db import transaction
from django.db.models import DecimalField, F, Max, Q, Value
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.offers.base import Family
from upsell.offers.registry import offer_types

CONDITIONS = {
    Family.BUNDLE: "upsell.offers.conditions.BundleCondition",
    Family.UPGRADE: "upsell.offers.conditions.UpgradeCondition",
    Family.BUMP: "upsell.offers.conditions.BumpCondition",
}
BENEFITS = {
    Family.BUNDLE: "upsell.offers.benefits.BundleBenefit",
    Family.UPGRADE: "upsell.offers.benefits.UpgradeBenefit",
    Family.BUMP: "upsell.offers.benefits.BumpBenefit",
}
NAMES = {Family.BUNDLE: "Bundle savings", Family.UPGRADE: "Upgrade savings", Family.BUMP: "Extras at the till"}
LIMITS = ("max_global_applications", "max_user_applications", "max_basket_applications", "max_discount")
STEP = Decimal("0.01")
EPOCH = 1_577_836_800_000  # the start of 2020, in milliseconds: in hundredths, the column holds them until 2051
PRIORITY = 100  # above vouchers, which have 0

_last = 0  # the last revision of this process, in steps
_counting = Lock()


def families() -> list[Family]:
    """List the families that the offer types of this shop belong to."""
    used = {offer_type.family for offer_type in offer_types().values()}
    return [family for family in CONDITIONS if family in used]


def rows(family: Family | None = None) -> Any:
    """Query the rows of a family, or of all: one each, where everything is in order."""
    paths = CONDITIONS.values() if family is None else [CONDITIONS[family]]
    return get_model("offer", "ConditionalOffer")._default_manager.filter(condition__proxy_class__in=list(paths))


def open_rows(family: Family | None = None, at: datetime | None = None) -> Any:
    """Query those through which offers apply at a moment (now): neither suspended nor out of their dates."""
    at = at or timezone.now()
    return rows(family).filter(
        Q(start_datetime__isnull=True) | Q(start_datetime__lte=at),
        Q(end_datetime__isnull=True) | Q(end_datetime__gte=at),
        status=get_model("offer", "ConditionalOffer").OPEN,
    )


def family_of(offer: Any) -> Family | None:
    """Tell which family a row of Oscar's stands for; none if it is not ours. Needs its condition."""
    path = offer.condition.proxy_class
    return next((family for family, known in CONDITIONS.items() if known == path), None)


@transaction.atomic
def install(wanted: Iterable[Family] | None = None) -> list[Any]:
    """Create the rows that are missing; return them. What is there is left as the merchant wants it."""
    return [_create(family) for family in wanted or families() if not rows(family).exists()]


@transaction.atomic
def uninstall() -> int:
    """Remove all rows of ours, with their conditions and benefits; return how many offers went.

    They must not outlive the app: Oscar would fail on every page with a basket.
    """
    found = list(rows())
    for row in found:
        row.delete()
    get_model("offer", "Condition")._default_manager.filter(proxy_class__in=CONDITIONS.values()).delete()
    get_model("offer", "Benefit")._default_manager.filter(proxy_class__in=BENEFITS.values()).delete()
    return len(found)


def faults_of(row: Any) -> list[str]:
    """Say in sentences what keeps a row from working as it was made; wants its condition and benefit loaded.

    All rows must agree on ``exclusive`` and ``priority``: one that does not would get no units of a line that another
    of ours has touched. Limits of Oscar's lose uses when orders come together, and would stop a family as a whole.
    """
    found = []
    if row.offer_type != row.SITE:
        found.append(_("it does not apply to the whole site."))
    if row.benefit.proxy_class != BENEFITS[_known_family(row)]:
        found.append(_("it has another benefit."))
    if any(getattr(row, limit) for limit in LIMITS):
        found.append(_("it has a limit of Oscar's; limits belong to our offers."))
    if not row.exclusive:
        found.append(_("it is not exclusive, so vouchers come off the full price besides."))
    if row.priority <= 0:
        found.append(_("its priority is not above that of vouchers."))
    return found


@transaction.atomic
def heal() -> int:
    """Put all rows back as they were made, but for their names, texts, dates and whether they run; count them."""
    healed = 0
    for row in rows().select_related("condition", "benefit"):
        if not faults_of(row):
            continue
        family = _known_family(row)
        benefit, _created = get_model("offer", "Benefit")._default_manager.get_or_create(proxy_class=BENEFITS[family])
        changed = {"offer_type": row.SITE, "benefit": benefit, "exclusive": True, "priority": PRIORITY}
        # Not save(): Oscar would write counters back that orders have raised meanwhile.
        rows().filter(pk=row.pk).update(**changed, **dict.fromkeys(LIMITS))
        healed += 1
    if healed:
        raise_revision()
    return healed


def raise_revision() -> None:
    """Put everything that is remembered about prices out of date, from the commit of this transaction on.

    A number that was rolled back, with a preview say, is never used again for something else: what was remembered under
    it meanwhile stays unused. So it follows the clock, and in a process goes on from where it was, whatever was rolled
    back.
    """
    global _last
    with _counting:
        _last = moment = max(int(time.time() * 1000) - EPOCH, _last + 1)
    money = DecimalField(max_digits=12, decimal_places=2)
    following = Cast(Coalesce(F("value"), Value(Decimal(0))) + Value(STEP), money)
    conditions = get_model("offer", "Condition")._default_manager.filter(proxy_class__in=CONDITIONS.values())
    conditions.update(value=Greatest(Cast(Value(moment * STEP), money), following))


def _known_family(row: Any) -> Family:
    family = family_of(row)
    if family is None:
        raise ValueError(f"“{row.name}” is no offer of ours.")
    return family


def _create(family: Family) -> Any:
    offer_model = get_model("offer", "ConditionalOffer")
    conditions = get_model("offer", "Condition")._default_manager
    # All bear one revision, so that they share what is remembered.
    beside = conditions.filter(proxy_class__in=CONDITIONS.values()).aggregate(revision=Max("value"))["revision"]
    condition, _created = conditions.get_or_create(proxy_class=CONDITIONS[family], defaults={"value": beside or 1})
    benefit, _created = get_model("offer", "Benefit")._default_manager.get_or_create(proxy_class=BENEFITS[family])
    return offer_model._default_manager.create(
        name=_free_name(NAMES[family]),
        offer_type=offer_model.SITE,
        condition=condition,
        benefit=benefit,
        exclusive=True,
        priority=PRIORITY,
    )


def _free_name(name: str) -> str:
    """Find a name that no offer of the shop has yet; Oscar wants them to differ."""
    taken = set(
        get_model("offer", "ConditionalOffer")
        ._default_manager.filter(name__startswith=name)
        .values_list("name", flat=True)
    )
    return next(one for one in (name, *(f"{name} {number}" for number in range(2, len(taken) + 3))) if one not in taken)
