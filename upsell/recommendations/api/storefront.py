"""What shoppers are recommended, for front ends that do not draw with our template tags."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.core.api.errors import problems
from upsell.core.api.fields import IdField
from upsell.core.api.schema import describe
from upsell.core.api.shopper import shopper, visible_product
from upsell.core.api.values import parse_count
from upsell.core.api.views import Guarded
from upsell.recommendations import components
from upsell.recommendations.api.cards import CardSerializer, card_values
from upsell.recommendations.api.choices import ORIGINS, WIDGETS
from upsell.recommendations.components import Card
from upsell.recommendations.serving.widgets import WIDGETS as SPECS

BESIDE_A_PRODUCT = [widget.name for widget in SPECS.values() if widget.beside_product]
BESIDE_A_BASKET = [widget.name for widget in SPECS.values() if widget.beside_basket]
MOST_ITEMS = 24


class RecommendationSerializer(CardSerializer):
    """One recommended product, ready to draw."""

    rank = serializers.IntegerField(help_text="1 is the best.")
    reason = serializers.CharField(help_text="Why it is recommended; for people, in their language; may be empty.")
    origin = serializers.ChoiceField(choices=ORIGINS, help_text="Where the recommendation comes from; for programs.")
    because_of = serializers.IntegerField(
        allow_null=True, help_text="Id of the product in view, or in the basket, that speaks for it most."
    )


class ShelfSerializer(serializers.Serializer[Any]):
    """What one widget shows. With nothing to show, `heading` is null and `items` is empty."""

    widget = serializers.ChoiceField(choices=WIDGETS)
    heading = serializers.CharField(allow_null=True, help_text="For people, in their language.")
    items = RecommendationSerializer(many=True)


class ShelvesSerializer(serializers.Serializer[Any]):
    """What the widgets show, in the order they were asked for."""

    shelves = ShelfSerializer(many=True)


class LimitField(serializers.IntegerField):
    """How many are wanted: 1 or more; more than ``MOST_ITEMS`` is read as ``MOST_ITEMS``."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse nonsense, clamp greed."""
        value = parse_count(data) if isinstance(data, str) else None
        if value is None or value < 1:
            self.fail("invalid")
        return min(value, MOST_ITEMS)


class RecommendationQuerySerializer(serializers.Serializer[Any]):
    """What is asked for."""

    widget = serializers.ListField(
        child=serializers.ChoiceField(choices=WIDGETS),
        min_length=1,
        max_length=len(WIDGETS),
        help_text="The widgets of a page, in its order; give the parameter once for each.",
    )
    product = IdField(
        required=False, help_text=f"Id of the product in view. Needed by {', '.join(BESIDE_A_PRODUCT)}; no one else."
    )
    limit = LimitField(
        min_value=1,
        required=False,
        help_text=f"Most items of a widget, instead of the shop's own number; never more than {MOST_ITEMS}.",
    )

    def validate_widget(self, names: list[str]) -> list[str]:
        """Show each widget once."""
        return list(dict.fromkeys(names))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the product where it matters."""
        if "product" not in attrs and set(attrs["widget"]) & set(BESIDE_A_PRODUCT):
            message = _("This widget stands beside a product; name its id.")
            raise ValidationError({"product": [ErrorDetail(message, code="required")]})
        return attrs


class RecommendationView(Guarded):
    """What widgets show to the one who asks, by the same choice as the template tags make."""

    tag = "Storefront"
    permission_classes = (AllowAny,)
    throttle_scope = "storefront"

    @describe(
        operation_id="recommendations_list",
        summary="Recommend products",
        parameters=[RecommendationQuerySerializer],
        responses={200: ShelvesSerializer} | problems(400, 404, 429),
    )
    def get(self, request: Request) -> Response:
        """Choose what the widgets of a page show to the one who asks; each may turn out empty.

        Only what this shopper may see and buy, nothing that is in the basket already, merchants' pins and exclusions
        honoured, and no product twice in one answer. `complete_your_basket` is about the current basket, which the
        shop knows by the session or its cookie, for anonymous shoppers too.
        """
        query = RecommendationQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        product = visible_product(asked.get("product"))
        asking = shopper(request)
        shelves = []
        for widget in asked["widget"]:
            shelf = components.shelf(
                widget,
                request=asking,
                product=product if widget in BESIDE_A_PRODUCT else None,
                basket=getattr(asking, "basket", None) if widget in BESIDE_A_BASKET else None,
                limit=asked.get("limit"),
            )
            cards = shelf.cards if shelf else ()
            shelves.append(
                {
                    "widget": widget,
                    "heading": shelf.heading if shelf else None,
                    "items": [_item(request, rank, card) for rank, card in enumerate(cards, start=1)],
                }
            )
        return Response(ShelvesSerializer({"shelves": shelves}).data)


def _item(request: Request, rank: int, card: Card) -> dict[str, Any]:
    return {
        **card_values(request, card),
        "rank": rank,
        "reason": card.reason,
        "origin": card.recommendation.origin.name.lower() if card.recommendation else "",
        "because_of": card.recommendation.because_of if card.recommendation else None,
    }
