"""Reading bodies: JSON only, of a bounded size and depth, without tricks."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from upsell.core.api.errors import ContentTooLarge

MAX_BYTES = 64 * 1024
MAX_DEPTH = 6  # as deep as the highlights of a step in another language lie


class BoundedJSONParser(BaseParser):
    """Parses UTF-8 JSON of at most ``MAX_BYTES`` bytes, nested at most ``MAX_DEPTH`` deep.

    Names given twice, ``NaN`` and infinities are refused: no two readers agree on what they mean.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the value; raise ``ContentTooLarge`` (413) or ``ParseError`` (400)."""
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ContentTooLarge
        try:
            value = json.loads(
                body.decode("utf-8"),
                object_pairs_hook=_without_repeats,
                parse_constant=_refuse_constant,
                parse_float=_finite,
            )
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # an escaped half of a character is no text
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        if _depth(value) > MAX_DEPTH:
            raise ParseError(_("The body is nested too deeply."))
        return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is given twice")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("the number is too large")
    return number


def _depth(value: Any) -> int:
    """Count levels of nesting, level by level: a deep value must not need a deep stack."""
    depth = 0
    level = [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth
