"""Crawl the demo shop of ``UPSELL_DEMO_DIR`` and compare its prices with its till: ``python -m tests.demo_shop.till``.

Writes, as JSON, what was wrong, how many amounts of each kind were compared, and which controls were missed: for every
kind, one amount is read a penny higher than it was printed, and that has to be noticed.
"""

import gc
import json
import os
import random
import re
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

Walk = Callable[[Any], Any]


def main() -> None:
    """Set the shop up as its server would, and walk."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo_shop.settings"
    import django
    from django.test.utils import override_settings, setup_test_environment

    django.setup()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    setup_test_environment()  # mails are kept, and answers tell their context
    quick = override_settings(
        OSCAR_THUMBNAILER="tests.demo_shop.till.till.OnePicture",
        UPSELL_PRICING_SECONDS=60,  # no slow machine decides how good a plan is
    )
    with quick:
        report = crawl()
    json.dump(report, sys.stdout)


def crawl() -> dict[str, Any]:
    """Take every walk, then the controls."""
    from tests.demo_shop.till.ledger import Ledger

    whole = Ledger()
    shortest: dict[tuple[str, str], tuple[float, Walk]] = {}  # what is the quickest proof of a control
    taken: list[str] = []
    for name, walk in walks():
        began = time.monotonic()
        ledger = Ledger()
        walk(ledger)
        whole.wrong += ledger.wrong
        whole.marks |= ledger.marks
        took = time.monotonic() - began
        for place, count in ledger.seen.items():
            whole.seen[place] = whole.seen.get(place, 0) + count
            if place not in shortest or took < shortest[place][0]:
                shortest[place] = took, walk
        taken.append(name)
        print(f"{took:5.1f} s  {name}  {ledger.wrong or ''}", file=sys.stderr)
    controlled, missed = [], []
    for place, (_took, walk) in shortest.items():
        if place not in whole.marks:
            continue
        began = time.monotonic()
        ledger = Ledger(tamper=place)
        walk(ledger)
        if ledger.tamper is None:  # such an amount was on a page, and was changed
            controlled.append(" ".join(place))
            if not ledger.wrong:
                missed.append(" ".join(place))
        print(f"{time.monotonic() - began:5.1f} s  control of {' '.join(place)}", file=sys.stderr)
    return {
        "walks": taken,
        "wrong": whole.wrong,
        "seen": {" ".join(place): count for place, count in sorted(whole.seen.items())},
        "controlled": sorted(controlled),
        "missed": missed,
    }


def walks() -> list[tuple[str, Walk]]:
    """List the ways through the shop."""
    from django.contrib.auth import get_user_model

    from tests.demo_shop.till.baskets import walk_basket
    from tests.demo_shop.till.boxes import walk_offer, walk_product
    from tests.demo_shop.till.extras import walk_extra
    from tests.demo_shop.till.previews import walk_preview
    from tests.demo_shop.till.steps import walk_personal
    from upsell.models import Bump, Bundle

    found: list[tuple[str, Walk]] = []
    with_boxes = products_with_boxes()
    found += [(f"product {one.pk}", lambda ledger, one=one: walk_product(ledger, one)) for one in with_boxes]
    for bundle in Bundle.objects.active():
        found.append((f"offer {bundle.pk}", lambda ledger, pk=bundle.pk: walk_offer(ledger, pk)))
    for bundle in Bundle.objects.all():
        found.append((f"preview {bundle.pk}", lambda ledger, pk=bundle.pk: walk_preview(ledger, pk)))
    customer = get_user_model()._default_manager.get(email="amelia@customers.example")
    for user in (newcomer(), owner()):
        for one in products_of_upgrades():
            name = f"upgrade {one.pk} for {user.username}"
            found.append((name, lambda ledger, p=one, u=user: walk_personal(ledger, p, u)))
    for place, (name, items, code) in enumerate(baskets()):
        user = customer if place % 3 == 2 else None
        found.append(
            (
                f"basket {name}",
                lambda ledger, n=name, i=items, u=user, c=code: walk_basket(
                    ledger, n, i, user=u, code=c, with_extras=n.startswith("random")
                ),
            )
        )
    Bump.objects.update(most_shows=1_000)  # the crawl looks at a page more often than people do
    for bump in Bump.objects.active():
        found.append((f"extra {bump.pk}", lambda ledger, pk=bump.pk: walk_extra(ledger, pk)))
    return found


def products_with_boxes() -> list[Any]:
    """Open every product's page, and list those that show a bundle or a ladder."""
    from django.test import Client
    from oscar.core.loading import get_model

    client = Client()
    products = get_model("catalogue", "Product").objects.browsable().order_by("pk")
    marks = re.compile(rb'data-upsell="(bundle_offers|tier_comparison|upgrade_offer)"')
    return [one for one in products if marks.search(client.get(one.get_absolute_url()).content)]


