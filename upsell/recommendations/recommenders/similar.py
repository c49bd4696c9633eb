"""What is like the product in view."""

from collections.abc import Iterable

from upsell.recommendations.base import Occasion, Origin, Recommendation, Recommender, Table


class Similar(Recommender):
    """Proposes products alike in title, description, category and attributes."""

    name = "similar"

    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List the products most like the seed."""
        return [
            Recommendation(row.neighbour_id, row.origin, row.score, because_of=row.product_id)
            for row in occasion.knowledge.rows(Table.SIMILAR)
            if row.origin == Origin.SIMILAR
        ][: occasion.limit]
