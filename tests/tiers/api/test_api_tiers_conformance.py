"""Every answer about ladders, upgrade offers and steps up is declared in the description, and looks as it says."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import strategies as st

from tests.conformance import OPERATIONS, ask_at_random, bad_body, openapi_operation
from tests.identities import client_of
from tests.suggested_ladders import make_ladder_suggestion
from upsell.testing import make_ladder, make_product, make_upgrade_offer

pytestmark = pytest.mark.django_db

OWN = (
    "/ladders/",
    "/ladder-suggestions/",
    "/upgrade-offers/",
    "/products/{product_id}/comparison/",
    "/products/{product_id}/upgrade/",
    "/products/{product_id}/decline/",
    "/basket/upgrades/",
    "/basket/lines/",
    "/basket/swaps/",
)
OURS = [(path, method) for path, method in OPERATIONS if path.startswith(OWN)]
IN_LISTS = ["product", "level", "highlights", "contents", "translations"]


@pytest.fixture
def shop() -> dict[str, Any]:
    """A shop with rows of each kind; each client has a line in their basket."""
    steps = [make_product(f"Camera {step}", price=100 * step) for step in (1, 2, 3)]
    ladder = make_ladder(*steps, levels=("Basic", "Plus", "Pro"))
    return {
        "camera": steps[0],
        "better": steps[1],
        "ladder": make_ladder(make_product("Bag"), make_product("Better bag", price=20), status="draft"),
        "running": ladder,
        "upgrade": make_upgrade_offer(ladder, to=steps[1], off="20.00"),
        "suggestion": make_ladder_suggestion(make_product("Lamp"), make_product("Better lamp")),
        "tier": ladder.tiers.all()[1],
    }


def row_of(path: str, shop: dict[str, Any]) -> Any:
    """Find the row that an address with an id is about."""
    if path.startswith("/ladders/") and path.endswith("/pause/"):
        return shop["running"]  # a draft is none that could be paused
    names = {"/ladders/": "ladder", "/ladder-": "suggestion", "/upgrade-": "upgrade"}
    return next((shop[name] for start, name in names.items() if path.startswith(start)), shop["camera"])


def good_body(path: str, shop: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a well-meaning client sends."""
    camera, better, upgrade = shop["camera"].pk, shop["better"].pk, shop["upgrade"]
    agreed = {"agreed_total": st.sampled_from(["100.00", "0.01", "-5"])}
    if path.endswith("/swap/"):
        offers = {"offer": st.sampled_from([upgrade.pk, None])}
        return st.fixed_dictionaries({"product": st.just(better)}, optional=agreed | offers)
    if path == "/basket/upgrades/":
        return st.fixed_dictionaries({"product": st.just(better), "offer": st.just(upgrade.pk)}, optional=agreed)
    if path.startswith("/basket/lines/"):
        return st.fixed_dictionaries({"product": st.just(better)}, optional={"offer": st.just(upgrade.pk)})
    if path in {"/ladders/", "/ladders/{id}/"}:
        tiers = [{"product": camera, "level": "a"}, {"product": better, "highlights": ["b"], "contents": []}]
        some = {
            "popular": st.sampled_from(["none", "sales"]),
            "audience": st.sampled_from([{}, {"signed_in": True}, {"languages": ["ja"]}]),
            "translations": st.just({"ja": {"name": "漢"}}),
            "ends_at": st.sampled_from(["2999-01-01T00:00:00Z", None]),
        }
        needed = {"name": "Ladder", "tiers": tiers, "version": shop["ladder"].version}
        return st.fixed_dictionaries({name: st.just(value) for name, value in needed.items()}, optional=some)
    if path in {"/upgrade-offers/", "/upgrade-offers/{id}/"}:
        some = {
            "window_minutes": st.sampled_from([5, 60, None]),
            "lane": st.integers(-9, 9),
            "text": st.text("aé漢🙂", max_size=9),
            "ends_at": st.sampled_from(["2999-01-01T00:00:00Z", None]),
        }
        needed = {"to_tier": shop["tier"].pk, "reward_kind": "off", "reward": "9.50", "version": upgrade.version}
        return st.fixed_dictionaries({name: st.just(value) for name, value in needed.items()}, optional=some)
    return st.just({})


def test_there_are_operations() -> None:
    assert len(OURS) == 33


@pytest.mark.parametrize(("path", "method"), OURS)
@pytest.mark.parametrize("identity", ["anonymous", "merchant"])
def test_every_answer_is_declared_and_looks_as_described(
    identity: str, path: str, method: str, shop: dict[str, Any]
) -> None:
    """H09, H10: what a fuzzer that reads the description would try."""
    client: Client = client_of(identity, raise_request_exception=False)
    client.post(f"/basket/add/{shop['camera'].pk}/", {"quantity": 2})
    line = shop["camera"].basket_lines.get()
    operation = openapi_operation(path, method)
    ids = st.sampled_from(sorted({row.pk for row in shop.values()} | {999_999_999}))
    known = {"line_id": line.pk, "name": "nothing"}
    in_path = {
        one["name"]: st.just(known.get(one["name"], row_of(path, shop).pk)) | ids
        for one in operation.get("parameters", [])
        if one["in"] == "path"
    }
    bodies = good_body(path, shop) | good_body(path, shop) | bad_body(operation, ids, IN_LISTS)
    seen = ask_at_random(client, path, method, product=shop["camera"], in_path=in_path, bodies=bodies)
    is_open = path.startswith(("/basket/", "/products/"))
    assert seen & ({200, 201, 204} if identity == "merchant" or is_open else {403}), seen
