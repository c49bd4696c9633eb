"""Describing the API in OpenAPI, of our own addresses only and whatever schema class the shop uses for its own."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

F = TypeVar("F", bound=Callable[..., Any])


class TaggedSchema(AutoSchema):
    """Describes the operations of a view under the heading that its ``tag`` names."""

    def get_tags(self) -> list[str]:
        """Return the one heading."""
        return [str(self.view.tag)]  # type: ignore[attr-defined]


def describe(**details: Any) -> Callable[[F], F]:
    """Decorate a method of a view as ``extend_schema`` does, on top of our schema class.

    On its own ``extend_schema`` builds on ``DEFAULT_SCHEMA_CLASS``, which in most shops cannot describe anything.
    """

    def decorate(method: F) -> F:
        method.kwargs = {**getattr(method, "kwargs", {}), "schema": TaggedSchema}  # type: ignore[attr-defined]
        return extend_schema(**details)(method)

    return decorate
