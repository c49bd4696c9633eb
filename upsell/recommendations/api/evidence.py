"""The evidence behind a product's recommendations, and what becomes of each in a widget."""

import math
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from oscar.core.loading import get_model
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.core.api.errors import problems
from upsell.core.api.fields import InstantField
from upsell.core.api.filters import refuse_unknown_parameters
from upsell.core.api.permissions import AsInAdmin, read_permissions
from upsell.core.api.schema import describe
from upsell.core.api.views import Guarded
from upsell.core.serving.visitors import as_visitor
from upsell.recommendations import components, reports
from upsell.recommendations.api.choices import CODES, ORIGINS, TABLES, WIDGETS
from upsell.recommendations.services import live_generation

Product = get_model("catalogue", "Product")


class ProductSerializer(serializers.Serializer[Any]):
    """A product by name."""

    id = serializers.IntegerField()
    title = serializers.CharField()


class IntervalSerializer(serializers.Serializer[Any]):
    """A 95 % interval."""

    low = serializers.FloatField()
    high = serializers.FloatField(allow_null=True, help_text="Null: without bound.")


class EvidenceRowSerializer(serializers.Serializer[Any]):
    """One learned row, and the whole numbers it rests on."""

    table = serializers.ChoiceField(choices=TABLES)
    rank = serializers.IntegerField(help_text="1 is the best of its table.")
    neighbour = ProductSerializer(help_text="The title is empty when the product is gone.")
    origin = serializers.ChoiceField(choices=ORIGINS)
    score = serializers.FloatField(help_text="Ranks within its table; says nothing by itself.")
    orders_together = serializers.IntegerField(help_text="Orders that hold both.")
    product_orders = serializers.IntegerField(help_text="Orders that hold the product.")
    neighbour_orders = serializers.IntegerField(help_text="Orders that hold the neighbour.")
    confidence = serializers.FloatField(help_text="Share of the product's orders with the neighbour.")
    confidence_interval = IntervalSerializer()
    lift = serializers.FloatField(help_text="Against chance; 1 is chance.")
    lift_interval = IntervalSerializer()
    is_thin = serializers.BooleanField(help_text="Whether chance, or a handful of orders, would explain it.")


class VerdictSerializer(serializers.Serializer[Any]):
    """What becomes of one candidate in the widget, for somebody who is not logged in and has an empty basket."""

    product = ProductSerializer()
    origin = serializers.ChoiceField(choices=ORIGINS, help_text="What proposed it.")
    shown = serializers.BooleanField()
    code = serializers.ChoiceField(choices=CODES, help_text="Why, or why not; for programs.")
    message = serializers.CharField(help_text="Why, or why not; for people, in their language.")


class EvidenceSerializer(serializers.Serializer[Any]):
    """Everything known about a product's recommendations. Without a live generation there are no rows."""

    product = ProductSerializer()
    generation = serializers.IntegerField(allow_null=True, help_text="Id of the live generation.")
    orders = serializers.IntegerField(help_text="Orders that were learned from.")
    first_order_at = InstantField(allow_null=True, help_text="The period that was learned from begins.")
    last_order_at = InstantField(allow_null=True, help_text="The period that was learned from ends.")
    rows = EvidenceRowSerializer(many=True)
    widget = serializers.ChoiceField(choices=WIDGETS)
    verdicts = VerdictSerializer(many=True, help_text="Every candidate of the widget, the best first.")


class EvidenceQuerySerializer(serializers.Serializer[Any]):
    """What is asked for."""

    widget = serializers.ChoiceField(
        choices=WIDGETS, default="customers_also_bought", help_text="The widget whose verdicts are wanted."
    )


class EvidenceView(Guarded):
    """The evidence of one product."""

    tag = "Evidence"
    permission_classes = (AsInAdmin,)
    method_permissions = read_permissions("upsell.view_affinity", "upsell.change_affinity")

    @describe(
        operation_id="products_evidence_retrieve",
        summary="Show the evidence of a product",
        parameters=[EvidenceQuerySerializer],
        responses={200: EvidenceSerializer} | problems(400, 401, 403, 404, 429),
    )
    def get(self, request: Request, product_id: int) -> Response:
        """Show why a product's recommendations are what they are.

        The learned rows with the counts they rest on, and what becomes of every candidate of a widget. A variant is
        answered for as the product it is a variant of.
        """
        refuse_unknown_parameters(request, {"widget"})
        query = EvidenceQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        widget = query.validated_data["widget"]
        product = Product.objects.select_related("parent").filter(pk=product_id).first()
        if product is None:
            raise NotFound(_("There is no such product."))
        product = product.parent or product  # a variant is learned about as the product it is a variant of
        generation = live_generation()
        return Response(
            EvidenceSerializer(
                {
                    "product": _product(product.pk, product),
                    "generation": generation and generation.pk,
                    "orders": generation.orders if generation else 0,
                    "first_order_at": generation and generation.first_order_at,
                    "last_order_at": generation and generation.last_order_at,
                    "rows": [_row(row) for row in reports.evidence_report(product)],
                    "widget": widget,
                    "verdicts": _verdicts(widget, product, request._request),
                }
            ).data
        )


def _product(product_id: int, product: Any) -> dict[str, Any]:
    return {"id": product_id, "title": product.get_title() if product else ""}


def _verdicts(widget: str, product: Any, request: HttpRequest) -> list[dict[str, Any]]:
    """Judge the candidates for somebody who is not logged in; titles are looked up at once."""
    verdicts = components.verdicts(widget, request=as_visitor(request), product=product)
    products = Product.objects.select_related("parent").in_bulk([verdict.product_id for verdict in verdicts])
    return [
        {
            "product": _product(verdict.product_id, products.get(verdict.product_id)),
            "origin": verdict.origin,
            "shown": verdict.shown,
            "code": verdict.code.value,
            "message": verdict.message,
        }
        for verdict in verdicts
    ]


def _row(row: reports.EvidenceRow) -> dict[str, Any]:
    evidence = row.evidence
    return {
        "table": row.table.name.lower(),
        "rank": row.rank,
        "neighbour": _product(row.neighbour_id, row.neighbour),
        "origin": row.origin.name.lower(),
        "score": row.score,
        "orders_together": row.orders_together,
        "product_orders": evidence.product_orders,
        "neighbour_orders": evidence.neighbour_orders,
        "confidence": evidence.confidence,
        "confidence_interval": _interval(evidence.confidence_interval),
        "lift": evidence.lift,
        "lift_interval": _interval(evidence.lift_interval),
        "is_thin": evidence.is_thin,
    }


def _interval(bounds: tuple[float, float]) -> dict[str, float | None]:
    low, high = bounds
    return {"low": low, "high": high if math.isfinite(high) else None}
