from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from upsell.core.trace import Code
from upsell.recommendations.base import Origin, Recommendation
from upsell.recommendations.shaping import Action, Wish, choose, excluded, outcomes, reranked


def proposal(
    product: int, score: float = 1.0, origin: Origin = Origin.TOGETHER, reliable: bool = False
) -> Recommendation:
    return Recommendation(product, origin, score, reliable=reliable)


def ids(chosen: list[Recommendation]) -> list[int]:
    return [candidate.product_id for candidate in chosen]


products = st.integers(1, 30)
candidates = st.lists(st.builds(proposal, products, st.floats(0.001, 1000)), max_size=25).map(
    lambda step: sorted(step, key=lambda candidate: -candidate.score)
)
steps = st.lists(candidates, max_size=4)
wishes = st.lists(st.builds(Wish, products, st.sampled_from(Action), st.floats(1, 100)), max_size=8)
refused = st.sets(products)
categories = st.dictionaries(products, st.integers(1, 4))


def refuse(ids: set[int]):
    return lambda candidate: Code.HIDDEN if candidate.product_id in ids else None


@given(steps, st.integers(1, 8), refused, categories)
def test_a_choice_has_no_refused_product_no_repetition_and_not_too_many(steps, places, refused, categories) -> None:
    chosen = ids(choose(steps, places, refuse(refused), categories.get))
    assert len(chosen) == len(set(chosen)) <= places
    assert not refused & set(chosen)


@given(steps, st.integers(1, 8), refused, categories)
def test_no_place_stays_empty_while_there_is_a_candidate(steps, places, refused, categories) -> None:
    allowed = {candidate.product_id for step in steps for candidate in step} - refused
    assert len(choose(steps, places, refuse(refused), categories.get)) == min(places, len(allowed))


@given(candidates, st.integers(1, 8), categories)
def test_no_category_has_more_than_half_while_others_wait(step, places, categories) -> None:
    chosen = ids(choose([step], places, refuse(set()), categories.get))
    share = Counter(categories[product] for product in chosen if product in categories)
    for category, count in share.items():
        if count > (places + 1) // 2:
            waiting = {candidate.product_id for candidate in step} - set(chosen)
            assert all(categories.get(product) == category or share[categories.get(product)] >= (places + 1) // 2
                       for product in waiting)  # fmt: skip


@given(candidates, st.integers(1, 8), categories)
def test_within_a_step_the_best_come_first(step, places, categories) -> None:
    scores = [candidate.score for candidate in choose([step], places, refuse(set()), categories.get)]
    assert scores == sorted(scores, reverse=True)


@given(steps, st.integers(1, 8), refused)
def test_without_categories_the_first_candidates_are_chosen(steps, places, refused) -> None:
    in_order = dict.fromkeys(candidate.product_id for step in steps for candidate in step)
    assert ids(choose(steps, places, refuse(refused))) == [one for one in in_order if one not in refused][:places]


def test_an_earlier_step_goes_before_a_later_one_whatever_the_scores() -> None:
    assert ids(choose([[proposal(1, 0.1)], [proposal(2, 9.0)]], 2, refuse(set()))) == [1, 2]


def test_refusal_is_asked_only_for_what_would_be_shown() -> None:
    asked: list[int] = []

    def look(candidate: Recommendation) -> None:
        asked.append(candidate.product_id)

    choose([[proposal(number) for number in range(20)]], 3, look)
    assert asked == [0, 1, 2]


def test_pins_may_fill_a_widget_with_one_category() -> None:
    pins = [proposal(number, origin=Origin.PINNED) for number in range(1, 5)]
    assert ids(choose([pins, [proposal(9)]], 4, refuse(set()), dict.fromkeys(range(1, 5), 1).get)) == [1, 2, 3, 4]


@given(candidates, wishes)
def test_reranking_neither_adds_nor_loses_a_candidate(step, wishes) -> None:
    assert Counter(ids(reranked(step, wishes))) == Counter(ids(step))


