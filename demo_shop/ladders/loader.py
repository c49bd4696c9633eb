"""Sets up the demo shop's ladders as a merchant would: rows, and then activation by the same rules."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from oscar.core.loading import get_model

from demo_shop.catalogue.goods import read_goods
from upsell.models import Ladder, Tier, TierContent
from upsell.tiers.services import activate_ladder

FILE = Path(__file__).with_name("ladders.toml")
LANGUAGES = ("ja", "ko", "th")


@transaction.atomic
def load_ladders() -> None:
    """Write every ladder of the file, and activate it unless its status says otherwise."""
    for stated in tomllib.loads(FILE.read_text(encoding="utf-8"))["ladder"]:
        ladder = Ladder.objects.create(
            name=stated["name"],
            popular=stated.get("popular", Ladder.Popular.NONE),
            translations={code: {"name": stated[code]} for code in LANGUAGES if code in stated},
        )
        for position, step in enumerate(stated["step"], start=1):
            _write(ladder, position, step)
        if stated.get("status", "active") == "active":
            activate_ladder(ladder=ladder, user=None)


def _write(ladder: Ladder, position: int, step: Mapping[str, Any]) -> None:
    tier = Tier.objects.create(
        ladder=ladder,
        position=position,
        product=product_of(step["sku"]),
        level=step["level"],
        highlights="\n".join(step.get("highlights", ())),
        translations={code: _texts(step[code]) for code in LANGUAGES if code in step},
        is_popular=step.get("is_popular", False),
    )
    for sku, units in step.get("includes", ()):
        TierContent.objects.create(tier=tier, product=product_of(sku), units=units)


def _texts(stated: Mapping[str, Any]) -> dict[str, str]:
    return {"level": stated["level"], "highlights": "\n".join(stated.get("highlights", ()))}


def product_of(sku: str) -> Any:
    """Find a product of our goods; one with variants has no stock record that could bear its SKU."""
    return get_model("catalogue", "Product").objects.get(title=_titles()[sku], parent=None)


@cache
def _titles() -> Mapping[str, str]:
    return {product.sku: product.title for department in read_goods().departments for product in department.products}
