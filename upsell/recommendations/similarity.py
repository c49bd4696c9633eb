"""Which products are alike, by what their pages say; and what to show beside one that has hardly been bought.

Every field of a document is a TF-IDF vector of length 1; a product's vector joins those of its fields, each weighted.
Similarity is the cosine of two products' vectors. Formulas and sources: ``docs/explanation/affinities.md``.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from upsell.recommendations.affinity import Rows
from upsell.recommendations.base import Origin

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from upsell.recommendations.affinity import Real, Whole

FIELD_WEIGHTS = {"title": 0.5, "description": 0.2, "category": 0.2, "attribute": 0.1}
TERMS_OF_FIELD = 40
"""A field counts with at most so many distinct terms, those that are met first."""

LEAST_SIMILARITY = 0.1
"""Products less alike than this are not called similar."""

NEAREST = 5
"""A product without history borrows the lists of so many products most like it."""

SIMILARITY_SHARE = 0.5
"""What likeness itself adds to a borrowed list."""

MOST_WORK = 10**9
"""Multiplications allowed; where the catalogue needs more, the commonest terms, which tell least, are left out."""

SCALE = 10**6  # similarities are compared in millionths, so that the last bits of sums decide nothing
CHUNK = 64  # products compared at a time; their likeness to all others is in memory at once

_ACCENTS = re.compile(r"[\u0300-\u036f]")
_WORDS = re.compile(r"(?:[^\W_]|[\u0e31-\u0e4e])+")  # in Thai, vowels and tones are marks on letters
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


@dataclass(frozen=True, slots=True)
class Document:
    """What a product's page says. Categories are the ids of its own categories; attributes map codes to values."""

    product: int
    title: str
    description: str = ""
    categories: Sequence[int] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)


def similar(documents: Sequence[Document], top: int = 20) -> Rows:
    """Find the ``top`` products most like each one; those less alike than ``LEAST_SIMILARITY`` are left out."""
    ordered = sorted(documents, key=lambda document: document.product)
    vectors = _vectors(ordered)
    across = vectors.T.tocsr()
    products, neighbours, scores = [], [], []
    for start in range(0, len(ordered), CHUNK):
        block = (vectors[start : start + CHUNK] @ across).tocsr()
        likeness = np.rint(block.data * SCALE).astype(np.int64)
        for row, (first, last) in enumerate(itertools.pairwise(block.indptr.tolist()), start=start):
            neighbour = block.indices[first:last].astype(np.int64)
            alike = (likeness[first:last] >= LEAST_SIMILARITY * SCALE) & (neighbour != row)
            best = _best(likeness[first:last][alike], neighbour[alike], top)
            products.append(np.full(len(best), row))
            neighbours.append(neighbour[alike][best])
            scores.append(likeness[first:last][alike][best] / SCALE)
    ids = np.array([document.product for document in ordered], dtype=np.int64)
    product, neighbour, score = (_joined(parts) for parts in (products, neighbours, scores))
    return _rows(ids[product], ids[neighbour], score.astype(np.float64), np.full(len(score), Origin.SIMILAR))


def transfer(cold: Whole, similar_rows: Rows, product_rows: Rows, top: int = 20) -> Rows:
    """Rows for products that have hardly been bought, borrowed from those most like them.

    The score of a neighbour is the mean of its scores in the lists of the ``NEAREST`` most similar products that have
    orders together with anything, every list scaled so that its best scores 1, plus ``SIMILARITY_SHARE`` times its own
    similarity. A row that no list holds is there for its likeness alone and says so in its origin.
    """
    bought = dict(_by_product(product_rows, product_rows.origin == Origin.TOGETHER))
    alike = dict(_by_product(similar_rows, np.ones(len(similar_rows), dtype=bool)))
    products, neighbours, scores, origins = [], [], [], []
    borrowers = set(cold.tolist())
    for product in sorted(borrowers):
        here = alike.get(product, slice(0))
        nearest = dict(zip(similar_rows.neighbour[here].tolist(), similar_rows.score[here].tolist(), strict=True))
        lenders = [other for other in nearest if other in bought and other not in borrowers][:NEAREST]
        borrowed: dict[int, float] = {}
        for lender in lenders:
            lent = bought[lender]
            scaled = product_rows.score[lent] / product_rows.score[lent].max()
            for neighbour, score in zip(product_rows.neighbour[lent].tolist(), scaled.tolist(), strict=True):
                if neighbour != product:
                    borrowed[neighbour] = borrowed.get(neighbour, 0.0) + score / len(lenders)
        total = {
            neighbour: borrowed.get(neighbour, 0.0) + SIMILARITY_SHARE * nearest.get(neighbour, 0.0)
            for neighbour in borrowed.keys() | nearest.keys()
        }
        for neighbour in sorted(total, key=lambda neighbour: (-round(total[neighbour], 9), neighbour))[:top]:
            products.append(product)
            neighbours.append(neighbour)
            scores.append(total[neighbour])
            origins.append(Origin.NEAREST if neighbour in borrowed else Origin.SIMILAR)
    whole = np.array([products, neighbours], dtype=np.int64)
    return _rows(whole[0], whole[1], np.array(scores, dtype=np.float64), np.array(origins, dtype=np.int8))