def products_of_upgrades() -> list[Any]:
    """List the steps of ladders that have an upgrade offer."""
    from oscar.core.loading import get_model

    from upsell.models import Tier, UpgradeOffer

    ladders = UpgradeOffer.objects.filter(status=UpgradeOffer.Status.ACTIVE).values("ladder")
    steps = Tier.objects.filter(ladder__in=ladders).values("product")
    return list(get_model("catalogue", "Product")._default_manager.filter(pk__in=steps).order_by("pk"))


def newcomer(name: str = "newcomer") -> Any:
    """Register a customer who has ordered nothing yet."""
    from django.contrib.auth import get_user_model

    return get_user_model()._default_manager.get_or_create(username=name, email=f"{name}@till.example")[0]


def owner() -> Any:
    """Register a customer, and sell them the lowest step of each ladder of which owners pay the difference."""
    from tests.demo_shop.till.till import Shopper, sellable
    from upsell.models import Tier, UpgradeOffer

    user = newcomer("owner")
    owned = UpgradeOffer.objects.filter(kind=UpgradeOffer.Kind.OWNED, status=UpgradeOffer.Status.ACTIVE)
    shopper = Shopper(user)
    for step in Tier.objects.filter(ladder__in=owned.values("ladder"), position=1):
        shopper.put(sellable(step.product_id)[0])
    shopper.check_out()
    return user


def baskets() -> list[tuple[str, dict[int, int], str]]:
    """Make up baskets: what each bundle takes, the same short of one unit, lowest steps of ladders, some at random."""
    from oscar.core.loading import get_model

    from tests.demo_shop.till.till import sellable
    from upsell.bundles.serving.reading import bundle_running, members
    from upsell.models import Bundle, Ladder

    rng = random.Random(3)
    found: list[tuple[str, dict[int, int], str]] = []
    pool: list[int] = []
    tenth, five = vouchers()
    get_model("partner", "StockRecord")._default_manager.update(
        num_in_stock=10_000, num_allocated=0
    )  # controls buy again
    for bundle in Bundle.objects.active().order_by("pk"):
        running = bundle_running(bundle.pk)
        assert running is not None
        listed = members(running.places, 6)
        whole: dict[int, int] = {}
        for place in running.places:
            slot = running.terms.slots[place.slot]
            options = [variant for product in listed[place] for variant in sellable(product)[:1]]
            pool += options
            for unit in range(slot.units or 4):
                picked = options[unit % len(options)]
                whole[picked] = whole.get(picked, 0) + 1
        short = dict(whole)
        last = list(short)[-1]
        short[last] -= 1
        found.append((f"{bundle.pk}-whole", whole, ["", tenth, "", five][bundle.pk % 4]))
        found.append(
            (
                f"{bundle.pk}-short",
                {pk: units for pk, units in short.items() if units},
                [five, "", "", tenth, ""][bundle.pk % 5],
            )
        )
    lowest = [sellable(ladder.tiers.all()[0].product_id)[0] for ladder in Ladder.objects.active().order_by("pk")]
    for number in range(0, len(lowest), 3):
        steps = {product: 1 + place for place, product in enumerate(lowest[number : number + 3])}
        found.append((f"steps-{number}", steps, ""))
    for number in range(int(os.environ.get("UPSELL_BASKETS", "8"))):
        chosen = rng.sample(sorted(set(pool)), rng.randint(2, 6))
        items = {product: rng.randint(1, 4) for product in chosen}
        found.append((f"random-{number}", items, ["", tenth, five][number % 3]))
    return found


def vouchers() -> list[str]:
    """Give the shop two vouchers of Oscar's own: a tenth off everything, beside others, and five pounds off, alone."""
    from django.utils import timezone
    from oscar.core.loading import get_model

    offer_model, benefit, condition, range_, voucher_model = (
        get_model("offer", "ConditionalOffer"),
        get_model("offer", "Benefit"),
        get_model("offer", "Condition"),
        get_model("offer", "Range"),
        get_model("voucher", "Voucher"),
    )
    everything, _ = range_.objects.get_or_create(name="Everything", defaults={"includes_all_products": True})
    now = timezone.now()
    kinds = {"TENTH": (benefit.PERCENTAGE, 10, False), "FIVE": (benefit.FIXED, 5, True)}
    for code, (kind, value, exclusive) in kinds.items():
        voucher, made = voucher_model._default_manager.get_or_create(
            code=code,
            defaults={
                "name": code,
                "usage": "Multi-use",
                "start_datetime": now - timedelta(days=1),
                "end_datetime": now + timedelta(days=1),
            },
        )
        if made:
            offer = offer_model.objects.create(
                name=code,
                offer_type=offer_model.VOUCHER,
                condition=condition.objects.create(range=everything, type=condition.COUNT, value=1),
                benefit=benefit.objects.create(range=everything, type=kind, value=value),
                exclusive=exclusive,
            )
            voucher.offers.add(offer)
    return list(kinds)


if __name__ == "__main__":
    main()
