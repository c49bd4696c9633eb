"""What completes the product in view."""

from collections.abc import Iterable

from upsell.recommendations.base import Occasion, Origin, Recommendation, Recommender, Table


class BoughtTogether(Recommender):
    """Proposes what is bought in the same orders as the product in view.

    Only what several orders hold, and more of them than chance explains: a set that is called frequent must be it, and
    two products that replace each other share fewer orders than chance would give them.
    """

    name = "bought_together"

    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List the reliable neighbours of the seed, strongest first."""
        rows = occasion.knowledge.rows(Table.PRODUCT)
        return [
            Recommendation(
                row.neighbour_id,
                row.origin,
                row.score,
                because_of=row.product_id,
                orders_together=row.orders_together,
                reliable=True,
            )
            for row in rows
            if row.origin == Origin.TOGETHER and row.reliable
        ][: occasion.limit]
