"""Products that say the same are similar; what has no history borrows from what is like it."""

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH, history_of
from upsell.recommendations import similarity
from upsell.recommendations.affinity import Method, Rows, learn
from upsell.recommendations.base import Origin
from upsell.recommendations.engines.embedded import EmbeddedEngine
from upsell.recommendations.similarity import LEAST_SIMILARITY, Document, similar, terms, transfer

BOWLS = [
    Document(1, "Red soup bowl", "A bowl for soup.", [7], {"colour": "red", "volume": 500}),
    Document(2, "Blue soup bowl", "A bowl for soup.", [7], {"colour": "blue", "volume": 500}),
    Document(3, "Bread knife", "Cuts bread.", [8], {"steel": "yes"}),
    Document(4, "Cake knife", "Cuts cake.", [8], {"steel": "yes"}),
    Document(5, "Gift card"),
]


def neighbours(rows: Rows) -> dict[int, list[int]]:
    return {
        int(product): rows.neighbour[rows.product == product].tolist() for product in np.unique(rows.product).tolist()
    }


def test_products_that_say_the_same_are_each_others_nearest() -> None:
    rows = similar(BOWLS)
    assert neighbours(rows) == {1: [2], 2: [1], 3: [4], 4: [3]}
    assert set(rows.origin.tolist()) == {Origin.SIMILAR}
    assert not rows.orders_together.any()
    assert not rows.reliable.any()


def test_two_products_of_one_text_are_wholly_alike() -> None:
    rows = similar([Document(1, "Tea pot"), Document(2, "tea POT"), Document(3, "Cup")])
    assert rows.score.tolist() == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("documents", [[], [Document(1, "")], [Document(1, ""), Document(2, " -- ")]])
def test_products_that_say_nothing_are_like_nothing(documents: list[Document]) -> None:
    assert len(similar(documents)) == 0


def test_category_and_attributes_count_where_titles_differ() -> None:
    rows = similar(
        [
            Document(1, "Alpha", categories=[1], attributes={"mount": "E"}),
            Document(2, "Beta", categories=[1], attributes={"mount": "E"}),
            Document(3, "Gamma", categories=[1], attributes={"mount": "F"}),
            Document(4, "Delta", categories=[2], attributes={"mount": "G"}),
        ]
    )
    assert neighbours(rows)[1] == [2, 3]
    assert 4 not in neighbours(rows)


def test_ties_go_to_the_smaller_id_and_no_more_than_asked_are_kept() -> None:
    rows = similar([Document(product, "Same") for product in (9, 4, 2**40, 7)], top=2)
    assert neighbours(rows) == {4: [7, 9], 7: [4, 9], 9: [4, 7], 2**40: [4, 7]}
    assert rows.rank.tolist() == [1, 2] * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café-Crème, 2 l", ["cafe", "creme", "l"]),
        ("Lens 50mm, set of 100", ["lens", "50mm", "set", "of"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("日本語のカメラ", ["日本", "本語", "語の", "のカ", "カメ", "メラ"]),
        ("ชาม", ["ชา", "าม"]),
        ("한국어 카메라", ["한국어", "카메라"]),
        ("東 x", ["東", "x"]),
    ],
)
def test_texts_of_many_scripts_fall_into_terms(text: str, expected: list[str]) -> None:
    assert list(terms(text)) == expected


words = st.lists(st.sampled_from(["red", "blue", "bowl", "knife", "lamp", *string.ascii_lowercase]), max_size=6)
documents = st.lists(
    st.tuples(words.map(" ".join), words.map(" ".join), st.lists(st.integers(1, 3), max_size=2)), max_size=12
).map(lambda found: [Document(number, *parts) for number, parts in enumerate(found)])


