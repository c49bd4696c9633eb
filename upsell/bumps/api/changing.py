"""Yes and no to an extra at the till, and taking either back: at the shop's prices, once however often it is asked."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.bumps.models.bumps import Bump
from upsell.bumps.serving.accepting import Accepted, accept_bump
from upsell.bumps.serving.declining import decline_bump, undo_decline
from upsell.core.api.errors import Gone, problems
from upsell.core.api.fields import CountField, IdField, StrictSerializer
from upsell.core.api.idempotency import key_parameter
from upsell.core.api.schema import describe
from upsell.core.api.shopping import BasketView, keep_session
from upsell.core.api.undoing import UNDO_PROBLEMS, UndoingView, UndoneSerializer
from upsell.core.services import NotChangedError
from upsell.offers.api.pressing import (
    CHANGE_PROBLEMS,
    AgreedSerializer,
    DifferenceSerializer,
    agreed,
    difference,
    read_press,
    refusal,
)
from upsell.offers.serving.pressing import EndedError

MOST_UNITS = 100
DECLINE_PROBLEMS = problems(400, 403, 404, 410, 413, 415, 429)


class AcceptSerializer(AgreedSerializer):
    """The extra to have."""

    product = IdField(help_text="What the extra adds, as it was shown.")
    units = CountField(
        min_value=1, max_value=MOST_UNITS, default=1, help_text="Never more come than the shopper is entitled to."
    )


class AcceptedSerializer(serializers.Serializer[Any]):
    """What was added, what the basket costs more, and the name under which it can be undone."""

    bump = serializers.IntegerField(help_text="Id of the offer.")
    product = serializers.IntegerField(help_text="Its id.")
    title = serializers.CharField()
    units = serializers.IntegerField(help_text="How many came; 0 where all were there, and only their price changed.")
    difference = DifferenceSerializer()
    undo = serializers.CharField(help_text="Its name in `till/accepted/<name>/undo/`, in this session.")


class NothingToAddSerializer(StrictSerializer):
    """No field at all."""


class DeclinedExtraSerializer(serializers.Serializer[Any]):
    """The extra that will not be offered for a while, or may be offered again."""

    title = serializers.CharField(help_text="What it is called.")


class ExtraAcceptView(BasketView):
    """Adds an extra and accepts its price."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="till_bumps_accept",
        summary="Accept an extra",
        parameters=[key_parameter()],
        request=AcceptSerializer,
        responses={200: AcceptedSerializer} | CHANGE_PROBLEMS,
    )
    def post(self, request: Request, bump_id: int) -> Response:
        """Add an extra to the current basket and accept its price, whole or not at all.

        Whether it is offered, and for how much, is judged at this moment, by the shop. Units that are in the basket
        already do not come again. With the header `Idempotency-Key` the same request acts once, however often it is
        sent.
        """
        sent = read_press(AcceptSerializer, request)
        asking, basket = self.basket_to_change(request, _missing())
        keep_session(asking)
        act = partial(_accept, bump_id, sent, asking, basket)

        def tell(done: Accepted) -> Response:
            return Response(AcceptedSerializer(_accepted(bump_id, done)).data)

        response, done = self.act_once(request, basket, act=act, tell=tell)
        self.tell_the_shop([one.added.product for one in done if one.added.quantity], asking)
        return response


class AcceptanceUndoView(UndoingView):
    """Undoes that an extra was accepted."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="till_accepted_undo",
        summary="Undo that an extra was accepted",
        parameters=[key_parameter()],
        request=None,
        responses={200: UndoneSerializer} | UNDO_PROBLEMS,
    )
    def post(self, request: Request, name: str) -> Response:
        """Take out the units that came, as far as they are still there, and their price with them.

        Known in the session in which it was done, as are the last few changes. A second undo finds nothing.
        """
        return self.undo_once(request, name)


class ExtraDeclineView(BasketView):
    """Remembers a "No, thanks" to an extra, and takes it back."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="till_bumps_decline",
        summary="Decline an extra",
        request=None,
        responses={200: DeclinedExtraSerializer} | DECLINE_PROBLEMS,
    )
    def post(self, request: Request, bump_id: int) -> Response:
        """Remember that the shopper does not want an extra: it stays away for the days that the merchant says.

        Declined twice, it stays declined. What was accepted stays so.
        """
        read_press(NothingToAddSerializer, request)
        asking, _basket = self.find_basket(request)
        return _answered(partial(decline_bump, offer=bump_id, request=asking), bump_id)

    @describe(
        operation_id="till_bumps_undo_decline",
        summary="Take back that an extra was declined",
        responses={200: DeclinedExtraSerializer} | problems(400, 403, 404, 410, 429),
    )
    def delete(self, request: Request, bump_id: int) -> Response:
        """Forget that the shopper declined an extra: it may be offered again, at once."""
        asking, _basket = self.find_basket(request)
        return _answered(partial(undo_decline, offer=bump_id, request=asking), bump_id)


def _accept(bump: int, sent: Mapping[str, Any], asking: Any, basket: Any) -> Accepted:
    """Accept it, or say in one of the API's ways why not."""
    try:
        return accept_bump(
            offer=bump, product=sent["product"], units=sent["units"], request=asking, basket=basket, **agreed(sent)
        )
    except EndedError as reason:
        raise _over(bump, reason) from reason
    except NotChangedError as reason:
        raise refusal(reason, "not_added") from reason


def _answered(act: Any, bump: int) -> Response:
    try:
        title = act()
    except NotChangedError as reason:
        raise _over(bump, reason, code="not_offered") from reason
    return Response(DeclinedExtraSerializer({"title": title}).data)


def _over(bump: int, reason: NotChangedError, code: str = "ended") -> Exception:
    """Tell what is over from what never was, or is not for anybody's eyes yet."""
    found = Bump.objects.filter(pk=bump).first()
    return _missing() if found is None or found.state() in {"draft", "scheduled"} else Gone(str(reason), code=code)


def _missing() -> NotFound:
    return NotFound(_("There is no such offer."))


def _accepted(bump: int, done: Accepted) -> dict[str, Any]:
    return {
        "bump": bump,
        "product": done.added.product.pk,
        "title": done.added.product.get_title(),
        "units": done.added.quantity,
        "difference": difference(done.exchanged),
        "undo": done.name,
    }
