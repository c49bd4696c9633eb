"""What a fuzzer that reads the API's description needs: good and nasty values, and a judge of answers."""

import json
from functools import cache
from typing import Any

import jsonschema
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from upsell.core.api.schema import SERVER, openapi

OPERATIONS = sorted((path, method) for path, methods in openapi()["paths"].items() for method in methods)
NASTY = ["", "abc", "1.5", "-1", "0", "9" * 20, "٣", "\x00", "a\x00b", "\ufffd", "%", "' OR 1=1--", "nan", "1e400"]
NASTY += ["null", "[]", "{}", "true", "=cmd", "\u202e", "x" * 300]
NASTY += ["2026-03-29T02:30", "2026-03-29T02:30:00Z", "9999-12-31T23:59:59-23:59"]
words = st.sampled_from(NASTY) | st.text(max_size=12)
json_values: st.SearchStrategy[Any] = st.recursive(
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


def bad_body(operation: dict[str, Any], ids: st.SearchStrategy[int], inner_names: list[str]) -> st.SearchStrategy[Any]:
    """Anything at all, under the names that the description gives; ``inner_names`` are those of items in lists."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    names = as_json_schema()["components"]["schemas"].get(reference, {}).get("properties", {"nothing": {}})
    inner = st.lists(st.dictionaries(st.sampled_from(inner_names), ids | json_values, max_size=3), max_size=3)
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, ids | json_values | inner)) | json_values


def ask_at_random(
    client: Client,
    path: str,
    method: str,
    *,
    product: Any,
    in_path: dict[str, st.SearchStrategy[Any]],
    bodies: st.SearchStrategy[Any],
    many: int = 20,
) -> set[int]:
    """Ask an operation good and bad questions, judge every answer by the description, and return the statuses seen."""
    operation = openapi_operation(path, method)
    parameters = operation.get("parameters", [])
    good = {one["name"]: good_values(one, product) for one in parameters if one["in"] == "query"}
    queries = st.fixed_dictionaries({}, optional=good)
    queries |= st.fixed_dictionaries({}, optional={name: values | words for name, values in good.items()})
    has_key = any(one["in"] == "header" for one in parameters)
    keys = st.sampled_from(["a", "b", "c", "d", "x" * 300]) if has_key else st.just("")
    seen: set[int] = set()

    @given(data=st.data())
    @hypothesis_settings(max_examples=many, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(data: st.DataObject) -> None:
        caches["default"].clear()
        address = path.format(**{name: data.draw(values) for name, values in in_path.items()})
        key = data.draw(keys)
        with transaction.atomic():  # each question is asked of the same shop
            response = client.generic(
                method.upper(),
                SERVER + address,
                json.dumps(data.draw(bodies)) if "requestBody" in operation else "",
                content_type="application/json",
                query_params=data.draw(queries),
                headers={"Idempotency-Key": key} if key else {},
            )
            transaction.set_rollback(True)
        check(response, path, method)
        seen.add(response.status_code)

    ask()
    return seen
