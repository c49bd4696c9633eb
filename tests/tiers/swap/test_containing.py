"""What leaves the basket because it comes with a step: never more than is there, never more than is brought."""

from hypothesis import given
from hypothesis import strategies as st

from upsell.tiers.containing import Held, Taken, taken_out

PRODUCTS = st.integers(1, 5)
CONTENTS = st.dictionaries(PRODUCTS, st.integers(1, 3), max_size=3)
# Products 4 and 5 are variants of 3; 1 and 2 stand for themselves.
FAMILY = {4: 3, 5: 3}
HELD = st.lists(st.tuples(st.sampled_from([1, 2, 4, 5]), st.integers(1, 4)), max_size=5).map(
    lambda rows: [Held(line, product, units, FAMILY.get(product)) for line, (product, units) in enumerate(rows)]
)


def told(taken: tuple[Taken, ...]) -> dict[int, int]:
    return {one.line: one.units for one in taken}


def test_each_unit_of_the_step_takes_out_what_it_brings() -> None:
    assert taken_out({1: 2}, {}, [Held(7, 1, 5)], quantity=2) == (Taken(7, 4, 2),)


def test_what_was_brought_before_is_not_brought_again() -> None:
    assert taken_out({1: 3}, {1: 1}, [Held(7, 1, 9)], quantity=2) == (Taken(7, 4, 2),)
    assert taken_out({1: 1}, {1: 1}, [Held(7, 1, 9)], quantity=2) == ()


def test_a_family_stands_for_its_variants_in_the_order_given() -> None:
    held = [Held(7, 5, 1, 3), Held(8, 4, 5, 3)]
    assert told(taken_out({3: 2}, {}, held, quantity=1)) == {7: 1, 8: 1}


def test_a_variant_that_was_brought_before_counts_for_its_family() -> None:
    assert taken_out({3: 1}, {4: 1}, [Held(7, 4, 1, 3)], quantity=1) == ()
    assert taken_out({4: 1}, {3: 1}, [Held(7, 4, 1, 3)], quantity=1) == ()


def test_a_variant_named_beside_its_family_is_taken_first() -> None:
    held = [Held(7, 5, 1, 3), Held(8, 4, 1, 3)]
    assert told(taken_out({3: 1, 4: 1}, {}, held, quantity=1)) == {7: 1, 8: 1}


@given(CONTENTS, CONTENTS, HELD, st.integers(1, 4))
def test_never_more_than_is_there_or_brought(
    now: dict[int, int], before: dict[int, int], held: list[Held], quantity: int
) -> None:
    taken = taken_out(now, before, held, quantity=quantity)
    units = {one.line: one.units for one in held}
    assert all(0 < one.units <= units[one.line] and one.units <= one.each * quantity for one in taken)
    for product in PRODUCTS_OF_ONE_KIND:
        lines = {one.line for one in held if one.product in product}
        gone = sum(one.units for one in taken if one.line in lines)
        assert gone <= quantity * sum(now.get(one, 0) for one in product)


PRODUCTS_OF_ONE_KIND = ({1}, {2}, {3, 4, 5})


@given(CONTENTS, CONTENTS, HELD, st.integers(1, 4))
def test_nobody_is_left_paying_for_what_is_brought_besides(
    now: dict[int, int], before: dict[int, int], held: list[Held], quantity: int
) -> None:
    """Of a product by itself, all that the step adds is gone, or all that there was."""
    taken = taken_out(now, before, held, quantity=quantity)
    for product in (1, 2):
        there = sum(one.units for one in held if one.product == product)
        lines = {one.line for one in held if one.product == product}
        added = quantity * max(0, now.get(product, 0) - before.get(product, 0))
        assert sum(one.units for one in taken if one.line in lines) == min(there, added)


@given(CONTENTS, HELD, st.integers(1, 4))
def test_a_step_that_brings_the_same_takes_nothing(contents: dict[int, int], held: list[Held], quantity: int) -> None:
    assert taken_out(contents, contents, held, quantity=quantity) == ()
