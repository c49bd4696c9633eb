"""The till for shoppers, for front ends that do not draw with our template tags: by the same choice as the tags."""

from collections.abc import Sequence
from typing import Any

from django.middleware.csrf import get_token
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.bumps import components
from upsell.bumps.api.boxes import ExtraSerializer, LostSerializer, RewardSerializer, Writer
from upsell.bumps.boxes import Extra, Lost
from upsell.bumps.placements import Placement
from upsell.core.api.errors import problems
from upsell.core.api.filters import refuse_unknown_parameters
from upsell.core.api.schema import describe
from upsell.core.api.shopping import BasketView
from upsell.core.oscar import sellable_id
from upsell.recommendations.api.cards import CardSerializer
from upsell.recommendations.serving.page import Page

PLACEMENTS = [(placement.value, placement.value) for placement in Placement]
READ_PROBLEMS = problems(400, 429)


class PlacementSerializer(serializers.Serializer[Any]):
    """Where the shopper is."""

    placement = serializers.ChoiceField(
        choices=PLACEMENTS,
        default=Placement.BASKET.value,
        help_text="The basket, or a step of the checkout: a merchant says of each extra where it may stand.",
    )


class PopShelfSerializer(serializers.Serializer[Any]):
    """The shelf beside the basket; possibly empty."""

    items = CardSerializer(many=True)


class RewardsSerializer(serializers.Serializer[Any]):
    """What the basket is close to, the nearest first; two at most."""

    rewards = RewardSerializer(many=True)


class ExtrasSerializer(serializers.Serializer[Any]):
    """What is offered at the till, the best first; a few at most."""

    extras = ExtraSerializer(many=True)
    lost = LostSerializer(many=True, help_text="Accepted prices that do not apply now.")


class TillSerializer(ExtrasSerializer):
    """Everything at the till; no product stands at two places of it."""

    rewards = RewardSerializer(many=True)
    items = CardSerializer(many=True, help_text="What stands on the shelf.")


class TillView(BasketView):
    """All of the till at once."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="till_retrieve",
        summary="Show all of the till",
        parameters=[PlacementSerializer],
        responses={200: TillSerializer} | READ_PROBLEMS,
    )
    def get(self, request: Request) -> Response:
        """Show for the current basket what is offered, what it is close to, and what stands on the shelf.

        By the same choice as the template tags on one page make. Sets the CSRF cookie, which accepting needs.
        """
        placement = _placement(request)
        asking, basket = self.find_basket(request)
        get_token(asking)
        write = Writer(request)
        extras = components.extras_for(basket, request=asking, placement=placement)
        rewards = components.rewards_for(basket, request=asking)
        # The shelf proposes other products than the rewards, as on a page; extras see to it themselves.
        Page.of(asking).shown |= {sellable_id(row.reach.card.product) for row in rewards if row.reach}
        shelf = components.pop_shelf_for(basket, request=asking)
        lost = components.lost_prices_for(basket, request=asking)
        body = {**_extras(write, extras, lost), "rewards": write.rewards(rewards), "items": write.shelf(shelf)}
        return Response(TillSerializer(body).data)


class ExtrasView(BasketView):
    """What is offered at the till."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="till_bumps_list",
        summary="Show what is offered at the till",
        parameters=[PlacementSerializer],
        responses={200: ExtrasSerializer} | READ_PROBLEMS,
    )
    def get(self, request: Request) -> Response:
        """Show what may be added to the current basket by one press, and for how much.

        Asking counts as showing, as a page does. Sets the CSRF cookie, which accepting needs.
        """
        placement = _placement(request)
        asking, basket = self.find_basket(request)
        get_token(asking)
        found = components.extras_for(basket, request=asking, placement=placement)
        lost = components.lost_prices_for(basket, request=asking)
        return Response(ExtrasSerializer(_extras(Writer(request), found, lost)).data)


class PopShelfView(BasketView):
    """The shelf beside the basket."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="till_shelf_retrieve",
        summary="Show the shelf beside the basket",
        responses={200: PopShelfSerializer} | READ_PROBLEMS,
    )
    def get(self, request: Request) -> Response:
        """Show the small things that stand beside the current basket today; nothing beside an empty one."""
        refuse_unknown_parameters(request, set())
        asking, basket = self.find_basket(request)
        found = components.pop_shelf_for(basket, request=asking)
        return Response(PopShelfSerializer({"items": Writer(request).shelf(found)}).data)


class RewardsView(BasketView):
    """What the basket is close to."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="till_progress_retrieve",
        summary="Show what the basket is close to earning at the till",
        responses={200: RewardsSerializer} | READ_PROBLEMS,
    )
    def get(self, request: Request) -> Response:
        """Show how far the current basket is from free delivery, a gift or the next quantity break.

        Each with the one product that gets there for least.
        """
        refuse_unknown_parameters(request, set())
        asking, basket = self.find_basket(request)
        found = components.rewards_for(basket, request=asking)
        return Response(RewardsSerializer({"rewards": Writer(request).rewards(found)}).data)


def _extras(write: Writer, extras: Sequence[Extra], lost: Sequence[Lost]) -> dict[str, Any]:
    return {"extras": write.extras(extras), "lost": write.lost(lost)}


def _placement(request: Request) -> Placement:
    refuse_unknown_parameters(request, {"placement"})
    query = PlacementSerializer(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return Placement(query.validated_data["placement"])
