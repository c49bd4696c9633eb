"""Fills the demo shop's shelf beside the basket as a merchant would."""

import tomllib
from pathlib import Path

from django.db import transaction

from demo_shop.ladders.loader import product_of
from upsell.models import ShelfItem

FILE = Path(__file__).with_name("shelf.toml")


@transaction.atomic
def load_shelf() -> None:
    """Write every item of the file."""
    for stated in tomllib.loads(FILE.read_text(encoding="utf-8"))["item"]:
        first, last = (_month_day(end) for end in stated.get("season", ("", "")))
        ShelfItem.objects.create(
            product=product_of(stated["sku"]),
            weight=stated["weight"],
            season_from=first,
            season_until=last,
            stock_rule=stated.get("stock", ShelfItem.Stock.PROTECT),
            note=stated.get("note", ""),
        )


def _month_day(text: str) -> int | None:
    return int(text.replace("-", "")) if text else None
