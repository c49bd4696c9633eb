"""What merchants chose themselves."""

from collections.abc import Iterable

from upsell.recommendations.base import Occasion, Origin, Recommendation, Recommender


class Pinned(Recommender):
    """Proposes the products that merchants pinned, in the order they gave."""

    name = "pinned"

    def recommend(self, occasion: Occasion) -> Iterable[Recommendation]:
        """List the pins of the widget."""
        pins = occasion.knowledge.pins(occasion.widget)
        return [
            Recommendation(product, Origin.PINNED, score=float(len(pins) - place)) for place, product in enumerate(pins)
        ]
