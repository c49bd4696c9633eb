"""Which offers a page has spoken of: what stands below does not say the same again."""

from collections.abc import Iterable
from typing import Any

TOLD = "_upsell_told"  # on the request


def told_on(request: Any) -> frozenset[int]:
    """List the offers that the page has told its reader how to reach, by id."""
    known: frozenset[int] = getattr(request, TOLD, frozenset())
    return known


def tell(request: Any, offers: Iterable[int]) -> None:
    """Note that the page tells of these."""
    setattr(request, TOLD, told_on(request) | frozenset(offers))
