"""Every answer is one that the description declares, and looks as it says, whatever is asked."""

import json
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oscar.test.factories import CategoryFactory, RangeFactory

from tests.conformance import OPERATIONS as ALL_OPERATIONS
from tests.conformance import as_json_schema, check, good_values, json_values, openapi_operation, words
from tests.identities import client_of
from tests.learned import Learn, neighbour
from upsell.core.api.schema import SERVER
from upsell.models import Curation, Generation

pytestmark = pytest.mark.django_db

OWN = ("/curations/", "/generations/", "/recommendations/", "/products/{product_id}/evidence/")
OPERATIONS = [(path, method) for path, method in ALL_OPERATIONS if path.startswith(OWN)]


@pytest.fixture
def ids(product: Any, learn: Learn) -> st.SearchStrategy[str]:
    """A shop with rows of each kind; ids of some, and of none."""
    lens = neighbour()
    generation = learn(product, [lens])
    category, range_ = CategoryFactory(), RangeFactory()
    curations = [
        Curation.objects.create(action="pin", product=lens, beside_product=product),
        Curation.objects.create(action="boost", category=category, beside_range=range_),
    ]
    found = [product, lens, generation, category, range_, *curations]
    return st.sampled_from(sorted({str(row.pk) for row in found} | {"999999999"}))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("identity", ["anonymous", "merchant"])
def test_every_answer_is_declared_and_looks_as_described(
    identity: str, path: str, method: str, ids: st.SearchStrategy[str], product: Any
) -> None:
    """H09, H10: what a fuzzer that reads the description would try."""
    client: Client = client_of(identity, raise_request_exception=False)
    operation = openapi_operation(path, method)
    parameters = operation.get("parameters", [])
    there = {"/curations/": Curation, "/generations/": Generation}.get(path.partition("{")[0])
    row = there.objects.order_by("pk")[0] if there else product
    in_path = {one["name"]: st.just(str(row.pk)) | ids for one in parameters if one["in"] == "path"}
    good = {one["name"]: good_values(one, product) for one in parameters if one["in"] == "query"}
    queries = st.fixed_dictionaries(good) | st.fixed_dictionaries({}, optional=good)
    queries |= st.fixed_dictionaries({}, optional={name: values | words | ids for name, values in good.items()})
    fields = sorted(as_json_schema()["components"]["schemas"]["CurationRequest"]["properties"])
    action = st.sampled_from(["pin", "bury", "boost", "exclude"])
    some = {"note": st.text("aé漢🙂", max_size=9), "position": st.integers(0, 99), "is_active": st.booleans()}
    bodies = st.fixed_dictionaries({"action": action, "product": st.just(product.pk)}, optional=some)
    bodies |= st.fixed_dictionaries({}, optional={name: ids.map(int) | json_values for name in fields})

    seen: set[int] = set()

    @given(data=st.data())
    @hypothesis_settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(data: st.DataObject) -> None:
        caches["default"].clear()
        address = path.format(**{name: data.draw(values) for name, values in in_path.items()})
        body = json.dumps(data.draw(bodies)) if "requestBody" in operation else ""
        response = client.generic(
            method.upper(), SERVER + address, body, content_type="application/json", query_params=data.draw(queries)
        )
        check(response, path, method)
        seen.add(response.status_code)

    ask()
    assert seen & ({200, 201, 202, 204} if identity == "merchant" or path == "/recommendations/" else {403})
