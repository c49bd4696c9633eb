"""Why a running bump is shown to nobody today, and what in it a merchant should look at again.

Judged without a basket, at today's prices. What hangs on a shopper or a basket is told where a bump is tried out.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from upsell.bumps.choosing import cap
from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.bumps.serving.bump_reading import facts_of
from upsell.bumps.serving.judging import draft_of
from upsell.bumps.serving.relevance import first_options
from upsell.bumps.serving.rules import rule_of
from upsell.bumps.serving.sentences import PLACES
from upsell.bumps.soundness import can_never_be
from upsell.conf import app_settings
from upsell.core.currencies import to_amount, to_minor
from upsell.offers.base import Family
from upsell.offers.reports import limit_reached, why_switched_off
from upsell.offers.serving.candidates import Found
from upsell.offers.serving.reading import read_items
from upsell.offers.serving.solving import problem_of
from upsell.offers.serving.texts import amount_text
from upsell.offers.soundness import price_after
from upsell.recommendations.serving.catalogue import Catalogue, payable

Kind = BumpRequirement.Kind
ABOUT_THINGS = (Kind.CONTAINS, Kind.OWNED)


class Obstacles:
    """Several bumps, looked at with as many queries as one; those of a range cost a query for every few of them."""

    def __init__(self, bumps: Iterable[Bump], catalogue: Catalogue) -> None:
        """Read what they add; pass them ``with_parts`` and ``with_usage``."""
        self.catalogue = catalogue
        listed = list(bumps)
        self.switched_off = why_switched_off(Family.BUMP) if listed else ""
        self.goods = _goods(listed)
        wanted = {product for products in self.goods.values() for product in products}
        if wanted:
            catalogue.load(wanted)
            catalogue.learn_facts(wanted, ())

    def of(self, bump: Bump) -> str:
        """Name the first thing that a merchant would mend; empty if nothing is in the way."""
        return (
            self._of_shop()
            or self._of_rule(bump)
            or self._of_goods(bump)
            or limit_reached(bump)
            or self._of_price(bump)
        )

    def _of_shop(self) -> str:
        if not app_settings.ENABLED:
            return _("all widgets are switched off (UPSELL_ENABLED).")
        if app_settings.BUMPS_PER_PLACEMENT < 1:
            return _("no place has room for extras (UPSELL_BUMPS_PER_PLACEMENT).")
        return self.switched_off

    def _of_rule(self, bump: Bump) -> str:
        if not any(getattr(bump, name) for name in PLACES.values()):
            return _("no place is ticked where it may be shown.")
        rows = list(bump.requirements.all())
        try:
            never = can_never_be(draft_of(bump), rule_of(rows, currency=bump.currency))
        except (ValueError, TypeError):
            return _("its conditions cannot be read. Open it and save it.")
        if never and any(_has_lost_its_thing(row) for row in rows):
            return _("what one of its conditions asks for is gone. Open it, and choose something else or remove it.")
        return _("no basket and no customer can meet its conditions. Open it and change them.") if never else ""

    def _of_goods(self, bump: Bump) -> str:
        if bump.product_id is None and bump.range_id is None:
            return _("it has nothing to add any more. Open it and choose a product.")
        products = self.goods.get(bump.pk, ())
        reasons = [self.why_not(product, bump) for product in products]
        if not reasons:
            return _("its range has nothing that could be added.")
        if not all(reasons):
            return ""
        if bump.product_id is not None:
            return reasons[0]
        return _("nothing of its range can be added: %(why)s") % {"why": reasons[0]}

    def why_not(self, product: int, bump: Bump) -> str:
        """Say why a product cannot be added with one press; empty if it can."""
        catalogue = self.catalogue
        if not catalogue.knows(product):
            title = bump.product.get_title() if bump.product is not None else f"#{product}"
            return _("“%(name)s” is hidden from shoppers.") % {"name": title}
        name = {"name": catalogue.title(product)}
        if catalogue.product(product).is_parent:
            return _("“%(name)s” has variants. Choose one of them.") % name
        if catalogue.has_options(product):
            return _("of “%(name)s” options have to be chosen, and one press cannot do that.") % name
        offered = catalogue.offered(product)
        if not offered.price.exists:
            return _("“%(name)s” has no price.") % name
        if bump.currency and offered.price.currency != bump.currency:
            told = {**name, "found": offered.price.currency, "currency": bump.currency}
            return _("“%(name)s” is priced in %(found)s, and this is for baskets in %(currency)s.") % told
        if not offered.availability.is_available_to_buy:
            return _("“%(name)s” is out of stock.") % name
        return ""

    def _of_price(self, bump: Bump) -> str:
        """Compare what it would cost with what fits the baskets that it is for, and with what it was promised for."""
        prices = [self._prices(product, bump) for product in self._addable(bump)]
        if not prices:
            return ""
        most = _most_that_fits(bump)
        if most is not None and min(after for _price, after in prices) > most:
            told = {"price": amount_text(min(after for _price, after in prices), bump.currency)}
            return _("it costs %(price)s, more than fits any basket that its conditions admit.") % told
        gives = bump.reward_kind == Bump.RewardKind.NONE or any(after < price for price, after in prices)
        if not gives and bump.localised("headline"):
            return _("its reward takes nothing off today's price, and its headline may promise that. Change one.")
        return ""

    def _addable(self, bump: Bump) -> list[int]:
        return [product for product in self.goods.get(bump.pk, ()) if not self.why_not(product, bump)]

    def _prices(self, product: int, bump: Bump) -> tuple[Decimal, Decimal]:
        """Today's price of a unit, and what is left of it; price floors are looked at in ``advice``."""
        price = self.catalogue.offered(product).price
        now = payable(price)
        if bump.reward_kind == Bump.RewardKind.NONE or bump.reward is None:
            return now, now
        minor = to_minor(now, price.currency)
        left = price_after(minor, reward_kind=bump.reward_kind, reward=bump.reward, currency=price.currency)
        return now, to_amount(left, price.currency)

    def advice(self, bump: Bump) -> list[str]:
        """List what a merchant should look at again although it is shown; each sentence ends with the cure."""
        told = []
        for product in self.goods.get(bump.pk, ()):
            reason = self.why_not(product, bump)
            if reason and bump.product_id is None:
                told.append(_("%(why)s Mend that, or take it out of the range.") % {"why": reason})
        if bump.reward is None or bump.reward_kind == Bump.RewardKind.NONE:
            return told
        for product in self._addable(bump):
            told += self._advice_of_price(product, bump)
        return told

    def _advice_of_price(self, product: int, bump: Bump) -> list[str]:
        price, after = self._prices(product, bump)
        currency = str(self.catalogue.offered(product).price.currency)
        name = {"name": self.catalogue.title(product), "price": amount_text(price, currency)}
        if after >= price:
            return [_("“%(name)s” costs %(price)s today, so nobody gains anything by it. Give a better price.") % name]
        if not after and not bump.is_free:
            return [_("“%(name)s” costs %(price)s today, and would cost nothing. Give less, or confirm it.") % name]
        floor = self._floor(product)
        if floor is not None and after < floor:
            name |= {"after": amount_text(after, currency), "least": amount_text(floor, currency)}
            return [
                _("“%(name)s” would cost %(after)s, and its price floor is %(least)s. Give less, or lower it.") % name
            ]
        return []

    def _floor(self, product: int) -> Decimal | None:
        reading = read_items([(self.catalogue.product(product), 1)], self.catalogue.strategy)
        if reading is None:
            return None
        (line,) = problem_of(reading, Found(has_floors=True)).lines
        return to_amount(line.floor, reading.currency) if line.floor else None


