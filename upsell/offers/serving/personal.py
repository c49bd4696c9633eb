"""What offers give to one shopper: the candidates of a basket as they are meant for whoever asks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from upsell.core.guard import attempt
from upsell.offers.base import Asker, Candidate, Personal, PersonalOfferType
from upsell.offers.registry import personal_types
from upsell.offers.serving.candidates import Found
from upsell.offers.serving.reading import Reading

Known = Mapping[str, Any]
"""What is known of the shopper, by offer type."""


def knowledge(found: Found, asker: Asker, at: datetime | None = None) -> Known:
    """Read what the personal offers among the candidates ask about the shopper; nothing if there are none.

    A type that fails costs its own offers only.
    """
    at = at or timezone.now()
    known: dict[str, Any] = {}
    for name, kind in personal_types().items():
        asked = [candidate for candidate in found.candidates.values() if candidate.type == name]
        if asked:
            ask = partial(_asked, kind, asked, asker, at)
            answer: tuple[Any] | None = attempt(f"offers.{name}.knowledge", ask, reads_only=True)
            known |= {} if answer is None else {name: answer[0]}
    return known


def _asked(kind: PersonalOfferType, candidates: Sequence[Candidate], asker: Asker, at: datetime) -> tuple[Any]:
    return (kind.knowledge(candidates, asker, at),)  # a tuple, to tell "nothing known" from a failure


def personalised(found: Found, known: Known, reading: Reading, accepting: Mapping[int, int] | None = None) -> Found:
    """Keep the candidates that the shopper may have, as they may have them.

    ``accepting`` adds so many grants to an offer, by its id: what if the shopper accepted it. What was bought earlier
    is counted by one offer of a basket, the first: no order could be placed that counts it twice.
    """
    kinds = personal_types()
    kept: dict[int, Candidate] = {}
    credited: set[tuple[int, int]] = set()
    ends = [found.until] if found.until else []
    for key, candidate in found.candidates.items():
        if candidate.type not in kinds:
            kept[key] = candidate
            continue
        own = (
            kinds[candidate.type].personal(candidate, known[candidate.type], reading)
            if candidate.type in known
            else None
        )
        more = (accepting or {}).get(key, 0)
        if more:
            own = own or Personal()
            own = replace(own, grants=own.grants + more)
        if own is not None and own.grants and credited.isdisjoint(own.credits):
            credited |= own.credits
            kept[key] = _meant(candidate, own)
            ends += [own.ends_at] if own.ends_at else []
    return replace(found, candidates=kept, until=min(ends, default=None))


def _meant(candidate: Candidate, own: Personal) -> Candidate:
    most = own.grants if candidate.limit is None else min(candidate.limit, own.grants)
    ends = [moment for moment in (candidate.ends_at, own.ends_at) if moment is not None]
    return replace(
        candidate,
        terms=own.terms or candidate.terms,
        grants=own.grants,
        sources=own.sources,
        limit=most,
        ends_at=min(ends, default=None),
    )
