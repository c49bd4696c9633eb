"""Bundles as offer types: from a bundle's parts to its terms, and to what owners of some of them get."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Q

from upsell.bundles import completing
from upsell.bundles.models import Bundle, BundleBreak, BundlePart, SetCompletion
from upsell.bundles.serving.following import bring_along
from upsell.bundles.serving.owning import Owned, goods_of, owned_of
from upsell.core.currencies import to_amount, to_minor
from upsell.offers.base import (
    Asker,
    Candidate,
    Family,
    Kind,
    OfferType,
    Personal,
    PersonalOfferType,
    Reward,
    RewardKind,
    Selection,
    Slot,
    Terms,
)
from upsell.offers.booking.credited import end_credits
from upsell.offers.serving.owning import spend
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

    def bring_along(self, offers: Collection[int]) -> None:
        """Let what owners get follow."""
        bring_along(offers)

    def followers(self, offers: Collection[int]) -> Mapping[int, int]:
        """Name the completions of these sets."""
        return dict(SetCompletion.objects.filter(whole__in=offers).values_list("pk", "whole"))

    def concerned(self, *, ranges: Collection[int] = (), filing: bool = False) -> Collection[int]:
        """List the bundles about one of the ranges, and those that name what is filed product by product."""
        about = Q(range__in=ranges)
        if filing:
            about |= Q(range__proxy_class__isnull=False)
            about |= Q(range__includes_all_products=True, range__excluded_categories__isnull=False)
            about |= Q(role=BundlePart.Role.EXCEPT) & (Q(category__isnull=False) | Q(range__isnull=False))
        return set(BundlePart.objects.filter(about).values_list("bundle", flat=True))


class CompletionType(PersonalOfferType):
    """What owners of parts of a fixed set get for the rest."""

    family = Family.BUNDLE
    is_follower = True

    def terms_of(self, offer: Any) -> Terms:
        """State that any part of the set may earn something, and what the set gives."""
        bundle = SetCompletion.objects.select_related("whole").get(pk=offer.pk).whole
        return completing.stated(BundleType().terms_of(bundle), bundle.complete_within_days or 0)

    def knowledge(self, candidates: Sequence[Candidate], asker: Asker, at: datetime) -> Owned:
        """Read what a customer with an account owns of all these sets."""
        return owned_of([candidate.terms for candidate in candidates], asker=asker, at=at)

    def personal(self, candidate: Candidate, known: Any, reading: Any) -> Personal | None:
        """Give what is missing of a set at its price."""
        owned: Owned = known
        units = completing.in_time(owned.units, candidate.terms, currency=reading.currency, at=owned.at)
        return completing.personal(candidate.terms, units, goods_of(reading), currency=reading.currency)

    def settle(self, candidate: Candidate, booked: Any) -> None:
        """Spend a share of each unit that was owned. Raises ``UnableToPlaceOrder`` if one is credited already."""
        each = len(candidate.sources) // max(1, candidate.grants)
        sources = candidate.sources[: each * booked.applications]
        minor = partial(to_minor, currency=booked.currency)
        amounts = completing.shares(minor(booked.amount), [minor(source.amount) for source in sources])
        spend(
            booked,
            [
                replace(source, amount=to_amount(amount, booked.currency))
                for source, amount in zip(sources, amounts, strict=True)
            ],
        )

    def give_back(self, booked: Any) -> None:
        """Let what was owned count again."""
        end_credits(booked)


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
