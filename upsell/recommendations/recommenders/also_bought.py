"""What else the buyers of a product put into their baskets."""

from collections.abc import Iterable

from upsell.recommendations.base import Occasion, Origin, Recommendation, Recommender, Table


class AlsoBought(Recommender):
    """Proposes what orders with the product in view hold as well, discounting what everybody buys.

    A product too new to have such orders borrows from the products most like it, and says so.
    """

    name = "also_bought"

    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List the neighbours of the seed in the basket table, those with orders of their own first."""
        rows = occasion.knowledge.rows(Table.BASKET)
        wanted = [row for origin in (Origin.TOGETHER, Origin.NEAREST) for row in rows if row.origin == origin]
        return [
            Recommendation(
                row.neighbour_id,
                row.origin,
                row.score,
                because_of=row.product_id,
                orders_together=row.orders_together,
                reliable=row.reliable,
            )
            for row in wanted
        ][: occasion.limit]