# --- vectors ----------------------------------------------------------------------------------------------------------


def terms(text: str) -> Iterator[str]:
    """Split a text into words without case and accents; scripts without spaces into pairs of letters.

    A bare number is no term: that both come in hundreds makes paper filters no more like a charger of 100 W.
    """
    plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())))
    for word in _WORDS.findall(plain):
        for unspaced, run in itertools.groupby(word, key=lambda c: bool(_UNSPACED.match(c))):
            letters = "".join(run)
            if unspaced and len(letters) > 1:
                yield from map("".join, itertools.pairwise(letters))
            elif not letters.isnumeric():
                yield letters


def _terms_of(document: Document) -> dict[str, Counter[str]]:
    fields = {
        "title": Counter(terms(document.title)),
        "description": Counter(terms(document.description)),
        "category": Counter(map(str, document.categories)),
        "attribute": Counter(f"{code} {value}".casefold() for code, value in document.attributes.items()),
    }
    return {name: Counter(dict(itertools.islice(found.items(), TERMS_OF_FIELD))) for name, found in fields.items()}


def _vectors(documents: Sequence[Document]) -> csr_array:
    """Products x terms; every row has length 1, or 0 where a product says nothing."""
    from scipy.sparse import csr_array

    vocabulary: dict[tuple[str, str], int] = {}
    rows, columns, counts, fields = array("i"), array("i"), array("d"), array("b")
    for row, document in enumerate(documents):
        for number, (name, found) in enumerate(_terms_of(document).items()):
            for term, count in found.items():
                rows.append(row)
                columns.append(vocabulary.setdefault((name, term), len(vocabulary)))
                counts.append(count)
                fields.append(number)
    document_of, column, place = (np.array(part, dtype=np.int32) for part in (rows, columns, fields))
    holders = np.bincount(column, minlength=len(vocabulary))
    weight = (1 + np.log(np.array(counts))) * np.log((1 + len(documents)) / np.maximum(holders, 1))[column]
    weight *= _telling(holders)[column]
    part = document_of * len(FIELD_WEIGHTS) + place
    weight *= np.sqrt(np.array(list(FIELD_WEIGHTS.values())))[place] * _per_length(part, weight)[part]
    weight *= _per_length(document_of, weight)[document_of]
    vectors = csr_array((weight, (document_of, column)), shape=(len(documents), max(len(vocabulary), 1)))
    vectors.eliminate_zeros()  # terms left out would cost as much as the others
    return vectors


def _telling(holders: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which terms are used: all, or as many of the rarest as the work allows."""
    by_rarity = np.sort(holders)
    work = np.cumsum(by_rarity.astype(np.float64) ** 2)
    if not len(work) or work[-1] <= MOST_WORK:
        return np.ones(len(holders), dtype=bool)
    first_too_many = by_rarity[np.searchsorted(work, MOST_WORK, side="right")]
    return np.asarray(holders < first_too_many)


def _per_length(group: Whole, weight: Real) -> Real:
    """1 / length of the vector of every group; 0 where there is none."""
    length = np.sqrt(np.bincount(group, weight * weight))
    return np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)


# --- rows -------------------------------------------------------------------------------------------------------------


def _best(likeness: NDArray[np.int64], neighbour: NDArray[np.int64], top: int) -> NDArray[np.intp]:
    if len(likeness) > 4 * top:  # sort a few instead of all
        few = np.argpartition((-likeness << 32) + neighbour, top)[:top]
        return few[np.lexsort((neighbour[few], -likeness[few]))]
    return np.lexsort((neighbour, -likeness))[:top]


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _by_product(rows: Rows, wanted: NDArray[np.bool_]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    places = np.flatnonzero(wanted)
    products, starts = np.unique(rows.product[places], return_index=True)
    yield from zip(products.tolist(), np.split(places, starts[1:]), strict=False)


def _rows(product: Whole, neighbour: Whole, score: Real, origin: Whole) -> Rows:
    """Rows about which no order says anything, from arrays by product and rank."""
    _, starts, length = np.unique(product, return_index=True, return_counts=True)
    rank = np.arange(len(product)) - np.repeat(starts, length) + 1
    return Rows(
        product=product,
        neighbour=neighbour,
        rank=rank.astype(np.int16),
        score=score,
        weight=np.zeros(len(product), dtype=np.int64),
        orders_together=np.zeros(len(product), dtype=np.int32),
        origin=origin.astype(np.int8),
        reliable=np.zeros(len(product), dtype=bool),
    )
