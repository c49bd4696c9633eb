"""Adding a set with one press: resolved, priced and checked at this moment; what a client sends is only compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from upsell.bundles.boxes import Amounts, BundleBox
from upsell.bundles.serving.building import set_of
from upsell.bundles.serving.goods import Goods
from upsell.bundles.serving.owning import begun_by_owner
from upsell.bundles.serving.pricing import Prices
from upsell.bundles.serving.reading import bundle_running
from upsell.core.services import Added, NotChangedError, add_units, find_products, lock


class EndedError(NotChangedError):
    """The offer is not running (any more)."""


class NothingOwnedError(EndedError):
    """The shopper owns no part of the set that counts (any more)."""


class ChoiceError(NotChangedError):
    """What fills a part has to be chosen, and was not, or is none of what there is; ``slot`` names the part."""

    def __init__(self, message: str, *, slot: str) -> None:
        super().__init__(message)
        self.slot = slot


class ChangedError(NotChangedError):
    """The set costs more than was shown, or is in another currency; ``amounts`` is what it would cost now."""

    def __init__(self, message: str, *, box: BundleBox, amounts: Amounts, currency: str) -> None:
        super().__init__(message)
        self.box, self.amounts, self.currency = box, amounts, currency


@dataclass(frozen=True, slots=True)
class AddedSet:
    """A set that was added: the lines it went to, and what it costs in this basket."""

    box: BundleBox
    added: list[Added]
    amounts: Amounts
    currency: str


@transaction.atomic
def add_set(
    *,
    offer: int,
    choices: Mapping[str, int],
    request: Any,
    basket: Any,
    shown: Decimal | None = None,
    shown_currency: str = "",
    owned: bool = False,
) -> AddedSet:
    """Add every unit of a fixed set, or nothing, under a lock on the basket.

    ``choices`` maps slots to the chosen product where there are several. ``shown`` is the total that the shopper saw:
    if what would be charged now is more, or in another currency, nothing is added and ChangedError tells; if it is
    less, that is charged. With ``owned``, what the shopper owns of the set is left out. Raises EndedError or another
    NotChangedError, with a sentence for the shopper.
    """
    lock(basket)
    running = bundle_running(offer)
    if running is None:
        raise EndedError(_("Nothing was added: this offer has ended."))
    if owned:
        running = next(iter(begun_by_owner([running], request=request, view=())), None)
    if running is None:
        raise NothingOwnedError(_("Nothing was added: what you bought earlier does not count for this set any more."))
    box = set_of(running, request=request, basket=basket)
    if not box.parts:
        raise NotChangedError(_("Nothing was added: choose the products of this offer one by one."))
    if not box.available:
        raise NotChangedError(_("Nothing was added. %(reason)s") % {"reason": box.reason})
    picked = _picked(box, choices)
    instances = find_products([product for product, _units in picked])
    found = Prices(Goods(request, basket), basket).quote(tuple(picked))
    amounts = Amounts(full=found.full, total=found.total)
    if shown is not None and (amounts.total > shown or (shown_currency or found.currency) != found.currency):
        message = _("Nothing was added: the price has changed meanwhile.")
        raise ChangedError(message, box=box, amounts=amounts, currency=found.currency)
    units = [(instance, units) for instance, (_product, units) in zip(instances, picked, strict=True)]
    return AddedSet(box, add_units(basket=basket, units=units), amounts, found.currency)


def _picked(box: BundleBox, choices: Mapping[str, int]) -> list[tuple[int, int]]:
    """Settle which product fills each part."""
    picked = []
    for part in box.parts:
        product = part.item.product_id
        if part.choices:
            product = choices.get(part.slot, 0)
            if product not in {choice.product_id for choice in part.choices}:
                raise ChoiceError(
                    _("Nothing was added: choose the options of %(title)s first.") % {"title": part.item.title},
                    slot=part.slot,
                )
        picked.append((product, part.units))
    return picked
