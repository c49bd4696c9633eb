"""Managing bundles with the validation, permissions and history of the admin."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_view
from oscar.core.loading import get_model
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from upsell.bundles import services
from upsell.bundles.api.writing import completed, lock_version, refuse_nonsense, write_bundle
from upsell.bundles.models import Bundle, BundleBreak, BundlePart
from upsell.bundles.reports import effects, with_usage
from upsell.bundles.serving.sentences import name_of, sentence
from upsell.core.api.errors import Conflict, problems
from upsell.core.api.fields import (
    AmountField,
    CountField,
    IdField,
    InstantField,
    StrictModelSerializer,
    StrictSerializer,
    WholeListField,
)
from upsell.core.api.filters import IdFilter, InstantFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, MethodPermissions, model_permissions
from upsell.core.api.schema import describe
from upsell.core.api.views import AuditedModelViewSet

STATES = ["draft", "scheduled", "running", "paused", "ended"]
LIGHTS = ["on", "waiting", "blocked", "off"]
LARGEST_SMALL = 32_767
LARGEST = 2_147_483_647
MOST_PARTS = 200
MOST_BREAKS = 20


class PartSerializer(StrictSerializer):
    """What a bundle is about: exactly one of `product` (any variant of it), `category` and `range`."""

    role = serializers.ChoiceField(
        choices=BundlePart.Role.choices,
        default=BundlePart.Role.TAKE,
        help_text="Part of it; what is got (of buy some, get some); or left out.",
    )
    product = IdField(source="product_id", allow_null=True, default=None)
    category = IdField(source="category_id", allow_null=True, default=None)
    range = IdField(source="range_id", allow_null=True, default=None)
    quantity = CountField(min_value=1, max_value=100, default=1, help_text="Units of it in a fixed set; else 1.")
    title = serializers.SerializerMethodField(help_text="What it is called.")

    def get_title(self, part: BundlePart) -> str:
        """Name it."""
        return name_of(part)


class BreakSerializer(StrictSerializer):
    """From so many units on, so many percent off each."""

    minimum = CountField(min_value=1, max_value=LARGEST)
    percent = AmountField(max_digits=5, min_value=0, max_value=100)


class TextsSerializer(StrictSerializer):
    """A bundle's texts in one language."""

    name = serializers.CharField(max_length=128, required=False, allow_blank=True)
    text = serializers.CharField(max_length=255, required=False, allow_blank=True)


@extend_schema_field(PartSerializer(many=True))
class PartsField(WholeListField):
    """The parts of a bundle."""

    item = PartSerializer
    most = MOST_PARTS


@extend_schema_field(BreakSerializer(many=True))
class BreaksField(WholeListField):
    """The quantity breaks of a bundle."""

    item = BreakSerializer
    most = MOST_BREAKS


class EffectSerializer(serializers.Serializer[Any]):
    """What becomes of a bundle in the shop at this moment."""

    light = serializers.ChoiceField(choices=[(light, light) for light in LIGHTS], help_text="For programs.")
    message = serializers.CharField(help_text="Why; for people, in their language.")


