"""The merchant's evaluation tells a good table from popularity, and says so only when it is sure."""

import numpy as np
import pytest
from hypothesis import given, settings

from tests.strategies import EPOCH, Order, history_of, orders
from upsell.recommendations.affinity import DAY, History, Method
from upsell.recommendations.engines.embedded import EmbeddedEngine
from upsell.recommendations.evaluation import Evaluation, evaluate

ENGINE = EmbeddedEngine()
NOW = EPOCH + DAY


def shop(seed: int = 1, count: int = 1500, pairs: bool = True) -> History:
    """Customers take one to three of fifty things, each with its companion; or, without pairs, anything."""
    draw = np.random.default_rng(seed)
    made: list[Order] = []
    for number in range(count):
        things = draw.integers(0, 50, draw.integers(1, 4))
        products = {int(thing) for thing in things}
        companions = {thing + 100 for thing in products} if pairs else {int(draw.integers(100, 150))}
        made.append((number, EPOCH - (count - number) * DAY / 10, [(p, 1) for p in products | companions]))
    return history_of(made)


def test_planted_companions_are_found_and_popularity_is_beaten() -> None:
    found = evaluate(shop(), Method(), ENGINE, now=NOW)
    assert (found.learned_orders, found.asked_orders) == (1200, 300)
    for spot in (found.product_page, found.basket):
        assert spot.ours > 0.95
        assert spot.popularity < 0.5
        assert spot.ahead_of_popularity.low > 0
        assert spot.ahead_of_popularity.low <= spot.ahead_of_popularity.mean <= spot.ahead_of_popularity.high
        assert spot.ahead_of_popularity.mean == pytest.approx(spot.ours - spot.popularity)
    assert found.is_conclusive
    assert not found.plain_counts_are_better
    assert found.coverage > 0.9


def test_where_nothing_belongs_together_no_advantage_is_claimed() -> None:
    found = evaluate(shop(pairs=False), Method(), ENGINE, now=NOW)
    assert found.product_page.ahead_of_together.low < 0.02
    assert found.basket.ours < 0.5


def test_a_setting_that_only_shows_best_sellers_makes_plain_counts_the_better_choice() -> None:
    found = evaluate(shop(), Method(popularity_prior=10**6), ENGINE, now=NOW)
    assert found.product_page.ahead_of_together.high < 0
    assert found.plain_counts_are_better


def test_too_few_orders_decide_nothing() -> None:
    found = evaluate(shop(count=40), Method(popularity_prior=10**6), ENGINE, now=NOW)
    assert not found.is_conclusive
    assert not found.plain_counts_are_better


def test_the_newer_orders_never_teach() -> None:
    """Companions that appear in the last fifth only cannot be known."""
    old, new = shop(pairs=False), shop(seed=2)
    late = history_of(
        [
            (
                number,
                float(history.at[number]),
                [(int(p), 1) for p in history.product[history.order == number].tolist()],
            )
            for number in range(1500)
            for history in (old if number < 1200 else new,)
        ]
    )
    assert evaluate(late, Method(), ENGINE, now=NOW).product_page.ours < 0.6


def test_orders_from_the_future_are_left_out() -> None:
    history = shop(count=300)
    future = history_of([(1, NOW + DAY, [(1, 1), (2, 1)])])
    both = History(
        np.concatenate((history.order, future.order + 300)),
        np.concatenate((history.product, future.product)),
        np.concatenate((history.units, future.units)),
        np.concatenate((history.at, future.at)),
        np.concatenate((history.key, future.key + 10**6)),
    )
    assert evaluate(both, Method(), ENGINE, now=NOW) == evaluate(history, Method(), ENGINE, now=NOW)


def test_only_the_newest_are_asked_where_there_are_many() -> None:
    assert evaluate(shop(), Method(), ENGINE, now=NOW, most_asked=120).asked_orders == 120


def test_progress_ends_with_the_whole() -> None:
    heard: list[float] = []
    evaluate(shop(count=100), Method(), ENGINE, now=NOW, report=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


@settings(max_examples=50)
@given(orders())
def test_any_history_can_be_evaluated(given_orders: list[Order]) -> None:
    found: Evaluation = evaluate(history_of(given_orders), Method(), ENGINE, now=NOW)
    assert 0 <= found.product_page.ours <= 1
    assert 0 <= found.coverage <= 1
    assert not found.plain_counts_are_better
