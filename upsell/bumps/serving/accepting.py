"""Accepting an extra at the till: its units come into the basket, and their price is the shopper's from then on.

At once, whole or not at all, and undoable. What is offered is looked at anew under the lock: the page that was pressed
may be old, in another tab, or forged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from upsell.bumps.serving.bump_reading import BumpFacts, facts_of
from upsell.bumps.serving.losing import note_accepted
from upsell.bumps.serving.offering import entitled, fits
from upsell.conf import app_settings
from upsell.core.audience import Audience
from upsell.core.services import Added, NotChangedError, add_units, find_products, lock
from upsell.core.serving.undoing import Besides, Change, remember, undoes, was_answered
from upsell.offers import eligibility, fitting
from upsell.offers.models.grants import Grant
from upsell.offers.plans import Exchanged
from upsell.offers.serving import granting, selections
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.offers.serving.pressing import ChangedError, EndedError, HeldError
from upsell.offers.serving.reading import line_price
from upsell.offers.serving.shoppers import shopper_of
from upsell.offers.standing import Position, Standing

BESIDES = "bump"  # what undoing calls an extra's price that was accepted


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was done: ``added`` came into the basket (no unit of it if all were there), for what ``exchanged`` says.

    ``name`` is what it can be undone by.
    """

    added: Added
    name: str
    exchanged: Exchanged


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An extra that somebody wants: ``units`` of ``product``, of which the basket holds some, some accepted before."""

    facts: BumpFacts
    product: Any
    units: int
    lines: Sequence[Any]
    accepted: int

    @property
    def held(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def missing(self) -> int:
        """The units that are to come."""
        return max(0, self.units - self.held)

    @property
    def granted(self) -> int:
        """The units whose price is to be accepted now."""
        return max(0, self.units - self.accepted) if self.facts.has_reward else 0


def accept_bump(
    *,
    offer: int,
    product: int,
    request: Any,
    basket: Any,
    units: int = 1,
    shown: Decimal | None = None,
    shown_currency: str = "",
    press: str = "",
) -> Accepted:
    """Add an extra and accept its price, under a lock; of what the basket holds already, none comes again.

    ``units`` are cut to what the shopper is entitled to. ``shown`` is what the basket costs more, as the shopper saw
    it: if it would be more now, or in another currency, nothing is added and ChangedError tells; if it is less, that is
    charged. A ``press`` that was answered before is not answered again. Raises HeldError, EndedError, ChangedError or
    another NotChangedError, with a sentence for the shopper.
    """
    if request.session.session_key is None:
        request.session.save()  # not inside the transaction: what is refused would take the session with it
    with transaction.atomic():
        if basket.id:
            lock(basket)
        if not basket.id or not basket.lines.exists():
            raise NotChangedError(_("Nothing was added: your basket is empty, or is being paid for."))
        if was_answered(request, press):
            raise _had()
        basket.reset_offer_applications()  # the lines that were read before the lock may be old
        wanted = _wanted(offer, product, units, request, basket)
        if not wanted.missing and not wanted.granted:
            raise _had()
        found = _priced(wanted, request, basket)
        if found is None:
            raise NotChangedError(_("Nothing was added: this product is not available."))
        if shown is not None and (found.total > shown or (shown_currency or found.currency) != found.currency):
            raise ChangedError(_("Nothing was added: the price has changed meanwhile."), exchanged=found)
        return _carried_out(wanted, found, request, basket, press)


@undoes(BESIDES)
def _give_back(request: Any, offer: int, units: int) -> None:
    """Undo that an extra's price was accepted."""
    granting.take_back(offer=offer, quantity=units, request=request)


# --- what is asked for ------------------------------------------------------------------------------------------------


def _wanted(offer: int, product: int, units: int, request: Any, basket: Any) -> _Wanted:
    """Find what is wanted, as it is offered at this moment. Raises EndedError, or another NotChangedError."""
    facts = facts_of([offer], request=request).get(offer) if app_settings.ENABLED else None
    if facts is None or not facts.placements:
        raise _over()
    _refuse_unless_open(facts, request)
    [wanted] = find_products([product])
    if not fitting.fits(facts.adds, selections.facts_of([wanted.pk])[wanted.pk]):
        raise EndedError(_("Nothing was added: this offer is not for %(title)s.") % {"title": wanted.get_title()})
    if facts.not_if_owned and _owns(wanted, request):
        raise EndedError(
            _("Nothing was added: this offer is for those who did not buy %(title)s before.")
            % {"title": wanted.get_title()}
        )
    if not fits(facts, basket, request):
        raise EndedError(_("Nothing was added: your basket does not meet the conditions of this offer any more."))
    most = min(units, entitled(facts, basket))
    if most < 1:
        raise _over()
    lines = [line for line in basket.all_lines() if line.product_id == wanted.pk]
    return _Wanted(facts, wanted, most, lines, _accepted_before(offer, request))


