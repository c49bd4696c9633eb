"""For tests of recommenders of your own: the contract that each keeps, and tables made up for it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from upsell.recommendations.base import Knowledge, Occasion, Origin, Recommendation, Recommender, Row, Table


class StubKnowledge(Knowledge):
    """Knows what a test tells it."""

    def __init__(
        self,
        *,
        rows: dict[Table, Sequence[Row]] | None = None,
        pins: Sequence[int] = (),
        best_sellers: Sequence[tuple[int, float]] = (),
        category_best_sellers: Sequence[tuple[int, float]] = (),
        trending: Sequence[tuple[int, float]] = (),
    ) -> None:
        self._rows = rows or {}
        self._pins = pins
        self._best_sellers = best_sellers
        self._category_best_sellers = category_best_sellers
        self._trending = trending

    def rows(self, table: Table) -> Sequence[Row]:
        """List the rows of the table."""
        return self._rows.get(table, ())

    def pins(self, widget: str) -> Sequence[int]:
        """List the pins, whatever the widget."""
        return self._pins

    def best_sellers(self) -> Sequence[tuple[int, float]]:
        """List the best sellers."""
        return self._best_sellers

    def category_best_sellers(self) -> Sequence[tuple[int, float]]:
        """List the best sellers of the category."""
        return self._category_best_sellers

    def trending(self) -> Sequence[tuple[int, float]]:
        """List what is trending."""
        return self._trending


class RecommenderContract:
    """What every recommender promises.

    Subclass it in a test and name the recommender::

        class TestMine(RecommenderContract):
            recommender = Mine

    Override ``occasion`` if it needs to know more than the rows, pins and best sellers given here.
    """

    recommender: ClassVar[type[Recommender]]

    def occasion(self, *, limit: int = 5, known: bool = True) -> Occasion:
        """Describe a product being looked at, with or without anything known of it."""
        row = [
            Row(1, neighbour, Origin.SIMILAR if table == Table.SIMILAR else Origin.TOGETHER, 1 / neighbour, 10, True)
            for table in Table
            for neighbour in range(2, 22)
        ]
        ranked = [(row.neighbour_id, row.score) for row in row[:20]]
        knowledge = StubKnowledge(
            rows={table: row[20 * place : 20 * place + 20] for place, table in enumerate(Table)},
            pins=[product for product, _ in ranked[:3]],
            best_sellers=ranked,
            category_best_sellers=ranked,
            trending=ranked,
        )
        return Occasion(
            widget="customers_also_bought",
            seeds=(1,),
            at=datetime(2026, 1, 1, tzinfo=UTC),
            limit=limit,
            present=frozenset({1}),
            knowledge=knowledge if known else Knowledge(),
        )

    def test_it_has_a_name(self) -> None:
        """The name it is listed under in UPSELL_RECOMMENDERS."""
        assert self.recommender.name

    def test_it_proposes_recommendations(self) -> None:
        """Nothing but recommendations comes out, each with an origin that its reason can be told from."""
        for proposed in self.propose(self.occasion()):
            assert isinstance(proposed, Recommendation)
            assert isinstance(proposed.origin, Origin)
            assert isinstance(proposed.product_id, int)

    def test_the_best_come_first(self) -> None:
        """Scores never rise along the list."""
        scores = [proposed.score for proposed in self.propose(self.occasion())]
        assert scores == sorted(scores, reverse=True)

    def test_no_product_is_proposed_twice(self) -> None:
        """A product has one place."""
        products = [proposed.product_id for proposed in self.propose(self.occasion())]
        assert len(products) == len(set(products))

    def test_the_limit_is_kept(self) -> None:
        """No more than asked for; pins are as many as the merchant made."""
        proposed = self.propose(self.occasion(limit=3))
        assert len([one for one in proposed if one.origin != Origin.PINNED]) <= 3

    def test_the_same_occasion_gets_the_same_answer(self) -> None:
        """A page that is shown again shows the same."""
        assert self.propose(self.occasion()) == self.propose(self.occasion())

    def test_knowing_nothing_is_no_error(self) -> None:
        """A shop on its first day has no rows."""
        assert all(isinstance(proposed, Recommendation) for proposed in self.propose(self.occasion(known=False)))

    def propose(self, occasion: Occasion) -> list[Recommendation]:
        """Ask a new instance."""
        return list(self.recommender().recommend(occasion))
