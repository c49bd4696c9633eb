"""A01, A02, A05 and A27: nothing that is sent makes anything cheaper, and nothing comes that nobody pressed for."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from oscar.core.loading import get_model

from tests.bumps.proofs.conftest import Till, open_till, presses_add
from tests.checkout import Shopper
from upsell.models import Grant, OrderOffer
from upsell.testing import make_bump

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = int(os.environ.get("UPSELL_BASKETS", "4"))
NAMES = (
    *("price", "unit_price", "price_excl_tax", "discount", "tax", "reward", "reward_kind", "benefit", "amount"),
    *("is_free", "status", "owner", "customer", "visitor", "grant", "grants", "quantity", "used", "used_count"),
    *("per_trigger", "max_per_basket", "limit", "voucher", "code", "offers", "offer_id", "bump", "bumps", "product_id"),
    *(
        "basket",
        "line",
        "strategy",
        "verification_override",
        "order_total",
        "shipping_charge",
        "agreed_total",
        "__proto__",
    ),
)
VALUES = (
    "0",
    "0.01",
    "-100",
    "1",
    "99",
    "1e9",
    "NaN",
    "true",
    "free",
    "100%",
    "[]",
    '{"price": 0}',
    "\u0661",
    "x" * 300,
)
Hostile = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), min_size=1, max_size=12)


def buys(till: Till, cameras: int, cards: int, hostile: dict[str, str], total: dict[str, str]) -> Any:
    """Go from the product page to the order, with fields that nobody asked for at every press."""
    shopper = Shopper()
    address = reverse("basket:add", kwargs={"pk": till.camera.pk})
    assert shopper.client.post(address, {**hostile, "quantity": cameras}).status_code == 302
    presses_add(shopper, till, **{**hostile, "units": cards, **total})
    shopper.go_to_checkout()
    shopper.preview()
    answer = shopper.client.post(reverse("checkout:preview"), {**hostile, "action": "place_order"})
    assert answer.status_code == 302
    return get_model("order", "Order").objects.get(pk=shopper.client.session["checkout_order_id"])


def told(order: Any) -> Any:
    """Read of an order what must not depend on who sent what."""
    return (
        order.total_incl_tax,
        order.total_excl_tax,
        order.currency,
        order.shipping_incl_tax,
        sorted(order.lines.values_list("product", "quantity", "line_price_incl_tax", "unit_price_incl_tax")),
        sorted(order.discounts.values_list("offer_name", "amount")),
        sorted(OrderOffer.objects.filter(order=order).values_list("offer", "amount", "applications")),
    )


class TestHostileFields(TestCase):
    @settings(deadline=None, max_examples=EXAMPLES)
    @given(data=st.data())
    def test_the_order_is_the_same_to_the_cent_with_and_without_them(self, data: st.DataObject) -> None:
        """A01, A05."""
        till = open_till(per_trigger=data.draw(st.integers(1, 2)), max_per_basket=2)
        better = make_bump(till.card, trigger=till.camera, off="9.00", audience={"customers": "returning"})
        hostile = data.draw(Hostile)
        for name in ("offers", "offer_id", "bump", "bumps", "grant"):
            if name in hostile:
                hostile[name] = str(better.pk)
        total = data.draw(st.sampled_from(({}, {"total": "99.00"}, {"total": "99.00", "currency": "GBP"})))
        cameras, cards = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 3))
        honest = told(buys(till, cameras, cards, {}, {}))
        assert honest[0] == 100 * cameras + 7 * min(cards, 2, till.bump.per_trigger * cameras)
        assert told(buys(till, cameras, cards, hostile, total)) == honest


@pytest.mark.django_db
@pytest.mark.parametrize("offer", ["stranger", "product", "unknown"])
def test_an_offer_that_is_not_made_to_this_shopper_gives_nothing(offer: str) -> None:
    """A02: offers of others, of other products, and of nobody."""
    till = open_till()
    stranger = make_bump(till.card, trigger=till.camera, off="9.00", audience={"customers": "returning"})
    strap = make_bump(till.strap, trigger=till.camera, off="4.00")
    key = {"stranger": stranger.pk, "product": strap.pk, "unknown": 10**9}[offer]
    shopper = presses_add(Shopper().put(till.camera), till, offer=key)
    assert shopper.basket().total_incl_tax == 100
    assert not Grant.objects.exists()
    assert shopper.put(till.card).buy().total_incl_tax == 110


# --- A27 --------------------------------------------------------------------------------------------------------------

INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)


def shoppers_templates() -> list[Path]:
    ours = [*(ROOT / "upsell").rglob("*.html"), *(ROOT / "demo_shop/templates").rglob("*.html")]
    return [path for path in ours if not {"admin", "dashboard"} & {*path.relative_to(ROOT).parts}]


def test_no_template_for_shoppers_ticks_a_box() -> None:
    """A27: nor is there a box to tick in any template of extras."""
    templates = shoppers_templates()
    assert len(templates) > 40
    for path in templates:
        for tag in INPUT.findall(path.read_text()):
            assert "checked" not in tag or "disabled" in tag, f"{path}: {tag}"  # what is bought anyway may be shown so
            if "bumps" in path.parts:
                assert 'type="hidden"' in tag, f"{path}: {tag}"


@pytest.mark.django_db
def test_what_is_shown_at_every_step_and_not_pressed_for_is_not_ordered() -> None:
    """A27: whatever a merchant has ticked, and however often it is looked at."""
    installed = [*django_settings.INSTALLED_APPS]
    installed.insert(installed.index("oscar.config.Shop"), "upsell.contrib.autoplace")
    till = open_till(
        reward_kind="percent", off=None, reward="100", is_free=True, headline="Free",
        at_address=True, at_delivery=True, at_payment=True, priority=9, per_trigger=3, max_per_basket=3, most_shows=99,
    )  # fmt: skip
    with override_settings(INSTALLED_APPS=installed):
        shopper = Shopper().put(till.camera)
        page = shopper.client.get(reverse("basket:summary")).content.decode()
        region = page[page.index('data-upsell="checkout_bumps"') :].partition("</section>")[0]
        assert "Card" in region
        assert {*re.findall(r'type="(\w+)"', region)} == {"hidden", "submit"}
        shopper.go_to_checkout()
        for step in ("payment-method", "payment-details", "preview"):
            shopper.client.get(reverse(f"checkout:{step}"))
        for name in ("bump-accept", "bump-decline", "bump-undo-decline"):
            assert shopper.client.get(reverse(f"upsell:{name}"), {"offer": till.bump.pk}).status_code == 405
            shopper.client.post(reverse(f"upsell:{name}"))
        assert "Card" in shopper.client.get(reverse("checkout:preview")).content.decode()
        shopper.press()
    order = get_model("order", "Order").objects.get()
    assert list(order.lines.values_list("product", "quantity")) == [(till.camera.pk, 1)]
    assert not Grant.objects.exclude(state="dismissed").exists()


@pytest.mark.django_db
def test_asking_the_api_what_is_offered_takes_nothing() -> None:
    """A27: nor does a press that names no product."""
    till = open_till()
    shopper = Shopper().put(till.camera)
    for name in ("till", "till-bumps"):
        answer = shopper.client.get(reverse(f"upsell-api:{name}"))
        assert [extra["bump"] for extra in answer.json()["extras"]] == [till.bump.pk]
    address = reverse("upsell-api:till-accept", args=[till.bump.pk])
    assert shopper.client.post(address, {}, content_type="application/json").status_code == 400
    hostile = {"product": till.card.pk, "price": "0.01"}
    assert shopper.client.post(address, hostile, content_type="application/json").status_code == 400
    assert shopper.basket().total_incl_tax == 100
    assert not Grant.objects.exists()
