"""What the widgets cost a product page: ``python -m tests.benchmarks.pages [--products N] [--rounds N]``.

The page of a shop with automatic placing is fetched with the widgets on and off in turn, in one process, so that
whatever else the machine does meets both alike. Printed are CPU times (p50), their difference and ratio with a
bootstrap interval (95 %), and queries: cold (our cache empty) and warm.
"""

import argparse
import gc
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Any

RESAMPLES = 2000
TRENDING_TOO = """{% extends "oscar/catalogue/detail.html" %}{% load upsell_tags %}
{% block product_info %}{{ block.super }}{% trending_products %}{% endblock %}"""


class NoMigrations:
    """Makes Django create the tables straight from the models."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from django.conf import settings

    apps = list(settings.INSTALLED_APPS)
    apps.insert(apps.index("oscar.config.Shop"), "upsell.contrib.autoplace")
    settings.INSTALLED_APPS = apps
    settings.MIGRATION_MODULES = NoMigrations()
    theme = Path(mkdtemp(prefix="upsell-bench-"), "oscar/catalogue")
    theme.mkdir(parents=True)
    (theme / "detail.html").write_text(TRENDING_TOO)
    settings.TEMPLATES[0]["DIRS"] = [theme.parent.parent]
    settings.ALLOWED_HOSTS = ["testserver"]
    import django

    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, serialize=False)


def make_shop(products: int, seeds: int) -> list[Any]:
    """Fill the database; return products whose pages have every widget full."""
    from io import BytesIO

    from django.core.files.base import ContentFile
    from oscar.core.loading import get_model
    from PIL import Image

    from upsell.models import Affinity, Popularity
    from upsell.recommendations.base import Origin, Table
    from upsell.testing import change_live, publish_generation

    draw = random.Random(1)
    product_model, record_model = get_model("catalogue", "Product"), get_model("partner", "StockRecord")
    product_class = get_model("catalogue", "ProductClass").objects.create(name="Goods", track_stock=True)
    partner = get_model("partner", "Partner").objects.create(name="Partner")
    categories = [get_model("catalogue", "Category").add_root(name=f"Category {number}") for number in range(20)]
    made = product_model.objects.bulk_create(
        [
            product_model(
                title=f"Product {number} of a kind with a title",
                slug=f"product-{number}",
                product_class=product_class,
                description="What it is made of, and what it is good for. " * 20,
            )
            for number in range(products)
        ],
        batch_size=2000,
    )
    record_model.objects.bulk_create(
        [
            record_model(
                product=product, partner=partner, partner_sku=str(product.pk), price_currency="GBP",
                price=draw.randint(100, 20000) / 100, num_in_stock=draw.randint(0, 20),
            )
            for product in made
        ],
        batch_size=2000,
    )  # fmt: skip
    through = product_model.categories.through
    through.objects.bulk_create(
        [through(product=product, category=draw.choice(categories)) for product in made], batch_size=2000
    )
    generation = publish_generation(orders=100_000)
    Popularity.objects.bulk_create(
        [
            Popularity(
                generation=generation, product=product, orders=1000, weight=1000 << 20, rank=rank,
                trend=max(0.0, draw.random() - 0.9),
            )
            for rank, product in enumerate(made, 1)
        ],
        batch_size=2000,
    )  # fmt: skip
    viewed = made[:: max(1, products // seeds)][:seeds]
    rows = []
    for product in viewed:
        for table in Table:
            for rank, neighbour in enumerate(draw.sample(made, 21), 1):
                if neighbour.pk != product.pk and rank <= 20:
                    rows.append(
                        Affinity(
                            generation=generation, table=table, product=product, neighbour=neighbour, rank=rank,
                            score=1 / rank, orders_together=30, reliable=True,
                            origin=Origin.SIMILAR if table == Table.SIMILAR else Origin.TOGETHER,
                        )
                    )  # fmt: skip
    Affinity.objects.bulk_create(rows, batch_size=2000)
    picture = BytesIO()
    Image.new("RGB", (320, 320), "teal").save(picture, "JPEG")
    image_model = get_model("catalogue", "ProductImage")
    shown = {row.neighbour_id for row in rows} | {product.pk for product in viewed} | {p.pk for p in made[:60]}
    first = image_model(product=made[0])
    first.original.save("teal.jpg", ContentFile(picture.getvalue()), save=False)
    image_model.objects.bulk_create(
        [image_model(product_id=pk, original=first.original.name) for pk in shown], batch_size=2000
    )
    change_live()
    return viewed


def measure(fetch: Callable[[Any], None], products: list[Any], rounds: int) -> tuple[list[float], list[float]]:
    """Fetch pages with the widgets off and on in turn; return the CPU seconds of each."""
    from django.conf import settings

    times: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(rounds):
        product = products[turn % len(products)]
        for enabled in (False, True) if turn % 2 else (True, False):
            settings.UPSELL_ENABLED = enabled
            started = time.process_time()
            fetch(product)
            times[enabled].append(time.process_time() - started)
    return times[False], times[True]


def interval(off: list[float], on: list[float], statistic: Callable[[float, float], float]) -> tuple[float, float]:
    """Resample the pairs and tell where 95 % of the statistics of their medians lie."""
    draw = random.Random(2)
    pairs = list(zip(off, on, strict=True))
    found = []
    for _ in range(RESAMPLES):
        sample = draw.choices(pairs, k=len(pairs))
        found.append(statistic(median(pair[0] for pair in sample), median(pair[1] for pair in sample)))
    found.sort()
    return found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, nargs="+", default=[100, 3000])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--profile", action="store_true", help="print where the widgets spend their time")
    options = parser.parse_args()
    set_up()
    from django.conf import settings
    from django.core.cache import caches
    from django.db import connection, transaction
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from upsell.recommendations.serving.page import _plans

    client = Client()

    def fetch(product: Any) -> None:
        response = client.get(product.get_absolute_url())
        assert response.status_code == 200
        assert (b"data-upsell" in response.content) is settings.UPSELL_ENABLED

    def queries(product: Any, *, enabled: bool) -> int:
        settings.UPSELL_ENABLED = enabled
        with CaptureQueriesContext(connection) as captured:
            fetch(product)
        return len(captured)

    print(
        f"{'products':>9} {'CPU off':>9} {'CPU on':>9} {'difference':>26} {'ratio':>22} {'queries off/cold/warm':>22}"
    )
    for count in options.products:
        with transaction.atomic():
            viewed = make_shop(count, 50)
            settings.UPSELL_ENABLED = True
            for product in viewed:
                fetch(product)  # thumbnails are made once, whoever shows them
            off_queries = queries(viewed[0], enabled=False)
            settings.UPSELL_ENABLED = True
            kept = [key for key in caches["default"]._cache if ":upsell:" in key and ":picture:" not in key]
            caches["default"].delete_many([key.split(":", 2)[2] for key in kept])
            _plans.forget()
            cold, warm = queries(viewed[0], enabled=True), queries(viewed[0], enabled=True)
            for product in viewed:
                fetch(product)
            gc.collect()
            gc.freeze()  # a server's heap does not hold the products this script has just made
            if options.profile:
                import cProfile
                import pstats

                profile = cProfile.Profile()
                profile.enable()
                for product in viewed * 4:
                    fetch(product)
                profile.disable()
                pstats.Stats(profile, stream=sys.stdout).sort_stats("cumulative").print_stats(
                    "upsell|query.py|compiler.py|babel|base.py", 60
                )
            off, on = measure(fetch, viewed, options.rounds)
            difference, ratio = (lambda a, b: (b - a) * 1000), (lambda a, b: b / a)
            a, b = median(off), median(on)
            low, high = interval(off, on, difference)
            low_ratio, high_ratio = interval(off, on, ratio)
            print(
                f"{count:>9} {a * 1000:>6.1f} ms {b * 1000:>6.1f} ms"
                f" {difference(a, b):>+7.2f} ms [{low:+.2f}, {high:+.2f}]"
                f" {ratio(a, b):>8.3f} [{low_ratio:.3f}, {high_ratio:.3f}] {off_queries:>10} / {cold - off_queries:+d}"
                f" / {warm - off_queries:+d}"
            )
            transaction.set_rollback(True)
        for cache in caches.all():
            cache.clear()


if __name__ == "__main__":
    main()
