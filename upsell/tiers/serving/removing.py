"""Removing ladders and their upgrade offers, where nothing else stands on them."""

from typing import Any

from django.contrib.admin.models import DELETION
from django.db import transaction
from django.utils.translation import gettext as _

from upsell.core.services import NotDoneError
from upsell.offers.services import delete_offer
from upsell.offers.serving.record import write_down
from upsell.recommendations.services import bump_version
from upsell.tiers.models.ladders import Ladder
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.services import lock_ladder


@transaction.atomic
def delete_ladder(*, ladder: Ladder, user: Any) -> None:
    """Remove a ladder without upgrade offers, on the record; raises NotDoneError for any other."""
    lock_ladder(ladder)
    if UpgradeOffer.objects.filter(ladder=ladder.pk).exists():
        raise NotDoneError(
            _("“%(name)s” has upgrade offers. Delete those first, or end the ladder instead.") % {"name": ladder.name}
        )
    write_down([ladder], DELETION, "", user)
    ladder.delete()
    bump_version()


@transaction.atomic
def delete_upgrade(*, upgradeoffer: UpgradeOffer, user: Any) -> None:
    """Remove an upgrade offer that no order was given, on the record; raises NotDoneError for any other."""
    delete_offer(offer=upgradeoffer, user=user)
    bump_version()
