"""Sets up what the demo shop offers at the till as a merchant would: rows, their terms, and then activation."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from oscar.core.loading import get_model

from demo_shop.ladders.loader import LANGUAGES, product_of
from upsell.bumps.placements import Placement
from upsell.bumps.services import activate_bump
from upsell.models import Bump, BumpRequirement
from upsell.offers.serving.index import save_terms

FILE = Path(__file__).with_name("bumps.toml")
PLACES = {
    Placement.BASKET: "in_basket",
    Placement.ADDRESS: "at_address",
    Placement.DELIVERY: "at_delivery",
    Placement.PAYMENT: "at_payment",
    Placement.PREVIEW: "at_preview",
}
COPIED = ("name", "headline", "text", "is_free", "not_if_owned", "priority", "audience", "per_trigger")
COPIED += ("max_per_customer",)

Kind = BumpRequirement.Kind


@transaction.atomic
def load_bumps() -> None:
    """Write every bump of the file, and activate it unless its status says otherwise."""
    for stated in tomllib.loads(FILE.read_text(encoding="utf-8"))["bump"]:
        bump = Bump.objects.create(**_fields(stated))
        for number, line in enumerate(stated["when"], start=1):
            for condition in line:
                bump.requirements.create(group=number, negated=condition.get("not", False), **_asked(condition))
        save_terms(bump)
        if stated.get("status", "active") == "active":
            activate_bump(bump=bump, user=None)


def _fields(stated: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: stated[name] for name in COPIED if name in stated}
    fields |= {"status": Bump.Status.DRAFT, "currency": settings.OSCAR_DEFAULT_CURRENCY}
    fields |= {field: place.value in stated["places"] for place, field in PLACES.items()}
    fields["max_per_basket"] = stated.get("max_per_basket", 1)
    fields |= {"range": _range(stated)} if "range" in stated else {"product": product_of(stated["sku"])}
    for kind in Bump.RewardKind:
        if kind.value in stated:
            fields |= {"reward_kind": kind, "reward": Decimal(stated[kind.value])}
    return fields | {"translations": {code: stated[code] for code in LANGUAGES if code in stated}}


def _range(stated: Mapping[str, Any]) -> Any:
    found = get_model("offer", "Range")._default_manager.create(name=stated["range"])
    for sku in stated["skus"]:
        found.add_product(product_of(sku))
    return found


def _asked(condition: Mapping[str, Any]) -> dict[str, Any]:
    if "sku" in condition:
        return {"kind": Kind.CONTAINS, "product": product_of(condition["sku"]), "units": condition.get("units", 1)}
    if "category" in condition:
        category = get_model("catalogue", "Category")._default_manager.get(name=condition["category"])
        return {"kind": Kind.CONTAINS, "category": category, "units": condition.get("units", 1)}
    if "least" in condition:
        return {"kind": Kind.WORTH, "least": Decimal(condition["least"])}
    return {"kind": Kind.TIME, "codes": condition["weekdays"]}
