"""Why a press changed nothing, whichever offer it was for: what pages and the API tell apart."""

from upsell.core.services import NotChangedError
from upsell.offers.plans import Exchanged


class GoneError(NotChangedError):
    """What the press was about is not in this basket (any more)."""


class HeldError(GoneError):
    """What was asked for is in the basket already: the same press, or another, has done it."""


class EndedError(NotChangedError):
    """The offer, or its special price, is over."""


class ChangedError(NotChangedError):
    """It costs more than was shown, or is in another currency; ``exchanged`` is what it would cost now."""

    def __init__(self, message: str, *, exchanged: Exchanged) -> None:
        super().__init__(message)
        self.exchanged = exchanged
