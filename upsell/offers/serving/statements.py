"""A query that is put together once and asked many times.

Django builds every query anew from its parts, which for a query as large as that for candidates takes several times as
long as the database needs to answer it. Here it is built with marks in place of the values, and each time it is asked
the values take the places of the marks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connections
from django.db.models import QuerySet

FIRST_ID = -2_000_000_000  # no row has such an id
NUMBER = -1_999_999_000
TEXT = "upsell:mark:"
MOMENT = datetime(1971, 3, 5, 7, 9, 11, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Marks:
    """Stand-ins for values: ids, one number, texts by name, and a moment."""

    ids: tuple[int, ...]
    number: int = NUMBER
    moment: datetime = MOMENT

    @classmethod
    def of(cls, ids: int) -> "Marks":
        """Make marks for so many ids."""
        return cls(tuple(range(FIRST_ID, FIRST_ID + ids)))

    def text(self, name: str) -> str:
        """Stand in for a text."""
        return f"{TEXT}{name}"


@dataclass(frozen=True, slots=True)
class Statement:
    """The SQL of a query, where which value goes, and how each column is read."""

    alias: str
    sql: str
    params: tuple[Any, ...]
    columns: tuple[str, ...]
    converters: Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]

    def rows(
        self, *, ids: Sequence[int], number: int, moment: datetime, texts: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """Ask it with these values; fewer ids than marks are repeated, which changes no answer."""
        connection = connections[self.alias]
        at = connection.ops.adapt_datetimefield_value(moment)
        stored_mark = connection.ops.adapt_datetimefield_value(MOMENT)

        def value_of(param: Any) -> Any:
            if isinstance(param, int) and FIRST_ID <= param < NUMBER:
                return ids[(param - FIRST_ID) % len(ids)]
            if param == NUMBER and not isinstance(param, bool):
                return number
            if isinstance(param, str) and param.startswith(TEXT):
                return texts[param.removeprefix(TEXT)]
            return at if param == stored_mark else param

        with connection.cursor() as cursor:
            cursor.execute(self.sql, [value_of(param) for param in self.params])
            found = [list(row) for row in cursor.fetchall()]
        for place, (convert, expression) in self.converters.items():
            for row in found:
                for one in convert:
                    row[place] = one(row[place], expression, connection)
        return [dict(zip(self.columns, row, strict=True)) for row in found]


def compiled(queryset: "QuerySet[Any, Any]", columns: Sequence[str]) -> Statement:
    """Put a query with marks together; ``columns`` are those of its ``values_list``."""
    compiler = queryset.query.get_compiler(using=queryset.db)
    sql, params = compiler.as_sql()
    converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
    return Statement(queryset.db, sql, tuple(params), tuple(columns), converters)
