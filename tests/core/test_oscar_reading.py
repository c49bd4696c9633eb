from datetime import UTC, datetime
from typing import Any

import pytest
from oscar.core.loading import get_model
from oscar.test.factories import CategoryFactory, create_product

from tests.orders import placed, placed_often, products, variant
from upsell.core import oscar

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[1, 3, 50_000], ids=lambda size: f"slices of {size}")
def slices(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oscar, "SLICE", request.param)
    monkeypatch.setattr(oscar, "CATALOGUE_SLICE", request.param)


@pytest.mark.usefixtures("slices")
def test_orders_are_read_whole_however_they_are_sliced() -> None:
    camera, card, bag = products(3)
    first = placed(camera, card, days_ago=2, quantity=3)
    placed(camera, bag, status="Cancelled")
    placed(None)
    last = placed(bag)
    found = oscar.read_orders(excluded_statuses=["Cancelled"])
    assert found.id.tolist() == [first.pk, last.pk]
    assert found.at.tolist() == pytest.approx([first.date_placed.timestamp(), last.date_placed.timestamp()])
    lines = sorted(zip(found.order.tolist(), found.product.tolist(), found.units.tolist(), strict=True))
    assert lines == [(0, camera.pk, 3), (0, card.pk, 3), (1, bag.pk, 1)]
    assert (found.orders_excluded, found.lines_without_product, found.highest_id) == (1, 1, last.pk)


def test_an_empty_shop_reads_as_empty_arrays() -> None:
    found = oscar.read_orders()
    assert len(found.id) == len(found.product) == found.highest_id == 0
    assert list(oscar.read_catalogue()) == []


@pytest.mark.usefixtures("slices")
def test_the_share_done_rises_to_one() -> None:
    placed_often(7, *products(2))
    heard: list[float] = []
    oscar.read_orders(report=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_an_order_read_alone_says_what_it_says_among_all() -> None:
    shirt, belt = products(2)
    order = placed(variant(shirt), variant(shirt), belt, None, quantity=2)
    alone, among = oscar.read_order(order.pk), oscar.read_orders()
    assert alone
    assert alone.units == {shirt.pk: 4, belt.pk: 2}
    assert set(among.product.tolist()) == set(alone.units)
    assert alone.at.timestamp() == pytest.approx(among.at[0])


@pytest.mark.parametrize("fields", [{"status": "Cancelled"}, {"line_status": "Cancelled"}, {"quantity": 0}])
def test_nothing_to_learn_from_reads_as_nothing(fields: dict[str, Any]) -> None:
    order = placed(*products(1), **fields)
    assert oscar.read_order(order.pk, excluded_statuses=["Cancelled"]) is None
    assert oscar.read_order(order.pk + 1) is None


@pytest.mark.usefixtures("slices")
def test_a_catalogue_entry_says_what_the_page_says() -> None:
    cameras = CategoryFactory(name="Cameras")
    compact = type(cameras).objects.add_child(cameras, {"name": "Compact"})
    product = create_product(
        title="Pocket camera",
        description="<p>Small &amp; light</p><ul><li>Zoom</li><li>Flash</li></ul>",
        attributes={"colour": "red"},
    )
    product.categories.add(compact)
    variant(product, attributes={"size": "M"})
    variant(product, attributes={"size": "L"})
    create_product(title="Hidden", is_public=False)
    (entry,) = oscar.read_catalogue()
    assert (entry.product, entry.title) == (product.pk, "Pocket camera")
    assert entry.description == "Small & light Zoom Flash"
    assert entry.categories == {cameras.pk, compact.pk}
    assert entry.attributes == {"colour": "red", "size": "L, M"}


def test_options_and_numbers_are_attributes_too() -> None:
    product = create_product(title="Bike")
    attributes = product.product_class.attributes
    group = get_model("catalogue", "AttributeOptionGroup").objects.create(name="Colours")
    red, blue = (group.options.create(option=option) for option in ("red", "blue"))
    attributes.create(name="Gears", code="gears", type="integer")
    attributes.create(name="Colour", code="colour", type="option", option_group=group)
    attributes.create(name="Colours", code="colours", type="multi_option", option_group=group)
    product.attr.gears = 21
    product.attr.colour = red
    product.attr.colours = [red, blue]
    product.save()
    (entry,) = oscar.read_catalogue()
    assert entry.attributes == {"gears": "21", "colour": "red", "colours": "blue, red"}


def test_the_catalogue_takes_the_same_queries_however_large(django_assert_max_num_queries: Any) -> None:
    products(50)
    with django_assert_max_num_queries(12):
        list(oscar.read_catalogue())


@pytest.mark.parametrize("use_tz", [True, False])
def test_moments_are_of_the_shops_kind(use_tz: bool, settings: Any) -> None:
    settings.USE_TZ = use_tz
    assert (oscar.moment(0.0).tzinfo is not None) == use_tz
    if use_tz:
        assert oscar.moment(0.0) == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_range_with_a_class_of_its_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = products(2)
    child = variant(other)

    class Chosen:
        def all_products(self) -> list[Any]:
            return [one, child]

    assert oscar.products_of_range(Chosen()) == {one.pk, other.pk}
