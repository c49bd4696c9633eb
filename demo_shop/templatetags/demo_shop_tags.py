"""What the demo shop's templates say that Oscar's tags do not."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import gettext as _

from demo_shop.journal import Journal

register = template.Library()


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The prices at which a product with variants is sold, as the shop shows them."""

    lowest: Decimal
    highest: Decimal
    currency: str

    @property
    def varies(self) -> bool:
        """Whether it depends on the variant."""
        return self.lowest < self.highest


@register.simple_tag
def price_range(request: Any, product: Any) -> PriceRange | None:
    """Price every variant of a product that this shopper can buy; ``None`` if there is none."""
    offered = [request.strategy.fetch_for_product(child) for child in product.get_public_children()]
    prices = [info.price for info in offered if info.price.exists and info.availability.is_available_to_buy]
    if not prices:
        return None
    amounts = [price.incl_tax if price.is_tax_known else price.excl_tax for price in prices]
    return PriceRange(min(amounts), max(amounts), prices[0].currency)


@register.simple_tag
def shop_note() -> str:
    """Say truly what is demonstrated here: made-up people, or orders that were really placed once."""
    if _is_imported(settings.VAR_DIR):
        return _("A demonstration shop, made of orders that a wholesaler published; its pictures are drawn.")
    return _("A demonstration shop; people, orders and reviews are simulated.")


@lru_cache(maxsize=1)
def _is_imported(folder: Path) -> bool:
    return (Journal(folder).plan or {}).get("shop") == "imported"


@register.filter
def first_sentence(text: str) -> str:
    """Cut a text after its first full stop."""
    return re.split(r"(?<=[.。])\s", text.strip(), maxsplit=1)[0]
