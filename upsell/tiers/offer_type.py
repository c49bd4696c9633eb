"""Upgrade offers as an offer type: what a step costs less, and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

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
    Source,
    Terms,
)
from upsell.offers.serving.selections import any_of, of_product
from upsell.tiers.models.ladders import Tier
from upsell.tiers.models.upgrades import UpgradeGrant, UpgradeOffer


@dataclass(frozen=True, slots=True)
class _Known:
    """What was accepted, by offer."""

    accepted: Mapping[int, Personal] = field(default_factory=dict)


class UpgradeType(PersonalOfferType):
    """Special prices for stepping up."""

    family = Family.UPGRADE

    def terms_of(self, offer: Any) -> Terms:
        """State what the upgrade gives for which products. One whose step is gone gives nothing."""
        upgrade = UpgradeOffer.objects.select_related("to_tier").get(pk=offer.pk)
        reward = Reward(RewardKind(upgrade.reward_kind), upgrade.reward or Decimal(0))
        chosen = _chosen(upgrade)
        return Terms(Kind.UPGRADE, (Slot("add", chosen),) if chosen != Selection() else (), reward)

    def knowledge(self, candidates: Sequence[Candidate], asker: Asker, at: datetime) -> _Known:
        """Read what the shopper has accepted."""
        ids = [candidate.id for candidate in candidates]
        accepted: dict[int, Personal] = {}
        for grant in UpgradeGrant.objects.of(asker).accepted(at).filter(offer__in=ids).order_by("pk"):
            before = accepted.get(grant.offer_id, Personal())
            ends = [moment for moment in (before.ends_at, grant.ends_at) if moment is not None]
            accepted[grant.offer_id] = Personal(
                grants=before.grants + grant.quantity,
                sources=(*before.sources, Source(grant.pk, grant.quantity)),
                ends_at=min(ends, default=None),
            )
        return _Known(accepted)

    def personal(self, candidate: Candidate, known: Any, reading: Any) -> Personal | None:
        """Give what was accepted."""
        found: Personal | None = known.accepted.get(candidate.id)
        return found

    def settle(self, candidate: Candidate, booked: Any) -> None:
        """Use up what was accepted. Raises ``UnableToPlaceOrder`` if it is used already, or over."""
        now = timezone.now()
        left = booked.applications
        for source in sorted(candidate.sources, key=lambda source: source.id):
            rows = UpgradeGrant.objects.filter(pk=source.id, state=UpgradeGrant.State.ACCEPTED)
            if rows.update(state=UpgradeGrant.State.USED, closed_at=now, order_offer=booked):
                left -= source.number
        if left > 0:
            raise get_class("order.exceptions", "UnableToPlaceOrder")(
                _("The special price of “%(offer)s” has been used already.") % {"offer": booked.name}
            )


def _chosen(upgrade: UpgradeOffer) -> Selection:
    """Say which products cost less: the step it leads to, or all above the first."""
    if upgrade.to_tier is not None:
        return of_product(upgrade.to_tier.product_id)
    if upgrade.kind != UpgradeOffer.Kind.OWNED:
        return Selection()
    tiers = Tier.objects.filter(ladder=upgrade.ladder_id).order_by("position", "pk")
    return any_of([of_product(product) for product in list(tiers.values_list("product", flat=True))[1:]])
