"""The demo shop's ladders: real products, rising prices, texts in every language that is begun, no product twice."""

import tomllib
from decimal import Decimal
from typing import Any

import pytest

from demo_shop.catalogue.goods import read_goods
from demo_shop.ladders.loader import FILE, LANGUAGES

LADDERS = tomllib.loads(FILE.read_text(encoding="utf-8"))["ladder"]
GOODS = {product.sku: product for department in read_goods().departments for product in department.products}


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: ladder["name"])
def test_a_ladder_is_complete(ladder: dict[str, Any]) -> None:
    prices = [Decimal(GOODS[step["sku"]].price) for step in ladder["step"]]
    assert len(prices) >= 2
    assert prices == sorted(set(prices))
    assert len({step["level"] for step in ladder["step"]}) == len(prices)
    assert all(1 <= len(step["highlights"]) <= 5 for step in ladder["step"])
    assert set(LANGUAGES) <= set(ladder)
    begun = {code for step in ladder["step"] for code in LANGUAGES if code in step}
    for step in ladder["step"]:
        assert all(len(step[code]["highlights"]) == len(step["highlights"]) for code in begun)
    marked = [step for step in ladder["step"] if step.get("is_popular")]
    assert len(marked) == (1 if ladder.get("popular") == "chosen" else 0)


def test_no_product_is_in_two_ladders() -> None:
    products = [step["sku"] for ladder in LADDERS for step in ladder["step"]]
    assert len(products) == len(set(products))
    assert len(LADDERS) >= 6