@given(candidates, products, st.floats(1, 100))
def test_a_boost_never_lowers_and_a_bury_never_lifts(step, product, factor) -> None:
    def place(order: list[Recommendation]) -> int:
        return ids(order).index(product) if product in ids(order) else -1

    assert place(reranked(step, [Wish(product, Action.BOOST, factor)])) <= place(step)
    assert place(reranked(step, [Wish(product, Action.BURY, factor)])) >= place(step) or place(step) == -1


def test_a_boost_multiplies_and_a_bury_divides() -> None:
    step = [proposal(1, 6.0), proposal(2, 4.0), proposal(3, 3.0)]
    assert ids(reranked(step, [Wish(3, Action.BOOST, 3)])) == [3, 1, 2]
    assert ids(reranked(step, [Wish(1, Action.BURY, 1.6)])) == [2, 1, 3]
    assert ids(reranked(step, [Wish(3, Action.BOOST, 3), Wish(3, Action.BURY, 3)])) == [1, 2, 3]
    assert reranked(step, []) == step


def test_pins_keep_the_order_the_merchant_gave() -> None:
    pins = [proposal(1, 2.0, Origin.PINNED), proposal(2, 1.0, Origin.PINNED)]
    assert ids(reranked(pins, [Wish(2, Action.BOOST, 50)])) == [1, 2]


@given(wishes)
def test_what_is_excluded_once_stays_excluded(wishes) -> None:
    assert excluded(wishes) == {wish.product_id for wish in wishes if wish.action == Action.EXCLUDE}


@given(steps, st.integers(1, 8), refused)
def test_every_candidate_has_one_outcome_and_the_chosen_are_shown(steps, places, refused) -> None:
    chosen = set(ids(choose(steps, places, refuse(refused))))
    told = outcomes(steps, chosen, refuse(refused))
    assert Counter(outcome.recommendation.product_id for outcome in told) == Counter(
        {candidate.product_id for step in steps for candidate in step}
    )
    assert {outcome.recommendation.product_id for outcome in told if outcome.code == Code.SHOWN} == chosen
    assert all(
        outcome.code == (Code.HIDDEN if outcome.recommendation.product_id in refused else Code.FULL)
        for outcome in told
        if outcome.recommendation.product_id not in chosen
    )


def test_pairs_that_chance_may_explain_come_in_only_until_there_is_enough() -> None:
    certain = [proposal(1, 0.5, reliable=True), proposal(2, 0.4, reliable=True)]
    chance = [proposal(number, 0.9) for number in (7, 8, 9)]
    assert ids(choose([chance + certain], 6, refuse(set()), enough=3)) == [1, 2, 7]
    assert ids(choose([chance + certain], 6, refuse({7}), enough=3)) == [1, 2, 8]
    assert ids(choose([chance], 6, refuse(set()), enough=3)) == [7, 8, 9]
    assert ids(choose([chance + certain], 6, refuse(set()), enough=2)) == [1, 2]


def test_no_further_recommender_is_used_once_there_is_enough() -> None:
    first = [proposal(number, reliable=True) for number in (1, 2, 3)]
    popular = [proposal(number, origin=Origin.POPULAR) for number in (7, 8, 9)]
    assert ids(choose([first, popular], 6, refuse(set()), enough=3)) == [1, 2, 3]
    assert ids(choose([first[:2], popular], 6, refuse(set()), enough=3)) == [1, 2, 7, 8, 9]


def test_pins_do_not_keep_what_was_learned_away() -> None:
    pins = [proposal(number, origin=Origin.PINNED) for number in (1, 2, 3)]
    assert ids(choose([pins, [proposal(4, reliable=True)]], 6, refuse(set()), enough=3)) == [1, 2, 3, 4]


@given(steps, st.integers(1, 8), st.integers(1, 8), refused)
def test_enough_only_shortens(steps, places, enough, refused) -> None:
    full = ids(choose(steps, places, refuse(refused)))
    assert len(choose(steps, places, refuse(refused), enough=enough)) >= min(enough, len(full))
