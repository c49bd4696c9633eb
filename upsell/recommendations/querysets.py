"""Writing and removing learned rows by the hundred thousand, and claiming the one place for a build."""

import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import IntegrityError, connections, models, transaction
from django.utils import timezone

if TYPE_CHECKING:
    from upsell.recommendations.models import Generation

BATCH = 10_000  # rows; each batch is one short transaction, between which the shop's own writers get their turn
DEAD_AFTER = timedelta(seconds=60)  # without a sign of life; a healthy build gives one every few seconds

Learned = TypeVar("Learned", bound=models.Model)


class LearnedRowQuerySet(models.QuerySet[Learned]):
    """Rows of generations."""

    def insert(self, fields: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[int]:
        """Insert ``rows`` (values of ``fields``, as plain numbers) and yield how many are in after each batch.

        Some 5 (PostgreSQL) to 12 times (SQLite) as fast as ``bulk_create``, which builds a model instance per row and
        an expression per value. Nothing is written unless the result is iterated.
        """
        connection = connections[self.db]
        quote = connection.ops.quote_name
        columns = [self.model._meta.get_field(name).column for name in fields]  # type: ignore[union-attr]
        into = f"{quote(self.model._meta.db_table)} ({', '.join(map(quote, columns))})"
        rows, done = iter(rows), 0
        while batch := list(islice(rows, BATCH)):
            with transaction.atomic(using=self.db), connection.cursor() as cursor:
                if connection.vendor == "postgresql" and hasattr(cursor, "copy"):  # psycopg 3
                    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                        for row in batch:
                            copy.write_row(row)
                else:
                    values = ", ".join(["%s"] * len(columns))
                    cursor.executemany(f"INSERT INTO {into} VALUES ({values})", batch)  # noqa: S608  # our own names
            done += len(batch)
            yield done

    def delete_in_batches(self) -> Iterator[int]:
        """Delete the rows and yield how many are gone after each batch, each in its own short transaction."""
        done = 0
        while True:
            batch = self.order_by().values_list("pk")[:BATCH]
            deleted, __ = self.model._default_manager.using(self.db).filter(pk__in=batch).delete()
            if not deleted:
                return
            done += deleted
            yield done


class GenerationQuerySet(models.QuerySet["Generation"]):
    """Builds, past and present."""

    def building(self) -> "GenerationQuerySet":
        """The build that is going on, if any."""
        return self.filter(status=self.model.Status.BUILDING)

    def claim(self, **fields: Any) -> "Generation | None":
        """Begin a build, unless another one is alive. A constraint makes sure that there is one at a time.

        A build whose process is gone, or silent for longer than ``DEAD_AFTER``, is given up first.
        """
        for other in self.building():
            if _is_dead(other):
                # Only as it was seen: a sign of life since then saves it.
                self.building().filter(pk=other.pk, heartbeat_at=other.heartbeat_at).update(
                    status=self.model.Status.ABANDONED, finished_at=timezone.now()
                )
        now = timezone.now()
        builder = f"{socket.gethostname()}:{os.getpid()}"
        try:
            with transaction.atomic(using=self.db):
                return self.create(started_at=now, heartbeat_at=now, builder=builder, **fields)
        except IntegrityError:
            return None

    def outdated(self, keep: int) -> "GenerationQuerySet":
        """Finished builds that are older than the ``keep`` newest good ones."""
        good = self.filter(status=self.model.Status.READY).order_by("-pk").values_list("pk", flat=True)[: max(keep, 1)]
        oldest = min(good, default=0)
        return self.filter(pk__lt=oldest).exclude(status=self.model.Status.BUILDING)


def _is_dead(generation: "Generation") -> bool:
    host, __, process = generation.builder.rpartition(":")
    if host == socket.gethostname() and os.name == "posix":
        try:
            os.kill(int(process), 0)  # asks only
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # another user's process: alive
    return timezone.now() - generation.heartbeat_at > DEAD_AFTER
