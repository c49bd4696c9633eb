"""Properties of the choice among extras, whatever they are."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from upsell.bumps.choosing import Contender, arranged, cap, chosen, merit

shares = st.floats(0, 1)
contenders = st.builds(
    Contender,
    offer=st.integers(1, 6),
    product=st.integers(1, 6),
    family=st.integers(1, 4),
    priority=st.integers(-2, 2),
    relevance=shares,
    margin=shares,
    seen=st.integers(0, 50),
)
some = st.lists(contenders, max_size=12)


@given(st.builds(Contender, st.just(1), st.just(1), st.just(1), relevance=st.floats(-5, 5), margin=st.floats(-5, 5)))
def test_merit_lies_between_0_and_1(one: Contender) -> None:
    assert 0 < merit(one) < 1


@given(contenders, shares, shares)
def test_what_fits_better_never_counts_less(one: Contender, less: float, more: float) -> None:
    less, more = sorted((less, more))
    assert merit(replace(one, relevance=less)) <= merit(replace(one, relevance=more))


@given(contenders, shares, shares)
def test_what_earns_more_never_counts_less(one: Contender, less: float, more: float) -> None:
    less, more = sorted((less, more))
    assert merit(replace(one, margin=less)) <= merit(replace(one, margin=more))


@given(contenders, st.integers(1, 50))
def test_what_was_seen_more_often_counts_less(one: Contender, more: int) -> None:
    assert merit(replace(one, seen=one.seen + more)) < merit(one)


@given(contenders, contenders)
def test_a_step_of_priority_outweighs_all_else(one: Contender, other: Contender) -> None:
    lower, higher = replace(one, priority=0), replace(other, priority=1)
    assert arranged([lower, higher])[0] == higher


@given(contenders)
def test_margin_never_outweighs_clearly_better_relevance(one: Contender) -> None:
    fitting, earning = replace(one, relevance=1.0, margin=0.0), replace(one, relevance=0.5, margin=1.0)
    assert merit(fitting) > merit(earning)


@given(some, st.randoms())
def test_the_order_in_which_they_come_changes_nothing(few: list[Contender], luck: object) -> None:
    mixed = list(few)
    luck.shuffle(mixed)  # type: ignore[attr-defined]
    assert chosen(few, 3) == chosen(mixed, 3)


@given(some, st.integers(0, 4))
def test_there_are_no_more_than_places_and_no_two_of_a_bump_or_a_family(few: list[Contender], most: int) -> None:
    found = chosen(few, most)
    assert len(found) <= most
    assert len({one.offer for one in found}) == len({one.family for one in found}) == len(found)


@given(some, st.integers(1, 4))
def test_a_place_stays_empty_only_if_nothing_may_stand_there(few: list[Contender], most: int) -> None:
    found = chosen(few, most)
    offers, families = {one.offer for one in found}, {one.family for one in found}
    left = [one for one in few if one.offer not in offers and one.family not in families]
    assert len(found) == most or not left


@given(some)
def test_one_more_place_keeps_those_that_stand(few: list[Contender]) -> None:
    assert chosen(few, 3)[:2] == chosen(few, 2)


@given(some)
def test_the_best_of_all_is_always_chosen(few: list[Contender]) -> None:
    assert chosen(few, 1) == arranged(few)[:1]


def test_an_extra_that_was_seen_often_gives_way_to_one_that_fits_nearly_as_well() -> None:
    worn, fresh = Contender(1, 1, 1, relevance=0.9, seen=6), Contender(2, 2, 2, relevance=0.5)
    assert [one.offer for one in arranged([worn, fresh])] == [2, 1]


@given(st.integers(0, 10**9), st.floats(0, 10), st.integers(0, 10**6))
def test_the_cap_is_a_share_of_the_basket_but_never_below_the_floor(value: int, share: float, floor: int) -> None:
    most = cap(value, share, floor)
    assert most is not None
    assert most >= floor
    assert most == floor or abs(most - value * share) <= 1


def test_without_a_share_nothing_is_too_dear() -> None:
    assert cap(100, None, 50) is None
