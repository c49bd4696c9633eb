"""Rebuilding what was learned, counting single orders in, and writing out whom curations are about.

How the pieces fit, and what is exact when, is told in ``docs/explanation/rebuilding.md``.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from upsell import signals
from upsell.conf import app_settings
from upsell.core import oscar
from upsell.core.background import watched
from upsell.recommendations.affinity import DAY, History, Method, capped, epoch_of, order_weight
from upsell.recommendations.increment import Sales, with_order
from upsell.recommendations.models import (
    Affinity,
    Curation,
    CurationMember,
    Generation,
    LearnedOrder,
    LiveGeneration,
    Popularity,
)
from upsell.recommendations.popularity import RECENT_DAYS
from upsell.recommendations.querysets import AffinityQuerySet, PopularityQuerySet

if TYPE_CHECKING:
    from upsell.recommendations.tables import Tables

Report = Callable[[str, float], None]

BEAT_EVERY = 5.0  # seconds between a build's signs of life
REMEMBERED_ORDERS = 1_000  # of the orders a build has read; see ``learn_from_order``
MOST_PRODUCTS_AT_ONCE = 20  # of an order that is counted in while the shopper waits


class AlreadyRunning(Exception):  # noqa: N818  # says what is the case, like DoesNotExist
    """Another process is building recommendations."""


class BuildLost(Exception):  # noqa: N818
    """The build was taken for dead by another one, or what was written is not what was learned."""


@dataclass(frozen=True, slots=True)
class RebuildSummary:
    """What a rebuild read, learned and wrote. ``generation`` is ``None`` after a dry run."""

    generation: Generation | None
    orders: int
    orders_excluded: int
    lines: int
    lines_without_product: int
    products: int
    rows: int
    learned_meanwhile: int
    seconds: float


# --- the live generation ----------------------------------------------------------------------------------------------


def live_generation() -> Generation | None:
    """Find the generation that shoppers see; there is none before the first rebuild."""
    live = LiveGeneration.objects.select_related("generation").filter(pk=LiveGeneration.SINGLETON).first()
    return live.generation if live else None


def bump_version() -> None:
    """Let everything that was derived from the live rows or from curations expire."""
    _change_live(version=F("version") + 1)


def _change_live(**changes: Any) -> None:
    live = LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON)
    changes["changed_at"] = timezone.now()
    if not live.update(**changes):
        LiveGeneration.objects.get_or_create(pk=LiveGeneration.SINGLETON)
        live.update(**changes)


def method_from_settings() -> Method:
    """Read from the settings how to learn."""
    return Method(
        basket_size_exponent=app_settings.BASKET_SIZE_EXPONENT,
        half_life_days=app_settings.HALF_LIFE_DAYS,
        popularity_prior=app_settings.POPULARITY_PRIOR,
        shrinkage=app_settings.SHRINKAGE,
        max_products_per_order=app_settings.MAX_PRODUCTS_PER_ORDER,
        neighbours=app_settings.NEIGHBOURS,
    )


def _method_of(generation: Generation) -> Method:
    known = {field.name for field in fields(Method)}
    return Method(**{name: value for name, value in generation.settings.items() if name in known})


# --- rebuilding -------------------------------------------------------------------------------------------------------


def rebuild(*, trigger: Generation.Trigger, report: Report | None = None, dry_run: bool = False) -> RebuildSummary:
    """Learn from all orders, and let shoppers see the result at once and as a whole.

    ``report`` hears the stage and the share of it that is done, 0 to 1. A dry run reads and learns, and writes nothing
    at all. Raises ``AlreadyRunning`` if another build is alive. Whatever else goes wrong, the generation that was live
    stays live.
    """
    started = monotonic()
    method = method_from_settings()
    if dry_run:
        placed, tables = _learn(method, _Build(None, report))
        return _summary(None, placed, tables, 0, started)
    generation = Generation.objects.claim(trigger=trigger, engine=app_settings.ENGINE, settings=asdict(method))
    if generation is None:
        raise AlreadyRunning(_already_running())
    build = _Build(generation, report)
    try:
        _remove_leftovers(build)
        placed, tables = _learn(method, build)
        _write(generation, tables, build)
        _remember_orders(generation, placed)
        _check(generation, tables, build)
        _publish(generation, placed, tables)
    except BaseException as error:
        with suppress(DatabaseError):  # then the next build finds this one without a sign of life
            _alive(generation).update(
                status=Generation.Status.FAILED, finished_at=timezone.now(), error=f"{type(error).__name__}: {error}"
            )
        raise
    meanwhile = _catch_up(generation, build)
    for curation in Curation.objects.all():
        refresh_members(curation)
    signals.generation_published.send_robust(sender=Generation, generation=generation)
    prune(report)
    return _summary(generation, placed, tables, meanwhile, started)


class _Build:
    """Passes progress on, and gives a sign of life with it."""

    def __init__(self, generation: Generation | None, report: Report | None) -> None:
        self._generation = generation
        self._report = report
        self._beaten = monotonic()

    def __call__(self, stage: str, fraction: float) -> None:
        if self._report:
            self._report(stage, fraction)
        if self._generation and monotonic() - self._beaten > BEAT_EVERY:
            self._beaten = monotonic()
            if not _alive(self._generation).update(heartbeat_at=timezone.now()):
                raise BuildLost(_("Another build took this one for dead."))

    def stage(self, name: str) -> Callable[[float], None]:
        """Begin a stage; the result is told the share of it that is done."""
        self(name, 0.0)
        return lambda fraction: self(name, fraction)


def _alive(generation: Generation) -> Any:
    return Generation.objects.building().filter(pk=generation.pk)


def _already_running() -> str:
    other = Generation.objects.building().first()
    if other is None:  # it ended this very moment
        return _("Recommendations are being rebuilt already.")
    return _("Recommendations are being rebuilt already, since %(since)s, by %(builder)s.") % {
        "since": date_format(timezone.localtime(other.started_at), "TIME_FORMAT"),
        "builder": other.builder,
    }


def _learn(method: Method, build: _Build) -> tuple[oscar.PlacedOrders, "Tables"]:
    """Read, then think; the thinking knows no database."""
    from upsell.recommendations.similarity import Document  # these load numpy, which no request may wait for
    from upsell.recommendations.tables import learn_tables

    placed = oscar.read_orders(
        excluded_statuses=app_settings.EXCLUDED_ORDER_STATUSES, report=build.stage(_("Reading orders"))
    )
    documents = [
        Document(entry.product, entry.title, entry.description, sorted(entry.categories), entry.attributes)
        for entry in oscar.read_catalogue(report=build.stage(_("Reading the catalogue")))
    ]
    history = history_of(placed)
    engine = import_string(app_settings.ENGINE)()
    epoch = epoch_of(history, timezone.now().timestamp())
    tables = watched(
        lambda report: learn_tables(history, documents, method, engine, epoch=epoch, report=report),
        build.stage(_("Learning what is bought together")),
    )
    return placed, tables


def history_of(placed: oscar.PlacedOrders) -> History:
    """Hand what was read from Oscar over to learning."""
    return History(order=placed.order, product=placed.product, units=placed.units, at=placed.at, key=placed.id)


def _write(generation: Generation, tables: "Tables", build: _Build) -> None:
    from upsell.recommendations.tables import values

    report = build.stage(_("Writing"))
    total, before = max(tables.rows + len(tables.popularity), 1), 0
    for before in Popularity.objects.insert(generation, values(tables.popularity)):
        report(before / total)
    for table, rows in tables.affinities.items():
        done = 0
        for done in Affinity.objects.insert(generation, values(rows), table=table.value):
            report((before + done) / total)
        before += done


def _remember_orders(generation: Generation, placed: oscar.PlacedOrders) -> None:
    recent = placed.id[placed.id > placed.highest_id - REMEMBERED_ORDERS].tolist()
    LearnedOrder.objects.bulk_create(LearnedOrder(generation=generation, order_id=order_id) for order_id in recent)


def _check(generation: Generation, tables: "Tables", build: _Build) -> None:
    """Refuse a generation that is not what was learned, and drop rows of products that were deleted meanwhile."""
    build(_("Checking"), 0.0)
    affinities, sold = _rows_of(generation)
    if (affinities.count(), sold.count()) != (tables.rows, len(tables.popularity)):
        raise BuildLost(_("Not all rows arrived in the database."))
    build(_("Checking"), 0.5)
    gone = tables.products - oscar.existing_products(tables.products)
    if gone:
        for rows in (affinities.filter(Q(product__in=gone) | Q(neighbour__in=gone)), sold.filter(product__in=gone)):
            for __ in rows.delete_in_batches():
                build(_("Checking"), 0.5)


def _publish(generation: Generation, placed: oscar.PlacedOrders, tables: "Tables") -> None:
    """Let shoppers see the generation: readers take the pointer and its rows in one statement."""
    learned = tables.learned
    affinities, sold = _rows_of(generation)
    counts = {"rows": affinities.count(), "products": sold.count()}
    with transaction.atomic():
        published = _alive(generation).update(
            status=Generation.Status.READY,
            finished_at=timezone.now(),
            epoch=oscar.moment(learned.epoch),
            first_order_at=oscar.moment(float(placed.at.min())) if len(placed.at) else None,
            last_order_at=oscar.moment(float(placed.at.max())) if len(placed.at) else None,
            last_order_id=placed.highest_id,
            orders=learned.orders,
            order_weight=learned.order_weight,
            lines=len(placed.product),
            **counts,
        )
        if not published:
            raise BuildLost(_("Another build took this one for dead."))
        _change_live(generation=generation, version=F("version") + 1)
    generation.refresh_from_db()


def _catch_up(generation: Generation, build: _Build) -> int:
    """Count in the orders that were placed while the generation was being built, and return how many count."""
    learned = LearnedOrder.objects.filter(generation=generation)
    known = set(learned.values_list("order_id", flat=True))
    newer = sorted(set(oscar.orders_after(generation.last_order_id - REMEMBERED_ORDERS)) - known)
    for done, order_id in enumerate(newer, start=1):
        learn_from_order(order_id=order_id)
        build(_("Counting newer orders in"), done / len(newer))
    return learned.count() - len(known)


def prune(report: Report | None = None) -> int:
    """Remove generations beyond those to keep, and return how many went; the live one always stays.

    Of builds that failed or were killed the rows go, and what is known of the build stays.
    """
    build = _Build(None, report)
    _remove_leftovers(build)
    live = live_generation()
    outdated = Generation.objects.outdated(app_settings.GENERATIONS_KEPT)
    if live:
        outdated = outdated.exclude(pk=live.pk)
    for generation in outdated:
        _remove_rows(generation, build)
        generation.delete()
    return len(outdated)


def _remove_leftovers(build: _Build) -> None:
    """Remove what builds left behind that failed or were killed."""
    unfinished = (Generation.Status.FAILED, Generation.Status.ABANDONED)
    for generation in Generation.objects.filter(status__in=unfinished):
        _remove_rows(generation, build)


def _remove_rows(generation: Generation, build: _Build) -> None:
    for rows in _rows_of(generation):
        for __ in rows.delete_in_batches():
            build(_("Removing old rows"), 0.0)


def _rows_of(generation: Generation) -> tuple[AffinityQuerySet, PopularityQuerySet]:
    return Affinity.objects.of(generation), Popularity.objects.of(generation)


def _summary(
    generation: Generation | None, placed: oscar.PlacedOrders, tables: "Tables", meanwhile: int, started: float
) -> RebuildSummary:
    return RebuildSummary(
        generation=generation,
        orders=tables.learned.orders,
        orders_excluded=placed.orders_excluded,
        lines=len(placed.product),
        lines_without_product=placed.lines_without_product,
        products=len(tables.popularity),
        rows=tables.rows,
        learned_meanwhile=meanwhile,
        seconds=monotonic() - started,
    )


# --- one order at a time ----------------------------------------------------------------------------------------------


def learn_from_order(*, order_id: int) -> None:
    """Count one order into the live generation, once, however often this is called.

    Call it after the order was committed. The live generation's own settings apply, not the current ones. Of an order
    with more than ``MOST_PRODUCTS_AT_ONCE`` products only the products' sales are counted in; its pairs wait for the
    next rebuild.
    """
    generation = live_generation()
    # A build remembers one by one which of the last orders it has read, because on a busy database an order may be
    # committed after another one with a higher id. What lies further back it has read for sure.
    if generation is None or generation.epoch is None or order_id <= generation.last_order_id - REMEMBERED_ORDERS:
        return
    order = oscar.read_order(order_id, excluded_statuses=app_settings.EXCLUDED_ORDER_STATUSES)
    if order is None:
        return
    method = _method_of(generation)
    products = capped(order.id, order.units, method.max_products_per_order)
    days_after = (order.at - generation.epoch).total_seconds() / DAY
    weight = order_weight(len(products), -days_after, method)
    pairing = products if len(products) <= MOST_PRODUCTS_AT_ONCE else []
    with transaction.atomic():
        if not LearnedOrder.objects.learn_once(generation, order_id):
            return
        # From here on this row's lock makes all learners of the generation take turns.
        counted = Generation.objects.filter(pk=generation.pk)
        counted.update(orders=F("orders") + 1, order_weight=F("order_weight") + weight)
        shop = Sales(*counted.values_list("orders", "order_weight").get())
        before = Affinity.objects.of(generation).learned_rows(pairing)
        sales = Popularity.objects.count_in(
            generation,
            {product: order.units[product] for product in products},
            weight,
            is_recent=days_after > -RECENT_DAYS,
            others={row.neighbour for row in before.values()},
        )
        if pairing:
            after = with_order(pairing, weight, rows=before.values(), sales=sales, shop=shop, method=method)
            Affinity.objects.replace_learned_rows(generation, before, after)
        bump_version()


# --- curations --------------------------------------------------------------------------------------------------------


def refresh_members(curation: Curation) -> bool:
    """Write out whom a curation is about and beside whom it holds; say whether that changed anything."""
    about = _named(curation.product, curation.category, curation.range)
    beside = _named(curation.beside_product, curation.beside_category, curation.beside_range)
    members = {(CurationMember.Role.SUBJECT.value, product) for product in about}
    members |= {(CurationMember.Role.PLACE.value, product) for product in beside}
    with transaction.atomic():
        changed = CurationMember.objects.replace(curation, members)
        if changed:
            bump_version()
    return changed


def _named(product: Any, category: Any, range_: Any) -> set[int]:
    if product is not None:
        return {oscar.sellable_id(product)}
    if category is not None:
        return oscar.products_of_category(category)
    if range_ is not None:
        return oscar.products_of_range(range_)
    return set()
