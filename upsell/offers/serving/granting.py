"""Yes and no to an offer that is made to somebody, and taking a yes back.

The database decides: of two acceptances at once one is counted. Nothing is believed from a request but who asks.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from upsell.core.services import NotChangedError, lock
from upsell.offers.base import Asker
from upsell.offers.models.grants import Grant
from upsell.offers.serving.customers import VISITOR, asker_of_request, customer_of_user, visitor_of
from upsell.offers.serving.planning import forget_plan
from upsell.offers.serving.texts import moment
from upsell.offers.standing import Position, Standing, position

MOST_UNITS = 10_000  # Oscar's baskets hold no more
UNSEEN_PURPOSES = ("prefetch", "prerender", "preview")
PURPOSE_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
ROBOTS = ("bot", "crawl", "spider", "slurp", "facebookexternalhit", "headless")
OURS = "upsell_"  # how all that is ours in a session is called

State = Grant.State


class Offered(Protocol):
    """What there is to know of an offer that may be accepted or declined, whoever asks."""

    @property
    def id(self) -> int:
        """The offer."""

    @property
    def ends_at(self) -> datetime | None:
        """When it ends for everybody."""

    @property
    def again_after_days(self) -> int:
        """How long somebody who declined it is left alone."""

    @property
    def limited_by(self) -> str:
        """Which limit leaves no use: customer, all or budget; empty if none does."""

    @property
    def quiet_after(self) -> frozenset[Standing]:
        """After what it is not offered to the same shopper for a while."""

    def runs(self, at: datetime) -> bool:
        """Whether it runs at a moment."""

    def admits(self, request: Any) -> bool:
        """Whether it is meant for whoever asks."""

    def end_of_window(self, at: datetime) -> datetime | None:
        """When it is gone for somebody whose time to decide begins at a moment."""


class OfferOverError(NotChangedError):
    """The offer cannot be had any more; ``reason`` says why in a word.

    It is one of ``gone`` (no such offer), ``ended``, ``stopped`` (by the merchant, for now or for good), ``audience``,
    ``over`` (the shopper's own time), ``dismissed``, ``used``, ``customer``, ``all`` or ``budget`` (its limits).
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


# --- yes and no -------------------------------------------------------------------------------------------------------


def accept(
    offered: Offered,
    *,
    quantity: int,
    held: Callable[[], int],
    request: Any,
    at: datetime | None = None,
    over_refusal: bool = False,
) -> Grant:
    """Let the shopper have so many units more at the offer's price; return what they have now. Raises OfferOverError.

    ``held`` counts the units of it in the basket, which is locked by then: more are never granted than that, or than
    are asked for at once. So a press that comes twice grants no more than one; put units into the basket before you
    accept for them. With ``over_refusal``, somebody who declined it may think again. Raises NotChangedError, too, if
    the basket is being paid for.
    """
    at = at or timezone.now()
    if not 0 < quantity <= MOST_UNITS:
        raise NotChangedError(_("Nothing was changed: this number of units is not possible."))
    with transaction.atomic():
        lock(request.basket)
        asker = asker_now(request)
        rows = list(Grant.objects.of(asker).filter(offer=offered.id).select_for_update().order_by("pk"))
        where = position_of(offered, rows, at)
        if over_refusal and where.standing == Standing.DISMISSED:
            where = Position()
        refusal = refusal_of(offered, where, request, at)
        if refusal is not None:
            raise refusal
        grant = _accepted(offered, where, quantity, held(), request, at)
    forget_plan(request.basket)
    return grant


def take_back(*, offer: int, quantity: int, request: Any) -> None:
    """Take an acceptance of so many units back; what is left of the time to decide goes on."""
    with transaction.atomic():
        lock(request.basket)
        rows = Grant.objects.of(asker_now(request)).accepted().filter(offer=offer)
        grant = rows.select_for_update().order_by("-quantity", "pk").first()
        if grant is None:
            return
        grant.quantity = max(0, grant.quantity - max(0, quantity))
        if not grant.quantity:
            grant.state, grant.accepted_at = State.SHOWN, None
        grant.save(update_fields=["quantity", "state", "accepted_at"])
    forget_plan(request.basket)


def dismiss(offered: Offered, *, request: Any) -> bool:
    """Note that the shopper does not want it; tell whether there was something to note.

    What was accepted already stays so.
    """
    at = timezone.now()
    with transaction.atomic():
        rows = list(Grant.objects.of(asker_now(request)).filter(offer=offered.id).select_for_update().order_by("pk"))
        where = position_of(offered, rows, at)
        if where.standing not in (Standing.NEW, Standing.SHOWN) or not offered.runs(at):
            return False
        asker = identified(request)
        close_what_is_over(asker, [offered.id], at)
        closed = {"state": State.DISMISSED, "closed_at": at}
        if not Grant.objects.of(asker).filter(offer=offered.id, state=State.SHOWN).update(**closed):
            ends_at = offered.end_of_window(at)
            Grant.objects.create(offer_id=offered.id, ends_at=ends_at, **whose(asker), **closed)
    forget_plan(request.basket)
    return True


def think_again(*, offer: int, request: Any) -> bool:
    """Take a refusal back: the offer may be shown again. Tell whether there was one."""
    rows = Grant.objects.of(asker_now(request)).filter(offer=offer, state=State.DISMISSED)
    return bool(rows.delete()[0])


def adopt(*, request: Any, user: Any) -> int:
    """Let what this session was offered belong to whoever has just signed in; return how much it was.

    Where the customer holds the same offer already, both stay, and only one of them gives a price.
    """
    visitor, customer = request.session.get(VISITOR), customer_of_user(user)
    if not visitor or not customer:
        return 0
    rows = Grant.objects.filter(visitor=visitor, customer="")
    held = Grant.objects.open().filter(customer=customer).values("offer")
    return rows.exclude(
        state__in=(State.SHOWN, State.ACCEPTED), offer__in=list(held.values_list("offer", flat=True))
    ).update(customer=customer)


def _accepted(offered: Offered, where: Position, quantity: int, held: int, request: Any, at: datetime) -> Grant:
    """Write the acceptance: into the row that is open, or into a new one."""
    asker = identified(request)
    if where.held is None or where.standing == Standing.NEW:
        close_what_is_over(asker, [offered.id], at)
        grant = Grant(offer_id=offered.id, ends_at=offered.end_of_window(at), **whose(asker))
        try:
            with transaction.atomic():
                return _granted(grant, quantity, held, at)
        except IntegrityError:
            # The same customer, with another basket, was faster: theirs is the row to count in.
            rows = Grant.objects.of(asker).open().filter(offer=offered.id)
            where = position_of(offered, list(rows.select_for_update().order_by("pk")), at)
            if where.held is None:
                raise
    return _granted(Grant.objects.get(pk=where.held.id), quantity, held, at)


def _granted(grant: Grant, quantity: int, held: int, at: datetime) -> Grant:
    here = max(held, quantity)
    before = grant.quantity if grant.state == State.ACCEPTED else 0
    grant.quantity = max(before, min(before + quantity, here))
    grant.accepted_at = grant.accepted_at or at
    grant.state = State.ACCEPTED
    grant.save()
    return grant


# --- why not ----------------------------------------------------------------------------------------------------------


def refusal_of(offered: Offered, where: Position, request: Any, at: datetime) -> OfferOverError | None:
    """Say why the price cannot be had; nothing if it can."""
    if where.standing == Standing.OVER and where.ends_at is not None:
        return _over(where.ends_at, "over")
    if offered.ends_at is not None and offered.ends_at <= at:
        return _over(offered.ends_at, "ended")
    if not offered.runs(at):
        return OfferOverError(_("This special price is not available any more."), "stopped")
    if where.standing == Standing.DISMISSED:
        return OfferOverError(_("You have declined this special price."), "dismissed")
    if where.standing == Standing.USED:
        return OfferOverError(_("You have ordered at this special price already."), "used")
    if offered.limited_by == "customer":
        return OfferOverError(_("You have had this special price as often as one customer can."), "customer")
    if offered.limited_by:
        return OfferOverError(_("This special price has just been used up."), offered.limited_by)
    if not offered.admits(request):
        return OfferOverError(_("This special price is meant for other customers."), "audience")
    return None


def gone() -> OfferOverError:
    """Say that there is no such offer."""
    return OfferOverError(_("This special price does not exist any more."), "gone")


def _over(ended: datetime, reason: str) -> OfferOverError:
    return OfferOverError(
        _("This special price was good until %(when)s, and is over.") % {"when": moment(ended)}, reason
    )


# --- whose ------------------------------------------------------------------------------------------------------------


def is_seen_by_somebody(request: Any) -> bool:
    """Whether the page is one that its shopper looks at: with an account, or a basket that is saved.

    It is not if only its headers are asked for, if it is fetched in advance, or by a robot.
    """
    basket = getattr(request, "basket", None)
    if request.method == "HEAD" or not (request.user.is_authenticated or (basket is not None and basket.id)):
        return False
    purposes = " ".join(request.headers.get(name, "") for name in PURPOSE_HEADERS).lower()
    agent = request.headers.get("User-Agent", "").lower()
    return not any(word in purposes for word in UNSEEN_PURPOSES) and not any(word in agent for word in ROBOTS)


def asker_now(request: Any) -> Asker:
    """Say who asks; the session's store is asked, too, since a press at the same moment may have written since."""
    session = request.session
    if not session.get(VISITOR) and session.session_key is not None:
        written = type(session)(session.session_key)
        if written.get(VISITOR):
            # With the token comes all that was noted with it: this session is saved over it when the request ends.
            session.update({key: value for key, value in written.items() if key.startswith(OURS)})
    return asker_of_request(request)


def identified(request: Any) -> Asker:
    """Say who asks; somebody who is not signed in gets a token, by which the session knows them from now on."""
    asker = asker_now(request)
    if asker.user is None and not asker.visitor:
        visitor_of(request)
        request.session.save()
    return asker_of_request(request)


def whose(asker: Asker) -> dict[str, str]:
    """Name the columns by which a row belongs to somebody."""
    return {"customer": asker.customer} if asker.user is not None else {"visitor": asker.visitor}


def position_of(offered: Offered, rows: Sequence[Grant], at: datetime) -> Position:
    """Tell where somebody stands with an offer, by their rows."""
    held = [row.held for row in rows]
    return position(held, at, again_after_days=offered.again_after_days, quiet_after=offered.quiet_after)


def close_what_is_over(asker: Asker, offers: Collection[int], at: datetime) -> None:
    """Make room for a new row: what is open and over is over for good."""
    rows = Grant.objects.of(asker).open().filter(offer__in=offers, ends_at__lte=at)
    rows.update(state=State.OVER, closed_at=F("ends_at"))
