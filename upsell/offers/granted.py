"""What a basket was granted, as a value of its own: the plan, the offers in it, and the lines it speaks of.

An order is booked from this value, never from the basket again, so that a booking can be made later, too, or after the
offers have changed. It can be written down as plain data and read back unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from upsell.offers import terms
from upsell.offers.base import Candidate, Family, Source
from upsell.offers.solver.values import Applied, Plan

EARNING = ("buy", "trigger")  # slots whose units are there so that others get something


@dataclass(frozen=True, slots=True)
class GrantedLine:
    """A line of the basket: ``id`` as the plan calls it, and what it held."""

    id: str
    product: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Granted:
    """A plan with the offers that it applies, by id, and all lines of the basket in their order."""

    currency: str
    incl_tax: bool
    lines: tuple[GrantedLine, ...]
    candidates: Mapping[int, Candidate]
    plan: Plan

    def of(self, family: str) -> list[tuple[Candidate, Applied]]:
        """List the offers of a family that were applied, by ascending id."""
        found = [(self.candidates[int(applied.rule_id)], applied) for applied in self.plan.applied]
        return sorted(
            ((candidate, applied) for candidate, applied in found if candidate.family == family),
            key=lambda pair: pair[0].id,
        )


@dataclass(frozen=True, slots=True)
class Units:
    """Units of one line that an offer took alike: for the same slot, with the same part of the discount each."""

    line: str
    slot: str
    quantity: int
    part: int


def units_of(applied: Applied) -> list[Units]:
    """List the units that an offer took, alike ones together; their parts sum to its discount.

    Where a line serves two slots, the units that are discounted most are those that were got, and the rest are those
    that had to be bought for them.
    """
    found = []
    for line, parts in sorted(applied.units.items()):
        slots = [
            slot
            for slot in sorted(applied.use, key=lambda slot: (slot in EARNING, slot))
            for _ in range(applied.use[slot].get(line, 0))
        ]
        alike = groupby(zip(slots, sorted(parts, reverse=True), strict=True))
        found += [Units(line, slot, len(list(units)), part) for (slot, part), units in alike]
    if sum(units.quantity * units.part for units in found) != applied.discount:
        raise ValueError(f"The units of offer {applied.rule_id} do not sum to its discount.")
    return found


# --- as plain data ----------------------------------------------------------------------------------------------------


def to_json(granted: Granted) -> dict[str, Any]:
    """Write it as plain data; offers that were not applied are left out."""
    plan = granted.plan
    return {
        "currency": granted.currency,
        "incl_tax": granted.incl_tax,
        "lines": [[line.id, line.product, line.quantity] for line in granted.lines],
        "offers": [_offer_to_json(granted.candidates[int(applied.rule_id)]) for applied in plan.applied],
        "plan": {
            "total": plan.total,
            "bound": plan.bound,
            "optimal": plan.optimal,
            "applied": [
                {
                    "offer": int(applied.rule_id),
                    "discount": applied.discount,
                    "applications": applied.applications,
                    "use": {slot: dict(lines) for slot, lines in applied.use.items()},
                    "lines": dict(applied.lines),
                    "units": {line: list(parts) for line, parts in applied.units.items()},
                }
                for applied in plan.applied
            ],
        },
    }


def from_json(data: Mapping[str, Any]) -> Granted:
    """Read it as ``to_json`` wrote it. Raises KeyError, ValueError or TypeError for anything else."""
    plan = data["plan"]
    return Granted(
        currency=data["currency"],
        incl_tax=data["incl_tax"],
        lines=tuple(GrantedLine(*line) for line in data["lines"]),
        candidates={offer["id"]: _offer_from_json(offer) for offer in data["offers"]},
        plan=Plan(
            total=plan["total"],
            bound=plan["bound"],
            optimal=plan["optimal"],
            applied=tuple(
                Applied(
                    rule_id=str(applied["offer"]),
                    discount=applied["discount"],
                    applications=applied["applications"],
                    use=applied["use"],
                    lines=applied["lines"],
                    units={line: tuple(parts) for line, parts in applied["units"].items()},
                )
                for applied in plan["applied"]
            ),
        ),
    )


def _offer_to_json(candidate: Candidate) -> dict[str, Any]:
    return {
        "id": candidate.id,
        "version": candidate.version,
        "type": candidate.type,
        "family": str(candidate.family),
        "name": candidate.name,
        "text": candidate.text,
        "terms": terms.to_json(candidate.terms),
        "currency": candidate.currency,
        "lane": candidate.lane,
        "limit": candidate.limit,
        "limited_by": candidate.limited_by,
        "ends_at": None if candidate.ends_at is None else candidate.ends_at.isoformat(),
        "translations": candidate.translations,
        "grants": candidate.grants,
        "sources": [[source.id, source.number, str(source.amount)] for source in candidate.sources],
    }


def _offer_from_json(data: Mapping[str, Any]) -> Candidate:
    ends_at = data["ends_at"]
    return Candidate(
        **{
            **data,
            "family": Family(data["family"]),
            "terms": terms.from_json(data["terms"]),
            "ends_at": None if ends_at is None else datetime.fromisoformat(ends_at),
            "sources": tuple(Source(key, number, Decimal(amount)) for key, number, amount in data.get("sources", ())),
        }
    )
