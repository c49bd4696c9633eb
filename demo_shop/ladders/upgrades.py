"""Sets up the demo shop's upgrade offers as a merchant would: rows, their terms, and then activation."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from demo_shop.ladders.loader import LANGUAGES, product_of
from upsell.models import Ladder, Tier, UpgradeOffer
from upsell.offers.serving.index import save_terms
from upsell.tiers.services import activate_upgrade

FILE = Path(__file__).with_name("upgrades.toml")
COPIED = ("name", "text", "kind", "audience", "window_minutes", "max_per_customer", "within_days", "on_product")


@transaction.atomic
def load_upgrades() -> None:
    """Write every upgrade offer of the file, and activate it."""
    for stated in tomllib.loads(FILE.read_text(encoding="utf-8"))["upgrade"]:
        ladder = Ladder.objects.get(name=stated["ladder"])
        offer = UpgradeOffer.objects.create(ladder=ladder, status=UpgradeOffer.Status.DRAFT, **_fields(ladder, stated))
        save_terms(offer)
        activate_upgrade(upgradeoffer=offer, user=None)


def _fields(ladder: Ladder, stated: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: stated[name] for name in COPIED if name in stated}
    fields |= {f"{end}_tier": _tier(ladder, stated[end]) for end in ("from", "to") if end in stated}
    for kind in UpgradeOffer.RewardKind:
        if kind.value in stated:
            fields |= {"reward_kind": kind, "reward": Decimal(stated[kind.value])}
            if kind != UpgradeOffer.RewardKind.PERCENT:
                fields["currency"] = settings.OSCAR_DEFAULT_CURRENCY
    if "ends_in_days" in stated:
        fields["ends_at"] = _midnight_after(stated["ends_in_days"])
    return fields | {"translations": {code: stated[code] for code in LANGUAGES if code in stated}}


def _midnight_after(days: int) -> datetime:
    """Find the midnight, on the shop's clock, with which a day so many days ahead ends."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=days + 1)


def _tier(ladder: Ladder, sku: str) -> Tier:
    return Tier.objects.get(ladder=ladder, product=product_of(sku))
