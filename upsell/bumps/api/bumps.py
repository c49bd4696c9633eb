"""Managing bumps with the validation, permissions and history of the admin."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from oscar.core.loading import get_model
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.bumps import services
from upsell.bumps.api.replaying import ReplaySerializer, RuleSerializer, TriedRuleSerializer, replayed
from upsell.bumps.api.serializers import BumpSerializer
from upsell.bumps.api.storefront import PLACEMENTS
from upsell.bumps.api.writing import judged, rows_of, write_bump
from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.bumps.reports import bump_effects, with_answers
from upsell.bumps.serving.replaying import replay
from upsell.bumps.serving.rules import added_by
from upsell.bumps.serving.sentences import PLACES, sentence
from upsell.bumps.soundness import RULE
from upsell.core.api.errors import CREATE_PROBLEMS, READ_PROBLEMS
from upsell.core.api.filters import IdFilter, OrderFilter
from upsell.core.api.permissions import AsInAdmin, model_permissions
from upsell.core.api.scheduled import ScheduledFilters, ScheduledViewSet, described
from upsell.core.api.schema import describe
from upsell.core.findings import Effect
from upsell.offers.models.offers import Offer
from upsell.offers.reports import with_usage
from upsell.offers.services import delete_offer

SEARCHED = ("name", "headline", "text", "product__title", "product__parent__title", "product__upc", "range__name")
MAY_LOOK = ("upsell.view_bump", "upsell.change_bump")
TRIED = {"rule": ("POST",), "replay": ("GET", "HEAD")}  # actions that only tell what would be, by their methods


class BumpFilters(ScheduledFilters):
    """What a list of bumps can be narrowed down to."""

    placement = django_filters.ChoiceFilter(
        choices=PLACEMENTS, method="filter_placement", help_text="Offered at this place."
    )
    product = IdFilter(method="filter_product", help_text="Adds it, by itself, as a variant or by its range.")
    trigger = IdFilter(method="filter_trigger", help_text="A condition names this product, or what it is a variant of.")
    reward_kind = django_filters.ChoiceFilter(choices=Bump.RewardKind.choices)
    currency = django_filters.CharFilter(lookup_expr="iexact", max_length=12)
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="Part of its name, headline or text, or of what it adds."
    )
    ordering = OrderFilter(fields=["name", "priority", "lane", "starts_at", "ends_at", "created_at", "updated_at"])

    class Meta:
        model = Bump
        fields: list[str] = []

    def filter_placement(self, queryset: QuerySet[Bump], name: str, value: str) -> QuerySet[Bump]:
        """Keep those that are offered there."""
        return queryset.filter(**{PLACES[value]: True})  # type: ignore[index]  # a placement is its word

    def filter_product(self, queryset: QuerySet[Bump], name: str, value: int) -> QuerySet[Bump]:
        """Keep those that add a product, or its family."""
        family = _family(value)
        ranges = get_model("offer", "RangeProduct")._default_manager.filter(product__in=family).values("range")
        return queryset.filter(Q(product__in=family) | Q(range__in=ranges))

    def filter_trigger(self, queryset: QuerySet[Bump], name: str, value: int) -> QuerySet[Bump]:
        """Keep those with a condition on what the basket contains that names a product, or its family."""
        rows = BumpRequirement.objects.filter(kind=BumpRequirement.Kind.CONTAINS, product__in=_family(value))
        return queryset.filter(pk__in=rows.values("bump"))

    def filter_search(self, queryset: QuerySet[Bump], name: str, value: str) -> QuerySet[Bump]:
        """Keep what mentions a text, literally."""
        named = Q()
        for field in SEARCHED:
            named |= Q(**{f"{field}__icontains": value})
        return queryset.filter(named)


def _delete(*, bump: Bump, user: Any) -> None:
    """Remove a bump that no order used."""
    delete_offer(offer=bump, user=user)


@described(BumpSerializer, one="a bump", many="bumps")
class BumpViewSet(ScheduledViewSet):
    """Bumps. A change shows in the shop at once."""

    queryset = with_answers(with_usage(Bump.objects.with_parts()))
    serializer_class = BumpSerializer
    filterset_class = BumpFilters
    tag = "The till"
    permission_classes = (AsInAdmin,)
    method_permissions = model_permissions("bump")
    held = Offer
    services: ClassVar = {
        "activate": services.activate_bump,
        "pause": services.pause_bump,
        "end": services.end_bump,
        "duplicate": services.duplicate_bump,
        "delete": _delete,
    }

    def check_permissions(self, request: Request) -> None:
        """Ask of those who try a rule what looking at one takes: nothing is changed by it."""
        if self.action in TRIED:
            self.method_permissions = dict.fromkeys(TRIED[self.action], MAY_LOOK)  # type: ignore[misc]
        super().check_permissions(request)

    def effects(self, rows: Iterable[Bump]) -> Mapping[int, Effect]:
        """Judge them as the admin does."""
        return bump_effects(rows)

    def write(self, sent: Mapping[str, Any], row: Bump | None) -> Bump:
        """Save it with its conditions."""
        user: Any = self.request.user
        bump = row or Bump(created_by=user)
        version = sent["version"] if row else None
        return write_bump(bump=bump, values=sent["values"], rows=sent["rows"], user=user, version=version)

    @describe(
        summary="Try a rule",
        request=RuleSerializer,
        responses={200: TriedRuleSerializer} | CREATE_PROBLEMS,
    )
    @action(detail=False, methods=["post"])
    def rule(self, request: Request) -> Response:
        """Say a rule in a sentence, and which of the shop's newest baskets and orders would have met it.

        Nothing is saved.
        """
        read = RuleSerializer(data=request.data)
        read.is_valid(raise_exception=True)
        sent = read.validated_data
        rows = rows_of(sent["requirements"])
        bump = Bump(product=sent["product"], range=sent["range"], currency=sent["currency"].strip().upper())
        errors = {field: wrong for field, wrong in judged(bump, rows).items() if field in {RULE, "currency", "range"}}
        if errors:
            raise ValidationError(errors)
        found = replay(rows, currency=bump.currency, added=added_by(bump))
        body = {"rule": sentence(rows, currency=bump.currency), "replay": replayed(found)}
        return Response(TriedRuleSerializer(body).data)

    @describe(summary="Replay a bump's rule", responses={200: ReplaySerializer} | READ_PROBLEMS)
    @action(detail=True, methods=["get"])
    def replay(self, request: Request, pk: int | None = None) -> Response:
        """Tell which of the shop's newest baskets and orders would have met the rule of a bump.

        Each is judged as of its own moment, with what was known of its shopper then; nothing tells whose it was.
        """
        bump = self.get_object()
        found = replay(bump.requirements.all(), currency=bump.currency, added=added_by(bump))
        return Response(ReplaySerializer(replayed(found)).data)


def _family(product: int) -> list[int]:
    """Name a product and what it is a variant of."""
    parents = get_model("catalogue", "Product")._default_manager.filter(pk=product).values_list("parent", flat=True)
    return [product, *(parent for parent in parents if parent is not None)]
