"""Taking a step at its special price when what it steps up from is not in the basket: one unit of it is added."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from upsell.core.services import Added, NotChangedError, add_units, find_products, lock
from upsell.core.serving.undoing import Besides, Change, remember, was_answered
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.offers.serving.granting import OfferOverError
from upsell.offers.serving.planning import forget_plan
from upsell.offers.serving.pressing import ChangedError, EndedError, HeldError
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.serving.granting import accept
from upsell.tiers.serving.swapping import BESIDES


@transaction.atomic
def take(
    *,
    product: int,
    offer: int,
    request: Any,
    basket: Any,
    shown: Decimal | None = None,
    shown_currency: str = "",
    press: str = "",
) -> tuple[Added, str]:
    """Add one unit of a step and accept its special price, under a lock; return it, and by what it can be undone.

    ``shown`` is what the basket costs more, as the shopper saw it: if it would be more now, nothing is added and
    ChangedError tells. Raises HeldError for a ``press`` that was answered before, EndedError if the price is over, or
    another NotChangedError, with a sentence for the shopper.
    """
    lock(basket)
    if was_answered(request, press):
        raise HeldError(_("You have this already."))
    basket.reset_offer_applications()  # the lines that were read before the lock may be old
    [wanted] = find_products([product])
    if not _leads_to(offer, wanted):
        raise EndedError(
            _("Nothing was added: this special price is not for %(title)s.") % {"title": wanted.get_title()}
        )
    found = exchanged([Exchange({}, [(wanted, 1)], accepting={offer: 1})], request=request, basket=basket)[0]
    if found is None:
        raise NotChangedError(_("Nothing was added: one of the products is not available."))
    if shown is not None and (found.total > shown or (shown_currency or found.currency) != found.currency):
        raise ChangedError(_("Nothing was added: the price has changed meanwhile."), exchanged=found)
    [added] = add_units(basket=basket, units=[(wanted, 1)])
    try:
        accept(offer=offer, quantity=1, request=request)
    except OfferOverError as reason:
        raise EndedError(_("Nothing was added. %(reason)s") % {"reason": reason}) from reason
    forget_plan(basket)
    change = Change({added.line_reference: 1}, besides=(Besides(BESIDES, offer, 1),))
    return added, remember(request, change, press=press)


def _leads_to(offer: int, wanted: Any) -> bool:
    special = UpgradeOffer.objects.select_related("to_tier").filter(pk=offer, kind=UpgradeOffer.Kind.SPECIAL).first()
    step = special.to_tier if special is not None else None
    return step is not None and step.product_id in (wanted.pk, wanted.parent_id)
