"""Every answer about the till, its bumps and its shelf is declared in the description, and looks as it says."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import strategies as st

from tests.conformance import OPERATIONS, ask_at_random, bad_body, openapi_operation
from tests.identities import client_of
from upsell.testing import make_bump, make_bundle, make_product, make_shelf_item

pytestmark = pytest.mark.django_db

OWN = ("/till/", "/bumps/", "/shelf-items/")
OURS = [(path, method) for path, method in OPERATIONS if path.startswith(OWN)]
IN_LISTS = ["kind", "group", "product", "category", "range", "units", "least", "codes", "since", "negated"]


@pytest.fixture
def shop(camera: Any, cloth: Any) -> dict[str, Any]:
    """A shop with rows of each kind, and something to show at every place of the till."""
    make_bundle(camera, kind="breaks", breaks=[(3, 10)])
    return {
        "camera": camera,
        "cloth": cloth,
        "bump": make_bump(cloth, trigger=camera, off="2.50"),
        "draft": make_bump(make_product("Strap", price="9.00"), status="draft"),
        "item": make_shelf_item(make_product("Brush", price="5.00")),
    }


def row_of(path: str, shop: dict[str, Any]) -> Any:
    """Find the row that an address with an id is about."""
    if path.startswith("/shelf-items/"):
        return shop["item"]
    return shop["draft"] if path.endswith("/activate/") else shop["bump"]


def good_body(path: str, shop: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a well-meaning client sends."""
    camera, cloth, bump = shop["camera"].pk, shop["cloth"].pk, shop["bump"]
    moment = st.sampled_from(["2999-01-01T00:00:00Z", None])
    if path.endswith("/accept/"):
        agreed = {"agreed_total": st.sampled_from(["3.50", "0.01", "-5"]), "units": st.integers(1, 3)}
        return st.fixed_dictionaries({"product": st.just(cloth)}, optional=agreed)
    rows = st.lists(
        st.sampled_from(
            [
                {"kind": "contains", "product": camera, "units": 2},
                {"kind": "worth", "least": "30.00"},
                {"kind": "language", "codes": ["ja"], "negated": True},
                {"kind": "time", "codes": ["0"], "since": "09:00", "until": "17:00"},
                {"kind": "owned", "product": camera, "days": 3},
            ]
        ),
        max_size=3,
    )
    if path == "/bumps/rule/":
        return st.fixed_dictionaries({"requirements": rows}, optional={"product": st.just(cloth)})
    if path in {"/bumps/", "/bumps/{id}/"}:
        needed = {"product": cloth, "reward_kind": "off", "reward": "1.50", "version": bump.version}
        some = {
            "requirements": rows,
            "priority": st.integers(-9, 9),
            "text": st.text("aé漢🙂", max_size=9),
            "translations": st.just({"ja": {"headline": "漢"}}),
            "audience": st.sampled_from([{}, {"signed_in": True}, {"languages": ["ja"]}]),
            "at_payment": st.booleans(),
            "ends_at": moment,
        }
        return st.fixed_dictionaries({name: st.just(value) for name, value in needed.items()}, optional=some)
    if path in {"/shelf-items/", "/shelf-items/{id}/"}:
        needed = {"product": camera}
        some = {"weight": st.integers(1, 10), "note": st.text("aé漢🙂", max_size=9), "ends_at": moment}
        return st.fixed_dictionaries({name: st.just(value) for name, value in needed.items()}, optional=some)
    return st.just({})


def test_there_are_operations() -> None:
    assert len(OURS) == 26


@pytest.mark.parametrize(("path", "method"), OURS)
@pytest.mark.parametrize("identity", ["anonymous", "merchant"])
def test_every_answer_is_declared_and_looks_as_described(
    identity: str, path: str, method: str, shop: dict[str, Any]
) -> None:
    """H09, H10: what a fuzzer that reads the description would try."""
    client: Client = client_of(identity, raise_request_exception=False)
    client.post(f"/basket/add/{shop['camera'].pk}/", {"quantity": 2})
    operation = openapi_operation(path, method)
    ids = st.sampled_from(sorted({row.pk for row in shop.values()} | {999_999_999}))
    in_path = {
        one["name"]: st.just("nothing") if one["name"] == "name" else st.just(row_of(path, shop).pk) | ids
        for one in operation.get("parameters", [])
        if one["in"] == "path"
    }
    bodies = good_body(path, shop) | good_body(path, shop) | bad_body(operation, ids, IN_LISTS)
    seen = ask_at_random(client, path, method, product=shop["camera"], in_path=in_path, bodies=bodies)
    is_open = path.startswith("/till/")
    assert seen & ({200, 201, 204} if identity == "merchant" or is_open else {403}), seen
