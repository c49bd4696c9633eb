"""Upgrade offers as an offer type: what a step costs less, and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

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
from upsell.offers.booking.credited import end_credits
from upsell.offers.serving.accepted import accepted_by, give_back, use_up
from upsell.offers.serving.owning import spend
from upsell.offers.serving.selections import any_of, of_product
from upsell.tiers.models.ladders import Tier
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.owners import Credits
from upsell.tiers.serving.owning import prices_of, read_credits


@dataclass(frozen=True, slots=True)
class _Known:
    """What was accepted, and what is owned, by offer."""

    accepted: Mapping[int, Personal] = field(default_factory=dict)
    owned: Mapping[int, Credits] = field(default_factory=dict)


class UpgradeType(PersonalOfferType):
    """Special prices for stepping up, and what owners of a lower step have credited."""

    family = Family.UPGRADE

    def terms_of(self, offer: Any) -> Terms:
        """State what the upgrade gives for which products. One whose step is gone gives nothing."""
        upgrade = UpgradeOffer.objects.select_related("to_tier").get(pk=offer.pk)
        if upgrade.kind == UpgradeOffer.Kind.OWNED:
            reward = Reward(RewardKind.OFF, Decimal(0))  # what it gives is what its owner paid
        else:
            reward = Reward(RewardKind(upgrade.reward_kind), upgrade.reward or Decimal(0))
        chosen = _chosen(upgrade)
        return Terms(Kind.UPGRADE, (Slot("add", chosen),) if chosen != Selection() else (), reward)

    def knowledge(self, candidates: Sequence[Candidate], asker: Asker, at: datetime) -> _Known:
        """Read what the shopper has accepted, and what a customer with an account owns."""
        ids = [candidate.id for candidate in candidates]
        owners = [candidate.id for candidate in candidates if _is_for_owners(candidate)]
        owned = read_credits(owners, user=asker.user, at=at) if owners and asker.user is not None else {}
        return _Known(accepted_by(asker, ids, at), owned)

    def personal(self, candidate: Candidate, known: Any, reading: Any) -> Personal | None:
        """Give what was accepted, or to owners what one unit of theirs is worth."""
        if _is_for_owners(candidate):
            owned: Credits | None = known.owned.get(candidate.id)
            return None if owned is None else owned.personal(prices_of(reading), reading.currency)
        found: Personal | None = known.accepted.get(candidate.id)
        return found

    def settle(self, candidate: Candidate, booked: Any) -> None:
        """Use up what was accepted, all of it, or spend the credit.

        Raises ``UnableToPlaceOrder`` if it is used already.
        """
        if any(source.amount for source in candidate.sources):
            spend(booked, candidate.sources)
        else:
            use_up(candidate, booked)

    def give_back(self, booked: Any) -> None:
        """Let what the order used be accepted again, if its time is not over, and end its credits."""
        end_credits(booked)
        give_back(booked)

    def left_alone(self, *, longer_than: int) -> Mapping[int, int]:
        """Read how long they are not offered again."""
        patient = UpgradeOffer.objects.filter(again_after_days__gt=longer_than)
        return dict(patient.values_list("pk", "again_after_days"))


def _is_for_owners(candidate: Candidate) -> bool:
    """Tell it by the terms: they give nothing until it is known who asks."""
    return candidate.terms.reward == Reward(RewardKind.OFF, Decimal(0))


def _chosen(upgrade: UpgradeOffer) -> Selection:
    """Say which products cost less: the step it leads to, or all above the first."""
    if upgrade.to_tier is not None:
        to, is_owned = upgrade.to_tier, upgrade.kind == UpgradeOffer.Kind.OWNED
        return of_product(to.family_id if is_owned and to.family_id else to.product_id)
    if upgrade.kind != UpgradeOffer.Kind.OWNED:
        return Selection()
    tiers = Tier.objects.filter(ladder=upgrade.ladder_id, family__isnull=False).order_by("position", "pk")
    return any_of([of_product(family) for family in list(tiers.values_list("family", flat=True))[1:]])
