"""How the till stands: what becomes of bumps and of items of the shelf today, and what the shelf would be and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.bumps.boxes import PopShelf
from upsell.bumps.models.bumps import Bump
from upsell.bumps.models.shelf import ShelfItem
from upsell.bumps.serving.obstacles import Obstacles
from upsell.bumps.serving.shelf_reading import Found, Terms, read_items
from upsell.bumps.serving.shelf_words import moment_text, sentence
from upsell.bumps.serving.shelving import Candidate, Occasion, Shelving, day_of, good_of
from upsell.bumps.shelf import Sales, Why
from upsell.conf import app_settings
from upsell.core.findings import Effect, Light
from upsell.core.oscar import sellable_id
from upsell.offers.base import Family
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.grants import Grant
from upsell.offers.reports import effect_of_running, effect_of_state, given_this_month, month_of, with_usage
from upsell.recommendations.serving.catalogue import Catalogue
from upsell.recommendations.serving.page import Page

Selector = get_class("partner.strategy", "Selector")

MOST_LOOKED_AT = 500  # running bumps that the overview judges; the newest of them
LOOKED_AT = 4  # products of a category that its light is judged by


@dataclass(frozen=True, slots=True)
class Trial:
    """The shelf as a basket would see it, and what becomes of everything that might stand on it."""

    shelf: PopShelf | None
    occasion: Occasion
    rows: list[tuple[Candidate, str]]


def effects(items: Iterable[ShelfItem], *, request: Any, at: datetime | None = None) -> dict[int, Effect]:
    """Judge items of the shelf by primary key, with as many queries for one as for all; prices are left to baskets."""
    at = at or now()
    listed = list(items)
    running = [item.pk for item in listed if _state(item, at) is None]
    currency = str(settings.OSCAR_DEFAULT_CURRENCY)
    found = read_items(running, currency, at) if running else {}
    shelving = Shelving(Page(request, with_basket=False), Occasion((), 0, currency, 0))
    heads = {pk: rows[:LOOKED_AT] for pk, rows in found.items()}
    shelving.catalogue.load({row.product for rows in heads.values() for row in rows})
    return {item.pk: _state(item, at) or _effect(item, heads.get(item.pk, []), shelving, at) for item in listed}


def try_out(*, request: Any, product: Any, value: Decimal, currency: str) -> Trial:
    """Fill the shelf of a basket that holds ``product`` and is worth ``value``, for a shopper who is not logged in."""
    held = (sellable_id(product),) if product is not None else ()
    occasion = Occasion.worth(value, currency, held)
    shelf = Shelving(Page(request, with_basket=False), occasion).shelf()
    again = Shelving(Page(request, with_basket=False), occasion)
    rows = again.candidates(app_settings.SHELF_SIZE)
    again.catalogue.load({row.good.product for row in rows})
    titled = [replace(row, title=again.catalogue.title(row.good.product)) for row in rows]
    return Trial(shelf, occasion, [(row, sentence(row, again.day, occasion)) for row in titled])


def _state(item: ShelfItem, at: datetime) -> Effect | None:
    """Say what keeps an item from running at all."""
    if not item.is_active:
        return Effect(Light.OFF, _("Paused."))
    if item.ends_at is not None and item.ends_at <= at:
        return Effect(Light.OFF, _("Ended."))
    if item.starts_at is not None and item.starts_at > at:
        return Effect(Light.WAITING, _("Begins on %(moment)s.") % {"moment": moment_text(item.starts_at)})
    return None


def _effect(item: ShelfItem, rows: list[Found], shelving: Shelving, at: datetime) -> Effect:
    """Say what becomes of an item that runs: the best that any of its products has."""
    terms = Terms(item.weight, item.season_from or 0, item.season_until or 0, item.stock_rule, None, None)
    judged = [shelving.beside_no_basket(good_of(row, {item.pk: terms}, 0.0), row) for row in rows]
    day = day_of(at)
    best = next((one for one in judged if one.why == Why.SHOWN), None) or next(iter(judged), None)
    if best is None:
        why = Why.HIDDEN if item.product_id else Why.EMPTY
        return Effect(Light.BLOCKED, sentence(Candidate(good_of(_nothing(item), {}, 0.0), why), day))
    told = sentence(best, day)
    if best.why == Why.SHOWN:
        return Effect(Light.ON, told)
    return Effect(Light.WAITING if best.why == Why.SEASON else Light.BLOCKED, told)


def _nothing(item: ShelfItem) -> Found:
    return Found(item.product_id or 0, item.pk, 0.0, None, Sales(), None, None, (None, "", False), is_excluded=False)


# --- bumps today ------------------------------------------------------------------------------------------------------


def with_answers(bumps: QuerySet[Bump]) -> QuerySet[Bump]:
    """Count for each bump who ``accepted`` it, who ``declined`` it, and the ``orders`` that were given its price.

    A shopper counts each time that the offer was made anew. What costs its own price is accepted without a trace.
    """
    grants = Grant.objects.filter(offer=OuterRef("pk")).order_by().values("offer")
    booked = OrderOffer.objects.filter(offer=OuterRef("pk"), state=OrderOffer.State.GRANTED).order_by()
    counted: QuerySet[Bump] = bumps.annotate(
        accepted=_counted(grants.filter(accepted_at__isnull=False)),
        declined=_counted(grants.filter(state=Grant.State.DISMISSED)),
        orders=_counted(booked.values("offer")),
    )
    return counted


def _counted(rows: Any) -> Any:
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


def bump_effects(bumps: Iterable[Bump], *, at: datetime | None = None, strategy: Any = None) -> dict[int, Effect]:
    """Say what becomes of each bump at a moment, by primary key, for a shopper with the given price strategy.

    Pass them ``with_parts`` and ``with_usage``. As many queries for fifty as for one, ranges aside.
    """
    listed, at = list(bumps), at or now()
    running = [bump for bump in listed if bump.state(at) == "running"]
    obstacles = Obstacles(running, Catalogue(strategy or Selector().strategy()))
    return {
        bump.pk: effect_of_state(bump, at) or effect_of_running(bump, obstacles.of(bump) if bump in running else "")
        for bump in listed
    }


def problems_of(bump: Bump, *, strategy: Any = None) -> list[str]:
    """List what a merchant should look at again in a bump, the gravest first; each sentence ends with the cure.

    Read it ``with_parts``. It is judged as if it ran.
    """
    obstacles = Obstacles([bump], Catalogue(strategy or Selector().strategy()))
    obstacle = obstacles.of(bump)
    blocked = [_("Nobody would be shown it now: %(why)s") % {"why": obstacle}] if obstacle else []
    return [*blocked, *obstacles.advice(bump)]


# --- for the overview -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overview:
    """What runs at the till and what keeps it from being seen, and what this month's extras came to."""

    bumps: int = 0
    blocked: int = 0
    drafts: int = 0
    at_basket: int = 0
    accepted: int = 0
    declined: int = 0
    used: int = 0
    given: tuple[tuple[str, Decimal], ...] = ()


