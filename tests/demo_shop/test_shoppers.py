"""The simulated orders hold what was planted, and the recommender finds it again."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from demo_shop.catalogue.goods import read_goods
from demo_shop.shoppers import truth
from demo_shop.shoppers.people import DEPARTMENT_SHARES, countries, personas
from demo_shop.shoppers.reviews import QUALITY, quality, write_reviews
from demo_shop.shoppers.simulation import DAYS, ORDERS, Orders, simulate
from upsell.recommendations.affinity import History, Method, learn
from upsell.recommendations.base import Origin
from upsell.recommendations.engines.embedded import EmbeddedEngine
from upsell.recommendations.trend import trend

GOODS = read_goods().sent_by_post()
TODAY = date(2026, 7, 1)
END = datetime.combine(TODAY, time(), UTC)
SHOWN = 3  # products beside the product itself in "Frequently bought together"


@pytest.fixture(scope="module")
def history() -> Orders:
    return simulate(GOODS, today=TODAY)


@pytest.fixture(scope="module")
def learned_rows(history: Orders) -> dict[str, list[tuple[str, Origin, bool]]]:
    """The learned neighbours of each product, best first."""
    ids = {product.sku: number for number, product in enumerate(GOODS, start=1)}
    skus = {number: sku for sku, number in ids.items()}
    orders = [order for order in history.orders if order.cancelled_at is None]
    lines = [(number, ids[line.product], line.quantity) for number, order in enumerate(orders) for line in order.lines]
    order, product, units = (np.array(column) for column in zip(*lines, strict=True))
    at = np.array([order.at.timestamp() for order in orders])
    key = np.array([order.number for order in orders])
    facts = History(order=order, product=product, units=units, at=at, key=key)
    table = learn(facts, Method(), EmbeddedEngine(), epoch=float(at.max())).product_table
    rows: dict[str, list[tuple[str, Origin, bool]]] = {}
    for place in np.lexsort((table.rank, table.product)):
        rows.setdefault(skus[int(table.product[place])], []).append(
            (skus[int(table.neighbour[place])], Origin(int(table.origin[place])), bool(table.reliable[place]))
        )
    return rows


# --- the model --------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_orders_and_another_seed_others() -> None:
    def picture(seed: int) -> list[tuple]:
        orders = simulate(GOODS, today=TODAY, orders=120, days=200, seed=seed).orders
        return [(o.at, o.customer.email, [(line.sku, line.quantity) for line in o.lines]) for o in orders]

    assert picture(1) == picture(1)
    assert picture(1) != picture(2)


def test_the_past_is_two_years_long_and_ends_yesterday(history: Orders) -> None:
    days = [order.at.date() for order in history.orders]
    assert days == sorted(days)
    assert days[-1] == TODAY - timedelta(days=1)
    assert days[0] >= TODAY - timedelta(days=DAYS)
    assert len(set(days)) > DAYS * 0.98


def test_there_are_as_many_orders_as_asked_for_besides_the_stories(history: Orders) -> None:
    assert len(history.orders) == ORDERS + sum(len(persona.orders) for persona in personas())
    assert 20_000 < sum(len(order.lines) for order in history.orders) < 30_000
    assert all(order.lines for order in history.orders)


def test_customers_come_from_all_countries_in_their_shares(history: Orders) -> None:
    found = Counter(customer.country for customer in history.customers)
    for country in countries():
        assert found[country.code] / len(history.customers) == pytest.approx(country.share, abs=0.02)


def test_some_customers_come_back_and_some_never_make_an_account(history: Orders) -> None:
    orders = Counter(order.customer.number for order in history.orders)
    again = sum(count > 1 for count in orders.values()) / len(orders)
    guests = sum(customer.guest for customer in history.customers) / len(history.customers)
    assert 0.3 < again < 0.6
    assert 0.18 < guests < 0.26


def test_the_shop_grows_and_has_its_seasons(history: Orders) -> None:
    ages = [(END - order.at).days for order in history.orders]
    assert 1.2 < sum(age < 365 for age in ages) / sum(age >= 365 for age in ages) < 1.5
    by_month = Counter((GOODS.by_sku[order.lines[0].product].department, order.at.month) for order in history.orders)
    assert by_month["Cycling", 5] > 1.5 * by_month["Cycling", 1]
    assert by_month["Coffee", 12] > 1.5 * by_month["Coffee", 7]
    assert set(truth.SEASONS) == set(DEPARTMENT_SHARES)


def test_basket_sizes_fall_off_from_small_to_large(history: Orders) -> None:
    sizes = Counter(len(order.lines) for order in history.orders)
    assert sizes[1] > 0.2 * len(history.orders)
    assert sizes[2] > sizes[3] > sizes[4] > sizes[5] > sizes[7]
    assert max(sizes) <= 14


def test_popularity_has_a_long_tail(history: Orders) -> None:
    counts = sorted(Counter(line.product for o in history.orders for line in o.lines).values(), reverse=True)
    assert len(counts) > 0.95 * len(GOODS)
    assert sum(counts[: len(counts) // 5]) > 0.35 * sum(counts)


def test_orders_are_cancelled_sent_and_returned_in_the_order_of_time(history: Orders) -> None:
    total = len(history.orders)
    assert 0.02 < sum(order.cancelled_at is not None for order in history.orders) / total < 0.05
    assert 0.02 < sum(order.returned_at is not None for order in history.orders) / total < 0.09
    for order in history.orders:
        moments = [order.at, order.processed_at, order.completed_at, order.returned_at]
        known = [moment for moment in moments if moment is not None]
        assert known == sorted(known)
        assert known[-1] < END
        assert not (order.cancelled_at and order.processed_at)
        assert (order.returned_at is not None) == any(line.returned for line in order.lines)
    assert all(order.completed_at or order.cancelled_at for order in history.orders if (END - order.at).days > 4)
    assert any(order.completed_at is None for order in history.orders[-30:])


def test_the_people_with_a_story_have_it(history: Orders) -> None:
    for persona in personas():
        theirs = [order for order in history.orders if order.customer.key == persona.key]
        told = [((TODAY - order.at.date()).days, order.lines[0].product) for order in theirs]
        assert tuple(told) == persona.orders


# --- what was planted -------------------------------------------------------------------------------------------------


def test_the_truth_speaks_of_goods_that_exist() -> None:
    named = {sku for complement in truth.complements() for sku in complement[:2]}
    named |= truth.NEVER_SOLD | set(truth.RISING) | set(truth.FADING) | set(truth.LAUNCHED) | set(truth.PRODUCT_SEASONS)
    assert named <= set(GOODS.by_sku)
    assert set(QUALITY) <= set(GOODS.by_sku)


def test_no_complement_is_a_substitute() -> None:
    pairs = {frozenset(complement[:2]) for complement in truth.complements()}
    assert not pairs & truth.substitutes(GOODS)
    assert len(truth.substitutes(GOODS)) > 100
    assert len(truth.strong_complements()) > 150


def test_strong_complements_are_bought_together_far_more_often_than_chance(history: Orders) -> None:
    baskets = [{line.product for line in order.lines} for order in history.orders]
    holding = Counter(sku for basket in baskets for sku in basket)
    together = Counter(
        (product, companion)
        for basket in baskets
        for product, companion, _ in truth.strong_complements()
        if {product, companion} <= basket
    )
    shares = [together[p, c] / holding[p] for p, c, _ in truth.strong_complements() if holding[p] >= 20]
    assert 0.3 < float(np.mean(shares)) < 0.55


def test_substitutes_hardly_ever_share_a_basket(history: Orders) -> None:
    roles = [Counter(GOODS.by_sku[line.product].role for line in order.lines) for order in history.orders]
    doubled = sum(any(count > 1 for role, count in found.items() if role) for found in roles)
    assert doubled < 0.01 * len(history.orders)


def test_the_recommender_finds_nine_in_ten_strong_complements_among_the_first_five(learned_rows) -> None:
    found = [
        complement
        for complement in truth.strong_complements()
        if complement.companion in [sku for sku, *_ in learned_rows[complement.product][:5]]
    ]
    assert len(found) >= 0.9 * len(truth.strong_complements())


def test_the_recommender_does_not_propose_substitutes_as_bought_together(learned_rows) -> None:
    substitutes = truth.substitutes(GOODS)
    wrong = [
        (product, neighbour)
        for product, rows in learned_rows.items()
        for neighbour, origin, _ in [row for row in rows if row[1] is Origin.TOGETHER][:SHOWN]
        if frozenset((product, neighbour)) in substitutes
    ]
    assert len(wrong) <= 2
    reliable = [
        (product, neighbour)
        for product, rows in learned_rows.items()
        for neighbour, _, is_reliable in rows
        if is_reliable and frozenset((product, neighbour)) in substitutes
    ]
    assert reliable == []


def test_rising_products_are_the_surest_trends(history: Orders) -> None:
    recent, before = Counter(), Counter()
    for order in history.orders:
        age = (END - order.at).days
        if age < 28 or age < 28 + 84:
            (recent if age < 28 else before).update({line.product for line in order.lines})
    trends = {sku: trend(recent[sku], before[sku], 28, 84) for sku in GOODS.by_sku}
    surest = sorted(trends, key=lambda sku: -trends[sku])[: len(truth.RISING) + 2]
    assert set(truth.RISING) <= set(surest)


def test_what_was_never_sold_or_not_yet_launched_is_in_no_order(history: Orders) -> None:
    for order in history.orders:
        for line in order.lines:
            assert line.product not in truth.NEVER_SOLD
            if line.product in truth.LAUNCHED:
                assert (END - order.at).days < truth.LAUNCHED[line.product]


# --- reviews ----------------------------------------------------------------------------------------------------------


def test_reviews_follow_quality_and_come_from_buyers(history: Orders) -> None:
    reviews = write_reviews(GOODS, history)
    assert 1_000 < len(reviews) < 4_000
    assert len({(review.customer.number, review.product) for review in reviews}) == len(reviews)
    assert reviews == sorted(reviews, key=lambda review: review.at)
    bought = {(order.customer.number, line.product) for order in history.orders for line in order.lines}
    assert all((review.customer.number, review.product) in bought for review in reviews)
    assert all(1 <= review.score <= 5 and review.body and review.at < END for review in reviews)
    scores: dict[str, list[int]] = {}
    for review in reviews:
        scores.setdefault(review.product, []).append(review.score)
    known = {sku: float(np.mean(found)) for sku, found in scores.items() if len(found) >= 12}
    assert len(known) > 30
    assert np.corrcoef([quality(GOODS.by_sku[sku]) for sku in known], list(known.values()))[0, 1] > 0.5


def test_reviews_vary_and_some_are_in_other_languages(history: Orders) -> None:
    reviews = write_reviews(GOODS, history)
    assert len({review.body for review in reviews}) > len(reviews) / 2
    assert any(not review.body.isascii() for review in reviews)
    assert sum(review.body.isascii() for review in reviews) > 0.8 * len(reviews)
