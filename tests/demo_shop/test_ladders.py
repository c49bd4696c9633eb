"""The demo shop's ladders: real products, rising prices, texts in every language that is begun, no product twice."""

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from demo_shop.catalogue.goods import read_goods
from demo_shop.catalogue.loader import load_goods
from demo_shop.ladders.loader import FILE, LANGUAGES, load_ladders
from demo_shop.ladders.upgrades import FILE as UPGRADE_FILE
from demo_shop.ladders.upgrades import load_upgrades
from upsell.models import TierContent, UpgradeOffer

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


UPGRADES = tomllib.loads(UPGRADE_FILE.read_text(encoding="utf-8"))["upgrade"]


@pytest.mark.parametrize("upgrade", UPGRADES, ids=lambda upgrade: upgrade["name"])
def test_an_upgrade_offer_leads_from_a_step_of_its_ladder_to_a_higher_one_in_every_language(
    upgrade: dict[str, Any],
) -> None:
    steps = next([step["sku"] for step in ladder["step"]] for ladder in LADDERS if ladder["name"] == upgrade["ladder"])
    ends = [steps.index(upgrade[end]) for end in ("from", "to") if end in upgrade]
    assert ends == sorted(set(ends))
    assert (upgrade["kind"] == "owned") == ("within_days" in upgrade)
    assert all(set(upgrade[code]) == {"name", "text"} for code in LANGUAGES)


@pytest.mark.django_db
def test_the_offers_of_the_file_run_in_the_shop() -> None:
    goods = read_goods()
    load_goods(goods, today=date(2026, 11, 22), launched={}, never_sold=frozenset())
    load_ladders()
    load_upgrades()
    offers = UpgradeOffer.objects.select_related("to_tier", "ladder")
    assert offers.active().count() == len(UPGRADES)
    for offer in offers:
        assert offer.terms["slots"], offer.name
    assert TierContent.objects.exists()
