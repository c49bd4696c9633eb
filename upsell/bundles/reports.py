"""How bundles stand: what each does today and why not, what was used and given, and what waits for a merchant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from oscar.core.loading import get_class, get_model

from upsell.bundles.models import Bundle, BundlePart, BundleSuggestion
from upsell.bundles.services import incomplete_among
from upsell.bundles.serving.sentences import amount_text, moment, name_of
from upsell.offers.base import Family
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import OfferUsage
from upsell.offers.models.refunds import RefundPart
from upsell.offers.serving.families import rows
from upsell.recommendations.checks.curations import Effect, Light
from upsell.recommendations.serving.catalogue import Catalogue

Selector = get_class("partner.strategy", "Selector")


def with_usage(bundles: QuerySet[Bundle]) -> QuerySet[Bundle]:
    """Know of each bundle what was used of its limits and what it has given, without a query each.

    ``used`` and ``spent`` count against limits and budget; ``given`` is ``spent`` without what returns took back.
    """
    counted = OfferUsage.objects.filter(offer=OuterRef("pk"), customer="")
    granted = RefundPart.objects.filter(
        order_offer__offer=OuterRef("pk"), order_offer__state=OrderOffer.State.GRANTED
    ).order_by()
    returned = Subquery(granted.values("order_offer__offer").annotate(total=Sum("amount")).values("total"))
    known = bundles.annotate(used=Subquery(counted.values("used")[:1]), spent=Subquery(counted.values("spent")[:1]))
    return known.annotate(given=F("spent") - Coalesce(returned, Decimal(0), output_field=DecimalField()))


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
        self.switched_off = _why_switched_off() if running else ""
        self.catalogue = Catalogue(strategy)
        products = [part.product for bundle in running for part in bundle.parts.all() if part.product is not None]
        self.catalogue.load({product.pk for product in products} | {one.parent_id for one in products if one.parent_id})

    def effect(self, bundle: Bundle) -> Effect:
        """Judge one."""
        match bundle.state(self.at):
            case "draft":
                return Effect(Light.OFF, _("Draft: nobody sees it until you activate it."))
            case "paused":
                return Effect(Light.OFF, _("Paused."))
            case "ended" if bundle.ends_at is not None and bundle.ends_at <= self.at:
                return Effect(Light.OFF, _("Ended on %(when)s.") % {"when": _until(bundle.ends_at)})
            case "ended":
                return Effect(Light.OFF, _("Ended."))
            case "scheduled" if bundle.starts_at is not None:
                return Effect(Light.WAITING, _("Starts on %(when)s.") % {"when": _until(bundle.starts_at)})
        obstacle = self.switched_off or self._obstacle(bundle)
        if obstacle:
            return Effect(Light.BLOCKED, _("Not shown: %(why)s") % {"why": obstacle})
        if bundle.ends_at is not None:
            return Effect(Light.ON, _("Active until %(when)s.") % {"when": _until(bundle.ends_at)})
        return Effect(Light.ON, _("Active."))

    def _obstacle(self, bundle: Bundle) -> str:
        used, spent = getattr(bundle, "used", None) or 0, getattr(bundle, "spent", None) or Decimal(0)
        if bundle.max_in_all is not None and used >= bundle.max_in_all:
            return _("all %(most)d uses are taken.") % {"most": bundle.max_in_all}
        if bundle.budget is not None and spent >= bundle.budget:
            return _("its budget of %(budget)s is spent.") % {"budget": amount_text(bundle.budget, bundle.currency)}
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


def _until(at: datetime) -> str:
    """Write a moment at the end of a sentence, which brings its own full stop."""
    return moment(at).removesuffix(".")


def _why_switched_off() -> str:
    """Say why no bundle at all can be given: Oscar's row that stands for them is missing, or suspended."""
    row = rows(Family.BUNDLE).first()
    if row is None:
        return _("the shop is not set up for bundles. Run “manage.py upsell_install”.")
    if row.status != get_model("offer", "ConditionalOffer").OPEN:
        return _("the offer “%(name)s” is suspended in the dashboard.") % {"name": row.name}
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
    month = localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    granted = OrderOffer.objects.filter(family=Family.BUNDLE.value, state=OrderOffer.State.GRANTED)
    booked = granted.filter(created_at__gte=month).given()
    by_currency = booked.order_by("currency").values("currency")
    sums = list(by_currency.annotate(used=Sum("applications"), given_in_all=Sum("given")))
    return Overview(
        running=Bundle.objects.active(at).count(),
        drafts=Bundle.objects.filter(status=Bundle.Status.DRAFT).count(),
        used=sum(row["used"] for row in sums),
        given=tuple((row["currency"], row["given_in_all"]) for row in sums),
        suggestions=BundleSuggestion.objects.open().count(),
    )
