"""What a curation says in one sentence, and whether it has any effect today.

The answer is given for many curations at once with a fixed number of queries; it says the first thing that stands in
the way, in the order in which a merchant would mend it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from oscar.core.loading import get_class, get_model

from upsell.conf import app_settings
from upsell.core.findings import Effect, Light
from upsell.recommendations.models import Curation, CurationMember

Product = get_model("catalogue", "Product")
Selector = get_class("partner.strategy", "Selector")

# What a curation's sentence names: select these, or each sentence costs queries.
NAMES = ("product__parent", "category", "range", "beside_product__parent", "beside_category", "beside_range")


# --- in words ---------------------------------------------------------------------------------------------------------


def sentence(curation: Curation) -> str:
    """Say a curation in one sentence: "Pin Lens cloth first beside Aero Grinder, in all widgets."."""
    parts = {"subject": subject_name(curation), "place": _place(curation), "widgets": _widgets(curation)}
    factor = number_format(curation.factor, decimal_pos=None if curation.factor % 1 else 0)
    match curation.action:
        case Curation.Action.PIN if curation.position <= 1:
            return _("Pin %(subject)s first %(place)s, %(widgets)s.") % parts
        case Curation.Action.PIN:
            return _("Pin %(subject)s in place %(position)d %(place)s, %(widgets)s.") % {
                **parts,
                "position": curation.position,
            }
        case Curation.Action.BOOST:
            return _("Boost %(subject)s %(factor)s times %(place)s, %(widgets)s.") % {**parts, "factor": factor}
        case Curation.Action.BURY:
            return _("Bury %(subject)s %(factor)s times %(place)s, %(widgets)s.") % {**parts, "factor": factor}
        case _:
            return _("Exclude %(subject)s %(place)s, %(widgets)s.") % parts


def subject_name(curation: Curation) -> str:
    """Name what a curation is about."""
    if curation.product:
        return str(curation.product.get_title())
    if curation.category:
        return _("all of category “%(name)s”") % {"name": curation.category.name}
    if curation.range:
        return _("all of range “%(name)s”") % {"name": curation.range.name}
    return _("nothing")


def _place(curation: Curation) -> str:
    if curation.beside_product:
        return _("beside %(name)s") % {"name": curation.beside_product.get_title()}
    if curation.beside_category:
        return _("beside products of category “%(name)s”") % {"name": curation.beside_category.name}
    if curation.beside_range:
        return _("beside products of range “%(name)s”") % {"name": curation.beside_range.name}
    return _("everywhere")


def _widgets(curation: Curation) -> str:
    if not curation.widget:
        return _("in all widgets")
    return _("in “%(widget)s”") % {"widget": curation.get_widget_display()}


# --- today's effect ---------------------------------------------------------------------------------------------------


def effects(curations: Iterable[Curation], *, at: datetime, strategy: Any = None) -> dict[int, Effect]:
    """Say what becomes of each curation at ``at``, by primary key, for a shopper with the given price strategy.

    Six queries, however many curations; pass them with their subjects and places selected.
    """
    curations = list(curations)
    judge = _Judge(curations, at=at, strategy=strategy or Selector().strategy())
    return {curation.pk: judge.effect(curation) for curation in curations}


def active(curation: Curation, at: datetime) -> bool:
    """Whether it is switched on and within its dates."""
    return (
        curation.is_active
        and (curation.starts_at is None or curation.starts_at <= at)
        and (curation.ends_at is None or at < curation.ends_at)
    )


def active_at(at: datetime, prefix: str = "") -> Q:
    """Ask the same of the database; ``prefix`` is the path from the queried model to the curation."""
    return (
        Q(**{f"{prefix}is_active": True})
        & (Q(**{f"{prefix}starts_at__isnull": True}) | Q(**{f"{prefix}starts_at__lte": at}))
        & (Q(**{f"{prefix}ends_at__isnull": True}) | Q(**{f"{prefix}ends_at__gt": at}))
    )


class _Judge:
    """Everything that the effects of some curations depend on, read once."""

    def __init__(self, curations: Sequence[Curation], *, at: datetime, strategy: Any) -> None:
        self.at = at
        self.strategy = strategy
        self.products = _products({curation.product_id for curation in curations if curation.product_id})
        self.places = Product.objects.in_bulk(
            {curation.beside_product_id for curation in curations if curation.beside_product_id}
        )
        self.counted = set(
            CurationMember.objects.filter(curation__in=[curation.pk for curation in curations])
            .values_list("curation_id", "role")
            .distinct()
        )
        pins = [curation for curation in curations if curation.action == Curation.Action.PIN]
        self.exclusions = self._exclusions(pins)
        self.places_of_exclusions = self._places_of_exclusions(pins)

    def _exclusions(self, pins: Sequence[Curation]) -> dict[int, list[Curation]]:
        """Map pinned products to the exclusions of them that hold now."""
        found: dict[int, list[Curation]] = defaultdict(list)
        members = CurationMember.objects.filter(
            active_at(self.at, "curation__"),
            role=CurationMember.Role.SUBJECT,
            product_id__in={pin.product_id for pin in pins},
            curation__action=Curation.Action.EXCLUDE,
        )
        for member in members.select_related("curation"):
            found[member.product_id].append(member.curation)
        return found

    def _places_of_exclusions(self, pins: Sequence[Curation]) -> set[tuple[int, int]]:
        """List which exclusion holds beside which of the products that the pins are beside."""
        return set(
            CurationMember.objects.filter(
                role=CurationMember.Role.PLACE,
                curation__in={curation.pk for curations in self.exclusions.values() for curation in curations},
                product_id__in={pin.beside_product_id for pin in pins if pin.beside_product_id},
            ).values_list("curation_id", "product_id")
        )

    def effect(self, curation: Curation) -> Effect:
        when = self._when(curation)
        if when is not None:
            return when
        obstacle = self._obstacle(curation)
        if obstacle is not None:
            said = _("Not shown: %(why)s") if curation.action == Curation.Action.PIN else _("No effect: %(why)s")
            return Effect(Light.BLOCKED, said % {"why": obstacle})
        if curation.ends_at:
            return Effect(Light.ON, _("Active until %(when)s.") % {"when": _moment(curation.ends_at)})
        return Effect(Light.ON, _("Active."))

    def _when(self, curation: Curation) -> Effect | None:
        if not curation.is_active:
            return Effect(Light.OFF, _("Paused."))
        if curation.ends_at and curation.ends_at <= self.at:
            return Effect(Light.OFF, _("Ended on %(when)s.") % {"when": _moment(curation.ends_at)})
        if curation.starts_at and curation.starts_at > self.at:
            return Effect(Light.WAITING, _("Starts on %(when)s.") % {"when": _moment(curation.starts_at)})
        return None

    def _obstacle(self, curation: Curation) -> str | None:
        if not app_settings.ENABLED:
            return _("all widgets are switched off (UPSELL_ENABLED).")
        return self._obstacle_of_subject(curation) or self._obstacle_of_place(curation)

    def _obstacle_of_subject(self, curation: Curation) -> str | None:
        if not curation.product_id:
            if (curation.pk, CurationMember.Role.SUBJECT) in self.counted:
                return None
            return _("there is no product in %(subject)s.") % {"subject": subject_name(curation)}
        product = self.products.get(curation.product_id)
        name = {"name": subject_name(curation)}
        if product is None or not product.is_public:
            return _("“%(name)s” is hidden from shoppers.") % name
        if curation.action != Curation.Action.PIN:
            return None
        if curation.widget and "pinned" not in app_settings.CHAINS.get(curation.widget, ()):
            return _("this widget leaves pins out (UPSELL_CHAINS).")
        if self._is_excluded(curation):
            return _("another curation excludes “%(name)s” there.") % name
        fetch = self.strategy.fetch_for_parent if product.is_parent else self.strategy.fetch_for_product
        info = fetch(product)
        if not info.price.exists:
            return _("“%(name)s” has no price.") % name
        if not info.availability.is_available_to_buy:
            return _("“%(name)s” is out of stock.") % name
        return None

    def _obstacle_of_place(self, curation: Curation) -> str | None:
        if curation.beside_product:
            place = self.places.get(curation.beside_product.pk)
            if place is None or not place.is_public:
                return _("the page of “%(name)s” is hidden from shoppers.") % {
                    "name": curation.beside_product.get_title()
                }
        elif not curation.holds_everywhere and (curation.pk, CurationMember.Role.PLACE) not in self.counted:
            return _("there is no product to show it beside.")
        return None

    def _is_excluded(self, pin: Curation) -> bool:
        """Whether an exclusion of the product covers all of the pin's place and widgets."""
        return any(
            exclusion.widget in ("", pin.widget)
            and (
                exclusion.holds_everywhere
                or (exclusion.pk, pin.beside_product_id) in self.places_of_exclusions
                or (pin.beside_category_id is not None and exclusion.beside_category_id == pin.beside_category_id)
                or (pin.beside_range_id is not None and exclusion.beside_range_id == pin.beside_range_id)
            )
            for exclusion in self.exclusions.get(pin.product_id or 0, ())
        )


def _products(ids: set[int]) -> dict[int, Any]:
    """Read products with what their availability depends on."""
    children = Product.objects.public().prefetch_related("stockrecords")
    return dict(
        Product.objects.select_related("product_class", "parent__product_class")
        .prefetch_related("stockrecords")
        .prefetch_public_children(children)
        .in_bulk(ids)
    )


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT")
