"""Filling the shelf beside a basket: what was read is put in the order of the day, and the first that may stand, stand.

Two statements at most: one reads what the shelf may be filled from, one the products at its head with their prices and
stock of this moment; when nothing has changed, the second alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from upsell.bumps.boxes import PopShelf
from upsell.bumps.serving.shelf_reading import Found, Stocked, Terms, stocked
from upsell.bumps.shelf import Good, Season, StockRule, Why, arranged, cap, fit, obstacle, score
from upsell.conf import app_settings
from upsell.core.currencies import decimals_of, to_minor
from upsell.core.oscar import sellable_id
from upsell.recommendations.serving.cards import Card, Writer
from upsell.recommendations.serving.catalogue import Catalogue, payable
from upsell.recommendations.serving.page import Page
from upsell.recommendations.serving.pictures import pictures

LOOKED_AT = 16  # products at the head of the shelf that are read with price and stock of this moment
MOST_SEEDS = 50


@dataclass(frozen=True, slots=True)
class Occasion:
    """A basket as the shelf sees it: what it holds, and what it is worth in minor units of its currency."""

    held: tuple[int, ...]
    value: int
    currency: str
    cap: int

    @classmethod
    def of(cls, basket: Any, *, share: float | None = None, floor: Any = None) -> "Occasion | None":
        """Look at a basket; ``None`` if there is nothing in it."""
        lines = [] if basket is None or basket.id is None else list(basket.all_lines())
        if not lines:
            return None
        currency = str(lines[0].price_currency)
        value = basket.total_incl_tax if basket.is_tax_known else basket.total_excl_tax
        held = tuple(dict.fromkeys(sellable_id(line.product) for line in lines))
        return cls.worth(value, currency, held, share=share, floor=floor)

    @classmethod
    def worth(
        cls, value: Decimal, currency: str, held: tuple[int, ...], *, share: float | None = None, floor: Any = None
    ) -> "Occasion":
        """State what is in a basket and what it is worth."""
        least = app_settings.SHELF_PRICE_FLOOR.get(currency, 0) if floor is None else floor
        part = app_settings.SHELF_PRICE_SHARE if share is None else float(share)
        worth = max(to_minor(Decimal(value), currency), 0)
        return cls(held, worth, currency, cap(worth, part, to_minor(Decimal(str(least)), currency)))


@dataclass(frozen=True, slots=True)
class Candidate:
    """What became of a product that might stand on the shelf: ``why`` it does, or does not.

    ``item`` is the merchant's item that put it forward, ``None`` for what was learned. ``price`` is what it costs now,
    where that was looked up; ``begins`` is when an item that waits is to start (POSIX seconds).
    """

    good: Good
    why: Why
    item: int | None = None
    price: int | None = None
    score: float = 0.0
    title: str = ""
    begins: float | None = None


class Shelving:
    """Fills the shelf of one request."""

    def __init__(self, page: Page, occasion: Occasion) -> None:
        self.page = page
        self.occasion = occasion
        self.at = page.at
        self.day = day_of(page.at)
        self.catalogue: Catalogue = page.catalogue

    def shelf(self, size: int | None = None) -> PopShelf | None:
        """Choose what stands on the shelf; ``None`` if nothing does."""
        places = app_settings.SHELF_SIZE if size is None else min(int(size), LOOKED_AT)
        chosen = [candidate for candidate in self.candidates(places) if candidate.why == Why.SHOWN]
        if not chosen:
            return None
        self.page.shown |= {candidate.good.product for candidate in chosen}
        return PopShelf(id="upsell-pop-shelf", cards=self._cards(chosen))

    def candidates(self, places: int) -> list[Candidate]:
        """Say of everything that may be put on the shelf what becomes of it, the head of the shelf first."""
        occasion, known = self.occasion, self.catalogue.version
        seeds = occasion.held[-MOST_SEEDS:]
        found = self._read(seeds, known)
        order = self._order(found)
        self._load(found, order)
        if self.catalogue.version not in (None, found.version):
            # What was remembered is older than what has just come with the products.
            found = self._read(seeds, self.catalogue.version)
            order = self._order(found)
            self._load(found, order)
        rows = {row.product: row for row in found.found}
        seen: list[Candidate] = []
        left = places
        for good in order:
            candidate = self._judged(good, rows[good.product], found, left)
            left -= candidate.why == Why.SHOWN
            seen.append(candidate)
        return seen

    def beside_no_basket(self, good: Good, row: Found) -> Candidate:
        """Judge a product that was read, whatever it costs: as far as that can be said before there is a basket."""
        why = Why.EXCLUDED if row.is_excluded else None
        if why is None:
            why, good, _price = self._looked_at(good, any_price=True)
        return Candidate(good, why or Why.SHOWN, row.item, row.price, score(good, self.day))

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(self, seeds: Sequence[int], version: str | None) -> Stocked:
        occasion = self.occasion
        return stocked(
            seeds,
            currency=occasion.currency,
            dearest=occasion.cap,
            decimals=decimals_of(occasion.currency),
            at=self.at,
            version=version,
        )

    def _order(self, found: Stocked) -> list[Good]:
        strongest = max((row.affinity for row in found.found), default=0.0)
        return arranged((good_of(row, found.items, strongest) for row in found.found), self.day)

    def _load(self, found: Stocked, order: Iterable[Good]) -> None:
        """Read the products at the head of the shelf, as many as may be looked at."""
        rows = {row.product: row for row in found.found}
        hopeful = [good.product for good in order if not self._known_obstacle(good, rows[good.product], found)]
        for product in hopeful[:LOOKED_AT]:
            self.catalogue.facts.setdefault(product, rows[product].facts)
        # With what is in the basket, so that what is live is known even where nothing is left to be looked at.
        self.catalogue.load([*hopeful[:LOOKED_AT], *self.occasion.held[:1]])

    # --- judging ------------------------------------------------------------------------------------------------------

    def _known_obstacle(self, good: Good, row: Found, found: Stocked) -> Why | None:
        """Find what keeps a product from the shelf as far as that is known without reading it."""
        terms = found.items.get(row.item or 0)
        now = self.at.timestamp()
        if terms and terms.starts is not None and terms.starts > now:
            return Why.WAITING
        if terms and terms.ends is not None and terms.ends <= now:
            return Why.ENDED
        if good.product in self.occasion.held:
            return Why.IN_BASKET
        if row.is_excluded:
            return Why.EXCLUDED
        if good.product in self.page.shown:
            return Why.ELSEWHERE
        if why := obstacle(good, self.day):
            return why
        if row.price is not None and row.price > self.occasion.cap:
            return Why.DEAR
        return None

    def _judged(self, good: Good, row: Found, found: Stocked, left: int) -> Candidate:
        terms = found.items.get(row.item or 0)
        why = self._known_obstacle(good, row, found)
        price = row.price
        if why is None and left > 0 and self.catalogue.has_asked(good.product):
            why, good, price = self._looked_at(good)
            why = why or Why.SHOWN
        return Candidate(
            good,
            why or Why.FULL,
            row.item,
            price,
            score(good, self.day),
            begins=terms.starts if terms is not None else None,
        )

    def _looked_at(self, good: Good, *, any_price: bool = False) -> tuple[Why | None, Good, int | None]:
        """Look at price and stock of this moment."""
        catalogue, product = self.catalogue, good.product
        if not catalogue.knows(product):
            return Why.HIDDEN, good, None
        offered = catalogue.offered(product)
        if not offered.price.exists:
            return Why.NO_PRICE, good, None
        if not offered.availability.is_available_to_buy:
            return Why.UNAVAILABLE, good, None
        if offered.price.currency != self.occasion.currency:
            return Why.CURRENCY, good, None
        price = to_minor(payable(offered.price), self.occasion.currency)
        good = replace(good, stock=stock_of(catalogue.product(product)))
        if price > self.occasion.cap and not any_price:
            return Why.DEAR, good, price
        return obstacle(good, self.day), good, price

    def _cards(self, chosen: Sequence[Candidate]) -> list[Card]:
        names = {candidate.good.product: self.catalogue.image(candidate.good.product) for candidate in chosen}
        found, writer = pictures(names.values()), Writer(self.catalogue)
        return [writer.card(product, picture=found.get(name)) for product, name in names.items()]


def good_of(row: Found, items: Mapping[int, Terms], strongest: float) -> Good:
    """State a product that was read as the idea weighs it."""
    terms = items.get(row.item or 0)
    weighed = fit(row.affinity, strongest, row.rank)
    if terms is None:
        return Good(row.product, 0, weighed, None, StockRule.PROTECT, row.sales, row.stock)
    season = Season(terms.first, terms.last) if terms.first and terms.last else None
    return Good(row.product, terms.weight, weighed, season, StockRule(terms.rule), row.sales, row.stock)


def stock_of(product: Any) -> int | None:
    """Count what can be sold of a product and its variants; ``None`` where nobody counts."""
    if not product.get_product_class().track_stock:
        return None
    members = list(product.get_public_children()) if product.is_parent else [product]
    levels = [record.net_stock_level for member in members for record in member.stockrecords.all()]
    return sum(level or 0 for level in levels) if levels else None


def day_of(at: datetime) -> date:
    """Find the shop's day of a moment."""
    return timezone.localdate(at) if timezone.is_aware(at) else at.date()
