"""Reviews by buyers of simulated orders: scores follow the product's planted quality, words the score."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from zlib import crc32

from demo_shop.catalogue.goods import Goods, Product
from demo_shop.shoppers.people import Customer
from demo_shop.shoppers.simulation import SEED, Order, Orders

WRITES = 0.14
"""Chance that a customer with an account reviews a product they kept."""

OWN_LANGUAGE = 0.4
"""Chance that a customer who speaks another language than English writes in it."""

QUALITY = {
    "clasper-cable": 2.6,
    "plugfold-hub-5": 2.9,
    "tonella-cam": 3.0,
    "tindle-scale": 3.1,
    "lumarra-pocket-2": 3.2,
}
"""Products that disappoint; the others lie between 3.7 and 4.8."""

SPREAD = 0.95


@dataclass(frozen=True, slots=True)
class Review:
    """What a customer says about a product, from 1 to 5."""

    product: str
    customer: Customer
    score: int
    title: str
    body: str
    at: datetime


def quality(product: Product) -> float:
    """Say what buyers of ``product`` score on average."""
    return QUALITY.get(product.sku, 3.7 + crc32(product.sku.encode()) % 9 / 10 + 0.1 * ((product.level or 1) - 1))


def write_reviews(goods: Goods, orders: Orders, *, seed: int = SEED) -> list[Review]:
    """Let the buyers write, at most once about a product, in the order of time."""
    chance = Random(f"{seed}:reviews")
    end = datetime.combine(orders.today, time(), UTC)
    written: set[tuple[int, str]] = set()
    reviews = []
    for order in orders.orders:
        for product in _kept(goods, order):
            if chance.random() >= WRITES or (order.customer.number, product.sku) in written:
                continue
            at = order.completed_at + timedelta(days=chance.uniform(3, 30))
            if at < end:
                written.add((order.customer.number, product.sku))
                reviews.append(_review(chance, product, order.customer, at))
    return sorted(reviews, key=lambda review: review.at)


def _kept(goods: Goods, order: Order) -> list[Product]:
    if order.completed_at is None or order.customer.guest:
        return []
    return [goods.by_sku[line.product] for line in order.lines if not line.returned]


def _review(chance: Random, product: Product, customer: Customer, at: datetime) -> Review:
    score = min(5, max(1, round(chance.gauss(quality(product), SPREAD))))
    words = _words()
    if customer.language in words["language"] and chance.random() < OWN_LANGUAGE:
        title, body = chance.choice(words["language"][customer.language]["good" if score > 3 else "bad"])
    else:
        title, body = chance.choice(words["titles"][str(score)]), _body(chance, words, product.category, score)
    return Review(product.sku, customer, score, title, body, at)


def _body(chance: Random, words: dict, category: str, score: int) -> str:
    own, common = words["category"][category], words["any"]
    sentences: list[str] = []
    if score >= 4:
        sentences += _some(chance, own["praise"], chance.choice((1, 1, 2)))
        sentences += _some(chance, common["praise"], chance.choice((0, 1)))
        if score == 4 and chance.random() < 0.5:
            sentences += _some(chance, own["grumble"], 1)
    elif score == 3:
        sentences += _some(chance, own["praise"], 1) + _some(chance, own["grumble"], 1)
        sentences += _some(chance, common["grumble"], chance.choice((0, 1)))
    else:
        sentences += _some(chance, own["grumble"], 1) + _some(chance, common["fault"], 1)
    return " ".join(sentences)


def _some(chance: Random, sentences: Sequence[str], count: int) -> list[str]:
    return chance.sample(sentences, min(count, len(sentences)))


@cache
def _words() -> dict:
    return tomllib.loads(Path(__file__).with_name("reviews.toml").read_text(encoding="utf-8"))
