"""Which step is offered, whatever the ladder: never a refused one, and silence after two."""

from hypothesis import given
from hypothesis import strategies as st

from upsell.tiers.offering import ENOUGH, MOST_LADDERS, noted, refused_of, step_offered

ORDER = list(range(1, 8))
better = st.sets(st.sampled_from(ORDER)).map(sorted)


@given(better, st.sets(st.sampled_from(ORDER)), st.sampled_from([None, *ORDER]))
def test_a_special_price_goes_before_the_most_popular_and_that_before_the_next_up(
    steps: list[int], special: set[int], popular: int | None
) -> None:
    chosen = step_offered(steps, order=ORDER, special=special, popular=popular)
    if not steps:
        assert chosen is None
    elif special & set(steps):
        assert chosen == min(special & set(steps))
    else:
        assert chosen == (popular if popular in steps else steps[0])


@given(better, st.sets(st.sampled_from(ORDER)), st.sampled_from([None, *ORDER]))
def test_after_a_refusal_one_step_further_down_is_offered_and_then_nothing(
    steps: list[int], special: set[int], popular: int | None
) -> None:
    refused: list[int] = []
    offered = []
    for _page in range(4):
        chosen = step_offered(steps, order=ORDER, special=special, popular=popular, refused=refused)
        if chosen is None:
            break
        assert chosen in steps
        offered.append(chosen)
        refused.append(chosen)
    assert len(offered) <= ENOUGH
    assert offered == sorted(offered, reverse=True)
    assert len(set(offered)) == len(offered)
    if len(offered) == ENOUGH:
        between = [step for step in steps if offered[1] < step < offered[0]]
        assert between == []  # the next one down, none passed over


def test_a_refused_step_that_has_left_the_ladder_leaves_silence() -> None:
    assert step_offered([1, 2], order=ORDER, refused=[99]) is None


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 9)), max_size=80))
def test_what_is_kept_of_refusals_is_bounded_and_ends_with_the_newest(refusals: list[tuple[int, int]]) -> None:
    kept: dict[str, list[int]] = {}
    for ladder, product in refusals:
        kept = noted(kept, ladder, product)
        assert refused_of(kept, ladder)[-1] == product
    assert len(kept) <= MOST_LADDERS
    assert all(0 < len(products) <= ENOUGH for products in kept.values())


def test_nothing_is_read_from_what_cannot_be_read() -> None:
    for stored in (None, [], "x", {"1": "2"}, {"1": None}, {"1": ["x", None, {}]}):
        assert refused_of(stored, 1) == ()
