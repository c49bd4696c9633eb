"""Every answer about bundles, floors and refunds is one that the description declares, and looks as it says."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import strategies as st
from oscar.test.factories import CategoryFactory, RangeFactory

from tests.bumps.api.test_api_bumps_conformance import OWN as BUMPS
from tests.conformance import OPERATIONS, ask_at_random, bad_body, openapi_operation
from tests.identities import client_of
from tests.offers.refunds.sold import Item, a_set, sell
from tests.recommendations.api.test_api_conformance import OWN as OTHERS
from tests.suggested import make_suggestion
from tests.tiers.api.test_api_tiers_conformance import OWN as TIERS
from upsell.models import PriceFloor
from upsell.offers.booking.refunds import book_refund
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db

OURS = [(path, method) for path, method in OPERATIONS if not path.startswith((*OTHERS, *TIERS, *BUMPS))]
OPEN = ("/basket/", "/products/", "/bundles/{bundle_id}/add/")
IN_LISTS = ["product", "line", "units", "role", "minimum"]


@pytest.fixture
def shop() -> dict[str, Any]:
    """A shop with rows of each kind."""
    camera, bag = make_product("Camera", price="100.00"), make_product("Bag", price="25.00")
    order = sell([Item(camera, 3), Item(bag, 3)], {"Set": a_set("15.00", camera=camera, bag=bag)})
    lines = list(order.lines.values_list("pk", flat=True))
    bundle = make_bundle(camera, bag, percent=10)
    make_bundle(bag, kind="breaks", breaks=[(2, 5)])
    return {
        "camera": camera,
        "bag": bag,
        "category": CategoryFactory(),
        "range": RangeFactory(),
        "bundle": bundle,
        "floor": PriceFloor.objects.create(percent=50),
        "suggestion": make_suggestion(camera, bag),
        "order": order,
        "lines": lines,
        "refund": book_refund(order=order, units={lines[0]: 1}, method="pro_rata", reference="a"),
    }


def row_of(path: str, shop: dict[str, Any]) -> Any:
    """Find the row that an address with an id is about."""
    names = {"/bundles/": "bundle", "/bundle-": "suggestion", "/price-": "floor", "/refunds/": "refund"}
    return next((shop[name] for start, name in names.items() if path.startswith(start)), shop["camera"])


def good_body(path: str, shop: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a well-meaning client sends."""
    camera, bag, version = shop["camera"].pk, shop["bag"].pk, shop["bundle"].version
    if path.endswith("/add/"):
        return st.fixed_dictionaries({}, optional={"agreed_total": st.sampled_from(["112.50", "0.01", "500"])})
    if path.startswith("/orders/"):
        returned = st.fixed_dictionaries({"line": st.sampled_from(shop["lines"]), "units": st.integers(1, 4)})
        more = {"method": st.sampled_from(["pro_rata", "reprice"])} if path.endswith("/refunds/") else {}
        return st.fixed_dictionaries({"lines": st.lists(returned, min_size=1, max_size=2), **more})
    if path.startswith("/price-floors/"):
        amounts = st.fixed_dictionaries({"amount": st.sampled_from(["1", "2.50", 3])})
        return amounts | st.fixed_dictionaries({"percent": st.integers(0, 100).map(str), "product": st.just(camera)})
    if path in {"/bundles/", "/bundles/{id}/"}:
        parts = [{"product": camera}, {"product": bag, "quantity": 2}]
        some = {
            "text": st.text("aé漢🙂", max_size=9),
            "lane": st.integers(-9, 9),
            "translations": st.just({"ja": {"name": "漢"}}),
            "ends_at": st.sampled_from(["2999-01-01T00:00:00Z", None]),
        }
        fixed = {"kind": "fixed", "name": "Set", "reward": "10", "parts": parts, "version": version}
        breaks = [{"minimum": 2, "percent": "5"}]
        stepped = {**fixed, "kind": "breaks", "parts": parts[:1], "breaks": breaks}
        return st.one_of(
            *(st.fixed_dictionaries({k: st.just(v) for k, v in one.items()}, optional=some) for one in (fixed, stepped))
        )
    return st.just({})


def test_no_operation_is_left_out() -> None:
    assert len(OURS) >= 30
    assert {path for path, _method in OPERATIONS} == {path for path, _method in OURS} | {
        path for path, _method in OPERATIONS if path.startswith((*OTHERS, *TIERS, *BUMPS))
    }


@pytest.mark.parametrize(("path", "method"), OURS)
@pytest.mark.parametrize("identity", ["anonymous", "merchant"])
def test_every_answer_is_declared_and_looks_as_described(
    identity: str, path: str, method: str, shop: dict[str, Any]
) -> None:
    """H09, H10: what a fuzzer that reads the description would try."""
    client: Client = client_of(identity, raise_request_exception=False)
    operation = openapi_operation(path, method)
    known = [row.pk for name, row in shop.items() if name != "lines"] + [*shop["lines"], 999_999_999]
    ids = st.sampled_from(sorted(set(known)))
    row = row_of(path, shop)
    in_path = {
        one["name"]: st.just(shop["order"].number) if one["name"] == "number" else st.just(row.pk) | ids
        for one in operation.get("parameters", [])
        if one["in"] == "path"
    }
    bodies = good_body(path, shop) | good_body(path, shop) | bad_body(operation, ids, IN_LISTS)
    seen = ask_at_random(client, path, method, product=shop["camera"], in_path=in_path, bodies=bodies)
    assert seen & ({200, 201, 204} if identity == "merchant" or path.startswith(OPEN) else {403})
