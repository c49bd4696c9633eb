"""What sells faster of late."""

from collections.abc import Iterable

from upsell.recommendations.base import Occasion, Origin, Recommendation, Recommender


class Trending(Recommender):
    """Proposes what sells faster of late than before, by more than chance explains."""

    name = "trending"

    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List what is trending, steepest first."""
        risers = occasion.knowledge.trending()[: occasion.limit]
        return [Recommendation(product, Origin.TRENDING, score) for product, score in risers]
