"""Whether a shop has something to learn from, whether what was learned is fresh and whole, and what curations do."""

from collections.abc import Iterator
from dataclasses import asdict

from django.db.models import Exists, OuterRef
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oscar.core.loading import get_model

from upsell.core.findings import Light
from upsell.recommendations import reports, services
from upsell.recommendations.checks.curations import NAMES, active_at, effects, sentence
from upsell.recommendations.checks.findings import Finding, advice, ok, problem
from upsell.recommendations.models import Affinity, Curation, Generation, LiveGeneration

Line = get_model("order", "Line")
Order = get_model("order", "Order")
Product = get_model("catalogue", "Product")

MOST_JUDGED = 2_000  # running curations looked at; the newest of them


def rebuild_cure() -> str:
    """Tell how to learn anew."""
    return _("Run “manage.py upsell_rebuild”, or press “Rebuild now”.")


def find_orders() -> Iterator[Finding]:
    """Look whether there is anything to learn from."""
    orders, products = Order.objects.count(), Product.objects.browsable().count()
    if not products:
        yield problem(
            "products", _("There is no product that shoppers can see."), _("Add products, and make them public.")
        )
    if not orders:
        yield advice(
            "orders",
            _("There are no orders yet. Until then, widgets show similar products only."),
            _("Nothing needs doing: each order teaches as it comes in."),
        )
        return
    counts = {"orders": orders, "products": products}
    yield ok("orders", _("The shop has %(orders)d orders and %(products)d visible products.") % counts)
    lost = Line.objects.filter(product=None).count()
    if lost:
        yield advice(
            "lost-products",
            ngettext(
                "%(count)d order line has lost its product, and teaches nothing.",
                "%(count)d order lines have lost their products, and teach nothing.",
                lost,
            )
            % {"count": lost},
            _("Hide products that are no longer sold, instead of deleting them."),
        )


def find_live_tables() -> Iterator[Finding]:
    """Look whether shoppers see tables that are whole, fresh and learned with today's settings."""
    generation = services.live_generation()
    if generation is None:
        yield problem("tables", _("Nothing was learned yet, so there is nothing to recommend."), rebuild_cure())
        return
    rows = Affinity.objects.filter(generation=generation)
    if generation.rows and not rows.exists():
        yield problem("tables", _("The learned tables are empty, though they were not when built."), rebuild_cure())
        return
    age = reports.age_in_days(generation)
    if reports.is_stale(generation):
        yield advice(
            "freshness",
            ngettext("The learned tables are %(days)d day old.", "The learned tables are %(days)d days old.", age)
            % {"days": age},
            _("%(cure)s Better still, run it every night.") % {"cure": rebuild_cure()},
        )
    else:
        yield ok("freshness", _("The learned tables are fresh."))
    if generation.settings != asdict(services.method_from_settings()):
        yield advice("settings-changed", _("The settings of learning changed since the last rebuild."), rebuild_cure())


def find_builds() -> Iterator[Finding]:
    """Look for builds that failed or stopped half-way."""
    last = Generation.objects.first()
    if last is None:
        return
    if last.status == Generation.Status.FAILED:
        yield problem(
            "last-build",
            _("The last rebuild failed: %(error)s") % {"error": last.error or "-"},
            _("Mend the reason, then rebuild. Shoppers see the tables from before."),
        )
    elif last.status == Generation.Status.ABANDONED:
        yield advice("last-build", _("The last rebuild stopped half-way."), rebuild_cure())
    elif has_stopped(last):
        yield advice(
            "last-build",
            _("A rebuild gives no sign of life (%(builder)s).") % {"builder": last.builder},
            _("Look whether that process still runs. The next rebuild takes its place."),
        )


def has_stopped(generation: Generation) -> bool:
    """Whether a build is under way in name only: its process is gone, or has been silent for too long."""
    return generation.status == Generation.Status.BUILDING and Generation.objects.alive() is None


def find_dangling_rows() -> Iterator[Finding]:
    """Look for rows that name products which no longer exist, and for broken rows of ours."""
    if LiveGeneration.objects.count() > 1:
        yield problem("live-rows", _("More than one row says which tables are live."), _("Keep the one whose id is 1."))
    generation = services.live_generation()
    if generation is None:
        return
    if not isinstance(generation.settings, dict):
        yield problem("broken-settings", _("The settings kept with the live tables are not readable."), rebuild_cure())
    gone = ~Exists(Product.objects.filter(pk=OuterRef("neighbour_id"))) | ~Exists(
        Product.objects.filter(pk=OuterRef("product_id"))
    )
    dangling = Affinity.objects.filter(gone, generation=generation).count()
    if dangling:
        yield advice(
            "dangling-rows",
            ngettext(
                "%(count)d learned row names a product that is gone; it is never shown.",
                "%(count)d learned rows name products that are gone; they are never shown.",
                dangling,
            )
            % {"count": dangling},
            rebuild_cure(),
        )


def find_idle_curations() -> Iterator[Finding]:
    """Look for curations that are switched on and have no effect."""
    at = now()
    running = Curation.objects.filter(active_at(at)).select_related(*NAMES).order_by("-pk")[:MOST_JUDGED]
    curations = list(running)
    judged = effects(curations, at=at)
    idle = [curation for curation in curations if judged[curation.pk].light == Light.BLOCKED]
    if idle:
        yield advice(
            "idle-curations",
            ngettext("%(count)d curation has no effect.", "%(count)d curations have no effect.", len(idle))
            % {"count": len(idle)},
            _("For one: “%(sentence)s” %(reason)s Mend that, or pause the curation.")
            % {"sentence": sentence(idle[0]), "reason": judged[idle[0].pk].message},
        )
    elif curations:
        yield ok("curations", _("Every active curation has an effect."))
