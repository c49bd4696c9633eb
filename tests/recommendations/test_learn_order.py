import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.orders import placed, placed_often, products, variant
from upsell.recommendations import services
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.models import Affinity, Generation, LiveGeneration, Popularity
from upsell.recommendations.services import learn_from_order, live_generation

pytestmark = pytest.mark.django_db


def rebuild() -> Generation:
    generation = services.rebuild(trigger=Generation.Trigger.COMMAND).generation
    assert generation
    return generation


def learned_rows() -> list[tuple]:
    """The learned rows of the live generation, in a fixed order."""
    fields = ("table", "product", "rank", "neighbour", "score", "weight", "orders_together", "origin", "reliable")
    rows = Affinity.objects.filter(generation=live_generation(), table__in=(Table.PRODUCT, Table.BASKET))
    return list(rows.order_by("table", "product", "rank").values_list(*fields))


def row(product, neighbour, table: Table = Table.PRODUCT) -> Affinity:
    return Affinity.objects.get(generation=live_generation(), product=product, neighbour=neighbour, table=table)


def test_an_order_counts_at_once_as_if_everything_had_been_rebuilt() -> None:
    bought = products(4)
    at = timezone.now()
    placed_often(3, *bought[:3], at=at)
    placed_often(2, *bought[2:], at=at)
    rebuild()
    order = placed(*bought, at=at)
    learn_from_order(order_id=order.pk)
    counted = learned_rows()
    generation = live_generation()
    numbers = (generation.orders, generation.order_weight, generation.epoch)
    popularity = sorted(
        Popularity.objects.filter(generation=generation).values_list("product", "orders", "weight", "units")
    )
    fresh = rebuild()
    assert numbers == (fresh.orders, fresh.order_weight, fresh.epoch)
    assert popularity == sorted(
        Popularity.objects.filter(generation=fresh).values_list("product", "orders", "weight", "units")
    )
    assert counted == learned_rows()


def test_an_order_counts_once_however_often_it_is_learned() -> None:
    camera, card = products(2)
    placed(camera, card)
    rebuild()
    order = placed(camera, card)
    for _ in range(16):
        learn_from_order(order_id=order.pk)
    assert row(camera, card).orders_together == 2
    assert live_generation().orders == 2


def test_an_order_that_the_build_has_read_does_not_count_again() -> None:
    camera, card = products(2)
    order = placed(camera, card)
    rebuild()
    learn_from_order(order_id=order.pk)
    assert live_generation().orders == 1


def test_an_order_far_below_the_last_one_read_costs_one_query() -> None:
    order = placed(*products(2), pk=5000)
    rebuild()
    with CaptureQueriesContext(connection) as queries:
        learn_from_order(order_id=order.pk - services.REMEMBERED_ORDERS)
    assert len(queries) == 1


def test_two_products_never_met_before_meet() -> None:
    camera, tea = products(2)
    placed(camera)
    placed(tea)
    rebuild()
    learn_from_order(order_id=placed(camera, tea).pk)
    for table in (Table.PRODUCT, Table.BASKET):
        assert row(camera, tea, table).orders_together == 1
        assert row(tea, camera, table).origin == Origin.TOGETHER


def test_a_product_never_sold_before_joins_at_the_end() -> None:
    camera, card = products(2)
    placed_often(3, camera, card)
    rebuild()
    (new,) = products(1)
    learn_from_order(order_id=placed(camera, new).pk)
    sold = Popularity.objects.get(generation=live_generation(), product=new)
    assert (sold.orders, sold.rank, sold.recent_orders) == (1, 3, 1)
    assert row(new, camera).orders_together == 1


def test_evidence_becomes_reliable_as_orders_come_in() -> None:
    camera, card, tea = products(3)
    placed_often(2, camera, card)
    placed_often(8, tea)
    rebuild()
    assert not row(camera, card).reliable
    for _ in range(3):
        learn_from_order(order_id=placed(camera, card).pk)
    assert row(camera, card).reliable