def _goods(bumps: Sequence[Bump]) -> Mapping[int, Sequence[int]]:
    """List what each may add: its product, or a few of its range."""
    found: dict[int, Sequence[int]] = {bump.pk: (bump.product_id,) for bump in bumps if bump.product_id is not None}
    of_ranges = [bump.pk for bump in bumps if bump.product_id is None and bump.range_id is not None]
    if of_ranges:
        options = first_options(list(facts_of(of_ranges, request=None).values()))
        found |= {key: [option.product for option in some] for key, some in options.items()}
    return found


def _has_lost_its_thing(row: Any) -> bool:
    return row.kind in ABOUT_THINGS and not any((row.product_id, row.category_id, row.range_id))


def _most_that_fits(bump: Bump) -> Decimal | None:
    """Find the most that an extra may cost beside the dearest basket that the conditions admit; ``None`` for any."""
    lines: dict[int, list[Any]] = {}
    for row in bump.requirements.all():
        lines.setdefault(row.group, []).append(row)
    bounds = [
        line[0].most
        for line in lines.values()
        if len(line) == 1 and line[0].kind == Kind.WORTH and not line[0].negated and line[0].most is not None
    ]
    if not bounds or not bump.currency:
        return None
    floor = Decimal(str(app_settings.SHELF_PRICE_FLOOR.get(bump.currency, 0)))
    value, least = (to_minor(amount, bump.currency) for amount in (min(bounds), floor))
    most = cap(value, app_settings.BUMP_PRICE_SHARE, least)
    return None if most is None else to_amount(most, bump.currency)
