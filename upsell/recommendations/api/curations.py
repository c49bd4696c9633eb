"""Managing curations (pins, boosts, buries, exclusions) with the validation, permissions and history of the admin."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_view
from oscar.core.loading import get_model
from rest_framework import serializers

from upsell.core.api.errors import problems
from upsell.core.api.fields import FiniteFloatField, InstantField, RowField, StrictModelSerializer
from upsell.core.api.filters import FlagFilter, IdFilter, InstantFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, model_permissions
from upsell.core.api.schema import describe
from upsell.core.api.views import AuditedModelViewSet
from upsell.recommendations.api.choices import WIDGETS
from upsell.recommendations.models import Curation

Product = get_model("catalogue", "Product")
Category = get_model("catalogue", "Category")
Range = get_model("offer", "Range")

RELATIONS = ("product", "category", "range", "beside_product", "beside_category", "beside_range")
LARGEST_SMALL_INTEGER = 32767


class CurationSerializer(StrictModelSerializer[Curation]):
    """A merchant's decision about recommendations.

    *What* it is about is exactly one of `product`, `category` and `range` (a pin: a product). *Where* it holds is at
    most one of `beside_product`, `beside_category` and `beside_range`, or everywhere; in one widget or, with an empty
    `widget`, in all.
    """

    product = RowField(queryset=Product._default_manager.all(), allow_null=True, default=None)
    category = RowField(queryset=Category._default_manager.all(), allow_null=True, default=None)
    range = RowField(queryset=Range._default_manager.all(), allow_null=True, default=None)
    beside_product = RowField(queryset=Product._default_manager.all(), allow_null=True, default=None)
    beside_category = RowField(queryset=Category._default_manager.all(), allow_null=True, default=None)
    beside_range = RowField(queryset=Range._default_manager.all(), allow_null=True, default=None)
    subject_title = serializers.SerializerMethodField(help_text="Title of what it is about.")
    place_title = serializers.SerializerMethodField(help_text="Title of where it holds; empty: everywhere.")
    widget = serializers.ChoiceField(choices=WIDGETS, allow_blank=True, default="", help_text="Empty: in all widgets.")
    position = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_SMALL_INTEGER,
        default=1,
        help_text="Order among pins; the smallest comes first.",
    )
    factor = FiniteFloatField(
        min_value=1.0,
        max_value=100.0,
        default=2.0,
        help_text="How many times stronger a boost or weaker a bury makes the product.",
    )
    is_active = serializers.BooleanField(default=True)
    starts_at = InstantField(allow_null=True, default=None, help_text="Holds from this moment on; null: already.")
    ends_at = InstantField(allow_null=True, default=None, help_text="Holds until this moment; null: without end.")
    note = serializers.CharField(
        max_length=255, allow_blank=True, default="", help_text="For your colleagues; never shown."
    )
    created_at = InstantField(read_only=True)
    updated_at = InstantField(read_only=True)

    class Meta:
        model = Curation
        fields = [
            "id",
            "action",
            *RELATIONS,
            "subject_title",
            "place_title",
            "widget",
            "position",
            "factor",
            "is_active",
            "starts_at",
            "ends_at",
            "note",
            "created_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["created_by"]

    def get_subject_title(self, curation: Curation) -> str:
        """Name what it is about."""
        return _title(curation.product, curation.category, curation.range)

    def get_place_title(self, curation: Curation) -> str:
        """Name where it holds."""
        return _title(curation.beside_product, curation.beside_category, curation.beside_range)


def _title(product: Any, category: Any, range_: Any) -> str:
    if product is not None:
        return str(product.get_title())
    named = category or range_
    return str(named.name) if named is not None else ""


class CurationFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of curations can be narrowed down to."""

    action = django_filters.ChoiceFilter(choices=Curation.Action.choices)
    widget = django_filters.ChoiceFilter(choices=WIDGETS)
    product = IdFilter()
    category = IdFilter()
    range = IdFilter()
    beside_product = IdFilter()
    beside_category = IdFilter()
    beside_range = IdFilter()
    is_active = FlagFilter()
    active_at = InstantFilter(method="filter_active_at", help_text="Switched on, and holding at this moment.")
    starts_after = InstantFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = InstantFilter(field_name="starts_at", lookup_expr="lt")
    ends_after = InstantFilter(field_name="ends_at", lookup_expr="gte")
    ends_before = InstantFilter(field_name="ends_at", lookup_expr="lt")
    updated_after = InstantFilter(field_name="updated_at", lookup_expr="gte")
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="Part of a title, a UPC, a name or the note."
    )
    ordering = OrderFilter(fields=["action", "position", "starts_at", "ends_at", "created_at", "updated_at"])

    class Meta:
        model = Curation
        fields: list[str] = []

    def filter_active_at(self, queryset: QuerySet[Curation], name: str, value: Any) -> QuerySet[Curation]:
        """Keep what holds at a moment."""
        started = Q(starts_at__isnull=True) | Q(starts_at__lte=value)
        not_over = Q(ends_at__isnull=True) | Q(ends_at__gt=value)
        return queryset.filter(started, not_over, is_active=True)

    def filter_search(self, queryset: QuerySet[Curation], name: str, value: str) -> QuerySet[Curation]:
        """Keep what mentions a text, literally."""
        fields = ["note"]
        for prefix in ("", "beside_"):
            fields += [f"{prefix}product__title", f"{prefix}product__parent__title", f"{prefix}product__upc"]
            fields += [f"{prefix}category__name", f"{prefix}range__name"]
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": value})
        return queryset.filter(anywhere)


READ_PROBLEMS = problems(400, 401, 403, 404, 429)
WRITE_PROBLEMS = problems(400, 401, 403, 404, 413, 415, 429)


@extend_schema_view(
    list=describe(summary="List curations", responses={200: CurationSerializer(many=True)} | READ_PROBLEMS),
    retrieve=describe(summary="Show a curation", responses={200: CurationSerializer} | READ_PROBLEMS),
    create=describe(summary="Add a curation", responses={201: CurationSerializer} | WRITE_PROBLEMS),
    update=describe(summary="Replace a curation", responses={200: CurationSerializer} | WRITE_PROBLEMS),
    partial_update=describe(summary="Change a curation", responses={200: CurationSerializer} | WRITE_PROBLEMS),
    destroy=describe(summary="Delete a curation", responses={204: None} | WRITE_PROBLEMS),
)
class CurationViewSet(AuditedModelViewSet):
    """Pins, boosts, buries and exclusions. A change shows in the shop at once."""

    queryset = Curation.objects.select_related(*RELATIONS, "product__parent", "beside_product__parent")
    serializer_class = CurationSerializer
    filterset_class = CurationFilters
    tag = "Curations"
    permission_classes = (AsInAdmin,)
    method_permissions = model_permissions("curation")

    def stamp(self) -> dict[str, Any]:
        """Remember who made it."""
        return {"created_by": self.request.user}
