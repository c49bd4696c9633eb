"""What bundles cost a basket, beside the stock engine of Oscar: ``python -m tests.benchmarks.offers``.

The same sets (two or three products, a price below their sum) are offered twice: as bundles of upsell, and as Oscar
would have it, one conditional offer each (coverage of a range, at a fixed price). The same baskets are priced by both,
in one process, in turn. Printed are CPU times and queries of ``Applicator.apply``, and what the shopper saves.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.pages import NoMigrations

PRODUCTS = 3000
STOCK_AT_MOST = 300  # offers; stock Oscar needs minutes for more
POPULARITY = 0.9  # power of the Zipf law that baskets and offers draw their products by

Set = tuple[tuple[int, ...], Decimal]  # positions of products, price


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from django.conf import settings

    settings.MIGRATION_MODULES = NoMigrations()
    settings.OSCAR_OFFERS_INCL_TAX = True
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from upsell.offers.solver.solve import warm_up

    connection.creation.create_test_db(verbosity=0, serialize=False)
    call_command("upsell_install", verbosity=0)
    warm_up()


class Shop:
    """Products, and sets of them that are sold for less; the same every time."""

    def __init__(self, offers: int) -> None:
        self.draw = random.Random(5)
        self.products = self._products()
        self.weights = [(rank + 1) ** -POPULARITY for rank in range(len(self.products))]
        self.sets = [self._set() for _ in range(offers)]

    def _products(self) -> list[Any]:
        from oscar.core.loading import get_model

        product_model, record_model = get_model("catalogue", "Product"), get_model("partner", "StockRecord")
        kind = get_model("catalogue", "ProductClass").objects.create(name="Goods", track_stock=False)
        partner = get_model("partner", "Partner").objects.create(name="Partner")
        made = product_model.objects.bulk_create(
            [
                product_model(title=f"Product {number}", slug=f"product-{number}", product_class=kind)
                for number in range(PRODUCTS)
            ]
        )
        record_model.objects.bulk_create(
            [
                record_model(
                    product=product, partner=partner, partner_sku=str(product.pk), price_currency="GBP",
                    price=Decimal(self.draw.randint(199, 4999)) / 100,
                )
                for product in made
            ]
        )  # fmt: skip
        return list(product_model.objects.prefetch_related("stockrecords").order_by("pk"))

    def _set(self) -> Set:
        chosen = self.some(self.draw.choice((2, 2, 3)))
        full = sum((self.price(place) for place in chosen), Decimal(0))
        return chosen, (full * Decimal(self.draw.randint(75, 95)) / 100).quantize(Decimal("0.01"))

    def some(self, count: int) -> tuple[int, ...]:
        """Draw different products, popular ones more often."""
        found: set[int] = set()
        while len(found) < count:
            found.add(self.draw.choices(range(len(self.products)), self.weights)[0])
        return tuple(sorted(found))

    def price(self, place: int) -> Decimal:
        return Decimal(self.products[place].stockrecords.all()[0].price)

    def baskets(self, count: int, lines: int) -> list[Any]:
        """Make baskets of shoppers who came for the offers: half of a basket's products come from sets."""
        from oscar.core.loading import get_class, get_model

        strategy = get_class("partner.strategy", "Selector")().strategy()
        found = []
        for _ in range(count):
            basket = get_model("basket", "Basket").objects.create()
            basket.strategy = strategy
            chosen: set[int] = set()
            while len(chosen) < lines // 2 and self.sets:
                chosen |= set(self.draw.choice(self.sets)[0])
            while len(chosen) < lines:
                chosen |= set(self.some(1))
            for place in sorted(chosen)[:lines]:
                basket.add_product(self.products[place], self.draw.choice((1, 1, 1, 2)))
            found.append(basket.pk)
        return found


def offer_as_bundles(shop: Shop) -> None:
    """Write the sets down as running offers of ours."""
    from upsell.models import Offer, OfferKey
    from upsell.offers.base import Family, Kind, Reward, RewardKind, Selection, Slot, Terms
    from upsell.offers.terms import to_json

    rows, keys = [], []
    for number, (places, price) in enumerate(shop.sets, 1):
        ids = [shop.products[place].pk for place in places]
        slots = tuple(Slot(f"c:{pk}", Selection(products=frozenset({pk}))) for pk in ids)
        terms = to_json(Terms(Kind.FIXED, slots, Reward(RewardKind.PRICE, price)))
        rows.append(
            Offer(
                pk=number, type="bundle", family=Family.BUNDLE, name=f"Set {number}", status=Offer.Status.ACTIVE,
                currency="GBP", terms=terms, slots=len(ids),
            )
        )  # fmt: skip
        keys += [OfferKey(offer_id=number, slot=slot, product_id=pk) for slot, pk in enumerate(ids)]
    Offer.objects.bulk_create(rows, batch_size=2000)
    OfferKey.objects.bulk_create(keys, batch_size=5000)


