"""Taking a better step, undoing that and refusing one: at the shop's prices, once however often it is asked for."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.core.api.errors import Conflict, Gone, problems
from upsell.core.api.fields import IdField, StrictSerializer
from upsell.core.api.idempotency import key_parameter
from upsell.core.api.schema import describe
from upsell.core.api.shopping import BasketView, keep_session
from upsell.core.api.undoing import UNDO_PROBLEMS, UndoingView, UndoneSerializer
from upsell.core.services import Added, NotChangedError
from upsell.offers.api.pressing import CHANGE_PROBLEMS, AgreedSerializer, agreed, read_press, refusal
from upsell.tiers.api.boxes import SwappedSerializer, swapped
from upsell.tiers.api.storefront import BasketUpgrades
from upsell.tiers.serving.declining import decline
from upsell.tiers.serving.swapping import NotFittingError, Swapped, swap
from upsell.tiers.serving.taking import take


class SwapSerializer(AgreedSerializer):
    """The step to have in place of a line."""

    product = IdField(help_text="A step of the same ladder; of a step with variants, one of them.")
    offer = IdField(required=False, allow_null=True, help_text="The special price that is accepted with it.")


class TakeSerializer(AgreedSerializer):
    """The step to add at its special price."""

    product = IdField()
    offer = IdField(help_text="The special price that is accepted with it.")


class TakenSerializer(serializers.Serializer[Any]):
    """What was added, and the name under which it can be undone."""

    product = serializers.IntegerField(help_text="Its id.")
    units = serializers.IntegerField()
    undo = serializers.CharField(help_text="Its name in `basket/swaps/<name>/undo/`, in this session.")


class DeclineSerializer(StrictSerializer):
    """The special price that is refused with a step."""

    offer = IdField(required=False, allow_null=True)


class LineDeclineSerializer(DeclineSerializer):
    """The step that is refused."""

    product = IdField()


class DeclinedSerializer(serializers.Serializer[Any]):
    """The step that will not be suggested again in this session."""

    declined = serializers.CharField(help_text="What it is called.")


class LineSwapView(BasketView):
    """Puts a better step in place of a line."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="basket_lines_swap",
        summary="Swap a line for another step",
        parameters=[key_parameter()],
        request=SwapSerializer,
        responses={200: SwappedSerializer} | CHANGE_PROBLEMS,
    )
    def post(self, request: Request, line_id: int) -> Response:
        """Put another step of its ladder in place of a line of the current basket, whole or not at all.

        Quantity, options and words of the line are kept. What comes with the step leaves the basket. With the header
        `Idempotency-Key` the same request acts once, however often it is sent.
        """
        sent = read_press(SwapSerializer, request)
        asking, basket = self.basket_to_change(request, _no_line())
        keep_session(asking)

        def act() -> Swapped:
            try:
                return swap(line=line_id, request=asking, basket=basket, **_terms(sent))
            except NotChangedError as reason:
                raise _refusal(reason, "not_swapped") from reason

        response, done = self.act_once(
            request, basket, act=act, tell=lambda one: Response(SwappedSerializer(swapped(one)).data)
        )
        self.tell_the_shop([one.product for one in done], asking)
        return response


class BasketUpgradesView(BasketUpgrades):
    """The steps up in the basket, and adding one at its special price."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="basket_upgrades_take",
        summary="Add a step at its special price",
        parameters=[key_parameter()],
        request=TakeSerializer,
        responses={200: TakenSerializer} | CHANGE_PROBLEMS,
    )
    def post(self, request: Request) -> Response:
        """Add one unit of a step to the current basket, and accept its special price.

        For steps that are offered without a `line`: what they step up from is not in the basket. With the header
        `Idempotency-Key` the same request acts once, however often it is sent.
        """
        sent = read_press(TakeSerializer, request)
        asking, basket = self.basket_to_change(request, NotFound(_("This is not offered any more.")))
        keep_session(asking)

        def act() -> tuple[Added, str]:
            try:
                return take(request=asking, basket=basket, **_terms(sent))
            except NotChangedError as reason:
                raise _refusal(reason, "not_added") from reason

        def tell(done: tuple[Added, str]) -> Response:
            added, name = done
            body = {"product": added.product.pk, "units": added.quantity, "undo": name}
            return Response(TakenSerializer(body).data)

        response, done = self.act_once(request, basket, act=act, tell=tell)
        self.tell_the_shop([added.product for added, _name in done], asking)
        return response


class SwapUndoView(UndoingView):
    """Undoes a swap, or what was added at a special price."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="basket_swaps_undo",
        summary="Undo a swap",
        parameters=[key_parameter()],
        request=None,
        responses={200: UndoneSerializer} | UNDO_PROBLEMS,
    )
    def post(self, request: Request, name: str) -> Response:
        """Take out what came, and put back what went for it, as far as it is still there.

        Known in the session in which it was done, as are the last few changes. A second undo finds nothing.
        """
        return self.undo_once(request, name)


class LineDeclineView(BasketView):
    """Remembers a "No, thanks" to what a line was offered."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="basket_lines_decline",
        summary="Refuse the step offered for a line",
        request=LineDeclineSerializer,
        responses={200: DeclinedSerializer} | problems(400, 403, 404, 410, 413, 415, 429),
    )
    def post(self, request: Request, line_id: int) -> Response:
        """Remember that a step was refused: the step below it may be offered once, then there is silence."""
        sent = read_press(LineDeclineSerializer, request)
        asking, basket = self.find_basket(request)
        if basket is None or not basket.id or not basket.lines.filter(pk=line_id).exists():
            raise _no_line()
        return _declined(sent["product"], sent, asking)


class ProductDeclineView(BasketView):
    """Remembers a "No, thanks" to what a product page offered."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="products_decline",
        summary="Refuse a step offered beside a product",
        request=DeclineSerializer,
        responses={200: DeclinedSerializer} | problems(400, 403, 404, 410, 413, 415, 429),
    )
    def post(self, request: Request, product_id: int) -> Response:
        """Remember that this product was refused as a step up."""
        sent = read_press(DeclineSerializer, request)
        asking, _basket = self.find_basket(request)
        return _declined(product_id, sent, asking)


def _declined(product: int, sent: Mapping[str, Any], asking: Any) -> Response:
    try:
        title = decline(product=product, offer=sent.get("offer"), request=asking)
    except NotChangedError as reason:
        raise Gone(str(reason), code="not_offered") from reason
    return Response(DeclinedSerializer({"declined": title}).data)


def _terms(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Put what was sent into the words of the services."""
    return {"product": sent["product"], "offer": sent.get("offer"), **agreed(sent)}


def _refusal(reason: NotChangedError, code: str) -> Exception:
    return Conflict(str(reason), code="not_fitting") if isinstance(reason, NotFittingError) else refusal(reason, code)


def _no_line() -> NotFound:
    return NotFound(_("Nothing was changed: that is not in your basket any more."))
