"""An offer's terms as stored data, and as a rule of the solver for the products of one basket."""

from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from upsell.core.currencies import to_minor
from upsell.offers import eligibility, fitting
from upsell.offers.base import Candidate, Kind, Reward, RewardKind, Slot, Terms
from upsell.offers.fitting import Facts, Shelf
from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Bump,
    Fixed,
    Mix,
    PercentOff,
    QuantityBreaks,
    Rule,
    Selector,
    SetPrice,
    Upgrade,
)
from upsell.offers.solver.values import Reward as SolverReward

# --- stored -----------------------------------------------------------------------------------------------------------


def to_json(terms: Terms) -> dict[str, Any]:
    """Write terms as plain data; ``from_json`` reads them back unchanged."""
    data: dict[str, Any] = {
        "kind": terms.kind.value,
        "slots": [
            {"name": slot.name, "units": slot.units, "fits": fitting.to_json(slot.selection)} for slot in terms.slots
        ],
    }
    if terms.reward is not None:
        data["reward"] = {terms.reward.kind.value: str(terms.reward.value)}
    if terms.breaks:
        data["breaks"] = [[minimum, str(percent)] for minimum, percent in terms.breaks]
    if terms.max_units is not None:
        data["max_units"] = terms.max_units
    if terms.cheaper:
        data["cheaper"] = True
    if terms.per_trigger != 1:
        data["per_trigger"] = terms.per_trigger
    if terms.when:
        data["when"] = eligibility.to_json(terms.when)
    if terms.completes is not None:
        data["completes"] = to_json(terms.completes)
    if terms.within_days is not None:
        data["within_days"] = terms.within_days
    return data


def from_json(data: Mapping[str, Any]) -> Terms:
    """Read terms as ``to_json`` wrote them. Raises KeyError, ValueError or TypeError for anything else."""
    reward = data.get("reward")
    return Terms(
        kind=Kind(data["kind"]),
        slots=tuple(Slot(slot["name"], fitting.from_json(slot["fits"]), int(slot["units"])) for slot in data["slots"]),
        reward=None if reward is None else _reward_from_json(reward),
        breaks=tuple((int(minimum), Decimal(percent)) for minimum, percent in data.get("breaks", ())),
        max_units=data.get("max_units"),
        cheaper=bool(data.get("cheaper", False)),
        per_trigger=int(data.get("per_trigger", 1)),
        when=eligibility.from_json(data.get("when", ())),
        completes=from_json(data["completes"]) if "completes" in data else None,
        within_days=data.get("within_days"),
    )


def _reward_from_json(data: Mapping[str, Any]) -> Reward:
    [(kind, value)] = data.items()
    return Reward(RewardKind(kind), Decimal(value))


# --- as a rule --------------------------------------------------------------------------------------------------------


def rule_for(candidate: Candidate, products: Shelf | Collection[Facts], *, currency: str) -> Rule:
    """Turn an offer into the solver's rule for a basket that holds ``products``; lay them out once for many offers.

    Amounts become minor units of ``currency``, the basket's. The rule speaks of just these products, by id.
    """
    terms = candidate.terms
    shelf = products if isinstance(products, Shelf) else Shelf.of(products)
    common: dict[str, Any] = {"id": str(candidate.id), "limit": candidate.limit, "lane": candidate.lane}

    def chosen(name: str) -> Selector:
        slot = next(slot for slot in terms.slots if slot.name == name)
        return Selector(products=shelf.fitting(slot.selection))

    def units(name: str) -> int:
        return next(slot.units for slot in terms.slots if slot.name == name)

    match terms.kind:
        case Kind.FIXED:
            pieces = _apart({slot.name: shelf.fitting(slot.selection) for slot in terms.slots})
            names = {name: next(iter(found)) if len(found) == 1 else name for name, found in pieces.items()}
            return Fixed(
                items={names[slot.name]: slot.units for slot in terms.slots},
                fits={name: Selector(products=found) for name, found in pieces.items() if len(found) != 1},
                reward=_reward(terms, currency),
                **common,
            )
        case Kind.MIX:
            return Mix(selector=chosen("any"), units=units("any"), reward=_reward(terms, currency), **common)
        case Kind.BREAKS:
            breaks = tuple((minimum, _basis_points(percent)) for minimum, percent in terms.breaks)
            return QuantityBreaks(selector=chosen("any"), breaks=breaks, most=terms.max_units, **common)
        case Kind.BOGO:
            return Bogo(
                buy=chosen("buy"),
                buy_units=units("buy"),
                get=chosen("get"),
                get_units=units("get"),
                basis_points=_basis_points(_given(terms).value),
                cheaper=terms.cheaper,
                **common,
            )
        case Kind.BUMP:
            return Bump(
                trigger=chosen("trigger"),
                trigger_units=units("trigger"),
                per_trigger=terms.per_trigger,
                add=chosen("add"),
                reward=_reward(terms, currency),
                **common,
            )
        case Kind.UPGRADE:
            return Upgrade(add=chosen("add"), reward=_reward(terms, currency), grants=candidate.grants, **common)


def _apart(pieces: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Let each product stand for one piece of a set only: for the one that fewest products could stand for.

    Pieces meet where one is a parent and another is its variant, or a category that the product is in.
    """
    apart = dict(pieces)
    taken: frozenset[str] = frozenset()
    for name in sorted(pieces, key=lambda name: len(pieces[name])):
        apart[name] = pieces[name] - taken
        taken |= pieces[name]
    return apart


def _given(terms: Terms) -> Reward:
    if terms.reward is None:
        raise ValueError(f"Terms of kind {terms.kind.value} need a reward.")
    return terms.reward


def _reward(terms: Terms, currency: str) -> SolverReward:
    reward = _given(terms)
    match reward.kind:
        case RewardKind.PERCENT:
            return PercentOff(_basis_points(reward.value))
        case RewardKind.OFF:
            return AmountOff(to_minor(reward.value, currency))
        case RewardKind.PRICE:
            return SetPrice(to_minor(reward.value, currency))


def _basis_points(percent: Decimal) -> int:
    return int((percent * 100).quantize(Decimal(1), ROUND_HALF_UP))
