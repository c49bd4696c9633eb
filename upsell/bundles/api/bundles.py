"""Managing bundles with the validation, permissions and history of the admin."""

from collections.abc import Callable
from functools import partial
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_view
from oscar.core.loading import get_model
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from upsell.bundles import services
from upsell.bundles.api.serializers import STATES, BundleSerializer, VersionSerializer
from upsell.bundles.api.writing import lock_version, write_bundle
from upsell.bundles.models import Bundle, BundlePart
from upsell.bundles.reports import effects
from upsell.core.api.errors import Conflict, problems
from upsell.core.api.filters import IdFilter, InstantFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, MethodPermissions, model_permissions
from upsell.core.api.schema import describe
from upsell.core.api.views import AuditedModelViewSet
from upsell.core.services import NotDoneError
from upsell.offers.reports import with_usage


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
    except NotDoneError as reason:
        raise Conflict(str(reason), code="not_done") from reason
