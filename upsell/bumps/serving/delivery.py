"""From which basket on delivery is free, by the shop's own truth: Oscar's shipping offers, and a hook for other rules.

What a condition counts is counted as Oscar does when the offer's turn comes: units that a stronger offer has taken do
not count for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from oscar.core.loading import get_class, get_model

from upsell.bumps.rewards import Threshold
from upsell.conf import app_settings
from upsell.offers.serving import families, store

MOST_OFFERS = 4  # that give free delivery; those that want least are looked at
MOST_RANGES = 2  # of these, ranges that are not simply the whole shop


@dataclass(frozen=True, slots=True)
class DeliveryOffer:
    """An offer of Oscar's that makes delivery free from ``value`` on, an amount or a number of units (``by_count``).

    ``members`` are the products that count, of those that were asked about; ``None`` stands for all. ``is_contested``:
    another exclusive offer may take from it what is added.
    """

    id: int
    priority: int
    exclusive: bool
    by_count: bool
    value: Decimal
    members: frozenset[int] | None
    is_contested: bool

    def accepts(self, product: Any) -> bool:
        """Whether units of the product count."""
        return bool(product.is_discountable and (self.members is None or product.pk in self.members))

    def comes_after(self, other: Any) -> bool:
        """Whether Oscar applies the other offer first."""
        if other.priority != self.priority:
            return bool(other.priority > self.priority)
        return bool(other.offer_type != other.SITE or other.pk < self.id)

    def units_of(self, line: Any) -> int:
        """Count the units of a line that are left for it when its turn comes."""
        if not line.stockrecord_id or not self.accepts(line.product):
            return 0
        before = [other for other in line.discounts.consumers if other.pk != self.id and self.comes_after(other)]
        if not self.exclusive:
            return 0 if any(other.exclusive for other in before) else int(line.quantity)
        if not all(other.exclusive for other in before):
            return 0
        taken = sum(int(line.discounts.num_consumed(other)) for other in before)
        return max(0, int(line.quantity) - taken)

    def counted(self, lines: Sequence[Any]) -> Decimal:
        """Sum what the basket has towards it, by the very price that Oscar's condition takes."""
        if self.by_count:
            return Decimal(sum(map(self.units_of, lines)))
        return sum((self.each(line) * self.units_of(line) for line in lines if self.units_of(line)), Decimal(0))

    def each(self, line: Any) -> Decimal:
        """Say what one unit of a line, or of what is proposed as one, counts."""
        if self.by_count:
            return Decimal(1)
        return Decimal(get_class("offer.utils", "unit_price")(self, line))


def delivery_offers(products: Collection[int]) -> list[DeliveryOffer]:
    """Find the site's running offers of free delivery, and which of the products count for each.

    One query, and more only for ranges that are not the whole shop; none if it was asked within the last minute.
    """
    ids = sorted(set(products))
    key = f"upsell:delivery:{sha256(','.join(map(str, ids)).encode()).hexdigest()}"
    kept = store.recall(key)
    if kept is None:
        rows = list(_rows())
        members = _members({row["condition__range"] for row in rows if not row["is_whole"]}, ids)
        kept = [
            [
                row["pk"],
                row["priority"],
                row["exclusive"],
                row["condition__type"] == "Count",
                str(row["condition__value"]),
                None if row["is_whole"] else sorted(members[row["condition__range"]]),
                row["is_contested"],
            ]
            for row in rows
            if row["is_whole"] or row["condition__range"] in members
        ]
        ends = [row["end_datetime"] for row in rows if row["end_datetime"]]
        seconds = min([(end - timezone.now()).total_seconds() for end in ends], default=3600.0)
        store.keep(key, kept, seconds=seconds)
    return [
        DeliveryOffer(pk, priority, exclusive, by_count, Decimal(value), _frozen(listed), contested)
        for pk, priority, exclusive, by_count, value, listed, contested in kept
    ]


def shop_threshold(basket: Any, request: Any) -> Threshold | None:
    """Ask the shop's own hook, if it names one."""
    path = app_settings.DELIVERY_REWARD
    found: Threshold | None = import_string(path)(basket, request) if path else None
    return found


def is_delivery_free(basket: Any, request: Any, charge: Any = None) -> bool | None:
    """Whether the shop's own shipping method charges nothing; ``None`` if nothing in the basket is delivered.

    ``charge`` is the price that the page shows already; without it the shop's repository is asked.
    """
    if not basket.is_shipping_required():
        return None
    if charge is None:
        repository = get_class("shipping.repository", "Repository")()
        user = getattr(request, "user", None)
        charge = repository.get_default_shipping_method(basket=basket, user=user, request=request).calculate(basket)
    amount = charge.incl_tax if charge.is_tax_known else charge.excl_tax
    return bool(amount == 0)


def _rows() -> Any:
    """Query the offers that anybody gets: those for a customer or a voucher depend on more than the basket."""
    offers, ranges = get_model("offer", "ConditionalOffer"), get_model("offer", "Range")
    benefit, condition = get_model("offer", "Benefit"), get_model("offer", "Condition")
    free = Q(benefit__type=benefit.SHIPPING_PERCENTAGE, benefit__value__gte=100) | Q(
        benefit__type=benefit.SHIPPING_FIXED_PRICE, benefit__value=0
    )
    rivals = (
        offers.active.filter(offer_type=offers.SITE, exclusive=True, priority__gte=OuterRef("priority"))
        .exclude(pk=OuterRef("pk"))
        .exclude(pk__in=families.rows().values("pk"))
    )
    but_products = ranges.excluded_products.through._default_manager.filter(range=OuterRef("condition__range"))
    but_categories = ranges.excluded_categories.through._default_manager.filter(range=OuterRef("condition__range"))
    return (
        offers.active.filter(free, offer_type=offers.SITE, max_user_applications=None, combinations=None)
        .filter(condition__type__in=(condition.VALUE, condition.COUNT), condition__value__gt=0)
        .filter(condition__proxy_class=None, benefit__proxy_class=None, condition__range__proxy_class=None)
        .annotate(
            is_contested=Exists(rivals),
            is_whole=Q(condition__range__includes_all_products=True) & ~Exists(but_products) & ~Exists(but_categories),
        )
        .order_by("condition__type", F("condition__value"), "pk")
        .values(
            "pk",
            "priority",
            "exclusive",
            "condition__type",
            "condition__value",
            "condition__range",
            "end_datetime",
            "is_contested",
            "is_whole",
        )[:MOST_OFFERS]
    )


def _members(ranges: Collection[int], products: Sequence[int]) -> Mapping[int, frozenset[int]]:
    """List which of the products are in each range, as Oscar says."""
    if not ranges:
        return {}
    found = get_model("offer", "Range")._default_manager.filter(pk__in=sorted(ranges)[:MOST_RANGES])
    return {
        one.pk: frozenset(one.all_products().filter(pk__in=products).order_by().values_list("pk", flat=True))
        for one in found
    }


def _frozen(listed: Sequence[int] | None) -> frozenset[int] | None:
    return None if listed is None else frozenset(listed)
