"""Managing the shelf beside the basket with the validation, permissions and history of the admin."""

import re
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_view
from oscar.core.loading import get_model
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from upsell.bumps.forms.shelf import TAKEN, WORDS, is_day
from upsell.bumps.models.shelf import MOST_WEIGHT, ShelfItem
from upsell.bumps.reports import effects
from upsell.bumps.shelf_soundness import faults_of_item
from upsell.core.api.errors import CREATE_PROBLEMS, READ_PROBLEMS
from upsell.core.api.fields import CountField, InstantField, RowField, StrictModelSerializer
from upsell.core.api.filters import FlagFilter, IdFilter, InstantFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, model_permissions
from upsell.core.api.scheduled import EffectSerializer
from upsell.core.api.schema import describe
from upsell.core.api.views import AuditedModelViewSet
from upsell.core.serving.visitors import as_visitor
from upsell.offers.api.writing import detail_of
from upsell.offers.forms import worded

Product = get_model("catalogue", "Product")
Category = get_model("catalogue", "Category")

STATES = ["running", "scheduled", "paused", "ended"]
DAY = re.compile(r"([0-9]{2})-([0-9]{2})", re.ASCII)


@extend_schema_field({"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"})
class DayField(serializers.Field[int, str, str, Any]):
    """A day of every year: month and day, such as ``12-06``."""

    default_error_messages = {"invalid": _("Enter a month and a day, such as 12-06.")}

    def to_internal_value(self, data: Any) -> int:
        """Read it as month times 100 plus day, as rows keep it."""
        found = DAY.fullmatch(data) if isinstance(data, str) else None
        if found is None or not is_day(int(found[1]), int(found[2])):
            self.fail("invalid")
        return int(found[1]) * 100 + int(found[2])

    def to_representation(self, value: int) -> str:
        """Write it."""
        return f"{value // 100:02}-{value % 100:02}"


class ShelfItemSerializer(StrictModelSerializer[ShelfItem]):
    """A product, or the best small things of a category, that stands on the shelf: exactly one of the two.

    A variant is taken for its product. A season may wrap the new year: from `12-01` until `01-06`.
    """

    product = RowField(queryset=Product._default_manager.select_related("parent"), allow_null=True, default=None)
    category = RowField(queryset=Category._default_manager.all(), allow_null=True, default=None)
    title = serializers.CharField(source="name", read_only=True, help_text="Of the product or category.")
    weight = CountField(min_value=1, max_value=MOST_WEIGHT, default=5, help_text="The more, the sooner it is shown.")
    season_from = DayField(allow_null=True, default=None, help_text="The first day, every year; null: all year.")
    season_until = DayField(allow_null=True, default=None, help_text="The last day.")
    stock_rule = serializers.ChoiceField(
        choices=ShelfItem.Stock.choices,
        default=ShelfItem.Stock.PROTECT,
        help_text="Whether scarce stock is spared, plenty is cleared, or none of it matters.",
    )
    is_active = serializers.BooleanField(default=True)
    starts_at = InstantField(allow_null=True, default=None, help_text="From this moment on; null: already.")
    ends_at = InstantField(allow_null=True, default=None, help_text="Until this moment; null: without end.")
    note = serializers.CharField(
        max_length=255, allow_blank=True, default="", help_text="For your colleagues; never shown."
    )
    effect = serializers.SerializerMethodField(help_text="What becomes of it today.")
    created_at = InstantField(read_only=True)
    updated_at = InstantField(read_only=True)

    class Meta:
        model = ShelfItem
        fields = [
            "id",
            "product",
            "category",
            "title",
            "weight",
            "season_from",
            "season_until",
            "stock_rule",
            "is_active",
            "starts_at",
            "ends_at",
            "note",
            "effect",
            "created_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["created_by"]

    @extend_schema_field(EffectSerializer)
    def get_effect(self, item: ShelfItem) -> dict[str, str]:
        """Look it up among those of the items that are answered with."""
        judged = self.context["effects"][item.pk]
        return {"light": str(judged.light.value), "message": str(judged.message)}

    def validate_product(self, product: Any) -> Any:
        """Take the product for its variant, as the admin does: the shelf leads to where one is chosen."""
        return product.parent if product is not None and product.parent_id else product

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the item as it would stand, by the faults that the admin knows."""
        item: Any = self.instance
        names = ("product", "category", "season_from", "season_until", "starts_at", "ends_at")
        stands = {name: attrs.get(name, getattr(item, name, None)) for name in names}
        product, category = stands.pop("product"), stands.pop("category")
        faults = faults_of_item(has_product=product is not None, has_category=category is not None, **stands)
        errors: dict[str, Any] = {fault.field: [detail_of(fault, lambda one: worded(one, WORDS))] for fault in faults}
        for name, subject in (("product", product), ("category", category)):
            others = ShelfItem.objects.exclude(pk=item.pk) if item is not None else ShelfItem.objects.all()
            if subject is not None and others.filter(**{name: subject}).exists():
                errors.setdefault(name, [ErrorDetail(str(TAKEN[name]), code="unique")])
        if errors:
            raise ValidationError(errors)
        return super().validate(attrs)


class ShelfItemFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of items can be narrowed down to."""

    state = django_filters.ChoiceFilter(choices=[(state, state) for state in STATES], method="filter_state")
    product = IdFilter(method="filter_product", help_text="This product, or the one that it is a variant of.")
    category = IdFilter()
    stock_rule = django_filters.ChoiceFilter(choices=ShelfItem.Stock.choices)
    has_season = FlagFilter(method="filter_season", help_text="Whether it is for a season, or for all year.")
    is_active = FlagFilter()
    updated_after = InstantFilter(field_name="updated_at", lookup_expr="gte")
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="Part of a title, a UPC, a category's name or the note."
    )
    ordering = OrderFilter(fields=["weight", "season_from", "starts_at", "ends_at", "created_at", "updated_at"])

    class Meta:
        model = ShelfItem
        fields: list[str] = []

    def filter_state(self, queryset: QuerySet[ShelfItem], name: str, value: str) -> QuerySet[ShelfItem]:
        """Keep what switch and dates make of it now; the season is another matter."""
        at = timezone.now()
        match value:
            case "running":
                return queryset.filter(pk__in=ShelfItem.objects.active(at).order_by().values("pk"))
            case "scheduled":
                return queryset.filter(is_active=True, starts_at__gt=at)
            case "ended":
                return queryset.filter(is_active=True, ends_at__lte=at)
        return queryset.filter(is_active=False)

    def filter_product(self, queryset: QuerySet[ShelfItem], name: str, value: int) -> QuerySet[ShelfItem]:
        """Keep the item of a product, or of its family."""
        parents = Product._default_manager.filter(pk=value).values("parent")
        return queryset.filter(Q(product=value) | Q(product__in=parents))

    def filter_season(self, queryset: QuerySet[ShelfItem], name: str, value: bool) -> QuerySet[ShelfItem]:
        """Keep those with a season, or without."""
        return queryset.filter(season_from__isnull=not value)

    def filter_search(self, queryset: QuerySet[ShelfItem], name: str, value: str) -> QuerySet[ShelfItem]:
        """Keep what mentions a text, literally."""
        named = Q()
        for field in ("product__title", "product__upc", "category__name", "note"):
            named |= Q(**{f"{field}__icontains": value})
        return queryset.filter(named)


