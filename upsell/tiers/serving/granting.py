"""Offering a special price to somebody, and what they make of it: the time to decide, yes, no, and taking a yes back.

The database decides. A time starts once and is never moved; of two acceptances at once one is counted. Nothing is
believed from a request but who asks.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from upsell.core.services import NotChangedError, lock
from upsell.offers.base import Asker
from upsell.offers.serving.customers import VISITOR, asker_of_request, customer_of_user, visitor_of
from upsell.offers.serving.planning import forget_plan
from upsell.offers.serving.texts import moment
from upsell.tiers.models.upgrades import UpgradeGrant
from upsell.tiers.serving.specials import Facts, facts_of, forget_specials, seen_with
from upsell.tiers.standing import Position, Standing, position

MOST_UNITS = 10_000  # Oscar's baskets hold no more
BEGUN = "_upsell_windows_begun"  # on the request, until its page is there
UNSEEN_PURPOSES = ("prefetch", "prerender", "preview")
PURPOSE_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
ROBOTS = ("bot", "crawl", "spider", "slurp", "facebookexternalhit", "headless")

State = UpgradeGrant.State


class UpgradeOverError(NotChangedError):
    """The special price cannot be had any more; ``reason`` says why in a word.

    It is one of ``gone`` (no such offer), ``ended``, ``stopped`` (by the merchant, for now or for good), ``audience``,
    ``over`` (the shopper's own time), ``dismissed``, ``used``, ``customer``, ``all`` or ``budget`` (its limits).
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


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
    if new and _is_seen_by_somebody(request):
        _begin(new, request, at)
        for key, (facts, held) in seen_with([facts.id for facts in new], request=request).items():
            ends[key] = facts.end_for(position(held, at, again_after_days=facts.again_after_days))
    return ends


def forget_begun(request: Any) -> None:
    """Take back the times that began with a page which then failed: nobody has seen it."""
    for grant in getattr(request, BEGUN, ()):
        UpgradeGrant.objects.filter(
            offer=grant.offer_id,
            customer=grant.customer,
            visitor=grant.visitor,
            shown_at=grant.shown_at,
            state=State.SHOWN,
        ).delete()
    setattr(request, BEGUN, [])


def _begin(offers: Sequence[Facts], request: Any, at: datetime) -> None:
    """Write the rows, each once, whoever else does so at the same moment."""
    asker = _identified(request)
    begun = [
        UpgradeGrant(offer_id=facts.id, ends_at=facts.end_of_window(at), **_whose(asker), state=State.SHOWN)
        for facts in offers
    ]
    with transaction.atomic():
        _close_what_is_over(asker, [facts.id for facts in offers], at)
        UpgradeGrant.objects.bulk_create(begun, ignore_conflicts=True)
    setattr(request, BEGUN, [*getattr(request, BEGUN, ()), *begun])
    forget_specials(request)


def _is_seen_by_somebody(request: Any) -> bool:
    """Whether the page is one that its shopper looks at: with an account, or a basket that is saved."""
    basket = getattr(request, "basket", None)
    if request.method == "HEAD" or not (request.user.is_authenticated or (basket is not None and basket.id)):
        return False
    purposes = " ".join(request.headers.get(name, "") for name in PURPOSE_HEADERS).lower()
    agent = request.headers.get("User-Agent", "").lower()
    return not any(word in purposes for word in UNSEEN_PURPOSES) and not any(word in agent for word in ROBOTS)


# --- yes and no -------------------------------------------------------------------------------------------------------


def accept(*, offer: int, quantity: int, request: Any, at: datetime | None = None) -> UpgradeGrant:
    """Let the shopper have so many units more at the special price; return what they have now. Raises UpgradeOverError.

    Units count once they are in the basket: more are never granted than it holds of the better product, or than are
    asked for at once. So a press that comes twice grants no more than one; put units into the basket before you accept
    for them. Raises NotChangedError, too, if the basket is being paid for.
    """
    at = at or timezone.now()
    if not 0 < quantity <= MOST_UNITS:
        raise NotChangedError(_("Nothing was changed: this number of units is not possible."))
    with transaction.atomic():
        lock(request.basket)
        facts = facts_of([offer], request=request).get(offer)
        asker = _asker(request)
        rows = list(UpgradeGrant.objects.of(asker).filter(offer=offer).select_for_update().order_by("pk"))
        where = Position() if facts is None else _position(facts, rows, at)
        refusal = _refusal(facts, where, request, at)
        if refusal is not None:
            raise refusal
        grant = _accepted(facts, where, quantity, request, at)  # type: ignore[arg-type]  # a missing one is refused
    _note_change(request)
    return grant


def take_back(*, offer: int, quantity: int, request: Any) -> None:
    """Take an acceptance of so many units back; what is left of the time to decide goes on."""
    with transaction.atomic():
        lock(request.basket)
        rows = UpgradeGrant.objects.of(_asker(request)).accepted().filter(offer=offer)
        grant = rows.select_for_update().order_by("-quantity", "pk").first()
        if grant is None:
            return
        grant.quantity = max(0, grant.quantity - max(0, quantity))
        if not grant.quantity:
            grant.state, grant.accepted_at = State.SHOWN, None
        grant.save(update_fields=["quantity", "state", "accepted_at"])
    _note_change(request)


def dismiss(*, offer: int, request: Any) -> None:
    """Note that the shopper does not want a special price. What was accepted already stays so."""
    facts = facts_of([offer], request=request).get(offer)
    if facts is None or facts.is_owned:
        return
    at = timezone.now()
    with transaction.atomic():
        rows = list(UpgradeGrant.objects.of(_asker(request)).filter(offer=offer).select_for_update().order_by("pk"))
        where = _position(facts, rows, at)
        if where.standing not in (Standing.NEW, Standing.SHOWN) or not facts.runs(at):
            return
        asker = _identified(request)
        _close_what_is_over(asker, [offer], at)
        closed = {"state": State.DISMISSED, "closed_at": at}
        if not UpgradeGrant.objects.of(asker).open().filter(offer=offer).update(**closed):
            UpgradeGrant.objects.create(offer_id=offer, ends_at=facts.end_of_window(at), **_whose(asker), **closed)
    _note_change(request)


def adopt(*, request: Any, user: Any) -> int:
    """Let what this session was offered belong to whoever has just signed in; return how much it was.

    Where the customer holds the same offer already, both stay, and only one of them gives a price.
    """
    visitor, customer = request.session.get(VISITOR), customer_of_user(user)
    if not visitor or not customer:
        return 0
    rows = UpgradeGrant.objects.filter(visitor=visitor, customer="")
    held = UpgradeGrant.objects.open().filter(customer=customer).values("offer")
    return rows.exclude(
        state__in=(State.SHOWN, State.ACCEPTED), offer__in=list(held.values_list("offer", flat=True))
    ).update(customer=customer)


def _accepted(facts: Facts, where: Position, quantity: int, request: Any, at: datetime) -> UpgradeGrant:
    """Write the acceptance: into the row that is open, or into a new one."""
    asker = _identified(request)
    if where.held is None or where.standing == Standing.NEW:
        _close_what_is_over(asker, [facts.id], at)
        grant = UpgradeGrant(offer_id=facts.id, ends_at=facts.end_of_window(at), **_whose(asker))
        try:
            with transaction.atomic():
                return _granted(grant, facts, quantity, request, at)
        except IntegrityError:
            # The same customer, with another basket, was faster: theirs is the row to count in.
            rows = UpgradeGrant.objects.of(asker).open().filter(offer=facts.id)
            where = _position(facts, list(rows.select_for_update().order_by("pk")), at)
            if where.held is None:
                raise
    return _granted(UpgradeGrant.objects.get(pk=where.held.id), facts, quantity, request, at)


def _granted(grant: UpgradeGrant, facts: Facts, quantity: int, request: Any, at: datetime) -> UpgradeGrant:
    here = max(_units_in(request.basket, facts.to_product), quantity)
    before = grant.quantity if grant.state == State.ACCEPTED else 0
    grant.quantity = max(before, min(before + quantity, here))
    grant.accepted_at = grant.accepted_at or at
    grant.state = State.ACCEPTED
    grant.save()
    return grant


def _units_in(basket: Any, product: int | None) -> int:
    lines = basket.lines.filter(Q(product=product) | Q(product__parent=product))
    return int(lines.aggregate(units=Sum("quantity"))["units"] or 0)


# --- why not ----------------------------------------------------------------------------------------------------------


def _refusal(facts: Facts | None, where: Position, request: Any, at: datetime) -> UpgradeOverError | None:
    """Say why the price cannot be had; nothing if it can."""
    if facts is None or facts.is_owned or not facts.leads_somewhere:
        return UpgradeOverError(_("This special price does not exist any more."), "gone")
    if where.standing == Standing.OVER and where.ends_at is not None:
        return _over(where.ends_at, "over")
    if facts.ends_at is not None and facts.ends_at <= at:
        return _over(facts.ends_at, "ended")
    if not facts.runs(at):
        return UpgradeOverError(_("This special price is not available any more."), "stopped")
    if where.standing == Standing.DISMISSED:
        return UpgradeOverError(_("You have declined this special price."), "dismissed")
    if where.standing == Standing.USED:
        return UpgradeOverError(_("You have ordered at this special price already."), "used")
    if facts.limited_by == "customer":
        return UpgradeOverError(_("You have had this special price as often as one customer can."), "customer")
    if facts.limited_by:
        return UpgradeOverError(_("This special price has just been used up."), facts.limited_by)
    if not facts.admits(request):
        return UpgradeOverError(_("This special price is meant for other customers."), "audience")
    return None


def _over(ended: datetime, reason: str) -> UpgradeOverError:
    return UpgradeOverError(
        _("This special price was good until %(when)s, and is over.") % {"when": moment(ended)}, reason
    )


# --- whose ------------------------------------------------------------------------------------------------------------


def _asker(request: Any) -> Asker:
    """Say who asks; the session's store is asked, too, since a press at the same moment may have written since."""
    session = request.session
    if not session.get(VISITOR) and session.session_key is not None:
        stored = type(session)(session.session_key).get(VISITOR)
        if stored:
            session[VISITOR] = stored
    return asker_of_request(request)


def _identified(request: Any) -> Asker:
    """Say who asks; somebody who is not signed in gets a token, by which the session knows them from now on."""
    asker = _asker(request)
    if asker.user is None and not asker.visitor:
        visitor_of(request)
        request.session.save()
    return asker_of_request(request)


def _whose(asker: Asker) -> dict[str, str]:
    """Name the columns by which a row belongs to somebody."""
    return {"customer": asker.customer} if asker.user is not None else {"visitor": asker.visitor}


def _position(facts: Facts, rows: Sequence[UpgradeGrant], at: datetime) -> Position:
    return position([row.held for row in rows], at, again_after_days=facts.again_after_days)


def _close_what_is_over(asker: Asker, offers: Collection[int], at: datetime) -> None:
    """Make room for a new row: what is open and over is over for good."""
    rows = UpgradeGrant.objects.of(asker).open().filter(offer__in=offers, ends_at__lte=at)
    rows.update(state=State.OVER, closed_at=F("ends_at"))


def _note_change(request: Any) -> None:
    forget_specials(request)
    forget_plan(request.basket)
