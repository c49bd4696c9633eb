"""Having another step of a ladder in place of a line of the basket: at once, whole or not at all, and undoable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.conf import app_settings
from upsell.core.oscar import sellable_id
from upsell.core.services import NotChangedError, lock
from upsell.core.serving.lines import RefusedError, is_made_to_order, keep, options_of, own_words, put, say, take
from upsell.core.serving.undoing import Besides, Change, remember, undoes, was_answered
from upsell.offers.models.grants import Grant
from upsell.offers.plans import Exchanged
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.offers.serving.granting import OfferOverError
from upsell.offers.serving.planning import forget_plan
from upsell.offers.serving.pressing import ChangedError, EndedError, GoneError, HeldError
from upsell.offers.serving.shoppers import admits
from upsell.tiers.containing import Held, Taken, taken_out
from upsell.tiers.models.ladders import Ladder, Tier
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.serving.granting import accept, take_back

BESIDES = "upgrade_offer"  # what undoing calls a special price that was accepted with a swap


class NotFittingError(NotChangedError):
    """What the shopper chose for the line does not fit the other product, or that one needs a choice."""


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a product beside the line."""

    product: int
    title: str
    units: int


@dataclass(frozen=True, slots=True)
class Swapped:
    """What was done: ``quantity`` units of ``product`` came in place of ``before``, and what the basket costs more.

    ``removed`` left the basket because they come with the product; ``missing`` came with what was there before, and do
    not come with it. ``name`` is what it can be undone by.
    """

    product: Any
    title: str
    quantity: int
    before: str
    exchanged: Exchanged
    removed: tuple[Units, ...]
    missing: tuple[Units, ...]
    name: str


def exchange_of(
    line: Any,
    product: Any,
    *,
    now: Mapping[int, int],
    before: Mapping[int, int],
    lines: Iterable[Any],
    special: int | None = None,
) -> tuple[Exchange, tuple[Taken, ...]]:
    """Describe a swap for pricing, and say what leaves other lines because it comes with the product.

    ``now`` and ``before`` map products to the units that come with one unit of the step taken, and of the one left.
    ``lines`` are those of the basket. ``special`` is the offer accepted with it. Costs no query.
    """
    # The product that goes counts as brought before: a kit that contains it replaces it, and takes no second one.
    family = sellable_id(line.product)
    own = {**before, family: before.get(family, 0) + 1}
    taken = taken_out(now, own, _held(line, lines), quantity=line.quantity)
    exchange = Exchange(
        removed={line.pk: line.quantity, **{one.line: one.units for one in taken}},
        added=[(product, line.quantity)],
        accepting={} if special is None else {special: line.quantity},
    )
    return exchange, taken


def swap(
    *,
    line: int,
    product: int,
    request: Any,
    basket: Any,
    offer: int | None = None,
    shown: Decimal | None = None,
    shown_currency: str = "",
    press: str = "",
) -> Swapped:
    """Put another step of its ladder in place of a line, with its quantity, options and words, under a lock.

    ``line`` is the line's key, ``offer`` a special price that is accepted with it. ``shown`` is the difference in all
    that the shopper saw: if it would be more now, or in another currency, nothing is changed and ChangedError tells; if
    it is less, that is charged. A ``press`` that was answered before is not answered again. Raises GoneError,
    EndedError, NotFittingError, ChangedError or another NotChangedError, with a sentence for the shopper.
    """
    if not basket.id:
        raise GoneError(_("Nothing was changed: that is not in your basket any more."))
    if request.session.session_key is None:
        request.session.save()  # not inside the transaction: what is refused would take the session with it
    with transaction.atomic():
        return _swapped(
            line,
            product,
            request=request,
            basket=basket,
            offer=offer,
            shown=shown,
            shown_currency=shown_currency,
            press=press,
        )