@extend_schema_view(
    list=describe(summary="List shelf items", responses={200: ShelfItemSerializer(many=True)} | READ_PROBLEMS),
    retrieve=describe(summary="Show a shelf item", responses={200: ShelfItemSerializer} | READ_PROBLEMS),
    create=describe(summary="Put something on the shelf", responses={201: ShelfItemSerializer} | CREATE_PROBLEMS),
    update=describe(summary="Replace a shelf item", responses={200: ShelfItemSerializer} | CREATE_PROBLEMS),
    partial_update=describe(summary="Change a shelf item", responses={200: ShelfItemSerializer} | CREATE_PROBLEMS),
    destroy=describe(summary="Take something from the shelf", responses={204: None} | CREATE_PROBLEMS),
)
class ShelfItemViewSet(AuditedModelViewSet):
    """Items of the shelf. A change shows in the shop at once."""

    queryset = ShelfItem.objects.select_related("product__parent", "category")
    serializer_class = ShelfItemSerializer
    filterset_class = ShelfItemFilters
    tag = "The till"
    permission_classes = (AsInAdmin,)
    method_permissions = model_permissions("shelfitem")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Judge all rows of an answer together."""
        rows = args[0] if args and "data" not in kwargs else None
        serializer: Any = super().get_serializer(*args, **kwargs)
        if rows is not None:
            self._judge(serializer, rows if kwargs.get("many") else [rows])
        return serializer

    def perform_create(self, serializer: Any) -> None:
        """Save, note and judge."""
        super().perform_create(serializer)
        self._judge(serializer, [serializer.instance])

    def perform_update(self, serializer: Any) -> None:
        """Save, note and judge."""
        super().perform_update(serializer)
        self._judge(serializer, [serializer.instance])

    def stamp(self) -> dict[str, Any]:
        """Remember who made it."""
        return {"created_by": self.request.user}

    def _judge(self, serializer: Any, rows: Any) -> None:
        serializer.context["effects"] = effects(rows, request=as_visitor(self.request._request))
