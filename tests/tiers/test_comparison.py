"""What a step up adds, and the table of a ladder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.tiers.comparison import Attribute, Gain, Sort, Tier, gains, table

values = (
    st.booleans()
    | st.integers(0, 5)
    | st.sampled_from(["oak", "steel", ""])
    | st.floats(0, 4).map(lambda x: round(x, 1))
)
attributes = st.dictionaries(st.sampled_from("abcde"), values, max_size=5).map(
    lambda found: {code: Attribute(f"Attribute {code}", value, str(value)) for code, value in found.items()}
)
words = st.lists(st.sampled_from(["Quiet", "Fast", "Heated", "Light"]), unique=True, max_size=4).map(tuple)
tiers = st.builds(Tier, product=st.integers(1, 9), highlights=words, includes=words, attributes=attributes)


@given(tiers, tiers)
def test_gains_never_list_what_both_have(lower: Tier, higher: Tier) -> None:
    for gain in gains(lower, higher):
        if gain.sort == Sort.HIGHLIGHT:
            assert gain.name not in lower.highlights
        elif gain.sort == Sort.INCLUDES:
            assert gain.name not in lower.includes
        else:
            own = next(one for one in higher.attributes.values() if one.name == gain.name)
            other = next((one for one in lower.attributes.values() if one.name == gain.name), None)
            assert other is None or other.value != own.value
            assert own.value is not False


@given(tiers)
def test_nothing_is_gained_from_the_same(tier: Tier) -> None:
    assert gains(tier, tier) == []


@given(tiers, tiers)
def test_the_most_telling_gains_come_first(lower: Tier, higher: Tier) -> None:
    sorts = [gain.sort for gain in gains(lower, higher)]
    assert sorts == sorted(sorts)


@given(tiers, tiers)
def test_where_less_is_better_the_better_numbers_are_those_of_the_other_way_round(lower: Tier, higher: Tier) -> None:
    def better(one: Tier, other: Tier, **options: object) -> set[str]:
        return {gain.name for gain in gains(one, other, **options) if gain.sort == Sort.MORE}  # type: ignore[arg-type]

    assert better(lower, higher, less_is_better="abcde") == better(higher, lower)


@given(st.lists(tiers, min_size=2, max_size=4))
def test_the_table_names_every_attribute_once_and_folds_what_is_the_same_to_the_end(found: list[Tier]) -> None:
    rows = table(found)
    assert {row.name for row in rows} == {one.name for tier in found for one in tier.attributes.values()}
    assert len({row.name for row in rows}) == len(rows)
    assert [row.is_same for row in rows] == sorted(row.is_same for row in rows)
    assert all(len(row.values) == len(found) for row in rows)


def attributes_of(**known: object) -> dict[str, Attribute]:
    return {code: Attribute(code.capitalize(), value, str(value)) for code, value in known.items()}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"steam": False}, {"steam": True}, [Gain(Sort.HAS, "Steam")]),
        ({}, {"steam": True}, [Gain(Sort.HAS, "Steam")]),
        ({"steam": True}, {"steam": False}, []),
        ({"boilers": 1}, {"boilers": 2}, [Gain(Sort.MORE, "Boilers", "2", "1")]),
        ({"grams": 900}, {"grams": 300}, [Gain(Sort.OTHER, "Grams", "300", "900")]),
        ({"burrs": "steel"}, {"burrs": "ceramic"}, [Gain(Sort.OTHER, "Burrs", "ceramic", "steel")]),
        ({}, {"burrs": "steel"}, [Gain(Sort.HAS, "Burrs", "steel")]),
        ({"burrs": "steel"}, {}, []),
        (
            {"a": 1, "b": 2},
            {"a": 2, "b": 10, "c": True},
            [Gain(Sort.HAS, "C"), Gain(Sort.MORE, "B", "10", "2"), Gain(Sort.MORE, "A", "2", "1")],
        ),
    ],
)
def test_attributes_are_judged_one_by_one(
    before: dict[str, object], after: dict[str, object], expected: list[Gain]
) -> None:
    lower, higher = (Tier(number, attributes=attributes_of(**known)) for number, known in ((1, before), (2, after)))
    assert gains(lower, higher) == expected


def test_the_merchants_words_come_before_all_else() -> None:
    lower = Tier(1, highlights=("Quiet",))
    higher = Tier(2, highlights=("Two boilers", "Quiet"), includes=("Milk jug",), attributes=attributes_of(steam=True))
    assert [gain.name for gain in gains(lower, higher)] == ["Two boilers", "Milk jug", "Steam"]
