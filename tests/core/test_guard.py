import logging

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from upsell.core.guard import guarded


@guarded("test.query", default=())
def fail_in_the_database() -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM no_such_table")
    return (1,)


@guarded("test.python", default="")
def fail(error: BaseException) -> str:
    raise error


@guarded("test.fine")
def double(number: int) -> int:
    """Double it."""
    return number * 2


def test_what_works_is_left_alone() -> None:
    assert double(21) == 42
    assert double.__doc__ == "Double it."


@pytest.mark.parametrize("error", [ValueError(), KeyError("x"), ImportError(), TimeoutError(), RecursionError()])
def test_any_exception_becomes_the_default_and_one_log_record(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert fail(error) == ""
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.reason == "test.python"
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_an_interrupt_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt())


@pytest.mark.django_db(transaction=True)
def test_a_database_error_leaves_the_surrounding_transaction_usable() -> None:
    with transaction.atomic():
        assert fail_in_the_database() == ()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_opened_where_there_is_none() -> None:
    inside: list[bool] = []

    @guarded("test.inside")
    def look() -> None:
        inside.append(connection.in_atomic_block)

    look()
    assert inside == [False]


@guarded("test.reading", default=(), reads_only=True)
def read(sql: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchone())


@guarded("test.idle", reads_only=True)
def idle() -> int:
    return 7


@pytest.mark.django_db(transaction=True)
def test_what_only_reads_leaves_the_transaction_usable_too() -> None:
    with transaction.atomic():
        assert read("SELECT nothing FROM no_such_table") == ()
        assert read("SELECT 1") == (1,)


@pytest.mark.django_db
def test_what_only_reads_costs_no_savepoint_unless_it_queries() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert idle() == 7
    assert len(queries) == 0


@pytest.mark.django_db
def test_a_failure_inside_a_failure_is_undone_inside_out() -> None:
    @guarded("test.outer", default=0, reads_only=True)
    def outer() -> int:
        assert read("SELECT nothing FROM no_such_table") == ()
        return read("SELECT 2")[0]

    assert outer() == 2
    assert read("SELECT 3") == (3,)
