"""Reading bumps."""

from typing import Self

from upsell.offers.querysets import OfferQuerySet


class BumpQuerySet(OfferQuerySet):
    """Bumps, whatever their status."""

    def with_parts(self) -> Self:
        """Read what they offer and ask for, with as many queries for one bump as for a hundred."""
        return self.select_related("product__parent", "range").prefetch_related(
            "requirements__product__parent", "requirements__category", "requirements__range", "images"
        )
