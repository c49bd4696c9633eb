import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.orders import ids, placed, placed_often, products, variant
from upsell import signals
from upsell.recommendations import services, tasks
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.models import Affinity, Generation, LiveGeneration, Popularity
from upsell.recommendations.services import AlreadyRunning, RebuildSummary, live_generation

pytestmark = pytest.mark.django_db

COMMAND = Generation.Trigger.COMMAND


def rebuild(**options: object) -> RebuildSummary:
    return services.rebuild(trigger=COMMAND, **options)


def live_rows(table: Table) -> dict[tuple[int, int], Affinity]:
    rows = Affinity.objects.filter(generation=live_generation(), table=table)
    return {(row.product_id, row.neighbour_id): row for row in rows}


def test_an_empty_shop_gets_a_valid_empty_generation() -> None:
    summary = rebuild()
    assert (summary.orders, summary.lines, summary.products, summary.rows) == (0, 0, 0, 0)
    assert live_generation() == summary.generation
    assert summary.generation.status == Generation.Status.READY


def test_a_shop_without_orders_still_learns_what_is_alike() -> None:
    one, other = products(2)
    summary = rebuild()
    assert summary.orders == 0
    assert set(live_rows(Table.SIMILAR)) == {(one.pk, other.pk), (other.pk, one.pk)}
    assert not live_rows(Table.BASKET)


def test_one_order_is_enough_to_learn_from() -> None:
    camera, card = products(2)
    placed(camera, card)
    summary = rebuild()
    assert (summary.orders, summary.lines, summary.products) == (1, 2, 2)
    row = live_rows(Table.PRODUCT)[camera.pk, card.pk]
    assert (row.rank, row.origin, row.orders_together, row.reliable) == (1, Origin.TOGETHER, 1, False)
    assert set(live_rows(Table.BASKET)) == {(camera.pk, card.pk), (card.pk, camera.pk)}


def test_what_is_bought_together_often_is_reliable() -> None:
    camera, card, tea = products(3)
    placed_often(8, camera, card)
    placed_often(8, tea)
    rebuild()
    assert live_rows(Table.PRODUCT)[camera.pk, card.pk].reliable


def test_every_row_counts_whole_orders() -> None:
    camera, card = products(2)
    placed_often(3, camera, card, quantity=2)
    placed(camera)
    rebuild()
    sold = Popularity.objects.get(generation=live_generation(), product=camera)
    assert (sold.orders, sold.units, sold.rank, sold.recent_orders) == (4, 7, 1, 4)
    assert live_generation().orders == 4
    assert live_generation().lines == 7


def test_cancelled_orders_and_lines_teach_nothing(settings: object) -> None:
    camera, card, bag = products(3)
    placed(camera, card)
    placed(camera, bag, status="Cancelled")
    placed(camera, bag, line_status="Cancelled")
    summary = rebuild()
    assert (summary.orders, summary.orders_excluded) == (1, 1)
    assert (camera.pk, bag.pk) not in live_rows(Table.BASKET)
    settings.UPSELL_EXCLUDED_ORDER_STATUSES = ()
    assert rebuild().orders == 3


def test_lines_of_deleted_products_are_skipped_and_counted() -> None:
    camera, card = products(2)
    placed(camera, None, card)
    placed(None)
    summary = rebuild()
    assert (summary.orders, summary.lines, summary.lines_without_product) == (1, 2, 2)


def test_a_variant_counts_for_its_parent() -> None:
    shirt, belt = products(2)
    red, blue = variant(shirt), variant(shirt)
    placed(red, blue, belt)
    rebuild()
    assert set(live_rows(Table.BASKET)) == {(shirt.pk, belt.pk), (belt.pk, shirt.pk)}
    sold = Popularity.objects.get(generation=live_generation(), product=shirt)
    assert (sold.orders, sold.units, sold.recent_orders) == (1, 2, 1)
    assert not live_rows(Table.SIMILAR).keys() & {(red.pk, blue.pk), (shirt.pk, red.pk)}


def test_old_history_is_learned_as_if_it_had_ended_today() -> None:
    camera, card = products(2)
    placed_often(4, camera, card, days_ago=15 * 365)
    rebuild()
    generation = live_generation()
    assert generation.epoch == generation.last_order_at
    assert Popularity.objects.get(generation=generation, product=camera).recent_orders == 4
    assert live_rows(Table.BASKET)[camera.pk, card.pk].weight == pytest.approx(4 * 2**20, rel=1e-6)


