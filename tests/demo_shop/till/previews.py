"""What a merchant is told that example baskets would pay, with this bundle alone: it is tried alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F
from django.urls import reverse

from tests.demo_shop.till.ledger import Ledger
from tests.demo_shop.till.printed import having, marked, text_of
from tests.demo_shop.till.till import Shopper, charge
from upsell.models import Bundle, Offer
from upsell.offers.serving.families import raise_revision

KINDS = ("price", "discount", "to_pay")


def walk_preview(ledger: Ledger, bundle: int) -> None:
    """Open a bundle in the admin, let it run alone, and pay for every example."""
    merchant = get_user_model()._default_manager.get(is_superuser=True)
    response = Shopper(merchant).get(reverse("admin:upsell_bundle_change", args=[bundle]))
    page = ledger.open(f"preview-of {bundle}", response.content.decode())
    [preview] = list(having(page.root, "id", "upsell-preview"))
    tables = list(preview.iter("table"))
    examples = response.context["preview"].examples
    ledger.equal(f"preview-of {bundle} examples", len(tables), len(examples))
    rewarded = Bundle.objects.get(pk=bundle).reward_kind
    with alone(bundle):
        for table, example in zip(tables, examples, strict=True):
            taken = charge([(line.product_id, line.quantity) for line in example.lines])
            rows = [row for body in table.iter("tbody") for row in body.iter("tr")]
            for row, line in zip(rows, example.lines, strict=True):
                price, discount = taken.lines[line.product_id]
                charged = {"price": price, "discount": discount or None, "to_pay": price - discount}
                for kind in KINDS:
                    ledger.compare(page, marked(row, kind)[0], charged[kind], text_of(row))
            [foot] = table.iter("tfoot")
            for kind in ("full", "saving", "total"):
                ledger.compare(page, marked(foot, kind)[0], getattr(taken, kind), example.label)
            for rule in marked(preview, "rule"):
                ledger.compare(page, rule, {"price": taken.total, "off": taken.saving}.get(rewarded), "rule")
    ledger.close(page)


@contextmanager
def alone(bundle: int) -> Iterator[None]:
    """Let one bundle run and no other."""
    before: dict[int, Any] = dict(Offer.objects.values_list("pk", "status"))
    _switch({pk: Offer.Status.ACTIVE if pk == bundle else Offer.Status.PAUSED for pk in before})
    try:
        yield
    finally:
        _switch(before)


def _switch(statuses: dict[int, Any]) -> None:
    for pk, status in statuses.items():
        Offer.objects.filter(pk=pk).exclude(status=status).update(status=status, version=F("version") + 1)
    raise_revision()
