"""The words of the engine: lines, rules, and the plan that says which units each rule takes and what it gives.

All money is in whole minor units and, where it belongs to a unit, per unit. Ids are texts; their order settles what is
otherwise equal, so that the order in which lines and rules are given never matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from upsell.core.money import WHOLE


@dataclass(frozen=True, slots=True)
class Line:
    """A basket line: ``quantity`` units of one product at one price that no other discount has taken.

    floor: the least that one unit may cost after our discount. categories: all of the product's, ancestors included.
    whole: the units of the line in all, where others have taken some; they count for what triggers a bump.
    """

    id: str
    product: str
    quantity: int
    price: int
    floor: int = 0
    categories: frozenset[str] = frozenset()
    whole: int | None = None

    def __post_init__(self) -> None:
        if self.quantity < 0 or self.price < 0:
            raise ValueError(f"Line {self.id} must not have a negative quantity or price.")

    @property
    def headroom(self) -> int:
        """Most that one unit may be discounted."""
        return max(0, self.price - self.floor)

    @property
    def bought(self) -> int:
        """Units of the line in all, taken by others or not."""
        return self.quantity if self.whole is None else self.whole


@dataclass(frozen=True, slots=True)
class Selector:
    """Which products fit: those named, those of the categories named, or everything; minus ``without``."""

    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    everything: bool = False
    without: frozenset[str] = frozenset()

    def accepts(self, line: Line) -> bool:
        """Say whether the line's product fits."""
        if line.product in self.without:
            return False
        return (
            self.everything
            or line.product in self.products
            or (bool(self.categories) and not self.categories.isdisjoint(line.categories))
        )


@dataclass(frozen=True, slots=True)
class PercentOff:
    """So many hundredths of a percent off the price of each unit."""

    basis_points: int

    def __post_init__(self) -> None:
        if not 0 <= self.basis_points <= WHOLE:
            raise ValueError(f"A percentage must lie between 0 and 100, not at {self.basis_points / 100}.")


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount off the set, or off the unit where a rule discounts single units."""

    amount: int

    def __post_init__(self) -> None:
        _at_least(0, self.amount, "An amount off")


@dataclass(frozen=True, slots=True)
class SetPrice:
    """A price for the set, or for the unit where a rule discounts single units."""

    price: int

    def __post_init__(self) -> None:
        _at_least(0, self.price, "A price")


Reward = PercentOff | AmountOff | SetPrice


@dataclass(frozen=True, slots=True)
class Fixed:
    """These products together; ``items`` says how many units of each. Every application takes all of them.

    fits: what fits an item that stands for several products (the variants of one, say); an item without an entry is a
    product. No product may fit two items of a set.
    """

    id: str
    items: Mapping[str, int] = field(hash=False)
    reward: Reward
    limit: int | None = None
    lane: int = 0
    fits: Mapping[str, Selector] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        _at_least(1, len(self.items), "The number of products of a set")
        _at_least(1, min(self.items.values()), "Units of a set")


@dataclass(frozen=True, slots=True)
class Mix:
    """Any ``units`` units of what fits, together."""

    id: str
    selector: Selector
    units: int
    reward: Reward
    limit: int | None = None
    lane: int = 0

    def __post_init__(self) -> None:
        _at_least(1, self.units, "Units of a mix")


@dataclass(frozen=True, slots=True)
class QuantityBreaks:
    """The more units, the higher the percentage on all of them; once per basket.

    breaks: (least units, basis points). most: the most units that are discounted.
    """

    id: str
    selector: Selector
    breaks: tuple[tuple[int, int], ...]
    most: int | None = None
    limit: int | None = None
    lane: int = 0

    def __post_init__(self) -> None:
        _at_least(1, len(self.breaks), "The number of breaks")
        for minimum, basis_points in self.breaks:
            _at_least(1, minimum, "Units of a break")
            PercentOff(basis_points)

    def reached(self, units: int) -> int | None:
        """Basis points that so many units earn; nothing below the first break."""
        return max((percent for minimum, percent in self.breaks if units >= minimum), default=None)


@dataclass(frozen=True, slots=True)
class Bogo:
    """Buy some, get some at a discount; with ``cheaper``, no unit got costs more than a unit bought of its group."""

    id: str
    buy: Selector
    buy_units: int
    get: Selector
    get_units: int
    basis_points: int
    cheaper: bool = False
    limit: int | None = None
    lane: int = 0

    def __post_init__(self) -> None:
        _at_least(1, self.buy_units, "Units to buy")
        _at_least(1, self.get_units, "Units to get")
        PercentOff(self.basis_points)


@dataclass(frozen=True, slots=True)
class Bump:
    """For every ``trigger_units`` units of what triggers, up to ``per_trigger`` units of something more for less.

    The units that trigger are not used up, and the whole line counts, whoever has taken its units.
    """

    id: str
    trigger: Selector
    trigger_units: int
    per_trigger: int
    add: Selector
    reward: Reward
    limit: int | None = None
    lane: int = 0

    def __post_init__(self) -> None:
        _at_least(1, self.trigger_units, "Units that trigger")
        _at_least(0, self.per_trigger, "Units per trigger")


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A unit for less, as many times as this shopper has accepted the offer."""

    id: str
    add: Selector
    reward: Reward
    grants: int
    limit: int | None = None
    lane: int = 0

    def __post_init__(self) -> None:
        _at_least(0, self.grants, "The number of accepted upgrades")


Rule = Fixed | Mix | QuantityBreaks | Bogo | Bump | Upgrade

Slot = str
"""``c:<product>`` of a fixed set, ``any`` of a mix and of quantity breaks, ``buy``, ``get``, ``add``."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What one rule took and gave, all its applications together.

    use: slot -> line id -> units. lines: line id -> part of the discount. units: line id -> the part of each unit
    taken, units that get nothing included; the most discounted ones come first.
    """

    rule_id: str
    discount: int
    applications: int
    use: Mapping[Slot, Mapping[str, int]]
    lines: Mapping[str, int]
    units: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rules apply, and what they give in all.

    bound: no way of applying the rules gives more. optimal: the bound is reached, so this is the best there is.
    """

    total: int
    bound: int
    optimal: bool
    applied: tuple[Applied, ...]

    @property
    def line_discounts(self) -> dict[str, int]:
        """Line id -> what all rules together take off the line; lines without a discount are left out."""
        found: dict[str, int] = {}
        for entry in self.applied:
            for line_id, part in entry.lines.items():
                found[line_id] = found.get(line_id, 0) + part
        return {line_id: part for line_id, part in sorted(found.items()) if part}

    def of(self, rule_id: str) -> Applied | None:
        """Return what a rule took and gave; nothing if it was not applied."""
        return next((entry for entry in self.applied if entry.rule_id == rule_id), None)


NOTHING = Plan(total=0, bound=0, optimal=True, applied=())


def _at_least(least: int, value: int, name: str) -> None:
    if value < least:
        raise ValueError(f"{name} must be at least {least}, not {value}.")