def _swapped(
    line: int,
    product: int,
    *,
    request: Any,
    basket: Any,
    offer: int | None,
    shown: Decimal | None,
    shown_currency: str,
    press: str,
) -> Swapped:
    lock(basket)
    if was_answered(request, press):
        raise _had()
    basket.reset_offer_applications()  # the lines that were read before the lock may be old
    lines = {one.pk: one for one in basket.all_lines()}
    left = lines.get(line)
    if left is None or left.product_id == product:
        raise _missing(basket, product)
    wanted = _product(product)
    before, now = _steps(left.product, wanted, request)
    special = _special(offer, before, now, wanted)
    exchange, taken = exchange_of(
        left,
        wanted,
        now=_contents(now),
        before=_contents(before),
        lines=lines.values(),
        special=special.pk if special else None,
    )
    found = exchanged([exchange], request=request, basket=basket)[0]
    removed = tuple(_units(lines[one.line].product, one.units) for one in taken)
    units = left.quantity
    change = _carried_out(basket, lines, left, wanted, taken)
    if special is not None:
        change = replace(change, besides=(_accepted(special, units, request),))
    if found is None:
        raise NotChangedError(_("Nothing was changed: the difference in price is not known at the moment."))
    if shown is not None and (found.total > shown or (shown_currency or found.currency) != found.currency):
        raise ChangedError(_("Nothing was changed: the price has changed meanwhile."), exchanged=found)
    forget_plan(basket)
    return Swapped(
        product=wanted,
        title=wanted.get_title(),
        quantity=units,
        before=left.product.get_title(),
        exchanged=found,
        removed=removed,
        missing=tuple(_missing_of(before, now, units)),
        name=remember(request, change, press=press),
    )


# --- what is asked for ------------------------------------------------------------------------------------------------


def _product(product: int) -> Any:
    """Find what is to come; what is hidden and what does not exist are answered alike."""
    model = get_model("catalogue", "Product")
    known = model.objects.public().select_related("parent__product_class", "product_class").filter(pk=product).first()
    if known is None or (known.parent and not known.parent.is_public):
        raise NotChangedError(_("Nothing was changed: this product is not available."))
    if known.is_parent:
        raise NotFittingError(
            _("Nothing was changed: choose the options of %(title)s first.") % {"title": known.get_title()}
        )
    return known


def _steps(left: Any, wanted: Any, request: Any) -> tuple[Tier, Tier]:
    """Find the running ladder of which both are steps, and that is for this shopper; and the two steps."""
    families = [sellable_id(left), sellable_id(wanted)]
    running = Ladder.objects.active().filter(tiers__family=families[0]).values("pk")
    tiers = Tier.objects.of_families(families).filter(ladder__in=running).select_related("ladder")
    by_ladder: dict[Ladder, dict[int | None, Tier]] = {}
    for tier in tiers.prefetch_related("contents__product__parent") if app_settings.ENABLED else ():
        by_ladder.setdefault(tier.ladder, {})[tier.family_id] = tier
    for ladder, found in by_ladder.items():
        if len(found) == len(families) and admits(ladder.audience, request):
            return found[families[0]], found[families[1]]
    raise NotChangedError(
        _("Nothing was changed: %(before)s cannot be switched for %(after)s.")
        % {"before": left.get_title(), "after": wanted.get_title()}
    )


def _contents(tier: Tier) -> dict[int, int]:
    return {content.product_id: content.units for content in tier.contents.all()}


def _missing_of(before: Tier, now: Tier, units: int) -> Iterator[Units]:
    """List what came with the step that is left, and does not come with the one that is taken."""
    still = _contents(now)
    for content in before.contents.all():
        less = content.units - still.get(content.product_id, 0)
        if less > 0 and content.product_id != now.family_id:
            yield _units(content.product, less * units)


def _units(product: Any, units: int) -> Units:
    return Units(product.pk, product.get_title(), units)


def _special(offer: int | None, before: Tier, now: Tier, wanted: Any) -> UpgradeOffer | None:
    """Find the special price that is to be accepted: one that leads from the one step to the other.

    What owners are given needs no acceptance.
    """
    if offer is None:
        return None
    special: UpgradeOffer | None = (
        UpgradeOffer.objects.select_related("to_tier", "from_tier").filter(pk=offer, ladder=now.ladder_id).first()
    )
    if special is None or not _leads(special, before, now, wanted):
        raise EndedError(
            _("Nothing was changed: this special price is not for %(title)s.") % {"title": wanted.get_title()}
        )
    return None if special.kind == UpgradeOffer.Kind.OWNED else special


