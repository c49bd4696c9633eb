"""What completes a whole basket."""

from collections.abc import Iterable

from upsell.recommendations.base import Occasion, Origin, Recommendation, Recommender, Row, Table


class Completing(Recommender):
    """Proposes what goes with everything in the basket together.

    A product's score is the sum, over the basket, of the squares of its scores beside each product: one strong tie
    counts for more than many weak ones. The reason given is the product with the largest part.
    """

    name = "completing"

    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List the neighbours of all seeds, strongest first; ties go to more orders together, then the smaller id."""
        total: dict[int, float] = {}
        strongest: dict[int, Row] = {}
        for row in occasion.knowledge.rows(Table.BASKET):
            product = row.neighbour_id
            if product in occasion.present or row.origin not in (Origin.TOGETHER, Origin.NEAREST):
                continue
            total[product] = total.get(product, 0.0) + row.score * row.score
            if product not in strongest or row.score > strongest[product].score:
                strongest[product] = row
        ranked = sorted(total, key=lambda product: (-total[product], -strongest[product].orders_together, product))
        return [
            Recommendation(
                product,
                strongest[product].origin,
                total[product],
                because_of=strongest[product].product_id,
                orders_together=strongest[product].orders_together,
                reliable=strongest[product].reliable,
            )
            for product in ranked[: occasion.limit]
        ]
