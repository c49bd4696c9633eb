"""Which running bundles have to do with a product or a basket: one query each, whatever their number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from oscar.core.loading import get_model

from upsell.bundles.models import Bundle
from upsell.offers.base import Family, Selection, Terms
from upsell.offers.models.offers import OfferKey, OfferUsage
from upsell.offers.serving import families
from upsell.offers.terms import from_json
from upsell.recommendations.models import LiveGeneration, Popularity

CONSIDERED = 12  # bundles that are looked at for a page; more than it shows, since some cannot be had


@dataclass(frozen=True, slots=True)
class Running:
    """A bundle that may apply now, with its terms as values. ``filled`` is how many slots a basket has units for.

    Where the shopper owns a part of a set (``owned``, products), the terms are of what is missing, and hold ``until``
    then.
    """

    offer: Any
    terms: Terms
    filled: int = 0
    owned: tuple[int, ...] = ()
    until: datetime | None = None

    @property
    def id(self) -> int:
        """The offer's id."""
        return int(self.offer.pk)

    @property
    def completion(self) -> int | None:
        """The id of the offer that owners of parts complete it by; ``None`` if it is not completed."""
        found: int | None = self.offer.completed_by if self.offer.complete_within_days else None
        return found

    @property
    def key(self) -> tuple[int, bool]:
        """What tells the set from its completion."""
        return self.id, bool(self.owned)

    @property
    def places(self) -> list["Place"]:
        """Its slots, with their positions."""
        return [Place(self.id, position, slot.selection) for position, slot in enumerate(self.terms.slots)]


@dataclass(frozen=True, slots=True)
class Place:
    """A slot of an offer, by its position, and what fits it."""

    offer: int
    slot: int
    selection: Selection


def bundles_beside(products: Iterable[int]) -> list[Running]:
    """Find the bundles that any of these products takes part in; those that name one of them come first."""
    ids = list(products)
    named = OfferKey.objects.filter(offer=OuterRef("pk"), product__in=ids)
    offers = _running().touching(ids).annotate(named=Exists(named)).order_by("-named", "-lane", "-pk")
    return [Running(offer, from_json(offer.terms)) for offer in offers[:CONSIDERED]]


def bundles_begun(products: Iterable[int]) -> list[Running]:
    """Find the bundles that a basket of these products has a part of; what lacks the least comes first."""
    ids = list(products)
    filled = (
        OfferKey.objects.fitting(ids)
        .filter(offer=OuterRef("pk"))
        .order_by()
        .values("offer")
        .annotate(filled=Count("slot", distinct=True))
        .values("filled")
    )
    offers = (
        _running().touching(ids).annotate(filled=Subquery(filled)).order_by(F("slots") - F("filled"), "-lane", "pk")
    )
    return [Running(offer, from_json(offer.terms), offer.filled) for offer in offers[:CONSIDERED]]


def bundle_running(offer: int) -> Running | None:
    """Find a bundle by its id, if it is running."""
    found = _running().filter(pk=offer).first()
    return None if found is None else Running(found, from_json(found.terms))


def members(places: Iterable[Place], limit: int) -> dict[Place, list[int]]:
    """List the first products that fit each slot, best sellers first; one statement for all of them."""
    model = get_model("catalogue", "Product")._default_manager
    wanted = list(places)
    legs = [
        model.filter(pk__in=popular_first(fitting(place))[:limit].values("pk")).order_by().values_list(Value(n), "pk")
        for n, place in enumerate(wanted)
    ]
    found: dict[Place, list[int]] = {place: [] for place in wanted}
    if legs:
        for n, product in legs[0].union(*legs[1:], all=True).order_by():
            found[wanted[n]].append(product)
    return found


def fitting(place: Place) -> Any:
    """Query what fits a slot: public products of the sellable level, and variants that are meant by themselves."""
    products = get_model("catalogue", "Product").objects.public().exclude(parent__is_public=False)
    selection = place.selection
    if selection.without:
        # Spelled out, because "not in" of a parent that is missing would be neither true nor false.
        products = products.exclude(pk__in=selection.without).exclude(parent__in=selection.without)
    if selection.everything:
        return products.filter(parent__isnull=True)
    named = Q(pk__in=selection.products)
    wide = Q(product_class__in=selection.classes) if selection.classes else Q()
    if selection.categories:
        filed = get_model("catalogue", "ProductCategory")._default_manager.order_by()
        # The index has categories with all that is below them.
        keys = OfferKey.objects.filter(offer=place.offer, slot=place.slot, category__isnull=False)
        wide |= Q(pk__in=filed.filter(category__in=keys.values("category")).values("product"))
    return products.filter(named | (wide & Q(parent__isnull=True)) if wide else named)


def popular_first(products: Any) -> Any:
    """Order a query of products by how well they sell, as far as that is known."""
    live = LiveGeneration.objects.filter(pk=LiveGeneration.SINGLETON).values("generation")[:1]
    sold = Popularity.objects.filter(generation=live, product=OuterRef("pk"))
    return products.order_by(Subquery(sold.values("rank")[:1]).asc(nulls_last=True), "pk")


def variant_texts(products: Sequence[int]) -> dict[int, str]:
    """Say of each variant what tells it from the others, as its attributes have it, with one query (two at most)."""
    if not products:
        return {}
    values = (
        get_model("catalogue", "ProductAttributeValue")
        ._default_manager.filter(product__in=products)
        .select_related("attribute", "value_option")
        .prefetch_related("value_multi_option")
        .order_by("attribute__pk")
    )
    texts: dict[int, list[str]] = {}
    for value in values:
        texts.setdefault(value.product_id, []).append(str(value.value_as_text))
    return {product: ", ".join(found) for product, found in texts.items()}


def _running() -> Any:
    """Query the bundles that may still apply: their row of Oscar's is open, and no limit for all is used up."""
    open_rows = families.rows(Family.BUNDLE).filter(pk__in=get_model("offer", "ConditionalOffer").active.values("pk"))
    uses = OfferUsage.objects.filter(offer=OuterRef("pk"), customer="")
    spent = uses.filter(Q(used__gte=OuterRef("max_in_all")) | Q(spent__gte=OuterRef("budget")))
    return (
        Bundle.objects.active().filter(Exists(open_rows)).exclude(Exists(spent)).annotate(completed_by=F("completion"))
    )
