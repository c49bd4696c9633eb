"""What sells most, in the shop and in the category at hand."""

from collections.abc import Iterable

from upsell.recommendations.base import Occasion, Origin, Recommendation, Recommender


class BestSellers(Recommender):
    """Proposes the shop's best sellers."""

    name = "best_sellers"

    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List the best sellers."""
        sellers = occasion.knowledge.best_sellers()[: occasion.limit]
        return [Recommendation(product, Origin.POPULAR, score) for product, score in sellers]


class CategoryBestSellers(Recommender):
    """Proposes the best sellers of the categories that the product in view is in."""

    name = "category_best_sellers"

    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List the categories' best sellers."""
        sellers = occasion.knowledge.category_best_sellers()[: occasion.limit]
        return [Recommendation(product, Origin.CATEGORY, score) for product, score in sellers]
