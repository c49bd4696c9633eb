"""Finding ladder suggestions anew: read goods and orders, think, and write what changed.

The method stands in ``docs/explanation/ladder-suggestions.md``. What merchants decided stays, but a dismissed ladder
comes back when clearly more speaks for it. Everything is written at once, at the end: a run that is killed leaves the
suggestions as they were.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from upsell.conf import app_settings
from upsell.core import oscar
from upsell.core.background import watched
from upsell.core.currencies import to_amount
from upsell.recommendations.affinity import epoch_of
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.models import Affinity, LiveGeneration
from upsell.recommendations.services import history_of, live_generation, method_from_settings
from upsell.tiers.models.ladders import Ladder, Tier
from upsell.tiers.models.suggestions import LadderSuggestion
from upsell.tiers.serving.goods import Goods, read_goods
from upsell.tiers.substitutes import Good, Likeness, Met
from upsell.tiers.suggestions import Chain, Pair, chains, choose, is_news, promising

if TYPE_CHECKING:
    from upsell.recommendations.affinity import History

Report = Callable[[str, float], None]

SLICE = 500  # products of which neighbours are read by one query


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search for ladders read, found and changed.

    products: that can be bought today. alike: pairs that names and attributes do not rule out. ladders: chains of
    alternatives, many of which share products. open: suggestions that wait for a decision now, of which ``new`` did not
    before and ``back`` had been dismissed. gone: suggestions that lost their evidence or their place.
    """

    products: int
    orders: int
    alike: int
    ladders: int
    open: int
    new: int
    back: int
    gone: int
    seconds: float


def refresh_ladder_suggestions(report: Report | None = None, *, dry_run: bool = False) -> Outcome:
    """Find ladders in the goods and orders of today; the same goods and orders change nothing.

    ``report`` hears the stage and the share of it that is done, 0 to 1. ``dry_run`` tells what would be, and writes
    nothing.
    """
    started = monotonic()
    told = report or (lambda stage, share: None)
    goods = read_goods(lambda share: told(_("Reading products and prices"), share))
    alike = promising(goods.sold.values(), goods.vocabulary, less_is_better=app_settings.LESS_IS_BETTER)
    placed = oscar.read_orders(
        excluded_statuses=app_settings.EXCLUDED_ORDER_STATUSES,
        report=lambda share: told(_("Reading orders"), share),
    )
    history = history_of(placed)
    del placed
    judged = _judge(alike, goods, history, lambda share: told(_("Counting what is bought together"), share))
    found = list(chains(judged, goods.sold))
    told(_("Writing"), 0.0)
    with transaction.atomic():
        changes = _write(found)
        if dry_run:
            transaction.set_rollback(True)
    told(_("Writing"), 1.0)
    return Outcome(
        products=len(goods.sold),
        orders=len(history.at),
        alike=len(alike),
        ladders=len(found),
        **changes,
        seconds=monotonic() - started,
    )


def _judge(
    alike: Mapping[Pair, Likeness], goods: Goods, history: "History", report: Callable[[float], None]
) -> dict[Pair, Likeness]:
    """Add what orders say; the thinking has a thread of its own, and knows no database."""
    from upsell.recommendations.incidence import incidence
    from upsell.tiers.meetings import meetings

    if not len(history.at) or not alike:
        return dict(alike)
    companions = _companions({product for pair in alike for product in pair}, goods.sold)
    method, epoch = method_from_settings(), epoch_of(history, timezone.now().timestamp())
    met: dict[Pair, Met] = watched(
        lambda told: meetings(incidence(history, method, epoch), list(alike), companions, told), report
    )
    return {pair: replace(one, met=met.get(pair, one.met)) for pair, one in alike.items()}


def _companions(products: Collection[int], goods: Mapping[int, Good]) -> dict[int, set[int]]:
    """Read from the learned tables what each product is surely bought with, other than things of its own kind."""
    generation = live_generation()
    found: dict[int, set[int]] = defaultdict(set)
    if generation is None:
        return found
    wanted = sorted(products)
    for start in range(0, len(wanted), SLICE):
        rows = Affinity.objects.of(generation).filter(
            product__in=wanted[start : start + SLICE], table=Table.PRODUCT, origin=Origin.TOGETHER, reliable=True
        )
        for product, neighbour in rows.values_list("product_id", "neighbour_id"):
            if neighbour in goods and goods[neighbour].shelves.isdisjoint(goods[product].shelves):
                found[product].add(neighbour)
    return found


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(found: Sequence[Chain]) -> dict[str, int]:
    """Choose from the ladders found, and bring the suggestions in line with the choice."""
    LiveGeneration.objects.select_for_update().first()  # searches at the same time write one after the other
    known = {row.key: row for row in LadderSuggestion.objects.select_for_update()}
    by_key = {_key(chain.products): chain for chain in found}
    decided = [row for row in known.values() if row.status != row.Status.OPEN and not _is_back(row, by_key)]
    chosen = choose(
        found,
        taken=_in_ladders(),
        unwanted=[_products(row.key) for row in decided],
        most=app_settings.MAX_LADDER_SUGGESTIONS,
    )
    new = back = 0
    for rank, chain in enumerate(chosen, start=1):
        row = known.get(_key(chain.products))
        new += row is None
        back += row is not None and row.status == row.Status.DISMISSED
        _store(row or LadderSuggestion(key=_key(chain.products)), chain, rank)
    kept = {_key(chain.products) for chain in chosen}
    gone = [row.pk for row in known.values() if row.status == row.Status.OPEN and row.key not in kept]
    LadderSuggestion.objects.filter(pk__in=gone).delete()
    return {"open": len(chosen), "new": new, "back": back, "gone": len(gone)}


def _in_ladders() -> set[int]:
    """List the products that are in a ladder, whether it runs, is paused or a draft; not in one that has ended."""
    living = Ladder.objects.exclude(status=Ladder.Status.ENDED).filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=timezone.now())
    )
    return set(Tier.objects.filter(ladder__in=living, family__isnull=False).values_list("family", flat=True))


def _is_back(row: LadderSuggestion, found: Mapping[str, Chain]) -> bool:
    chain = found.get(row.key)
    return row.status == row.Status.DISMISSED and chain is not None and is_news(chain.score, row.dismissed_score)


def _store(row: LadderSuggestion, chain: Chain, rank: int) -> None:
    row.status = LadderSuggestion.Status.OPEN
    row.rank, row.score, row.currency = rank, chain.score, chain.currency
    row.evidence = {
        "steps": [
            {"product": product, "price": str(to_amount(price, chain.currency))}
            for product, price in zip(chain.products, chain.prices, strict=True)
        ],
        "ups": [_told(step) for step in chain.steps],
    }
    row.save()
    row.products.set(chain.products)


def _told(step: Likeness) -> dict[str, Any]:
    met = step.met
    return {
        "points": step.points,
        "words": list(step.words),
        "stated": step.stated,
        "better": step.better,
        "worse": step.worse,
        "either": met.either,
        "together": met.together,
        "expected": round(met.expected, 2),
        "at_most": round(met.at_most, 2) if math.isfinite(met.at_most) else None,
        "shared": list(met.shared),
        "companions": met.companions,
    }


def _key(products: Iterable[int]) -> str:
    return "-".join(map(str, sorted(products)))


def _products(key: str) -> list[int]:
    return [int(product) for product in key.split("-")]
