"""Many processes at once: no order lost, none counted twice, and no moment without recommendations."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from tests.orders import placed, placed_often, products
from upsell.recommendations import services
from upsell.recommendations.base import Table
from upsell.recommendations.engines.embedded import EmbeddedEngine
from upsell.recommendations.models import Affinity, Generation, LearnedOrder, LiveGeneration, Popularity
from upsell.recommendations.querysets import PopularityQuerySet
from upsell.recommendations.services import AlreadyRunning, learn_from_order, live_generation

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def rebuild() -> Generation:
    generation = services.rebuild(trigger=Generation.Trigger.COMMAND).generation
    assert generation
    return generation


def at_once(*work: Callable[[], Any]) -> list[BaseException]:
    """Run everything in threads that start together; return what they raised."""
    barrier, errors = threading.Barrier(len(work)), []

    def run(job: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[job], daemon=True) for job in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return errors


def counted() -> dict[tuple[int, int], int]:
    rows = Affinity.objects.filter(generation=live_generation(), table=Table.BASKET)
    return {(row.product_id, row.neighbour_id): row.orders_together for row in rows}


def test_sixteen_signals_of_one_order_count_once() -> None:
    one, other = products(2)
    placed(one, other)
    rebuild()
    order = placed(one, other)
    assert not at_once(*[lambda: learn_from_order(order_id=order.pk)] * 16)
    assert counted()[one.pk, other.pk] == 2
    assert live_generation().orders == 2
    assert set(Popularity.objects.filter(generation=live_generation()).values_list("orders", flat=True)) == {2}


def test_orders_counted_at_the_same_time_all_count() -> None:
    goods = products(4)
    placed(*goods)
    rebuild()
    orders = [placed(*random.sample(goods, 3)) for _ in range(24)]
    assert not at_once(*[lambda order=order: learn_from_order(order_id=order.pk) for order in orders])
    pairs, sold = counted(), dict(Popularity.objects.values_list("product", "weight"))
    assert live_generation().orders == 25
    rebuild()
    assert counted() == pairs
    newest = Popularity.objects.filter(generation=live_generation())
    # The epoch moved by the moments that passed since, and every weight with it.
    assert dict(newest.values_list("product", "weight")) == pytest.approx(sold, rel=1e-6)


def test_without_taking_turns_sales_would_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: reading, adding and writing without a lock does lose counts."""
    (one,) = products(1)
    placed(one)
    generation = rebuild()
    write, both_have_read = PopularityQuerySet.bulk_create, threading.Barrier(2)

    def wait_and_write(self: PopularityQuerySet, *args: Any, **kwargs: Any) -> Any:
        both_have_read.wait(10)
        return write(self, *args, **kwargs)

    monkeypatch.setattr(PopularityQuerySet, "bulk_create", wait_and_write)
    count = lambda: Popularity.objects.count_in(generation, {one.pk: 1}, 1, is_recent=True)  # noqa: E731
    assert not at_once(count, count)
    assert Popularity.objects.get(generation=generation).orders == 2  # of 3


def test_two_builds_at_once_are_one_build_and_an_answer_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    placed(*products(2))
    answered: list[float] = []
    blocks = EmbeddedEngine.blocks

    def slow_blocks(self: EmbeddedEngine, *args: Any) -> Iterator[Any]:
        time.sleep(1.5)
        return blocks(self, *args)

    def build() -> None:
        started = time.monotonic()
        try:
            rebuild()
        except AlreadyRunning:
            answered.append(time.monotonic() - started)
            raise

    monkeypatch.setattr(EmbeddedEngine, "blocks", slow_blocks)
    errors = at_once(build, build)
    assert [type(error) for error in errors] == [AlreadyRunning]
    assert answered[0] < 1
    assert Generation.objects.filter(status=Generation.Status.READY).count() == 1
    rows = list(Affinity.objects.values_list("generation", "product", "table", "neighbour"))
    assert len(rows) == len(set(rows))


def test_readers_never_see_an_empty_or_half_built_table() -> None:
    goods = products(30)
    for _ in range(60):
        placed(*random.sample(goods, 4))
    rebuild()
    expected = Affinity.objects.filter(generation=live_generation(), table=Table.PRODUCT, product=goods[0]).count()
    assert expected
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            live = LiveGeneration.objects.values("generation")
            rows = Affinity.objects.filter(generation__in=live, table=Table.PRODUCT, product=goods[0])
            seen.append(len(rows.values_list("neighbour")))

    def build() -> None:
        try:
            for _ in range(4):
                rebuild()
        finally:
            stop.set()

    assert not at_once(read, read, read, build)
    assert len(seen) > 50
    assert set(seen) == {expected}


def test_no_order_is_lost_between_two_generations() -> None:
    one, other = products(2)
    placed_often(3, one, other)
    rebuild()
    stop = threading.Event()

    def sell() -> None:
        while not stop.is_set():
            learn_from_order(order_id=placed(one, other).pk)

    def build() -> None:
        try:
            for _ in range(3):
                rebuild()
        finally:
            stop.set()

    assert not at_once(sell, sell, build)
    orders = live_generation().orders
    assert orders > 10
    assert counted()[one.pk, other.pk] == orders
    assert orders == len(set(type(placed(one)).objects.values_list("pk", flat=True))) - 1
    assert LearnedOrder.objects.filter(generation=live_generation()).count() == orders
