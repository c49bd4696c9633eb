"""Completing a set, as arithmetic: what is missing, what it costs, and that nothing is counted twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from upsell.bundles.completing import Goods, personal, shares, started, stated
from upsell.core.currencies import to_minor
from upsell.core.money import percent_of
from upsell.offers.base import Kind, Reward, RewardKind, Selection, Slot, Terms
from upsell.offers.crediting import OwnedUnit
from upsell.offers.fitting import Facts

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PRODUCTS = (1, 2, 3)


def slot(product: int, units: int = 1) -> Slot:
    return Slot(f"c:{product}", Selection(products=frozenset({product})), units)


def unit(product: int, worth: int, line: int = 1, number: int = 1) -> OwnedUnit:
    return OwnedUnit(line, number, product, product, worth, "GBP", NOW - timedelta(days=line), "1")


@st.composite
def sets(draw: st.DrawFn) -> Terms:
    products = draw(st.lists(st.sampled_from(PRODUCTS), min_size=1, unique=True))
    slots = tuple(slot(product, draw(st.integers(1, 3))) for product in products)
    kind = draw(st.sampled_from(RewardKind))
    value = draw(st.integers(0, 10_000 if kind == RewardKind.PERCENT else 20_000))
    return stated(Terms(Kind.FIXED, slots, Reward(kind, Decimal(value) / 100)), 30)


@st.composite
def owned(draw: st.DrawFn) -> list[OwnedUnit]:
    found = draw(st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 9_999)), max_size=8))
    return [unit(product, worth, line) for line, (product, worth) in enumerate(found, start=1)]


@st.composite
def baskets(draw: st.DrawFn) -> list[Goods]:
    found = draw(st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(0, 9_999), st.integers(1, 5)), max_size=4))
    return [Goods(Facts(product), price, units) for product, price, units in found]


@given(sets(), owned())
def test_what_is_owned_and_what_is_missing_make_the_set(terms: Terms, units: list[OwnedUnit]) -> None:
    assert terms.completes is not None
    begun = started(terms.completes.slots, units)
    dealt = [(one.line, one.number) for found in begun for one in found.owned]
    assert len(dealt) == len(set(dealt)), "no unit is in two sets"
    for found in begun:
        assert found.owned
        assert found.missing
        for place in terms.completes.slots:
            have = sum(one.product in place.selection.products for one in found.owned)
            lack = sum(missing.units for missing in found.missing if missing.name == place.name)
            assert have + lack == place.units


@given(sets(), owned(), baskets())
def test_all_that_is_paid_is_the_set_s_price_or_what_the_parts_cost(
    terms: Terms, units: list[OwnedUnit], goods: list[Goods]
) -> None:
    """Of one set that is completed: its price, less the percentage or the amount that is openly given."""
    found = personal(terms, units, goods, currency="GBP")
    if found is None:
        return
    assert found.terms is not None
    assert found.terms.reward is not None
    assert terms.completes is not None
    assert terms.completes.reward is not None
    each = len(found.sources) // found.grants
    assert each * found.grants == len(found.sources)
    assert len(found.credits) == len(found.sources), "each unit once"
    paid = [to_minor(source.amount, "GBP") for source in found.sources]
    prices = [
        price
        for place in found.terms.slots
        for price in sorted(
            one.price for one in goods if one.facts.product in place.selection.products for _ in range(one.units)
        )[: place.units]
    ]
    assert len(prices) == sum(place.units for place in found.terms.slots), "the basket holds all that is missing"
    value = to_minor(found.terms.reward.value, "GBP")
    rest = value if found.terms.reward.kind == RewardKind.PRICE else max(0, sum(prices) - value)
    assert 0 <= rest < sum(prices), "something is saved, and never more than they cost"
    for place in range(found.grants):
        had = paid[place * each : (place + 1) * each]
        match terms.completes.reward:
            case Reward(RewardKind.PRICE, price):
                assert sum(had) + rest == max(sum(had), to_minor(price, "GBP"))
            case Reward(RewardKind.OFF, off):
                assert rest == max(0, sum(prices) - to_minor(off, "GBP"))
            case Reward(RewardKind.PERCENT, percent):
                less = sum(percent_of(amount, int(percent * 100)) for amount in (*prices, *had))
                assert rest == max(0, sum(prices) - less)


@given(st.integers(0, 50_000), st.lists(st.integers(1, 9_999), min_size=1, max_size=6))
def test_shares_are_exact_and_take_something_of_each(discount: int, worths: list[int]) -> None:
    found = shares(discount, worths)
    assert sum(found) == min(discount, sum(worths))
    assert all(0 <= share <= worth for share, worth in zip(found, worths, strict=True))
    assert all(found) or discount < len(worths)


def test_a_set_of_one_unit_or_of_more_than_products_is_not_completed() -> None:
    reward = Reward(RewardKind.PERCENT, Decimal(10))
    assert not stated(Terms(Kind.FIXED, (slot(1),), reward), 30).slots
    assert stated(Terms(Kind.FIXED, (slot(1, 2),), reward), 30).slots
    wide = Slot("c:category-1", Selection(categories=frozenset({1})))
    assert not stated(Terms(Kind.FIXED, (slot(1), wide), reward), 30).slots
    assert not stated(Terms(Kind.MIX, (slot(1), slot(2)), reward), 30).slots


def test_the_set_begun_that_saves_most_goes_first() -> None:
    terms = stated(Terms(Kind.FIXED, (slot(1), slot(2), slot(3)), Reward(RewardKind.PRICE, Decimal(30))), 30)
    units = [unit(1, 1000, 1), unit(2, 1000, 2), unit(1, 900, 3)]
    goods = [Goods(Facts(2), 1000, 1), Goods(Facts(3), 2000, 1)]
    found = personal(terms, units, goods, currency="GBP")
    assert found is not None
    assert found.terms is not None
    assert [source.id for source in found.sources] == [1, 2]
    assert [place.name for place in found.terms.slots] == ["c:3"]
    assert found.terms.reward == Reward(RewardKind.PRICE, Decimal("10.00"))