def test_an_order_from_the_future_counts_as_placed_now() -> None:
    camera, card = products(2)
    placed(camera, card)
    placed(camera, card, days_ago=-3650)
    rebuild()
    assert live_generation().last_order_at <= timezone.now()
    assert live_rows(Table.BASKET)[camera.pk, card.pk].weight == pytest.approx(2 * 2**20, rel=1e-3)


def test_a_product_without_history_borrows_from_those_like_it() -> None:
    old, new, card = products(3)
    for camera in (old, new):
        camera.title = "Compact camera with zoom"
        camera.save()
    placed_often(5, old, card)
    rebuild()
    row = live_rows(Table.PRODUCT)[new.pk, card.pk]
    assert (row.origin, row.orders_together, row.reliable) == (Origin.NEAREST, 0, False)


def test_hidden_products_are_like_nothing() -> None:
    products(2)
    (hidden,) = products(1, is_public=False)
    rebuild()
    assert live_rows(Table.SIMILAR)
    assert hidden.pk not in {product for pair in live_rows(Table.SIMILAR) for product in pair}


def test_best_sellers_of_late_come_first() -> None:
    once, lately = products(2)
    placed_often(5, once, days_ago=400)
    placed_often(3, lately)
    rebuild()
    ranked = Popularity.objects.filter(generation=live_generation()).order_by("rank").values_list("product", flat=True)
    assert list(ranked) == [lately.pk, once.pk]


def test_what_sells_faster_of_late_is_trending() -> None:
    steady, rising = products(2)
    for day in range(110):
        placed(steady, days_ago=day)
        if day < 20 or day % 20 == 0:
            placed(rising, days_ago=day)
    rebuild()
    trends = dict(Popularity.objects.filter(generation=live_generation()).values_list("product", "trend"))
    assert trends[rising.pk] > 0
    assert trends[steady.pk] == 0


def test_the_flip_is_one_step_and_raises_the_version() -> None:
    rebuild()
    before = LiveGeneration.objects.get()
    placed(*products(2))
    rebuild()
    after = LiveGeneration.objects.get()
    assert after.generation_id > before.generation_id
    assert after.version > before.version


def test_a_shop_hears_of_a_new_generation() -> None:
    heard = []

    def hear(generation: Generation, **kwargs: object) -> None:
        heard.append(generation)

    signals.generation_published.connect(hear)
    try:
        summary = rebuild()
    finally:
        signals.generation_published.disconnect(hear)
    assert heard == [summary.generation]


def test_a_rebuild_can_be_left_to_a_worker() -> None:
    placed(*products(2))
    tasks.rebuild_recommendations.enqueue(Generation.Trigger.ADMIN.value)
    assert live_generation().trigger == Generation.Trigger.ADMIN


def test_a_rebuild_that_fails_in_a_worker_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(services, "_check", lambda *args: 1 / 0)
    tasks.rebuild_recommendations.enqueue()
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_info[0] for record in errors] == [ZeroDivisionError]


def test_progress_is_reported_stage_by_stage() -> None:
    placed(*products(2))
    heard: list[tuple[str, float]] = []
    rebuild(report=lambda stage, share: heard.append((stage, share)))
    assert all(0 <= share <= 1 for _, share in heard)
    assert len({stage for stage, _ in heard}) >= 5


def test_a_dry_run_learns_everything_and_writes_nothing() -> None:
    placed(*products(3))
    with CaptureQueriesContext(connection) as queries:
        summary = rebuild(dry_run=True)
    assert summary.generation is None
    assert summary.rows > 0
    assert not Generation.objects.exists()
    assert all(query["sql"].startswith("SELECT") for query in queries)


def test_old_generations_go_and_the_live_one_stays(settings: object) -> None:
    placed(*products(2))
    generations = [rebuild().generation for _ in range(4)]
    assert set(Generation.objects.all()) == set(generations[-2:])
    assert set(Affinity.objects.values_list("generation", flat=True)) == ids(generations[-2:])
    settings.UPSELL_GENERATIONS_KEPT = 1
    assert services.prune() == 1
    assert live_generation() == generations[-1]


def test_the_second_of_two_builds_says_that_one_is_running() -> None:
    other = Generation.objects.claim(engine="x")
    with pytest.raises(AlreadyRunning, match="already"):
        rebuild()
    assert Generation.objects.building().get() == other


