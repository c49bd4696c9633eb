import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from upsell.core.api.errors import ContentTooLarge
from upsell.core.api.parsers import MAX_BYTES, MAX_DEPTH, BoundedJSONParser

scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(scalars | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=10)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def parse(body: bytes) -> Any:
    return BoundedJSONParser().parse(io.BytesIO(body))


@given(values)
def test_what_json_can_say_is_read_back_unless_it_is_deep(value: Any) -> None:
    body = json.dumps(value).encode()
    if depth(value) > MAX_DEPTH:
        with pytest.raises(ParseError):
            parse(body)
    else:
        assert parse(body) == value


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_in_one_way(body: bytes) -> None:
    try:
        parse(body)
    except ParseError:
        return
    json.loads(body)


def test_the_largest_body_is_read_and_a_larger_one_is_not_even_looked_at() -> None:
    assert len(parse(b'"' + b"x" * (MAX_BYTES - 2) + b'"')) == MAX_BYTES - 2
    with pytest.raises(ContentTooLarge):
        parse(b"[" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    "body",
    [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b'{"a": 1, "a": 2}', rb'"\ud800"', rb'{"\udc00": 1}'],
)
def test_what_readers_do_not_agree_on_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)
