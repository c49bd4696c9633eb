"""Reading ladders."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from upsell.offers.querysets import OfferQuerySet


class LadderQuerySet(models.QuerySet[Any]):
    """Ladders, whatever their status."""

    def active(self, at: datetime | None = None) -> Self:
        """Keep those that run at a moment (now)."""
        at = at or timezone.now()
        return self.not_over(at).filter(Q(starts_at__isnull=True) | Q(starts_at__lte=at))

    def not_over(self, at: datetime | None = None) -> Self:
        """Keep the active ones that run or will run."""
        at = at or timezone.now()
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), status="active")

    def during(self, starts_at: datetime | None, ends_at: datetime | None) -> Self:
        """Keep the active ones of which some moment falls between the two."""
        kept = self.not_over(max(starts_at, timezone.now()) if starts_at else None)
        return kept.filter(Q(starts_at__isnull=True) | Q(starts_at__lt=ends_at)) if ends_at else kept

    def with_tiers(self) -> Self:
        """Read their steps with their products, with as many queries for one ladder as for a hundred."""
        return self.prefetch_related("tiers__product__parent", "tiers__contents__product__parent")


class TierQuerySet(models.QuerySet[Any]):
    """Steps of ladders."""

    def of_families(self, families: Collection[int]) -> Self:
        """Keep those of these products, or of a variant of theirs."""
        return self.filter(family__in=families)


class UpgradeOfferQuerySet(OfferQuerySet):
    """Special prices for stepping up."""

    def running(self, at: datetime | None = None) -> Self:
        """Keep those that run at a moment (now), and whose ladder does."""
        from upsell.tiers.models.ladders import Ladder  # the models import this module

        at = at or timezone.now()
        return self.active(at).filter(ladder__in=Ladder.objects.active(at).values("pk"))

    def not_over(self, at: datetime | None = None) -> Self:
        """Keep the active ones that run or will run."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at or timezone.now()), status="active")


class LadderSuggestionQuerySet(models.QuerySet[Any]):
    """Suggestions of ladders."""

    def open(self) -> Self:
        """Keep those that wait for a decision."""
        return self.filter(status="open")
