"""Managing price floors with the validation, permissions and history of the admin."""

import copy
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_view
from oscar.core.loading import get_model
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import BaseSerializer
from rest_framework.settings import api_settings

from upsell.core.api.errors import problems
from upsell.core.api.fields import AmountField, RowField, StrictSerializer
from upsell.core.api.filters import IdFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, model_permissions
from upsell.core.api.schema import describe
from upsell.core.api.views import AuditedModelViewSet
from upsell.offers.admin.floors import PriceFloorForm
from upsell.offers.models.offers import PriceFloor
from upsell.offers.serving.families import raise_revision

Product = get_model("catalogue", "Product")
Category = get_model("catalogue", "Category")


class PriceFloorSerializer(StrictSerializer, serializers.ModelSerializer[PriceFloor]):
    """The least that a unit may cost after our discounts.

    For one `product` (any variant of it), for a `category` with all below it, or without both for the whole shop.
    Either `percent` of the unit's own price, or an `amount`. The highest floor that speaks of a product counts.
    """

    product = RowField(queryset=Product._default_manager.all(), allow_null=True, default=None)
    category = RowField(queryset=Category._default_manager.all(), allow_null=True, default=None)
    percent = AmountField(max_digits=5, min_value=0, max_value=100, allow_null=True, default=None)
    amount = AmountField(min_value=0, allow_null=True, default=None, help_text="The least price of a unit.")
    currency = serializers.CharField(
        max_length=12, allow_blank=True, default="", help_text="Of the amount; empty: the shop's own."
    )
    note = serializers.CharField(max_length=255, allow_blank=True, default="", help_text="For your colleagues.")
    place = serializers.SerializerMethodField(help_text="What it holds for; empty: the whole shop.")

    class Meta:
        model = PriceFloor
        fields = ["id", "product", "category", "percent", "amount", "currency", "note", "place"]

    def get_place(self, floor: PriceFloor) -> str:
        """Name it."""
        if floor.product is not None:
            return str(floor.product.get_title())
        return str(floor.category.name) if floor.category is not None else ""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the floor as it would stand by the admin's own form, and take what that makes of it."""
        row = copy.copy(self.instance) if isinstance(self.instance, PriceFloor) else PriceFloor()
        values: dict[str, Any] = {**model_to_dict(row), **attrs}
        form = PriceFloorForm({name: getattr(value, "pk", value) for name, value in values.items()}, instance=row)
        if form.is_valid():
            return {name: form.cleaned_data[name] for name in form.fields}
        raise ValidationError(
            {
                api_settings.NON_FIELD_ERRORS_KEY if field == "__all__" else field: [
                    ErrorDetail(message, code=error.code or "invalid") for error in errors for message in error.messages
                ]
                for field, errors in form.errors.as_data().items()
            }
        )


class PriceFloorFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of floors can be narrowed down to."""

    product = IdFilter()
    category = IdFilter()
    currency = django_filters.CharFilter(max_length=12, lookup_expr="iexact")
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="Part of a title, a UPC, a name or the note."
    )
    ordering = OrderFilter(fields=["id", "percent", "amount"])

    class Meta:
        model = PriceFloor
        fields: list[str] = []

    def filter_search(self, queryset: QuerySet[PriceFloor], name: str, value: str) -> QuerySet[PriceFloor]:
        """Keep what mentions a text, literally."""
        anywhere = Q()
        for field in ("product__title", "product__parent__title", "product__upc", "category__name", "note"):
            anywhere |= Q(**{f"{field}__icontains": value})
        return queryset.filter(anywhere)


READ_PROBLEMS = problems(400, 401, 403, 404, 429)
WRITE_PROBLEMS = problems(400, 401, 403, 404, 413, 415, 429)


@extend_schema_view(
    list=describe(summary="List price floors", responses={200: PriceFloorSerializer(many=True)} | READ_PROBLEMS),
    retrieve=describe(summary="Show a price floor", responses={200: PriceFloorSerializer} | READ_PROBLEMS),
    create=describe(summary="Add a price floor", responses={201: PriceFloorSerializer} | WRITE_PROBLEMS),
    update=describe(summary="Replace a price floor", responses={200: PriceFloorSerializer} | WRITE_PROBLEMS),
    partial_update=describe(summary="Change a price floor", responses={200: PriceFloorSerializer} | WRITE_PROBLEMS),
    destroy=describe(summary="Delete a price floor", responses={204: None} | WRITE_PROBLEMS),
)
class PriceFloorViewSet(AuditedModelViewSet):
    """Floors under prices. A change holds for every basket at once."""

    queryset = PriceFloor.objects.select_related("product__parent", "category").order_by("-pk")
    serializer_class = PriceFloorSerializer
    filterset_class = PriceFloorFilters
    tag = "Price floors"
    permission_classes = (AsInAdmin,)
    method_permissions = model_permissions("pricefloor")

    @transaction.atomic
    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """Save and note; remembered prices are out of date then."""
        super().perform_create(serializer)
        raise_revision()

    @transaction.atomic
    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """Save, and note what was changed from what to what."""
        before = str(serializer.instance)
        floor = serializer.save()
        after = str(floor)
        note: Any = _("Saved without a change.") if after == before else f"{before} → {after}."
        self._note(floor, "CHANGE", note)
        raise_revision()

    @transaction.atomic
    def perform_destroy(self, instance: Any) -> None:
        """Note and delete."""
        super().perform_destroy(instance)
        raise_revision()
