"""Pages by limit and offset: nonsense is refused, greed is clamped."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from upsell.core.api.values import parse_count


class ClampedPagination(LimitOffsetPagination):
    """At most ``max_limit`` rows a page, whatever is asked for; an offset behind the end gives an empty page."""

    default_limit = 50
    max_limit = 200

    def get_limit(self, request: Request) -> int:
        """Read ``limit``: 1 or more, cut to ``max_limit``."""
        return min(self._read(request, self.limit_query_param, least=1, default=self.default_limit), self.max_limit)

    def get_offset(self, request: Request) -> int:
        """Read ``offset``: 0 or more."""
        return self._read(request, self.offset_query_param, least=0, default=0)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Declare the bounds too, so that a client knows them."""
        limit, offset = super().get_schema_operation_parameters(view)
        limit["schema"] |= {"minimum": 1, "default": self.default_limit}
        limit["description"] = f"Rows a page; more than {self.max_limit} is read as {self.max_limit}."
        offset["schema"] |= {"minimum": 0, "default": 0}
        return [limit, offset]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Declare a page."""
        link = {"type": "string", "format": "uri", "nullable": True}
        properties = {"count": {"type": "integer"}, "next": link, "previous": dict(link), "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def _read(self, request: Request, name: str, *, least: int, default: int) -> int:
        text = request.query_params.get(name)
        if text is None:
            return default
        value = parse_count(text)
        if value is None or value < least:
            raise ValidationError({name: [_("Enter a whole number, %(least)d or more.") % {"least": least}]})
        return value
