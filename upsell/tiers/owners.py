"""What the owner of a lower step has credited when stepping up: which unit, and for which steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from upsell.offers.base import Kind, Personal, Reward, RewardKind, Selection, Slot, Terms
from upsell.offers.crediting import OwnedUnit


@dataclass(frozen=True, slots=True)
class OwnersOffer:
    """That owners of a lower step pay the difference.

    ``steps`` are the families of a ladder, the simplest first. ``from_family`` and ``to_family`` narrow down what may
    be owned and what is stepped up to; ``within_days`` when it may have been bought.
    """

    id: int
    steps: tuple[int, ...]
    from_family: int | None = None
    to_family: int | None = None
    within_days: int | None = None

    def since(self, at: datetime) -> datetime | None:
        """Return the first moment at which it may have been bought; ``None`` if at any."""
        return None if self.within_days is None else at - timedelta(days=self.within_days)

    def above(self, family: int) -> tuple[int, ...]:
        """List the families that the owner of one steps up to for the difference."""
        if family not in self.steps or self.from_family not in (None, family):
            return ()
        higher = self.steps[self.steps.index(family) + 1 :]
        return tuple(step for step in higher if self.to_family in (None, step))

    @property
    def lower(self) -> frozenset[int]:
        """The families of which owning a unit may count."""
        return frozenset(family for family in self.steps if self.above(family))


@dataclass(frozen=True, slots=True)
class Credits:
    """What a customer owns that an offer counts, as of a moment."""

    offer: OwnersOffer
    at: datetime
    units: tuple[OwnedUnit, ...] = field(default_factory=tuple)

    def best(self, prices: Mapping[int, int], currency: str) -> OwnedUnit | None:
        """Choose the unit that takes most off one of these families, by what they cost; ``None`` if none does.

        Of those that take as much, the one that is worth least, so that nothing is used up that is not needed; of
        those alike, the one bought first.
        """
        since = self.offer.since(self.at)
        gains: list[tuple[int, int, int, int, OwnedUnit]] = []
        for unit in self.units:
            dearest = max((prices[family] for family in self.offer.above(unit.family) if family in prices), default=0)
            is_in_time = since is None or unit.bought_at >= since
            if dearest > 0 and unit.worth > 0 and unit.currency == currency and is_in_time:
                gains.append((-min(unit.worth, dearest), unit.worth, unit.line, unit.number, unit))
        return min(gains, key=lambda gain: gain[:4])[4] if gains else None

    def until(self, unit: OwnedUnit) -> datetime | None:
        """Return when the unit does not count any more; ``None`` if it always will."""
        days = self.offer.within_days
        return None if days is None else unit.bought_at + timedelta(days=days)

    def personal(self, prices: Mapping[int, int], currency: str) -> Personal | None:
        """State what the offer gives for a basket with these families: what one unit is worth, off one unit above it.

        ``prices`` are what a unit of each family costs, in minor units of ``currency``.
        """
        unit = self.best(prices, currency)
        if unit is None:
            return None
        chosen = Selection(products=frozenset(self.offer.above(unit.family)))
        terms = Terms(Kind.UPGRADE, (Slot("add", chosen),), Reward(RewardKind.OFF, unit.source.amount))
        return Personal(grants=1, sources=(unit.source,), terms=terms, ends_at=self.until(unit))
