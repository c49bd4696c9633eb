"""Better steps for shoppers, for front ends that do not draw with our template tags: by the same choice as the tags."""

from typing import Any

from django.middleware.csrf import get_token
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.core.api.errors import problems
from upsell.core.api.filters import refuse_unknown_parameters
from upsell.core.api.schema import describe
from upsell.core.api.shopper import shopper, visible_product
from upsell.core.api.shopping import BasketView, Shopping
from upsell.tiers import components
from upsell.tiers.api.boxes import ComparedSerializer, UpgradeSerializer, Writer

SPOTS = ["basket", "checkout"]


class ComparisonSerializer(serializers.Serializer[Any]):
    """The ladder of a product, for the one who asks; null where there is no choice."""

    comparison = ComparedSerializer(allow_null=True)


class ProductUpgradeSerializer(serializers.Serializer[Any]):
    """The one step up that is offered beside a product; null for none."""

    upgrade = UpgradeSerializer(allow_null=True)


class BasketUpgradesSerializer(serializers.Serializer[Any]):
    """The steps up that lines of the basket are offered; a few at most."""

    upgrades = UpgradeSerializer(many=True)


class SpotSerializer(serializers.Serializer[Any]):
    """Where they are shown."""

    spot = serializers.ChoiceField(
        choices=[(spot, spot) for spot in SPOTS],
        default="basket",
        help_text="The basket, or the page before payment: special prices are offered at places of their own.",
    )


class ProductComparisonView(Shopping):
    """The comparison beside a product."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="products_comparison_retrieve",
        summary="Compare a product with the other steps of its ladder",
        responses={200: ComparisonSerializer} | problems(400, 404, 429),
    )
    def get(self, request: Request, product_id: int) -> Response:
        """Set the steps of a product's ladder side by side: what each costs, adds and shares, and whether it is there.

        Only what this shopper may see, at their prices; at least two that can be bought now.
        """
        refuse_unknown_parameters(request, set())
        product = visible_product(product_id)
        found = components.comparison_for(product, request=shopper(request))
        body = {"comparison": Writer(request).comparison(found) if found else None}
        return Response(ComparisonSerializer(body).data)


class ProductUpgradeView(Shopping):
    """The step up beside a product."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="products_upgrade_retrieve",
        summary="Show the step up from a product",
        responses={200: ProductUpgradeSerializer} | problems(400, 404, 429),
    )
    def get(self, request: Request, product_id: int) -> Response:
        """Show the one better step that is offered beside a product, with its special price and when that truly ends.

        Showing a special price with minutes to decide begins them, as a page does. Sets the CSRF cookie, which taking
        the step needs.
        """
        refuse_unknown_parameters(request, set())
        product = visible_product(product_id)
        asking = shopper(request)
        get_token(asking)
        found = components.upgrade_for(product, request=asking)
        return Response(ProductUpgradeSerializer({"upgrade": Writer(request).upgrade(found) if found else None}).data)


class BasketUpgrades(BasketView):
    """The steps up that are offered in the basket; ``BasketUpgradesView`` adds how one is taken."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="basket_upgrades_list",
        summary="Show the steps up in the basket",
        parameters=[SpotSerializer],
        responses={200: BasketUpgradesSerializer} | problems(400, 429),
    )
    def get(self, request: Request) -> Response:
        """Show for the lines of the current basket which better step each is offered, and what it costs more in all.

        Everything that a swap needs is there: `line`, `product`, `offer`, `total` and `currency`.
        """
        refuse_unknown_parameters(request, {"spot"})
        query = SpotSerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asking, basket = self.find_basket(request)
        get_token(asking)
        found = components.line_upgrades_for(basket, request=asking, spot=query.validated_data["spot"])
        write = Writer(request).upgrade
        return Response(BasketUpgradesSerializer({"upgrades": [write(one) for one in found.values()]}).data)
