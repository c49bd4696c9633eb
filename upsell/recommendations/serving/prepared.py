"""A query whose SQL is written once.

To write the statement that reads a page's products takes Django several times as long as the database needs to answer
it, and all that ever changes in it is a list of ids.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db import connections, router
from django.db.models import Model, QuerySet

STEP = 16  # lists of ids are filled up to a multiple of this, so that few statements have to be written


class Prepared:
    """Answers ``write(ids)``, a ``values_list`` of the model that must depend on nothing but the ids.

    Every id has to stand in the statement as a parameter of its own. Ids may be looked for twice.
    """

    def __init__(self, model: type[Model], write: Callable[[Sequence[int]], QuerySet[Any, Any]]) -> None:
        self.model, self.write = model, write
        self._written: dict[tuple[str, int], _Statement] = {}

    def rows(self, ids: Collection[int]) -> list[tuple[Any, ...]]:
        """Fetch the rows."""
        full = sorted(ids)
        full += full[-1:] * (-len(full) % STEP)
        using = router.db_for_read(self.model)
        statement = self._written.get((using, len(full)))
        if statement is None:
            statement = self._written[using, len(full)] = _Statement(self.write, using, len(full))
        return statement.rows(full)


class _Statement:
    """The statement for one number of ids on one database, with places for them."""

    def __init__(self, write: Callable[[Sequence[int]], QuerySet[Any, Any]], using: str, size: int) -> None:
        self.using = using
        places = range(-size, 0)  # stand-ins for the ids: no id is negative, and each tells its own place
        compiler = write(list(places)).query.get_compiler(using)
        self.sql, self.parameters = compiler.as_sql()
        converters = compiler.get_converters([expression for expression, *_ in compiler.select])
        self.converters = [(column, *converter) for column, converter in converters.items()]

    def rows(self, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """Fetch the rows of as many ids as there are places."""
        connection = connections[self.using]
        parameters = [ids[value] if type(value) is int and value < 0 else value for value in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            fetched: Iterable[tuple[Any, ...]] = cursor.fetchall()
        return [self._converted(row, connection) for row in fetched]

    def _converted(self, row: tuple[Any, ...], connection: Any) -> tuple[Any, ...]:
        values = list(row)
        for column, converters, expression in self.converters:
            for convert in converters:
                values[column] = convert(values[column], expression, connection)
        return tuple(values)