def overview(at: datetime | None = None, *, strategy: Any = None) -> Overview:
    """Count; what blocks bumps is worked out for the newest of them only."""
    at = at or now()
    is_active = Q(pk__in=Bump.objects.active(at).order_by().values("pk"))
    found = Bump.objects.order_by().aggregate(
        every=Count("pk"),
        active=Count("pk", filter=is_active),
        drafts=Count("pk", filter=Q(status=Bump.Status.DRAFT)),
        at_basket=Count("pk", filter=is_active & Q(in_basket=True)),
    )
    if not found["every"]:
        return Overview()
    running = with_usage(Bump.objects.active(at).with_parts()).order_by("-pk")[:MOST_LOOKED_AT]
    judged = bump_effects(running, at=at, strategy=strategy) if found["active"] else {}
    since = month_of(at)
    answers = Grant.objects.filter(offer__family=Family.BUMP.value).aggregate(
        accepted=Count("pk", filter=Q(accepted_at__gte=since)),
        declined=Count("pk", filter=Q(state=Grant.State.DISMISSED, closed_at__gte=since)),
    )
    given = given_this_month(Family.BUMP, at)
    return Overview(
        bumps=found["active"],
        blocked=sum(effect.light == Light.BLOCKED for effect in judged.values()),
        drafts=found["drafts"],
        at_basket=found["at_basket"],
        accepted=answers["accepted"],
        declined=answers["declined"],
        used=given.used,
        given=given.amounts,
    )