@pytest.mark.parametrize("fields", [{"status": "Cancelled"}, {"line_status": "Cancelled"}, {"quantity": 0}])
def test_what_a_rebuild_would_skip_is_skipped(fields: dict[str, object]) -> None:
    camera, card = products(2)
    placed(camera, card)
    rebuild()
    learn_from_order(order_id=placed(camera, card, **fields).pk)
    assert live_generation().orders == 1


def test_deleted_products_and_orders_are_skipped() -> None:
    camera, card = products(2)
    placed(camera, card)
    rebuild()
    gone = placed(camera)
    gone_id = gone.pk
    gone.delete()
    learn_from_order(order_id=gone_id)
    learn_from_order(order_id=placed(None).pk)
    learn_from_order(order_id=placed(camera, None, card).pk)
    assert live_generation().orders == 2
    assert row(camera, card).orders_together == 2


def test_variants_count_for_their_parent() -> None:
    shirt, belt = products(2)
    placed(shirt, belt)
    rebuild()
    learn_from_order(order_id=placed(variant(shirt), variant(shirt), belt).pk)
    assert row(shirt, belt).orders_together == 2
    assert Popularity.objects.get(generation=live_generation(), product=shirt).units == 3


def test_before_the_first_rebuild_nothing_is_learned() -> None:
    learn_from_order(order_id=placed(*products(2)).pk)
    assert not Affinity.objects.exists()


def test_the_settings_it_was_learned_with_apply_not_the_current_ones(settings: object) -> None:
    camera, card = products(2)
    at = timezone.now()
    placed(camera, card, at=at)
    rebuild()
    settings.UPSELL_HALF_LIFE_DAYS = None
    settings.UPSELL_POPULARITY_PRIOR = 0
    learn_from_order(order_id=placed(camera, card, at=at).pk)
    counted = row(camera, card)
    del settings.UPSELL_HALF_LIFE_DAYS
    del settings.UPSELL_POPULARITY_PRIOR
    rebuild()
    assert counted.score == row(camera, card).score


def test_of_a_huge_order_only_sales_count() -> None:
    bought = products(services.MOST_PRODUCTS_AT_ONCE + 1)
    placed(*bought[:2])
    rebuild()
    before = learned_rows()
    learn_from_order(order_id=placed(*bought).pk)
    assert learned_rows() == before
    assert Popularity.objects.get(generation=live_generation(), product=bought[0]).orders == 2
    assert Popularity.objects.get(generation=live_generation(), product=bought[-1]).orders == 1


def test_full_lists_stay_as_long_as_they_were(settings: object) -> None:
    settings.UPSELL_NEIGHBOURS = 3
    camera, *others = products(6)
    for other in others[:4]:
        placed_often(3, camera, other)
    rebuild()
    learn_from_order(order_id=placed(camera, others[4]).pk)
    for table in (Table.PRODUCT, Table.BASKET):
        rows = Affinity.objects.filter(generation=live_generation(), product=camera, table=table)
        assert sorted(rows.values_list("rank", flat=True)) == [1, 2, 3]


def test_the_version_rises_so_that_caches_end() -> None:
    camera, card = products(2)
    placed(camera, card)
    rebuild()
    before = LiveGeneration.objects.get().version
    learn_from_order(order_id=placed(camera, card).pk)
    assert LiveGeneration.objects.get().version == before + 1


@pytest.mark.parametrize("orders", [1, 100])
def test_the_number_of_queries_does_not_grow_with_orders(orders: int) -> None:
    bought = products(30)
    for number in range(orders):
        placed(bought[0], bought[1], bought[2 + number % 28])
    rebuild()
    order = placed(*bought[:3])
    with CaptureQueriesContext(connection) as queries:
        learn_from_order(order_id=order.pk)
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= 12
