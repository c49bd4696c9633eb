"""What it costs to choose, however many bumps there are."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.bumps.choosing.pages import again, beside, extras, titles
from tests.tills import bump_many, goods
from upsell.bumps.placements import Placement
from upsell.bumps.serving import bump_reading
from upsell.bumps.serving.bump_reading import MOST, called_for, facts_of
from upsell.core.serving.memo import forget
from upsell.models import Bump, OfferUsage
from upsell.recommendations.base import Table
from upsell.testing import add_affinity, count_queries, make_bump, make_product, make_request

pytestmark = pytest.mark.django_db

CHOOSING = "upsell_bump"
COLD = 6  # bumps, what goes with the basket, products, offers for them, what else their prices hang on
WARM = 2  # products with price and stock of this moment, and whether others give discounts


def about(queries: list[str], table: str) -> list[str]:
    """The statements that read a table, and do not merely ask it in passing."""
    reads = (f'SELECT "{table}".', f'SELECT 1 AS "a" FROM "{table}"')
    return [query for query in queries if query.lstrip("(").startswith(reads)]


def asked(*lines: Any) -> list[str]:
    """The statements of a page of somebody new with such a basket."""
    request = beside(*lines)
    with count_queries() as queries:
        extras(request)
    return queries


@pytest.fixture
def called(camera: Any) -> Any:
    request = beside(camera)
    return lambda placement=Placement.BASKET: called_for(
        [camera.pk], placement=placement, currency="GBP", revision="1", request=request
    )


@pytest.mark.parametrize("for_anything", [True, False])
def test_a_thousand_bumps_cost_as_many_queries_as_ten(camera: Any, *, for_anything: bool) -> None:
    triggers = () if for_anything else (camera,)
    bump_many(goods(10), triggers=triggers)
    few = asked(camera)
    assert len(about(few, CHOOSING)) == 1
    bump_many(goods(1000, first=10), triggers=triggers, first=2_000_000)
    forget()
    caches["default"].clear()
    many = asked(camera)
    assert len(about(many, CHOOSING)) == 1
    assert len(many) == len(few) <= COLD, [query[:200] for query in many]


def test_the_same_basket_again_asks_for_products_and_no_bumps(camera: Any) -> None:
    bump_many(goods(20))
    request = beside(camera)
    assert len(titles(request)) == 2
    page = again(request)
    with count_queries() as queries:
        assert len(titles(page)) == 2
    assert len(about(queries, "catalogue_product")) == 1
    assert about(queries, CHOOSING) == []
    assert len(queries) <= WARM


def test_another_basket_of_the_same_products_chooses_without_a_query(camera: Any) -> None:
    bump_many(goods(20))
    titles(beside(camera))
    assert about(asked(camera), CHOOSING) == []


def test_a_shop_without_bumps_pays_nothing(camera: Any, cloth: Any) -> None:
    make_bump(cloth, status=Bump.Status.PAUSED)
    make_bump(cloth, in_basket=False)
    asked(camera)
    with count_queries() as queries:
        assert titles(beside(cloth)) == []
    assert about(queries, CHOOSING) == []


def test_the_first_bump_of_a_shop_is_seen_at_once(camera: Any, cloth: Any) -> None:
    assert titles(beside(camera)) == []
    make_bump(cloth)
    assert titles(beside(camera)) == ["Cloth"]


def test_a_visitor_who_never_said_anything_is_not_looked_up(camera: Any) -> None:
    bump_many(goods(10))
    assert about(asked(camera), "upsell_grant") == []


def test_what_a_customer_said_is_read_by_one_statement_for_all_of_them(camera: Any) -> None:
    from oscar.test import factories

    bump_many(goods(30))
    request = beside(camera, user=factories.UserFactory())
    with count_queries() as queries:
        assert len(titles(request)) == 2
    assert 1 <= len(about(queries, "upsell_grant")) <= 2  # the other is of the prices


def test_what_one_basket_brings_is_bounded_and_begins_with_the_highest_priority(called: Any, camera: Any) -> None:
    bump_many(goods(MOST + 30))
    special = make_bump(make_product("Lamp"), trigger=camera)
    first = make_bump(make_product("Tripod"), priority=5)
    found = [facts.id for facts in called()]
    assert len(found) == MOST
    assert found[0] == first.pk
    assert special.pk in found


def test_what_starts_later_takes_no_place_of_what_runs(called: Any) -> None:
    bump_many(goods(MOST), priority=9)
    Bump.objects.update(starts_at=timezone.now() + timedelta(days=1))
    runs = make_bump(make_product("Lamp"))
    assert runs.pk in [facts.id for facts in called()]


def test_what_is_used_up_takes_no_place(called: Any) -> None:
    over = bump_many(goods(MOST), priority=9)
    Bump.objects.filter(pk__in=over).update(max_in_all=1)
    OfferUsage.objects.bulk_create([OfferUsage(offer_id=offer, used=1) for offer in over])
    runs = make_bump(make_product("Lamp"))
    assert [facts.id for facts in called()] == [runs.pk]


def test_a_basket_of_very_many_products_is_looked_at_too(camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera)
    many = [product.pk for product in goods(520)]
    request = beside(camera)
    found = called_for([*many, camera.pk], placement=Placement.BASKET, currency="GBP", revision="7", request=request)
    assert len(found) == 1


def test_a_bump_whose_terms_cannot_be_read_costs_itself_and_fails_aloud(
    camera: Any, cloth: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken = make_bump(make_product("Broken"), trigger=camera)
    make_bump(cloth, trigger=camera)
    Bump.objects.filter(pk=broken.pk).update(terms={"kind": "riddle"})
    assert titles(beside(camera)) == ["Cloth"]
    assert caplog.records


def test_what_was_learned_meanwhile_counts_at_once(camera: Any, cloth: Any) -> None:
    lamp = make_product("Lamp")
    for product in (cloth, lamp):
        make_bump(product, trigger=camera)
    request = beside(camera)
    assert titles(request) == ["Cloth", "Lamp"]
    add_affinity(camera, lamp, table=Table.BASKET)
    assert titles(again(request)) == ["Lamp", "Cloth"]


def test_what_is_remembered_ends_when_the_next_one_begins(camera: Any, cloth: Any) -> None:
    make_bump(make_product("Lamp"), trigger=camera)
    make_bump(cloth, trigger=camera, starts_at=timezone.now() + timedelta(seconds=30))
    request = beside(camera)
    assert titles(request) == ["Lamp"]
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        assert sorted(titles(again(request))) == ["Cloth", "Lamp"]


def test_facts_are_the_same_whichever_way_they_were_read(called: Any, camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="2.00", not_if_owned=True, translations={"ja": {"name": "x"}})
    [found] = called()
    assert facts_of([bump.pk], request=make_request()) == {bump.pk: found}
    assert found.placements == {Placement.BASKET, Placement.PREVIEW}


# --- the index --------------------------------------------------------------------------------------------------------


def plan_of(ids: list[int]) -> str:
    """How the database answers the statement that chooses."""
    statement = bump_reading._statement("default", len(ids), Placement.BASKET)
    with CaptureQueriesContext(connection) as captured:
        statement.rows(ids=ids, number=0, moment=timezone.now(), texts={"currency": "GBP", "customer": "nobody"})
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":  # which reads a small table whole if it may
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{explain} {captured.captured_queries[0]['sql']}")
        return "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())


def test_the_database_finds_bumps_by_the_index_and_never_reads_all_keys() -> None:
    """Many bumps of other triggers: a plan that reads them all would show itself."""
    triggers = goods(400)
    bump_many(goods(2000, first=400), triggers=triggers)
    plan = plan_of([triggers[0].pk, triggers[1].pk])
    assert "upsell_offerkey_product" in plan, plan
    scanned = re.findall(r"(?:SCAN|Seq Scan on) (\w+)(?: \w+)?", plan)
    # SQLite calls the rows of Oscar's that the families act through U0; there are three.
    assert not {"upsell_offerkey", "upsell_bump", "upsell_offer", "V0", "W0", "X0", "X1"} & set(scanned), plan
    assert not re.search(r"SCAN U0(?! USING INDEX upsell_offerkey_everything)(?! *\n\d+ \d+ 0 SEARCH U1)", plan)