def offer_as_stock(shop: Shop) -> None:
    """Write the sets down as Oscar's own offers."""
    from oscar.core.loading import get_model

    offers, ranges = get_model("offer", "ConditionalOffer"), get_model("offer", "Range")
    conditions, benefits = get_model("offer", "Condition"), get_model("offer", "Benefit")
    for number, (places, price) in enumerate(shop.sets, 1):
        span = ranges.objects.create(name=f"Range {number}")
        for place in places:
            span.add_product(shop.products[place])
        condition = conditions.objects.create(range=span, type="Coverage", value=len(places))
        benefit = benefits.objects.create(range=None, type="Fixed price", value=price)
        offers.objects.create(
            name=f"Stock {number}", condition=condition, benefit=benefit, offer_type="Site", status="Open"
        )


@contextmanager
def only(side: str) -> Iterator[None]:
    """Let one of the two sides price; the other's offers are suspended meanwhile."""
    from oscar.core.loading import get_model

    offers = get_model("offer", "ConditionalOffer").objects
    stock = offers.filter(name__startswith="Stock ")
    stock.update(status="Open" if side == "stock" else "Suspended")
    offers.exclude(name__startswith="Stock ").update(status="Open" if side == "upsell" else "Suspended")
    yield
    offers.update(status="Open")


def priced(pk: int) -> tuple[float, int, Decimal]:
    """Price a basket as a page would; return CPU milliseconds, queries and what is saved."""
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext
    from oscar.core.loading import get_class, get_model

    applicator = get_class("offer.applicator", "Applicator")()

    def load() -> Any:
        basket = get_model("basket", "Basket").objects.get(pk=pk)
        basket.strategy = get_class("partner.strategy", "Selector")().strategy()
        for line in basket.all_lines():  # what any page with a basket loads, whoever prices it
            line.purchase_info  # noqa: B018
        return basket

    basket = load()
    started = time.process_time()
    applicator.apply(basket, AnonymousUser(), None)
    spent = (time.process_time() - started) * 1000
    basket = load()
    reset_queries()
    with CaptureQueriesContext(connection) as captured:
        applicator.apply(basket, AnonymousUser(), None)
    return spent, len(captured), basket.total_discount


def row(name: str, found: Sequence[tuple[float, int, Decimal]]) -> str:
    spent = sorted(one[0] for one in found)
    p99 = quantiles(spent, n=100, method="inclusive")[-1]
    asked = [one[1] for one in found]
    saved = sum((one[2] for one in found), Decimal(0))
    return f"{name:<34}{median(spent):>10.1f}{p99:>10.1f}{median(asked):>9.0f}{max(asked):>9}{saved:>12.2f}"


def main() -> int:
    """Print the table; 1 if stock Oscar was ever faster, or found a better price."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--offers", type=int, nargs="+", default=[0, 10, 100, 300, 1000, 10_000])
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--baskets", type=int, default=40)
    options = parser.parse_args()
    set_up()
    from django.conf import settings
    from django.core.cache import caches
    from django.db import transaction

    good = True
    print(f"\nPricing a basket of {options.lines} lines (Applicator.apply, CPU)")
    print(f"{'':<34}{'p50 ms':>10}{'p99 ms':>10}{'queries':>9}{'most':>9}{'saved':>12}")
    for count in options.offers:
        with transaction.atomic():
            shop = Shop(count)
            offer_as_bundles(shop)
            if count <= STOCK_AT_MOST:
                offer_as_stock(shop)
            baskets = shop.baskets(options.baskets, options.lines)
            with only("upsell"):
                settings.UPSELL_PRICING_CACHE_SECONDS = 0
                priced(baskets[0])  # imports
                ours = [priced(pk) for pk in baskets]
                print(row(f"{count} offers, upsell", ours))
                settings.UPSELL_PRICING_CACHE_SECONDS = 60
                for pk in baskets:
                    priced(pk)
                again = [priced(pk) for pk in baskets]
                print(row(f"{count} offers, upsell, seen before", again))
            if count <= STOCK_AT_MOST:
                with only("stock"):
                    theirs = [priced(pk) for pk in baskets[: 10 if count > 10 else None]]
                print(row(f"{count} offers, stock Oscar", theirs))
                times = median(one[0] for one in theirs) / median(one[0] for one in ours)
                better = sum(1 for mine, other in zip(ours, theirs, strict=False) if other[2] > mine[2])
                mine, other = (sum(one[2] for one in found[: len(theirs)]) for found in (ours, theirs))
                print(f"{'':<34}stock / upsell: {times:.1f} x the time; baskets where stock saves more: {better};")
                print(f"{'':<34}saved on the same baskets: upsell {mine:.2f}, stock {other:.2f}")
                good &= better == 0 and (count < 10 or times > 1)
            transaction.set_rollback(True)
        for cache in caches.all():
            cache.clear()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
