"""Completing a set that is partly owned: what is missing of it, and what that costs whoever paid for the rest.

Amounts are whole minor units. ``docs/explanation/owning-and-credit.md`` says in words what is done here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from upsell.core.currencies import to_amount, to_minor
from upsell.core.money import percent_of, split
from upsell.offers.base import Kind, Personal, Reward, RewardKind, Selection, Slot, Terms
from upsell.offers.crediting import OwnedUnit
from upsell.offers.fitting import Facts, fits

FEWEST = 2
"""Units that a set needs, so that somebody can own a part of it."""

NOTHING = Reward(RewardKind.PERCENT, Decimal(0))


@dataclass(frozen=True, slots=True)
class Goods:
    """So many units of a product that a basket holds, and what one costs."""

    facts: Facts
    price: int
    units: int


@dataclass(frozen=True, slots=True)
class Started:
    """A set of which somebody owns some units: which, and the slots with what is missing of each."""

    owned: tuple[OwnedUnit, ...]
    missing: tuple[Slot, ...]

    @property
    def paid(self) -> int:
        """What was paid for what is owned."""
        return sum(unit.worth for unit in self.owned)


def stated(whole: Terms, within_days: int) -> Terms:
    """State that owners complete a set: its one slot is any part, and it gives nothing until it is known who asks.

    A set that has fewer than two units, or names more than products, is not completed: its terms have no slot.
    """
    slots = whole.slots
    named = frozenset().union(*(slot.selection.products for slot in slots))
    is_fit = (
        whole.kind == Kind.FIXED
        and sum(slot.units for slot in slots) >= FEWEST
        and all(slot.selection == Selection(products=slot.selection.products) for slot in slots)
    )
    parts = (Slot("any", Selection(products=named)),) if is_fit else ()
    return Terms(Kind.FIXED, parts, NOTHING, completes=whole, within_days=within_days)


def in_time(units: Iterable[OwnedUnit], terms: Terms, *, at: datetime, currency: str = "") -> list[OwnedUnit]:
    """List what counts for a set: paid for, not too long ago, and in this currency if one is given."""
    since = at - timedelta(days=terms.within_days or 0)
    return [unit for unit in units if unit.worth > 0 and unit.bought_at >= since and currency in ("", unit.currency)]


def started(slots: Sequence[Slot], units: Iterable[OwnedUnit]) -> list[Started]:
    """Deal what is owned out to sets, the dearest units first; sets that are owned whole are left out.

    Each unit is in one set at most.
    """
    by_slot: dict[str, list[OwnedUnit]] = {slot.name: [] for slot in slots}
    for unit in sorted(units, key=lambda unit: (-unit.worth, unit.line, unit.number)):
        place = next((slot.name for slot in slots if fits(slot.selection, Facts(unit.product, unit.family))), None)
        if place is not None:
            by_slot[place].append(unit)
    found = []
    while any(by_slot.values()):
        owned: list[OwnedUnit] = []
        missing: list[Slot] = []
        for slot in slots:
            dealt = by_slot[slot.name][: slot.units]
            del by_slot[slot.name][: slot.units]
            owned += dealt
            if len(dealt) < slot.units:
                missing.append(replace(slot, units=slot.units - len(dealt)))
        if missing:
            found.append(Started(tuple(owned), tuple(missing)))
    return found


def personal(terms: Terms, units: Iterable[OwnedUnit], goods: Sequence[Goods], *, currency: str) -> Personal | None:
    """State what completing a set gives for a basket with these goods; ``None`` if they complete none for less.

    Of several sets begun, the one that saves most. Another one goes with it if the same is missing of it, and the same
    was paid for the rest; what differs is for another order.
    """
    if terms.completes is None or terms.completes.reward is None:
        return None
    gains: list[tuple[int, Reward, Started]] = []
    for one in started(terms.completes.slots, units):
        prices = _prices(one.missing, goods)
        if prices is not None:
            reward, gain = _reward(terms.completes.reward, one, prices, currency)
            gains.append((gain, reward, one))
    most, reward, best = max(gains, key=lambda found: found[0], default=(0, NOTHING, Started((), ())))
    if most <= 0:
        return None
    alike = [one for _gain, its, one in gains if its == reward and one.missing == best.missing]
    alike = [one for one in alike if len(one.owned) == len(best.owned)]
    sources = tuple(unit.source for one in alike for unit in one.owned)
    first = min(unit.bought_at for one in alike for unit in one.owned)
    return Personal(
        grants=len(alike),
        sources=sources,
        terms=Terms(Kind.FIXED, best.missing, reward),
        ends_at=None if terms.within_days is None else first + timedelta(days=terms.within_days),
    )


def shares(discount: int, worths: Sequence[int]) -> list[int]:
    """Share among owned units what a discount takes of what they are worth, in proportion, and something of each.

    So each of them is credited, and none is credited twice. What it gives beyond their worth is a gift.
    """
    whole = min(discount, sum(worths))
    each = [1 if place < whole else 0 for place in range(len(worths))]
    rest = [worth - least for worth, least in zip(worths, each, strict=True)]
    return [least + more for least, more in zip(each, split(whole - sum(each), rest, rest), strict=True)]


def _prices(missing: Sequence[Slot], goods: Sequence[Goods]) -> list[int] | None:
    """List what the missing units cost, the cheapest that fit; ``None`` if there are too few."""
    found: list[int] = []
    for slot in missing:
        prices = sorted(
            price
            for one in goods
            if fits(slot.selection, one.facts)
            for price in [one.price] * min(one.units, slot.units)
        )
        if len(prices) < slot.units:
            return None
        found += prices[: slot.units]
    return found


def _reward(whole: Reward, one: Started, prices: Sequence[int], currency: str) -> tuple[Reward, int]:
    """Turn what the whole set gives into what its missing units get, and what that saves."""
    full = sum(prices)
    if whole.kind == RewardKind.PRICE:
        price = max(0, to_minor(whole.value, currency) - one.paid)
        return Reward(RewardKind.PRICE, to_amount(price, currency)), full - price
    if whole.kind == RewardKind.OFF:
        return whole, min(full, to_minor(whole.value, currency))
    percent = int(whole.value * 100)
    off = min(full, sum(percent_of(amount, percent) for amount in (*prices, *(unit.worth for unit in one.owned))))
    return Reward(RewardKind.OFF, to_amount(off, currency)), off
