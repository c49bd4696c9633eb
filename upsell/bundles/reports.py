"""How bundles stand: what each does today and why not, what was used and given, and what waits for a merchant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.bundles.models import Bundle, BundlePart, BundleSuggestion
from upsell.bundles.services import incomplete_among
from upsell.bundles.serving.sentences import name_of
from upsell.core.findings import Effect
from upsell.offers.base import Family
from upsell.offers.reports import (
    effect_of_running,
    effect_of_state,
    given_this_month,
    limit_reached,
    why_switched_off,
)
from upsell.recommendations.serving.catalogue import Catalogue

Selector = get_class("partner.strategy", "Selector")


# --- today ------------------------------------------------------------------------------------------------------------


def effects(bundles: Iterable[Bundle], *, at: datetime | None = None, strategy: Any = None) -> dict[int, Effect]:
    """Say what becomes of each bundle at a moment, by primary key, for a shopper with the given price strategy.

    As many queries for fifty as for one; pass them ``with_parts`` and ``with_usage``.
    """
    bundles = list(bundles)
    judge = _Judge(bundles, at=at or now(), strategy=strategy or Selector().strategy())
    return {bundle.pk: judge.effect(bundle) for bundle in bundles}


class _Judge:
    """Everything that the effects of some bundles depend on, read once."""

    def __init__(self, bundles: Sequence[Bundle], *, at: datetime, strategy: Any) -> None:
        self.at = at
        running = [bundle for bundle in bundles if bundle.state(at) == "running"]
        self.incomplete = incomplete_among(running) if running else set()
        self.switched_off = why_switched_off(Family.BUNDLE) if running else ""
        self.catalogue = Catalogue(strategy)
        products = [part.product for bundle in running for part in bundle.parts.all() if part.product is not None]
        self.catalogue.load({product.pk for product in products} | {one.parent_id for one in products if one.parent_id})

    def effect(self, bundle: Bundle) -> Effect:
        """Judge one."""
        still = effect_of_state(bundle, self.at)
        return still or effect_of_running(bundle, self.switched_off or self._obstacle(bundle))

    def _obstacle(self, bundle: Bundle) -> str:
        reached = limit_reached(bundle)
        if reached:
            return reached
        if bundle.pk in self.incomplete:
            return _("a part of it is gone. Open it, choose what takes its place and save.")
        taken = [part for part in bundle.parts.all() if part.role == BundlePart.Role.TAKE]
        reasons = [self._why_not(part, bundle.currency) for part in taken]
        if bundle.kind == Bundle.Kind.FIXED or all(reasons):
            return next(filter(None, reasons), "")
        return ""

    def _why_not(self, part: BundlePart, currency: str) -> str:
        """Say why a part cannot be bought now; of categories and ranges it is believed that something can."""
        if part.product is None:
            return ""
        name = {"name": name_of(part)}
        if not self.catalogue.knows(part.product.pk):
            return _("“%(name)s” is hidden from shoppers.") % name
        offered = self.catalogue.offered(part.product.pk)
        if not offered.price.exists:
            return _("“%(name)s” has no price.") % name
        if currency and offered.price.currency != currency:
            return _("“%(name)s” is priced in %(found)s, and the bundle speaks of %(currency)s.") % {
                **name,
                "found": offered.price.currency,
                "currency": currency,
            }
        if not offered.availability.is_available_to_buy:
            return _("“%(name)s” is out of stock.") % name
        return ""


# --- for the overview -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overview:
    """What runs, what orders of this month were given by currency (net of what came back), and what waits."""

    running: int
    drafts: int
    used: int
    given: tuple[tuple[str, Decimal], ...]
    suggestions: int


def overview(at: datetime | None = None) -> Overview:
    """Count, with four queries."""
    at = at or now()
    given = given_this_month(Family.BUNDLE, at)
    return Overview(
        running=Bundle.objects.active(at).count(),
        drafts=Bundle.objects.filter(status=Bundle.Status.DRAFT).count(),
        used=given.used,
        given=given.amounts,
        suggestions=BundleSuggestion.objects.open().count(),
    )
