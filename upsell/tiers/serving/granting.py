"""Offering a special price to somebody, and what they make of it: the time to decide, yes, no, and taking a yes back.

A time starts once and is never moved. Yes and no are as for every offer (``upsell.offers.serving.granting``).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from upsell.offers.models.grants import Grant
from upsell.offers.serving import granting
from upsell.offers.serving.granting import close_what_is_over, identified, is_seen_by_somebody, whose
from upsell.offers.standing import Standing, position
from upsell.tiers.serving.specials import Facts, facts_of, forget_specials, seen_with

BEGUN = "_upsell_windows_begun"  # on the request, until its page is there

State = Grant.State


# --- showing ----------------------------------------------------------------------------------------------------------


def note_shown(offers: Collection[int], *, request: Any) -> Mapping[int, datetime | None]:
    """Note that special prices are about to be shown; tell for each when it is gone, which is what to print.

    Where an offer gives minutes to decide, they begin now, once, for a shopper with an account or a saved basket. They
    do not begin for a page that nobody may look at: a question for its headers, a page fetched in advance, a robot. A
    page that then fails is taken back (``forget_begun``).
    """
    seen, at = seen_with(offers, request=request), timezone.now()
    ends: dict[int, datetime | None] = {}
    new: list[Facts] = []
    for key, (facts, held) in seen.items():
        where = position(held, at, again_after_days=facts.again_after_days)
        ends[key] = facts.end_for(where)
        if where.standing == Standing.NEW and facts.window is not None and facts.runs(at):
            new.append(facts)
    if new and is_seen_by_somebody(request):
        _begin(new, request, at)
        for key, (facts, held) in seen_with([facts.id for facts in new], request=request).items():
            ends[key] = facts.end_for(position(held, at, again_after_days=facts.again_after_days))
    return ends


def forget_begun(request: Any) -> None:
    """Take back the times that began with a page which then failed: nobody has seen it."""
    for grant in getattr(request, BEGUN, ()):
        Grant.objects.filter(
            offer=grant.offer_id,
            customer=grant.customer,
            visitor=grant.visitor,
            shown_at=grant.shown_at,
            state=State.SHOWN,
        ).delete()
    setattr(request, BEGUN, [])


def _begin(offers: Sequence[Facts], request: Any, at: datetime) -> None:
    """Write the rows, each once, whoever else does so at the same moment."""
    asker = identified(request)
    begun = [
        Grant(offer_id=facts.id, ends_at=facts.end_of_window(at), **whose(asker), state=State.SHOWN) for facts in offers
    ]
    with transaction.atomic():
        close_what_is_over(asker, [facts.id for facts in offers], at)
        Grant.objects.bulk_create(begun, ignore_conflicts=True)
    setattr(request, BEGUN, [*getattr(request, BEGUN, ()), *begun])
    forget_specials(request)


# --- yes and no -------------------------------------------------------------------------------------------------------


def accept(*, offer: int, quantity: int, request: Any, at: datetime | None = None) -> Grant:
    """Let the shopper have so many units more at the special price; return what they have now. Raises OfferOverError.

    Units count once they are in the basket: put them there before you accept for them.
    """
    facts = facts_of([offer], request=request).get(offer)
    if facts is None or facts.is_owned or not facts.leads_somewhere:
        raise granting.gone()
    grant = granting.accept(
        facts, quantity=quantity, held=lambda: _units_in(request.basket, facts.to_product), request=request, at=at
    )
    forget_specials(request)
    return grant


def take_back(*, offer: int, quantity: int, request: Any) -> None:
    """Take an acceptance of so many units back; what is left of the time to decide goes on."""
    granting.take_back(offer=offer, quantity=quantity, request=request)
    forget_specials(request)


def dismiss(*, offer: int, request: Any) -> None:
    """Note that the shopper does not want a special price. What was accepted already stays so."""
    facts = facts_of([offer], request=request).get(offer)
    if facts is not None and not facts.is_owned and granting.dismiss(facts, request=request):
        forget_specials(request)


def _units_in(basket: Any, product: int | None) -> int:
    lines = basket.lines.filter(Q(product=product) | Q(product__parent=product))
    return int(lines.aggregate(units=Sum("quantity"))["units"] or 0)
