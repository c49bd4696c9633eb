"""A13: extras, a set, quantity breaks, an upgrade, a voucher and an offer of Oscar's own meet in one basket."""

import os
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.bumps.proofs.conftest import Visitor
from tests.offers.oscar_shop import site_offer, voucher_on
from tests.offers.test_stacking import check
from upsell.core.services import NotChangedError
from upsell.models import OrderOffer, PriceFloor
from upsell.offers.serving.families import rows
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.quoting import savings_of
from upsell.testing import make_bump, make_bundle, make_ladder, make_product, make_upgrade_offer
from upsell.tiers.serving.granting import accept as accept_upgrade

BASKETS = int(os.environ.get("UPSELL_BASKETS", "25"))
CENT = Decimal("0.01")
PRICES = ("0.01", "0.99", "3.33", "5.00", "10.00", "19.99")
REWARDS = (
    ("percent", "33.33"),
    ("percent", "100"),
    ("off", "3.33"),
    ("off", "100.00"),
    ("price", "0.00"),
    ("price", "2.50"),
)


def pass_a_till(data: st.DataObject) -> None:
    """Fill a basket, accept what is offered, and hold what it costs against what every unit must cost at least."""
    draw = data.draw
    camera, card, strap = goods = [make_product(price=draw(st.sampled_from(PRICES)), stock=99) for _ in range(3)]
    floor = draw(st.sampled_from((None, "20", "75")), "floor")
    if floor:
        PriceFloor.objects.create(percent=Decimal(floor))
    kind, reward = draw(st.sampled_from(REWARDS))
    extra = make_bump(
        card, trigger=camera, reward_kind=kind, reward=reward, is_free=True, per_trigger=2, max_per_basket=3
    )
    kind, reward = draw(st.sampled_from(REWARDS))
    other = make_bump(strap, reward_kind=kind, reward=reward, is_free=True, max_per_basket=2)
    other.requirements.create(kind="worth", least=draw(st.sampled_from(("0.02", "15.00"))))
    save_terms(other)
    if draw(st.booleans(), "set"):
        make_bundle(card, strap, percent=draw(st.sampled_from(("33.33", "100"))))
    if draw(st.booleans(), "breaks"):
        make_bundle(strap, kind="breaks", breaks=[(2, "33.33"), (4, "66.67")])
    upgrade = make_upgrade_offer(make_ladder(strap, camera), off="1.00") if draw(st.booleans(), "upgrade") else None
    exclusive = draw(st.booleans(), "exclusive")
    rows().update(exclusive=exclusive)
    visitor = Visitor(*((one, units) for one in goods if (units := draw(st.integers(0, 4)))))
    if upgrade:
        accept_upgrade(offer=upgrade.pk, quantity=draw(st.integers(1, 3)), request=visitor.request())
    for bump, product in ((extra, card), (other, strap)):
        with suppress(NotChangedError):  # where the basket does not call for it
            visitor.accepts(bump, product, draw(st.integers(1, 4), "accepted"))
    if not visitor.basket.lines.exists():
        return
    if draw(st.booleans(), "voucher"):
        voucher_on(visitor.basket, exclusive=draw(st.booleans()))
    if draw(st.booleans(), "site offer"):
        site_offer(exclusive=draw(st.booleans()))

    hold(
        visitor,
        {extra: (card, min(3, 2 * visitor.units_of(camera))), other: (strap, 2)},
        Decimal(floor or 0),
        exclusive,
    )


def hold(visitor: Visitor, most: dict[Any, tuple[Any, int]], floor: Decimal, exclusive: bool) -> None:
    """Hold a basket against the least that its lines must cost, and the most units that each extra may take."""
    paid = visitor.pays()
    check(visitor.basket, exclusive=exclusive)
    lines = visitor.basket.all_lines()
    assert paid == sum((line.line_price_incl_tax_incl_discounts for line in lines), Decimal(0))
    for line in lines:
        given = sum(
            (item.amount for saving in savings_of(visitor.basket) for item in saving.items if item.line_id == line.pk),
            Decimal(0),
        )
        least = (line.unit_effective_price * floor / 100).quantize(CENT)
        assert line.line_price_incl_tax - given >= least * line.quantity
    for bump, (product, units) in most.items():
        taken = [item for saving in savings_of(visitor.basket) if saving.offer_id == bump.pk for item in saving.items]
        assert sum(item.units for item in taken) <= min(units, visitor.units_of(product))
    ours = sum((saving.amount for saving in savings_of(visitor.basket)), Decimal(0))
    order = visitor.orders()
    assert order.total_incl_tax == paid >= 0
    assert sum((one.amount for one in OrderOffer.objects.filter(order=order)), Decimal(0)) == ours


class TestStackedExtras(TestCase):
    @settings(deadline=None, max_examples=BASKETS)
    @given(data=st.data())
    def test_nothing_falls_below_its_floor_and_every_part_adds_up(self, data: st.DataObject) -> None:
        pass_a_till(data)

    @pytest.mark.thorough
    @settings(deadline=None, max_examples=1000)
    @given(data=st.data())
    def test_nor_in_a_thousand_baskets(self, data: st.DataObject) -> None:
        pass_a_till(data)