def _leads(special: UpgradeOffer, before: Tier, now: Tier, wanted: Any) -> bool:
    if special.from_tier_id not in (None, before.pk) or _place(before) >= _place(now):
        return False
    if special.to_tier is None:
        return special.kind == UpgradeOffer.Kind.OWNED
    return special.to_tier.product_id in (wanted.pk, wanted.parent_id)


def _place(tier: Tier) -> tuple[int, int]:
    return tier.position, tier.pk


# --- what is done -----------------------------------------------------------------------------------------------------


def _carried_out(basket: Any, lines: Mapping[int, Any], left: Any, wanted: Any, taken: Sequence[Taken]) -> Change:
    """Take out what goes, and put in what comes. Raises NotFittingError, or another NotChangedError."""
    removed = [keep(left, left.quantity)]
    removed += [keep(lines[one.line], one.units, each=one.each) for one in taken]
    options = _fitting(left, wanted)
    words, units = own_words(left), left.quantity
    for line, count in [(left, units), *((lines[one.line], one.units) for one in taken)]:
        take(line, count)
    basket.reset_offer_applications()
    try:
        line, created = put(basket=basket, product=wanted, units=units, options=options)
    except RefusedError as reason:
        raise _refused(wanted, reason) from reason
    before = own_words(line)
    say(line, words, over=created)
    basket.reset_offer_applications()
    reworded = {} if created or before == words else {line.line_reference: (before, own_words(line))}
    return Change({line.line_reference: units}, removed, reworded)


def _fitting(left: Any, wanted: Any) -> dict[str, Any]:
    """Carry over the options of a line, which the other product must all have."""
    known = {option.pk for option in (wanted.parent or wanted).options}
    chosen = options_of(left)
    for option, _value in chosen:
        if option.pk not in known:
            raise NotFittingError(
                _("Nothing was changed: %(title)s cannot be had with “%(option)s”.")
                % {"title": wanted.get_title(), "option": option.name}
            )
    return {option.code: value for option, value in chosen}


def _held(left: Any, lines: Iterable[Any]) -> list[Held]:
    """List the other lines that may lose units, the cheapest first; never what was made to order."""
    others = [line for line in lines if line.pk != left.pk and not is_made_to_order(line)]
    others.sort(key=lambda line: (line.price_excl_tax or 0, line.pk))
    return [Held(line.pk, line.product_id, line.quantity, line.product.parent_id) for line in others]


def _accepted(special: UpgradeOffer, units: int, request: Any) -> Besides:
    """Accept a special price for so many units, which are in the basket by now."""
    before = _granted(special, request)
    try:
        accept(offer=special.pk, quantity=units, request=request)
    except OfferOverError as reason:
        raise EndedError(_("Nothing was changed. %(reason)s") % {"reason": reason}) from reason
    return Besides(BESIDES, special.pk, _granted(special, request) - before)


def _granted(special: UpgradeOffer, request: Any) -> int:
    grants = Grant.objects.of(asker_of_request(request)).accepted().filter(offer=special)
    return int(grants.aggregate(units=Sum("quantity"))["units"] or 0)


@undoes(BESIDES)
def _give_back(request: Any, offer: int, units: int) -> None:
    """Undo that a special price was accepted."""
    take_back(offer=offer, quantity=units, request=request)
    forget_plan(request.basket)


# --- why not ----------------------------------------------------------------------------------------------------------


def _missing(basket: Any, product: int) -> GoneError:
    if basket.lines.filter(product=product).exists():
        return _had()
    return GoneError(_("Nothing was changed: that is not in your basket any more."))


def _had() -> HeldError:
    return HeldError(_("You have this already."))


def _refused(wanted: Any, reason: RefusedError) -> NotChangedError:
    told = {"title": wanted.get_title(), "option": reason.field, "reason": str(reason)}
    if reason.field:
        return NotFittingError(_("Nothing was changed. %(title)s needs another choice of “%(option)s”.") % told)
    if str(reason):
        return NotChangedError(_("Nothing was changed. %(title)s: %(reason)s") % told)
    return NotChangedError(_("Nothing was changed: %(title)s is not available.") % told)
