"""Writing and removing learned rows by the hundred thousand, counting single orders in, and claiming a build."""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import IntegrityError, connections, models, transaction
from django.utils import timezone

from upsell.recommendations.base import Origin, Table
from upsell.recommendations.increment import LEARNED_TABLES, Row, Sales

if TYPE_CHECKING:
    from upsell.recommendations.models import Curation, Generation

BATCH = 10_000  # rows; each batch is one short transaction, between which the shop's own writers get their turn
DEAD_AFTER = timedelta(seconds=60)  # without a sign of life; a healthy build gives one every few seconds

Learned = TypeVar("Learned", bound=models.Model)


class LearnedRowQuerySet(models.QuerySet[Learned]):
    """Rows of generations."""

    FIELDS: Sequence[str]
    """What ``insert`` takes for a row, after the generation."""

    def of(self, generation: "Generation") -> Self:
        """Keep the rows of one generation."""
        return self.filter(generation=generation)

    def insert(self, generation: "Generation", rows: Iterable[tuple[Any, ...]], **same: Any) -> Iterator[int]:
        """Insert ``rows`` (values of ``FIELDS``, as plain numbers) and yield how many are in after each batch.

        ``same`` are the values that all rows share. Some 5 (PostgreSQL) to 12 times (SQLite) as fast as
        ``bulk_create``, which builds a model instance per row and an expression per value. Nothing is written unless
        the result is iterated.
        """
        connection = connections[self.db]
        quote = connection.ops.quote_name
        same = {"generation": generation.pk, **same}
        columns = [str(self.model._meta.get_field(name).column) for name in (*same, *self.FIELDS)]  # type: ignore[union-attr]
        into = f"{quote(self.model._meta.db_table)} ({', '.join(map(quote, columns))})"
        shared = tuple(same.values())
        whole, done = ((*shared, *row) for row in rows), 0
        while batch := list(islice(whole, BATCH)):
            with transaction.atomic(using=self.db), connection.cursor() as cursor:
                if connection.vendor == "postgresql" and hasattr(cursor, "copy"):  # psycopg 3
                    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                        for row in batch:
                            copy.write_row(row)
                else:
                    places = ", ".join(["%s"] * len(columns))
                    cursor.executemany(f"INSERT INTO {into} VALUES ({places})", batch)  # noqa: S608  # our own names
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


class AffinityQuerySet(LearnedRowQuerySet[Any]):
    """Rows of the learned tables."""

    FIELDS = ("product", "neighbour", "rank", "score", "weight", "orders_together", "origin", "reliable")

    def learned_rows(self, products: Iterable[int]) -> dict[int, Row]:
        """Read the rows of the products in the tables that orders change, by primary key."""
        found = self.filter(product__in=products, table__in=LEARNED_TABLES).values_list("pk", "table", *self.FIELDS)
        return {
            pk: Row(Table(table), product, neighbour, rank, score, Origin(origin), weight, orders_together, reliable)
            for pk, table, product, neighbour, rank, score, weight, orders_together, origin, reliable in found
        }

    def replace_learned_rows(self, generation: "Generation", before: Mapping[int, Row], after: Iterable[Row]) -> None:
        """Write the rows ``after``, and remove those ``before`` that are not among them any more."""
        written = {
            (row.table, row.product, row.neighbour): self.model(
                generation=generation,
                table=row.table,
                product_id=row.product,
                neighbour_id=row.neighbour,
                rank=row.rank,
                score=row.score,
                origin=row.origin,
                weight=row.weight,
                orders_together=row.orders_together,
                reliable=row.reliable,
            )
            for row in after
        }
        self.bulk_create(
            written.values(),
            update_conflicts=True,
            unique_fields=["generation", "product", "table", "neighbour"],
            update_fields=["rank", "score", "origin", "weight", "orders_together", "reliable"],
        )
        gone = [pk for pk, row in before.items() if (row.table, row.product, row.neighbour) not in written]
        self.filter(pk__in=gone).delete()


class PopularityQuerySet(LearnedRowQuerySet[Any]):
    """How often products are bought."""

    FIELDS = ("product", "orders", "weight", "units", "recent_orders", "rank", "trend")

    def count_in(
        self,
        generation: "Generation",
        units: Mapping[int, int],
        weight: int,
        *,
        is_recent: bool,
        others: Iterable[int] = (),
    ) -> dict[int, Sales]:
        """Count an order with so many ``units`` of its products in; return their sales and those of the ``others``.

        A product that is new here comes last in rank: the next rebuild gives it its true place.
        """
        rows = self.of(generation)
        sold = {row.product_id: row for row in rows.filter(product__in={*units, *others})}
        new = sorted(units.keys() - sold.keys())
        if new:
            last = rows.aggregate(last=models.Max("rank", default=0))["last"]
            for rank, product in enumerate(new, start=last + 1):
                sold[product] = self.model(generation=generation, product_id=product, orders=0, weight=0, rank=rank)
        for product, count in units.items():
            row = sold[product]
            row.orders += 1
            row.weight += weight
            row.units += count
            row.recent_orders += is_recent
        self.bulk_create(
            [sold[product] for product in units],
            update_conflicts=True,
            unique_fields=["generation", "product"],
            update_fields=["orders", "weight", "units", "recent_orders"],
        )
        return {product: Sales(row.orders, row.weight) for product, row in sold.items()}


class LearnedOrderQuerySet(models.QuerySet[Any]):
    """Orders that were counted in one by one."""

    def learn_once(self, generation: "Generation", order_id: int) -> bool:
        """Note that an order is being counted in; false if it was, or is being in another transaction."""
        try:
            with transaction.atomic(using=self.db):
                self.create(generation=generation, order_id=order_id)
        except IntegrityError:
            return False
        return True


class GenerationQuerySet(models.QuerySet["Generation"]):
    """Builds, past and present."""

    def building(self) -> Self:
        """Find the build that is going on, if any."""
        return self.filter(status=self.model.Status.BUILDING)

    def alive(self) -> "Generation | None":
        """Find the build that is going on and whose builder lives, if any."""
        return next((build for build in self.building() if not _is_dead(build)), None)

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

    def outdated(self, keep: int) -> Self:
        """Finished builds that are older than the ``keep`` newest good ones."""
        good = self.filter(status=self.model.Status.READY).order_by("-pk").values_list("pk", flat=True)[: max(keep, 1)]
        return self.filter(pk__lt=min(good, default=0)).exclude(status=self.model.Status.BUILDING)


class CurationMemberQuerySet(models.QuerySet[Any]):
    """Whom curations are about."""

    def replace(self, curation: "Curation", members: set[tuple[str, int]]) -> bool:
        """Make ``members`` (role and product) those of the curation; say whether that changed anything."""
        there = self.filter(curation=curation)
        known = {(role, product): pk for pk, role, product in there.values_list("pk", "role", "product_id")}
        gone = [pk for member, pk in known.items() if member not in members]
        for part in (gone[start : start + 500] for start in range(0, len(gone), 500)):
            there.filter(pk__in=part).delete()
        new = sorted(members - known.keys())
        self.bulk_create(
            [self.model(curation=curation, role=role, product_id=product) for role, product in new],
            ignore_conflicts=True,  # another process may be at it as well
        )
        return bool(gone or new)


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