def test_a_build_of_a_dead_process_is_given_up() -> None:
    other = Generation.objects.claim(engine="x")
    host = other.builder.rpartition(":")[0]
    Generation.objects.update(builder=f"{host}:{2**22 + 1}")  # above the highest process id there can be
    assert Generation.objects.claim(engine="x")
    other.refresh_from_db()
    assert other.status == Generation.Status.ABANDONED


@pytest.mark.parametrize(("seconds", "dead"), [(30, False), (90, True)])
def test_a_silent_build_on_another_host_is_given_up_after_a_minute(seconds: int, dead: bool) -> None:
    Generation.objects.claim(engine="x")
    Generation.objects.update(builder="elsewhere:1", heartbeat_at=timezone.now() - timedelta(seconds=seconds))
    if dead:
        rebuild()
    else:
        with pytest.raises(AlreadyRunning):
            rebuild()


def test_a_failed_build_leaves_the_live_generation_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    camera, card = products(2)
    placed(camera, card)
    good = rebuild().generation
    rows = live_rows(Table.PRODUCT)

    def fail(*args: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(services, "_check", fail)
        with pytest.raises(OSError, match="disk full"):
            rebuild()
    failed = Generation.objects.latest("pk")
    assert (failed.status, failed.error) == (Generation.Status.FAILED, "OSError: disk full")
    assert live_generation() == good
    assert live_rows(Table.PRODUCT) == rows
    rebuild()
    assert not Affinity.objects.filter(generation=failed).exists()


def test_a_build_that_was_taken_for_dead_does_not_go_live(monkeypatch: pytest.MonkeyPatch) -> None:
    placed(*products(2))
    good = rebuild().generation

    def lose(generation: Generation, *args: object) -> None:
        Generation.objects.filter(pk=generation.pk).update(status=Generation.Status.ABANDONED)

    monkeypatch.setattr(services, "_check", lose)
    with pytest.raises(services.BuildLost, match="dead"):
        rebuild()
    assert live_generation() == good


def test_missing_rows_are_noticed_before_anyone_sees_them(monkeypatch: pytest.MonkeyPatch) -> None:
    placed(*products(2))
    good = rebuild().generation
    remember = services._remember_orders

    def lose_one(generation: Generation, read: object) -> None:
        Affinity.objects.filter(generation=generation)[:1].get().delete()
        remember(generation, read)

    monkeypatch.setattr(services, "_remember_orders", lose_one)
    with pytest.raises(services.BuildLost, match="Not all rows"):
        rebuild()
    assert live_generation() == good


def test_rows_of_products_that_were_deleted_meanwhile_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    camera, card, gone = products(3)
    placed(camera, card, gone)
    remember = services._remember_orders

    def delete_one(generation: Generation, read: object) -> None:
        remember(generation, read)
        gone.delete()

    gone_id = gone.pk
    monkeypatch.setattr(services, "_remember_orders", delete_one)
    rebuild()
    for table in Table:
        assert gone_id not in {product for pair in live_rows(table) for product in pair}
    assert not Popularity.objects.filter(product_id=gone_id).exists()
    assert live_generation().rows == Affinity.objects.filter(generation=live_generation()).count()


def test_orders_placed_during_a_build_are_counted_in_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    camera, card = products(2)
    placed(camera, card)
    publish = services._publish

    def place_another(*args: object) -> None:
        placed(camera, card)
        publish(*args)

    monkeypatch.setattr(services, "_publish", place_another)
    summary = rebuild()
    assert summary.learned_meanwhile == 1
    assert live_rows(Table.BASKET)[camera.pk, card.pk].orders_together == 2
    assert live_generation().orders == 2


def test_an_order_with_a_smaller_id_that_was_committed_late_is_counted_in() -> None:
    camera, card = products(2)
    late = placed(camera, card)
    late_id = late.pk
    placed(camera, card)
    late.delete()  # its transaction has not ended yet
    rebuild()
    assert live_generation().orders == 1
    placed(camera, card, pk=late_id)
    services.learn_from_order(order_id=late_id)
    assert live_generation().orders == 2
    assert live_rows(Table.BASKET)[camera.pk, card.pk].orders_together == 2


@pytest.mark.parametrize("count", [0, 1, 250])
def test_reading_takes_the_same_queries_however_many_orders(count: int) -> None:
    bought = products(2)
    placed_often(count, *bought)
    with CaptureQueriesContext(connection) as queries:
        rebuild(dry_run=True)
    assert len(queries) <= 20
