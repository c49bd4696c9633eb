"""Reading bundles and their suggestions."""

from typing import Any, Self

from django.db import models

from upsell.offers.querysets import OfferQuerySet


class BundleQuerySet(OfferQuerySet):
    """Bundles of every kind."""

    def with_parts(self) -> Self:
        """Read what each bundle is about, with as many queries for one bundle as for a hundred."""
        return self.prefetch_related("breaks", "parts__product", "parts__category", "parts__range")


class BundleSuggestionQuerySet(models.QuerySet[Any]):
    """Suggestions of bundles."""

    def open(self) -> Self:
        """Keep those that wait for a decision."""
        return self.filter(status="open")
