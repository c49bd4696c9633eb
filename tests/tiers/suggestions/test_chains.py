"""Ladders out of pairs: dearer step by step, all of them alternatives of all, and no product twice."""

from itertools import combinations, pairwise
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.tiers.substitutes import ENOUGH, LEAST_DEARER, MOST_DEARER, Good, Likeness, Met, Vocabulary
from upsell.tiers.suggestions import FARTHEST, Chain, chains, choose, compared, is_news, promising

SHELF = (1, 10)


def good(product: int, price: int, title: str = "hand grinder", shelf: Any = SHELF, currency: str = "GBP") -> Good:
    return Good(product, frozenset(title.split()), frozenset([shelf]), price, currency, {"size": float(price)})


def sure(score: int, words: tuple[str, ...] = ()) -> Likeness:
    """Make a likeness of a score: up to 65 points from names and worth, the rest from orders."""
    name = min(score, 65) - 20
    apart = Met(0, 0.0) if score <= 65 else Met(0, 100.0)
    return Likeness(name=name / 45, words=words, nature=0.0, stated=1, better=1, worse=0, met=apart)


@st.composite
def markets(draw: st.DrawFn) -> tuple[dict[tuple[int, int], Likeness], dict[int, Good]]:
    prices = draw(st.lists(st.integers(100, 5000), min_size=2, max_size=9))
    found = {number: good(number, price) for number, price in enumerate(sorted(prices))}
    pairs = [
        (low, high) for low, high in combinations(found, 2) if found[high].price >= LEAST_DEARER * found[low].price
    ]
    alike = {pair: sure(draw(st.sampled_from((40, 50, 57, 65, 85)))) for pair in pairs if draw(st.booleans())}
    return alike, found


@given(markets())
def test_every_chain_goes_up_in_steps_of_a_sensible_width_and_all_its_products_are_alternatives(market: Any) -> None:
    alike, goods = market
    for chain in chains(alike, goods):
        assert 2 <= len(chain.products) <= 4
        assert len(set(chain.products)) == len(chain.products)
        assert chain.prices == tuple(goods[product].price for product in chain.products)
        for low, high in pairwise(chain.prices):
            assert LEAST_DEARER <= high / low <= MOST_DEARER
        scores = [alike[pair].score for pair in combinations(chain.products, 2)]
        assert chain.score == min(scores) >= ENOUGH
        assert chain.steps == tuple(alike[pair] for pair in pairwise(chain.products))


@given(markets(), st.sets(st.integers(0, 8), max_size=3), st.integers(1, 5))
def test_no_product_is_chosen_twice_and_none_that_is_taken(market: Any, taken: set[int], most: int) -> None:
    alike, goods = market
    found = list(chains(alike, goods))
    chosen = choose(found, taken=taken, most=most)
    products = [product for chain in chosen for product in chain.products]
    assert len(products) == len(set(products))
    assert not taken & set(products)
    assert len(chosen) <= most
    assert [chain.worth for chain in chosen] == sorted((chain.worth for chain in chosen), reverse=True)


@given(markets())
def test_whatever_is_left_out_shares_a_product_with_something_as_good(market: Any) -> None:
    alike, goods = market
    found = list(chains(alike, goods))
    chosen = choose(found, most=100)
    for chain in found:
        assert any(set(chain.products) & set(better.products) and better.worth >= chain.worth for better in chosen)


def chain(*products: int, score: int = 60) -> Chain:
    steps = tuple(sure(score) for _step in products[1:])
    return Chain(products, tuple(100 * 2**place for place in range(len(products))), "GBP", steps, score)


def test_a_longer_ladder_is_preferred_to_a_slightly_surer_one_and_not_to_a_much_surer_one() -> None:
    assert choose([chain(1, 2, score=70), chain(1, 2, 3, score=61)], most=1)[0].products == (1, 2, 3)
    assert choose([chain(1, 2, score=90), chain(1, 2, 3, score=55)], most=1)[0].products == (1, 2)


def test_two_products_of_a_dismissed_ladder_are_not_put_together_again() -> None:
    found = [chain(1, 2), chain(2, 3, 4), chain(1, 5), chain(6, 7)]
    assert [one.products for one in choose(found, unwanted=[(1, 2, 3)], most=9)] == [(1, 5), (6, 7)]


def test_nobody_steps_up_to_another_maker_and_back() -> None:
    goods = {
        1: good(1, 100, "acme camera"),
        2: good(2, 150, "zeta camera"),
        3: good(3, 200, "acme camera"),
    }
    alike = {(1, 2): sure(60, ("camera",)), (2, 3): sure(60, ("camera",)), (1, 3): sure(65, ("camera", "acme"))}
    assert {one.products for one in chains(alike, goods)} == {(1, 2), (2, 3), (1, 3)}
    goods[2] = good(2, 150, "acme steel camera")
    assert (1, 2, 3) in {one.products for one in chains(alike, goods)}


def test_a_dismissed_ladder_is_news_once_clearly_more_speaks_for_it() -> None:
    assert not is_news(70, 60)
    assert is_news(75, 60)


# --- pairs ------------------------------------------------------------------------------------------------------------


def pairs(*goods: Good) -> set[tuple[int, int]]:
    return {(low.product, high.product) for low, high in compared(goods)}


def test_only_products_of_one_shelf_and_currency_are_compared() -> None:
    assert pairs(good(1, 100), good(2, 200), good(3, 300, shelf=(1, 11)), good(4, 400, currency="EUR")) == {(1, 2)}


def test_a_product_on_two_shelves_is_compared_on_both_and_each_pair_once() -> None:
    both = Good(2, frozenset(), frozenset([SHELF, (1, 11)]), 200, "GBP", {})
    again = Good(1, frozenset(), frozenset([SHELF, (1, 11)]), 100, "GBP", {})
    found = [(low.product, high.product) for low, high in compared([both, again, good(3, 400, shelf=(1, 11))])]
    assert sorted(found) == [(1, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize(("price", "expected"), [(114, set()), (115, {(1, 2)}), (1200, {(1, 2)}), (1201, set())])
def test_prices_that_hardly_differ_or_are_worlds_apart_are_not_compared(price: int, expected: set[Any]) -> None:
    assert pairs(good(1, 100), good(2, price)) == expected
    assert FARTHEST == 12


def test_on_a_long_shelf_those_that_share_a_telling_word_are_compared() -> None:
    shelf = [good(number, 100 + number, f"thing kind{number // 4} no{number}") for number in range(400)]
    shelf += [good(1000, 100, "hand grinder"), good(1001, 200, "hand steel grinder")]
    found = pairs(*shelf)
    assert (1000, 1001) in found
    assert len(found) < 1000
    assert all(low // 4 == high // 4 for low, high in found if high < 1000)


def test_thousands_of_products_of_one_shelf_take_seconds() -> None:
    """Every word is shared by forty: the most pairs that a long shelf can have."""
    shelf = [
        good(number, 500 + (number * 7919) % 9000, " ".join(f"w{step}x{number // 40 * 7 + step}" for step in range(6)))
        for number in range(3_000)
    ]
    started = process_time()
    vocabulary = Vocabulary(shelf)
    alike = promising(shelf, vocabulary)
    found = choose(chains(alike, {one.product: one for one in shelf}), most=24)
    assert len(found) == 24
    assert process_time() - started < 10
