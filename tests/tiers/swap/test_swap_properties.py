"""Whatever is in the basket and whichever offers run: the difference shown is the difference paid, and undo undoes."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oscar.core.loading import get_class
from oscar.test import factories

from tests.tiers.swap.conftest import Line, again, contents, make_option
from upsell.core.services import NotChangedError
from upsell.core.serving.undoing import undo
from upsell.models import Grant, TierContent
from upsell.testing import change_live, make_basket, make_bundle, make_ladder, make_product, make_upgrade_offer
from upsell.tiers.serving.swapping import NotFittingError, Swapped, swap

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    """Give the engine all the time it needs: what it had no time to prove may be priced otherwise the next time."""
    settings.UPSELL_PRICING_SECONDS = 60.0


STEPS = 3
EXAMPLES = hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # to explain a failure takes minutes
)
PRICES = st.integers(1, 5_000).map(lambda minor: Decimal(minor) / 100)
# A line: which product (three steps, two others), how many, and the name to print on it.
LINES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 3), st.sampled_from(["", "", "Ada"])), min_size=1, max_size=5
)
CONTENTS = st.lists(st.tuples(st.integers(0, 2), st.integers(3, 4), st.integers(1, 2)), max_size=3)
KINDS = st.sampled_from(["fixed", "mix", "bogo", "breaks"])
BUNDLES = st.lists(st.tuples(KINDS, st.integers(0, 4), st.integers(0, 4), st.integers(5, 50)), max_size=3)
SPECIALS = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 300)), max_size=2)
PRESSES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.booleans()), min_size=1, max_size=4)


@contextmanager
def undone() -> Iterator[None]:
    """Forget what an example has made; the next one's rows have the same keys, so that no cache may know them."""
    with transaction.atomic():
        change_live()
        yield
        transaction.set_rollback(True)


class Shop:
    """A ladder of three steps, two other products, and one shopper with a basket."""

    def __init__(self, prices: list[Decimal], contents: list[Any], lines: list[Any]) -> None:
        kind = factories.ProductClassFactory(name="Anything")
        self.products = [
            make_product(f"Product {number}", price=price, stock=1000, product_class=kind)
            for number, price in enumerate(prices)
        ]
        self.option = make_option(self.products[0], "Name")
        for product in self.products[1:2]:  # the last step and the others cannot be printed on
            product.product_options.add(self.option)
        self.ladder = make_ladder(*self.products[:STEPS])
        tiers = list(self.ladder.tiers.all())
        for step, content, units in contents:
            TierContent.objects.update_or_create(
                tier=tiers[step], product=self.products[content], defaults={"units": units}
            )
        self.basket = make_basket()
        self.session = again(self.basket).session
        self.session.save()
        basket = again(self.basket).basket
        for product, quantity, name in lines:
            options = [{"option": self.option, "value": name}] if name and product < STEPS else []
            basket.add_product(self.products[product], quantity, options)

    def run(self, bundles: list[Any], specials: list[Any]) -> None:
        """Let offers run."""
        for number, (kind, one, other, percent) in enumerate(bundles):
            parts = [self.products[one]] if one == other else [self.products[one], self.products[other]]
            ways: dict[str, dict[str, Any]] = {
                "fixed": {"percent": percent},
                "mix": {"percent": percent, "units": 2},
                "bogo": {"percent": percent, "units": 2, "got_units": 1},
                "breaks": {"breaks": [(2, percent)]},
            }
            make_bundle(*parts, kind=kind, name=f"Bundle {number}", **ways[kind])
        self.specials = {
            step: make_upgrade_offer(
                self.ladder, to=self.products[step], off=Decimal(off) / 100, name=f"Special {step}"
            ).pk
            for step, off in specials
        }

    def total(self) -> Decimal:
        """What is to be paid, by Oscar."""
        request = again(self.basket, session=self.session)
        get_class("offer.applicator", "Applicator")().apply(request.basket, request.user, request)
        return Decimal(request.basket.total_excl_tax)

    def press(self, place: int, step: int, *, special: bool) -> Swapped | None:
        """Press the switch of a line; nothing if it is refused."""
        steps = Line.objects.filter(basket=self.basket, product__in=self.products[:STEPS])
        keys = list(steps.exclude(product=self.products[step]).order_by("pk").values_list("pk", flat=True))
        if not keys:
            return None
        request = again(self.basket, session=self.session)
        try:
            return swap(
                line=keys[place % len(keys)],
                product=self.products[step].pk,
                request=request,
                basket=request.basket,
                offer=self.specials.get(step) if special else None,
            )
        except NotChangedError as reason:
            event(type(reason).__name__)
            return None

    def state(self) -> Any:
        """All that undoing has to restore."""
        grants = Grant.objects.accepted().order_by("offer").values_list("offer", "quantity")
        return contents(self.basket), list(grants)


@EXAMPLES
@given(st.lists(PRICES, min_size=5, max_size=5), CONTENTS, LINES, BUNDLES, SPECIALS, PRESSES)
def test_the_difference_told_is_what_the_total_changes_by(
    prices: list[Decimal], contents: list[Any], lines: list[Any], bundles: list[Any], specials: list[Any], presses: Any
) -> None:
    with undone():
        shop = Shop(prices, contents, lines)
        shop.run(bundles, specials)
        for place, step, special in presses:
            before = shop.total()
            done = shop.press(place, step, special=special)
            if done is not None:
                event("swapped")
                assert not done.exchanged.others
                assert shop.total() == before + done.exchanged.total


@EXAMPLES
@given(st.lists(PRICES, min_size=5, max_size=5), CONTENTS, LINES, SPECIALS, PRESSES)
def test_what_is_undone_in_turn_leaves_the_basket_exactly_as_it_was(
    prices: list[Decimal], contents: list[Any], lines: list[Any], specials: list[Any], presses: Any
) -> None:
    with undone():
        shop = Shop(prices, contents, lines)
        shop.run([], specials)
        states, names = [], []
        for place, step, special in presses:
            states.append(shop.state())
            done = shop.press(place, step, special=special)
            if done is None:
                assert shop.state() == states.pop(), "what is refused changes nothing"
            else:
                names.append(done.name)
        event(f"{len(names)} swaps")
        for name, before in zip(reversed(names), reversed(states), strict=True):
            assert undo(again(shop.basket, session=shop.session), name).returned
            assert shop.state() == before


@EXAMPLES
@given(st.lists(PRICES, min_size=5, max_size=5), CONTENTS, LINES, PRESSES)
def test_no_unit_is_lost_or_made(
    prices: list[Decimal], contents: list[Any], lines: list[Any], presses: list[Any]
) -> None:
    """As many units come as go, and of what leaves besides all is told."""
    with undone():
        shop = Shop(prices, contents, lines)
        shop.run([], [])
        for place, step, _special in presses:
            units = sum(Line.objects.filter(basket=shop.basket).values_list("quantity", flat=True))
            done = shop.press(place, step, special=False)
            if done is not None:
                told = sum(one.units for one in done.removed)
                assert sum(Line.objects.filter(basket=shop.basket).values_list("quantity", flat=True)) == units - told


def test_what_cannot_be_printed_on_is_refused_in_these_shops() -> None:
    """The shops above do refuse: else they would prove less than they seem to."""
    shop = Shop([Decimal(1)] * 5, [], [(0, 1, "Ada")])
    request = again(shop.basket)
    with pytest.raises(NotFittingError):
        swap(line=Line.objects.get().pk, product=shop.products[2].pk, request=request, basket=request.basket)
