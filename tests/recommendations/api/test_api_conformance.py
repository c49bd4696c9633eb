"""Every answer is one that the description declares, and looks as it says, whatever is asked."""

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from django.core.cache import caches
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oscar.test.factories import CategoryFactory, RangeFactory

from tests.identities import client_of
from tests.learned import Learn, neighbour
from upsell.core.api.schema import SERVER, openapi
from upsell.models import Curation, Generation

pytestmark = pytest.mark.django_db

OPERATIONS = sorted((path, method) for path, methods in openapi()["paths"].items() for method in methods)
NASTY = ["", "abc", "1.5", "-1", "0", "9" * 20, "٣", "\x00", "a\x00b", "\ufffd", "%", "' OR 1=1--", "nan", "1e400"]
NASTY += ["null", "[]", "{}", "true", "=cmd", "\u202e", "x" * 300]
NASTY += ["2026-03-29T02:30", "2026-03-29T02:30:00Z", "9999-12-31T23:59:59-23:59"]
words = st.sampled_from(NASTY) | st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.integers(1, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)


@cache
def as_json_schema() -> dict[str, Any]:
    """Translate the description to the JSON Schema that a validator reads: ``nullable`` is no word there."""

    def translate(part: Any) -> Any:
        if isinstance(part, list):
            return [translate(one) for one in part]
        if not isinstance(part, dict):
            return part
        part = {key: translate(value) for key, value in part.items()}
        return {"anyOf": [part, {"type": "null"}]} if part.pop("nullable", False) is True else part

    translated: dict[str, Any] = translate(openapi())
    return translated


def check(response: Any, path: str, method: str) -> None:
    declared = openapi_operation(path, method)["responses"]
    assert str(response.status_code) in declared, response.content
    content = declared[str(response.status_code)].get("content")
    if content is None:
        assert response.content == b""
        return
    (kind,) = content
    assert response["Content-Type"] == kind
    schema = {**content[kind]["schema"], "components": as_json_schema()["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(response.content))


def openapi_operation(path: str, method: str) -> dict[str, Any]:
    operation: dict[str, Any] = as_json_schema()["paths"][path][method]
    return operation


def good_values(parameter: dict[str, Any], product: Any) -> st.SearchStrategy[Any]:
    """What a well-meaning client gives for a parameter."""
    schema = parameter["schema"]
    inner = schema.get("items", schema)
    good: st.SearchStrategy[str] = st.just(str(product.pk))
    if "enum" in inner:
        good = st.sampled_from(inner["enum"])
    elif inner.get("format") == "date-time":
        good = st.just("2026-11-21T00:00:00Z")
    elif inner["type"] == "boolean":
        good = st.sampled_from(["true", "false"])
    return st.lists(good, min_size=1, max_size=3) if schema["type"] == "array" else good


@pytest.fixture
def ids(product: Any, learn: Learn) -> st.SearchStrategy[str]:
    """A shop with rows of each kind; ids of some, and of none."""
    lens = neighbour()
    generation = learn(product, [lens])
    category, range_ = CategoryFactory(), RangeFactory()
    curations = [
        Curation.objects.create(action="pin", product=lens, beside_product=product),
        Curation.objects.create(action="boost", category=category, beside_range=range_),
    ]
    found = [product, lens, generation, category, range_, *curations]
    return st.sampled_from(sorted({str(row.pk) for row in found} | {"999999999"}))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("identity", ["anonymous", "merchant"])
def test_every_answer_is_declared_and_looks_as_described(
    identity: str, path: str, method: str, ids: st.SearchStrategy[str], product: Any
) -> None:
    """H09, H10: what a fuzzer that reads the description would try."""
    client: Client = client_of(identity, raise_request_exception=False)
    operation = openapi_operation(path, method)
    parameters = operation.get("parameters", [])
    there = {"/curations/": Curation, "/generations/": Generation}.get(path.partition("{")[0])
    row = there.objects.order_by("pk")[0] if there else product
    in_path = {one["name"]: st.just(str(row.pk)) | ids for one in parameters if one["in"] == "path"}
    good = {one["name"]: good_values(one, product) for one in parameters if one["in"] == "query"}
    queries = st.fixed_dictionaries(good) | st.fixed_dictionaries({}, optional=good)
    queries |= st.fixed_dictionaries({}, optional={name: values | words | ids for name, values in good.items()})
    fields = sorted(as_json_schema()["components"]["schemas"]["CurationRequest"]["properties"])
    action = st.sampled_from(["pin", "bury", "boost", "exclude"])
    some = {"note": st.text("aé漢🙂", max_size=9), "position": st.integers(0, 99), "is_active": st.booleans()}
    bodies = st.fixed_dictionaries({"action": action, "product": st.just(product.pk)}, optional=some)
    bodies |= st.fixed_dictionaries({}, optional={name: ids.map(int) | json_values for name in fields})

    seen: set[int] = set()

    @given(data=st.data())
    @hypothesis_settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(data: st.DataObject) -> None:
        caches["default"].clear()
        address = path.format(**{name: data.draw(values) for name, values in in_path.items()})
        body = json.dumps(data.draw(bodies)) if "requestBody" in operation else ""
        response = client.generic(
            method.upper(), SERVER + address, body, content_type="application/json", query_params=data.draw(queries)
        )
        check(response, path, method)
        seen.add(response.status_code)

    ask()
    assert seen & ({200, 201, 202, 204} if identity == "merchant" or path == "/recommendations/" else {403})
