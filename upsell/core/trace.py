"""Why something was shown or not: reasons as data, so that a screen, an API and a test can all read them."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What became of a candidate. The values are stable; the sentence beside them is for people."""

    SHOWN = "shown"
    EXCLUDED = "excluded"  # by a merchant
    FAMILY = "family"  # it is the product in view, or a variant of it
    IN_BASKET = "in_basket"
    ELSEWHERE = "elsewhere"  # another widget of the page shows it already
    HIDDEN = "hidden"  # not public, or gone
    VARIANT = "variant"  # its parent can be proposed, it cannot
    NO_PRICE = "no_price"
    UNAVAILABLE = "unavailable"
    CURRENCY = "currency"  # the basket holds another currency
    SUBSTITUTE = "substitute"  # replaces the product it was to complete
    FULL = "full"  # there are better ones


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a candidate, and why.

    ``origin`` is the name of what proposed it; ``score`` its strength there. ``message`` is a full sentence.
    """

    product_id: int
    shown: bool
    code: Code
    message: str
    origin: str = ""
    score: float = 0.0
