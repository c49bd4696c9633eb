"""What others may ask of offers: pricing, savings, and what is done to an offer of any type, by whomever.

The one door for features above; what is behind it may move. Each act is on the record (Django's log of the admin), may
be repeated without harm, and puts remembered prices out of date.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.admin.models import CHANGE, DELETION
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from upsell.core.services import NotDoneError
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import Offer
from upsell.offers.registry import offer_types
from upsell.offers.serving.families import raise_revision
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.planning import BasketPlan, plan_for
from upsell.offers.serving.quoting import quote, quotes, savings_of, savings_of_order
from upsell.offers.serving.record import change_line, label_of, write_down
from upsell.offers.serving.texts import moment

__all__ = [
    "BasketPlan",
    "copied",
    "delete_offer",
    "end_offer",
    "pause_offer",
    "plan_for",
    "quote",
    "quotes",
    "raise_revision",
    "save_terms",
    "savings_of",
    "savings_of_order",
    "switch_offers",
    "used_among",
    "why_it_is_over",
]

ROWS_AT_ONCE = 500  # ids that one statement names


# --- running and stopping ---------------------------------------------------------------------------------------------


def why_it_is_over(offer: Any) -> str:
    """Say why an offer that has ended cannot be activated; empty if it has not."""
    if offer.status == Offer.Status.ENDED:
        return _("“%(name)s” has ended for good. Duplicate it and activate the copy.") % _named(offer)
    if offer.ends_at is not None and offer.ends_at <= now():
        when = moment(offer.ends_at)
        return _("“%(name)s” ended on %(when)s. Give it a later end first.") % {**_named(offer), "when": when}
    return ""


def pause_offer(*, offer: Any, user: Any) -> bool:
    """Stop a running offer until it is activated again, and say whether that changed anything. Raises NotDoneError."""
    if offer.status == Offer.Status.DRAFT:
        raise NotDoneError(_("“%(name)s” is a draft: it does not run, so there is nothing to pause.") % _named(offer))
    if offer.status == Offer.Status.ENDED:
        raise NotDoneError(_("“%(name)s” has ended for good.") % _named(offer))
    return bool(switch_offers(offers=[offer], status=Offer.Status.PAUSED, user=user))


def end_offer(*, offer: Any, user: Any) -> bool:
    """Stop an offer for good; its orders, uses and history stay."""
    return bool(switch_offers(offers=[offer], status=Offer.Status.ENDED, user=user))


@transaction.atomic
def switch_offers(*, offers: Iterable[Any], status: str, user: Any) -> list[Any]:
    """Give offers of one type a status, whatever theirs is, and return those that had another: all in one step.

    The caller has made sure that they may have it.
    """
    offers = list(offers)
    changed: list[Any] = []
    for start in range(0, len(offers), ROWS_AT_ONCE):
        changed += _switch(offers[start : start + ROWS_AT_ONCE], status, user)
    if changed:
        kind = offer_types().get(changed[0].type)
        if kind is not None:
            kind.bring_along([offer.pk for offer in changed])
        raise_revision()
    for offer in offers:
        offer.status = status
    return changed


def _switch(offers: Sequence[Any], status: str, user: Any) -> list[Any]:
    """Switch some in one statement, and put each on the record with the status it had."""
    ids, model = [offer.pk for offer in offers], type(offers[0])
    rows = Offer.objects.select_for_update().filter(pk__in=ids).exclude(status=status).order_by("pk")
    former = dict(rows.values_list("pk", "status"))
    Offer.objects.filter(pk__in=former).update(status=status, updated_at=now(), version=F("version") + 1)
    switched = list(model._default_manager.filter(pk__in=former).order_by("pk"))
    for before in sorted(set(former.values())):
        labels = [str(Offer.Status(one).label) for one in (before, status)]
        message = change_line(label_of(model, "status"), *labels)
        write_down([offer for offer in switched if former[offer.pk] == before], CHANGE, message, user)
    return switched


# --- making and removing ----------------------------------------------------------------------------------------------


def copied(offer: Any, *, user: Any) -> Any:
    """Save a copy of an offer's own row: a draft without uses, which belongs to ``user``.

    What else the type keeps of it is the caller's to copy, and then to ``save_terms``.
    """
    copy = type(offer)._default_manager.get(pk=offer.pk)
    name = _("Copy of %(name)s") % _named(copy)
    copy.pk = copy.id = copy.offer_ptr_id = None  # a row of its own in both tables
    copy._state.adding = True
    copy.status = Offer.Status.DRAFT
    copy.version = 1
    copy.name = name[: Offer._meta.get_field("name").max_length]
    copy.created_by = user if user is not None and user.pk else None
    copy.save()
    return copy


def used_among(offers: Sequence[Any]) -> set[int]:
    """List which of the offers some order was given: those can be ended, and not deleted."""
    meant = {offer.pk: offer.pk for offer in offers}
    for name, kind in offer_types().items():
        of_type = [offer.pk for offer in offers if offer.type == name]
        meant |= kind.followers(of_type) if of_type else {}
    booked = OrderOffer.objects.filter(offer__in=meant)
    return {meant[used] for used in booked.order_by().values_list("offer", flat=True).distinct()}


@transaction.atomic
def delete_offer(*, offer: Any, user: Any = None) -> None:
    """Remove an offer that no order was given; raises NotDoneError for any other.

    With ``user`` it is put on the record, too; the admin does that itself.
    """
    if used_among([offer]):
        raise NotDoneError(_("“%(name)s” was used by orders. End it instead.") % _named(offer))
    if user is not None:
        write_down([offer], DELETION, "", user)
    offer.delete()


def _named(offer: Any) -> dict[str, str]:
    return {"name": offer.name}
