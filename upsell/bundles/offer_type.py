"""Bundles as an offer type: from a bundle's parts to its terms."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q

from upsell.bundles.models import Bundle, BundleBreak, BundlePart
from upsell.offers.base import Family, Kind, OfferType, Reward, RewardKind, Selection, Slot, Terms
from upsell.offers.serving.selections import any_of, of_category, of_product, of_range


class BundleType(OfferType):
    """Fixed sets, mix-and-match, quantity breaks and buy-X-get-Y."""

    family = Family.BUNDLE

    def terms_of(self, offer: Any) -> Terms:
        """State what the bundle takes and gives. One that is not finished yet takes or gives nothing."""
        bundle = Bundle.objects.get(pk=offer.pk)  # the instance at hand may be older than its row
        parts = list(BundlePart.objects.filter(bundle=bundle.pk).select_related("range"))
        reward = Reward(RewardKind(bundle.reward_kind), bundle.reward or Decimal(0))
        match Kind(bundle.kind):
            case Kind.FIXED:
                return Terms(Kind.FIXED, _pieces(parts), reward)
            case Kind.MIX:
                return Terms(Kind.MIX, (Slot("any", _chosen(parts), bundle.units),), reward)
            case Kind.BREAKS:
                breaks = BundleBreak.objects.filter(bundle=bundle.pk).order_by("minimum")
                return Terms(
                    Kind.BREAKS,
                    (Slot("any", _chosen(parts), 0),),
                    breaks=tuple(breaks.values_list("minimum", "percent")),
                    max_units=bundle.max_units,
                )
            case Kind.BOGO:
                got = BundlePart.Role.GET if any(part.role == BundlePart.Role.GET for part in parts) else None
                return Terms(
                    Kind.BOGO,
                    (
                        Slot("buy", _chosen(parts), bundle.units),
                        Slot("get", _chosen(parts, got or BundlePart.Role.TAKE), bundle.got_units),
                    ),
                    reward,
                    cheaper=bundle.cheaper,
                )
            case kind:
                raise ValueError(f"A bundle cannot be of kind {kind.value}.")

    def concerned(self, *, ranges: Collection[int] = (), filing: bool = False) -> Collection[int]:
        """List the bundles about one of the ranges, and those that name what is filed product by product."""
        about = Q(range__in=ranges)
        if filing:
            about |= Q(range__proxy_class__isnull=False)
            about |= Q(range__includes_all_products=True, range__excluded_categories__isnull=False)
            about |= Q(role=BundlePart.Role.EXCEPT) & (Q(category__isnull=False) | Q(range__isnull=False))
        return set(BundlePart.objects.filter(about).values_list("bundle", flat=True))


def _pieces(parts: Sequence[BundlePart]) -> tuple[Slot, ...]:
    """Give each part a place of its own; parts about the same thing are one."""
    units: dict[str, int] = {}
    chosen: dict[str, Selection] = {}
    without = [_selection(part) for part in parts if part.role == BundlePart.Role.EXCEPT]
    for part in parts:
        if part.role == BundlePart.Role.TAKE:
            name = _place(part)
            units[name] = units.get(name, 0) + part.quantity
            chosen[name] = any_of([_selection(part)], without=without)
    return tuple(Slot(name, chosen[name], units[name]) for name in units)


def _place(part: BundlePart) -> str:
    if part.product_id is not None:
        return f"c:{part.product_id}"
    return f"c:category-{part.category_id}" if part.category_id is not None else f"c:range-{part.range_id}"


def _chosen(parts: Sequence[BundlePart], role: str = BundlePart.Role.TAKE) -> Selection:
    return any_of(
        [_selection(part) for part in parts if part.role == role],
        without=[_selection(part) for part in parts if part.role == BundlePart.Role.EXCEPT],
    )


def _selection(part: BundlePart) -> Selection:
    if part.product_id is not None:
        return of_product(part.product_id)
    return of_category(part.category_id) if part.category_id is not None else of_range(part.range)
