"""What becomes of a merchant's items of the shelf today, and what the shelf beside a basket would be and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.timezone import now
from django.utils.translation import gettext as _

from upsell.bumps.boxes import PopShelf
from upsell.bumps.models.shelf import ShelfItem
from upsell.bumps.serving.shelf_reading import Found, Terms, read_items
from upsell.bumps.serving.shelf_words import moment_text, sentence
from upsell.bumps.serving.shelving import Candidate, Occasion, Shelving, day_of, good_of
from upsell.bumps.shelf import Sales, Why
from upsell.conf import app_settings
from upsell.core.findings import Effect, Light
from upsell.core.oscar import sellable_id
from upsell.recommendations.serving.page import Page

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
