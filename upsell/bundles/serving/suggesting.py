"""Finding bundle suggestions anew: read orders and prices, think, and write what changed.

The method stands in ``docs/explanation/bundle-suggestions.md``. What merchants decided stays, but a dismissed set comes
back when its evidence has changed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from upsell.bundles.models import Bundle, BundlePart, BundleSuggestion
from upsell.bundles.serving.market import Market
from upsell.bundles.suggestions import (
    FEWEST_ORDERS,
    MONTH,
    Assumptions,
    Proposal,
    Together,
    choose,
    is_news,
    propose,
)
from upsell.conf import app_settings
from upsell.core import oscar
from upsell.core.background import watched
from upsell.core.currencies import to_amount
from upsell.recommendations.affinity import DAY, History, epoch_of
from upsell.recommendations.base import Origin
from upsell.recommendations.models import Affinity, Generation, LiveGeneration
from upsell.recommendations.services import history_of, live_generation, method_from_settings

if TYPE_CHECKING:
    from upsell.recommendations.affinity import Whole

Report = Callable[[str, float], None]

RECENT_DAYS = 365.0  # sales a month are counted in so many of the last days
FEWEST_DAYS = 30.0  # a younger shop counts as this old: a week's rush is no month
SLICE = 50_000  # rows read by one query


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search for suggestions read, found and changed.

    found: sets beyond chance. sellable: those of products that can be offered together today. paying: those for which a
    price has an expected gain. open: suggestions that wait for a decision now, of which ``new`` did not before and
    ``back`` had been dismissed. gone: suggestions that lost their evidence or their place.
    """

    orders: int
    pairs: int
    found: int
    sellable: int
    paying: int
    open: int
    new: int
    back: int
    gone: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Offer:
    """A proposal with what has to be stored beside it."""

    proposal: Proposal
    currency: str
    assumptions: dict[str, Any]


def refresh_suggestions(report: Report | None = None, *, dry_run: bool = False) -> Outcome:
    """Find suggestions in the orders and learned tables of today; the same orders and prices change nothing.

    ``report`` hears the stage and the share of it that is done, 0 to 1. ``dry_run`` tells what would be, and writes
    nothing.
    """
    started = monotonic()
    told = report or (lambda stage, share: None)
    generation = live_generation()
    pairs = _read_pairs(generation)
    placed = oscar.read_orders(
        excluded_statuses=app_settings.EXCLUDED_ORDER_STATUSES,
        report=lambda share: told(_("Reading orders"), share),
    )
    history = history_of(placed)
    del placed
    counting = _("Counting what is bought together")
    told(counting, 0.0)
    found = _find(history, pairs, lambda share: told(counting, share))
    market = Market(
        {product for one in found for product in one.products}, lambda share: told(_("Asking for prices"), share)
    )
    sellable = [one for one in found if market.sells(one.products)]
    offers = _price(sellable, market, history)
    told(_("Writing"), 0.0)
    with transaction.atomic():
        changes = _write(offers)
        if dry_run:
            transaction.set_rollback(True)
    told(_("Writing"), 1.0)
    return Outcome(
        orders=len(history.at),
        pairs=len(pairs),
        found=len(found),
        sellable=len(sellable),
        paying=len(offers),
        **changes,
        seconds=monotonic() - started,
    )


def _read_pairs(generation: Generation | None) -> "Whole":
    """Read the reliable pairs of the learned tables, in slices by primary key."""
    import numpy as np

    pieces = [np.empty((0, 2), dtype=np.int64)]
    if generation is not None:
        rows = Affinity.objects.of(generation).filter(
            reliable=True, origin=Origin.TOGETHER, orders_together__gte=FEWEST_ORDERS
        )
        last = 0
        while part := list(
            rows.filter(pk__gt=last).order_by("pk").values_list("pk", "product_id", "neighbour_id")[:SLICE]
        ):
            last = part[-1][0]
            pieces.append(np.array(part, dtype=np.int64)[:, 1:])
    return np.unique(np.sort(np.concatenate(pieces), axis=1), axis=0)


def _find(history: History, pairs: "Whole", report: Callable[[float], None]) -> list[Together]:
    """Think, in a thread of its own; the thinking knows no database."""
    from upsell.bundles.itemsets import together
    from upsell.recommendations.incidence import incidence

    if not len(history.at) or not len(pairs):
        return []
    method = method_from_settings()
    epoch = _epoch(history)
    return watched(lambda told: together(incidence(history, method, epoch), pairs, told), report)


def _epoch(history: History) -> float:
    return epoch_of(history, timezone.now().timestamp())


