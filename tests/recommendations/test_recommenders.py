from datetime import UTC, datetime

import pytest

from upsell.recommendations.base import Occasion, Origin, Recommender, Row, Table
from upsell.recommendations.recommenders.also_bought import AlsoBought
from upsell.recommendations.recommenders.best_sellers import BestSellers, CategoryBestSellers
from upsell.recommendations.recommenders.bought_together import BoughtTogether
from upsell.recommendations.recommenders.completing import Completing
from upsell.recommendations.recommenders.pinned import Pinned
from upsell.recommendations.recommenders.similar import Similar
from upsell.recommendations.recommenders.trending import Trending
from upsell.testing import RecommenderContract, StubKnowledge


class TestPinnedKeepsTheContract(RecommenderContract):
    recommender = Pinned


class TestBoughtTogetherKeepsTheContract(RecommenderContract):
    recommender = BoughtTogether


class TestAlsoBoughtKeepsTheContract(RecommenderContract):
    recommender = AlsoBought


class TestCompletingKeepsTheContract(RecommenderContract):
    recommender = Completing


class TestSimilarKeepsTheContract(RecommenderContract):
    recommender = Similar


class TestBestSellersKeepsTheContract(RecommenderContract):
    recommender = BestSellers


class TestCategoryBestSellersKeepsTheContract(RecommenderContract):
    recommender = CategoryBestSellers


class TestTrendingKeepsTheContract(RecommenderContract):
    recommender = Trending


def occasion(table: Table, *rows: Row, present: set[int] = frozenset()) -> Occasion:
    return Occasion(
        "any", (1, 2), datetime(2026, 1, 1, tzinfo=UTC), 10, frozenset(present), StubKnowledge(rows={table: rows})
    )


def proposed(recommender: Recommender, asked: Occasion) -> list[int]:
    return [recommendation.product_id for recommendation in recommender.recommend(asked)]


def test_a_set_holds_only_what_is_reliably_bought_together() -> None:
    asked = occasion(
        Table.PRODUCT,
        Row(1, 5, Origin.TOGETHER, 0.9, orders_together=2, reliable=False),
        Row(1, 6, Origin.POPULAR, 0.8),
        Row(1, 7, Origin.NEAREST, 0.7),
        Row(1, 8, Origin.TOGETHER, 0.6, orders_together=9, reliable=True),
    )
    assert proposed(BoughtTogether(), asked) == [8]


def test_also_bought_shows_borrowed_rows_after_the_products_own_and_no_merely_popular_ones() -> None:
    asked = occasion(
        Table.BASKET,
        Row(1, 5, Origin.NEAREST, 0.9),
        Row(1, 6, Origin.POPULAR, 0.8),
        Row(1, 7, Origin.TOGETHER, 0.1, orders_together=1),
    )
    assert proposed(AlsoBought(), asked) == [7, 5]


def test_what_replaces_a_product_is_not_called_similar_unless_it_is_alike() -> None:
    asked = occasion(Table.SIMILAR, Row(1, 5, Origin.NEAREST, 0.9), Row(1, 6, Origin.SIMILAR, 0.8))
    assert proposed(Similar(), asked) == [6]


def test_a_basket_is_completed_by_the_sum_of_squares() -> None:
    """.6² = .36 beats .4² + .4² = .32, which beats .5² = .25; plain sums would say otherwise."""
    asked = occasion(
        Table.BASKET,
        Row(1, 10, Origin.TOGETHER, 0.6, 4, True),
        Row(1, 11, Origin.TOGETHER, 0.4, 4, True),
        Row(1, 12, Origin.TOGETHER, 0.5, 4, True),
        Row(2, 11, Origin.TOGETHER, 0.4, 5, True),
    )
    recommendations = list(Completing().recommend(asked))
    assert [(one.product_id, pytest.approx(one.score)) for one in recommendations] == [
        (10, 0.36),
        (11, 0.32),
        (12, 0.25),
    ]


def test_the_reason_of_a_completion_is_the_product_with_the_largest_part() -> None:
    asked = occasion(
        Table.BASKET,
        Row(1, 10, Origin.TOGETHER, 0.2, 50, True),
        Row(2, 10, Origin.TOGETHER, 0.3, 4, False),
    )
    (one,) = Completing().recommend(asked)
    assert (one.because_of, one.orders_together, one.reliable) == (2, 4, False)


def test_a_basket_is_not_completed_by_what_it_holds() -> None:
    asked = occasion(Table.BASKET, Row(1, 2, Origin.TOGETHER, 0.9, 9, True), present={1, 2})
    assert proposed(Completing(), asked) == []
