"""Bumps as an offer type: when an extra may be had, for how much, and by whom it was accepted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from upsell.bumps.models.bumps import Bump
from upsell.bumps.serving.rules import added_by, rule_of
from upsell.offers import eligibility
from upsell.offers.base import (
    Asker,
    Candidate,
    Family,
    Kind,
    Personal,
    PersonalOfferType,
    Reward,
    RewardKind,
    Selection,
    Slot,
    Terms,
)
from upsell.offers.serving.accepted import accepted_by, give_back, use_up
from upsell.offers.serving.selections import written_out

NOTHING_OFF = Reward(RewardKind.PERCENT, Decimal(0))


class BumpType(PersonalOfferType):
    """One more thing at the till: for whoever accepted it, while the basket calls for it."""

    family = Family.BUMP

    def terms_of(self, offer: Any) -> Terms:
        """State what calls for the extra, which products it may be, and what they cost less.

        One without conditions is called for by anything but itself. One whose product is gone gives nothing.
        """
        bump = Bump.objects.with_parts().get(pk=offer.pk)
        rule = rule_of(bump.requirements.all(), currency=bump.currency)
        added = added_by(bump)
        if added == Selection():
            return Terms(Kind.BUMP, (), NOTHING_OFF, when=rule)
        named = eligibility.trigger(rule)
        calls, units = named or (Selection(everything=True, without=written_out(added)), 1)
        is_priced = bump.reward_kind != Bump.RewardKind.NONE and bump.reward is not None
        reward = Reward(RewardKind(bump.reward_kind), bump.reward) if is_priced else NOTHING_OFF
        slots = (Slot("trigger", calls, units), Slot("add", added))
        return Terms(Kind.BUMP, slots, reward, per_trigger=bump.per_trigger, when=rule)

    def concerned(self, *, ranges: Collection[int] = (), filing: bool = False) -> Collection[int]:
        """List the bumps that speak of these ranges; with ``filing``, those that name what is filed one by one."""
        speaks = Q(range__in=ranges) | Q(requirements__range__in=ranges)
        if filing:
            speaks |= Q(range__included_categories__isnull=False)
            for range_ in ("range", "requirements__range"):
                speaks |= Q(**{f"{range_}__proxy_class__isnull": False})
                speaks |= Q(
                    **{f"{range_}__includes_all_products": True, f"{range_}__excluded_categories__isnull": False}
                )
        return set(Bump.objects.filter(speaks).values_list("pk", flat=True))

    def knowledge(self, candidates: Sequence[Candidate], asker: Asker, at: datetime) -> Mapping[int, Personal]:
        """Read what the shopper has accepted."""
        return accepted_by(asker, [candidate.id for candidate in candidates], at)

    def personal(self, candidate: Candidate, known: Any, reading: Any) -> Personal | None:
        """Give what was accepted."""
        found: Personal | None = known.get(candidate.id)
        return found

    def settle(self, candidate: Candidate, booked: Any) -> None:
        """Use up what was accepted. Raises ``UnableToPlaceOrder`` if it is used already."""
        use_up(candidate, booked)

    def give_back(self, booked: Any) -> None:
        """Let what the order used be accepted again."""
        give_back(booked)

    def left_alone(self, *, longer_than: int) -> Mapping[int, int]:
        """Read how long they are not offered again."""
        patient = Bump.objects.filter(again_after_days__gt=longer_than)
        return dict(patient.values_list("pk", "again_after_days"))
