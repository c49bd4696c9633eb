"""Managing bundles with the validation, permissions and history of the admin."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from oscar.core.loading import get_model

from upsell.bundles import services
from upsell.bundles.api.serializers import BundleSerializer
from upsell.bundles.api.writing import write_bundle
from upsell.bundles.models import Bundle, BundlePart
from upsell.bundles.reports import effects
from upsell.core.api.filters import IdFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, model_permissions
from upsell.core.api.scheduled import ScheduledFilters, ScheduledViewSet, described
from upsell.core.findings import Effect
from upsell.offers.models.offers import Offer
from upsell.offers.reports import with_usage


class BundleFilters(ScheduledFilters):
    """What a list of bundles can be narrowed down to."""

    kind = django_filters.ChoiceFilter(choices=Bundle.Kind.choices)
    currency = django_filters.CharFilter(max_length=12, lookup_expr="iexact")
    product = IdFilter(
        method="filter_product", help_text="Takes part: by itself, as a variant, by its categories or its class."
    )
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="Part of its name or text, or of what it is about."
    )
    ordering = OrderFilter(fields=["name", "kind", "lane", "starts_at", "ends_at", "created_at", "updated_at"])

    class Meta:
        model = Bundle
        fields: list[str] = []

    def filter_product(self, queryset: Any, name: str, value: int) -> Any:
        """Keep what a product takes part in."""
        rows = get_model("catalogue", "Product")._default_manager.filter(pk=value).values_list("pk", "parent_id")
        return queryset.touching([key for row in rows for key in row if key is not None])

    def filter_search(self, queryset: QuerySet[Bundle], name: str, value: str) -> QuerySet[Bundle]:
        """Keep what mentions a text, literally."""
        named = Q()
        for field in ("product__title", "product__parent__title", "product__upc", "category__name", "range__name"):
            named |= Q(**{f"{field}__icontains": value})
        about = BundlePart.objects.filter(named).values("bundle")
        return queryset.filter(Q(name__icontains=value) | Q(text__icontains=value) | Q(pk__in=about))


@described(BundleSerializer, one="a bundle", many="bundles")
class BundleViewSet(ScheduledViewSet):
    """Bundles of every kind. A change shows in the shop at once."""

    queryset = with_usage(Bundle.objects.with_parts())
    serializer_class = BundleSerializer
    filterset_class = BundleFilters
    tag = "Bundles"
    permission_classes = (AsInAdmin,)
    method_permissions = model_permissions("bundle")
    held = Offer
    services: ClassVar = {
        "activate": services.activate_bundle,
        "pause": services.pause_bundle,
        "end": services.end_bundle,
        "duplicate": services.duplicate_bundle,
        "delete": services.delete_bundle,
    }

    def effects(self, rows: Iterable[Bundle]) -> Mapping[int, Effect]:
        """Judge them as the admin does."""
        return effects(rows)

    def write(self, sent: Mapping[str, Any], row: Bundle | None) -> Bundle:
        """Save it with its parts and breaks."""
        user: Any = self.request.user
        return write_bundle(
            bundle=row or Bundle(created_by=user),
            values=sent["values"],
            parts=[] if row is None and sent["parts"] is None else sent["parts"],
            breaks=[] if row is None and sent["breaks"] is None else sent["breaks"],
            user=user,
            version=None if row is None else sent["version"],
        )
