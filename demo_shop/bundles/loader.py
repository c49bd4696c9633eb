"""Sets up the demo shop's bundles as a merchant would: rows, then their terms."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from oscar.core.loading import get_model

from demo_shop.catalogue.goods import read_goods
from upsell.models import Bundle, BundleBreak, BundlePart
from upsell.offers.serving.index import save_terms

FILE = Path(__file__).with_name("bundles.toml")
LANGUAGES = ("ja", "ko", "th")
COPIED = (
    "text",
    "max_per_basket",
    "max_per_customer",
    "max_in_all",
    "units",
    "got_units",
    "max_units",
    "cheaper",
    "complete_within_days",
)


@transaction.atomic
def load_bundles() -> None:
    """Write every bundle of the file."""
    for stated in tomllib.loads(FILE.read_text(encoding="utf-8"))["bundle"]:
        bundle = Bundle.objects.create(**_fields(stated))
        BundlePart.objects.bulk_create(_parts(bundle, stated))
        BundleBreak.objects.bulk_create(
            [
                BundleBreak(bundle=bundle, minimum=minimum, percent=Decimal(percent))
                for minimum, percent in stated.get("breaks", ())
            ]
        )
        save_terms(bundle)


def _fields(stated: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: stated[name] for name in COPIED if name in stated}
    for kind in Bundle.RewardKind:
        if kind.value in stated:
            fields |= {"reward_kind": kind, "reward": Decimal(stated[kind.value])}
            if kind != Bundle.RewardKind.PERCENT:
                fields["currency"] = settings.OSCAR_DEFAULT_CURRENCY
    if "days" in stated:
        fields["ends_at"] = timezone.now() + timedelta(days=stated["days"])
    return {
        **fields,
        "kind": stated["kind"],
        "name": stated["name"],
        "status": stated.get("status", Bundle.Status.ACTIVE),
        "is_free": stated.get("percent") == "100",
        "translations": {code: stated[code] for code in LANGUAGES if code in stated},
    }


def _parts(bundle: Bundle, stated: Mapping[str, Any]) -> Iterator[BundlePart]:
    roles = BundlePart.Role
    for position, (sku, units) in enumerate(stated.get("take", ())):
        yield BundlePart(bundle=bundle, role=roles.TAKE, product=_product(sku), quantity=units, position=position)
    for sku, units in stated.get("get", ()):
        yield BundlePart(bundle=bundle, role=roles.GET, product=_product(sku), quantity=units)
    for sku in stated.get("except", ()):
        yield BundlePart(bundle=bundle, role=roles.EXCEPT, product=_product(sku))
    for name in stated.get("categories", ()):
        category = get_model("catalogue", "Category").objects.get(name=name)
        yield BundlePart(bundle=bundle, role=roles.TAKE, category=category)


def _product(sku: str) -> Any:
    """Find a product of our goods; one with variants has no stock record that could bear its SKU."""
    return get_model("catalogue", "Product").objects.get(title=_titles()[sku], parent=None)


@cache
def _titles() -> Mapping[str, str]:
    return {product.sku: product.title for department in read_goods().departments for product in department.products}
