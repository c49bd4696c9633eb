"""How offers stand, whatever their type: what each does today, what was used and given, and this month's figures."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.core.findings import Effect, Light
from upsell.offers.base import Family
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import OfferUsage
from upsell.offers.models.refunds import RefundPart
from upsell.offers.serving.families import NAMES, rows
from upsell.offers.serving.texts import amount_text, moment


def with_usage(offers: QuerySet[Any]) -> QuerySet[Any]:
    """Know of each offer what was used of its limits and what it has given, without a query each.

    ``used`` and ``spent`` count against limits and budget; ``given`` is ``spent`` without what returns took back.
    """
    counted = OfferUsage.objects.filter(offer=OuterRef("pk"), customer="")
    granted = RefundPart.objects.filter(
        order_offer__offer=OuterRef("pk"), order_offer__state=OrderOffer.State.GRANTED
    ).order_by()
    returned = Subquery(granted.values("order_offer__offer").annotate(total=Sum("amount")).values("total"))
    known = offers.annotate(used=Subquery(counted.values("used")[:1]), spent=Subquery(counted.values("spent")[:1]))
    back = Coalesce(returned, Decimal(0), output_field=DecimalField())
    netted: QuerySet[Any] = known.annotate(given=F("spent") - back)
    return netted


# --- today ------------------------------------------------------------------------------------------------------------


def effect_of_state(row: Any, at: datetime) -> Effect | None:
    """Say what becomes of a row with a schedule that does not run at a moment; ``None`` if it runs."""
    match row.state(at):
        case "draft":
            return Effect(Light.OFF, _("Draft: nobody sees it until you activate it."))
        case "paused":
            return Effect(Light.OFF, _("Paused."))
        case "ended" if row.ends_at is not None and row.ends_at <= at:
            return Effect(Light.OFF, _("Ended on %(when)s.") % {"when": _until(row.ends_at)})
        case "ended":
            return Effect(Light.OFF, _("Ended."))
        case "scheduled" if row.starts_at is not None:
            return Effect(Light.WAITING, _("Starts on %(when)s.") % {"when": _until(row.starts_at)})
    return None


def effect_of_running(row: Any, obstacle: str) -> Effect:
    """Say what becomes of a row that runs: it is shown, or not for the reason given."""
    if obstacle:
        return Effect(Light.BLOCKED, _("Not shown: %(why)s") % {"why": obstacle})
    if row.ends_at is not None:
        return Effect(Light.ON, _("Active until %(when)s.") % {"when": _until(row.ends_at)})
    return Effect(Light.ON, _("Active."))


def limit_reached(offer: Any) -> str:
    """Say which limit of an offer is reached; empty if none. Read the offer ``with_usage``."""
    used, spent = getattr(offer, "used", None) or 0, getattr(offer, "spent", None) or Decimal(0)
    if offer.max_in_all is not None and used >= offer.max_in_all:
        return _("all %(most)d uses are taken.") % {"most": offer.max_in_all}
    if offer.budget is not None and spent >= offer.budget:
        return _("its budget of %(budget)s is spent.") % {"budget": amount_text(offer.budget, offer.currency)}
    return ""


def why_switched_off(family: Family) -> str:
    """Say why no offer of a family can be given: Oscar's row that stands for it is missing, or suspended."""
    row = rows(family).first()
    if row is None:
        return _("Oscar has no offer “%(name)s” through which it could apply. Run “manage.py upsell_install”.") % {
            "name": NAMES[family]
        }
    if row.status != get_model("offer", "ConditionalOffer").OPEN:
        return _("the offer “%(name)s” is suspended in the dashboard.") % {"name": row.name}
    return ""


def _until(at: datetime) -> str:
    """Write a moment at the end of a sentence, which brings its own full stop."""
    return moment(at).removesuffix(".")


# --- for the overview -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """What orders were given: how often, and how much by currency, net of what came back."""

    used: int
    amounts: tuple[tuple[str, Decimal], ...]


def given_this_month(family: Family, at: datetime | None = None) -> Given:
    """Sum what offers of a family gave to this month's orders, with one query."""
    granted = OrderOffer.objects.filter(family=family.value, state=OrderOffer.State.GRANTED)
    booked = granted.filter(created_at__gte=month_of(at or now())).given()
    by_currency = booked.order_by("currency").values("currency")
    sums = list(by_currency.annotate(used=Sum("applications"), given_in_all=Sum("given")))
    return Given(
        used=sum(row["used"] for row in sums),
        amounts=tuple((row["currency"], row["given_in_all"]) for row in sums),
    )


def month_of(at: datetime) -> datetime:
    """Name the moment at which the month of another one began, in the shop's own zone."""
    return localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
