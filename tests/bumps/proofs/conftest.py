"""What proofs of bumps share: a till with one offer at it, and somebody who passes it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from tests.tiers.specials import conftest as specials
from upsell.core.services import lock
from upsell.models import Grant
from upsell.offers.serving import granting
from upsell.offers.standing import Standing
from upsell.testing import make_bump, make_product


@dataclass
class Offered:
    id: int
    ends_at: datetime | None = None
    again_after_days: int = 30
    limited_by: str = ""
    quiet_after: frozenset[Standing] = frozenset({Standing.DISMISSED})

    def runs(self, at: datetime) -> bool:
        return True

    def admits(self, request: Any) -> bool:
        return True

    def end_of_window(self, at: datetime) -> datetime | None:
        return None


class Visitor(specials.Visitor):
    """Somebody with a session and a basket, who comes with a new request each time."""

    def units_of(self, product: Any) -> int:
        lines = self.basket.lines.filter(Q(product=product) | Q(product__parent=product))
        return int(lines.aggregate(units=Sum("quantity"))["units"] or 0)

    def accept(self, bump: Any, product: Any, units: int = 1) -> Grant:
        request = self.request()
        with transaction.atomic():
            lock(self.basket)
            self.basket.add_product(product, units)
            return granting.accept(
                Offered(bump.pk), quantity=units, held=lambda: self.units_of(product), request=request
            )

    def take_back(self, bump: Any, units: int) -> None:
        granting.take_back(offer=bump.pk, quantity=units, request=self.request())

    def decline(self, bump: Any) -> None:
        granting.dismiss(Offered(bump.pk), request=self.request())

    def think_again(self, bump: Any) -> None:
        granting.think_again(offer=bump.pk, request=self.request())


@dataclass
class Till:
    """A camera (100.00) calls for a card (10.00), which is 3.00 off for whoever accepts it."""

    camera: Any = None
    card: Any = None
    strap: Any = None
    bump: Any = field(default=None)


def open_till(**fields: Any) -> Till:
    """Open it; ``fields`` are the bump's."""
    camera, card = make_product("Camera", price="100.00", stock=999), make_product("Card", price="10.00", stock=999)
    strap = make_product("Strap", price="5.00", stock=999)
    return Till(camera, card, strap, make_bump(card, trigger=camera, **{"off": "3.00", **fields}))


OFF = Decimal(3)
