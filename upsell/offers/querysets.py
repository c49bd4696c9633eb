"""Finding offers for a basket with one query, and counting their uses so that no limit leaks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Case, Count, ExpressionWrapper, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, Round
from django.utils import timezone
from oscar.core.loading import get_model

from upsell.offers.base import Asker


class OfferQuerySet(models.QuerySet[Any]):
    """Offers of every type."""

    def active(self, at: datetime | None = None) -> Self:
        """Keep those that may apply at a moment (now)."""
        at = at or timezone.now()
        return self.filter(
            Q(starts_at__isnull=True) | Q(starts_at__lte=at),
            Q(ends_at__isnull=True) | Q(ends_at__gt=at),
            status="active",
        )

    def of_their_own(self) -> Self:
        """Leave out those that follow from another, which is among them."""
        from upsell.offers.registry import offer_types  # types know the models

        return self.exclude(type__in=[name for name, kind in offer_types().items() if kind.is_follower])

    def touching(self, products: Iterable[int]) -> Self:
        """Keep those of which a slot fits one of the products. Give the parents of variants, too."""
        return self.filter(pk__in=self._keys().fitting(products).values("offer"))

    def complete_for(self, products: Iterable[int]) -> Self:
        """Keep those of which every slot fits one of the products: all that a basket of these can earn."""
        counted = (
            self._keys()
            .fitting(products)
            .values("offer")
            .annotate(filled=Count("slot", distinct=True))
            .filter(filled=F("offer__slots"))
        )
        return self.filter(pk__in=counted.values("offer"))

    def _keys(self) -> "OfferKeyQuerySet":
        from upsell.offers.models.offers import OfferKey  # the models import this module

        return OfferKey.objects.using(self.db)


class OfferKeyQuerySet(models.QuerySet[Any]):
    """The index from what is in a basket to offers."""

    def fitting(self, products: Iterable[int]) -> Self:
        """Keep the rows that fit one of the products, by themselves, their categories or their class.

        Each way is a query of its own, joined by UNION, so that each uses the index that was made for it: a database
        that meets them as one OR reads the whole table.
        """
        ids = list(products)
        catalogue: Any = get_model("catalogue", "Product")
        categories = catalogue.categories.through._default_manager.filter(product__in=ids).values("category")
        classes = catalogue._default_manager.filter(pk__in=ids, product_class__isnull=False).values("product_class")
        ways = (
            {"product__in": ids},
            {"category__in": categories},
            {"product_class__in": classes},
            {"everything": True},
        )
        first, *others = (self.model._default_manager.using(self.db).filter(**way).values("pk") for way in ways)
        return self.filter(pk__in=first.union(*others))


def to_the_penny(amount: Any) -> Round:
    """Round what a database computes of amounts: SQLite computes with floats, and 0.1 + 0.2 must be 0.3."""
    return Round(amount, precision=2)


class OfferUsageQuerySet(models.QuerySet[Any]):
    """Uses of offers: claimed and released by conditional updates only."""

    def claim(
        self, *, offer: int, customer: str, uses: int, amount: Decimal, most: int | None, budget: Decimal | None = None
    ) -> bool:
        """Count ``uses`` more, unless that would exceed ``most`` uses or the ``budget``; return whether it was done."""
        room = Q()
        if most is not None:
            room &= Q(used__lte=most - uses)
        if budget is not None:
            room &= Q(spent__lte=budget - amount)
        rows = self.filter(room, offer=offer, customer=customer)
        more = {"used": F("used") + uses, "spent": to_the_penny(F("spent") + amount)}
        if rows.update(**more):
            return True
        # Refused, or the first use of all. Whoever else inserts the row meanwhile is waited for, and seen afterwards.
        self.bulk_create([self.model(offer_id=offer, customer=customer)], ignore_conflicts=True)
        return bool(rows.update(**more))

    def release(self, *, offer: int, customer: str, uses: int, amount: Decimal) -> None:
        """Give uses back, once per booking: the caller guards that."""
        counted = self.filter(offer=offer, customer=customer, used__gte=uses, spent__gte=amount)
        counted.update(used=F("used") - uses, spent=to_the_penny(F("spent") - amount))


class GrantQuerySet(models.QuerySet[Any]):
    """What was offered to whom."""

    def of(self, asker: Asker) -> Self:
        """Keep what was offered to somebody, as a customer or in this session; nothing to nobody.

        A customer is somebody who is signed in: an address that a guest has typed proves nothing.
        """
        held = Q()
        if asker.customer and asker.user is not None:
            held |= Q(customer=asker.customer)
        if asker.visitor:
            held |= Q(visitor=asker.visitor)
        return self.filter(held) if held else self.none()

    def open(self) -> Self:
        """Keep those that nothing has come of yet, whether their time is over or not."""
        return self.filter(state__in=("shown", "accepted"))

    def accepted(self, at: datetime | None = None) -> Self:
        """Keep those that change a price at a moment (now)."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at or timezone.now()), state="accepted")


class PriceFloorQuerySet(models.QuerySet[Any]):
    """The least that units may cost."""


class OrderOfferQuerySet(models.QuerySet[Any]):
    """What orders were given."""

    def of_orders(self, orders: Sequence[Any]) -> Self:
        """Keep what these orders were given, with the units, for showing."""
        return self.filter(order__in=orders).prefetch_related("units__line")

    def given(self) -> Self:
        """Annotate ``returned``, what returns took back of each discount, and ``given``, what is left of it.

        Nothing is left of what was released: the order was cancelled, or all of it came back.
        """
        from upsell.offers.models.refunds import RefundPart  # the models import this module

        parts = RefundPart.objects.using(self.db).filter(order_offer=OuterRef("pk")).order_by()
        returned = Subquery(parts.values("order_offer").annotate(total=Sum("amount")).values("total"))
        left = Case(When(state="released", then=Decimal(0)), default=F("amount") - F("returned"))
        money = models.DecimalField(max_digits=12, decimal_places=2)
        return self.annotate(returned=Coalesce(returned, Decimal(0), output_field=money)).annotate(
            given=ExpressionWrapper(left, output_field=money)
        )

    def totals(self) -> Any:
        """Sum by offer and currency: ``orders``, ``uses``, and the ``discount`` given net of returns, as dicts."""
        granted = Q(state="granted")
        return (
            self.given()
            .order_by()
            .values("offer", "currency")
            .annotate(
                orders=Count("order", distinct=True, filter=granted),
                uses=Coalesce(Sum("applications", filter=granted), 0),
                discount=Sum("given"),
            )
        )


class SpentCreditQuerySet(models.QuerySet[Any]):
    """What was credited of earlier purchases."""

    def live(self) -> Self:
        """Keep those that have not ended."""
        return self.filter(released_at__isnull=True)

    def from_order(self, order: Any) -> Self:
        """Keep those that were taken from the lines of an order."""
        return self.filter(line__order=order)
