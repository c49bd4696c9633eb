"""Watching builds of the learned tables, and starting one."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from upsell.core.api.errors import Conflict, problems
from upsell.core.api.fields import InstantField, StrictSerializer
from upsell.core.api.filters import InstantFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, read_permissions
from upsell.core.api.schema import describe
from upsell.core.api.views import GuardedViewSet
from upsell.recommendations import tasks
from upsell.recommendations.models import Generation, LiveGeneration


class GenerationSerializer(serializers.ModelSerializer[Generation]):
    """One build of the learned tables, and what it read."""

    is_live = serializers.SerializerMethodField(help_text="Whether shoppers see this one.")
    started_at = InstantField()
    finished_at = InstantField(allow_null=True)
    heartbeat_at = InstantField(help_text="Last sign of life of the builder.")
    epoch = InstantField(allow_null=True, help_text="An order placed at this moment weighs exactly its size's weight.")
    first_order_at = InstantField(allow_null=True)
    last_order_at = InstantField(allow_null=True)
    orders = serializers.IntegerField()
    lines = serializers.IntegerField(help_text="Order lines read.")
    products = serializers.IntegerField(help_text="Products bought at least once.")
    rows = serializers.IntegerField(help_text="Rows written.")
    settings = serializers.DictField(help_text="The settings it was learned with.")

    class Meta:
        model = Generation
        fields = [
            "id",
            "is_live",
            "status",
            "trigger",
            "started_at",
            "finished_at",
            "heartbeat_at",
            "engine",
            "settings",
            "epoch",
            "first_order_at",
            "last_order_at",
            "orders",
            "lines",
            "products",
            "rows",
            "error",
        ]
        read_only_fields = fields

    def get_is_live(self, generation: Generation) -> bool:
        """Compare with the live one, looked up once an answer."""
        return bool(generation.pk == self.context["live_id"])


class GenerationFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What the list of generations can be narrowed down to."""

    status = django_filters.ChoiceFilter(choices=Generation.Status.choices)
    trigger = django_filters.ChoiceFilter(choices=Generation.Trigger.choices)
    started_after = InstantFilter(field_name="started_at", lookup_expr="gte")
    started_before = InstantFilter(field_name="started_at", lookup_expr="lt")
    ordering = OrderFilter(fields=["started_at", "finished_at", "orders", "rows"])

    class Meta:
        model = Generation
        fields: list[str] = []


RUNNING = _("Recommendations are being rebuilt already.")
READ_PROBLEMS = problems(400, 401, 403, 404, 429)


class RebuildSerializer(serializers.Serializer[Any]):
    """What became of a request to rebuild."""

    is_finished = serializers.BooleanField(
        help_text="False: a background worker has it, or will soon; look at the list for what becomes of it."
    )
    generation = GenerationSerializer(allow_null=True, help_text="The build, once it has begun.")


class NothingSerializer(StrictSerializer):
    """No field at all."""


@extend_schema_view(
    list=describe(summary="List generations", responses={200: GenerationSerializer(many=True)} | READ_PROBLEMS),
    retrieve=describe(summary="Show a generation", responses={200: GenerationSerializer} | READ_PROBLEMS),
)
class GenerationViewSet(ListModelMixin, RetrieveModelMixin, GuardedViewSet):
    """Builds of the learned tables, the newest first. Shoppers see the live one; a new one takes its place at once."""

    queryset = Generation.objects.all()
    serializer_class = GenerationSerializer
    filterset_class = GenerationFilters
    tag = "Generations"
    permission_classes = (AsInAdmin,)
    method_permissions = {
        **read_permissions("upsell.view_generation", "upsell.change_generation", "upsell.rebuild_generation"),
        "POST": ("upsell.rebuild_generation",),
    }

    @describe(
        summary="Rebuild",
        request=None,
        responses={202: RebuildSerializer} | problems(400, 401, 403, 409, 413, 415, 429),
    )
    def create(self, request: Request) -> Response:
        """Learn from all orders anew. Shoppers see the old tables until the new ones are whole."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        if Generation.objects.alive():
            raise Conflict(RUNNING, code="already_running")
        newest = Generation.objects.values_list("pk", flat=True).first() or 0
        result = tasks.rebuild_recommendations.enqueue(Generation.Trigger.API.value)
        generation = Generation.objects.filter(pk__gt=newest).first()
        if result.is_finished and generation is None:
            raise Conflict(RUNNING, code="already_running")
        answer = {"is_finished": result.is_finished, "generation": generation}
        place = reverse("upsell-api:generation-list", request=request)
        if generation:
            place += f"{generation.pk}/"
        serializer = RebuildSerializer(answer, context=self.get_serializer_context())
        return Response(serializer.data, status=status.HTTP_202_ACCEPTED, headers={"Location": place})

    def get_throttles(self) -> list[Any]:
        """Count rebuilds apart: each costs as much as thousands of looks."""
        self.throttle_scope = "rebuild" if self.request.method == "POST" else "management"
        return super().get_throttles()

    def get_serializer_context(self) -> dict[str, Any]:
        """Add which generation is live."""
        live = LiveGeneration.objects.values_list("generation_id", flat=True).first()
        return {**super().get_serializer_context(), "live_id": live}
