"""What choosing extras costs a basket page: ``python -m tests.benchmarks.till [--bumps N] [--rounds N]``.

The same baskets are looked at by a shop without bumps and by one with very many, in one process, in turn. Printed are
CPU times (p50 and p99), their ratio to the page's own pricing of the basket, and queries: cold (nothing is
remembered), warm (the same basket again), and for another basket of the same shop.
"""

import argparse
import gc
import os
import random
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.pages import NoMigrations

PRODUCTS = 2000
LINES = 5
NEIGHBOURS = 20
MOST_COLD, MOST_WARM = 6, 2  # queries of choosing and pricing extras


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from django.conf import settings

    settings.MIGRATION_MODULES = NoMigrations()
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from upsell.offers.solver.solve import warm_up

    connection.creation.create_test_db(verbosity=0, serialize=False)
    call_command("upsell_install", verbosity=0)
    warm_up()


class Shop:
    """Products that go together, and baskets of them; the same every time."""

    def __init__(self) -> None:
        from tests.tills import goods
        from upsell.models import Affinity
        from upsell.recommendations.base import Origin, Table
        from upsell.testing import change_live, publish_generation

        self.draw = random.Random(11)
        self.products = goods(PRODUCTS)
        generation = publish_generation(orders=100_000)
        Affinity.objects.bulk_create(
            [
                Affinity(
                    generation=generation, table=Table.BASKET, product=product, neighbour=neighbour, rank=rank,
                    score=1 / rank, orders_together=30, reliable=True, origin=Origin.TOGETHER,
                )
                for product in self.products
                for rank, neighbour in enumerate(self.some(NEIGHBOURS + 1), 1)
                if neighbour.pk != product.pk and rank <= NEIGHBOURS
            ],
            batch_size=5000,
        )  # fmt: skip
        change_live()

    def some(self, count: int) -> list[Any]:
        return self.draw.sample(self.products, count)

    def baskets(self, count: int) -> list[int]:
        from oscar.core.loading import get_class, get_model

        strategy = get_class("partner.strategy", "Selector")().strategy()
        found = []
        for _ in range(count):
            basket = get_model("basket", "Basket").objects.create()
            basket.strategy = strategy
            for product in self.some(LINES):
                basket.add_product(product, 1)
            found.append(basket.pk)
        return found


def page(pk: int) -> Any:
    """A page with a basket, which Oscar has priced; ours has not been asked yet."""
    from oscar.core.loading import get_class, get_model

    from upsell.testing import make_request

    request = make_request()
    basket = get_model("basket", "Basket").objects.get(pk=pk)
    basket.strategy, request.basket = request.strategy, basket
    get_class("offer.applicator", "Applicator")().apply(basket, request.user, request)
    return request


def choose(request: Any) -> int:
    from upsell.bumps.placements import Placement
    from upsell.bumps.serving.offering import extras_for

    return len(extras_for(request.basket, request=request, placement=Placement.BASKET))


def timed(act: Callable[[Any], Any], subject: Any) -> float:
    started = time.process_time()
    act(subject)
    return (time.process_time() - started) * 1000


def queries(pk: int) -> int:
    from upsell.testing import count_queries

    request = page(pk)
    with count_queries() as asked:
        choose(request)
    return len(asked)


def forget_all() -> None:
    from django.core.cache import caches

    from upsell.core.serving.memo import forget

    forget()
    for cache in caches.all():
        cache.clear()


def measured(name: str, baskets: list[int], rounds: int, *, cold: bool) -> list[float]:
    """Look at the baskets in turn; return CPU milliseconds of choosing."""
    spent, found = [], 0
    for turn in range(rounds):
        pk = baskets[turn % len(baskets)]
        if cold:
            forget_all()
        request = page(pk)
        started = time.process_time()
        found += choose(request)
        spent.append((time.process_time() - started) * 1000)
    p99 = quantiles(spent, n=100, method="inclusive")[-1]
    print(f"{name:<40}{median(spent):>10.2f}{p99:>10.2f}{found / rounds:>10.2f}")
    return spent


def main() -> int:
    """Print the table; 1 if choosing asks for more than is allowed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bumps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    set_up()
    from tests.tills import bump_many

    shop = Shop()
    baskets = shop.baskets(40)
    for pk in baskets[:3]:
        choose(page(pk))  # imports
    gc.collect()
    gc.disable()
    print(f"\nChoosing extras beside a basket of {LINES} lines (CPU)")
    print(f"{'':<40}{'p50 ms':>10}{'p99 ms':>10}{'shown':>10}")
    own = [timed(page, baskets[turn % len(baskets)]) for turn in range(options.rounds)]
    print(f"{'the basket itself, loaded and priced':<40}{median(own):>10.2f}")
    none = measured("no bump, seen before", baskets, options.rounds, cold=False)
    good = True
    some = options.bumps // 2
    bump_many([shop.draw.choice(shop.products) for _ in range(some)])
    bump_many(
        [shop.draw.choice(shop.products) for _ in range(options.bumps - some)], triggers=shop.products, first=5_000_000
    )
    name = f"{options.bumps} bumps"
    measured(f"{name}, nothing remembered", baskets, options.rounds // 4, cold=True)
    forget_all()
    for pk in baskets:
        choose(page(pk))
    warm = measured(f"{name}, seen before", baskets, options.rounds, cold=False)
    print(f"{'':<40}with and without bumps: {median(warm) - median(none):.2f} ms more;")
    print(f"{'':<40}{median(warm) / median(own):.2f} of what the basket itself costs")
    forget_all()
    cold, again, other = queries(baskets[0]), queries(baskets[0]), queries(baskets[1])
    print(f"queries: {cold} cold, {again} again, {other} for another basket")
    good &= cold <= MOST_COLD and again <= MOST_WARM
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