def _price(sets: Sequence[Together], market: Market, history: History) -> list[_Offer]:
    """Propose a price for each set for which one pays."""
    assumptions = Assumptions(response=app_settings.ASSUMED_RESPONSE, margin=app_settings.ASSUMED_MARGIN)
    lately, months = _lately(sets, history)
    offers = []
    for one, orders in zip(sets, lately, strict=True):
        goods = [market.goods[product] for product in one.products]
        proposal = propose(one, goods, a_month=orders / months, assumptions=assumptions)
        if proposal is None:
            continue
        currency = market.currency[one.products[0]]
        told = {
            "response": assumptions.response,
            "margin": assumptions.margin,
            "a_month": round(proposal.a_month, 2),
            "more": round(proposal.more, 2),
            "months": round(months, 1),
            "saving": str(to_amount(proposal.saving, currency)),
            "products": [
                {
                    "product": product,
                    "price": str(to_amount(sold.price, currency)),
                    "floor": None if sold.floor is None else str(to_amount(sold.floor, currency)),
                    "without": without,
                }
                for product, sold, without in zip(one.products, goods, one.without, strict=True)
            ],
        }
        offers.append(_Offer(proposal, currency, told))
    return offers


def _lately(sets: Sequence[Together], history: History) -> tuple[list[int], float]:
    """Count the orders of each set in the last year, and the months these orders took."""
    from upsell.bundles.itemsets import count
    from upsell.recommendations.incidence import incidence

    if not sets:
        return [], 1.0
    epoch = _epoch(history)
    since = epoch - RECENT_DAYS * DAY
    first = float(history.at.min())
    months = max((epoch - max(first, since)) / DAY, FEWEST_DAYS) / MONTH
    if first >= since:
        return [one.orders for one in sets], months
    recent = history.at[history.order] >= since
    last_year = History(history.order[recent], history.product[recent], history.units[recent], history.at, history.key)
    return count(incidence(last_year, method_from_settings(), epoch), [one.products for one in sets]), months


# --- writing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def _write(offers: Sequence[_Offer]) -> dict[str, int]:
    """Choose from the offers, and bring the suggestions in line with the choice."""
    LiveGeneration.objects.select_for_update().first()  # searches at the same time write one after the other
    known = {row.key: row for row in BundleSuggestion.objects.select_for_update().prefetch_related("bundle")}
    by_key = {_key(offer.proposal.together.products): offer for offer in offers}
    resting = [row for row in known.values() if row.status == row.Status.DISMISSED and not _is_back(row, by_key)]
    adopted = [row for row in known.values() if row.status == row.Status.ADOPTED]
    chosen = choose(
        (offer.proposal for offer in offers),
        most=app_settings.MAX_BUNDLE_SUGGESTIONS,
        taken=[_products(row.key) for row in adopted if row.bundle and row.bundle.status != Bundle.Status.ENDED],
        unwanted=[*(_products(row.key) for row in (*resting, *adopted)), *_existing_sets()],
    )
    new = back = 0
    for rank, proposal in enumerate(chosen, start=1):
        key = _key(proposal.together.products)
        row = known.get(key)
        new += row is None
        back += row is not None and row.status == row.Status.DISMISSED
        _store(row or BundleSuggestion(key=key), by_key[key], rank)
    kept = {_key(proposal.together.products) for proposal in chosen}
    gone = [row.pk for row in known.values() if row.status == row.Status.OPEN and row.key not in kept]
    BundleSuggestion.objects.filter(pk__in=gone).delete()
    return {"open": len(chosen), "new": new, "back": back, "gone": len(gone)}


def _is_back(row: BundleSuggestion, offers: dict[str, _Offer]) -> bool:
    offer = offers.get(row.key)
    return offer is not None and is_news(offer.proposal.together.orders, row.dismissed_orders)


def _store(row: BundleSuggestion, offer: _Offer, rank: int) -> None:
    proposal, together = offer.proposal, offer.proposal.together
    row.status = BundleSuggestion.Status.OPEN
    row.rank = rank
    row.orders, row.expected, row.lift = together.orders, together.expected, together.lift
    row.lift_low, row.lift_high = together.lift_interval
    row.currency = offer.currency
    row.total, row.price = to_amount(proposal.total, offer.currency), to_amount(proposal.price, offer.currency)
    row.gain = to_amount(round(proposal.gain), offer.currency)
    row.assumptions = offer.assumptions
    row.save()
    row.products.set(together.products)


def _existing_sets() -> list[list[int]]:
    """List the sets of products that are a fixed bundle already, unless it has ended."""
    parts: dict[int, set[int]] = {}
    rows = BundlePart.objects.filter(
        bundle__kind=Bundle.Kind.FIXED, role=BundlePart.Role.TAKE, product__isnull=False
    ).exclude(bundle__status=Bundle.Status.ENDED)
    for bundle, product, parent in rows.values_list("bundle_id", "product_id", "product__parent_id"):
        parts.setdefault(bundle, set()).add(parent or product)
    return [sorted(products) for products in parts.values()]


def _key(products: Iterable[int]) -> str:
    return "-".join(map(str, sorted(products)))


def _products(key: str) -> list[int]:
    return [int(product) for product in key.split("-")]
