"""What can be wrong with an item of the shelf, as data: the form and the API judge by the same list."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from upsell.offers.soundness import Common, Fault


class ShelfFlaw(StrEnum):
    """What can be wrong with an item of the shelf alone."""

    NO_SUBJECT = "no_subject"
    TWO_SUBJECTS = "two_subjects"
    HALF_A_SEASON = "half_a_season"


def faults_of_item(
    *,
    has_product: bool,
    has_category: bool,
    season_from: int | None,
    season_until: int | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> Iterator[Fault]:
    """List what makes no sense about an item, each at the field that mends it."""
    if not (has_product or has_category):
        yield Fault(ShelfFlaw.NO_SUBJECT, "product")
    elif has_product and has_category:
        yield Fault(ShelfFlaw.TWO_SUBJECTS, "category")
    if (season_from is None) != (season_until is None):
        yield Fault(ShelfFlaw.HALF_A_SEASON, "season_until" if season_until is None else "season_from")
    if starts_at and ends_at and starts_at >= ends_at:
        yield Fault(Common.ENDS_BEFORE_IT_STARTS, "ends_at")
