"""The planted truth of the simulated orders: what a recommender that learns from them must find again.

Everything a shopper of the model wants, feels or avoids is stated here or in ``complements.toml``; chance adds the
rest. The formulas are in ``docs/explanation/simulated-shoppers.md``.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from demo_shop.catalogue.goods import Goods

STRONG = 0.42
"""Chance that a shopper who buys a product also takes each of its strong complements."""

SOME = 0.16
"""The same for each of its weaker complements."""

PRESENT = 0.01
"""Chance that an order may hold two products of one role, such as a present."""

SEASONS: Mapping[str, tuple[float, ...]] = {
    # Department: how much more (or less) it sells from January to December.
    "Cameras": (0.8, 0.8, 0.9, 1.0, 1.2, 1.3, 1.2, 1.0, 0.9, 0.9, 1.2, 1.5),
    "Coffee": (1.1, 1.0, 1.0, 0.9, 0.9, 0.8, 0.8, 0.8, 1.0, 1.1, 1.3, 1.6),
    "Cycling": (0.6, 0.7, 1.1, 1.4, 1.5, 1.5, 1.3, 1.2, 1.1, 0.9, 0.7, 0.7),
    "Desk": (1.4, 1.1, 1.0, 0.9, 0.8, 0.8, 0.8, 1.0, 1.4, 1.2, 1.1, 0.9),
}

PRODUCT_SEASONS: Mapping[str, tuple[float, ...]] = {
    # Product: the same, on top of its department's.
    "windell-winter-gloves": (2.0, 1.6, 0.8, 0.2, 0.1, 0.1, 0.1, 0.1, 0.6, 2.0, 2.6, 2.6),
    "windell-gloves": (0.2, 0.3, 0.8, 1.3, 1.6, 1.6, 1.6, 1.4, 1.0, 0.5, 0.2, 0.2),
    "windell-rain-jacket": (1.2, 1.1, 1.0, 1.0, 0.7, 0.5, 0.5, 0.8, 1.3, 1.7, 1.6, 1.2),
    "lumick-900": (1.6, 1.3, 0.8, 0.4, 0.3, 0.2, 0.3, 0.6, 1.2, 1.8, 2.0, 1.9),
    "lumick-400": (1.5, 1.2, 0.8, 0.5, 0.4, 0.3, 0.4, 0.7, 1.2, 1.7, 1.8, 1.7),
    "conelli-cold": (0.2, 0.2, 0.4, 0.8, 1.5, 2.2, 2.4, 2.0, 1.0, 0.4, 0.2, 0.2),
    "papermoor-planner": (2.2, 1.2, 0.8, 0.7, 0.7, 0.7, 0.7, 1.2, 1.6, 1.0, 1.0, 1.8),
}

RISING: Mapping[str, float] = {
    # Product: its share of its department's orders in the last RISING_DAYS days, on top of what it sold before.
    "lumarra-pocket-4": 0.25,
    "conelli-travel-press": 0.20,
    "panniro-roll": 0.22,
    "palmglide-vertical": 0.20,
}
RISING_DAYS = 28

FADING: Mapping[str, float] = {"lumick-blink": 0.3, "tindle-wand": 0.25, "plugfold-pad": 0.3}
"""Product: what is left of its sales in the last ``FADING_DAYS`` days."""
FADING_DAYS = 120

LAUNCHED: Mapping[str, int] = {"glimmet-desk-pro": 75, "kestrix-trek": 90, "tindle-filter-pro": 110}
"""Product: how many days before the end it came into the shop; nobody bought it earlier."""

NEVER_SOLD = frozenset({"tristow-leather-strap", "potterdale-planter", "panniro-basket", "fennimoor-gayo"})
"""New in the shop: no order holds them, so only likeness can recommend them."""


class Complement(NamedTuple):
    """Who buys ``product`` also takes ``companion``, with this chance."""

    product: str
    companion: str
    chance: float


@cache
def complements() -> tuple[Complement, ...]:
    """List every planted complement that was on sale, each product's strongest first."""
    data = tomllib.loads(Path(__file__).with_name("complements.toml").read_text(encoding="utf-8"))
    return tuple(
        Complement(product, companion, chance)
        for product, lists in data.items()
        for key, chance in (("strong", STRONG), ("some", SOME))
        for companion in lists.get(key, ())
        if not {product, companion} & NEVER_SOLD
    )


def strong_complements() -> tuple[Complement, ...]:
    """List the complements that a recommender must put among a product's first five."""
    return tuple(complement for complement in complements() if complement.chance == STRONG)


def substitutes(goods: Goods) -> frozenset[frozenset[str]]:
    """List the pairs of products of which a shopper needs one: those of one role."""
    roles: dict[str, list[str]] = {}
    for product in goods:
        if product.role is not None:
            roles.setdefault(product.role, []).append(product.sku)
    return frozenset(frozenset(pair) for skus in roles.values() for pair in combinations(skus, 2))
