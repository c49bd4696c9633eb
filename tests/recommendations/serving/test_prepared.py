"""The statement that is written once answers as the query it was written for."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q
from oscar.core.loading import get_model

from upsell.recommendations.serving.catalogue import Catalogue, _Columns
from upsell.recommendations.serving.prepared import STEP, Prepared
from upsell.testing import make_product, make_request, publish_generation

pytestmark = pytest.mark.django_db

Product = get_model("catalogue", "Product")


def write(ids: Any) -> Any:
    found = Product.objects.public().filter(Q(pk__in=ids) | Q(parent__in=ids))
    return found.values_list("pk", "title", "is_public", "date_created", "stockrecords__price", "rating")


@pytest.mark.parametrize("count", [1, 2, STEP - 1, STEP, STEP + 1, 2 * STEP])
def test_it_answers_as_the_query_does_whatever_the_number_of_ids(count: int) -> None:
    products = [make_product(f"Product {number}", price=f"{number}.50") for number in range(2 * STEP)]
    Product.objects.filter(pk=products[0].pk).update(is_public=False)
    prepared = Prepared(Product, write)
    for _again in range(2):
        ids = {product.pk for product in products[:count]}
        assert sorted(prepared.rows(ids)) == sorted(write(ids))
        ids = {product.pk for product in products[-count:]}
        assert sorted(prepared.rows(ids)) == sorted(write(ids))


def test_values_are_of_the_kinds_that_django_makes_them() -> None:
    (row,) = Prepared(Product, write).rows({make_product("Bag", price="12.50").pk})
    assert [type(value) for value in row[2:5]] == [type(value) for value in write([row[0]])[0][2:5]]
    assert isinstance(row[4], Decimal)


def test_it_is_used_only_where_the_shop_left_oscars_meaning_of_public_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _Columns()._is_prepared

    def only_on_weekdays(self: Any) -> Any:
        return self.filter(is_public=True, title__startswith="B")

    monkeypatch.setattr(type(Product.objects.all()), "public", only_on_weekdays)
    columns = _Columns()
    assert not columns._is_prepared
    monkeypatch.setattr("upsell.recommendations.serving.catalogue._columns", lambda: columns)
    publish_generation()
    bag, camera = make_product("Bag"), make_product("Camera")
    catalogue = Catalogue(make_request().strategy)
    catalogue.load([bag.pk, camera.pk])
    assert catalogue.knows(bag.pk)
    assert not catalogue.knows(camera.pk)