def _refuse_unless_open(facts: BumpFacts, request: Any) -> None:
    at = timezone.now()
    rows = Grant.objects.of(granting.asker_now(request)).filter(offer=facts.id).order_by("pk")
    where = granting.position_of(facts, list(rows), at)
    if where.standing == Standing.DISMISSED:
        where = Position()  # who presses now has thought again
    reason = granting.refusal_of(facts, where, request, at)
    if reason is None:
        return
    if not facts.has_reward:
        raise _over() from reason
    raise EndedError(_("Nothing was added. %(reason)s") % {"reason": reason}) from reason


def _owns(product: Any, request: Any) -> bool:
    """Tell whether the shopper surely bought it before."""
    own = frozenset({product.pk} if product.parent_id is None else {product.pk, product.parent_id})
    return not own.isdisjoint(shopper_of(request, Audience(bought=own)).bought or {})


def _accepted_before(offer: int, request: Any) -> int:
    rows = Grant.objects.of(granting.asker_now(request)).accepted().filter(offer=offer)
    return max(rows.values_list("quantity", flat=True), default=0)


# --- what is done -----------------------------------------------------------------------------------------------------


def _priced(wanted: _Wanted, request: Any, basket: Any) -> Exchanged | None:
    """Price what is to come; units that the basket holds already are taken out for it, and put in again."""
    again = {} if wanted.missing else {line.pk: line.quantity for line in wanted.lines}
    units = wanted.missing or wanted.held
    accepting = {wanted.facts.id: wanted.granted} if wanted.granted else {}
    exchange = Exchange(again, [(wanted.product, units)], accepting=accepting)
    return exchanged([exchange], request=request, basket=basket)[0]


def _carried_out(wanted: _Wanted, found: Exchanged, request: Any, basket: Any, press: str) -> Accepted:
    triggers, needed = _triggers(wanted, basket)
    if wanted.missing:
        [added] = add_units(basket=basket, units=[(wanted.product, wanted.missing)])
    else:
        added = Added(wanted.lines[0].line_reference, wanted.product, 0)
    if wanted.granted:
        granting.accept(
            wanted.facts,
            quantity=wanted.granted,
            held=lambda: _units_in(basket, wanted.product),
            request=request,
            over_refusal=True,
        )
        note_accepted(
            request,
            offer=wanted.facts.id,
            product=wanted.product.pk,
            price=_single(wanted, found),
            triggers=triggers,
            units=needed,
        )
    change = Change({added.line_reference: added.quantity} if added.quantity else {}, besides=_besides(wanted))
    return Accepted(added, remember(request, change, press=press), found)


def _besides(wanted: _Wanted) -> tuple[Besides, ...]:
    """Say what is to be taken back with the units that came: their grants, and those of units there before."""
    came = min(wanted.granted, wanted.missing)
    own = (Besides(BESIDES, wanted.facts.id, came),) if came else ()
    return own + (Besides(BESIDES, wanted.facts.id, 1),) * (wanted.granted - came)


def _triggers(wanted: _Wanted, basket: Any) -> tuple[list[int], int]:
    """List the products in the basket that call for the extra, and how many units of them are needed."""
    named = eligibility.trigger(wanted.facts.terms.when)
    if named is None:
        return [], 1
    selection, units = named
    facts = selections.facts_of({line.product_id for line in basket.all_lines()} - {wanted.product.pk})
    return sorted(product for product, one in facts.items() if fitting.fits(selection, one)), units


def _single(wanted: _Wanted, found: Exchanged) -> Decimal:
    """Say what one unit costs at the price that was accepted; other offers in the basket left aside."""
    off = sum((saving.amount for saving in found.savings if saving.offer_id == wanted.facts.id), Decimal(0))
    units = wanted.missing or wanted.held
    full = found.price if wanted.missing else units * (line_price(wanted.lines[0]) or Decimal(0))
    return (full - off) / units


def _units_in(basket: Any, product: Any) -> int:
    lines = basket.lines.filter(product=product)
    return int(lines.aggregate(units=Sum("quantity"))["units"] or 0)


# --- why not ----------------------------------------------------------------------------------------------------------


def _had() -> HeldError:
    return HeldError(_("You have this already."))


def _over() -> EndedError:
    return EndedError(_("Nothing was added: this is not offered any more."))