@given(documents)
def test_similarity_is_symmetric_within_bounds_and_never_with_itself(found: list[Document]) -> None:
    rows = similar(found, top=100)
    pairs = {
        (int(a), int(b)): float(score) for a, b, score in zip(rows.product, rows.neighbour, rows.score, strict=True)
    }
    for (a, b), score in pairs.items():
        assert a != b
        assert LEAST_SIMILARITY <= score <= 1.000001
        assert pairs[b, a] == score


@given(documents, st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_no_list_by_more_than_rounding(found: list[Document], chance: object) -> None:
    shuffled = sorted(found, key=lambda document: chance.random())  # type: ignore[attr-defined]
    one, other = similar(found, top=100), similar(shuffled, top=100)
    assert sorted(zip(one.product, one.neighbour, strict=True)) == sorted(
        zip(other.product, other.neighbour, strict=True)
    )
    assert np.allclose(one.score, other.score, atol=2e-6)


def test_the_work_is_bounded_by_leaving_out_the_commonest_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Document(number, f"lamp series{number // 2}") for number in range(40)]
    assert neighbours(similar(found))[0][0] == 1
    monkeypatch.setattr(similarity, "MOST_WORK", 100)
    assert neighbours(similar(found))[0] == [1]
    vectors = similarity._vectors(found)
    assert (np.bincount(vectors.indices) ** 2).sum() <= 100


# --- borrowing --------------------------------------------------------------------------------------------------------


def learned_shop() -> Rows:
    """Knives go with boards, bowls with spoons; product 9 was never sold."""
    knife, bread_knife, board, bowl, spoon = 1, 2, 3, 4, 5
    pairs = [(knife, board), (bread_knife, board), (bowl, spoon)] * 10
    history = history_of([(number, EPOCH, [(a, 1), (b, 1)]) for number, (a, b) in enumerate(pairs)])
    return learn(history, Method(), EmbeddedEngine(), epoch=EPOCH).product_table


TITLES = ["", "Steel knife", "Bread knife", "Oak board", "Soup bowl", "Soup spoon"]


def test_a_new_product_borrows_the_lists_of_those_most_like_it() -> None:
    alike = similar([*(Document(number, title) for number, title in enumerate(TITLES)), Document(9, "Cheese knife")])
    rows = transfer(np.array([9]), alike, learned_shop())
    assert set(rows.product.tolist()) == {9}
    by_origin = dict(zip(rows.neighbour.tolist(), rows.origin.tolist(), strict=True))
    assert by_origin[3] == Origin.NEAREST
    assert by_origin[1] == by_origin[2] == Origin.SIMILAR
    assert 4 not in by_origin
    assert not rows.orders_together.any()
    assert rows.rank.tolist() == list(range(1, len(rows) + 1))


def test_a_borrowed_score_is_the_mean_of_the_scaled_lists_plus_half_the_similarity() -> None:
    alike = similar([*(Document(number, title) for number, title in enumerate(TITLES)), Document(9, "Cheese knife")])
    table = learned_shop()
    rows = transfer(np.array([9]), alike, table)

    def score(found: Rows, product: int, neighbour: int) -> float:
        return float(found.score[(found.product == product) & (found.neighbour == neighbour)].sum())

    scaled = [score(table, knife, 3) / table.score[table.product == knife].max() for knife in (1, 2)]
    assert score(rows, 9, 3) == pytest.approx(sum(scaled) / 2 + score(alike, 9, 3) / 2)
    assert score(rows, 9, 1) == pytest.approx(score(alike, 9, 1) / 2)


def test_a_new_product_like_nothing_gets_no_rows() -> None:
    assert len(transfer(np.array([9]), similar([Document(9, "Voucher")]), learned_shop())) == 0
    assert len(transfer(np.array([], dtype=np.int64), similar(BOWLS), learned_shop())) == 0


def test_new_products_do_not_lend_to_each_other() -> None:
    rows = transfer(np.array([1, 9]), similar([Document(1, "Steel knife"), Document(9, "Steel knife")]), learned_shop())
    assert set(rows.origin.tolist()) == {Origin.SIMILAR}