class BundleSerializer(StrictModelSerializer[Bundle]):
    """Products sold together for less.

    A new bundle is a draft; `activate` lets it run. Of `fixed`, the parts are products, with units each; a `mix` takes
    `units` of its parts; `breaks` has its `breaks`; of a `bogo`, `units` are bought and `got_units` got. Send `parts`
    and `breaks` whole.
    """

    name = serializers.CharField(max_length=128, help_text="Shoppers read it in their basket.")
    text = serializers.CharField(max_length=255, allow_blank=True, default="", help_text="What it is good for.")
    translations = serializers.DictField(
        child=TextsSerializer(), default=dict, help_text="Language code to name and text."
    )
    status = serializers.ChoiceField(choices=Bundle.Status.choices, read_only=True)
    state = serializers.SerializerMethodField(help_text="What its status and dates make of it now.")
    effect = serializers.SerializerMethodField(help_text="What becomes of it in the shop now.")
    rule = serializers.SerializerMethodField(help_text="All of it in one sentence; for people, in their language.")
    reward = AmountField(
        min_value=0,
        allow_null=True,
        default=None,
        help_text="The percentage, the amount off the set, or its price; null for quantity breaks.",
    )
    reward_kind = serializers.ChoiceField(choices=Bundle.RewardKind.choices, default=Bundle.RewardKind.PERCENT)
    currency = serializers.CharField(
        max_length=12, allow_blank=True, default="", help_text="Of its amounts; empty: the shop's own, if any."
    )
    units = CountField(min_value=1, max_value=1000, default=1)
    got_units = CountField(min_value=1, max_value=1000, default=1)
    max_units = CountField(
        min_value=1, max_value=LARGEST, allow_null=True, default=None, help_text="Most units that breaks discount."
    )
    cheaper = serializers.BooleanField(default=True, help_text="What is got must not cost more than what is bought.")
    is_free = serializers.BooleanField(default=False, help_text="Confirms that something may cost nothing.")
    starts_at = InstantField(allow_null=True, default=None, help_text="Runs from this moment on; null: at once.")
    ends_at = InstantField(allow_null=True, default=None, help_text="Runs until this moment; null: without end.")
    lane = CountField(
        min_value=-LARGEST_SMALL - 1,
        max_value=LARGEST_SMALL,
        default=0,
        help_text="Higher lanes are served first. Leave 0, and shoppers get the best of all offers.",
    )
    max_per_basket = CountField(min_value=1, max_value=LARGEST, allow_null=True, default=None)
    max_per_customer = CountField(min_value=1, max_value=LARGEST, allow_null=True, default=None)
    max_in_all = CountField(min_value=1, max_value=LARGEST, allow_null=True, default=None)
    budget = AmountField(allow_null=True, default=None, help_text="Most discount that it gives in all.")
    with_vouchers = serializers.BooleanField(default=True, help_text="Whether a basket with a voucher may earn it.")
    parts = PartsField(default=list, help_text=f"What it is about, in order; at most {MOST_PARTS}.")
    breaks = BreaksField(default=list, help_text=f"Quantity breaks; at most {MOST_BREAKS}.")
    version = CountField(
        min_value=1,
        max_value=LARGEST,
        required=False,
        help_text="Rises with every change. A change must name the version that it was made on.",
    )
    used = serializers.SerializerMethodField(help_text="How often orders used it.")
    given = serializers.SerializerMethodField(help_text="Discount that it gave, as its limits count it.")
    created_at = InstantField(read_only=True)
    updated_at = InstantField(read_only=True)

    class Meta:
        model = Bundle
        fields = [
            "id",
            "kind",
            "name",
            "text",
            "translations",
            "status",
            "state",
            "effect",
            "rule",
            "reward_kind",
            "reward",
            "currency",
            "units",
            "got_units",
            "max_units",
            "cheaper",
            "is_free",
            "parts",
            "breaks",
            "starts_at",
            "ends_at",
            "lane",
            "max_per_basket",
            "max_per_customer",
            "max_in_all",
            "budget",
            "with_vouchers",
            "used",
            "given",
            "version",
            "created_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["created_by"]

    @extend_schema_field(serializers.ChoiceField(choices=[(state, state) for state in STATES]))
    def get_state(self, bundle: Bundle) -> str:
        """Ask the bundle."""
        return bundle.state()

    @extend_schema_field(EffectSerializer)
    def get_effect(self, bundle: Bundle) -> dict[str, str]:
        """Look it up among the effects of the rows that are answered with."""
        judged = self.context.get("effects", {}).get(bundle.pk) or effects([bundle])[bundle.pk]
        return {"light": str(judged.light.value), "message": str(judged.message)}

    def get_rule(self, bundle: Bundle) -> str:
        """Say it."""
        return sentence(bundle)

    def get_used(self, bundle: Bundle) -> int:
        """Count the uses."""
        return int(getattr(bundle, "used", None) or 0)

    @extend_schema_field({"type": "string", "format": "decimal"})
    def get_given(self, bundle: Bundle) -> str:
        """Sum the discount."""
        return f"{getattr(bundle, 'given', None) or 0:.2f}"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the bundle as it would stand, with its parts and breaks, by the faults that the admin knows."""
        own = dict(attrs)
        version = own.pop("version", None)
        parts, breaks = own.pop("parts", None), own.pop("breaks", None)
        if "translations" in own:
            own["translations"] = _without_empty(own["translations"])
        names = [field.name for field in Bundle._meta.fields if field.editable and field.name in self.fields]
        stands = {name: getattr(self.instance, name) for name in names} if self.instance else {}
        values = completed({**stands, **own})
        refuse_nonsense(
            values,
            _rows(self.instance, "parts", BundlePart) if parts is None else parts,
            _rows(self.instance, "breaks", BundleBreak) if breaks is None else breaks,
        )
        own = super().validate({**own, "currency": values["currency"]})
        return {"values": own, "parts": parts, "breaks": breaks, "version": version}


def _without_empty(translations: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    kept = {code: {name: text for name, text in texts.items() if text} for code, texts in translations.items()}
    return {code: texts for code, texts in kept.items() if texts}


def _rows(bundle: Any, name: str, model: Any) -> list[dict[str, Any]]:
    """Read the parts or breaks that stay as they are."""
    fields = {
        "parts": ("role", "product_id", "category_id", "range_id", "quantity"),
        "breaks": ("minimum", "percent"),
    }
    return list(model.objects.filter(bundle=bundle.pk).values(*fields[name])) if bundle else []


class VersionSerializer(StrictSerializer):
    """The version that a step is taken on."""

    version = CountField(
        min_value=1, max_value=LARGEST, required=False, help_text="If given, it must be the bundle's version now."
    )


class BundleFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of bundles can be narrowed down to."""

    state = django_filters.ChoiceFilter(choices=[(state, state) for state in STATES], method="filter_state")
    kind = django_filters.ChoiceFilter(choices=Bundle.Kind.choices)
    currency = django_filters.CharFilter(max_length=12, lookup_expr="iexact")
    product = IdFilter(
        method="filter_product", help_text="Takes part: by itself, as a variant, by its categories or its class."
    )
    running_at = InstantFilter(method="filter_running_at", help_text="Activated, and running at this moment.")
    starts_after = InstantFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = InstantFilter(field_name="starts_at", lookup_expr="lt")
    ends_after = InstantFilter(field_name="ends_at", lookup_expr="gte")
    ends_before = InstantFilter(field_name="ends_at", lookup_expr="lt")
    updated_after = InstantFilter(field_name="updated_at", lookup_expr="gte")
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="Part of its name or text, or of what it is about."
    )
    ordering = OrderFilter(fields=["name", "kind", "lane", "starts_at", "ends_at", "created_at", "updated_at"])

    class Meta:
        model = Bundle
        fields: list[str] = []

    def filter_state(self, queryset: Any, name: str, value: str) -> Any:
        """Keep what ``Offer.state`` would call so now."""
        at = timezone.now()
        over, later = Q(ends_at__lte=at), Q(starts_at__gt=at)
        match value:
            case "running":
                return queryset.active(at)
            case "scheduled":
                return queryset.filter(later, status="active").exclude(over)
            case "ended":
                return queryset.filter(Q(status="ended") | (over & ~Q(status="draft")))
            case "paused":
                return queryset.filter(status="paused").exclude(over)
        return queryset.filter(status=value)

    def filter_product(self, queryset: Any, name: str, value: int) -> Any:
        """Keep what a product takes part in."""
        rows = get_model("catalogue", "Product")._default_manager.filter(pk=value).values_list("pk", "parent_id")
        return queryset.touching([key for row in rows for key in row if key is not None])

    def filter_running_at(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep what runs at a moment."""
        return queryset.active(value)

    def filter_search(self, queryset: QuerySet[Bundle], name: str, value: str) -> QuerySet[Bundle]:
        """Keep what mentions a text, literally."""
        named = Q()
        for field in ("product__title", "product__parent__title", "product__upc", "category__name", "range__name"):
            named |= Q(**{f"{field}__icontains": value})
        about = BundlePart.objects.filter(named).values("bundle")
        return queryset.filter(Q(name__icontains=value) | Q(text__icontains=value) | Q(pk__in=about))


READ_PROBLEMS = problems(400, 401, 403, 404, 429)
CREATE_PROBLEMS = problems(400, 401, 403, 404, 413, 415, 429)
WRITE_PROBLEMS = problems(400, 401, 403, 404, 409, 413, 415, 429)
MAY_CHANGE: MethodPermissions = {"POST": ("upsell.change_bundle",)}


def step(summary: str) -> Callable[[Any], Any]:
    """Describe one step of a bundle's life."""
    return describe(summary=summary, request=VersionSerializer, responses={200: BundleSerializer} | WRITE_PROBLEMS)


@extend_schema_view(
    list=describe(summary="List bundles", responses={200: BundleSerializer(many=True)} | READ_PROBLEMS),
    retrieve=describe(summary="Show a bundle", responses={200: BundleSerializer} | READ_PROBLEMS),
    create=describe(summary="Add a bundle", responses={201: BundleSerializer} | CREATE_PROBLEMS),
    update=describe(summary="Replace a bundle", responses={200: BundleSerializer} | WRITE_PROBLEMS),
    partial_update=describe(summary="Change a bundle", responses={200: BundleSerializer} | WRITE_PROBLEMS),
    destroy=describe(summary="Delete a bundle", responses={204: None} | WRITE_PROBLEMS),
)
class BundleViewSet(AuditedModelViewSet):
    """Bundles of every kind. A change shows in the shop at once."""

    queryset = with_usage(Bundle.objects.with_parts())
    serializer_class = BundleSerializer
    filterset_class = BundleFilters
    tag = "Bundles"
    permission_classes = (AsInAdmin,)
    method_permissions = model_permissions("bundle")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Judge the effects of all rows of an answer together."""
        rows = args[0] if args and "data" not in kwargs else None
        serializer: Any = super().get_serializer(*args, **kwargs)
        if rows is not None:
            serializer.context["effects"] = effects(rows if kwargs.get("many") else [rows])
        return serializer

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """Save a draft and note it."""
        user: Any = self.request.user
        with transaction.atomic():
            bundle = self._write(serializer, Bundle(created_by=user), parts=[], breaks=[])
            self._note(bundle, "ADDITION", [{"added": {}}])
        serializer.instance = self.get_queryset().get(pk=bundle.pk)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """Save, unless it was changed meanwhile, and note what was changed from what to what."""
        bundle: Any = serializer.instance
        if serializer.validated_data["version"] is None:
            raise ValidationError(
                {"version": [ErrorDetail(str(_("Say which version this change was made on.")), code="required")]}
            )
        self._write(serializer, bundle)
        serializer.instance = self.get_queryset().get(pk=bundle.pk)

    def perform_destroy(self, instance: Any) -> None:
        """Delete what no order was given."""
        _done(partial(services.delete_bundle, bundle=instance, user=self.request.user))

    @step("Activate a bundle")
    @action(detail=True, methods=["post"], method_permissions=MAY_CHANGE)
    def activate(self, request: Request, pk: int | None = None) -> Response:
        """Let a draft or a paused bundle run; one that runs already goes on."""
        return self._step(services.activate_bundle)

    @step("Pause a bundle")
    @action(detail=True, methods=["post"], method_permissions=MAY_CHANGE)
    def pause(self, request: Request, pk: int | None = None) -> Response:
        """Stop a running bundle until it is activated again."""
        return self._step(services.pause_bundle)

    @step("End a bundle")
    @action(detail=True, methods=["post"], method_permissions=MAY_CHANGE)
    def end(self, request: Request, pk: int | None = None) -> Response:
        """Stop a bundle for good; what orders were given stays."""
        return self._step(services.end_bundle)

    @describe(
        summary="Duplicate a bundle",
        request=VersionSerializer,
        responses={201: BundleSerializer} | WRITE_PROBLEMS,
    )
    @action(detail=True, methods=["post"], method_permissions={"POST": ("upsell.add_bundle",)})
    def duplicate(self, request: Request, pk: int | None = None) -> Response:
        """Copy a bundle with its parts and breaks into a new draft."""
        return self._step(services.duplicate_bundle, status.HTTP_201_CREATED)

    def _step(self, service: Callable[..., Any], answer: int = status.HTTP_200_OK) -> Response:
        bundle = self.get_object()
        sent = VersionSerializer(data=self.request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            lock_version(bundle, sent.validated_data.get("version"))
            result = _done(partial(service, bundle=bundle, user=self.request.user))
        changed = self.get_queryset().get(pk=result.pk if isinstance(result, Bundle) else bundle.pk)
        return Response(self.get_serializer(changed).data, status=answer)

    def _write(self, serializer: Any, bundle: Bundle, parts: Any = None, breaks: Any = None) -> Bundle:
        sent = serializer.validated_data
        return write_bundle(
            bundle=bundle,
            values=sent["values"],
            parts=parts if sent["parts"] is None else sent["parts"],
            breaks=breaks if sent["breaks"] is None else sent["breaks"],
            user=self.request.user,
            version=None if bundle._state.adding else sent["version"],
        )


def _done(act: Callable[[], Any]) -> Any:
    """Act, or answer why that cannot be."""
    try:
        return act()
    except services.NotDoneError as reason:
        raise Conflict(str(reason), code="not_done") from reason
