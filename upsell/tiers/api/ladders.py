"""Managing ladders with the validation, permissions and history of the admin."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from oscar.core.loading import get_model

from upsell.core.api.filters import IdFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, model_permissions
from upsell.core.api.scheduled import ScheduledFilters, ScheduledViewSet, described
from upsell.core.findings import Effect
from upsell.tiers import services
from upsell.tiers.api.serializers import LadderSerializer
from upsell.tiers.api.writing import write_ladder
from upsell.tiers.models.ladders import Ladder, Tier
from upsell.tiers.reports import effects
from upsell.tiers.serving.removing import delete_ladder

STEP_SEARCH = ("level", "product__title", "product__upc", "family__title")


class LadderFilters(ScheduledFilters):
    """What a list of ladders can be narrowed down to."""

    popular = django_filters.ChoiceFilter(choices=Ladder.Popular.choices)
    product = IdFilter(method="filter_product", help_text="Is a step: by itself, as a variant, or with its variants.")
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="Part of its name, or of its steps' levels and products."
    )
    ordering = OrderFilter(fields=["name", "starts_at", "ends_at", "created_at", "updated_at"])

    class Meta:
        model = Ladder
        fields: list[str] = []

    def filter_product(self, queryset: QuerySet[Ladder], name: str, value: int) -> QuerySet[Ladder]:
        """Keep those in which a product, or its family, is a step."""
        rows = get_model("catalogue", "Product")._default_manager.filter(pk=value).values_list("pk", "parent_id")
        families = [parent or product for product, parent in rows]
        return queryset.filter(pk__in=Tier.objects.of_families(families).values("ladder"))

    def filter_search(self, queryset: QuerySet[Ladder], name: str, value: str) -> QuerySet[Ladder]:
        """Keep what mentions a text, literally."""
        named = Q()
        for field in STEP_SEARCH:
            named |= Q(**{f"{field}__icontains": value})
        return queryset.filter(Q(name__icontains=value) | Q(pk__in=Tier.objects.filter(named).values("ladder")))


@described(LadderSerializer, one="a ladder", many="ladders")
class LadderViewSet(ScheduledViewSet):
    """Ladders. A change shows in the shop at once."""

    queryset = Ladder.objects.with_tiers()
    serializer_class = LadderSerializer
    filterset_class = LadderFilters
    tag = "Ladders"
    permission_classes = (AsInAdmin,)
    method_permissions = model_permissions("ladder")
    held = Ladder
    services: ClassVar = {
        "activate": services.activate_ladder,
        "pause": services.pause_ladder,
        "end": services.end_ladder,
        "duplicate": services.duplicate_ladder,
        "delete": delete_ladder,
    }

    def effects(self, rows: Iterable[Ladder]) -> Mapping[int, Effect]:
        """Judge them as the admin does."""
        return effects(rows)

    def write(self, sent: Mapping[str, Any], row: Ladder | None) -> Ladder:
        """Save it with its steps."""
        user: Any = self.request.user
        return write_ladder(
            ladder=row or Ladder(created_by=user),
            values=sent["values"],
            tiers=sent["tiers"],
            user=user,
            version=None if row is None else sent["version"],
        )
