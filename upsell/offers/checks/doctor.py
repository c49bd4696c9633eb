"""What ``upsell_doctor`` finds out about offers: Oscar's rows they act through, discounts beside them, bookings."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_class, get_model

from upsell.conf import app_settings
from upsell.core.findings import Finding, advice, ok, problem
from upsell.offers.booking import repair
from upsell.offers.models.offers import Offer, OfferKey
from upsell.offers.serving import families

NAMED = 5  # orders that a finding names
MEND = "manage.py upsell_doctor --mend"


def find_families() -> Iterator[Finding]:
    """Look at the rows of Oscar's through which offers apply."""
    sound = True
    for family in families.families():
        rows = list(families.rows(family).select_related("condition", "benefit"))
        name = families.NAMES[family]
        if not rows:
            sound = False
            yield problem(
                "offer-row",
                _("Oscar has no offer through which “%(name)s” could apply, so they give nothing.") % {"name": name},
                _("Run “manage.py upsell_install”."),
            )
            continue
        if len(rows) > 1:
            sound = False
            yield problem(
                "offer-row",
                _("Oscar has %(count)d offers for “%(name)s”; one is enough.") % {"count": len(rows), "name": name},
                _("Delete all but one in Oscar's dashboard."),
            )
        for row in rows:
            for fault in families.faults_of(row):
                sound = False
                yield advice(
                    "offer-row",
                    _("Oscar's offer “%(row)s” was changed: %(fault)s") % {"row": row.name, "fault": fault},
                    _("If that was not intended, run “%(command)s”.") % {"command": MEND},
                )
        if not any(row.is_available() for row in rows):
            sound = False
            yield advice(
                "offer-row",
                _("Oscar's offer “%(row)s” is suspended or out of its dates, so these offers give nothing.")
                % {"row": rows[0].name},
                _("Unsuspend it in Oscar's dashboard, if that was not intended."),
            )
    if sound:
        yield ok("offer-row", _("Oscar's offers through which ours apply are in order."))


def find_percent_discounts() -> Iterator[Finding]:
    """Look for percent discounts of Oscar's own, which can fall away beside our offers."""
    offers = get_model("offer", "ConditionalOffer")._default_manager.filter(
        Q(end_datetime__isnull=True) | Q(end_datetime__gte=timezone.now()),
        benefit__type="Percentage",
        benefit__proxy_class__isnull=True,
        status="Open",
    )
    names = list(offers.order_by("name").values_list("name", flat=True)[:5])
    if names and Offer.objects.active().exists():
        yield advice(
            "percent-discounts",
            _("Oscar ends a percent discount at the first line whose units our offers have all taken: %(names)s.")
            % {"names": ", ".join(names)},
            _("See “Beside vouchers and Oscar's own offers” in the documentation for a benefit that goes on."),
        )


def find_basis() -> Iterator[Finding]:
    """Look whether discounts come off the price that shoppers see."""
    product = get_model("catalogue", "Product")._default_manager.filter(stockrecords__isnull=False).first()
    if product is None or getattr(settings, "OSCAR_OFFERS_INCL_TAX", False):
        return
    price = get_class("partner.strategy", "Selector")().strategy().fetch_for_product(product).price
    if (
        price.exists
        and price.is_tax_known
        and price.incl_tax != price.excl_tax
        and price.effective_price == price.incl_tax
    ):
        yield advice(
            "tax-basis",
            _("Prices are shown with tax, and discounts come off the price without it."),
            _("Set OSCAR_OFFERS_INCL_TAX = True, so that “1.00 off” takes 1.00 off what shoppers see."),
        )


def find_offers_without_effect() -> Iterator[Finding]:
    """Look for running offers of which a part fits nothing, and for those whose type is gone."""
    active = Offer.objects.active()
    known = list(app_settings.OFFER_TYPES)
    for name in active.exclude(type__in=known).values_list("name", flat=True)[:10]:
        yield problem(
            "offer-type",
            _("“%(name)s” is of a type that UPSELL_OFFER_TYPES does not know.") % {"name": name},
            _("Add the type again, or end the offer."),
        )
    filled: dict[int, set[int]] = {}
    for offer, slot in OfferKey.objects.filter(offer__in=active).values_list("offer", "slot").distinct():
        filled.setdefault(offer, set()).add(slot)
    for pk, name, slots in active.values_list("pk", "name", "slots"):
        if len(filled.get(pk, ())) < slots or not slots:
            yield advice(
                "offer-incomplete",
                _("“%(name)s” applies to nothing: a part of it fits no product.") % {"name": name},
                _("Choose products for it, or end it."),
            )


def find_bookings() -> Iterator[Finding]:
    """Look for orders whose discounts are not on record as they should be."""
    counts = {
        _("orders whose discounts are not booked"): repair.unbooked().count(),
        _("cancelled orders that still hold their uses"): repair.unreleased().count(),
        _("counters that differ from the bookings"): repair.miscounted().count(),
    }
    wrong = [f"{count} {what}" for what, count in counts.items() if count]
    if wrong:
        yield problem(
            "bookings",
            _("There are %(what)s.") % {"what": "; ".join(wrong)},
            _("Run “%(command)s”.") % {"command": MEND},
        )
    lost = list(repair.unexplained().values_list("order__number", flat=True)[:NAMED])
    if lost:
        yield advice(
            "bookings-lost",
            _("Of some orders it is not known which offers gave their discount, such as %(orders)s.")
            % {"orders": ", ".join(lost)},
            _("Look for errors of these days in the log. Refunds of these orders share their discount by price."),
        )
    if not wrong and not lost:
        yield ok("bookings", _("What orders were given is booked."))


def find_frozen_baskets() -> Iterator[Finding]:
    """Look for baskets that have been paid for long without an order."""
    since = timezone.now() - timedelta(days=7)
    baskets = get_model("basket", "Basket")._default_manager
    count = baskets.filter(upsell_frozen_plan__created_at__lt=since, status="Frozen").count()
    if count:
        yield advice(
            "frozen-baskets",
            _("%(count)d baskets have been frozen for payment for a week, at the prices of that day.")
            % {"count": count},
            _("Thaw or delete them, if their payment will not come any more."),
        )


FINDERS: tuple[Callable[[], Iterator[Finding]], ...] = (
    find_families,
    find_percent_discounts,
    find_basis,
    find_offers_without_effect,
    find_bookings,
    find_frozen_baskets,
)


def mend() -> list[str]:
    """Put right what can be put right without asking; return what was done, or could not be, in sentences."""
    with transaction.atomic():
        made = families.install()
        healed = families.heal()
    booked = repair.mend()
    done = []
    if made:
        done.append(_("Offers created in Oscar: %(count)d.") % {"count": len(made)})
    if healed:
        done.append(_("Offers in Oscar put right: %(count)d.") % {"count": healed})
    if booked.orders or booked.released or booked.counters:
        done.append(
            _("Orders booked: %(orders)d. Uses given back: %(released)d. Counters put right: %(counters)d.")
            % {"orders": booked.orders, "released": booked.released, "counters": booked.counters}
        )
    done += [
        _("Order %(number)s could not be booked: %(reason)s") % {"number": number, "reason": reason}
        for number, reason in booked.failed.items()
    ]
    return done or [_("There was nothing to mend.")]
